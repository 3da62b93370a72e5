//! What the overview counts: an organization's last hours, each figure one statement.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Db, Result};
use crate::domain::id::{IntegrationId, OrgId, RunId, WebhookId};
use crate::on_read;

/// The least id a row made at this time can have: ids begin with their time, so a stretch of time is a stretch of an index.
pub fn first_id_at(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// Hours that follow each other, the last one ending now.
pub fn last_hours(now: DateTime<Utc>, hours: i64) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    (0..hours).rev().map(|back| (now - TimeDelta::hours(back + 1), now - TimeDelta::hours(back))).collect()
}

/// What is counted by hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Sync runs, by state.
    Runs,
    /// Webhook deliveries, by state.
    Deliveries,
}

/// How many there were in which hour, in which state they are now: `(index of the hour, state, how many)`.
///
/// # Errors
/// The store's.
pub async fn count_by_hour(
    db: &Db,
    organization: OrgId,
    counted: Counted,
    hours: &[(DateTime<Utc>, DateTime<Utc>)],
) -> Result<Vec<(i64, String, i64)>> {
    if hours.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT CAST(hours.column1 AS BIGINT), counted.state, COUNT(*) FROM (VALUES ");
        for (index, (from, until)) in hours.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).push(index).push(", ");
            sql.push_bind(first_id_at(*from)).push(", ").push_bind(first_id_at(*until)).push(")");
        }
        sql.push(") AS hours ");
        match counted {
            Counted::Runs => sql.push("JOIN sync_runs AS counted ON counted.organization_id = ").push_bind(organization),
            // Deliveries are indexed by their subscription.
            Counted::Deliveries => sql
                .push("JOIN webhooks ON webhooks.organization_id = ")
                .push_bind(organization)
                .push(" JOIN deliveries AS counted ON counted.webhook_id = webhooks.id"),
        };
        sql.push(" AND counted.id >= hours.column2 AND counted.id < hours.column3 GROUP BY 1, 2");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// A health check, as the overview draws it.
#[derive(Debug, Clone, FromRow)]
pub struct CheckRow {
    /// Of which connection.
    pub integration_id: IntegrationId,
    /// Whether it worked.
    pub success: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// The checks of these connections since a time, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_checks_since(db: &Db, organization: OrgId, integrations: &[IntegrationId], from: DateTime<Utc>) -> Result<Vec<CheckRow>> {
    if integrations.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT integration_id, success, at FROM health_checks WHERE organization_id = ");
        sql.push_bind(organization).push(" AND at >= ").push_bind(from).push(" AND integration_id IN (");
        let mut list = sql.separated(", ");
        for id in integrations {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY at");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// A sync that gave up, with nothing after it that would make up for it.
#[derive(Debug, Clone, FromRow)]
pub struct FailedRunRow {
    /// Which run.
    pub id: RunId,
    /// Of which connection.
    pub integration_id: IntegrationId,
    /// Why, as a sentence.
    pub error: Option<String>,
    /// When it gave up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The failed syncs since a time that no later run of the same connection has made good, newest first.
///
/// # Errors
/// The store's.
pub async fn list_failed_runs(db: &Db, organization: OrgId, from: DateTime<Utc>, limit: i64) -> Result<Vec<FailedRunRow>> {
    const SQL: &str = "SELECT run.id, run.integration_id, run.error, run.finished_at FROM sync_runs AS run \
                       WHERE run.organization_id = $1 AND run.id >= $2 AND run.state = 'failed' AND NOT EXISTS \
                       (SELECT 1 FROM sync_runs AS later WHERE later.integration_id = run.integration_id AND later.id > run.id AND later.state <> 'cancelled') \
                       ORDER BY run.id DESC LIMIT $3";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(first_id_at(from)).bind(limit).fetch_all(c).await)?)
}

/// Subscriptions the program switched off: `(id, name, why)`.
///
/// # Errors
/// The store's.
pub async fn list_stopped_webhooks(db: &Db, organization: OrgId, limit: i64) -> Result<Vec<(WebhookId, String, String)>> {
    const SQL: &str = "SELECT id, name, disabled_reason FROM webhooks WHERE organization_id = $1 AND disabled_reason IS NOT NULL ORDER BY id DESC LIMIT $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(limit).fetch_all(c).await)?)
}

/// How many records there are of what the overview shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct TotalsRow {
    /// Jobs people can apply for.
    pub open_jobs: i64,
    /// Candidates.
    pub candidates: i64,
    /// Applications in process.
    pub active_applications: i64,
    /// Offers that wait for an answer.
    pub open_offers: i64,
}

/// Counts them.
///
/// # Errors
/// The store's.
pub async fn count_totals(db: &Db, organization: OrgId) -> Result<TotalsRow> {
    const SQL: &str = "SELECT \
        (SELECT COUNT(*) FROM jobs WHERE organization_id = $1 AND deleted_at IS NULL AND status = 'open') AS open_jobs, \
        (SELECT COUNT(*) FROM candidates WHERE organization_id = $1 AND deleted_at IS NULL) AS candidates, \
        (SELECT COUNT(*) FROM applications WHERE organization_id = $1 AND deleted_at IS NULL AND status = 'active') AS active_applications, \
        (SELECT COUNT(*) FROM offers WHERE organization_id = $1 AND deleted_at IS NULL AND status IN ('draft', 'approved', 'sent')) AS open_offers";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_one(c).await)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn hours_and_totals_are_counted() {
        on_databases!(|db| {
            let clock = clock();
            let now = clock.now();
            let (one, other): (OrgId, OrgId) = (clock.new(), clock.new());
            let integration = clock.new_id();
            let mut tx = db.begin().await.expect("begins");
            for organization in [one, other] {
                insert_organization(&mut tx, organization, "One", now).await.expect("inserts");
            }
            execute!(
                &mut tx,
                "INSERT INTO integrations (id, organization_id, owner_kind, provider, name, auth_type, status, config, granted_scopes, missing_scopes, sync_enabled, \
                 sync_interval_s, health_status, failures_in_a_row, created_at, updated_at) \
                 VALUES ($1, $2, 'organization', 'greenhouse', 'G', 'api_key', 'active', $3, $4, $4, $5, 60, 'healthy', 0, $6, $6)",
                integration,
                one,
                crate::store::Json(serde_json::json!({})),
                crate::store::Json(serde_json::json!([])),
                true,
                now
            )
            .expect("inserts");
            for (minutes, state) in [(200_i64, "failed"), (90, "succeeded"), (30, "failed")] {
                let mut id = first_id_at(now - TimeDelta::minutes(minutes)).into_bytes();
                id[15] = 7;
                execute!(
                    &mut tx,
                    "INSERT INTO sync_runs (id, organization_id, integration_id, kind, cause, state, pages, records, created, updated, unchanged, deleted, failed, \
                     attempts, http_ms, error, cancel_requested, requested_by, trace_id, created_at) \
                     VALUES ($1, $2, $3, 'full', 'manual', $4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'It broke.', $5, 'Robin', $3, $6)",
                    Uuid::from_bytes(id),
                    one,
                    integration,
                    state,
                    false,
                    now
                )
                .expect("inserts");
            }
            tx.commit().await.expect("commits");

            let hours = last_hours(now, 4);
            let mut runs = count_by_hour(db, one, Counted::Runs, &hours).await.expect("counts");
            runs.sort();
            assert_eq!(runs, [(0, "failed".to_owned(), 1), (2, "succeeded".to_owned(), 1), (3, "failed".to_owned(), 1)]);
            assert!(count_by_hour(db, other, Counted::Runs, &hours).await.expect("counts").is_empty());
            assert!(count_by_hour(db, one, Counted::Deliveries, &hours).await.expect("counts").is_empty());

            let failed = list_failed_runs(db, one, now - TimeDelta::hours(24), 5).await.expect("lists");
            assert_eq!(failed.len(), 1, "only the last one, which nothing has made good");
            assert_eq!(failed[0].error.as_deref(), Some("It broke."));
            assert!(list_failed_runs(db, one, now - TimeDelta::minutes(5), 5).await.expect("lists").is_empty());

            assert_eq!(count_totals(db, one).await.expect("counts"), TotalsRow::default());
            assert!(list_stopped_webhooks(db, one, 5).await.expect("lists").is_empty());
            assert!(list_checks_since(db, one, &[integration.into()], now - TimeDelta::hours(24)).await.expect("lists").is_empty());
        });
    }
}
