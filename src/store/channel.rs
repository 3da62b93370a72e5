//! Channels through which providers tell of changes, and which end by themselves.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::id::{IntegrationId, OrgId};
use crate::{execute, on_read};

/// A channel. Its secret is a sealed credential of the integration.
#[derive(Debug, Clone, FromRow)]
pub struct ChannelRow {
    /// Our id of it.
    pub id: Uuid,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// The provider's slug.
    pub provider: String,
    /// What it watches, in the provider's words.
    pub resource: String,
    /// `opening`, `open`, `closing` (another one took over) or `lapsed` (it ended before it could be renewed).
    pub state: String,
    /// The provider's id of it.
    pub external_id: Option<String>,
    /// The provider's id of what it watches.
    pub resource_id: Option<String>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it is looked after next.
    pub renew_at: DateTime<Utc>,
    /// Failures since the last success.
    pub failures: i64,
    /// The last failure, as a sentence.
    pub error: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it changed.
    pub updated_at: DateTime<Utc>,
}

/// Inserts a channel or writes down its new state.
///
/// # Errors
/// The store's.
pub async fn upsert_channel(tx: &mut Tx, row: &ChannelRow) -> Result<()> {
    const SQL: &str = "INSERT INTO channels (id, organization_id, integration_id, provider, resource, state, external_id, resource_id, expires_at, renew_at, \
                       failures, error, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
                       ON CONFLICT (id) DO UPDATE SET state = excluded.state, external_id = excluded.external_id, resource_id = excluded.resource_id, \
                       expires_at = excluded.expires_at, renew_at = excluded.renew_at, failures = excluded.failures, error = excluded.error, \
                       updated_at = excluded.updated_at";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.provider,
        &row.resource,
        &row.state,
        &row.external_id,
        &row.resource_id,
        row.expires_at,
        row.renew_at,
        row.failures,
        &row.error,
        row.created_at,
        row.updated_at
    )?;
    Ok(())
}

/// The channels of an integration, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_channels(db: &Db, integration: IntegrationId) -> Result<Vec<ChannelRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, provider, resource, state, external_id, resource_id, expires_at, renew_at, failures, error, \
                       created_at, updated_at FROM channels WHERE integration_id = $1 ORDER BY id";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(integration).fetch_all(c).await)?)
}

/// The integrations that have a channel to look after by now.
///
/// # Errors
/// The store's.
pub async fn list_integrations_with_due_channels(db: &Db, now: DateTime<Utc>, limit: i64) -> Result<Vec<(OrgId, IntegrationId)>> {
    const SQL: &str = "SELECT DISTINCT organization_id, integration_id FROM channels WHERE renew_at <= $1 ORDER BY integration_id LIMIT $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(now).bind(limit).fetch_all(c).await)?)
}

/// Lets a channel be looked after at once. Returns whether there is one of this id.
///
/// # Errors
/// The store's.
pub async fn update_channel_due(
    tx: &mut Tx,
    integration: IntegrationId,
    external_id: &str,
    is_gone: bool,
    now: DateTime<Utc>,
) -> Result<bool> {
    const DUE: &str = "UPDATE channels SET renew_at = $1, updated_at = $1 WHERE integration_id = $2 AND external_id = $3";
    const GONE: &str = "UPDATE channels SET renew_at = $1, updated_at = $1, state = 'lapsed', expires_at = $1 WHERE integration_id = $2 AND external_id = $3";
    Ok(execute!(tx, if is_gone { GONE } else { DUE }, now, integration, external_id)? > 0)
}

/// Forgets a channel.
///
/// # Errors
/// The store's.
pub async fn delete_channel(tx: &mut Tx, id: Uuid) -> Result<()> {
    const SQL: &str = "DELETE FROM channels WHERE id = $1";
    execute!(tx, SQL, id)?;
    Ok(())
}

/// Forgets every channel of an integration.
///
/// # Errors
/// The store's.
pub async fn delete_channels(tx: &mut Tx, integration: IntegrationId) -> Result<u64> {
    const SQL: &str = "DELETE FROM channels WHERE integration_id = $1";
    execute!(tx, SQL, integration)
}
