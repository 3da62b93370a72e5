//! REST v1: one file per resource, assembled here. The OpenAPI document is generated from the handlers.

use std::collections::HashSet;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::state::AppState;

pub mod api_keys;
pub mod applications;
pub mod audit_log;
pub mod candidates;
pub mod chat_rules;
pub mod dead_letters;
pub mod docs;
pub mod ids;
pub mod inbound_events;
pub mod integrations;
pub mod interviews;
pub mod invitations;
pub mod jobs;
pub mod json;
pub mod list;
pub mod mapping;
pub mod members;
pub mod messages;
pub mod notifications;
pub mod oauth;
pub mod offers;
pub mod organization;
pub mod providers;
pub mod record;
pub mod sessions;
pub mod sync;
pub mod webhook_partners;
pub mod webhooks;
pub mod writes;

pub use ids::Params;
pub use json::{OptionalJson, ValidJson, ValidQuery};
pub use list::{ListOut, ListQuery};

/// Where the API lives.
pub const PREFIX: &str = "/api/v1";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hirewire",
        description = "The integration hub's API. Every operation is scoped to the organization of the API key or session. Errors are RFC 9457 problem bodies with a stable `code`."
    ),
    components(schemas(super::problem::ProblemOut)),
    security(("api_key" = [])),
)]
struct Document;

/// Every resource. A resource registers itself with one `.merge(its::routes())`.
fn resources() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(providers::routes())
        .merge(integrations::routes())
        .merge(oauth::routes())
        .merge(chat_rules::routes())
        .merge(mapping::routes())
        .merge(sync::routes())
        .merge(webhooks::routes())
        .merge(jobs::routes())
        .merge(candidates::routes())
        .merge(applications::routes())
        .merge(interviews::routes())
        .merge(offers::routes())
        .merge(messages::routes())
        .merge(api_keys::routes())
        .merge(audit_log::routes())
        .merge(invitations::routes())
        .merge(members::routes())
        .merge(notifications::routes())
        .merge(organization::routes())
        .merge(sessions::routes())
        .merge(writes::routes())
        .merge(inbound_events::routes())
        .merge(dead_letters::routes())
        .merge(super::hooks::routes())
}

fn assemble() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("hw_...")
        .description(Some("An API key. The session cookie of a signed-in browser is accepted too."))
        .build();
    document.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(scheme));
    let (router, mut document) = OpenApiRouter::with_openapi(document).nest(PREFIX, resources()).split_for_parts();
    complete(&mut document);
    (router, document)
}

/// Adds what every operation has: a name of its own (handlers in different files share theirs) and the problem body.
fn complete(document: &mut utoipa::openapi::OpenApi) {
    let problem = ResponseBuilder::new()
        .description("The call failed; `code` says why.")
        .content(super::problem::CONTENT_TYPE, ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build())
        .build();
    let mut taken = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            let tag = operation.tags.iter().flatten().next().map(String::as_str).unwrap_or_default();
            let handler = operation.operation_id.as_deref().unwrap_or_default();
            let mut id = identifier(&format!("{tag} {handler}"));
            if !taken.insert(id.clone()) {
                id = identifier(&format!("{method} {}", path.trim_start_matches(PREFIX)));
                taken.insert(id.clone());
            }
            operation.operation_id = Some(id);
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| problem.clone().into());
        }
    }
}

/// Words joined by underscores, in lower case.
fn identifier(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

/// The API's routes, the OpenAPI document among them.
pub fn router(_state: &AppState) -> Router<AppState> {
    assemble().0.route("/api/v1/openapi.json", get(openapi)).route("/docs/api", get(docs::api)).route("/docs/problems", get(docs::problems))
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    assemble().1
}

/// The OpenAPI document as it is sent.
pub fn document_json() -> Bytes {
    Bytes::from(serde_json::to_vec(&document()).expect("the document is plain data"))
}

async fn openapi(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], state.openapi.clone())
}
