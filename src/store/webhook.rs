//! Webhook subscriptions. What is in the sealed columns only the vault can read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{OrgId, WebhookId};
use crate::{execute, on_read, on_tx};

/// A subscription.
#[derive(Debug, Clone, FromRow)]
pub struct WebhookRow {
    /// Its id: part of what the seals are bound to.
    pub id: WebhookId,
    /// Whose.
    pub organization_id: OrgId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where to.
    pub url: String,
    /// The events' names, as the subscription uses them.
    pub events: Json<Vec<String>>,
    /// Which of them, by content.
    pub filter: Option<Json<Value>>,
    /// Static headers; the value of a confidential one is `null` here and sealed with the secret.
    pub headers: Json<BTreeMap<String, Option<String>>>,
    /// Whether anything is sent.
    pub is_active: bool,
    /// Whether the order of a candidate's events is kept.
    pub ordered: bool,
    /// Tries after the first one.
    pub retry_attempts: i64,
    /// Waits between the tries, in seconds.
    pub retry_schedule: Option<Json<Vec<u32>>>,
    /// How long one try may take.
    pub timeout_ms: i64,
    /// How many tries run at once.
    pub max_in_flight: i64,
    /// How many messages leave in a second at most.
    pub rate_per_second: Option<i64>,
    /// After how many days without any success it is switched off; 0 is never.
    pub disable_after_days: i64,
    /// The secret and the confidential headers.
    pub sealed_secret: Vec<u8>,
    /// The previous secret, while both sign.
    pub sealed_old_secret: Option<Vec<u8>>,
    /// Until when.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// The data key of the seals.
    pub key_id: String,
    /// The breaker, for people: how it stands and until when.
    pub breaker: Option<Json<Value>>,
    /// Since when nothing arrived there.
    pub failing_since: Option<DateTime<Utc>>,
    /// How much of the way to being switched off people were told of, in percent.
    pub warned_percent: i64,
    /// When they were told.
    pub warned_at: Option<DateTime<Utc>>,
    /// The public key of its Ed25519 signatures; `None` without them.
    pub public_key: Option<String>,
    /// The previous one, while both sign.
    pub old_public_key: Option<String>,
    /// Why nothing is sent, for people.
    pub disabled_reason: Option<String>,
    /// First stored.
    pub created_at: DateTime<Utc>,
    /// Last changed by a person or by being switched off; the version of everything cached from this row.
    pub updated_at: DateTime<Utc>,
}

/// How a subscription stands: what the delivering worker compares its memory with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct WebhookStanding {
    /// Its id.
    pub id: WebhookId,
    /// Its version.
    pub updated_at: DateTime<Utc>,
    /// Whether anything is sent.
    pub is_active: bool,
    /// Since when nothing arrived there.
    pub failing_since: Option<DateTime<Utc>>,
    /// How much of the way to being switched off people were told of, in percent.
    pub warned_percent: i64,
    /// When they were told.
    pub warned_at: Option<DateTime<Utc>>,
}

/// What tells whether a cached subscription is still the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct WebhookVersion {
    /// Its id.
    pub id: WebhookId,
    /// Its version.
    pub updated_at: DateTime<Utc>,
    /// Whether anything is sent.
    pub is_active: bool,
}

const COLUMNS: &str = "id, organization_id, name, description, url, events, filter, headers, is_active, ordered, retry_attempts, retry_schedule, timeout_ms, \
                       max_in_flight, rate_per_second, disable_after_days, sealed_secret, sealed_old_secret, old_secret_until, key_id, breaker, \
                       failing_since, warned_percent, warned_at, public_key, old_public_key, disabled_reason, created_at, updated_at";

/// Inserts a subscription.
///
/// # Errors
/// The store's.
pub async fn insert_webhook(tx: &mut Tx, row: &WebhookRow) -> Result<()> {
    const SQL: &str = "INSERT INTO webhooks (id, organization_id, name, description, url, events, filter, headers, is_active, ordered, retry_attempts, \
                       retry_schedule, timeout_ms, max_in_flight, sealed_secret, sealed_old_secret, old_secret_until, key_id, breaker, failing_since, \
                       disabled_reason, created_at, updated_at, rate_per_second, disable_after_days, warned_percent, public_key) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        &row.name,
        &row.description,
        &row.url,
        &row.events,
        &row.filter,
        &row.headers,
        row.is_active,
        row.ordered,
        row.retry_attempts,
        &row.retry_schedule,
        row.timeout_ms,
        row.max_in_flight,
        &row.sealed_secret,
        &row.sealed_old_secret,
        row.old_secret_until,
        &row.key_id,
        &row.breaker,
        row.failing_since,
        &row.disabled_reason,
        row.created_at,
        row.updated_at,
        row.rate_per_second,
        row.disable_after_days,
        row.warned_percent,
        &row.public_key
    )?;
    Ok(())
}

/// Writes everything a person can change, if the row is still of the version `was`. Returns whether it was.
///
/// # Errors
/// The store's.
pub async fn update_webhook(tx: &mut Tx, row: &WebhookRow, was: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET name = $1, description = $2, url = $3, events = $4, filter = $5, headers = $6, is_active = $7, ordered = $8, \
                       retry_attempts = $9, retry_schedule = $10, timeout_ms = $11, max_in_flight = $12, sealed_secret = $13, sealed_old_secret = $14, \
                       old_secret_until = $15, key_id = $16, breaker = $17, failing_since = $18, disabled_reason = $19, updated_at = $20, \
                       rate_per_second = $24, disable_after_days = $25, warned_percent = $26, warned_at = $27, public_key = $28, old_public_key = $29 \
                       WHERE organization_id = $21 AND id = $22 AND updated_at = $23";
    let rows = execute!(
        tx,
        SQL,
        &row.name,
        &row.description,
        &row.url,
        &row.events,
        &row.filter,
        &row.headers,
        row.is_active,
        row.ordered,
        row.retry_attempts,
        &row.retry_schedule,
        row.timeout_ms,
        row.max_in_flight,
        &row.sealed_secret,
        &row.sealed_old_secret,
        row.old_secret_until,
        &row.key_id,
        &row.breaker,
        row.failing_since,
        &row.disabled_reason,
        row.updated_at,
        row.organization_id,
        row.id,
        was,
        row.rate_per_second,
        row.disable_after_days,
        row.warned_percent,
        row.warned_at,
        &row.public_key,
        &row.old_public_key
    )?;
    Ok(rows > 0)
}

/// Deletes a subscription with its deliveries and attempts. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn delete_webhook(tx: &mut Tx, organization: OrgId, id: WebhookId) -> Result<bool> {
    const SQL: &str = "DELETE FROM webhooks WHERE organization_id = $1 AND id = $2";
    Ok(execute!(tx, SQL, organization, id)? > 0)
}

/// One subscription.
///
/// # Errors
/// The store's.
pub async fn find_webhook(db: &Db, organization: OrgId, id: WebhookId) -> Result<Option<WebhookRow>> {
    on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhooks WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        Ok(sql.build_query_as().fetch_optional(c).await?)
    })
}

/// The organization's subscriptions, newest first.
///
/// # Errors
/// The store's.
pub async fn list_webhooks(db: &Db, organization: OrgId, page: PageQuery) -> Result<Page<WebhookRow>> {
    let rows: Vec<WebhookRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhooks WHERE organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id()).push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// The versions of all of an organization's subscriptions, in the order of their ids.
///
/// # Errors
/// The store's.
pub async fn list_webhook_versions(tx: &mut Tx, organization: OrgId) -> Result<Vec<WebhookVersion>> {
    const SQL: &str = "SELECT id, updated_at, is_active FROM webhooks WHERE organization_id = $1 ORDER BY id";
    Ok(on_tx!(tx, |c| sqlx::query_as(SQL).bind(organization).fetch_all(&mut *c).await)?)
}

/// All active subscriptions of an organization, in the order of their ids.
///
/// # Errors
/// The store's.
pub async fn list_active_webhooks(tx: &mut Tx, organization: OrgId) -> Result<Vec<WebhookRow>> {
    Ok(on_tx!(tx, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhooks WHERE organization_id = ").push_bind(organization).push(" AND is_active = ").push_bind(true);
        sql.push(" ORDER BY id");
        sql.build_query_as().fetch_all(&mut *c).await
    })?)
}

/// The subscriptions with these ids, whosever they are: for the delivering worker.
///
/// # Errors
/// The store's.
pub async fn list_webhooks_by_id(db: &Db, ids: &[WebhookId]) -> Result<Vec<WebhookRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let more: Vec<WebhookRow> = on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM webhooks WHERE id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?;
        rows.extend(more);
    }
    Ok(rows)
}

/// How the subscriptions with these ids stand, whosever they are: for the delivering worker.
///
/// # Errors
/// The store's.
pub async fn list_standings_by_id(db: &Db, ids: &[WebhookId]) -> Result<Vec<WebhookStanding>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let more: Vec<WebhookStanding> = on_read!(db, |c| {
            let mut sql =
                QueryBuilder::new("SELECT id, updated_at, is_active, failing_since, warned_percent, warned_at FROM webhooks WHERE id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?;
        rows.extend(more);
    }
    Ok(rows)
}

/// Notes how the breaker stands, for people. It does not change the version.
///
/// # Errors
/// The store's.
pub async fn set_breaker(tx: &mut Tx, id: WebhookId, breaker: Option<&Json<Value>>) -> Result<()> {
    const SQL: &str = "UPDATE webhooks SET breaker = $1 WHERE id = $2";
    execute!(tx, SQL, breaker, id)?;
    Ok(())
}

/// Notes since when nothing arrives. What another worker noted before stays. It does not change the version.
///
/// # Errors
/// The store's.
pub async fn set_failing(tx: &mut Tx, id: WebhookId, since: DateTime<Utc>) -> Result<()> {
    execute!(tx, "UPDATE webhooks SET failing_since = COALESCE(failing_since, $1) WHERE id = $2", since, id)?;
    Ok(())
}

/// Notes that it arrives again. Returns whether people had been warned. It does not change the version.
///
/// # Errors
/// The store's.
pub async fn clear_failing(tx: &mut Tx, id: WebhookId) -> Result<bool> {
    const WARNED: &str =
        "UPDATE webhooks SET warned_percent = 0, warned_at = NULL, failing_since = NULL WHERE id = $1 AND warned_percent > 0";
    const OTHERS: &str = "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    let was_warned = execute!(tx, WARNED, id)? > 0;
    if !was_warned {
        execute!(tx, OTHERS, id)?;
    }
    Ok(was_warned)
}

/// Notes of how much of the way to being switched off people are told now, if nobody told them as much yet. Returns whether that is so.
///
/// # Errors
/// The store's.
pub async fn set_warned(tx: &mut Tx, id: WebhookId, percent: i64, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET warned_percent = $1, warned_at = $2 \
                       WHERE id = $3 AND warned_percent < $1 AND failing_since IS NOT NULL AND is_active = $4";
    Ok(execute!(tx, SQL, percent, now, id, true)? > 0)
}

/// Switches a subscription off. Returns whether it was on.
///
/// # Errors
/// The store's.
pub async fn disable_webhook(tx: &mut Tx, id: WebhookId, reason: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET is_active = $1, disabled_reason = $2, updated_at = $3 WHERE id = $4 AND is_active = $5";
    Ok(execute!(tx, SQL, false, reason, now, id, true)? > 0)
}

/// The name of a subscription, for what people are told.
///
/// # Errors
/// The store's.
pub async fn find_webhook_name(tx: &mut Tx, id: WebhookId) -> Result<Option<String>> {
    const SQL: &str = "SELECT name FROM webhooks WHERE id = $1";
    let row: Option<(String,)> = on_tx!(tx, |c| sqlx::query_as(SQL).bind(id).fetch_optional(&mut *c).await)?;
    Ok(row.map(|row| row.0))
}

/// How many subscriptions an organization has.
///
/// # Errors
/// The store's.
pub async fn count_webhooks(db: &Db, organization: OrgId) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM webhooks WHERE organization_id = $1";
    let (count,): (i64,) = on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_one(c).await)?;
    Ok(count)
}

/// Up to `limit` subscriptions after `after` that are not sealed with this key, for re-sealing.
///
/// # Errors
/// The store's.
pub async fn list_webhooks_not_under(db: &Db, key_id: &str, after: Option<WebhookId>, limit: i64) -> Result<Vec<WebhookRow>> {
    on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM webhooks WHERE key_id <> ").push_bind(key_id);
        sql.push(" AND id > ").push_bind(after.unwrap_or(WebhookId(uuid::Uuid::nil())));
        sql.push(" ORDER BY id LIMIT ").push_bind(limit);
        Ok(sql.build_query_as().fetch_all(c).await?)
    })
}

/// Replaces the seals if the secret is still sealed as `old`. Returns whether it was.
///
/// # Errors
/// The store's.
pub async fn reseal_webhook(
    tx: &mut Tx,
    id: WebhookId,
    old: &[u8],
    key_id: &str,
    secret: &[u8],
    old_secret: Option<&[u8]>,
) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET key_id = $1, sealed_secret = $2, sealed_old_secret = $3 WHERE id = $4 AND sealed_secret = $5";
    Ok(execute!(tx, SQL, key_id, secret, old_secret, id, old)? > 0)
}
