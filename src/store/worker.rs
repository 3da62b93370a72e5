//! Which processes are at work: each writes a heartbeat.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::{execute, on_read};

/// A process that works.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct WorkerRow {
    /// Unique to the process and its start.
    pub id: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Its last heartbeat.
    pub seen_at: DateTime<Utc>,
    /// Its program's version.
    pub version: String,
}

/// Writes a heartbeat.
///
/// # Errors
/// The store's.
pub async fn upsert_worker(tx: &mut Tx, id: &str, version: &str, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "INSERT INTO workers (id, started_at, seen_at, version) VALUES ($1, $2, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
    execute!(tx, SQL, id, now, version)?;
    Ok(())
}

/// Forgets one process: it stopped.
///
/// # Errors
/// The store's.
pub async fn delete_worker(tx: &mut Tx, id: &str) -> Result<()> {
    execute!(tx, "DELETE FROM workers WHERE id = $1", id)?;
    Ok(())
}

/// Forgets processes that have not been seen since.
///
/// # Errors
/// The store's.
pub async fn delete_silent_workers(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM workers WHERE seen_at < $1", before)
}

/// The processes seen since, latest first.
///
/// # Errors
/// The store's.
pub async fn list_workers(db: &Db, since: DateTime<Utc>) -> Result<Vec<WorkerRow>> {
    const SQL: &str = "SELECT id, started_at, seen_at, version FROM workers WHERE seen_at >= $1 ORDER BY seen_at DESC";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(since).fetch_all(c).await)?)
}
