//! What reaches partners of an organization: links to one subscription, and the public keys of asymmetric signatures.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::ValidJson;
use super::list::ListOut;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{PortalLinkId, WebhookId};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::webhooks::outbound::ed25519::Jwk;
use crate::webhooks::outbound::portal::{self, LinkIn, NewLink, PortalLink};
use crate::webhooks::outbound::subscriptions;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_links, make_link)).routes(routes!(revoke_link)).routes(routes!(public_keys))
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}/partner-links", tag = "Webhooks", summary = "List the links partners have", params(("id" = WebhookId, Path)),
    responses((status = 200, body = ListOut<PortalLink>), (status = 404)))]
async fn list_links(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
) -> Result<Json<ListOut<PortalLink>>, Problem> {
    Ok(Json(ListOut { data: portal::list(&ctx, &caller, id).await?, next_cursor: None }))
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/partner-links", tag = "Webhooks", summary = "Make a link for a partner", params(("id" = WebhookId, Path)),
    request_body = LinkIn, responses((status = 201, body = NewLink, description = "The link is only in this answer"), (status = 404), (status = 422)))]
async fn make_link(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<WebhookId>,
    ValidJson(input): ValidJson<LinkIn>,
) -> Result<(StatusCode, Json<NewLink>), Problem> {
    Ok((StatusCode::CREATED, Json(portal::create(&ctx, &caller, id, &input).await?)))
}

#[utoipa::path(delete, path = "/integrations/webhooks/{id}/partner-links/{link}", tag = "Webhooks", summary = "Take a partner's link back",
    params(("id" = WebhookId, Path), ("link" = PortalLinkId, Path)), responses((status = 204), (status = 404)))]
async fn revoke_link(
    State(ctx): State<Context>,
    caller: Caller,
    Params((id, link)): Params<(WebhookId, PortalLinkId)>,
) -> Result<StatusCode, Problem> {
    portal::revoke(&ctx, &caller, id, link).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The public keys of a subscription.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeysOut {
    /// As JSON Web Keys, the one in use first.
    keys: Vec<Jwk>,
    /// The same as Standard Webhooks writes them: `whpk_` and base64.
    public_keys: Vec<String>,
}

#[utoipa::path(get, path = "/webhook-keys/{id}", tag = "Webhooks", summary = "Show the public keys of a subscription's signatures", params(("id" = WebhookId, Path)),
    description = "Needs no sign-in: receivers fetch the keys from here. While the keys rotate there are two.", security(()),
    responses((status = 200, body = KeysOut), (status = 404)))]
async fn public_keys(State(ctx): State<Context>, Params(id): Params<WebhookId>) -> Result<Json<KeysOut>, Problem> {
    let keys = subscriptions::public_keys(&ctx, id).await?;
    Ok(Json(KeysOut {
        keys: keys.iter().map(|(_, jwk)| jwk.clone()).collect(),
        public_keys: keys.into_iter().map(|(text, _)| text).collect(),
    }))
}
