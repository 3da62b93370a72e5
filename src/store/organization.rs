//! Organizations: the tenants.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::{Db, Result, Tx};
use crate::domain::id::OrgId;
use crate::{execute, on_read, on_tx};

/// An organization.
#[derive(Debug, Clone, FromRow)]
pub struct OrganizationRow {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// Settings, as a JSON object.
    pub settings: Json<serde_json::Value>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// Inserts an organization with empty settings.
///
/// # Errors
/// The store's.
pub async fn insert_organization(tx: &mut Tx, id: OrgId, name: &str, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "INSERT INTO organizations (id, name, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
    execute!(tx, SQL, id, name, Json(serde_json::json!({})), now)?;
    Ok(())
}

/// One organization.
///
/// # Errors
/// The store's.
pub async fn find_organization(db: &Db, id: OrgId) -> Result<Option<OrganizationRow>> {
    const SQL: &str = "SELECT id, name, settings, created_at, updated_at FROM organizations WHERE id = $1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
}

/// The oldest organization of this name: how the command line names one.
///
/// # Errors
/// The store's.
pub async fn find_organization_by_name(db: &Db, name: &str) -> Result<Option<OrganizationRow>> {
    const SQL: &str =
        "SELECT id, name, settings, created_at, updated_at FROM organizations WHERE name = $1 ORDER BY created_at, id LIMIT 1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(name).fetch_optional(c).await)?)
}

/// Every organization's id, oldest first: for work that goes over all of them.
///
/// # Errors
/// The store's.
pub async fn list_organization_ids(db: &Db) -> Result<Vec<OrgId>> {
    const SQL: &str = "SELECT id FROM organizations ORDER BY id";
    let rows: Vec<(OrgId,)> = on_read!(db, |c| sqlx::query_as(SQL).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Renames an organization. Returns whether it exists.
///
/// # Errors
/// The store's.
pub async fn update_name(tx: &mut Tx, id: OrgId, name: &str, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE organizations SET name = $1, updated_at = $2 WHERE id = $3";
    Ok(execute!(tx, SQL, name, now, id)? > 0)
}

/// The settings of an organization, read in the transaction that will change them.
///
/// # Errors
/// The store's.
pub async fn find_settings(tx: &mut Tx, id: OrgId) -> Result<Option<Json<serde_json::Value>>> {
    const SQL: &str = "SELECT settings FROM organizations WHERE id = $1";
    let row: Option<(Json<serde_json::Value>,)> = on_tx!(tx, |c| sqlx::query_as(SQL).bind(id).fetch_optional(&mut *c).await)?;
    Ok(row.map(|row| row.0))
}

/// Replaces the settings of an organization.
///
/// # Errors
/// The store's.
pub async fn update_settings(tx: &mut Tx, id: OrgId, settings: &Json<serde_json::Value>, now: DateTime<Utc>) -> Result<()> {
    execute!(tx, "UPDATE organizations SET settings = $1, updated_at = $2 WHERE id = $3", settings, now, id)?;
    Ok(())
}

/// Locks the organization until the transaction ends, so that rules over several of its rows (the last owner) hold when two
/// people act at once.
///
/// # Errors
/// The store's.
pub async fn lock_organization(tx: &mut Tx, id: OrgId) -> Result<()> {
    const SQL: &str = "UPDATE organizations SET updated_at = updated_at WHERE id = $1";
    execute!(tx, SQL, id)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn an_organization_is_made_found_and_renamed() {
        on_databases!(|db| {
            let clock = clock();
            let id: OrgId = clock.new();
            let mut tx = db.begin().await.expect("begins");
            insert_organization(&mut tx, id, "Acme", clock.now()).await.expect("inserts");
            lock_organization(&mut tx, id).await.expect("locks");
            assert!(update_name(&mut tx, id, "Acme Ltd", clock.now()).await.expect("renames"));
            tx.commit().await.expect("commits");
            let row = find_organization_by_name(db, "Acme Ltd").await.expect("reads").expect("is there");
            assert_eq!((row.id, row.created_at), (id, clock.now()));
            assert_eq!(find_organization(db, id).await.expect("reads").map(|row| row.name).as_deref(), Some("Acme Ltd"));
            assert_eq!(list_organization_ids(db).await.expect("reads"), [id]);
        });
    }
}
