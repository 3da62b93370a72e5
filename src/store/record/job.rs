//! Jobs.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{DepartmentId, JobId, OrgId};
use crate::domain::status::JobStatus;
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// A job.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub organization_id: OrgId,
    /// Its title.
    pub title: String,
    /// Its status.
    #[sqlx(try_from = "String")]
    pub status: JobStatus,
    /// Its department.
    pub department_id: Option<DepartmentId>,
    /// The department's name.
    pub department: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// The customer's own number of it.
    pub requisition_id: Option<String>,
    /// What it is, as HTML of the source (escape or clean before showing).
    pub description: Option<String>,
    /// The customer's own fields, by name.
    pub custom_fields: Json<Value>,
    /// Opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// Closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, title, status, department_id, department, location, requisition_id, description, custom_fields, opened_at, closed_at, created_at, updated_at, deleted_at";

/// Inserts or overwrites jobs, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_jobs(tx: &mut Tx, rows: &[JobRow]) -> Result<()> {
    upsert_rows!(tx, "jobs", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        title: &row.title,
        status: row.status.as_str(),
        department_id: row.department_id,
        department: &row.department,
        location: &row.location,
        requisition_id: &row.requisition_id,
        description: &row.description,
        custom_fields: &row.custom_fields,
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The jobs with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_jobs_by_id(tx: &mut Tx, organization: OrgId, ids: &[JobId]) -> Result<Vec<JobRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<JobRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM jobs WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's jobs, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_job(db: &Db, organization: OrgId, id: JobId) -> Result<Option<JobRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM jobs WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only in this status.
    pub status: Option<JobStatus>,
    /// Only with this in the title.
    pub search: Option<String>,
}

/// Living jobs, newest first.
///
/// # Errors
/// The store's.
pub async fn list_jobs(db: &Db, organization: OrgId, filter: &JobFilter, page: PageQuery) -> Result<Page<JobRow>> {
    let rows: Vec<JobRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM jobs WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.status {
            sql.push(" AND status = ").push_bind(value.as_str());
        }
        if let Some(value) = &filter.search {
            sql.push(" AND LOWER(title) LIKE ").push_bind(super::contains(value)).push(" ESCAPE '\\'");
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// The jobs with these ids, also deleted ones.
///
/// # Errors
/// The store's.
pub async fn list_jobs_by_ids(db: &Db, organization: OrgId, ids: &[JobId]) -> Result<Vec<JobRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<JobRow>>(on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM jobs WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?);
    }
    Ok(rows)
}
