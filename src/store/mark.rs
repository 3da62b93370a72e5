//! Moments to remember over a restart.

use chrono::{DateTime, Utc};

use super::{Db, Result, Tx};
use crate::{execute, on_read};

/// The moment kept under a name.
///
/// # Errors
/// The store's.
pub async fn find_mark(db: &Db, name: &str) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "SELECT at FROM marks WHERE name = $1";
    let row: Option<(DateTime<Utc>,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(name).fetch_optional(c).await)?;
    Ok(row.map(|(at,)| at))
}

/// Keeps a moment under a name.
///
/// # Errors
/// The store's.
pub async fn upsert_mark(tx: &mut Tx, name: &str, at: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at";
    execute!(tx, SQL, name, at)?;
    Ok(())
}
