//! Sync runs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::{OptionalJson, ValidJson};
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{IntegrationId, RunId};
use crate::domain::status::RunState;
use crate::integrations::lifecycle;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::sync::{RunRow, SyncErrorRow};
use crate::sync::{self, RunKind};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(start_by_provider))
        .routes(routes!(start))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(errors))
        .routes(routes!(cancel))
}

/// A sync run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncRunOut {
    id: RunId,
    integration_id: IntegrationId,
    /// `incremental`, `full` or `reconcile`.
    kind: String,
    /// `manual`, `schedule`, `connect` or `catch_up`.
    cause: String,
    state: RunState,
    since: Option<DateTime<Utc>>,
    /// The kind of record it is at.
    object: Option<String>,
    progress: ProgressOut,
    /// The provider wants us to wait until then.
    #[schema(required = true)]
    throttled_until: Option<DateTime<Utc>>,
    /// The next try, after a failure.
    next_try_at: Option<DateTime<Utc>>,
    /// Tries of the present step.
    attempts: i64,
    #[schema(required = true)]
    error: Option<RunErrorOut>,
    /// Time spent waiting for the provider.
    http_ms: i64,
    requested_by: String,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    started_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProgressOut {
    pages: i64,
    records: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    deleted: i64,
    failed: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct RunErrorOut {
    code: String,
    message: String,
}

impl From<RunRow> for SyncRunOut {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            kind: row.kind,
            cause: row.cause,
            state: row.state,
            since: row.since,
            object: row.object,
            progress: ProgressOut {
                pages: row.pages,
                records: row.records,
                created: row.created,
                updated: row.updated,
                unchanged: row.unchanged,
                deleted: row.deleted,
                failed: row.failed,
            },
            throttled_until: row.throttled_until,
            next_try_at: row.next_try_at,
            attempts: row.attempts,
            error: row.error.map(|message| RunErrorOut { code: row.error_code.unwrap_or_else(|| "internal".to_owned()), message }),
            http_ms: row.http_ms,
            requested_by: row.requested_by,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// A run that was asked for, in the form of the integration guides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StartedOut {
    success: bool,
    message: String,
    #[serde(flatten)]
    run: SyncRunOut,
}

impl From<RunRow> for StartedOut {
    fn from(row: RunRow) -> Self {
        Self { success: true, message: "Sync job enqueued".to_owned(), run: row.into() }
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct StartIn {
    /// Only records changed since.
    since: Option<DateTime<Utc>>,
    /// `incremental` (the default), `full` or `reconcile`.
    kind: Option<String>,
}

fn kind(text: Option<&str>) -> Result<RunKind, Problem> {
    Ok(text.map_or(Ok(RunKind::Incremental), str::parse)?)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StartByProviderIn {
    provider: String,
    since: Option<DateTime<Utc>>,
    kind: Option<String>,
}

#[utoipa::path(post, path = "/integrations/sync", tag = "Sync", summary = "Sync a provider now", request_body = StartByProviderIn,
    responses((status = 202, body = StartedOut), (status = 404), (status = 409)))]
async fn start_by_provider(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<StartByProviderIn>,
) -> Result<(StatusCode, Json<StartedOut>), Problem> {
    let row = lifecycle::by_provider(&ctx, &caller, &input.provider).await?;
    let run = sync::start(&ctx, &caller, row.id, kind(input.kind.as_deref())?, input.since).await?;
    Ok((StatusCode::ACCEPTED, Json(run.into())))
}

#[utoipa::path(post, path = "/integrations/{id}/sync", tag = "Sync", summary = "Sync an integration now", params(("id" = IntegrationId, Path)),
    request_body = StartIn, responses((status = 202, body = StartedOut), (status = 404), (status = 409)))]
async fn start(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    OptionalJson(input): OptionalJson<StartIn>,
) -> Result<(StatusCode, Json<StartedOut>), Problem> {
    let run = sync::start(&ctx, &caller, id, kind(input.kind.as_deref())?, input.since).await?;
    Ok((StatusCode::ACCEPTED, Json(run.into())))
}

#[utoipa::path(get, path = "/integrations/{id}/runs", tag = "Sync", summary = "List an integration's runs", params(("id" = IntegrationId, Path), ListQuery),
    responses((status = 200, body = ListOut<SyncRunOut>), (status = 404)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    page: ListQuery,
) -> Result<Json<ListOut<SyncRunOut>>, Problem> {
    Ok(Json(sync::list(&ctx, &caller, Some(id), page.page()).await?.into()))
}

#[utoipa::path(get, path = "/sync-runs/{id}", tag = "Sync", summary = "Show a run", params(("id" = RunId, Path)),
    responses((status = 200, body = SyncRunOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<RunId>) -> Result<Json<SyncRunOut>, Problem> {
    Ok(Json(sync::get(&ctx, &caller, id).await?.into()))
}

/// A record a run could not take.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SyncErrorOut {
    object: String,
    external_id: Option<String>,
    code: String,
    message: String,
    at: DateTime<Utc>,
}

impl From<SyncErrorRow> for SyncErrorOut {
    fn from(row: SyncErrorRow) -> Self {
        Self { object: row.object, external_id: row.external_id, code: row.code, message: row.message, at: row.at }
    }
}

#[utoipa::path(get, path = "/sync-runs/{id}/errors", tag = "Sync", summary = "List the records a run could not take", params(("id" = RunId, Path)),
    responses((status = 200, body = ListOut<SyncErrorOut>), (status = 404)))]
async fn errors(State(ctx): State<Context>, caller: Caller, Params(id): Params<RunId>) -> Result<Json<ListOut<SyncErrorOut>>, Problem> {
    let rows = sync::errors(&ctx, &caller, id).await?;
    Ok(Json(ListOut { data: rows.into_iter().map(Into::into).collect(), next_cursor: None }))
}

#[utoipa::path(post, path = "/sync-runs/{id}/cancel", tag = "Sync", summary = "Stop a run", params(("id" = RunId, Path)),
    responses((status = 202, body = SyncRunOut), (status = 404), (status = 409)))]
async fn cancel(State(ctx): State<Context>, caller: Caller, Params(id): Params<RunId>) -> Result<(StatusCode, Json<SyncRunOut>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(sync::cancel(&ctx, &caller, id).await?.into())))
}
