//! Colleagues known from connected systems.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{OrgId, PersonId};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// A colleague.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct PersonRow {
    /// Its id.
    pub id: PersonId,
    /// Whose.
    pub organization_id: OrgId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Mail address.
    pub email: Option<String>,
    /// Whether they work there now.
    pub is_active: bool,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, first_name, last_name, email, is_active, created_at, updated_at, deleted_at";

/// Inserts or overwrites people, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_people(tx: &mut Tx, rows: &[PersonRow]) -> Result<()> {
    upsert_rows!(tx, "people", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        first_name: &row.first_name,
        last_name: &row.last_name,
        email: &row.email,
        is_active: row.is_active,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The people with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_people_by_id(tx: &mut Tx, organization: OrgId, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<PersonRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM people WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(&mut *c).await
        })?);
    }
    Ok(rows)
}

/// One of an organization's people, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_person(db: &Db, organization: OrgId, id: PersonId) -> Result<Option<PersonRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM people WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}
