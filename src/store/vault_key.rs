//! The vault's data keys, each wrapped by a master key.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::{execute, on_read, on_tx};

/// A stored data key.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct VaultKeyRow {
    /// The data key's fingerprint.
    pub id: String,
    /// The key, encrypted by a master key.
    pub wrapped_key: Vec<u8>,
    /// Fingerprint of the master key.
    pub wrapped_by: String,
    /// `active` (seals new values; exactly one) or `retired` (still opens old ones).
    pub state: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it seals nothing new.
    pub retired_at: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT id, wrapped_key, wrapped_by, state, created_at, retired_at FROM vault_keys ORDER BY created_at, id";

/// Every data key, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_vault_keys(db: &Db) -> Result<Vec<VaultKeyRow>> {
    Ok(on_read!(db, |c| sqlx::query_as(SELECT).fetch_all(c).await)?)
}

/// Every data key as this transaction sees them, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_vault_keys_in(tx: &mut Tx) -> Result<Vec<VaultKeyRow>> {
    Ok(on_tx!(tx, |c| sqlx::query_as(SELECT).fetch_all(&mut *c).await)?)
}

/// Adds a data key that seals from now on; the ones before only open.
///
/// # Errors
/// The store's.
pub async fn insert_active_vault_key(tx: &mut Tx, id: &str, wrapped_key: &[u8], wrapped_by: &str, now: DateTime<Utc>) -> Result<()> {
    const RETIRE: &str = "UPDATE vault_keys SET state = 'retired', retired_at = $1 WHERE state = 'active'";
    const INSERT: &str = "INSERT INTO vault_keys (id, wrapped_key, wrapped_by, state, created_at) VALUES ($1, $2, $3, 'active', $4)";
    execute!(tx, RETIRE, now)?;
    execute!(tx, INSERT, id, wrapped_key, wrapped_by, now)?;
    Ok(())
}

/// Replaces a data key's wrapping: the master key changed.
///
/// # Errors
/// The store's.
pub async fn rewrap_vault_key(tx: &mut Tx, id: &str, wrapped_key: &[u8], wrapped_by: &str) -> Result<()> {
    const SQL: &str = "UPDATE vault_keys SET wrapped_key = $1, wrapped_by = $2 WHERE id = $3";
    execute!(tx, SQL, wrapped_key, wrapped_by, id)?;
    Ok(())
}
