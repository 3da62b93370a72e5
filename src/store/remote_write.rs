//! Changes on their way to connected systems, and what became of them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{ApplicationId, CandidateId, IntegrationId, JobId, OrgId, RemoteWriteId};
use crate::{execute, on_read, on_tx};

/// A change.
#[derive(Debug, Clone, FromRow)]
pub struct RemoteWriteRow {
    /// Its id.
    pub id: RemoteWriteId,
    /// Whose.
    pub organization_id: OrgId,
    /// Through which connection.
    pub integration_id: IntegrationId,
    /// `move`, `reject`, `hire`, `submit` or `note`.
    pub kind: String,
    /// About which candidate.
    pub candidate_id: Option<CandidateId>,
    /// About which application.
    pub application_id: Option<ApplicationId>,
    /// About which job.
    pub job_id: Option<JobId>,
    /// What is sent.
    pub payload: Json<Value>,
    /// `queued`, `sending` (written before the call), `unknown` (no answer came), `done` or `failed`.
    pub state: String,
    /// Tries that did not succeed so far.
    pub attempts: i64,
    /// What came back.
    pub result: Option<Json<Value>>,
    /// Reason code of the last failure.
    pub error_code: Option<String>,
    /// The last failure, as a sentence.
    pub error: Option<String>,
    /// Who asked for it, as JSON.
    pub actor: String,
    /// Ties everything it causes together.
    pub trace_id: Uuid,
    /// Asked for.
    pub created_at: DateTime<Utc>,
    /// First sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Done, or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

impl RemoteWriteRow {
    /// Whether it will not change any more by itself.
    pub fn is_final(&self) -> bool {
        matches!(self.state.as_str(), "done" | "failed")
    }
}

const COLUMNS: &str = "id, organization_id, integration_id, kind, candidate_id, application_id, job_id, payload, state, attempts, result, error_code, error, actor, \
                       trace_id, created_at, sent_at, finished_at";

/// Inserts a change.
///
/// # Errors
/// The store's.
pub async fn insert_remote_write(tx: &mut Tx, row: &RemoteWriteRow) -> Result<()> {
    const SQL: &str = "INSERT INTO remote_writes (id, organization_id, integration_id, kind, candidate_id, application_id, job_id, payload, state, attempts, actor, \
                       trace_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.kind,
        row.candidate_id,
        row.application_id,
        row.job_id,
        &row.payload,
        &row.state,
        row.attempts,
        &row.actor,
        row.trace_id,
        row.created_at
    )?;
    Ok(())
}

/// Writes down where a change is, unless it is done already. Returns whether it was not.
///
/// # Errors
/// The store's.
pub async fn update_remote_write(tx: &mut Tx, row: &RemoteWriteRow) -> Result<bool> {
    const SQL: &str = "UPDATE remote_writes SET payload = $1, state = $2, attempts = $3, result = $4, error_code = $5, error = $6, sent_at = $7, finished_at = $8, \
                       candidate_id = $9, application_id = $10 WHERE id = $11 AND state <> 'done'";
    Ok(execute!(
        tx,
        SQL,
        &row.payload,
        &row.state,
        row.attempts,
        &row.result,
        &row.error_code,
        &row.error,
        row.sent_at,
        row.finished_at,
        row.candidate_id,
        row.application_id,
        row.id
    )? > 0)
}

/// One change of an organization.
///
/// # Errors
/// The store's.
pub async fn find_remote_write(db: &Db, organization: OrgId, id: RemoteWriteId) -> Result<Option<RemoteWriteRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM remote_writes WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which changes to list.
#[derive(Debug, Clone, Default)]
pub struct RemoteWriteFilter {
    /// Only of this application.
    pub application: Option<ApplicationId>,
    /// Only about this candidate.
    pub candidate: Option<CandidateId>,
    /// Only through this connection.
    pub integration: Option<IntegrationId>,
    /// Only in this state.
    pub state: Option<String>,
}

/// Changes, newest first.
///
/// # Errors
/// The store's.
pub async fn list_remote_writes(db: &Db, organization: OrgId, filter: &RemoteWriteFilter, page: PageQuery) -> Result<Page<RemoteWriteRow>> {
    let rows: Vec<RemoteWriteRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM remote_writes WHERE organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = filter.application {
            sql.push(" AND application_id = ").push_bind(value);
        }
        if let Some(value) = filter.candidate {
            sql.push(" AND candidate_id = ").push_bind(value);
        }
        if let Some(value) = filter.integration {
            sql.push(" AND integration_id = ").push_bind(value);
        }
        if let Some(value) = &filter.state {
            sql.push(" AND state = ").push_bind(value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// The change of an application that is still on its way, seen from inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn find_unfinished_write(tx: &mut Tx, application: ApplicationId) -> Result<Option<RemoteWriteId>> {
    const SQL: &str =
        "SELECT id FROM remote_writes WHERE application_id = $1 AND kind <> 'note' AND state IN ('queued', 'sending', 'unknown') LIMIT 1";
    let row: Option<(RemoteWriteId,)> = on_tx!(tx, |c| sqlx::query_as(SQL).bind(application).fetch_optional(&mut *c).await)?;
    Ok(row.map(|row| row.0))
}
