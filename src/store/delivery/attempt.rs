//! Attempts: the log of every try.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{AttemptId, CandidateId, DeliveryId, EventId, JobId, OrgId, WebhookId};
use crate::domain::status::DeliveryState;
use crate::store::batch::parts;
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx};

/// A finished try.
#[derive(Debug, Clone, FromRow)]
pub struct AttemptRow {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub organization_id: OrgId,
    /// To which subscription.
    pub webhook_id: WebhookId,
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub event_name: String,
    /// Which try, from 1.
    pub attempt: i64,
    /// Whether it arrived.
    #[sqlx(try_from = "String")]
    pub state: DeliveryState,
    /// The answer's status.
    pub status_code: Option<i64>,
    /// The stable name of what went wrong.
    pub error_code: Option<String>,
    /// The same as a sentence.
    pub error: Option<String>,
    /// What was sent besides the body.
    pub request_headers: Json<BTreeMap<String, String>>,
    /// The answer's headers.
    pub response_headers: Option<Json<Vec<(String, String)>>>,
    /// The first 4 kB of the answer's body.
    pub response_body: Option<String>,
    /// The address that answered.
    pub address: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Where that time went.
    pub timing: Option<Json<serde_json::Value>>,
    /// When it began.
    pub at: DateTime<Utc>,
    /// When the next one is due.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// A delivery that was not tried yet.
#[derive(Debug, Clone, FromRow)]
pub struct WaitingRow {
    /// Its id.
    pub id: DeliveryId,
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub event_name: String,
    /// When it is due.
    pub next_at: DateTime<Utc>,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
}

/// Which attempts to read.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// Only with this outcome.
    pub state: Option<DeliveryState>,
    /// Only of events under this name.
    pub event_name: Option<String>,
    /// Only of this event.
    pub event: Option<EventId>,
    /// Only of this delivery.
    pub delivery: Option<DeliveryId>,
    /// Only with this status.
    pub status_code: Option<i64>,
    /// Only of events about this candidate.
    pub candidate: Option<CandidateId>,
    /// Only of events about this job.
    pub job: Option<JobId>,
    /// Only from then on.
    pub since: Option<DateTime<Utc>>,
    /// Only up to then.
    pub until: Option<DateTime<Utc>>,
}

impl AttemptFilter {
    /// Whether everything is wanted.
    pub const fn is_empty(&self) -> bool {
        let is_unnamed = self.state.is_none() && self.event_name.is_none() && self.event.is_none() && self.delivery.is_none();
        let is_unnarrowed = self.status_code.is_none() && self.candidate.is_none() && self.job.is_none();
        is_unnamed && is_unnarrowed && self.since.is_none() && self.until.is_none()
    }
}

const COLUMNS: &str = "id, organization_id, webhook_id, delivery_id, event_id, event_name, attempt, state, status_code, error_code, error, request_headers, \
                       response_headers, response_body, address, duration_ms, timing, at, next_attempt_at";

/// Inserts attempts.
///
/// # Errors
/// The store's.
pub async fn insert_attempts(tx: &mut Tx, rows: &[&AttemptRow]) -> Result<()> {
    for chunk in parts(rows) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("INSERT INTO attempts (");
            sql.push(COLUMNS).push(") ");
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.organization_id)
                    .push_bind(row.webhook_id)
                    .push_bind(row.delivery_id)
                    .push_bind(row.event_id)
                    .push_bind(&row.event_name)
                    .push_bind(row.attempt)
                    .push_bind(row.state.as_str())
                    .push_bind(row.status_code)
                    .push_bind(&row.error_code)
                    .push_bind(&row.error)
                    .push_bind(&row.request_headers)
                    .push_bind(&row.response_headers)
                    .push_bind(&row.response_body)
                    .push_bind(&row.address)
                    .push_bind(row.duration_ms)
                    .push_bind(&row.timing)
                    .push_bind(row.at)
                    .push_bind(row.next_attempt_at);
            });
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// A subscription's attempts, newest first.
///
/// # Errors
/// The store's.
pub async fn list_attempts(
    db: &Db,
    organization: OrgId,
    webhook: WebhookId,
    filter: &AttemptFilter,
    page: PageQuery,
) -> Result<Page<AttemptRow>> {
    let rows: Vec<AttemptRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM attempts WHERE organization_id = ").push_bind(organization);
        sql.push(" AND webhook_id = ").push_bind(webhook).push(" AND id < ").push_bind(page.before_id());
        if let Some(state) = filter.state {
            sql.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(name) = &filter.event_name {
            sql.push(" AND event_name = ").push_bind(name);
        }
        if let Some(event) = filter.event {
            sql.push(" AND event_id = ").push_bind(event);
        }
        if let Some(delivery) = filter.delivery {
            sql.push(" AND delivery_id = ").push_bind(delivery);
        }
        if let Some(status) = filter.status_code {
            sql.push(" AND status_code = ").push_bind(status);
        }
        if let Some(candidate) = filter.candidate {
            sql.push(" AND event_id IN (SELECT id FROM events WHERE candidate_id = ").push_bind(candidate).push(")");
        }
        if let Some(job) = filter.job {
            sql.push(" AND event_id IN (SELECT id FROM events WHERE job_id = ").push_bind(job).push(")");
        }
        if let Some(since) = filter.since {
            sql.push(" AND at >= ").push_bind(since);
        }
        if let Some(until) = filter.until {
            sql.push(" AND at <= ").push_bind(until);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Deliveries of a subscription that were not tried yet, newest first.
///
/// # Errors
/// The store's.
pub async fn list_waiting(db: &Db, organization: OrgId, webhook: WebhookId, limit: i64) -> Result<Vec<WaitingRow>> {
    const SQL: &str = "SELECT id, event_id, event_name, next_at, created_at FROM deliveries \
                       WHERE organization_id = $1 AND webhook_id = $2 AND state = 'pending' AND attempts = 0 ORDER BY id DESC LIMIT $3";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(limit).fetch_all(c).await)?)
}
