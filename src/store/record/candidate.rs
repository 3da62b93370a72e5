//! Candidates.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{CandidateId, OrgId};
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// A candidate.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct CandidateRow {
    /// Its id.
    pub id: CandidateId,
    /// Whose.
    pub organization_id: OrgId,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Present title.
    pub title: Option<String>,
    /// Present employer.
    pub company: Option<String>,
    /// Where they live.
    pub location: Option<String>,
    /// `[{value, type}]`.
    pub emails: Json<Value>,
    /// `[{value, type}]`.
    pub phones: Json<Value>,
    /// `[{value, type}]`.
    pub websites: Json<Value>,
    /// Tags.
    pub tags: Json<Vec<String>>,
    /// The customer's own fields, by name.
    pub custom_fields: Json<Value>,
    /// Lower-case name and addresses, for searching.
    pub search_text: String,
    /// When something last happened.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Anonymized since.
    pub anonymized_at: Option<DateTime<Utc>>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, first_name, last_name, title, company, location, emails, phones, websites, tags, custom_fields, search_text, last_activity_at, anonymized_at, created_at, updated_at, deleted_at";

/// Inserts or overwrites candidates, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_candidates(tx: &mut Tx, rows: &[CandidateRow]) -> Result<()> {
    upsert_rows!(tx, "candidates", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        first_name: &row.first_name,
        last_name: &row.last_name,
        title: &row.title,
        company: &row.company,
        location: &row.location,
        emails: &row.emails,
        phones: &row.phones,
        websites: &row.websites,
        tags: &row.tags,
        custom_fields: &row.custom_fields,
        search_text: &row.search_text,
        last_activity_at: row.last_activity_at,
        anonymized_at: row.anonymized_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The candidates with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_candidates_by_id(tx: &mut Tx, organization: OrgId, ids: &[CandidateId]) -> Result<Vec<CandidateRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<CandidateRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM candidates WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's candidates, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_candidate(db: &Db, organization: OrgId, id: CandidateId) -> Result<Option<CandidateRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM candidates WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which candidates to list.
#[derive(Debug, Clone, Default)]
pub struct CandidateFilter {
    /// Only with this in name or address.
    pub search: Option<String>,
}

/// Living candidates, newest first.
///
/// # Errors
/// The store's.
pub async fn list_candidates(db: &Db, organization: OrgId, filter: &CandidateFilter, page: PageQuery) -> Result<Page<CandidateRow>> {
    let rows: Vec<CandidateRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM candidates WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.search {
            sql.push(" AND search_text LIKE ").push_bind(super::contains(value)).push(" ESCAPE '\\'");
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// The candidates with these ids, also deleted ones.
///
/// # Errors
/// The store's.
pub async fn list_candidates_by_ids(db: &Db, organization: OrgId, ids: &[CandidateId]) -> Result<Vec<CandidateRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<CandidateRow>>(on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM candidates WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?);
    }
    Ok(rows)
}
