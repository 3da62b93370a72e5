//! Sign-ins at providers that people are in the middle of. Only the state's hash is stored, and what goes with it is sealed.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Result, Tx};
use crate::domain::id::OrgId;
use crate::{execute, on_tx};

/// A sign-in under way.
#[derive(Debug, Clone, FromRow)]
pub struct OauthStateRow {
    /// The hash of the state that travels with the person.
    pub state_hash: Vec<u8>,
    /// For which organization.
    pub organization_id: Option<OrgId>,
    /// `connect`, or `confirm` for one that waits for a person's word.
    pub purpose: String,
    /// At which provider.
    pub provider: String,
    /// Whose it is: only who has this may finish it.
    pub binding: String,
    /// The rest, sealed.
    pub sealed: Vec<u8>,
    /// Begun.
    pub created_at: DateTime<Utc>,
    /// Worth nothing from here on.
    pub expires_at: DateTime<Utc>,
}

/// Inserts a sign-in.
///
/// # Errors
/// The store's.
pub async fn insert_oauth_state(tx: &mut Tx, row: &OauthStateRow) -> Result<()> {
    const SQL: &str = "INSERT INTO oauth_states (state_hash, organization_id, purpose, provider, binding, sealed, created_at, expires_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute!(
        tx,
        SQL,
        &row.state_hash,
        row.organization_id,
        &row.purpose,
        &row.provider,
        &row.binding,
        &row.sealed,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// Takes a sign-in out, whatever becomes of it then. Of two at once, one gets it.
///
/// # Errors
/// The store's.
pub async fn take_oauth_state(tx: &mut Tx, state_hash: &[u8], purpose: &str) -> Result<Option<OauthStateRow>> {
    const SQL: &str = "DELETE FROM oauth_states WHERE state_hash = $1 AND purpose = $2 \
                       RETURNING state_hash, organization_id, purpose, provider, binding, sealed, created_at, expires_at";
    Ok(on_tx!(tx, |c| sqlx::query_as(SQL).bind(state_hash).bind(purpose).fetch_optional(&mut *c).await)?)
}

/// Deletes the sign-ins that ran out. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_oauth_states(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM oauth_states WHERE expires_at < $1", now)
}
