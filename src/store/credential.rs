//! Sealed credentials. What is in them only the vault can read.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::{CredentialId, IntegrationId, OrgId};
use crate::{execute, on_read};

/// A sealed credential.
#[derive(Debug, Clone, FromRow)]
pub struct CredentialRow {
    /// Its id: part of what the seal is bound to.
    pub id: CredentialId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// `credentials` (what the person entered) or `tokens`.
    pub name: String,
    /// The data key it is sealed with.
    pub key_id: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// Counts its changes.
    pub version: i64,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
    /// First stored.
    pub created_at: DateTime<Utc>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
}

/// The credential of an integration under a name.
///
/// # Errors
/// The store's.
pub async fn find_credential(db: &Db, integration: IntegrationId, name: &str) -> Result<Option<CredentialRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, name, key_id, sealed, version, expires_at, created_at, updated_at FROM credentials \
                       WHERE integration_id = $1 AND name = $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(integration).bind(name).fetch_optional(c).await)?)
}

/// Stores a credential, replacing the one of the same integration and name (whose id must then be the same).
///
/// # Errors
/// The store's.
pub async fn upsert_credential(tx: &mut Tx, row: &CredentialRow) -> Result<()> {
    const SQL: &str = "INSERT INTO credentials (id, organization_id, integration_id, name, key_id, sealed, version, expires_at, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (integration_id, name) DO UPDATE SET id = excluded.id, key_id = excluded.key_id, \
                       sealed = excluded.sealed, version = credentials.version + 1, expires_at = excluded.expires_at, updated_at = excluded.updated_at";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.name,
        &row.key_id,
        &row.sealed,
        row.version,
        row.expires_at,
        row.created_at,
        row.updated_at
    )?;
    Ok(())
}

/// Erases every credential of an integration.
///
/// # Errors
/// The store's.
pub async fn delete_credentials(tx: &mut Tx, integration: IntegrationId) -> Result<u64> {
    const SQL: &str = "DELETE FROM credentials WHERE integration_id = $1";
    execute!(tx, SQL, integration)
}

/// Up to `limit` credentials behind `after` that are not sealed with this key, for re-sealing.
///
/// # Errors
/// The store's.
pub async fn list_credentials_not_under(db: &Db, key_id: &str, after: Option<CredentialId>, limit: i64) -> Result<Vec<CredentialRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, name, key_id, sealed, version, expires_at, created_at, updated_at FROM credentials \
                       WHERE key_id <> $1 AND id > $2 ORDER BY id LIMIT $3";
    let after = after.unwrap_or(CredentialId(uuid::Uuid::nil()));
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(key_id).bind(after).bind(limit).fetch_all(c).await)?)
}

/// Replaces the sealed bytes if they are still the old ones. Returns whether they were.
///
/// # Errors
/// The store's.
pub async fn reseal_credential(tx: &mut Tx, id: CredentialId, old: &[u8], key_id: &str, sealed: &[u8]) -> Result<bool> {
    const SQL: &str = "UPDATE credentials SET key_id = $1, sealed = $2 WHERE id = $3 AND sealed = $4";
    Ok(execute!(tx, SQL, key_id, sealed, id, old)? > 0)
}

/// Erases one credential of an integration.
///
/// # Errors
/// The store's.
pub async fn delete_credential(tx: &mut Tx, integration: IntegrationId, name: &str) -> Result<u64> {
    const SQL: &str = "DELETE FROM credentials WHERE integration_id = $1 AND name = $2";
    execute!(tx, SQL, integration, name)
}
