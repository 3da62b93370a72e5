//! Deliveries in retrospect: statistics, and what to send again.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use super::first_id_at;
use crate::domain::event::EventKind;
use crate::domain::id::{CandidateId, DeliveryId, EventId, JobId, OrgId, WebhookId};
use crate::on_read;
use crate::store::{Db, Result, dialect};

/// A delivery, to send again.
#[derive(Debug, Clone, FromRow)]
pub struct PastRow {
    /// Its id.
    pub id: DeliveryId,
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub event_name: String,
    /// What keeps its order.
    pub order_key: Option<String>,
}

/// One delivery of a subscription.
///
/// # Errors
/// The store's.
pub async fn find_delivery(db: &Db, organization: OrgId, webhook: WebhookId, id: DeliveryId) -> Result<Option<PastRow>> {
    const SQL: &str =
        "SELECT id, event_id, event_name, order_key FROM deliveries WHERE organization_id = $1 AND webhook_id = $2 AND id = $3";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(id).fetch_optional(c).await)?)
}

/// The last delivery of an event to a subscription.
///
/// # Errors
/// The store's.
pub async fn find_delivery_of(db: &Db, organization: OrgId, webhook: WebhookId, event: EventId) -> Result<Option<PastRow>> {
    const SQL: &str = "SELECT id, event_id, event_name, order_key FROM deliveries WHERE organization_id = $1 AND webhook_id = $2 AND event_id = $3 ORDER BY id DESC LIMIT 1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(event).fetch_optional(c).await)?)
}

/// A span of time, and where in it to go on.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From then on.
    pub since: DateTime<Utc>,
    /// Up to then.
    pub until: DateTime<Utc>,
    /// Only rows after this id.
    pub after: uuid::Uuid,
    /// At most so many.
    pub limit: i64,
}

impl Span {
    /// A span from its beginning.
    pub fn new(since: DateTime<Utc>, until: DateTime<Utc>, limit: i64) -> Self {
        Self { since, until, after: uuid::Uuid::nil(), limit }
    }
}

/// Which deliveries of a span.
#[derive(Debug, Clone, Copy, Default)]
pub struct PastFilter<'a> {
    /// Not only those that failed: those that arrived too.
    pub with_succeeded: bool,
    /// Only of events under this name.
    pub event_name: Option<&'a str>,
    /// Only of events about this candidate.
    pub candidate: Option<CandidateId>,
    /// Only of events about this job.
    pub job: Option<JobId>,
    /// Only where the last answer had this status.
    pub status_code: Option<i64>,
}

/// Finished deliveries of a span, the last of each event, oldest first. What failed and arrived since, or is on its way, is left out.
///
/// # Errors
/// The store's.
pub async fn list_past(db: &Db, organization: OrgId, webhook: WebhookId, filter: PastFilter<'_>, span: Span) -> Result<Vec<PastRow>> {
    let (wanted, in_the_way) = if filter.with_succeeded {
        (" AND state <> 'pending' AND id > ", "(o.state = 'pending' OR o.id > d.id)")
    } else {
        (" AND state = 'failed' AND id > ", "(o.state <> 'failed' OR o.id > d.id)")
    };
    on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT id, event_id, event_name, order_key FROM deliveries d WHERE organization_id = ");
        sql.push_bind(organization).push(" AND webhook_id = ").push_bind(webhook).push(wanted);
        sql.push_bind(span.after.max(first_id_at(span.since))).push(" AND created_at >= ").push_bind(span.since);
        sql.push(" AND created_at <= ").push_bind(span.until);
        if let Some(name) = filter.event_name {
            sql.push(" AND event_name = ").push_bind(name);
        }
        if let Some(candidate) = filter.candidate {
            sql.push(" AND event_id IN (SELECT id FROM events WHERE candidate_id = ").push_bind(candidate).push(")");
        }
        if let Some(job) = filter.job {
            sql.push(" AND event_id IN (SELECT id FROM events WHERE job_id = ").push_bind(job).push(")");
        }
        if let Some(status) = filter.status_code {
            sql.push(" AND last_status = ").push_bind(status);
        }
        sql.push(" AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.event_id = d.event_id AND o.webhook_id = d.webhook_id AND ");
        sql.push(in_the_way).push(") ORDER BY id LIMIT ").push_bind(span.limit);
        Ok(sql.build_query_as().fetch_all(c).await?)
    })
}

/// Events of a span and of these kinds that neither arrived at the subscription nor are on their way there, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_missed(db: &Db, organization: OrgId, webhook: WebhookId, kinds: &[EventKind], span: Span) -> Result<Vec<EventId>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(EventId,)> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT e.id FROM events e WHERE e.organization_id = ");
        sql.push_bind(organization).push(" AND e.id > ").push_bind(span.after.max(first_id_at(span.since)));
        sql.push(" AND e.occurred_at >= ").push_bind(span.since).push(" AND e.occurred_at <= ").push_bind(span.until);
        sql.push(" AND e.kind IN (");
        let mut list = sql.separated(", ");
        for kind in kinds {
            list.push_bind(kind.as_str());
        }
        sql.push(") AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.webhook_id = ").push_bind(webhook);
        sql.push(" AND d.state <> 'failed') ORDER BY e.id LIMIT ").push_bind(span.limit);
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many deliveries of a day ended how.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct DayCount {
    /// The day in UTC, `2026-01-31`.
    pub day: String,
    /// `pending`, `succeeded` or `failed`.
    pub state: String,
    /// How many.
    pub deliveries: i64,
}

/// Deliveries of a subscription made since a time, by day and state, the earliest day first.
///
/// # Errors
/// The store's.
pub async fn count_by_day(db: &Db, organization: OrgId, webhook: WebhookId, since: DateTime<Utc>) -> Result<Vec<DayCount>> {
    let day = dialect::utc_day(db, "created_at");
    let sql = format!(
        "SELECT {day} AS day, state, COUNT(*) AS deliveries FROM deliveries \
         WHERE organization_id = $1 AND webhook_id = $2 AND id >= $3 GROUP BY {day}, state ORDER BY 1, 2"
    );
    // The expression is one of two constants.
    let sql = AssertSqlSafe(sql);
    Ok(on_read!(db, |c| sqlx::query_as(sql).bind(organization).bind(webhook).bind(first_id_at(since)).fetch_all(c).await)?)
}

/// At which try how many deliveries arrived.
#[derive(Debug, Clone, Copy, FromRow, PartialEq, Eq)]
pub struct TryCount {
    /// Which try, from 1.
    pub attempts: i64,
    /// How many.
    pub deliveries: i64,
}

/// At which try a subscription's deliveries since a time arrived, the first try first.
///
/// # Errors
/// The store's.
pub async fn count_by_try(db: &Db, organization: OrgId, webhook: WebhookId, since: DateTime<Utc>) -> Result<Vec<TryCount>> {
    const SQL: &str = "SELECT attempts, COUNT(*) AS deliveries FROM deliveries \
                       WHERE organization_id = $1 AND webhook_id = $2 AND id >= $3 AND state = 'succeeded' GROUP BY attempts ORDER BY attempts";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(first_id_at(since)).fetch_all(c).await)?)
}

/// When a subscription's latest attempts that got an answer began, and how long they took, in ms, newest first.
///
/// # Errors
/// The store's.
pub async fn list_durations(
    db: &Db,
    organization: OrgId,
    webhook: WebhookId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, i64)>> {
    const SQL: &str = "SELECT at, duration_ms FROM attempts WHERE organization_id = $1 AND webhook_id = $2 AND id >= $3 AND status_code IS NOT NULL \
                       AND duration_ms IS NOT NULL ORDER BY id DESC LIMIT $4";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(first_id_at(since)).bind(limit).fetch_all(c).await)?)
}

/// How many attempts a subscription saw since a time.
///
/// # Errors
/// The store's.
pub async fn count_attempts(db: &Db, organization: OrgId, webhook: WebhookId, since: DateTime<Utc>) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM attempts WHERE organization_id = $1 AND webhook_id = $2 AND id >= $3";
    let (count,): (i64,) =
        on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(first_id_at(since)).fetch_one(c).await)?;
    Ok(count)
}
