//! Notes and messages on candidates.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};

use crate::domain::id::{ApplicationId, CandidateId, MessageId, OrgId};
use crate::store::page::{Page, PageQuery};
use crate::store::{Db, Result, Tx};
use crate::{execute, on_read, on_tx, upsert_rows};

/// A note or message.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// Whose.
    pub organization_id: OrgId,
    /// About whom.
    pub candidate_id: CandidateId,
    /// About which application.
    pub application_id: Option<ApplicationId>,
    /// `note` or `email`.
    pub kind: String,
    /// The text.
    pub body: String,
    /// `public`, `private` or `admin_only`.
    pub visibility: String,
    /// Who wrote it.
    pub author: String,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
    /// Gone since.
    pub deleted_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "id, organization_id, candidate_id, application_id, kind, body, visibility, author, created_at, updated_at, deleted_at";

/// Inserts or overwrites messages, within their organization.
///
/// # Errors
/// The store's.
pub async fn upsert_messages(tx: &mut Tx, rows: &[MessageRow]) -> Result<()> {
    upsert_rows!(tx, "messages", rows, |row| {
        id: row.id,
        organization_id: row.organization_id,
        candidate_id: row.candidate_id,
        application_id: row.application_id,
        kind: &row.kind,
        body: &row.body,
        visibility: &row.visibility,
        author: &row.author,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    });
    Ok(())
}

/// The messages with these ids, inside the writing transaction.
///
/// # Errors
/// The store's.
pub async fn list_messages_by_id(tx: &mut Tx, organization: OrgId, ids: &[MessageId]) -> Result<Vec<MessageRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        rows.extend::<Vec<MessageRow>>(on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new("SELECT ");
            sql.push(COLUMNS).push(" FROM messages WHERE organization_id = ").push_bind(organization).push(" AND id IN (");
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

/// One of an organization's messages, also a deleted one.
///
/// # Errors
/// The store's.
pub async fn find_message(db: &Db, organization: OrgId, id: MessageId) -> Result<Option<MessageRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM messages WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only about this candidate.
    pub candidate: Option<CandidateId>,
}

/// Living messages, newest first.
///
/// # Errors
/// The store's.
pub async fn list_messages(db: &Db, organization: OrgId, filter: &MessageFilter, page: PageQuery) -> Result<Page<MessageRow>> {
    let rows: Vec<MessageRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM messages WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = &filter.candidate {
            sql.push(" AND candidate_id = ").push_bind(*value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// Hangs the messages of one candidate on another: the two became one.
///
/// # Errors
/// The store's.
pub async fn move_messages(tx: &mut Tx, organization: OrgId, from: CandidateId, into: CandidateId, now: DateTime<Utc>) -> Result<u64> {
    const SQL: &str = "UPDATE messages SET candidate_id = $1, updated_at = $2 WHERE organization_id = $3 AND candidate_id = $4";
    execute!(tx, SQL, into, now, organization, from)
}
