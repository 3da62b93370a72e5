//! Dead letters: work that gave up and waits for a person.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{DeadLetterId, IntegrationId, OrgId};
use crate::{execute, on_read, on_tx};

/// A dead letter.
#[derive(Debug, Clone, FromRow)]
pub struct DeadLetterRow {
    /// Its id.
    pub id: DeadLetterId,
    /// Whose.
    pub organization_id: OrgId,
    /// Of which integration.
    pub integration_id: Option<IntegrationId>,
    /// What gave up: `sync`, `record`, `write`, `inbound` or `delivery`.
    pub source: String,
    /// Which kind of record.
    pub object: Option<String>,
    /// Its id over there.
    pub external_id: Option<String>,
    /// Its id here.
    pub local_id: Option<Uuid>,
    /// What a retry needs, as JSON.
    pub payload: String,
    /// Reason code.
    pub code: String,
    /// Why, as a sentence.
    pub message: String,
    /// How often it was tried.
    pub attempts: i64,
    /// `open`, `retried` or `discarded`.
    pub state: String,
    /// The trace it belongs to.
    pub trace_id: Option<Uuid>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Dealt with.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By whom.
    pub resolved_by: Option<String>,
}

const COLUMNS: &str = "id, organization_id, integration_id, source, object, external_id, local_id, payload, code, message, attempts, state, trace_id, created_at, \
                       resolved_at, resolved_by";

/// Inserts dead letters.
///
/// # Errors
/// The store's.
pub async fn insert_dead_letters(tx: &mut Tx, rows: &[DeadLetterRow]) -> Result<()> {
    for chunk in rows.chunks(500) {
        on_tx!(tx, |c| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO dead_letters (id, organization_id, integration_id, source, object, external_id, local_id, payload, code, message, attempts, state, trace_id, created_at) ",
            );
            sql.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.organization_id)
                    .push_bind(row.integration_id)
                    .push_bind(&row.source)
                    .push_bind(&row.object)
                    .push_bind(&row.external_id)
                    .push_bind(row.local_id)
                    .push_bind(&row.payload)
                    .push_bind(&row.code)
                    .push_bind(&row.message)
                    .push_bind(row.attempts)
                    .push_bind(&row.state)
                    .push_bind(row.trace_id)
                    .push_bind(row.created_at);
            });
            sql.build().execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Which dead letters to list.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFilter {
    /// Only of this integration.
    pub integration: Option<IntegrationId>,
    /// Only of this source.
    pub source: Option<String>,
    /// Only with this reason code.
    pub code: Option<String>,
    /// Only about this kind of record.
    pub object: Option<String>,
    /// Only in this state; `open` if none is given.
    pub state: Option<String>,
}

/// Dead letters, newest first.
///
/// # Errors
/// The store's.
pub async fn list_dead_letters(db: &Db, organization: OrgId, filter: &DeadLetterFilter, page: PageQuery) -> Result<Page<DeadLetterRow>> {
    let rows: Vec<DeadLetterRow> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM dead_letters WHERE organization_id = ").push_bind(organization);
        sql.push(" AND state = ").push_bind(filter.state.as_deref().unwrap_or("open")).push(" AND id < ").push_bind(page.before_id());
        if let Some(value) = filter.integration {
            sql.push(" AND integration_id = ").push_bind(value);
        }
        if let Some(value) = &filter.source {
            sql.push(" AND source = ").push_bind(value);
        }
        if let Some(value) = &filter.code {
            sql.push(" AND code = ").push_bind(value);
        }
        if let Some(value) = &filter.object {
            sql.push(" AND object = ").push_bind(value);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch_limit());
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(page.finish(rows, |row| row.id.0))
}

/// One dead letter.
///
/// # Errors
/// The store's.
pub async fn find_dead_letter(db: &Db, organization: OrgId, id: DeadLetterId) -> Result<Option<DeadLetterRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM dead_letters WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// Marks an open dead letter as dealt with. Returns whether it was open.
///
/// # Errors
/// The store's.
pub async fn resolve_dead_letter(
    tx: &mut Tx,
    organization: OrgId,
    id: DeadLetterId,
    state: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    const SQL: &str =
        "UPDATE dead_letters SET state = $1, resolved_by = $2, resolved_at = $3 WHERE organization_id = $4 AND id = $5 AND state = 'open'";
    Ok(execute!(tx, SQL, state, by, now, organization, id)? > 0)
}

/// How many dead letters are open.
///
/// # Errors
/// The store's.
pub async fn count_open(db: &Db, organization: OrgId) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM dead_letters WHERE organization_id = $1 AND state = 'open'";
    let row: (i64,) = on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_one(c).await)?;
    Ok(row.0)
}

/// Inserts dead letters of records, in place of open ones about the same records.
///
/// # Errors
/// The store's.
pub async fn replace_record_letters(tx: &mut Tx, organization: OrgId, integration: IntegrationId, rows: &[DeadLetterRow]) -> Result<()> {
    const SQL: &str = "DELETE FROM dead_letters WHERE organization_id = $1 AND integration_id = $2 AND source = 'record' AND state = 'open' AND object = $3 AND external_id = $4";
    for row in rows {
        execute!(tx, SQL, organization, integration, &row.object, &row.external_id)?;
    }
    insert_dead_letters(tx, rows).await
}

/// The open dead letters about these records here.
///
/// # Errors
/// The store's.
pub async fn list_open_of_records(db: &Db, organization: OrgId, ids: &[Uuid]) -> Result<Vec<DeadLetterRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM dead_letters WHERE organization_id = ").push_bind(organization);
        sql.push(" AND state = 'open' AND local_id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY id DESC LIMIT 50");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// Open dead letters with the same reason.
#[derive(Debug, Clone, FromRow)]
pub struct DeadLetterGroup {
    /// What gave up.
    pub source: String,
    /// Of which integration.
    pub integration_id: Option<IntegrationId>,
    /// Reason code.
    pub code: String,
    /// One of their sentences.
    pub example: String,
    /// How many.
    pub letters: i64,
    /// Since when.
    pub first_at: DateTime<Utc>,
}

/// The open dead letters by reason, most first.
///
/// # Errors
/// The store's.
pub async fn list_groups(db: &Db, organization: OrgId) -> Result<Vec<DeadLetterGroup>> {
    const SQL: &str = "SELECT source, integration_id, code, MAX(message) AS example, COUNT(*) AS letters, MIN(created_at) AS first_at FROM dead_letters \
                       WHERE organization_id = $1 AND state = 'open' GROUP BY source, integration_id, code ORDER BY letters DESC, code LIMIT 100";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}

/// Notes that an open dead letter was tried again in vain.
///
/// # Errors
/// The store's.
pub async fn update_dead_letter_failure(tx: &mut Tx, organization: OrgId, id: DeadLetterId, code: &str, message: &str) -> Result<bool> {
    const SQL: &str = "UPDATE dead_letters SET attempts = attempts + 1, code = $1, message = $2 WHERE organization_id = $3 AND id = $4 AND state = 'open'";
    Ok(execute!(tx, SQL, code, message, organization, id)? > 0)
}
