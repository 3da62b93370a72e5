//! Webhooks that came in from providers.

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
use uuid::Uuid;

use super::ids::Params;
use super::json::{ValidJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{InboundEventId, IntegrationId};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::inbound_event::{InboundEventFilter, InboundEventRow};
use crate::webhooks::inbound;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(replay))
        .routes(routes!(overview))
        .routes(routes!(set_key))
}

/// A webhook that a provider sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboundEventOut {
    id: InboundEventId,
    integration_id: Option<IntegrationId>,
    provider: String,
    /// The provider's own id of it.
    external_id: Option<String>,
    /// The provider's name of the event.
    event: Option<String>,
    /// `verified`, `hint` (nothing is proven; only read again), `no_key`, `missing`, `stale`, `forged` or `unrouted`.
    verdict: String,
    /// `received`, `processed`, `ignored`, `failed`, `quarantined` (no key to check it with yet), `rejected` or `duplicate`.
    state: String,
    attempts: i64,
    /// What was made of it.
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Option<Value>,
    error: Option<String>,
    body_bytes: usize,
    trace_id: Uuid,
    received_at: DateTime<Utc>,
    processed_at: Option<DateTime<Utc>>,
}

impl From<InboundEventRow> for InboundEventOut {
    fn from(row: InboundEventRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            provider: row.provider,
            external_id: row.external_id,
            event: row.event_name,
            verdict: row.verdict,
            state: row.state,
            attempts: row.attempts,
            changes: row.changes.map(|changes| changes.0),
            error: row.error,
            body_bytes: row.body.len(),
            trace_id: row.trace_id,
            received_at: row.received_at,
            processed_at: row.processed_at,
        }
    }
}

/// A webhook that a provider sent, with what came. Secrets in it are hidden.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboundEventDetailOut {
    #[serde(flatten)]
    event: InboundEventOut,
    /// The path it came to.
    path: Option<String>,
    headers: Vec<HeaderOut>,
    /// The body, JSON set out; nothing if it is no text. A refused one is cut to its first 16 kB.
    body: Option<String>,
}

/// A header.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeaderOut {
    name: String,
    value: String,
}

impl From<InboundEventRow> for InboundEventDetailOut {
    fn from(row: InboundEventRow) -> Self {
        let headers = inbound::shown_headers(&row).into_iter().map(|(name, value)| HeaderOut { name, value }).collect();
        Self { path: inbound::path(&row).map(str::to_owned), headers, body: inbound::shown_body(&row), event: row.into() }
    }
}

/// How receiving webhooks goes for an integration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboundOut {
    /// The address to enter at the provider.
    url: String,
    /// The address for an app that all connections share.
    shared_url: Option<String>,
    has_key: bool,
    last_received_at: Option<DateTime<Utc>>,
    /// Kept messages by state.
    states: BTreeMap<String, i64>,
    /// Messages refused, or that came twice, in the last 30 days, by why.
    counts: BTreeMap<String, i64>,
    /// Messages of this provider in the last 30 days that named no connection.
    unrouted: i64,
    channels: Vec<ChannelOut>,
}

/// A channel that ends by itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelOut {
    id: Uuid,
    resource: String,
    /// `opening`, `open`, `closing` or `lapsed`.
    state: String,
    external_id: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    renew_at: DateTime<Utc>,
    failures: i64,
    error: Option<String>,
}

impl From<inbound::Overview> for InboundOut {
    fn from(overview: inbound::Overview) -> Self {
        Self {
            url: overview.url,
            shared_url: overview.shared_url,
            has_key: overview.has_key,
            last_received_at: overview.last_received_at,
            states: overview.states.into_iter().collect(),
            counts: overview.counts.into_iter().collect(),
            unrouted: overview.unrouted,
            channels: overview
                .channels
                .into_iter()
                .map(|channel| ChannelOut {
                    id: channel.id,
                    resource: channel.resource,
                    state: channel.state,
                    external_id: channel.external_id,
                    expires_at: channel.expires_at,
                    renew_at: channel.renew_at,
                    failures: channel.failures,
                    error: channel.error,
                })
                .collect(),
        }
    }
}

/// The key that a provider's webhooks are checked with.
#[derive(Deserialize, ToSchema)]
struct WebhookKeyIn {
    /// 1 to 1,024 characters. Stored encrypted, never shown.
    key: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct InboundEventsQuery {
    /// Only from this provider.
    provider: Option<String>,
    /// Only in this state.
    state: Option<String>,
    /// Only with this verdict.
    verdict: Option<String>,
    /// Only of this event, by the provider's name of it.
    event: Option<String>,
    /// Only for this integration.
    #[serde(alias = "integration")]
    integration_id: Option<IntegrationId>,
}

#[utoipa::path(get, path = "/inbound-events", tag = "Webhooks in", summary = "List webhooks that came in", params(InboundEventsQuery, ListQuery),
    responses((status = 200, body = ListOut<InboundEventOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<InboundEventsQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<InboundEventOut>>, Problem> {
    let filter = InboundEventFilter {
        provider: query.provider,
        state: query.state,
        integration: query.integration_id,
        verdict: query.verdict,
        event: query.event,
    };
    Ok(Json(inbound::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/inbound-events/{id}", tag = "Webhooks in", summary = "Show a webhook that came in", params(("id" = InboundEventId, Path)),
    responses((status = 200, body = InboundEventDetailOut), (status = 404)))]
async fn get(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<InboundEventId>,
) -> Result<Json<InboundEventDetailOut>, Problem> {
    Ok(Json(inbound::get(&ctx, &caller, id).await?.into()))
}

#[utoipa::path(post, path = "/inbound-events/{id}/replay", tag = "Webhooks in", summary = "Deal with a webhook once more", params(("id" = InboundEventId, Path)),
    responses((status = 202, body = InboundEventOut), (status = 404), (status = 409)))]
async fn replay(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<InboundEventId>,
) -> Result<(StatusCode, Json<InboundEventOut>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(inbound::replay(&ctx, &caller, id).await?.into())))
}

#[utoipa::path(get, path = "/integrations/{id}/inbound", tag = "Webhooks in", summary = "Show how receiving webhooks goes for an integration",
    params(("id" = IntegrationId, Path)), responses((status = 200, body = InboundOut), (status = 404), (status = 409, description = "The provider sends no webhooks")))]
async fn overview(State(ctx): State<Context>, caller: Caller, Params(id): Params<IntegrationId>) -> Result<Json<InboundOut>, Problem> {
    Ok(Json(inbound::overview(&ctx, &caller, id).await?.into()))
}

#[utoipa::path(put, path = "/integrations/{id}/webhook-key", tag = "Webhooks in", summary = "Enter the key that an integration's webhooks are checked with",
    description = "The key before it counts for two days yet. What waited for a key is checked over the bytes that came.",
    params(("id" = IntegrationId, Path)), request_body = WebhookKeyIn, responses((status = 204), (status = 404), (status = 422)))]
async fn set_key(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    ValidJson(body): ValidJson<WebhookKeyIn>,
) -> Result<StatusCode, Problem> {
    inbound::set_key(&ctx, &caller, id, body.key.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
