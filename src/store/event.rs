//! Domain events: what happened, in order. They are the timeline, and what leaves as webhooks.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::batch::parts;
use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, CandidateId, EventId, IntegrationId, JobId, OrgId};
use crate::{on_read, on_tx};

/// An event.
#[derive(Debug, Clone, FromRow)]
pub struct EventRow {
    /// Its id; also the message id of its webhooks.
    pub id: EventId,
    /// Whose.
    pub organization_id: OrgId,
    /// What happened.
    #[sqlx(try_from = "String")]
    pub kind: EventKind,
    /// About which candidate.
    pub candidate_id: Option<CandidateId>,
    /// About which job.
    pub job_id: Option<JobId>,
    /// About which application.
    pub application_id: Option<ApplicationId>,
    /// Through which connection.
    pub integration_id: Option<IntegrationId>,
    /// `user`, `api_key` or `system`.
    pub actor_kind: String,
    /// Who, for people.
    pub actor_name: String,
    /// One sentence for the timeline.
    pub summary: String,
    /// What receivers get as `data`.
    pub data: Json<Value>,
    /// The trace it belongs to.
    pub trace_id: Option<Uuid>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, organization_id, kind, candidate_id, job_id, application_id, integration_id, actor_kind, actor_name, summary, data, trace_id, occurred_at";

/// Inserts events.
///
/// # Errors
/// The store's.
pub async fn insert_events(tx: &mut Tx, rows: &[EventRow]) -> Result<()> {
    for chunk in parts(rows) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(format!("INSERT INTO events ({COLUMNS}) "));
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.organization_id)
                    .push_bind(row.kind.as_str())
                    .push_bind(row.candidate_id)
                    .push_bind(row.job_id)
                    .push_bind(row.application_id)
                    .push_bind(row.integration_id)
                    .push_bind(&row.actor_kind)
                    .push_bind(&row.actor_name)
                    .push_bind(&row.summary)
                    .push_bind(&row.data)
                    .push_bind(row.trace_id)
                    .push_bind(row.occurred_at);
            });
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Whose events to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventFilter {
    /// Only about this candidate.
    pub candidate: Option<CandidateId>,
    /// Only about this job.
    pub job: Option<JobId>,
    /// Only about this application.
    pub application: Option<ApplicationId>,
    /// Only through this connection.
    pub integration: Option<IntegrationId>,
    /// Only of this kind.
    pub kind: Option<EventKind>,
    /// Only of the kinds that begin so, e.g. `interview.`.
    pub group: Option<&'static str>,
}

/// Events, newest first.
///
/// # Errors
/// The store's.
pub async fn list_events(db: &Db, organization: OrgId, filter: EventFilter, page: PageQuery) -> Result<Page<EventRow>> {
    let rows: Vec<EventRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM events WHERE organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(id) = filter.candidate {
            sql.push(" AND candidate_id = ").push_bind(id);
        }
        if let Some(id) = filter.job {
            sql.push(" AND job_id = ").push_bind(id);
        }
        if let Some(id) = filter.application {
            sql.push(" AND application_id = ").push_bind(id);
        }
        if let Some(id) = filter.integration {
            sql.push(" AND integration_id = ").push_bind(id);
        }
        if let Some(kind) = filter.kind {
            sql.push(" AND kind = ").push_bind(kind.as_str());
        }
        if let Some(group) = filter.group {
            sql.push(" AND kind LIKE ").push_bind(format!("{group}%"));
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// One event.
///
/// # Errors
/// The store's.
pub async fn find_event(db: &Db, organization: OrgId, id: EventId) -> Result<Option<EventRow>> {
    const SQL: &str = "SELECT id, organization_id, kind, candidate_id, job_id, application_id, integration_id, actor_kind, actor_name, summary, data, trace_id, \
                       occurred_at FROM events WHERE organization_id = $1 AND id = $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(c).await)?)
}
