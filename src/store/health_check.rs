//! Health checks: the evidence behind a connection's status.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::{HealthCheckId, IntegrationId, OrgId};
use crate::{execute, on_read};

/// One check.
#[derive(Debug, Clone, FromRow)]
pub struct HealthCheckRow {
    /// Its id.
    pub id: HealthCheckId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// `scheduled`, `manual` or `connect`.
    pub kind: String,
    /// Whether the call worked.
    pub success: bool,
    /// The reason code when it did not.
    pub code: Option<String>,
    /// The sentence when it did not.
    pub message: Option<String>,
    /// How long the call took.
    pub latency_ms: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// Stores a check.
///
/// # Errors
/// The store's.
pub async fn insert_health_check(tx: &mut Tx, row: &HealthCheckRow) -> Result<()> {
    const SQL: &str = "INSERT INTO health_checks (id, organization_id, integration_id, kind, success, code, message, latency_ms, at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.kind,
        row.success,
        &row.code,
        &row.message,
        row.latency_ms,
        row.at
    )?;
    Ok(())
}

/// The latest checks of an integration, newest first.
///
/// # Errors
/// The store's.
pub async fn list_health_checks(db: &Db, organization: OrgId, integration: IntegrationId, limit: i64) -> Result<Vec<HealthCheckRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, kind, success, code, message, latency_ms, at FROM health_checks \
                       WHERE organization_id = $1 AND integration_id = $2 ORDER BY at DESC LIMIT $3";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(integration).bind(limit).fetch_all(c).await)?)
}

/// Forgets checks older than a time.
///
/// # Errors
/// The store's.
pub async fn delete_health_checks_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    const SQL: &str = "DELETE FROM health_checks WHERE at < $1";
    execute!(tx, SQL, before)
}
