//! Departments.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{DepartmentId, OrgId};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// A department.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct DepartmentRow {
    /// Its id.
    pub id: DepartmentId,
    /// Whose.
    pub organization_id: OrgId,
    /// Its name.
    pub name: String,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, name, created_at, updated_at, deleted_at";

/// Inserts or overwrites departments, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_departments(tx: &mut Tx, rows: &[DepartmentRow]) -> Result<()> {
    upsert_rows!(tx, "departments", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        name: &row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The departments with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_departments_by_id(tx: &mut Tx, organization: OrgId, ids: &[DepartmentId]) -> Result<Vec<DepartmentRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<DepartmentRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM departments WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's departments, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_department(db: &Db, organization: OrgId, id: DepartmentId) -> Result<Option<DepartmentRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM departments WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The names of an organization's departments, by id.
///
/// # Errors
/// The store's.
pub async fn list_department_names(db: &Db, organization: OrgId) -> Result<Vec<(uuid::Uuid, String)>> {
    const SQL: &str = "SELECT id, name FROM departments WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY name";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}
