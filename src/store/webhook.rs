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
    /// Why nothing is sent, for people.
    pub disabled_reason: Option<String>,
    /// First stored.
    pub created_at: DateTime<Utc>,
    /// Last changed by a person or by being switched off; the version of everything cached from this row.
    pub updated_at: DateTime<Utc>,
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
                       max_in_flight, sealed_secret, sealed_old_secret, old_secret_until, key_id, breaker, failing_since, disabled_reason, created_at, updated_at";

/// Inserts a subscription.
///
/// # Errors
/// The store's.
pub async fn insert_webhook(tx: &mut Tx, row: &WebhookRow) -> Result<()> {
    const SQL: &str = "INSERT INTO webhooks (id, organization_id, name, description, url, events, filter, headers, is_active, ordered, retry_attempts, \
                       retry_schedule, timeout_ms, max_in_flight, sealed_secret, sealed_old_secret, old_secret_until, key_id, breaker, failing_since, \
                       disabled_reason, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
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
        row.updated_at
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
                       old_secret_until = $15, key_id = $16, breaker = $17, failing_since = $18, disabled_reason = $19, updated_at = $20 \
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
        was
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

/// The versions of the subscriptions with these ids, whosever they are: for the delivering worker.
///
/// # Errors
/// The store's.
pub async fn list_versions_by_id(db: &Db, ids: &[WebhookId]) -> Result<Vec<WebhookVersion>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let more: Vec<WebhookVersion> = on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT id, updated_at, is_active FROM webhooks WHERE id IN (");
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

/// Notes since when nothing arrives, or that it does again. It does not change the version.
///
/// # Errors
/// The store's.
pub async fn set_failing_since(tx: &mut Tx, id: WebhookId, since: Option<DateTime<Utc>>) -> Result<()> {
    const SQL: &str = "UPDATE webhooks SET failing_since = $1 WHERE id = $2";
    execute!(tx, SQL, since, id)?;
    Ok(())
}

/// Switches a subscription off. Returns whether it was on.
///
/// # Errors
/// The store's.
pub async fn disable_webhook(tx: &mut Tx, id: WebhookId, reason: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET is_active = $1, disabled_reason = $2, updated_at = $3 WHERE id = $4 AND is_active = $5";
    Ok(execute!(tx, SQL, false, reason, now, id, true)? > 0)
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
