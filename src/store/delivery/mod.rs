//! Deliveries: one event on its way to one subscription each.
//!
//! A waiting delivery is `pending` and due at `next_at`. Claiming it moves `next_at` to the end of the lease, so one index answers both
//! "what is due" and "whose worker died". Finished rows stay, outside the two partial indexes the worker uses.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::batch::{padded, parts};
use super::{Db, Result, Tx, dialect};
use crate::domain::id::{DeliveryId, EventId, OrgId, WebhookId};
use crate::domain::status::DeliveryState;
use crate::{execute, on_read, on_tx};

pub mod attempt;
pub mod history;
pub mod retention;

/// A delivery to insert: pending, due at `next_at`.
#[derive(Debug, Clone)]
pub struct DeliveryInsert {
    /// Its id.
    pub id: DeliveryId,
    /// Whose.
    pub organization_id: OrgId,
    /// To which subscription.
    pub webhook_id: WebhookId,
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub event_name: String,
    /// What keeps its order with others of the same key, if the subscription asks for it.
    pub order_key: Option<String>,
    /// When it is due.
    pub next_at: DateTime<Utc>,
    /// The delivery that is repeated.
    pub replay_of: Option<DeliveryId>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// The exact bytes of an event under one of its names.
#[derive(Debug, Clone, FromRow)]
pub struct BodyRow {
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub name: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// A claimed delivery.
#[derive(Debug, Clone, FromRow)]
pub struct ClaimedRow {
    /// Its id.
    pub id: DeliveryId,
    /// Whose.
    pub organization_id: OrgId,
    /// To which subscription.
    pub webhook_id: WebhookId,
    /// Which event.
    pub event_id: EventId,
    /// Under which name.
    pub event_name: String,
    /// What keeps its order.
    pub order_key: Option<String>,
    /// Finished tries so far.
    pub attempts: i64,
}

/// How a try leaves its delivery.
#[derive(Debug, Clone)]
pub struct DeliveryResult {
    /// Which delivery.
    pub id: DeliveryId,
    /// Pending again, or done.
    pub state: DeliveryState,
    /// When it is due again.
    pub next_at: DateTime<Utc>,
    /// The answer's status.
    pub last_status: Option<i64>,
    /// What went wrong.
    pub last_error: Option<String>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Inserts deliveries.
///
/// # Errors
/// The store's.
pub async fn insert_deliveries(tx: &mut Tx, rows: &[DeliveryInsert]) -> Result<()> {
    for chunk in parts(rows) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, event_name, order_key, state, attempts, next_at, replay_of, created_at) ",
            );
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.organization_id)
                    .push_bind(row.webhook_id)
                    .push_bind(row.event_id)
                    .push_bind(&row.event_name)
                    .push_bind(&row.order_key)
                    .push_bind(DeliveryState::Pending.as_str())
                    .push_bind(0_i64)
                    .push_bind(row.next_at)
                    .push_bind(row.replay_of)
                    .push_bind(row.created_at);
            });
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Inserts bodies; one that is stored already stays as it is.
///
/// # Errors
/// The store's.
pub async fn insert_bodies(tx: &mut Tx, rows: &[BodyRow], now: DateTime<Utc>) -> Result<()> {
    for chunk in parts(rows) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("INSERT INTO event_bodies (event_id, name, body, created_at) ");
            sql.push_values(chunk, |mut values, row| {
                values.push_bind(row.event_id).push_bind(&row.name).push_bind(&row.body).push_bind(now);
            });
            sql.push(" ON CONFLICT (event_id, name) DO NOTHING");
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// The stored bodies of these events, under every name.
///
/// # Errors
/// The store's.
pub async fn list_bodies(db: &Db, events: &[EventId]) -> Result<Vec<BodyRow>> {
    let mut rows = Vec::with_capacity(events.len());
    for chunk in events.chunks(500) {
        let more: Vec<BodyRow> = on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT event_id, name, body FROM event_bodies WHERE event_id IN (");
            let mut list = sql.separated(", ");
            for id in padded(chunk) {
                list.push_bind(id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?;
        rows.extend(more);
    }
    Ok(rows)
}

/// Under which names the bodies of these events are stored.
///
/// # Errors
/// The store's.
pub async fn list_body_names(db: &Db, events: &[EventId]) -> Result<HashSet<(EventId, String)>> {
    let mut names = HashSet::with_capacity(events.len());
    for chunk in events.chunks(500) {
        let more: Vec<(EventId, String)> = on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT event_id, name FROM event_bodies WHERE event_id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?;
        names.extend(more);
    }
    Ok(names)
}

/// The active subscriptions for which a delivery is due, without taking the writer. It hops from one subscription to the next through the
/// index, so its cost grows with the number of waiting subscriptions, not of waiting deliveries.
///
/// # Errors
/// The store's.
pub async fn list_due_webhooks(db: &Db, now: DateTime<Utc>) -> Result<Vec<WebhookId>> {
    const SQL: &str = "WITH RECURSIVE lanes (id) AS ( \
                         SELECT (SELECT webhook_id FROM deliveries WHERE state = 'pending' ORDER BY webhook_id LIMIT 1) \
                         UNION ALL \
                         SELECT (SELECT d.webhook_id FROM deliveries d WHERE d.state = 'pending' AND d.webhook_id > lanes.id ORDER BY d.webhook_id LIMIT 1) \
                         FROM lanes WHERE lanes.id IS NOT NULL) \
                       SELECT w.id FROM lanes JOIN webhooks w ON w.id = lanes.id \
                       WHERE w.is_active = $1 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= $2)";
    let rows: Vec<(WebhookId,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(true).bind(now).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// When the next delivery becomes due that is not due at `now`.
///
/// # Errors
/// The store's.
pub async fn next_due(db: &Db, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "SELECT next_at FROM deliveries WHERE state = 'pending' AND next_at > $1 ORDER BY next_at LIMIT 1";
    let row: Option<(DateTime<Utc>,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(now).fetch_optional(c).await)?;
    Ok(row.map(|row| row.0))
}

/// What to claim.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// By whom: unique to this process and start.
    pub owner: &'a str,
    /// For which subscription.
    pub webhook: WebhookId,
    /// Whether of each order key only the earliest pending delivery may go.
    pub ordered: bool,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when the claim holds without being extended.
    pub lease_until: DateTime<Utc>,
    /// At most so many.
    pub limit: i64,
}

/// Claims due deliveries of one subscription, the longest due first. A delivery whose worker died is due again when its lease ran out.
///
/// # Errors
/// The store's.
pub async fn claim_deliveries(tx: &mut Tx, claim: Claim<'_>) -> Result<Vec<ClaimedRow>> {
    let skip_locked = dialect::skip_locked_in(tx);
    let mut rows: Vec<ClaimedRow> = on_tx!(tx, |c| {
        let mut sql = QueryBuilder::new("UPDATE deliveries SET lease_owner = ");
        sql.push_bind(claim.owner).push(", lease_until = ").push_bind(claim.lease_until).push(", next_at = ").push_bind(claim.lease_until);
        sql.push(" WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state = 'pending' AND d.webhook_id = ").push_bind(claim.webhook);
        sql.push(" AND d.next_at <= ").push_bind(claim.now);
        if claim.ordered {
            sql.push(
                " AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.state = 'pending' AND e.webhook_id = d.webhook_id \
                  AND e.order_key = d.order_key AND e.id < d.id)",
            );
        }
        sql.push(" ORDER BY d.next_at LIMIT ").push_bind(claim.limit).push(skip_locked);
        sql.push(") RETURNING id, organization_id, webhook_id, event_id, event_name, order_key, attempts");
        sql.build_query_as().fetch_all(&mut *c).await
    })?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Moves the claims of an owner to another time: extends them, or, with `keep` false, gives them back, due at `next_at`.
///
/// # Errors
/// The store's.
pub async fn move_claims(tx: &mut Tx, owner: &str, ids: &[DeliveryId], next_at: DateTime<Utc>, keep: bool) -> Result<()> {
    let (lease_until, new_owner) = if keep { (Some(next_at), Some(owner)) } else { (None, None) };
    for chunk in ids.chunks(500) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("UPDATE deliveries SET next_at = ");
            sql.push_bind(next_at).push(", lease_until = ").push_bind(lease_until).push(", lease_owner = ").push_bind(new_owner);
            sql.push(" WHERE state = 'pending' AND lease_owner = ").push_bind(owner).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in padded(chunk) {
                list.push_bind(id);
            }
            sql.push(")");
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Finishes deliveries that arrived, all with the same status. What another owner claimed meanwhile is left to that owner.
///
/// # Errors
/// The store's.
pub async fn finish_succeeded(tx: &mut Tx, owner: &str, ids: &[DeliveryId], status: i64, now: DateTime<Utc>) -> Result<()> {
    for chunk in ids.chunks(500) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "UPDATE deliveries SET attempts = attempts + 1, last_error = NULL, lease_owner = NULL, lease_until = NULL, state = ",
            );
            sql.push_bind(DeliveryState::Succeeded.as_str())
                .push(", last_status = ")
                .push_bind(status)
                .push(", finished_at = ")
                .push_bind(now);
            sql.push(" WHERE state = 'pending' AND lease_owner = ").push_bind(owner).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in padded(chunk) {
                list.push_bind(id);
            }
            sql.push(")");
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Writes down a try that did not arrive.
///
/// # Errors
/// The store's.
pub async fn finish_failed(tx: &mut Tx, owner: &str, result: &DeliveryResult) -> Result<()> {
    const SQL: &str = "UPDATE deliveries SET attempts = attempts + 1, state = $1, next_at = $2, last_status = $3, last_error = $4, finished_at = $5, \
                       lease_owner = NULL, lease_until = NULL WHERE id = $6 AND lease_owner = $7 AND state = 'pending'";
    execute!(tx, SQL, result.state.as_str(), result.next_at, result.last_status, &result.last_error, result.finished_at, result.id, owner)?;
    Ok(())
}

/// The smallest UUIDv7 of a time: ids made from then on are not smaller.
pub fn first_id_at(at: DateTime<Utc>) -> Uuid {
    let ms = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128((ms << 80) | (7 << 76) | (2 << 62))
}
