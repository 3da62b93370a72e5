//! Integrations: connections of one organization or person to a provider.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::{IntegrationStatus, Reason};
use crate::{execute, on_read};

/// An integration.
#[derive(Debug, Clone, FromRow)]
pub struct IntegrationRow {
    /// Its id.
    pub id: IntegrationId,
    /// Whose.
    pub organization_id: OrgId,
    /// `organization`, `member` or `candidate`.
    pub owner_kind: String,
    /// The member or candidate.
    pub owner_id: Option<Uuid>,
    /// The provider's slug.
    pub provider: String,
    /// What people here call it.
    pub name: String,
    /// How it proves itself.
    pub auth_type: String,
    /// Its status.
    #[sqlx(try_from = "String")]
    pub status: IntegrationStatus,
    /// Why it is in this status.
    pub reason: Option<Json<Reason>>,
    /// Who we are at the provider.
    pub account: Option<String>,
    /// Settings that are no secrets.
    pub config: Json<Value>,
    /// Permissions the last test found.
    pub granted_scopes: Json<Vec<String>>,
    /// Permissions the last test missed.
    pub missing_scopes: Json<Vec<String>>,
    /// Whether it syncs by itself.
    pub sync_enabled: bool,
    /// How often it syncs by itself, in seconds.
    pub sync_interval_s: i64,
    /// When it syncs next by itself.
    pub next_sync_at: Option<DateTime<Utc>>,
    /// End of the last sync that worked.
    pub last_synced_at: Option<DateTime<Utc>>,
    /// When credentials last were accepted for the first time.
    pub connected_at: Option<DateTime<Utc>>,
    /// The last real call.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The last real call that worked.
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last failure, as a sentence.
    pub last_error: Option<String>,
    /// When it was.
    pub last_error_at: Option<DateTime<Utc>>,
    /// `unknown`, `healthy`, `degraded` or `unhealthy`.
    pub health_status: String,
    /// The last check.
    pub last_health_check_at: Option<DateTime<Utc>>,
    /// Failures since the last success.
    pub failures_in_a_row: i64,
    /// When the present token ends.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// When the present token is renewed.
    pub refresh_at: Option<DateTime<Utc>>,
    /// By when a person has to connect again; `None` while renewing goes on without one.
    pub reconnect_by: Option<DateTime<Utc>>,
    /// What the provider last said about its limit.
    pub quota: Option<Json<Value>>,
    /// No calls before this.
    pub throttled_until: Option<DateTime<Utc>>,
    /// Created.
    pub created_at: DateTime<Utc>,
    /// Changed.
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, organization_id, owner_kind, owner_id, provider, name, auth_type, status, reason, account, config, granted_scopes, missing_scopes, \
                       sync_enabled, sync_interval_s, next_sync_at, last_synced_at, connected_at, last_used_at, last_success_at, last_error, last_error_at, \
                       health_status, last_health_check_at, failures_in_a_row, token_expires_at, refresh_at, reconnect_by, quota, throttled_until, created_at, updated_at";

/// Inserts an integration.
///
/// # Errors
/// The store's.
pub async fn insert_integration(tx: &mut Tx, row: &IntegrationRow) -> Result<()> {
    const SQL: &str = "INSERT INTO integrations (id, organization_id, owner_kind, owner_id, provider, name, auth_type, status, reason, config, granted_scopes, \
                       missing_scopes, sync_enabled, sync_interval_s, health_status, failures_in_a_row, created_at, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $16)";
    execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        &row.owner_kind,
        row.owner_id,
        &row.provider,
        &row.name,
        &row.auth_type,
        row.status.as_str(),
        &row.reason,
        &row.config,
        &row.granted_scopes,
        &row.missing_scopes,
        row.sync_enabled,
        row.sync_interval_s,
        &row.health_status,
        row.created_at
    )?;
    Ok(())
}

/// One integration of an organization.
///
/// # Errors
/// The store's.
pub async fn find_integration(db: &Db, organization: OrgId, id: IntegrationId) -> Result<Option<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM integrations WHERE deleted_at IS NULL AND organization_id = ")
            .push_bind(organization)
            .push(" AND id = ")
            .push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// One integration by its id alone: for webhooks that come in and for tasks, which know no organization yet.
///
/// # Errors
/// The store's.
pub async fn find_integration_anywhere(db: &Db, id: IntegrationId) -> Result<Option<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM integrations WHERE deleted_at IS NULL AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(c).await
    })?)
}

/// The integrations of an organization, oldest first; of one provider if one is given.
///
/// # Errors
/// The store's.
pub async fn list_integrations(db: &Db, organization: OrgId, provider: Option<&str>) -> Result<Vec<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM integrations WHERE deleted_at IS NULL AND organization_id = ").push_bind(organization);
        if let Some(provider) = provider {
            sql.push(" AND provider = ").push_bind(provider);
        }
        sql.push(" ORDER BY id LIMIT 1000");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// What a person may change.
#[derive(Debug, Clone)]
pub struct IntegrationSettings {
    /// What people here call it.
    pub name: String,
    /// Settings that are no secrets.
    pub config: Value,
    /// Its status (`inactive` switches it off).
    pub status: IntegrationStatus,
    /// Why.
    pub reason: Option<Reason>,
    /// Whether it syncs by itself.
    pub sync_enabled: bool,
    /// How often, in seconds.
    pub sync_interval_s: i64,
    /// When next.
    pub next_sync_at: Option<DateTime<Utc>>,
}

/// Changes an integration's settings. Returns whether it exists.
///
/// # Errors
/// The store's.
pub async fn update_settings(
    tx: &mut Tx,
    organization: OrgId,
    id: IntegrationId,
    settings: &IntegrationSettings,
    now: DateTime<Utc>,
) -> Result<bool> {
    const SQL: &str = "UPDATE integrations SET name = $1, config = $2, status = $3, reason = $4, sync_enabled = $5, sync_interval_s = $6, next_sync_at = $7, \
                       updated_at = $8 WHERE organization_id = $9 AND id = $10 AND deleted_at IS NULL";
    Ok(execute!(
        tx,
        SQL,
        &settings.name,
        Json(&settings.config),
        settings.status.as_str(),
        settings.reason.as_ref().map(Json),
        settings.sync_enabled,
        settings.sync_interval_s,
        settings.next_sync_at,
        now,
        organization,
        id
    )? > 0)
}

/// Notes that credentials were accepted: who we are there and what we may do.
///
/// # Errors
/// The store's.
pub async fn update_connected(
    tx: &mut Tx,
    id: IntegrationId,
    account: Option<&str>,
    granted: &[String],
    missing: &[String],
    next_sync_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "UPDATE integrations SET status = 'active', reason = NULL, account = $1, granted_scopes = $2, missing_scopes = $3, next_sync_at = $4, \
                       connected_at = $5, last_used_at = $5, last_success_at = $5, health_status = 'healthy', last_health_check_at = $5, failures_in_a_row = 0, \
                       last_error = NULL, last_error_at = NULL, throttled_until = NULL, updated_at = $5 WHERE id = $6";
    execute!(tx, SQL, account, Json(granted), Json(missing), next_sync_at, now, id)?;
    Ok(())
}

/// The outcome of real calls, as evidence.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The new status.
    pub status: IntegrationStatus,
    /// Why.
    pub reason: Option<Reason>,
    /// `healthy`, `degraded` or `unhealthy`.
    pub health_status: &'static str,
    /// Whether the last call worked.
    pub success: bool,
    /// The failure, as a sentence.
    pub error: Option<String>,
    /// What the provider said about its limit.
    pub quota: Option<Value>,
    /// No calls before this.
    pub throttled_until: Option<DateTime<Utc>>,
    /// Whether this was a health check.
    pub checked: bool,
}

/// Notes how the last real call ended. An integration that a person switched off keeps its status.
///
/// # Errors
/// The store's.
pub async fn update_evidence(tx: &mut Tx, id: IntegrationId, evidence: &Evidence, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "UPDATE integrations SET status = CASE WHEN status = 'inactive' THEN status ELSE $1 END, \
                       reason = CASE WHEN status = 'inactive' THEN reason ELSE $2 END, health_status = $3, last_used_at = $4, \
                       last_success_at = CASE WHEN $5 THEN $4 ELSE last_success_at END, \
                       failures_in_a_row = CASE WHEN $5 THEN 0 ELSE failures_in_a_row + 1 END, \
                       last_error = CASE WHEN $5 THEN last_error ELSE $6 END, last_error_at = CASE WHEN $5 THEN last_error_at ELSE $4 END, \
                       quota = COALESCE($7, quota), throttled_until = $8, \
                       last_health_check_at = CASE WHEN $9 THEN $4 ELSE last_health_check_at END, updated_at = $4 WHERE id = $10 AND deleted_at IS NULL";
    execute!(
        tx,
        SQL,
        evidence.status.as_str(),
        evidence.reason.as_ref().map(Json),
        evidence.health_status,
        now,
        evidence.success,
        &evidence.error,
        evidence.quota.as_ref().map(Json),
        evidence.throttled_until,
        evidence.checked,
        id
    )?;
    Ok(())
}

/// Notes when a sync ended and when the next one is due.
///
/// # Errors
/// The store's.
pub async fn update_synced(
    tx: &mut Tx,
    id: IntegrationId,
    synced_at: Option<DateTime<Utc>>,
    next_sync_at: Option<DateTime<Utc>>,
) -> Result<()> {
    const SQL: &str = "UPDATE integrations SET last_synced_at = COALESCE($1, last_synced_at), next_sync_at = $2 WHERE id = $3";
    execute!(tx, SQL, synced_at, next_sync_at, id)?;
    Ok(())
}

/// The times of a connection's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenTimes {
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it is renewed.
    pub refresh_at: Option<DateTime<Utc>>,
    /// By when a person has to connect again.
    pub reconnect_by: Option<DateTime<Utc>>,
}

/// Notes when the present token ends and when it is renewed. Returns whether the integration exists.
///
/// # Errors
/// The store's.
pub async fn update_token_times(tx: &mut Tx, id: IntegrationId, times: &TokenTimes) -> Result<bool> {
    const SQL: &str =
        "UPDATE integrations SET token_expires_at = $1, refresh_at = $2, reconnect_by = $3 WHERE id = $4 AND deleted_at IS NULL";
    Ok(execute!(tx, SQL, times.expires_at, times.refresh_at, times.reconnect_by, id)? > 0)
}

/// Notes when renewing is tried next; `None` is not before a person connected again.
///
/// # Errors
/// The store's.
pub async fn update_refresh_at(tx: &mut Tx, id: IntegrationId, refresh_at: Option<DateTime<Utc>>) -> Result<()> {
    execute!(tx, "UPDATE integrations SET refresh_at = $1 WHERE id = $2", refresh_at, id)?;
    Ok(())
}

/// Connections of every organization whose token is due to be renewed, the most urgent first.
///
/// # Errors
/// The store's.
pub async fn list_refresh_due(db: &Db, now: DateTime<Utc>, limit: i64) -> Result<Vec<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM integrations WHERE deleted_at IS NULL AND status <> 'inactive' AND refresh_at <= ")
            .push_bind(now)
            .push(" ORDER BY refresh_at LIMIT ")
            .push_bind(limit);
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// Connections of every organization that a person has to connect again before this.
///
/// # Errors
/// The store's.
pub async fn list_reconnect_due(db: &Db, before: DateTime<Utc>) -> Result<Vec<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM integrations WHERE deleted_at IS NULL AND status <> 'inactive' AND reconnect_by <= ")
            .push_bind(before)
            .push(" ORDER BY reconnect_by LIMIT 1000");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// Notes how a connection proves itself and what it is set up to do.
///
/// # Errors
/// The store's.
pub async fn update_auth(tx: &mut Tx, id: IntegrationId, auth_type: &str, config: &Value) -> Result<()> {
    execute!(tx, "UPDATE integrations SET auth_type = $1, config = $2 WHERE id = $3", auth_type, Json(config), id)?;
    Ok(())
}

/// Whether another live connection was consented to by the same account at one of these providers.
///
/// # Errors
/// The store's.
pub async fn shares_account(db: &Db, id: IntegrationId, providers: &[&str], account: &str) -> Result<bool> {
    let found: Option<(IntegrationId,)> = on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT id FROM integrations WHERE deleted_at IS NULL AND connected_at IS NOT NULL AND account = ");
        sql.push_bind(account).push(" AND id <> ").push_bind(id).push(" AND provider IN (");
        let mut list = sql.separated(", ");
        for provider in providers {
            list.push_bind((*provider).to_owned());
        }
        list.push_unseparated(") LIMIT 1");
        sql.build_query_as().fetch_optional(c).await
    })?;
    Ok(found.is_some())
}

/// Deletes an integration: the row stays for the log's sake, invisible. Returns whether it existed.
///
/// # Errors
/// The store's.
pub async fn delete_integration(tx: &mut Tx, organization: OrgId, id: IntegrationId, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE integrations SET status = 'inactive', sync_enabled = $1, next_sync_at = NULL, token_expires_at = NULL, refresh_at = NULL, reconnect_by = NULL, deleted_at = $2, updated_at = $2 \
                       WHERE organization_id = $3 AND id = $4 AND deleted_at IS NULL";
    Ok(execute!(tx, SQL, false, now, organization, id)? > 0)
}

/// Every integration of these providers that is connected and switched on, over all organizations.
///
/// # Errors
/// The store's.
pub async fn list_connected(db: &Db, providers: &[&str]) -> Result<Vec<IntegrationRow>> {
    Ok(on_read!(db, |c| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM integrations WHERE deleted_at IS NULL AND connected_at IS NOT NULL AND status <> 'inactive' AND provider IN (");
        let mut list = sql.separated(", ");
        for provider in providers {
            list.push_bind(*provider);
        }
        sql.push(") ORDER BY id");
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// How many integrations an organization has, by status.
///
/// # Errors
/// The store's.
pub async fn count_by_status(db: &Db, organization: OrgId) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT status, COUNT(*) FROM integrations WHERE organization_id = $1 AND deleted_at IS NULL GROUP BY status";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}

/// Notes which permissions a test found and missed.
///
/// # Errors
/// The store's.
pub async fn update_scopes(tx: &mut Tx, id: IntegrationId, granted: &[String], missing: &[String]) -> Result<()> {
    const SQL: &str = "UPDATE integrations SET granted_scopes = $1, missing_scopes = $2 WHERE id = $3";
    execute!(tx, SQL, Json(granted), Json(missing), id)?;
    Ok(())
}
