//! Webhooks that providers sent to us: kept as they came, before anything is made of them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{InboundEventId, IntegrationId, OrgId};
use crate::{execute, on_read, on_tx};

/// A webhook that came in.
#[derive(Debug, Clone, FromRow)]
pub struct InboundEventRow {
    /// Its id.
    pub id: InboundEventId,
    /// Whose; `None` when it could not be told.
    pub organization_id: Option<OrgId>,
    /// For which integration; `None` when it could not be told.
    pub integration_id: Option<IntegrationId>,
    /// The provider's slug.
    pub provider: String,
    /// What makes it the same as another one; only of messages known to be genuine.
    pub external_id: Option<String>,
    /// The provider's name of the event.
    pub event_name: Option<String>,
    /// Its headers, without secrets.
    pub headers: Json<Value>,
    /// Its bytes as they came.
    pub body: Vec<u8>,
    /// `verified`, `hint`, `no_key`, `missing`, `stale`, `forged` or `unrouted`.
    pub verdict: String,
    /// `received`, `processed`, `failed`, `ignored`, `quarantined`, `rejected`, `duplicate` or `unrouted`.
    pub state: String,
    /// Tries that did not succeed so far.
    pub attempts: i64,
    /// What was made of it.
    pub changes: Option<Json<Value>>,
    /// The last failure, as a sentence.
    pub error: Option<String>,
    /// Ties everything it causes together.
    pub trace_id: Uuid,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was dealt with.
    pub processed_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, integration_id, provider, external_id, event_name, headers, body, verdict, state, attempts, changes, error, trace_id, \
                       received_at, processed_at";

/// Keeps a webhook. Returns false if the integration has one with this external id already.
///
/// # Errors
/// The store's.
pub async fn insert_inbound_event(tx: &mut Tx, row: &InboundEventRow) -> Result<bool> {
    const SQL: &str = "INSERT INTO inbound_events (id, organization_id, integration_id, provider, external_id, event_name, headers, body, verdict, state, attempts, \
                       changes, error, trace_id, received_at, processed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
                       ON CONFLICT (integration_id, external_id) DO NOTHING";
    Ok(execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.provider,
        &row.external_id,
        &row.event_name,
        &row.headers,
        &row.body,
        &row.verdict,
        &row.state,
        row.attempts,
        &row.changes,
        &row.error,
        row.trace_id,
        row.received_at,
        row.processed_at
    )? > 0)
}

/// One webhook of an organization.
///
/// # Errors
/// The store's.
pub async fn find_inbound_event(db: &Db, organization: OrgId, id: InboundEventId) -> Result<Option<InboundEventRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM inbound_events WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The oldest webhook of an integration that waits to be dealt with.
///
/// # Errors
/// The store's.
pub async fn find_next_received(db: &Db, integration: IntegrationId) -> Result<Option<InboundEventRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM inbound_events WHERE state = 'received' AND integration_id = ").push_bind(integration);
        sql.push(" ORDER BY id LIMIT 1");
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Webhooks of an integration that could not be checked for want of a key, oldest first, from the one after `after`.
///
/// # Errors
/// The store's.
pub async fn list_quarantined(db: &Db, integration: IntegrationId, after: Uuid, limit: i64) -> Result<Vec<InboundEventRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM inbound_events WHERE state = 'quarantined' AND integration_id = ").push_bind(integration);
        sql.push(" AND id > ").push_bind(after).push(" ORDER BY id LIMIT ").push_bind(limit);
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// Whether the integration has a webhook with this external id.
///
/// # Errors
/// The store's.
pub async fn has_external_id(tx: &mut Tx, integration: IntegrationId, external_id: &str) -> Result<bool> {
    const SQL: &str = "SELECT id FROM inbound_events WHERE integration_id = $1 AND external_id = $2";
    let row: Option<(InboundEventId,)> =
        on_tx!(tx, |c| sqlx::query_as(SQL).bind(integration).bind(external_id).fetch_optional(&mut *c).await)?;
    Ok(row.is_some())
}

/// Writes down what became of a webhook that was in the state `from`. Returns whether it was.
///
/// # Errors
/// The store's.
pub async fn update_inbound_event(tx: &mut Tx, row: &InboundEventRow, from: &str) -> Result<bool> {
    const SQL: &str = "UPDATE inbound_events SET external_id = $1, verdict = $2, state = $3, attempts = $4, changes = $5, error = $6, processed_at = $7 \
                       WHERE id = $8 AND state = $9";
    Ok(execute!(
        tx,
        SQL,
        &row.external_id,
        &row.verdict,
        &row.state,
        row.attempts,
        &row.changes,
        &row.error,
        row.processed_at,
        row.id,
        from
    )? > 0)
}

/// How many webhooks of an integration wait for a key to check them with.
///
/// # Errors
/// The store's.
pub async fn count_quarantined(db: &Db, integration: IntegrationId) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM inbound_events WHERE integration_id = $1 AND state = 'quarantined'";
    let row: (i64,) = on_read!(db, |c| sqlx::query_as(SQL).bind(integration).fetch_one(c).await)?;
    Ok(row.0)
}

/// Deletes refused webhooks of an integration (or, without one, those of a state that belong to nobody) but for the newest `keep`, 1 at least.
///
/// # Errors
/// The store's.
pub async fn trim_refused(tx: &mut Tx, provider: &str, integration: Option<IntegrationId>, state: &str, keep: i64) -> Result<u64> {
    const OF_ONE: &str = "DELETE FROM inbound_events WHERE state = 'rejected' AND integration_id = $1 AND id < COALESCE((SELECT id FROM inbound_events \
                          WHERE state = 'rejected' AND integration_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2), $3)";
    const OF_NOBODY: &str = "DELETE FROM inbound_events WHERE state = $4 AND integration_id IS NULL AND provider = $1 AND id < COALESCE((SELECT id FROM \
                             inbound_events WHERE state = $4 AND integration_id IS NULL AND provider = $1 ORDER BY id DESC LIMIT 1 OFFSET $2), $3)";
    match integration {
        Some(integration) => execute!(tx, OF_ONE, integration, keep - 1, Uuid::nil()),
        None => execute!(tx, OF_NOBODY, provider, keep - 1, Uuid::nil(), state),
    }
}

/// Deletes webhooks that came before this and are dealt with, or were never known to be genuine.
///
/// # Errors
/// The store's.
pub async fn delete_old_inbound_events(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    const SQL: &str = "DELETE FROM inbound_events WHERE received_at < $1 AND state IN ('processed', 'ignored', 'duplicate', 'rejected', 'unrouted', 'quarantined')";
    execute!(tx, SQL, before)
}

/// Which webhooks to list.
#[derive(Debug, Clone, Default)]
pub struct InboundEventFilter {
    /// Only from this provider.
    pub provider: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only for this integration.
    pub integration: Option<IntegrationId>,
    /// Only with this verdict.
    pub verdict: Option<String>,
    /// Only of this event.
    pub event: Option<String>,
}

/// Webhooks of an organization, newest first.
///
/// # Errors
/// The store's.
pub async fn list_inbound_events(
    db: &Db,
    organization: OrgId,
    filter: &InboundEventFilter,
    page: PageQuery,
) -> Result<Page<InboundEventRow>> {
    let rows: Vec<InboundEventRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM inbound_events WHERE organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.provider {
            sql.push(" AND provider = ").push_bind(value);
        }
        if let Some(value) = &filter.state {
            sql.push(" AND state = ").push_bind(value);
        }
        if let Some(value) = filter.integration {
            sql.push(" AND integration_id = ").push_bind(value);
        }
        if let Some(value) = &filter.verdict {
            sql.push(" AND verdict = ").push_bind(value);
        }
        if let Some(value) = &filter.event {
            sql.push(" AND event_name = ").push_bind(value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Webhooks that nobody is meant by, newest first: they belong to no organization.
///
/// # Errors
/// The store's.
pub async fn list_unrouted(db: &Db, page: PageQuery) -> Result<Page<InboundEventRow>> {
    let rows: Vec<InboundEventRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM inbound_events WHERE state = 'unrouted' AND id < ").push_bind(page.before_id());
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// How many webhooks nobody is meant by, by provider.
///
/// # Errors
/// The store's.
pub async fn count_unrouted(db: &Db) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT provider, COUNT(*) FROM inbound_events WHERE state = 'unrouted' GROUP BY provider ORDER BY provider";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).fetch_all(c).await)?)
}

/// How many webhooks of an integration are in each state.
///
/// # Errors
/// The store's.
pub async fn count_by_state(db: &Db, integration: IntegrationId) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT state, COUNT(*) FROM inbound_events WHERE integration_id = $1 GROUP BY state ORDER BY state";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(integration).fetch_all(c).await)?)
}

/// When the last genuine webhook of an integration came.
///
/// # Errors
/// The store's.
pub async fn find_last_genuine(db: &Db, integration: IntegrationId) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str =
        "SELECT received_at FROM inbound_events WHERE integration_id = $1 AND verdict IN ('verified', 'hint') ORDER BY id DESC LIMIT 1";
    let row: Option<(DateTime<Utc>,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(integration).fetch_optional(c).await)?;
    Ok(row.map(|(at,)| at))
}

/// The names of the events that came for an organization (or one of its integrations), for a filter.
///
/// # Errors
/// The store's.
pub async fn list_event_names(db: &Db, organization: OrgId, integration: Option<IntegrationId>) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new(
            "SELECT DISTINCT event_name FROM inbound_events WHERE event_name IS NOT NULL AND verdict IN ('verified', 'hint') AND organization_id = ",
        );
        sql.push_bind(organization);
        if let Some(id) = integration {
            sql.push(" AND integration_id = ").push_bind(id);
        }
        sql.push(" ORDER BY event_name LIMIT 100");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn what_nobody_is_meant_by_does_not_pile_up() {
        on_databases!(|db| {
            let clock = clock();
            let row = |state: &str| InboundEventRow {
                id: clock.new(),
                organization_id: None,
                integration_id: None,
                provider: "greenhouse".to_owned(),
                external_id: None,
                event_name: None,
                headers: Json(serde_json::json!({})),
                body: b"{}".to_vec(),
                verdict: "unrouted".to_owned(),
                state: state.to_owned(),
                attempts: 0,
                changes: None,
                error: None,
                trace_id: clock.new_id(),
                received_at: clock.now(),
                processed_at: None,
            };
            let mut tx = db.begin().await.expect("begins");
            for _ in 0..5 {
                clock.advance(Duration::from_millis(5));
                assert!(insert_inbound_event(&mut tx, &row("unrouted")).await.expect("inserts"));
            }
            insert_inbound_event(&mut tx, &row("failed")).await.expect("inserts");
            assert_eq!(trim_refused(&mut tx, "greenhouse", None, "unrouted", 2).await.expect("trims"), 3, "the newest two stay");
            assert_eq!(trim_refused(&mut tx, "greenhouse", None, "rejected", 1).await.expect("trims"), 0);
            assert_eq!(trim_refused(&mut tx, "lever", None, "unrouted", 1).await.expect("trims"), 0);
            clock.advance(Duration::from_secs(60));
            assert_eq!(delete_old_inbound_events(&mut tx, clock.now()).await.expect("deletes"), 2, "what failed waits for a person");
            tx.commit().await.expect("commits");
        });
    }
}
