//! Interviews.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{ApplicationId, InterviewId, OrgId};
use crate::domain::status::InterviewStatus;
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{on_read, on_tx, upsert_rows};

/// An interview.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct InterviewRow {
    /// Its id.
    pub id: InterviewId,
    /// Whose.
    pub organization_id: OrgId,
    /// For which application.
    pub application_id: ApplicationId,
    /// Its title.
    pub title: String,
    /// Its status.
    #[sqlx(try_from = "String")]
    pub status: InterviewStatus,
    /// Begins.
    pub starts_at: Option<DateTime<Utc>>,
    /// Ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// IANA zone it was planned in.
    pub timezone: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// Link to the call.
    pub meeting_url: Option<String>,
    /// `[{name, email}]`.
    pub attendees: Json<Value>,
    /// The customer's own fields, by name.
    pub custom_fields: Json<Value>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "id, organization_id, application_id, title, status, starts_at, ends_at, timezone, location, meeting_url, attendees, custom_fields, created_at, updated_at, deleted_at";

/// Inserts or overwrites interviews, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_interviews(tx: &mut Tx, rows: &[InterviewRow]) -> Result<()> {
    upsert_rows!(tx, "interviews", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        application_id: row.application_id,
        title: &row.title,
        status: row.status.as_str(),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        timezone: &row.timezone,
        location: &row.location,
        meeting_url: &row.meeting_url,
        attendees: &row.attendees,
        custom_fields: &row.custom_fields,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The interviews with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_interviews_by_id(tx: &mut Tx, organization: OrgId, ids: &[InterviewId]) -> Result<Vec<InterviewRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<InterviewRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM interviews WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's interviews, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_interview(db: &Db, organization: OrgId, id: InterviewId) -> Result<Option<InterviewRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM interviews WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which interviews to list.
#[derive(Debug, Clone, Default)]
pub struct InterviewFilter {
    /// Only of this application.
    pub application: Option<ApplicationId>,
    /// Only beginning at or after this.
    pub from: Option<DateTime<Utc>>,
    /// Only beginning before this.
    pub until: Option<DateTime<Utc>>,
}

/// Living interviews, newest first.
///
/// # Errors
/// The store's.
pub async fn list_interviews(db: &Db, organization: OrgId, filter: &InterviewFilter, page: PageQuery) -> Result<Page<InterviewRow>> {
    let rows: Vec<InterviewRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM interviews WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.application {
            sql.push(" AND application_id = ").push_bind(*value);
        }
        if let Some(value) = &filter.from {
            sql.push(" AND starts_at >= ").push_bind(*value);
        }
        if let Some(value) = &filter.until {
            sql.push(" AND starts_at < ").push_bind(*value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Which stretch of time to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// From this time on, the next one first.
    From(DateTime<Utc>),
    /// From the first time until before the second, the next one first.
    Between(DateTime<Utc>, DateTime<Utc>),
    /// Before this time, the last one first.
    Before(DateTime<Utc>),
    /// Without a time.
    Unscheduled,
}

/// Living interviews of a stretch of time.
///
/// # Errors
/// The store's.
pub async fn list_interviews_of_span(db: &Db, organization: OrgId, span: Span, limit: i64) -> Result<Vec<InterviewRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM interviews WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        match span {
            Span::From(from) => sql.push(" AND starts_at >= ").push_bind(from).push(" ORDER BY starts_at, id"),
            Span::Between(from, until) => {
                sql.push(" AND starts_at >= ").push_bind(from).push(" AND starts_at < ").push_bind(until).push(" ORDER BY starts_at, id")
            }
            Span::Before(until) => sql.push(" AND starts_at < ").push_bind(until).push(" ORDER BY starts_at DESC, id DESC"),
            Span::Unscheduled => sql.push(" AND starts_at IS NULL ORDER BY id DESC"),
        };
        sql.push(" LIMIT ").push_bind(limit);
        sql.build_query_as().fetch_all(c).await
    })?)
}
