//! Deliveries in retrospect: statistics, and what to send again.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use super::first_id_at;
use crate::domain::event::EventKind;
use crate::domain::id::{DeliveryId, EventId, OrgId, WebhookId};
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

/// Deliveries of a span that failed and whose event neither arrived at the subscription since nor is on its way, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_failed(db: &Db, organization: OrgId, webhook: WebhookId, event_name: Option<&str>, span: Span) -> Result<Vec<PastRow>> {
    on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT id, event_id, event_name, order_key FROM deliveries d WHERE organization_id = ");
        sql.push_bind(organization).push(" AND webhook_id = ").push_bind(webhook).push(" AND state = 'failed' AND id > ");
        sql.push_bind(span.after.max(first_id_at(span.since))).push(" AND created_at >= ").push_bind(span.since);
        sql.push(" AND created_at <= ").push_bind(span.until);
        if let Some(name) = event_name {
            sql.push(" AND event_name = ").push_bind(name);
        }
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.event_id = d.event_id AND o.webhook_id = d.webhook_id \
              AND (o.state <> 'failed' OR o.id > d.id)) ORDER BY id LIMIT ",
        );
        sql.push_bind(span.limit);
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

/// The durations of a subscription's latest attempts that got an answer, in ms, newest first.
///
/// # Errors
/// The store's.
pub async fn list_durations(db: &Db, organization: OrgId, webhook: WebhookId, since: DateTime<Utc>, limit: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT duration_ms FROM attempts WHERE organization_id = $1 AND webhook_id = $2 AND id >= $3 AND status_code IS NOT NULL \
                       AND duration_ms IS NOT NULL ORDER BY id DESC LIMIT $4";
    let rows: Vec<(i64,)> =
        on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(webhook).bind(first_id_at(since)).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(ms,)| ms).collect())
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
