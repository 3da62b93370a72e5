//! Sync runs, their checkpoints and the records they could not take.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{IntegrationId, OrgId, RunId};
use crate::domain::status::{RecordKind, RunState};
use crate::{execute, on_read, on_tx};

/// A run.
#[derive(Debug, Clone, FromRow)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// `incremental`, `full` or `reconcile`.
    pub kind: String,
    /// `manual`, `schedule`, `connect`, `catch_up`.
    pub cause: String,
    /// Its state.
    #[sqlx(try_from = "String")]
    pub state: RunState,
    /// Only records changed since.
    pub since: Option<DateTime<Utc>>,
    /// The kind of record it is at.
    pub object: Option<String>,
    /// Pages read.
    pub pages: i64,
    /// Records read.
    pub records: i64,
    /// New here.
    pub created: i64,
    /// Changed here.
    pub updated: i64,
    /// Same as before.
    pub unchanged: i64,
    /// Gone over there.
    pub deleted: i64,
    /// Could not be taken.
    pub failed: i64,
    /// Tries of the present step.
    pub attempts: i64,
    /// Time spent waiting for the provider, in milliseconds.
    pub http_ms: i64,
    /// The provider wants us to wait until then.
    pub throttled_until: Option<DateTime<Utc>>,
    /// The next try.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Reason code of the last failure.
    pub error_code: Option<String>,
    /// The last failure, as a sentence.
    pub error: Option<String>,
    /// A person asked to stop it.
    pub cancel_requested: bool,
    /// Who asked for it, for people.
    pub requested_by: String,
    /// Ties everything it causes together.
    pub trace_id: Uuid,
    /// Asked for.
    pub created_at: DateTime<Utc>,
    /// Began.
    pub started_at: Option<DateTime<Utc>>,
    /// Last sign of life.
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// Ended.
    pub finished_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, integration_id, kind, cause, state, since, object, pages, records, created, updated, unchanged, deleted, failed, attempts, \
                       http_ms, throttled_until, next_try_at, error_code, error, cancel_requested, requested_by, trace_id, created_at, started_at, heartbeat_at, finished_at";

/// Inserts a queued run.
///
/// # Errors
/// [`super::Error::Conflict`] if the integration has a run that is not finished.
pub async fn insert_run(tx: &mut Tx, row: &RunRow) -> Result<()> {
    const SQL: &str = "INSERT INTO sync_runs (id, organization_id, integration_id, kind, cause, state, since, pages, records, created, updated, unchanged, deleted, failed, \
                       attempts, http_ms, cancel_requested, requested_by, trace_id, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, 0, $8, $9, $10, $11)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.kind,
        &row.cause,
        row.state.as_str(),
        row.since,
        row.cancel_requested,
        &row.requested_by,
        row.trace_id,
        row.created_at
    )?;
    Ok(())
}

/// Writes down where a run is. Everything but identity and cause may change.
///
/// # Errors
/// The store's.
pub async fn update_run(tx: &mut Tx, row: &RunRow) -> Result<()> {
    const SQL: &str = "UPDATE sync_runs SET state = $1, object = $2, pages = $3, records = $4, created = $5, updated = $6, unchanged = $7, deleted = $8, failed = $9, \
                       attempts = $10, http_ms = $11, throttled_until = $12, next_try_at = $13, error_code = $14, error = $15, started_at = $16, heartbeat_at = $17, \
                       finished_at = $18 WHERE id = $19";
    execute!(
        tx,
        SQL,
        row.state.as_str(),
        &row.object,
        row.pages,
        row.records,
        row.created,
        row.updated,
        row.unchanged,
        row.deleted,
        row.failed,
        row.attempts,
        row.http_ms,
        row.throttled_until,
        row.next_try_at,
        &row.error_code,
        &row.error,
        row.started_at,
        row.heartbeat_at,
        row.finished_at,
        row.id
    )?;
    Ok(())
}

/// One run of an organization.
///
/// # Errors
/// The store's.
pub async fn find_run(db: &Db, organization: OrgId, id: RunId) -> Result<Option<RunRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM sync_runs WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The integration's run that is not finished, if there is one.
///
/// # Errors
/// The store's.
pub async fn find_unfinished_run(db: &Db, integration: IntegrationId) -> Result<Option<RunRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM sync_runs WHERE state IN ('queued', 'running', 'paused') AND integration_id = ")
            .push_bind(integration);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Runs, newest first: of one integration, or of the whole organization.
///
/// # Errors
/// The store's.
pub async fn list_runs(db: &Db, organization: OrgId, integration: Option<IntegrationId>, page: PageQuery) -> Result<Page<RunRow>> {
    let rows: Vec<RunRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM sync_runs WHERE organization_id = ")
            .push_bind(organization)
            .push(" AND id < ")
            .push_bind(page.before_id());
        if let Some(integration) = integration {
            sql.push(" AND integration_id = ").push_bind(integration);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Asks an unfinished run to stop. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn request_cancel(tx: &mut Tx, organization: OrgId, id: RunId) -> Result<bool> {
    const SQL: &str =
        "UPDATE sync_runs SET cancel_requested = $1 WHERE organization_id = $2 AND id = $3 AND state IN ('queued', 'running', 'paused')";
    Ok(execute!(tx, SQL, true, organization, id)? > 0)
}

/// Whether a run should stop.
///
/// # Errors
/// The store's.
pub async fn is_cancel_requested(db: &Db, id: RunId) -> Result<bool> {
    const SQL: &str = "SELECT cancel_requested FROM sync_runs WHERE id = $1";
    let row: Option<(bool,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?;
    Ok(row.is_none_or(|row| row.0))
}

/// How far a kind of record was read.
#[derive(Debug, Clone, FromRow)]
pub struct CursorRow {
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// Which kind.
    #[sqlx(try_from = "String")]
    pub object: RecordKind,
    /// Everything changed before this was read.
    pub high_water: Option<DateTime<Utc>>,
    /// The next page of the present window.
    pub page_cursor: Option<String>,
    /// The present window's beginning.
    pub window_from: Option<DateTime<Utc>>,
    /// The present window's end.
    pub window_until: Option<DateTime<Utc>>,
    /// The run that opened the window.
    pub run_id: Option<RunId>,
    /// Whether that run has read the window to its end.
    pub done: bool,
}

/// How far each kind was read.
///
/// # Errors
/// The store's.
pub async fn list_cursors(db: &Db, integration: IntegrationId) -> Result<Vec<CursorRow>> {
    const SQL: &str = "SELECT integration_id, object, high_water, page_cursor, window_from, window_until, run_id, done FROM sync_cursors WHERE integration_id = $1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(integration).fetch_all(c).await)?)
}

/// Writes down how far a kind was read: in the transaction of the page's records.
///
/// # Errors
/// The store's.
pub async fn upsert_cursor(tx: &mut Tx, row: &CursorRow, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "INSERT INTO sync_cursors (integration_id, object, high_water, page_cursor, window_from, window_until, run_id, done, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (integration_id, object) DO UPDATE SET high_water = excluded.high_water, \
                       page_cursor = excluded.page_cursor, window_from = excluded.window_from, window_until = excluded.window_until, run_id = excluded.run_id, \
                       done = excluded.done, updated_at = excluded.updated_at";
    execute!(
        tx,
        SQL,
        row.integration_id,
        row.object.as_str(),
        row.high_water,
        &row.page_cursor,
        row.window_from,
        row.window_until,
        row.run_id,
        row.done,
        now
    )?;
    Ok(())
}

/// A record a run could not take.
#[derive(Debug, Clone, FromRow)]
pub struct SyncErrorRow {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: IntegrationId,
    /// Of which run.
    pub run_id: RunId,
    /// Which kind of record.
    pub object: String,
    /// Its id over there.
    pub external_id: Option<String>,
    /// Reason code.
    pub code: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// The record as it came.
    pub raw: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Stores records that could not be taken.
///
/// # Errors
/// The store's.
pub async fn insert_sync_errors(tx: &mut Tx, rows: &[SyncErrorRow]) -> Result<()> {
    for chunk in rows.chunks(500) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO sync_errors (id, organization_id, integration_id, run_id, object, external_id, code, message, raw, at) ",
            );
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.organization_id)
                    .push_bind(row.integration_id)
                    .push_bind(row.run_id)
                    .push_bind(&row.object)
                    .push_bind(&row.external_id)
                    .push_bind(&row.code)
                    .push_bind(&row.message)
                    .push_bind(&row.raw)
                    .push_bind(row.at);
            });
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// The first records a run could not take.
///
/// # Errors
/// The store's.
pub async fn list_sync_errors(db: &Db, organization: OrgId, run: RunId, limit: i64) -> Result<Vec<SyncErrorRow>> {
    const SQL: &str = "SELECT id, organization_id, integration_id, run_id, object, external_id, code, message, raw, at FROM sync_errors \
                       WHERE organization_id = $1 AND run_id = $2 ORDER BY id LIMIT $3";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(run).bind(limit).fetch_all(c).await)?)
}

/// Failures of a run, grouped: which kind, which reason, how many, an example.
#[derive(Debug, Clone, FromRow)]
pub struct ErrorGroupRow {
    /// Which kind of record.
    pub object: String,
    /// Reason code.
    pub code: String,
    /// How many.
    pub errors: i64,
    /// One of the sentences.
    pub example: String,
    /// One of the ids over there.
    pub example_id: Option<String>,
}

/// The failures of an integration's newest runs, grouped by reason.
///
/// # Errors
/// The store's.
pub async fn list_error_groups(
    db: &Db,
    organization: OrgId,
    integration: IntegrationId,
    since: DateTime<Utc>,
) -> Result<Vec<ErrorGroupRow>> {
    const SQL: &str = "SELECT object, code, COUNT(*) AS errors, MIN(message) AS example, MIN(external_id) AS example_id FROM sync_errors \
                       WHERE organization_id = $1 AND integration_id = $2 AND at >= $3 GROUP BY object, code ORDER BY errors DESC LIMIT 50";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(integration).bind(since).fetch_all(c).await)?)
}

/// When the last run of one of these kinds ended well.
///
/// # Errors
/// The store's.
pub async fn find_last_finished(db: &Db, integration: IntegrationId, kinds: &[&str]) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(Option<DateTime<Utc>>,)> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT finished_at FROM sync_runs WHERE state IN ('succeeded', 'partial') AND integration_id = ");
        sql.push_bind(integration).push(" AND kind IN (");
        let mut list = sql.separated(", ");
        for kind in kinds {
            list.push_bind(*kind);
        }
        sql.push(") ORDER BY id DESC LIMIT 1");
        sql.build_query_as().fetch_optional(c).await
    })?;
    Ok(row.and_then(|row| row.0))
}
