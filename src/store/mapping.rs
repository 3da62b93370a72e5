//! Field mappings: every version is kept; the highest is the one in force.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::{Db, Result, Tx};
use crate::domain::id::{IntegrationId, MappingId, OrgId};
use crate::domain::mapping::{Direction, Rule};
use crate::{execute, on_read};

/// One version of a mapping.
#[derive(Debug, Clone, FromRow)]
pub struct MappingRow {
    /// Its id.
    pub id: MappingId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// For which kind of record.
    pub object: String,
    /// From 1.
    pub version: i64,
    /// Which way it applies.
    #[sqlx(try_from = "String")]
    pub direction: Direction,
    /// The lines.
    pub rules: Json<Vec<Rule>>,
    /// Why it was made, e.g. "restored from version 3".
    pub note: Option<String>,
    /// Who made it, for people.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Inserts a version.
///
/// # Errors
/// [`super::Error::Conflict`] if somebody else made this version meanwhile.
pub async fn insert_mapping(tx: &mut Tx, row: &MappingRow) -> Result<()> {
    const SQL: &str = "INSERT INTO mappings (id, organization_id, integration_id, object, version, direction, rules, note, created_by, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.object,
        row.version,
        row.direction.as_str(),
        &row.rules,
        &row.note,
        &row.created_by,
        row.created_at
    )?;
    Ok(())
}

/// The version in force for a kind of record.
///
/// # Errors
/// The store's.
pub async fn find_mapping(db: &Db, organization: OrgId, integration: IntegrationId, object: &str) -> Result<Option<MappingRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, object, version, direction, rules, note, created_by, created_at FROM mappings \
                       WHERE organization_id = $1 AND integration_id = $2 AND object = $3 ORDER BY version DESC LIMIT 1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(integration).bind(object).fetch_optional(c).await)?)
}

/// Every version for a kind of record (or for all), newest first.
///
/// # Errors
/// The store's.
pub async fn list_mappings(db: &Db, organization: OrgId, integration: IntegrationId) -> Result<Vec<MappingRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, object, version, direction, rules, note, created_by, created_at FROM mappings \
                       WHERE organization_id = $1 AND integration_id = $2 ORDER BY object, version DESC LIMIT 1000";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(integration).fetch_all(c).await)?)
}
