//! Webhooks that came in from providers.

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
use super::json::ValidQuery;
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(replay))
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
    /// `verified`, `no_key`, `missing`, `forged` or `unrouted`.
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct InboundEventsQuery {
    /// Only from this provider.
    provider: Option<String>,
    /// Only in this state.
    state: Option<String>,
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
    let filter = InboundEventFilter { provider: query.provider, state: query.state, integration: query.integration_id };
    Ok(Json(inbound::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/inbound-events/{id}", tag = "Webhooks in", summary = "Show a webhook that came in", params(("id" = InboundEventId, Path)),
    responses((status = 200, body = InboundEventOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<InboundEventId>) -> Result<Json<InboundEventOut>, Problem> {
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
