//! Steps of the jobs' pipelines.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{JobId, OrgId, StageId};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// A step of a pipeline.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct StageRow {
    /// Its id.
    pub id: StageId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which job.
    pub job_id: JobId,
    /// Its name.
    pub name: String,
    /// Its place, from 0.
    pub position: i64,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, job_id, name, position, created_at, updated_at, deleted_at";

/// Inserts or overwrites stages, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_stages(tx: &mut Tx, rows: &[StageRow]) -> Result<()> {
    upsert_rows!(tx, "stages", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        job_id: row.job_id,
        name: &row.name,
        position: row.position,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The stages with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_stages_by_id(tx: &mut Tx, organization: OrgId, ids: &[StageId]) -> Result<Vec<StageRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<StageRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM stages WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(&mut *c).await
        })?);
    }
    Ok(rows)
}

/// One of an organization's stages, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_stage(db: &Db, organization: OrgId, id: StageId) -> Result<Option<StageRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM stages WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The living steps of these jobs, in order.
///
/// # Errors
/// The store's.
pub async fn list_stages_of_jobs(db: &Db, organization: OrgId, jobs: &[JobId]) -> Result<Vec<StageRow>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM stages WHERE deleted_at IS NULL AND organization_id = ")
            .push_bind(organization)
            .push(" AND job_id IN (");
        let mut list = sql.separated(", ");
        for id in jobs {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY job_id, position, id");
        sql.build_query_as().fetch_all(c).await
    })?)
}
