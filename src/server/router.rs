//! Every route in one place, and what happens around each.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::middleware::{body_limit, errors, features, headers, idempotency, rate_limit, trace};
use super::state::{AppState, Settings};
use super::{api, assets, auth, health, hooks, oauth, pages};

/// The whole server: what a listener serves and what tests call in process.
pub fn router(state: AppState) -> Router {
    let api = api::router(&state).layer(cors(&state.settings));
    // From the outside in. A layer sees what the layers above it added to the request.
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), trace::layer))
        .layer(from_fn_with_state(state.clone(), headers::layer))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(from_fn_with_state(state.clone(), errors::time_out))
        .layer(from_fn(errors::shape))
        .layer(from_fn_with_state(state.clone(), rate_limit::layer))
        .layer(from_fn_with_state(state.clone(), body_limit::layer))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(state.clone(), features::layer))
        .layer(from_fn_with_state(state.clone(), auth::csrf::layer))
        .layer(auth::sessions(&state))
        .layer(from_fn_with_state(state.clone(), auth::resolve::layer))
        .layer(from_fn_with_state(state.clone(), idempotency::layer));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .merge(api)
        .merge(hooks::router())
        .merge(oauth::router())
        .merge(auth::preferences::routes())
        .merge(pages::router(&state))
        .fallback(assets::fallback)
        .layer(around)
        .with_state(state)
}

/// Only the configured origins' pages may call the API from a browser; with none configured, no page may.
fn cors(settings: &Settings) -> CorsLayer {
    let origins: Vec<HeaderValue> = settings.allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("idempotency-key")])
        .expose_headers(
            ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "idempotent-replayed", "location"]
                .map(HeaderName::from_static),
        )
        .max_age(std::time::Duration::from_secs(600))
}
