//! Rules that bring events into chats.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};

use super::{Db, Result, Tx};
use crate::domain::event::EventKind;
use crate::domain::id::{ChatRuleId, IntegrationId, OrgId};
use crate::{execute, on_read, on_tx};

/// A rule: which event goes to which channel, in which words.
#[derive(Debug, Clone, FromRow)]
pub struct ChatRuleRow {
    /// Its id.
    pub id: ChatRuleId,
    /// Whose.
    pub organization_id: OrgId,
    /// Through which connection.
    pub integration_id: IntegrationId,
    /// What people call it.
    pub name: String,
    /// The event's name.
    pub event: String,
    /// Which of them, by content.
    pub filter: Option<Json<Value>>,
    /// The channel's id; none where the connection stands for one.
    pub channel: Option<String>,
    /// Its name when it was chosen, for people.
    pub channel_name: Option<String>,
    /// The words.
    pub template: String,
    /// Whether anything is posted.
    pub is_active: bool,
    /// When something was last posted.
    pub posted_at: Option<DateTime<Utc>>,
    /// Why the last message was not, as a sentence.
    pub error: Option<String>,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// Changed by a person.
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, organization_id, integration_id, name, event, filter, channel, channel_name, template, is_active, posted_at, error, created_at, updated_at";

/// Inserts a rule.
///
/// # Errors
/// The store's.
pub async fn insert_chat_rule(tx: &mut Tx, row: &ChatRuleRow) -> Result<()> {
    const SQL: &str = "INSERT INTO chat_rules (id, organization_id, integration_id, name, event, filter, channel, channel_name, template, is_active, created_at, \
                       updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.integration_id,
        &row.name,
        &row.event,
        &row.filter,
        &row.channel,
        &row.channel_name,
        &row.template,
        row.is_active,
        row.created_at
    )?;
    Ok(())
}

/// Changes what a person may change. Returns whether the rule exists.
///
/// # Errors
/// The store's.
pub async fn update_chat_rule(tx: &mut Tx, row: &ChatRuleRow) -> Result<bool> {
    const SQL: &str = "UPDATE chat_rules SET name = $1, event = $2, filter = $3, channel = $4, channel_name = $5, template = $6, is_active = $7, error = NULL, \
                       updated_at = $8 WHERE organization_id = $9 AND id = $10";
    Ok(execute!(
        tx,
        SQL,
        &row.name,
        &row.event,
        &row.filter,
        &row.channel,
        &row.channel_name,
        &row.template,
        row.is_active,
        row.updated_at,
        row.organization_id,
        row.id
    )? > 0)
}

/// Deletes a rule. Returns whether it existed.
///
/// # Errors
/// The store's.
pub async fn delete_chat_rule(tx: &mut Tx, organization: OrgId, id: ChatRuleId) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM chat_rules WHERE organization_id = $1 AND id = $2", organization, id)? > 0)
}

/// Notes how the last message of a rule went.
///
/// # Errors
/// The store's.
pub async fn update_chat_outcome(tx: &mut Tx, id: ChatRuleId, posted_at: Option<DateTime<Utc>>, error: Option<&str>) -> Result<()> {
    const SQL: &str = "UPDATE chat_rules SET posted_at = COALESCE($1, posted_at), error = $2 WHERE id = $3";
    execute!(tx, SQL, posted_at, error, id)?;
    Ok(())
}

/// One rule of an organization.
///
/// # Errors
/// The store's.
pub async fn find_chat_rule(db: &Db, organization: OrgId, id: ChatRuleId) -> Result<Option<ChatRuleRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM chat_rules WHERE organization_id = ").push_bind(organization).push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The rules of an organization, oldest first; of one connection if one is given. Those of connections that are gone are left out.
///
/// # Errors
/// The store's.
pub async fn list_chat_rules(db: &Db, organization: OrgId, integration: Option<IntegrationId>) -> Result<Vec<ChatRuleRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM chat_rules WHERE integration_id IN (SELECT id FROM integrations WHERE deleted_at IS NULL) AND organization_id = ")
            .push_bind(organization);
        if let Some(integration) = integration {
            sql.push(" AND integration_id = ").push_bind(integration);
        }
        sql.push(" ORDER BY id LIMIT 500");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// A rule that wants an event.
#[derive(Debug, Clone, FromRow)]
pub struct WantedRow {
    /// The rule.
    pub id: ChatRuleId,
    /// Its connection.
    pub integration_id: IntegrationId,
    /// The event it wants.
    pub event: String,
}

/// The active rules of an organization that want one of these events, of connections that are switched on.
///
/// # Errors
/// The store's.
pub async fn list_wanting(tx: &mut Tx, organization: OrgId, kinds: &[EventKind]) -> Result<Vec<WantedRow>> {
    Ok(on_tx!(tx, |c| {
        let mut sql = QueryBuilder::new(
            "SELECT id, integration_id, event FROM chat_rules WHERE integration_id IN \
             (SELECT id FROM integrations WHERE deleted_at IS NULL AND status <> 'inactive') AND is_active = ",
        );
        sql.push_bind(true).push(" AND organization_id = ").push_bind(organization).push(" AND event IN (");
        let mut list = sql.separated(", ");
        for kind in kinds {
            list.push_bind(kind.as_str());
        }
        list.push_unseparated(")");
        sql.build_query_as().fetch_all(&mut *c).await
    })?)
}
