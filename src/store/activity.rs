//! The activity log: rows in a chain of hashes per organization, and the head of each chain.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{ActivityId, IntegrationId, OrgId};
use crate::{execute, on_read, on_tx};

/// An entry.
#[derive(Debug, Clone, FromRow)]
pub struct ActivityRow {
    /// Its id.
    pub id: ActivityId,
    /// Whose it is.
    pub organization_id: OrgId,
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `user`, `api_key` or `system`.
    pub actor_kind: String,
    /// The user's or key's id.
    pub actor_id: Option<Uuid>,
    /// Their name at the time.
    pub actor_name: String,
    /// What was done, e.g. `member.invited`.
    pub action: String,
    /// The kind of thing it was done to.
    pub subject_kind: Option<String>,
    /// Its id.
    pub subject_id: Option<Uuid>,
    /// The integration it is about.
    pub integration_id: Option<IntegrationId>,
    /// Its provider.
    pub provider: Option<String>,
    /// Whether it worked.
    pub success: bool,
    /// One sentence.
    pub message: String,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Where the request came from.
    pub address: Option<String>,
    /// More, as a JSON object.
    pub details: Option<Json<serde_json::Value>>,
    /// The trace it belongs to.
    pub trace_id: Option<Uuid>,
    /// The hash of the entry before.
    pub previous_hash: Vec<u8>,
    /// The hash over it and this entry.
    pub hash: Vec<u8>,
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Only actions that begin so.
    pub action: Option<String>,
    /// Only by this user or key.
    pub actor: Option<Uuid>,
    /// Only about this integration.
    pub integration: Option<IntegrationId>,
    /// Only what worked, or what did not.
    pub success: Option<bool>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// Takes the next place in the organization's chain: its number and the hash to continue from. Locks the chain until the
/// transaction ends.
///
/// # Errors
/// The store's.
pub async fn advance_head(tx: &mut Tx, organization: OrgId, first: &[u8]) -> Result<(i64, Vec<u8>)> {
    const SQL: &str = "INSERT INTO audit_heads (organization_id, seq, hash) VALUES ($1, 1, $2) \
         ON CONFLICT (organization_id) DO UPDATE SET seq = audit_heads.seq + 1 RETURNING seq, hash";
    Ok(on_tx!(tx, |c| sqlx::query_as(SQL).bind(organization).bind(first).fetch_one(&mut *c).await)?)
}

/// Inserts an entry and makes it the head of its chain.
///
/// # Errors
/// The store's.
pub async fn insert_activity(tx: &mut Tx, row: &ActivityRow) -> Result<()> {
    const INSERT: &str = "INSERT INTO activity (id, organization_id, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, \
         subject_id, integration_id, provider, success, message, duration_ms, address, details, trace_id, previous_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    execute!(
        tx,
        INSERT,
        row.id,
        row.organization_id,
        row.seq,
        row.at,
        &row.actor_kind,
        row.actor_id,
        &row.actor_name,
        &row.action,
        &row.subject_kind,
        row.subject_id,
        row.integration_id,
        &row.provider,
        row.success,
        &row.message,
        row.duration_ms,
        &row.address,
        &row.details,
        row.trace_id,
        &row.previous_hash,
        &row.hash
    )?;
    execute!(tx, "UPDATE audit_heads SET hash = $1 WHERE organization_id = $2", &row.hash, row.organization_id)?;
    Ok(())
}

const COLUMNS: &str = "id, organization_id, seq, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, integration_id, \
     provider, success, message, duration_ms, address, details, trace_id, previous_hash, hash";

/// An organization's entries, newest first.
///
/// # Errors
/// The store's.
pub async fn list_activity(db: &Db, organization: OrgId, filter: &ActivityFilter, page: PageQuery) -> Result<Page<ActivityRow>> {
    let rows: Vec<ActivityRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM activity WHERE organization_id = ").push_bind(organization);
        sql.push(" AND id < ").push_bind(page.before_id());
        if let Some(action) = &filter.action {
            sql.push(" AND action LIKE ").push_bind(format!("{}%", action.replace(['%', '\\'], "")));
        }
        if let Some(actor) = filter.actor {
            sql.push(" AND actor_id = ").push_bind(actor);
        }
        if let Some(integration) = filter.integration {
            sql.push(" AND integration_id = ").push_bind(integration);
        }
        if let Some(success) = filter.success {
            sql.push(" AND success = ").push_bind(success);
        }
        if let Some(from) = filter.from {
            sql.push(" AND at >= ").push_bind(from);
        }
        if let Some(until) = filter.until {
            sql.push(" AND at < ").push_bind(until);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// The organization's entries after a place in the chain, in the chain's order.
///
/// # Errors
/// The store's.
pub async fn list_chain(db: &Db, organization: OrgId, after: i64, limit: i64) -> Result<Vec<ActivityRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM activity WHERE organization_id = ").push_bind(organization);
        sql.push(" AND seq > ").push_bind(after).push(" ORDER BY seq LIMIT ").push_bind(limit);
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// The head of an organization's chain: the last place and its hash.
///
/// # Errors
/// The store's.
pub async fn find_head(db: &Db, organization: OrgId) -> Result<Option<(i64, Vec<u8>)>> {
    const SQL: &str = "SELECT seq, hash FROM audit_heads WHERE organization_id = $1";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_optional(c).await)?)
}
