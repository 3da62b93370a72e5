//! Copies of a SQLite file, a look into one that is not ours yet, and the database's own clock.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::store::{Db, Error, Result};

/// Writes a complete, compact copy of a SQLite database to a new file, while others go on writing. PostgreSQL has its own tools.
///
/// # Errors
/// [`Error::Statement`] if the file exists already or cannot be written, [`Error::Full`].
pub async fn copy_into(db: &Db, file: &Path) -> Result<()> {
    let Db::Sqlite { write, .. } = db else { return Ok(()) };
    sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy().into_owned()).execute(write).await?;
    Ok(())
}

/// Opens a SQLite file for reading only; nothing is created or changed, not even beside it.
///
/// # Errors
/// [`Error::Unavailable`] if there is no such file, [`Error::Statement`] if it is not a SQLite file.
pub async fn open_read_only(file: &Path) -> Result<Db> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).read_only(true).immutable(true);
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5)).connect_with(options).await?;
    Ok(Db::Sqlite { read: pool.clone(), write: pool })
}

/// Whether the file is undamaged, by SQLite's own check.
///
/// # Errors
/// [`Error::Corrupt`] with what is wrong.
pub async fn check_integrity(db: &Db) -> Result<()> {
    let Db::Sqlite { read, .. } = db else { return Ok(()) };
    let (verdict,): (String,) = sqlx::query_as("PRAGMA quick_check(1)").fetch_one(read).await?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Corrupt(sqlx::Error::Decode(verdict.into()))) }
}

/// The database server's clock; `None` for a file, which has none of its own.
///
/// # Errors
/// The store's.
pub async fn clock(db: &Db) -> Result<Option<DateTime<Utc>>> {
    let Db::Postgres(pool) = db else { return Ok(None) };
    let (now,): (DateTime<Utc>,) = sqlx::query_as("SELECT clock_timestamp()").fetch_one(pool).await?;
    Ok(Some(now))
}
