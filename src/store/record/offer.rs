//! Offers.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{ApplicationId, OfferId, OrgId};
use crate::domain::status::OfferStatus;
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// An offer.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct OfferRow {
    /// Its id.
    pub id: OfferId,
    /// Whose.
    pub organization_id: OrgId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Its status.
    #[sqlx(try_from = "String")]
    pub status: OfferStatus,
    /// Which version.
    pub version: i64,
    /// First day, `YYYY-MM-DD`.
    pub starts_on: Option<String>,
    /// Sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Answered.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The customer's own fields, by name.
    pub custom_fields: Json<Value>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, application_id, status, version, starts_on, sent_at, resolved_at, custom_fields, created_at, updated_at, deleted_at";

/// Inserts or overwrites offers, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_offers(tx: &mut Tx, rows: &[OfferRow]) -> Result<()> {
    upsert_rows!(tx, "offers", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        application_id: row.application_id,
        status: row.status.as_str(),
        version: row.version,
        starts_on: &row.starts_on,
        sent_at: row.sent_at,
        resolved_at: row.resolved_at,
        custom_fields: &row.custom_fields,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The offers with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_offers_by_id(tx: &mut Tx, organization: OrgId, ids: &[OfferId]) -> Result<Vec<OfferRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<OfferRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM offers WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's offers, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_offer(db: &Db, organization: OrgId, id: OfferId) -> Result<Option<OfferRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM offers WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which offers to list.
#[derive(Debug, Clone, Default)]
pub struct OfferFilter {
    /// Only of this application.
    pub application: Option<ApplicationId>,
}

/// Living offers, newest first.
///
/// # Errors
/// The store's.
pub async fn list_offers(db: &Db, organization: OrgId, filter: &OfferFilter, page: PageQuery) -> Result<Page<OfferRow>> {
    let rows: Vec<OfferRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM offers WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.application {
            sql.push(" AND application_id = ").push_bind(*value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}
