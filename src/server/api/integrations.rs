//! Integrations: connect, change, test, check, disconnect.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::{ValidJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::IntegrationId;
use crate::domain::status::{IntegrationStatus, Reason};
use crate::integrations::connect::{self, ConnectInput, Tested};
use crate::integrations::lifecycle::{self, Changes};
use crate::integrations::{health, query};
use crate::operations::activity;
use crate::providers::catalogue;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::health_check::HealthCheckRow;
use crate::store::integration::IntegrationRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(status))
        .routes(routes!(get, update, remove))
        .routes(routes!(connect_provider))
        .routes(routes!(disconnect_provider))
        .routes(routes!(test))
        .routes(routes!(show_health))
        .routes(routes!(check_health))
        .routes(routes!(show_activity))
}

/// A connection to a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationOut {
    id: IntegrationId,
    name: String,
    provider: String,
    auth_type: String,
    status: IntegrationStatus,
    /// Why it is in this status.
    #[schema(required = true)]
    reason: Option<Reason>,
    /// Settings; never a secret.
    config: Value,
    /// `organization`, `member` or `candidate`.
    owner: String,
    /// Who we are at the provider.
    account: Option<String>,
    last_synced_at: Option<DateTime<Utc>>,
    next_sync_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    connected_at: Option<DateTime<Utc>>,
    /// `unknown`, `healthy`, `degraded` or `unhealthy`.
    health_status: String,
    last_health_check_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
    last_error_at: Option<DateTime<Utc>>,
    token_expires_at: Option<DateTime<Utc>>,
    /// By when a person has to connect again; missing while that is not needed.
    reconnect_by: Option<DateTime<Utc>>,
    scopes: ScopesOut,
    sync_enabled: bool,
    /// How often it syncs by itself, in seconds.
    sync_interval_seconds: i64,
    /// What the provider last said about its limit.
    quota: Option<Value>,
    throttled_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ScopesOut {
    granted: Vec<String>,
    missing: Vec<String>,
}

impl From<IntegrationRow> for IntegrationOut {
    fn from(row: IntegrationRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            provider: row.provider,
            auth_type: row.auth_type,
            status: row.status,
            reason: row.reason.map(|reason| reason.0),
            config: row.config.0,
            owner: row.owner_kind,
            account: row.account,
            last_synced_at: row.last_synced_at,
            next_sync_at: row.next_sync_at,
            last_used_at: row.last_used_at,
            connected_at: row.connected_at,
            health_status: row.health_status,
            last_health_check_at: row.last_health_check_at,
            last_error: row.last_error,
            last_error_at: row.last_error_at,
            token_expires_at: row.token_expires_at,
            reconnect_by: row.reconnect_by,
            scopes: ScopesOut { granted: row.granted_scopes.0, missing: row.missing_scopes.0 },
            sync_enabled: row.sync_enabled,
            sync_interval_seconds: row.sync_interval_s,
            quota: row.quota.map(|quota| quota.0),
            throttled_until: row.throttled_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IntegrationsQuery {
    /// Only of this provider.
    provider: Option<String>,
}

#[utoipa::path(get, path = "/integrations", tag = "Integrations", summary = "List integrations", params(IntegrationsQuery),
    responses((status = 200, body = ListOut<IntegrationOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(filter): ValidQuery<IntegrationsQuery>,
) -> Result<Json<ListOut<IntegrationOut>>, Problem> {
    let rows = query::list(&ctx, &caller, filter.provider.as_deref()).await?;
    Ok(Json(ListOut { data: rows.into_iter().map(Into::into).collect(), next_cursor: None }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IntegrationIn {
    name: Option<String>,
    provider: String,
    auth_type: Option<String>,
    config: Option<Value>,
}

#[utoipa::path(post, path = "/integrations", tag = "Integrations", summary = "Add an integration without credentials", request_body = IntegrationIn,
    responses((status = 201, body = IntegrationOut), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<IntegrationIn>,
) -> Result<(StatusCode, Json<IntegrationOut>), Problem> {
    let row = lifecycle::create(&ctx, &caller, &input.provider, input.name, input.auth_type.as_deref(), input.config).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

#[utoipa::path(get, path = "/integrations/{id}", tag = "Integrations", summary = "Show an integration", params(("id" = IntegrationId, Path)),
    responses((status = 200, body = IntegrationOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<Json<IntegrationOut>, Problem> {
    Ok(Json(query::get(&ctx, &caller, id).await?.into()))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IntegrationPatch {
    name: Option<String>,
    /// Replaces all settings.
    config: Option<Value>,
    /// `inactive` switches the connection off, `active` on again.
    status: Option<SwitchIn>,
    sync_enabled: Option<bool>,
    /// 60 to 604,800.
    sync_interval_seconds: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SwitchIn {
    Active,
    Inactive,
}

#[utoipa::path(patch, path = "/integrations/{id}", tag = "Integrations", summary = "Change an integration", params(("id" = IntegrationId, Path)),
    request_body = IntegrationPatch, responses((status = 200, body = IntegrationOut), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    ValidJson(input): ValidJson<IntegrationPatch>,
) -> Result<Json<IntegrationOut>, Problem> {
    let changes = Changes {
        name: input.name,
        config: input.config,
        enabled: input.status.map(|status| status == SwitchIn::Active),
        sync_enabled: input.sync_enabled,
        sync_interval_s: input.sync_interval_seconds,
    };
    Ok(Json(lifecycle::update(&ctx, &caller, id, changes).await?.into()))
}

#[utoipa::path(delete, path = "/integrations/{id}", tag = "Integrations", summary = "Disconnect an integration", params(("id" = IntegrationId, Path)),
    responses((status = 204), (status = 404)))]
async fn remove(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<StatusCode, Problem> {
    lifecycle::disconnect(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectIn {
    /// By the names of the provider's fields.
    credentials: BTreeMap<String, String>,
    config: Option<Value>,
    name: Option<String>,
    /// Reconnect this integration.
    integration_id: Option<IntegrationId>,
}

/// An integration that has just been connected, with what its test found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectedOut {
    success: bool,
    #[serde(flatten)]
    integration: IntegrationOut,
    test: TestOut,
}

impl ConnectedOut {
    /// An integration with what its test found.
    pub fn new(row: IntegrationRow, tested: Tested) -> Self {
        Self { success: true, integration: row.into(), test: tested.into() }
    }
}

/// What a test of a connection found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestOut {
    success: bool,
    account: Option<String>,
    permissions: Vec<PermissionOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PermissionOut {
    key: String,
    label: String,
    ok: bool,
    required: bool,
    message: Option<String>,
}

impl From<Tested> for TestOut {
    fn from(tested: Tested) -> Self {
        let permissions: Vec<PermissionOut> = tested
            .permissions
            .into_iter()
            .map(|permission| PermissionOut {
                key: permission.key,
                label: permission.label,
                ok: permission.ok,
                required: permission.required,
                message: permission.message,
            })
            .collect();
        Self { success: permissions.iter().all(|permission| permission.ok || !permission.required), account: tested.account, permissions }
    }
}

#[utoipa::path(post, path = "/integrations/{provider}/connect", tag = "Integrations", summary = "Connect a provider with credentials",
    params(("provider" = String, Path, description = "Its slug")), request_body = ConnectIn,
    responses((status = 200, body = ConnectedOut), (status = 400, description = "`invalid_credentials`: nothing was stored"), (status = 422)))]
async fn connect_provider(
    State(ctx): State<Context>,
    caller: Caller,
    Params(provider): Params<String>,
    ValidJson(input): ValidJson<ConnectIn>,
) -> Result<Json<ConnectedOut>, Problem> {
    let input = ConnectInput {
        provider,
        credentials: input.credentials.into_iter().map(|(name, value)| (name, value.into())).collect(),
        config: input.config,
        name: input.name,
        integration: input.integration_id,
    };
    let (row, tested) = connect::connect(&ctx, &caller, input).await?;
    Ok(Json(ConnectedOut::new(row, tested)))
}

#[utoipa::path(delete, path = "/integrations/{provider}/disconnect", tag = "Integrations", summary = "Disconnect a provider",
    params(("provider" = String, Path, description = "Its slug")), responses((status = 200), (status = 404)))]
async fn disconnect_provider(State(ctx): State<Context>, caller: Caller, Params(provider): Params<String>) -> Result<Json<Value>, Problem> {
    let row = lifecycle::by_provider(&ctx, &caller, &provider).await?;
    lifecycle::disconnect(&ctx, &caller, row.id).await?;
    Ok(Json(serde_json::json!({ "success": true, "message": format!("{} was disconnected.", row.name), "provider": row.provider })))
}

/// The state of one provider for this organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderStatusOut {
    provider: String,
    is_connected: bool,
    connected_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    status: Option<IntegrationStatus>,
    reason: Option<Reason>,
}

#[utoipa::path(get, path = "/integrations/status", tag = "Integrations", summary = "Show the state of every provider",
    responses((status = 200, body = BTreeMap<String, ProviderStatusOut>)))]
async fn status(State(ctx): State<Context>, caller: Caller) -> Result<Json<BTreeMap<String, ProviderStatusOut>>, Problem> {
    let rows = query::list(&ctx, &caller, None).await?;
    let states = catalogue::all().map(|entry| {
        let row = rows.iter().find(|row| row.provider == entry.slug);
        let state = ProviderStatusOut {
            provider: entry.slug.to_owned(),
            // Evidence, not a flag: the last real call worked.
            is_connected: row.is_some_and(|row| row.status == IntegrationStatus::Active),
            connected_at: row.and_then(|row| row.connected_at),
            last_used_at: row.and_then(|row| row.last_used_at),
            status: row.map(|row| row.status),
            reason: row.and_then(|row| row.reason.as_ref().map(|reason| reason.0.clone())),
        };
        (entry.slug.to_owned(), state)
    });
    Ok(Json(states.collect()))
}

#[utoipa::path(post, path = "/integrations/{id}/test", tag = "Integrations", summary = "Test an integration now", params(("id" = IntegrationId, Path)),
    responses((status = 200, body = TestOut), (status = 404), (status = 502)))]
async fn test(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<Json<TestOut>, Problem> {
    Ok(Json(lifecycle::test(&ctx, &caller, id).await?.into()))
}

/// The health of an integration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HealthOut {
    status: IntegrationStatus,
    health_status: String,
    reason: Option<Reason>,
    last_health_check_at: Option<DateTime<Utc>>,
    last_success_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
    last_error_at: Option<DateTime<Utc>>,
    /// The latest checks, newest first.
    checks: Vec<CheckOut>,
}

/// One health check.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CheckOut {
    id: crate::domain::id::HealthCheckId,
    success: bool,
    code: Option<String>,
    message: Option<String>,
    latency_ms: i64,
    /// `scheduled` or `manual`.
    kind: String,
    at: DateTime<Utc>,
}

impl From<HealthCheckRow> for CheckOut {
    fn from(row: HealthCheckRow) -> Self {
        Self {
            id: row.id,
            success: row.success,
            code: row.code,
            message: row.message,
            latency_ms: row.latency_ms,
            kind: row.kind,
            at: row.at,
        }
    }
}

#[utoipa::path(get, path = "/integrations/{id}/health", tag = "Integrations", summary = "Show an integration's health", params(("id" = IntegrationId, Path)),
    responses((status = 200, body = HealthOut), (status = 404)))]
async fn show_health(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<Json<HealthOut>, Problem> {
    let (row, checks) = health::history(&ctx, &caller, id, 100).await?;
    Ok(Json(HealthOut {
        status: row.status,
        health_status: row.health_status,
        reason: row.reason.map(|reason| reason.0),
        last_health_check_at: row.last_health_check_at,
        last_success_at: row.last_success_at,
        last_error: row.last_error,
        last_error_at: row.last_error_at,
        checks: checks.into_iter().map(Into::into).collect(),
    }))
}

#[utoipa::path(post, path = "/integrations/{id}/health/check", tag = "Integrations", summary = "Check an integration's health now", params(("id" = IntegrationId, Path)),
    responses((status = 200, body = CheckOut), (status = 404)))]
async fn check_health(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<Json<CheckOut>, Problem> {
    Ok(Json(health::check(&ctx, &caller, id).await?.into()))
}

/// Something that was done with an integration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityOut {
    id: crate::domain::id::ActivityId,
    /// What, e.g. `integration.connect`.
    r#type: String,
    success: bool,
    message: String,
    duration_ms: Option<i64>,
    actor: ActorOut,
    at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ActorOut {
    kind: String,
    name: String,
}

#[utoipa::path(get, path = "/integrations/{id}/activity", tag = "Integrations", summary = "List what was done with an integration",
    params(("id" = IntegrationId, Path), ListQuery), responses((status = 200, body = ListOut<ActivityOut>), (status = 404)))]
async fn show_activity(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    page: ListQuery,
) -> Result<Json<ListOut<ActivityOut>>, Problem> {
    query::get(&ctx, &caller, id).await?;
    let entries = activity::list_of_integration(&ctx, &caller, id, page.page()).await?;
    Ok(Json(
        entries
            .map(|row| ActivityOut {
                id: row.id,
                r#type: row.action,
                success: row.success,
                message: row.message,
                duration_ms: row.duration_ms,
                actor: ActorOut { kind: row.actor_kind, name: row.actor_name },
                at: row.at,
            })
            .into(),
    ))
}
