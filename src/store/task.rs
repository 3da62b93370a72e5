//! The queue's table: insert, claim in batches under a lease, finish in batches.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Db, Result, Tx, dialect};
use crate::domain::id::{OrgId, TaskId};
use crate::{execute, on_read, on_tx};

/// A task to insert.
#[derive(Debug, Clone)]
pub struct TaskInsert {
    /// Its id.
    pub id: TaskId,
    /// Whose it is; `None` for the program's own.
    pub organization_id: Option<OrgId>,
    /// Which workers take it.
    pub queue: &'static str,
    /// Which handler.
    pub kind: &'static str,
    /// What shares a concurrency limit with it.
    pub lane: String,
    /// At most one waiting or running task per queue has this key.
    pub dedupe_key: Option<String>,
    /// JSON for the handler.
    pub payload: String,
    /// Tries before it is given up.
    pub max_attempts: i64,
    /// Not before this time.
    pub run_at: DateTime<Utc>,
    /// The trace it belongs to.
    pub trace_id: Option<Uuid>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// A claimed task.
#[derive(Debug, Clone, FromRow)]
pub struct TaskRow {
    /// Its id.
    pub id: TaskId,
    /// Whose it is.
    pub organization_id: Option<OrgId>,
    /// Which queue.
    pub queue: String,
    /// Which handler.
    pub kind: String,
    /// Its lane.
    pub lane: String,
    /// Its dedupe key.
    pub dedupe_key: Option<String>,
    /// JSON for the handler.
    pub payload: String,
    /// Which try this is, from 1.
    pub attempts: i64,
    /// Tries before it is given up.
    pub max_attempts: i64,
    /// The trace it belongs to.
    pub trace_id: Option<Uuid>,
    /// When it was due.
    pub run_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, organization_id, queue, kind, lane, dedupe_key, payload, attempts, max_attempts, trace_id, run_at";

/// Inserts tasks; one whose dedupe key is taken is left out. Returns how many were inserted.
///
/// # Errors
/// The store's.
pub async fn insert_tasks(tx: &mut Tx, tasks: &[TaskInsert]) -> Result<u64> {
    let mut inserted = 0;
    for chunk in tasks.chunks(500) {
        inserted += on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO tasks (id, organization_id, queue, kind, lane, dedupe_key, payload, state, attempts, max_attempts, run_at, trace_id, created_at) ",
            );
            sql.push_values(chunk, |mut row, task| {
                row.push_bind(task.id)
                    .push_bind(task.organization_id)
                    .push_bind(task.queue)
                    .push_bind(task.kind)
                    .push_bind(&task.lane)
                    .push_bind(&task.dedupe_key)
                    .push_bind(&task.payload)
                    .push_bind("ready")
                    .push_bind(0_i64)
                    .push_bind(task.max_attempts)
                    .push_bind(task.run_at)
                    .push_bind(task.trace_id)
                    .push_bind(task.created_at);
            });
            sql.push(" ON CONFLICT (queue, dedupe_key) DO NOTHING");
            sql.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(inserted)
}

/// Claims up to `limit` due tasks of one queue, oldest first: ready ones, and ones whose lease ran out (their worker died).
/// Lanes in `busy` are passed over. Each claim counts as a try.
///
/// # Errors
/// The store's.
pub async fn claim_tasks(
    db: &Db,
    queue: &str,
    owner: &str,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: i64,
    busy: &[String],
) -> Result<Vec<TaskRow>> {
    let skip_locked = dialect::skip_locked(db);
    let mut tx = db.begin().await?;
    let mut rows: Vec<TaskRow> = on_tx!(&mut tx, |c| {
        let mut sql = QueryBuilder::new("UPDATE tasks SET state = 'leased', attempts = attempts + 1, lease_owner = ");
        sql.push_bind(owner).push(", lease_until = ").push_bind(lease_until);
        sql.push(" WHERE id IN (SELECT id FROM tasks WHERE queue = ").push_bind(queue);
        sql.push(" AND ((state = 'ready' AND run_at <= ")
            .push_bind(now)
            .push(") OR (state = 'leased' AND lease_until < ")
            .push_bind(now)
            .push("))");
        if !busy.is_empty() {
            sql.push(" AND lane NOT IN (");
            let mut list = sql.separated(", ");
            for lane in busy {
                list.push_bind(lane);
            }
            sql.push(")");
        }
        sql.push(" ORDER BY run_at LIMIT ").push_bind(limit).push(skip_locked).push(") RETURNING ").push(COLUMNS);
        sql.build_query_as().fetch_all(&mut *c).await?
    });
    tx.commit().await?;
    rows.sort_by_key(|row| (row.run_at, row.id));
    Ok(rows)
}

/// Whether anything of the queue is due, without taking the writer.
///
/// # Errors
/// The store's.
pub async fn has_due_tasks(db: &Db, queue: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str =
        "SELECT id FROM tasks WHERE queue = $1 AND ((state = 'ready' AND run_at <= $2) OR (state = 'leased' AND lease_until < $2)) LIMIT 1";
    let row: Option<(TaskId,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(queue).bind(now).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// When the queue's next ready task is due.
///
/// # Errors
/// The store's.
pub async fn next_due(db: &Db, queue: &str) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "SELECT run_at FROM tasks WHERE queue = $1 AND state = 'ready' ORDER BY run_at LIMIT 1";
    let row: Option<(DateTime<Utc>,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(queue).fetch_optional(c).await)?;
    Ok(row.map(|row| row.0))
}

/// Lengthens the leases of an owner's tasks.
///
/// # Errors
/// The store's.
pub async fn extend_leases(tx: &mut Tx, owner: &str, ids: &[TaskId], lease_until: DateTime<Utc>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    on_tx!(tx, |c| {
        let mut sql = QueryBuilder::new("UPDATE tasks SET lease_until = ");
        sql.push_bind(lease_until).push(" WHERE lease_owner = ").push_bind(owner).push(" AND id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build().execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

/// Deletes finished tasks that are still this owner's.
///
/// # Errors
/// The store's.
pub async fn delete_tasks(tx: &mut Tx, owner: &str, ids: &[TaskId]) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    Ok(on_tx!(tx, |c| {
        let mut sql = QueryBuilder::new("DELETE FROM tasks WHERE lease_owner = ");
        sql.push_bind(owner).push(" AND id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build().execute(&mut *c).await?.rows_affected()
    }))
}

/// Puts a task back: to be tried (or, with `attempts` 0, to run anew) at `run_at`.
///
/// # Errors
/// The store's.
pub async fn reschedule_task(
    tx: &mut Tx,
    owner: &str,
    id: TaskId,
    run_at: DateTime<Utc>,
    attempts: i64,
    last_error: Option<&str>,
) -> Result<()> {
    const SQL: &str = "UPDATE tasks SET state = 'ready', run_at = $1, attempts = $2, last_error = $3, lease_owner = NULL, lease_until = NULL WHERE id = $4 AND lease_owner = $5";
    execute!(tx, SQL, run_at, attempts, last_error, id, owner)?;
    Ok(())
}

/// Makes a waiting task due now, by its dedupe key. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn hasten_task(tx: &mut Tx, queue: &str, dedupe_key: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE tasks SET run_at = $1 WHERE queue = $2 AND dedupe_key = $3 AND state = 'ready' AND run_at > $1";
    Ok(execute!(tx, SQL, now, queue, dedupe_key)? > 0)
}

/// Deletes a task by its dedupe key, e.g. the timers of a deleted integration.
///
/// # Errors
/// The store's.
pub async fn delete_task_by_key(tx: &mut Tx, queue: &str, dedupe_key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM tasks WHERE queue = $1 AND dedupe_key = $2";
    execute!(tx, SQL, queue, dedupe_key)?;
    Ok(())
}

/// How many tasks wait, how many run, and since when the oldest due one waits.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct QueueDepth {
    /// Which queue.
    pub queue: String,
    /// `ready` or `leased`.
    pub state: String,
    /// How many.
    pub tasks: i64,
    /// The earliest due time.
    pub oldest: DateTime<Utc>,
}

/// The depth of every queue.
///
/// # Errors
/// The store's.
pub async fn list_depths(db: &Db) -> Result<Vec<QueueDepth>> {
    const SQL: &str =
        "SELECT queue, state, COUNT(*) AS tasks, MIN(run_at) AS oldest FROM tasks GROUP BY queue, state ORDER BY queue, state";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).fetch_all(c).await)?)
}
