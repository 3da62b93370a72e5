//! The records that travel between systems: one file per table.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::id::{JobId, OrgId};
use crate::domain::status::RecordKind;
use crate::{on_read, on_tx};

pub mod application;
pub mod candidate;
pub mod department;
pub mod interview;
pub mod job;
pub mod message;
pub mod offer;
pub mod person;
pub mod stage;

/// A LIKE pattern for "contains", with the text's own wildcards escaped by `\`.
fn contains(text: &str) -> String {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

const fn table(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Department => "departments",
        RecordKind::Person => "people",
        RecordKind::Job => "jobs",
        RecordKind::Stage => "stages",
        RecordKind::Candidate => "candidates",
        RecordKind::Application => "applications",
        RecordKind::Interview => "interviews",
        RecordKind::Offer => "offers",
        RecordKind::Message => "messages",
    }
}

/// Marks records as deleted. They keep their row, for the timeline.
///
/// # Errors
/// The store's.
pub async fn delete_records(tx: &mut Tx, organization: OrgId, kind: RecordKind, ids: &[Uuid], now: DateTime<Utc>) -> Result<()> {
    for chunk in ids.chunks(500) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("UPDATE ");
            sql.push(table(kind)).push(" SET deleted_at = ").push_bind(now).push(", updated_at = ").push_bind(now);
            sql.push(" WHERE organization_id = ").push_bind(organization).push(" AND deleted_at IS NULL AND id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// How many living records of a kind an organization has.
///
/// # Errors
/// The store's.
pub async fn count_records(db: &Db, organization: OrgId, kind: RecordKind) -> Result<i64> {
    let row: (i64,) = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM ");
        sql.push(table(kind)).push(" WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.build_query_as().fetch_one(c).await
    })?;
    Ok(row.0)
}

/// How many applications stand in which stage and status of a job: `(stage name, status, how many)`.
///
/// # Errors
/// The store's.
pub async fn count_by_stage(db: &Db, organization: OrgId, job: JobId) -> Result<Vec<(Option<String>, String, i64)>> {
    const SQL: &str = "SELECT stage_name, status, COUNT(*) FROM applications WHERE organization_id = $1 AND job_id = $2 AND deleted_at IS NULL \
                       GROUP BY stage_name, status ORDER BY stage_name, status";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(job).fetch_all(c).await)?)
}
