//! Record links: which local record is which record of a connected system, with the last raw form of it.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::batch::{padded, parts};
use super::{Db, Result, Tx};
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::RecordKind;
use crate::{on_read, on_tx};

/// A link, without the raw record.
#[derive(Debug, Clone, FromRow)]
pub struct LinkRow {
    /// Which connection.
    pub integration_id: IntegrationId,
    /// Which kind of record.
    #[sqlx(try_from = "String")]
    pub object: RecordKind,
    /// Its id over there.
    pub external_id: String,
    /// Its id here.
    pub local_id: Uuid,
    /// Its page over there.
    pub url: Option<String>,
    /// Hash of the raw record and the mapping it was taken in with.
    pub content_hash: Option<Vec<u8>>,
    /// When it last changed over there, as far as known.
    pub remote_updated_at: Option<DateTime<Utc>>,
    /// Gone over there since.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The connection's provider.
    pub provider: String,
}

/// A link to write.
#[derive(Debug, Clone)]
pub struct LinkUpsert {
    /// Its id over there.
    pub external_id: String,
    /// Its id here.
    pub local_id: Uuid,
    /// Its page over there.
    pub url: Option<String>,
    /// Hash of the raw record; `None` makes the next sync read it in again.
    pub content_hash: Option<Vec<u8>>,
    /// The record as it came.
    pub raw: Option<String>,
    /// When it changed over there.
    pub remote_updated_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "record_links.integration_id, object, external_id, local_id, url, content_hash, remote_updated_at, record_links.deleted_at, provider";
const TABLES: &str = " FROM record_links JOIN integrations ON integrations.id = record_links.integration_id";

/// The links of these external ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_links_by_external(
    tx: &mut Tx,
    integration: IntegrationId,
    object: RecordKind,
    external_ids: &[&str],
) -> Result<Vec<LinkRow>> {
    let mut rows = Vec::with_capacity(external_ids.len());
    for chunk in external_ids.chunks(500) {
        rows.extend::<Vec<LinkRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(TABLES).push(" WHERE record_links.integration_id = ").push_bind(integration);
            sql.push(" AND object = ").push_bind(object.as_str()).push(" AND external_id IN (");
            let mut list = sql.separated(", ");
            for id in padded(chunk) {
                list.push_bind(id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(&mut *c).await
        })?);
    }
    Ok(rows)
}

/// The links of these local records.
///
/// # Errors
/// The store's.
pub async fn list_links_by_local(db: &Db, organization: OrgId, local_ids: &[Uuid]) -> Result<Vec<LinkRow>> {
    if local_ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(TABLES).push(" WHERE record_links.organization_id = ").push_bind(organization);
        sql.push(" AND record_links.deleted_at IS NULL AND local_id IN (");
        let mut list = sql.separated(", ");
        for id in local_ids {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY external_id");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// Inserts or overwrites links; a link that was deleted comes back to life.
///
/// # Errors
/// The store's.
pub async fn upsert_links(
    tx: &mut Tx,
    organization: OrgId,
    integration: IntegrationId,
    object: RecordKind,
    rows: &[LinkUpsert],
    now: DateTime<Utc>,
) -> Result<()> {
    for chunk in parts(rows) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO record_links (organization_id, integration_id, object, external_id, local_id, url, content_hash, raw, remote_updated_at, seen_at) ",
            );
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(organization)
                    .push_bind(integration)
                    .push_bind(object.as_str())
                    .push_bind(&row.external_id)
                    .push_bind(row.local_id)
                    .push_bind(&row.url)
                    .push_bind(&row.content_hash)
                    .push_bind(&row.raw)
                    .push_bind(row.remote_updated_at)
                    .push_bind(now);
            });
            sql.push(
                " ON CONFLICT (integration_id, object, external_id) DO UPDATE SET local_id = excluded.local_id, url = COALESCE(excluded.url, record_links.url), \
                 content_hash = excluded.content_hash, raw = COALESCE(excluded.raw, record_links.raw), \
                 remote_updated_at = COALESCE(excluded.remote_updated_at, record_links.remote_updated_at), seen_at = excluded.seen_at, deleted_at = NULL",
            );
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Marks links as deleted over there; returns the local ids of those that were alive.
///
/// # Errors
/// The store's.
pub async fn delete_links(
    tx: &mut Tx,
    integration: IntegrationId,
    object: RecordKind,
    external_ids: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    for chunk in external_ids.chunks(500) {
        ids.extend::<Vec<(Uuid,)>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("UPDATE record_links SET content_hash = NULL, deleted_at = ");
            sql.push_bind(now).push(" WHERE integration_id = ").push_bind(integration).push(" AND object = ").push_bind(object.as_str());
            sql.push(" AND deleted_at IS NULL AND external_id IN (");
            let mut list = sql.separated(", ");
            for id in chunk {
                list.push_bind(id);
            }
            sql.push(") RETURNING local_id");
            sql.build_query_as().fetch_all(&mut *c).await
        })?);
    }
    Ok(ids.into_iter().map(|row| row.0).collect())
}

/// A page of the living external ids of one kind, in order, for comparing with the provider's.
///
/// # Errors
/// The store's.
pub async fn list_external_ids(db: &Db, integration: IntegrationId, object: RecordKind, after: &str, limit: i64) -> Result<Vec<String>> {
    const SQL: &str = "SELECT external_id FROM record_links WHERE integration_id = $1 AND object = $2 AND external_id > $3 AND deleted_at IS NULL ORDER BY external_id LIMIT $4";
    let rows: Vec<(String,)> =
        on_read!(db, |c| sqlx::query_as(SQL).bind(integration).bind(object.as_str()).bind(after).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// How many living records of one kind the connection has here.
///
/// # Errors
/// The store's.
pub async fn count_links(db: &Db, integration: IntegrationId, object: RecordKind) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM record_links WHERE integration_id = $1 AND object = $2 AND deleted_at IS NULL";
    let row: (i64,) = on_read!(db, |c| sqlx::query_as(SQL).bind(integration).bind(object.as_str()).fetch_one(c).await)?;
    Ok(row.0)
}

/// A raw record with its two ids.
#[derive(Debug, Clone, FromRow)]
pub struct RawRow {
    /// Its id over there.
    pub external_id: String,
    /// Its id here.
    pub local_id: Uuid,
    /// The record as it came.
    pub raw: String,
}

/// The most recently seen raw records of one kind, for previews and suggestions.
///
/// # Errors
/// The store's.
pub async fn list_raw_records(
    db: &Db,
    organization: OrgId,
    integration: IntegrationId,
    object: RecordKind,
    limit: i64,
) -> Result<Vec<RawRow>> {
    const SQL: &str = "SELECT external_id, local_id, raw FROM record_links WHERE organization_id = $1 AND integration_id = $2 AND object = $3 \
                       AND raw IS NOT NULL AND deleted_at IS NULL ORDER BY external_id DESC LIMIT $4";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(integration).bind(object.as_str()).bind(limit).fetch_all(c).await)?)
}

/// A page of raw records in order of external id, for taking them in again under another mapping.
///
/// # Errors
/// The store's.
pub async fn list_raw_records_after(
    db: &Db,
    integration: IntegrationId,
    object: RecordKind,
    after: &str,
    limit: i64,
) -> Result<Vec<RawRow>> {
    const SQL: &str = "SELECT external_id, local_id, raw FROM record_links WHERE integration_id = $1 AND object = $2 AND external_id > $3 \
                       AND raw IS NOT NULL AND deleted_at IS NULL ORDER BY external_id LIMIT $4";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(integration).bind(object.as_str()).bind(after).bind(limit).fetch_all(c).await)?)
}

/// The local ids of these external ids.
///
/// # Errors
/// The store's.
pub async fn list_link_ids(db: &Db, integration: IntegrationId, object: RecordKind, external_ids: &[&str]) -> Result<Vec<(String, Uuid)>> {
    let mut rows = Vec::with_capacity(external_ids.len());
    for chunk in external_ids.chunks(500) {
        rows.extend::<Vec<(String, Uuid)>>(on_read!(db, |c| {
            let mut sql = QueryBuilder::new("SELECT external_id, local_id FROM record_links WHERE integration_id = ");
            sql.push_bind(integration).push(" AND object = ").push_bind(object.as_str()).push(" AND external_id IN (");
            let mut list = sql.separated(", ");
            for id in padded(chunk) {
                list.push_bind(id);
            }
            sql.push(")");
            sql.build_query_as().fetch_all(c).await
        })?);
    }
    Ok(rows)
}

/// The link of one external id, also of a record that is gone over there.
///
/// # Errors
/// The store's.
pub async fn find_link(db: &Db, integration: IntegrationId, object: RecordKind, external_id: &str) -> Result<Option<LinkRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(TABLES).push(" WHERE record_links.integration_id = ").push_bind(integration);
        sql.push(" AND object = ").push_bind(object.as_str()).push(" AND external_id = ").push_bind(external_id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}
