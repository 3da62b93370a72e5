//! Named leases: one holder at a time, across processes, until released or run out.

use chrono::{DateTime, Utc};

use super::{Result, Tx};
use crate::execute;

/// Takes a lease if it is free, run out, or already this owner's. Returns whether it is held now.
///
/// # Errors
/// The store's.
pub async fn acquire_lease(tx: &mut Tx, name: &str, owner: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
                       WHERE leases.until < $4 OR leases.owner = excluded.owner";
    Ok(execute!(tx, SQL, name, owner, until, now)? > 0)
}

/// Gives a lease back.
///
/// # Errors
/// The store's.
pub async fn release_lease(tx: &mut Tx, name: &str, owner: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM leases WHERE name = $1 AND owner = $2";
    execute!(tx, SQL, name, owner)?;
    Ok(())
}
