//! Links with which partners manage one webhook subscription. Only the token's hash is stored.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::{OrgId, PortalLinkId, WebhookId};
use crate::{execute, on_read};

/// A link.
#[derive(Debug, Clone, FromRow)]
pub struct PortalLinkRow {
    /// Its id.
    pub id: PortalLinkId,
    /// Whose.
    pub organization_id: OrgId,
    /// To which subscription.
    pub webhook_id: WebhookId,
    /// For whom.
    pub label: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// Since when it does not, because somebody took it back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
}

/// Inserts a link.
///
/// # Errors
/// The store's.
pub async fn insert_portal_link(tx: &mut Tx, row: &PortalLinkRow, token_hash: &[u8]) -> Result<()> {
    const SQL: &str = "INSERT INTO portal_links (id, organization_id, webhook_id, token_hash, label, created_by, created_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.webhook_id,
        token_hash,
        &row.label,
        &row.created_by,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// The link of a token, if it works now.
///
/// # Errors
/// The store's.
pub async fn find_portal_link(db: &Db, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<PortalLinkRow>> {
    const SQL: &str = "SELECT id, organization_id, webhook_id, label, created_by, created_at, expires_at, revoked_at, used_at FROM portal_links \
                       WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(token_hash).bind(now).fetch_optional(c).await)?)
}

/// The links to a subscription, newest first.
///
/// # Errors
/// The store's.
pub async fn list_portal_links(db: &Db, organization: OrgId, webhook: WebhookId) -> Result<Vec<PortalLinkRow>> {
    const SQL: &str = "SELECT id, organization_id, webhook_id, label, created_by, created_at, expires_at, revoked_at, used_at FROM portal_links \
                       WHERE organization_id = $1 AND webhook_id = $2 ORDER BY id DESC LIMIT 200";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).fetch_all(c).await)?)
}

/// Takes a link back. Returns whether it worked until then.
///
/// # Errors
/// The store's.
pub async fn revoke_portal_link(
    tx: &mut Tx,
    organization: OrgId,
    webhook: WebhookId,
    id: PortalLinkId,
    now: DateTime<Utc>,
) -> Result<bool> {
    const SQL: &str =
        "UPDATE portal_links SET revoked_at = $1 WHERE organization_id = $2 AND webhook_id = $3 AND id = $4 AND revoked_at IS NULL";
    Ok(execute!(tx, SQL, now, organization, webhook, id)? > 0)
}

/// Notes that a link is used.
///
/// # Errors
/// The store's.
pub async fn touch_portal_link(tx: &mut Tx, id: PortalLinkId, now: DateTime<Utc>) -> Result<()> {
    execute!(tx, "UPDATE portal_links SET used_at = $1 WHERE id = $2", now, id)?;
    Ok(())
}

/// Deletes links that ran out before a time. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_portal_links(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM portal_links WHERE expires_at < $1", before)
}
