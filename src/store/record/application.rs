//! Applications.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{ApplicationId, CandidateId, JobId, OrgId, StageId};
use crate::domain::status::ApplicationStatus;
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{execute, on_read, on_tx, upsert_rows};

/// An application.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct ApplicationRow {
    /// Its id.
    pub id: ApplicationId,
    /// Whose.
    pub organization_id: OrgId,
    /// Whose.
    pub candidate_id: CandidateId,
    /// For which job; none for a prospect.
    pub job_id: Option<JobId>,
    /// Its status.
    #[sqlx(try_from = "String")]
    pub status: ApplicationStatus,
    /// In which step.
    pub stage_id: Option<StageId>,
    /// The step's name.
    pub stage_name: Option<String>,
    /// Since when in this step, as far as known.
    pub stage_entered_at: Option<DateTime<Utc>>,
    /// Where it came from.
    pub source: Option<String>,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// The customer's own fields, by name.
    pub custom_fields: Json<Value>,
    /// Applied.
    pub applied_at: DateTime<Utc>,
    /// Rejected.
    pub rejected_at: Option<DateTime<Utc>>,
    /// Hired.
    pub hired_at: Option<DateTime<Utc>>,
    /// When something last happened.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, candidate_id, job_id, status, stage_id, stage_name, stage_entered_at, source, rejection_reason, custom_fields, applied_at, rejected_at, hired_at, last_activity_at, created_at, updated_at, deleted_at";

/// Inserts or overwrites applications, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_applications(tx: &mut Tx, rows: &[ApplicationRow]) -> Result<()> {
    upsert_rows!(tx, "applications", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        candidate_id: row.candidate_id,
        job_id: row.job_id,
        status: row.status.as_str(),
        stage_id: row.stage_id,
        stage_name: &row.stage_name,
        stage_entered_at: row.stage_entered_at,
        source: &row.source,
        rejection_reason: &row.rejection_reason,
        custom_fields: &row.custom_fields,
        applied_at: row.applied_at,
        rejected_at: row.rejected_at,
        hired_at: row.hired_at,
        last_activity_at: row.last_activity_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The applications with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_applications_by_id(tx: &mut Tx, organization: OrgId, ids: &[ApplicationId]) -> Result<Vec<ApplicationRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<ApplicationRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM applications WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's applications, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_application(db: &Db, organization: OrgId, id: ApplicationId) -> Result<Option<ApplicationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM applications WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which applications to list.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    /// Only of this candidate.
    pub candidate: Option<CandidateId>,
    /// Only for this job.
    pub job: Option<JobId>,
    /// Only in this step.
    pub stage: Option<StageId>,
    /// Only in this status.
    pub status: Option<ApplicationStatus>,
}

/// Living applications, newest first.
///
/// # Errors
/// The store's.
pub async fn list_applications(db: &Db, organization: OrgId, filter: &ApplicationFilter, page: PageQuery) -> Result<Page<ApplicationRow>> {
    let rows: Vec<ApplicationRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM applications WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.candidate {
            sql.push(" AND candidate_id = ").push_bind(*value);
        }
        if let Some(value) = &filter.job {
            sql.push(" AND job_id = ").push_bind(*value);
        }
        if let Some(value) = &filter.stage {
            sql.push(" AND stage_id = ").push_bind(*value);
        }
        if let Some(value) = &filter.status {
            sql.push(" AND status = ").push_bind(value.as_str());
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Whose these applications are, and for which jobs: `(id, candidate, job)`.
///
/// # Errors
/// The store's.
pub async fn list_application_parents(
    db: &Db,
    organization: OrgId,
    ids: &[uuid::Uuid],
) -> Result<Vec<(uuid::Uuid, CandidateId, Option<JobId>)>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<(uuid::Uuid, CandidateId, Option<JobId>)>>(on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT id, candidate_id, job_id FROM applications WHERE organization_id = ");
            sql.push_bind(organization).push(" AND id IN (");
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

/// The living applications of these candidates, newest first.
///
/// # Errors
/// The store's.
pub async fn list_applications_of_candidates(db: &Db, organization: OrgId, candidates: &[CandidateId]) -> Result<Vec<ApplicationRow>> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM applications WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND candidate_id IN (");
        let mut list = sql.separated(", ");
        for id in candidates {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY id DESC");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// How many living applications these jobs have: `(job, status, how many)`.
///
/// # Errors
/// The store's.
pub async fn count_applications_of_jobs(db: &Db, organization: OrgId, jobs: &[JobId]) -> Result<Vec<(JobId, String, i64)>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql =
            QueryBuilder::new("SELECT job_id, status, COUNT(*) FROM applications WHERE deleted_at IS NULL AND organization_id = ");
        sql.push_bind(organization).push(" AND job_id IN (");
        let mut list = sql.separated(", ");
        for id in jobs {
            list.push_bind(*id);
        }
        sql.push(") GROUP BY job_id, status");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// The applications with these ids, also deleted ones.
///
/// # Errors
/// The store's.
pub async fn list_applications_by_ids(db: &Db, organization: OrgId, ids: &[ApplicationId]) -> Result<Vec<ApplicationRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<ApplicationRow>>(on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM applications WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// Hangs the applications of one candidate on another: the two became one.
///
/// # Errors
/// The store's.
pub async fn move_applications(tx: &mut Tx, organization: OrgId, from: CandidateId, into: CandidateId, now: DateTime<Utc>) -> Result<u64> {
    const SQL: &str = "UPDATE applications SET candidate_id = $1, updated_at = $2 WHERE organization_id = $3 AND candidate_id = $4";
    execute!(tx, SQL, into, now, organization, from)
}
