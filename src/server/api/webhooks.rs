//! Webhook subscriptions, their logs, and publishing events.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::ids::Params;
use super::json::{OptionalJson, ValidJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{CandidateId, DeliveryId, EventId, JobId, WebhookId};
use crate::domain::role::Scope;
use crate::domain::status::DeliveryState;
use crate::server::hooks;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::delivery::attempt::AttemptFilter;
use crate::webhooks::outbound::catalogue::{self, EventInfo};
use crate::webhooks::outbound::log::{self, Attempt, AttemptWithBody};
use crate::webhooks::outbound::publish::{Accepted, publish};
use crate::webhooks::outbound::replay::{ReplayIn, Replayed, replay};
use crate::webhooks::outbound::stats::{self, Stats};
use crate::webhooks::outbound::subscriptions::{self, RotateIn, Webhook, WebhookIn, WebhookWithSecret};
use crate::webhooks::outbound::trial::{self, FilterTestIn, FilterTested, TestIn, Tested};

/// How long a test waits for the receiver's answer before it points to the log.
const TEST_WAIT: Duration = Duration::from_secs(10);

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, remove))
        .routes(routes!(test))
        .routes(routes!(rotate_secret))
        .routes(routes!(replay_deliveries))
        .routes(routes!(enable))
        .routes(routes!(logs))
        .routes(routes!(one_log))
        .routes(routes!(show_stats))
        .routes(routes!(events))
        .routes(routes!(publish_event))
        .routes(routes!(test_filter))
        .merge(super::webhook_partners::routes())
}

#[utoipa::path(get, path = "/integrations/webhooks", tag = "Webhooks", summary = "List subscriptions", params(ListQuery),
    responses((status = 200, body = ListOut<Webhook>)))]
async fn list(State(ctx): State<Context>, caller: Caller, page: ListQuery) -> Result<Json<ListOut<Webhook>>, Problem> {
    Ok(Json(subscriptions::list(&ctx, &caller, page.page()).await?.into()))
}

#[utoipa::path(post, path = "/integrations/webhooks", tag = "Webhooks", summary = "Create a subscription", request_body = WebhookIn,
    responses((status = 201, body = WebhookWithSecret, description = "The secret is only in this answer"), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<WebhookIn>,
) -> Result<(StatusCode, Json<WebhookWithSecret>), Problem> {
    Ok((StatusCode::CREATED, Json(subscriptions::create(&ctx, &caller, &input).await?)))
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}", tag = "Webhooks", summary = "Show a subscription", params(("id" = WebhookId, Path)),
    responses((status = 200, body = Webhook), (status = 404)))]
async fn get(
    State(ctx): State<Context>,
    Params(id): Params<String>,
    caller: Result<Caller, Problem>,
    request: Request,
) -> Result<Response, Problem> {
    // A provider stands here where it says hello to the address it sends its own webhooks to.
    let Ok(id) = id.parse::<WebhookId>() else { return hooks::take(&ctx, Some(id), None, request).await };
    Ok(Json(subscriptions::get(&ctx, &caller?, id).await?).into_response())
}

#[utoipa::path(patch, path = "/integrations/webhooks/{id}", tag = "Webhooks", summary = "Change a subscription", params(("id" = WebhookId, Path)),
    request_body = WebhookIn, responses((status = 200, body = Webhook), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    ValidJson(input): ValidJson<WebhookIn>,
) -> Result<Json<Webhook>, Problem> {
    Ok(Json(subscriptions::patch(&ctx, &caller, id, &input).await?))
}

#[utoipa::path(delete, path = "/integrations/webhooks/{id}", tag = "Webhooks", summary = "Delete a subscription with its log", params(("id" = WebhookId, Path)),
    responses((status = 204), (status = 404)))]
async fn remove(State(ctx): State<Context>, caller: Caller, Params(id): Params<WebhookId>) -> Result<StatusCode, Problem> {
    subscriptions::delete(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/test", tag = "Webhooks", summary = "Send a test event", params(("id" = WebhookId, Path)),
    request_body = TestIn, responses((status = 200, body = Tested), (status = 404), (status = 409)))]
async fn test(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    OptionalJson(input): OptionalJson<TestIn>,
) -> Result<Json<Tested>, Problem> {
    Ok(Json(trial::test(&ctx, &caller, id, &input, TEST_WAIT).await?))
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/rotate-secret", tag = "Webhooks", summary = "Change the secret", params(("id" = WebhookId, Path)),
    request_body = RotateIn, responses((status = 200, body = WebhookWithSecret, description = "The secret is only in this answer"), (status = 404)))]
async fn rotate_secret(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    OptionalJson(input): OptionalJson<RotateIn>,
) -> Result<Json<WebhookWithSecret>, Problem> {
    Ok(Json(subscriptions::rotate_secret(&ctx, &caller, id, &input).await?))
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/replay", tag = "Webhooks", summary = "Send deliveries again", params(("id" = WebhookId, Path)),
    request_body = ReplayIn, responses((status = 202, body = Replayed), (status = 404), (status = 409)))]
async fn replay_deliveries(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    ValidJson(input): ValidJson<ReplayIn>,
) -> Result<(StatusCode, Json<Replayed>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(replay(&ctx, &caller, id, &input).await?)))
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/enable", tag = "Webhooks", summary = "Switch a subscription on", params(("id" = WebhookId, Path)),
    responses((status = 200, body = Webhook), (status = 404)))]
async fn enable(State(ctx): State<Context>, caller: Caller, Params(id): Params<WebhookId>) -> Result<Json<Webhook>, Problem> {
    Ok(Json(subscriptions::enable(&ctx, &caller, id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct LogsQuery {
    /// Only tries in this state.
    state: Option<DeliveryState>,
    /// Only of events under this name.
    event: Option<String>,
    /// Only of this event.
    event_id: Option<EventId>,
    /// Only of this delivery.
    delivery_id: Option<DeliveryId>,
    /// Only with this status code of the answer.
    status_code: Option<i64>,
    /// Only of events about this candidate.
    candidate_id: Option<CandidateId>,
    /// Only of events about this job.
    job_id: Option<JobId>,
    /// Only from then on.
    since: Option<DateTime<Utc>>,
    /// Only up to then.
    until: Option<DateTime<Utc>>,
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}/logs", tag = "Webhooks", summary = "List tries", params(("id" = WebhookId, Path), LogsQuery, ListQuery),
    responses((status = 200, body = ListOut<Attempt>), (status = 404)))]
async fn logs(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    ValidQuery(query): ValidQuery<LogsQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<Attempt>>, Problem> {
    let filter = AttemptFilter {
        state: query.state,
        event_name: query.event,
        event: query.event_id,
        delivery: query.delivery_id,
        status_code: query.status_code,
        candidate: query.candidate_id,
        job: query.job_id,
        since: query.since,
        until: query.until,
    };
    Ok(Json(log::list(&ctx, &caller, id, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}/logs/{attempt}", tag = "Webhooks", summary = "Show a try with what was sent",
    params(("id" = WebhookId, Path), ("attempt" = Uuid, Path)), responses((status = 200, body = AttemptWithBody), (status = 404)))]
async fn one_log(
    State(ctx): State<Context>,
    caller: Caller,
    Params((id, attempt)): Params<(WebhookId, Uuid)>,
) -> Result<Json<AttemptWithBody>, Problem> {
    Ok(Json(log::get(&ctx, &caller, id, attempt).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatsQuery {
    /// Over how many days, 1 to 90; 30 without it.
    days: Option<u32>,
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}/stats", tag = "Webhooks", summary = "Show statistics", params(("id" = WebhookId, Path), StatsQuery),
    responses((status = 200, body = Stats), (status = 404)))]
async fn show_stats(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    ValidQuery(query): ValidQuery<StatsQuery>,
) -> Result<Json<Stats>, Problem> {
    Ok(Json(stats::stats(&ctx, &caller, id, query.days.unwrap_or(30)).await?))
}

#[utoipa::path(get, path = "/webhook-events", tag = "Webhooks", summary = "List the events with schemas and examples",
    responses((status = 200, body = ListOut<EventInfo>)))]
async fn events(caller: Caller) -> Result<Json<ListOut<EventInfo>>, Problem> {
    caller.require(Scope::WebhooksRead)?;
    Ok(Json(ListOut { data: catalogue::all(), next_cursor: None }))
}

#[utoipa::path(post, path = "/webhook-events/filter-test", tag = "Webhooks", summary = "Try a filter on an example", request_body = FilterTestIn,
    responses((status = 200, body = FilterTested), (status = 422)))]
async fn test_filter(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<FilterTestIn>,
) -> Result<Json<FilterTested>, Problem> {
    Ok(Json(trial::test_filter(&ctx, &caller, &input)?))
}

#[derive(Debug, Deserialize, ToSchema)]
struct EventIn {
    /// Its name, as in the catalogue.
    event: String,
    /// What receivers get.
    #[schema(value_type = Object)]
    data: Value,
}

#[utoipa::path(post, path = "/events", tag = "Webhooks", summary = "Publish an event", request_body = EventIn,
    responses((status = 202, body = Accepted), (status = 422)))]
async fn publish_event(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<EventIn>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(publish(&ctx, &caller, &input.event, input.data).await?)))
}
