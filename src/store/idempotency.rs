//! Answers kept under a caller's idempotency key, so that a repeated call is answered and not done again.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::{Db, Result, Tx};
use crate::domain::id::OrgId;
use crate::{execute, on_read};

/// A call under a key; without a status it is still running.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Digest of method, address and body.
    pub request_hash: Vec<u8>,
    /// The answer's status.
    pub status: Option<i64>,
    /// The answer's headers.
    pub headers: Option<Json<Vec<(String, String)>>>,
    /// The answer's body, sealed: it may hold a secret that is shown only once.
    pub body: Option<Vec<u8>>,
    /// When the first call came.
    pub created_at: DateTime<Utc>,
}

/// A key to take.
#[derive(Debug, Clone, Copy)]
pub struct IdempotencyClaim<'a> {
    /// Whose.
    pub organization: OrgId,
    /// The caller's key.
    pub key: &'a str,
    /// Digest of method, address and body.
    pub request_hash: &'a [u8],
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when the answer is kept.
    pub expires_at: DateTime<Utc>,
    /// A call that began before this and has no answer was cut off: its key is free again.
    pub stale_before: DateTime<Utc>,
}

/// Takes a key, if it is new, run out or left behind by a call that was cut off. Returns whether it was taken.
///
/// # Errors
/// The store's.
pub async fn insert_idempotency_key(tx: &mut Tx, claim: IdempotencyClaim<'_>) -> Result<bool> {
    const SQL: &str = "INSERT INTO idempotency_keys (organization_id, idempotency_key, request_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
                       ON CONFLICT (organization_id, idempotency_key) DO UPDATE SET request_hash = excluded.request_hash, status = NULL, headers = NULL, \
                       body = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at \
                       WHERE idempotency_keys.expires_at <= $4 OR (idempotency_keys.status IS NULL AND idempotency_keys.created_at < $6)";
    Ok(execute!(tx, SQL, claim.organization, claim.key, claim.request_hash, claim.now, claim.expires_at, claim.stale_before)? > 0)
}

/// What is kept under a key.
///
/// # Errors
/// The store's.
pub async fn find_idempotency_key(db: &Db, organization: OrgId, key: &str) -> Result<Option<IdempotencyRow>> {
    const SQL: &str =
        "SELECT request_hash, status, headers, body, created_at FROM idempotency_keys WHERE organization_id = $1 AND idempotency_key = $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(key).fetch_optional(c).await)?)
}

/// Keeps the answer.
///
/// # Errors
/// The store's.
pub async fn finish_idempotency_key(
    tx: &mut Tx,
    organization: OrgId,
    key: &str,
    status: i64,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<()> {
    const SQL: &str =
        "UPDATE idempotency_keys SET status = $1, headers = $2, body = $3 WHERE organization_id = $4 AND idempotency_key = $5";
    execute!(tx, SQL, status, Json(headers), body, organization, key)?;
    Ok(())
}

/// Frees a key: the call did nothing, so it may be made again.
///
/// # Errors
/// The store's.
pub async fn delete_idempotency_key(tx: &mut Tx, organization: OrgId, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE organization_id = $1 AND idempotency_key = $2";
    execute!(tx, SQL, organization, key)?;
    Ok(())
}

/// Forgets answers that were kept long enough.
///
/// # Errors
/// The store's.
pub async fn delete_expired_idempotency_keys(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM idempotency_keys WHERE expires_at <= $1", now)
}
