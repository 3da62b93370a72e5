//! Where providers send their webhooks: the bytes are kept as they came, and nothing is read into them before that.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::ids::Params;
use super::api::json;
use super::problem::Problem;
use super::request;
use super::state::AppState;
use crate::context::Context;
use crate::domain::id::IntegrationId;
use crate::providers::Reply;
use crate::webhooks::inbound::{self, Incoming, Receipt};

/// The short addresses, at the root.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/hooks/{provider}", routing::get(by_slug).post(by_slug))
        .route("/hooks/{provider}/{integration}", routing::get(by_both).post(by_both))
}

/// The addresses below the API's prefix. Some share their beginning with the subscriptions of webhooks that go out: there an id
/// stands where a provider stands here.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(by_provider))
        .routes(routes!(by_provider_and_integration))
        .routes(routes!(try_address))
        .routes(routes!(by_integration))
}

/// Whether an address takes webhooks of providers.
pub fn is_hook(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/api/v1/integrations/") else { return path.starts_with("/hooks/") };
    match rest.split('/').collect::<Vec<_>>()[..] {
        ["ats", "webhook", _] => true,
        ["webhooks", provider] | ["webhooks", provider, _] => !provider.is_empty() && Uuid::parse_str(provider).is_err(),
        _ => false,
    }
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}", tag = "Webhooks in", summary = "Receive a provider's webhook that names no integration",
    params(("id" = String, Path, description = "The provider’s slug")), security(()),
    responses((status = 200, description = "It is kept, for nobody in particular"), (status = 404)))]
async fn by_provider(State(ctx): State<Context>, Params(provider): Params<String>, request: Request) -> Result<Response, Problem> {
    take(&ctx, Some(provider), None, request).await
}

#[utoipa::path(post, path = "/integrations/webhooks/{id}/{integration}", tag = "Webhooks in", summary = "Receive a provider's webhook",
    params(("id" = String, Path, description = "The provider’s slug"), ("integration" = IntegrationId, Path)), security(()),
    responses((status = 200, description = "It is kept; some providers are answered another 2xx"), (status = 401, description = "The signature does not verify"), (status = 404)))]
async fn by_provider_and_integration(
    State(ctx): State<Context>,
    Params((provider, integration)): Params<(String, IntegrationId)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&ctx, Some(provider), Some(integration), request).await
}

#[utoipa::path(get, path = "/integrations/webhooks/{id}/{integration}", tag = "Webhooks in", summary = "Answer a provider's handshake",
    params(("id" = String, Path, description = "The provider’s slug"), ("integration" = IntegrationId, Path)), security(()),
    responses((status = 200), (status = 404)))]
async fn try_address(
    State(ctx): State<Context>,
    Params((provider, integration)): Params<(String, IntegrationId)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&ctx, Some(provider), Some(integration), request).await
}

#[utoipa::path(post, path = "/integrations/ats/webhook/{integration}", tag = "Webhooks in", summary = "Receive a tracking system's webhook",
    params(("integration" = IntegrationId, Path)), security(()),
    responses((status = 200, description = "It is kept"), (status = 401, description = "The signature does not verify"), (status = 404)))]
async fn by_integration(
    State(ctx): State<Context>,
    Params(integration): Params<IntegrationId>,
    request: Request,
) -> Result<Response, Problem> {
    take(&ctx, None, Some(integration), request).await
}

async fn by_slug(State(ctx): State<Context>, Params(provider): Params<String>, request: Request) -> Result<Response, Problem> {
    take(&ctx, Some(provider), None, request).await
}

async fn by_both(
    State(ctx): State<Context>,
    Params((provider, integration)): Params<(String, IntegrationId)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&ctx, Some(provider), Some(integration), request).await
}

/// Reads the whole message and keeps it. A GET is a handshake, or somebody who tries whether the address answers.
pub(super) async fn take(
    ctx: &Context,
    provider: Option<String>,
    integration: Option<IntegrationId>,
    request: Request,
) -> Result<Response, Problem> {
    let trace = request::current().map_or_else(|| ctx.clock.new_id(), |current| current.id);
    let (parts, body) = request.into_parts();
    let body = json::read(body).await?;
    let is_message = parts.method == axum::http::Method::POST;
    let query = parts.uri.query().map(str::to_owned);
    let path = parts.uri.path().to_owned();
    let incoming = Incoming { provider, integration, path, headers: parts.headers, query, body, trace };
    if !is_message {
        return Ok(match inbound::handshake(ctx, incoming).await? {
            Some(reply) => answer(reply),
            None => (StatusCode::OK, "This address takes webhooks, sent with POST.").into_response(),
        });
    }
    let Receipt { reply, id } = inbound::receive(ctx, incoming).await?;
    let mut response = answer(reply);
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        response.headers_mut().insert("x-hirewire-event-id", id);
    }
    Ok(response)
}

fn answer(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    if reply.body.is_empty() {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, reply.content_type)], reply.body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_provider_and_an_id_a_subscription() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for path in [
            format!("/hooks/greenhouse/{id}"),
            "/api/v1/integrations/webhooks/greenhouse".to_owned(),
            format!("/api/v1/integrations/webhooks/google-calendar/{id}"),
            format!("/api/v1/integrations/ats/webhook/{id}"),
        ] {
            assert!(is_hook(&path), "{path}");
        }
        for path in [
            format!("/api/v1/integrations/webhooks/{id}"),
            format!("/api/v1/integrations/webhooks/{id}/test"),
            "/api/v1/integrations/webhooks".to_owned(),
            "/api/v1/integrations/ats".to_owned(),
            "/api/v1/jobs".to_owned(),
        ] {
            assert!(!is_hook(&path), "{path}");
        }
    }
}
