//! Work that gave up and waits for a person.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::ids::Params;
use super::json::{OptionalJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{DeadLetterId, IntegrationId};
use crate::operations::dead_letters;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::dead_letter::{DeadLetterFilter, DeadLetterRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, discard)).routes(routes!(retry)).routes(routes!(retry_matching))
}

/// Something that gave up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterOut {
    id: DeadLetterId,
    integration_id: Option<IntegrationId>,
    /// `sync`, `record`, `write`, `inbound` or `delivery`.
    source: String,
    /// The kind of record, if it is about one.
    object: Option<String>,
    external_id: Option<String>,
    local_id: Option<Uuid>,
    code: String,
    message: String,
    attempts: i64,
    /// `open`, `retried` or `discarded`.
    state: String,
    trace_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<String>,
}

impl From<DeadLetterRow> for DeadLetterOut {
    fn from(row: DeadLetterRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            source: row.source,
            object: row.object,
            external_id: row.external_id,
            local_id: row.local_id,
            code: row.code,
            message: row.message,
            attempts: row.attempts,
            state: row.state,
            trace_id: row.trace_id,
            created_at: row.created_at,
            resolved_at: row.resolved_at,
            resolved_by: row.resolved_by,
        }
    }
}

#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
struct DeadLettersFilterIn {
    /// Only of this integration.
    integration_id: Option<IntegrationId>,
    /// Only of this source.
    source: Option<String>,
    /// Only with this reason code.
    code: Option<String>,
    /// Only about this kind of record.
    object: Option<String>,
    /// Only in this state; `open` if not given.
    state: Option<String>,
}

impl From<DeadLettersFilterIn> for DeadLetterFilter {
    fn from(input: DeadLettersFilterIn) -> Self {
        Self { integration: input.integration_id, source: input.source, code: input.code, object: input.object, state: input.state }
    }
}

#[utoipa::path(get, path = "/dead-letters", tag = "Dead letters", summary = "List what gave up", params(DeadLettersFilterIn, ListQuery),
    responses((status = 200, body = ListOut<DeadLetterOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(filter): ValidQuery<DeadLettersFilterIn>,
    page: ListQuery,
) -> Result<Json<ListOut<DeadLetterOut>>, Problem> {
    Ok(Json(dead_letters::list(&ctx, &caller, &filter.into(), page.page()).await?.into()))
}

#[utoipa::path(get, path = "/dead-letters/{id}", tag = "Dead letters", summary = "Show one", params(("id" = DeadLetterId, Path)),
    responses((status = 200, body = DeadLetterOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<DeadLetterId>) -> Result<Json<DeadLetterOut>, Problem> {
    Ok(Json(dead_letters::get(&ctx, &caller, id).await?.into()))
}

#[utoipa::path(post, path = "/dead-letters/{id}/retry", tag = "Dead letters", summary = "Try one again", params(("id" = DeadLetterId, Path)),
    responses((status = 202, body = DeadLetterOut), (status = 404), (status = 409), (status = 422)))]
async fn retry(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<DeadLetterId>,
) -> Result<(StatusCode, Json<DeadLetterOut>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(dead_letters::retry(&ctx, &caller, id).await?.into())))
}

#[utoipa::path(delete, path = "/dead-letters/{id}", tag = "Dead letters", summary = "Discard one", params(("id" = DeadLetterId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
async fn discard(State(ctx): State<Context>, caller: Caller, Params(id): Params<DeadLetterId>) -> Result<StatusCode, Problem> {
    dead_letters::discard(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of many.
#[derive(Debug, Serialize, ToSchema)]
struct RetriedOut {
    /// Tried again.
    retried: usize,
    /// Could not be tried again, or gave up at once.
    failed: usize,
    /// Whether more match than one call takes.
    more: bool,
}

#[utoipa::path(post, path = "/dead-letters/retry", tag = "Dead letters", summary = "Try many again", request_body = DeadLettersFilterIn,
    responses((status = 202, body = RetriedOut)))]
async fn retry_matching(
    State(ctx): State<Context>,
    caller: Caller,
    OptionalJson(filter): OptionalJson<DeadLettersFilterIn>,
) -> Result<(StatusCode, Json<RetriedOut>), Problem> {
    let retried = dead_letters::retry_matching(&ctx, &caller, &filter.into()).await?;
    Ok((StatusCode::ACCEPTED, Json(RetriedOut { retried: retried.retried, failed: retried.failed, more: retried.more })))
}
