//! API keys. Only a hash of the key is stored, and its first characters to recognize it by.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::{Db, Result, Tx};
use crate::domain::id::{ApiKeyId, OrgId, UserId};
use crate::{execute, on_read};

/// An API key.
#[derive(Debug, Clone, FromRow)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub organization_id: OrgId,
    /// What people call it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// Its rights, or `*`.
    pub scopes: Json<Vec<String>>,
    /// Networks it may be used from; none means anywhere.
    pub allowed_networks: Json<Vec<String>>,
    /// Who made it; `None` if not a person.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it does not work any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Inserts a key.
///
/// # Errors
/// The store's.
pub async fn insert_key(tx: &mut Tx, row: &ApiKeyRow, key_hash: &[u8]) -> Result<()> {
    const SQL: &str = "INSERT INTO api_keys (id, organization_id, name, prefix, key_hash, scopes, allowed_networks, created_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        &row.name,
        &row.prefix,
        key_hash,
        &row.scopes,
        &row.allowed_networks,
        row.created_by,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// The keys of an organization that were not revoked, newest first.
///
/// # Errors
/// The store's.
pub async fn list_keys(db: &Db, organization: OrgId) -> Result<Vec<ApiKeyRow>> {
    const SQL: &str = "SELECT id, organization_id, name, prefix, scopes, allowed_networks, created_by, created_at, expires_at, last_used_at, \
         revoked_at FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL ORDER BY id DESC";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}

/// One key of an organization, revoked or not.
///
/// # Errors
/// The store's.
pub async fn find_key(db: &Db, organization: OrgId, id: ApiKeyId) -> Result<Option<ApiKeyRow>> {
    const SQL: &str = "SELECT id, organization_id, name, prefix, scopes, allowed_networks, created_by, created_at, expires_at, last_used_at, \
         revoked_at FROM api_keys WHERE organization_id = $1 AND id = $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(c).await)?)
}

/// The key with this hash, if it was not revoked and has not run out. The key is the proof, hence no organization.
///
/// # Errors
/// The store's.
pub async fn find_key_by_hash(db: &Db, key_hash: &[u8], now: DateTime<Utc>) -> Result<Option<ApiKeyRow>> {
    const SQL: &str = "SELECT id, organization_id, name, prefix, scopes, allowed_networks, created_by, created_at, expires_at, last_used_at, \
         revoked_at FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(key_hash).bind(now).fetch_optional(c).await)?)
}

/// Notes that a key was used.
///
/// # Errors
/// The store's.
pub async fn update_last_used(tx: &mut Tx, organization: OrgId, id: ApiKeyId, now: DateTime<Utc>) -> Result<()> {
    execute!(tx, "UPDATE api_keys SET last_used_at = $1 WHERE organization_id = $2 AND id = $3", now, organization, id)?;
    Ok(())
}

/// Revokes a key. Returns whether there was one to revoke.
///
/// # Errors
/// The store's.
pub async fn revoke_key(tx: &mut Tx, organization: OrgId, id: ApiKeyId, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE api_keys SET revoked_at = $1 WHERE organization_id = $2 AND id = $3 AND revoked_at IS NULL";
    Ok(execute!(tx, SQL, now, organization, id)? > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn a_key_works_until_it_runs_out_or_is_revoked() {
        on_databases!(|db| {
            let clock = clock();
            let (one, other): (OrgId, OrgId) = (clock.new(), clock.new());
            let row = ApiKeyRow {
                id: clock.new(),
                organization_id: one,
                name: "Payroll".to_owned(),
                prefix: "hw_abcdef".to_owned(),
                scopes: Json(vec!["*".to_owned()]),
                allowed_networks: Json(vec!["192.0.2.0/24".to_owned()]),
                created_by: None,
                created_at: clock.now(),
                expires_at: Some(clock.now() + Duration::from_secs(60)),
                last_used_at: None,
                revoked_at: None,
            };
            let mut tx = db.begin().await.expect("begins");
            insert_organization(&mut tx, one, "One", clock.now()).await.expect("inserts");
            insert_organization(&mut tx, other, "Other", clock.now()).await.expect("inserts");
            insert_key(&mut tx, &row, b"hash").await.expect("inserts");
            update_last_used(&mut tx, one, row.id, clock.now()).await.expect("notes");
            assert!(!revoke_key(&mut tx, other, row.id, clock.now()).await.expect("not theirs"));
            tx.commit().await.expect("commits");

            let found = find_key_by_hash(db, b"hash", clock.now()).await.expect("reads").expect("works");
            assert_eq!((found.id, found.last_used_at, &found.scopes.0), (row.id, Some(clock.now()), &row.scopes.0));
            assert!(find_key_by_hash(db, b"hash", clock.now() + Duration::from_secs(60)).await.expect("reads").is_none(), "ran out");
            assert!(find_key(db, other, row.id).await.expect("reads").is_none());
            assert_eq!((list_keys(db, one).await.expect("reads").len(), list_keys(db, other).await.expect("reads").len()), (1, 0));

            let mut tx = db.begin().await.expect("begins");
            assert!(revoke_key(&mut tx, one, row.id, clock.now()).await.expect("revokes"));
            assert!(!revoke_key(&mut tx, one, row.id, clock.now()).await.expect("is revoked"));
            tx.commit().await.expect("commits");
            assert!(find_key_by_hash(db, b"hash", clock.now()).await.expect("reads").is_none());
        });
    }
}
