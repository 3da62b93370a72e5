//! The outermost layer: request id, log span, numbers for `/metrics`.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::address::{self, ClientAddress};
use crate::server::request::{self, Current, RequestId};
use crate::server::state::AppState;

/// Gives the request an id (answered as `X-Request-Id`), a span and its place in the numbers.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = state.context.clock.new_id();
    let current = Current { id, is_program: request::is_program_path(request.uri().path()) };
    let address = address::of(&request, &state.settings.trusted_proxies);
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(ClientAddress(address));
    let method = method_name(request.method());
    let route: Arc<str> = request.extensions().get::<MatchedPath>().map_or_else(|| "none".into(), |path| path.as_str().into());
    let span = tracing::info_span!("request", request.id = %id, http.method = method, http.route = &*route);
    let mut response = request::scope(current, next.run(request).instrument(span.clone())).await;
    let elapsed = started.elapsed();
    let status = response.status();
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(http.status = status.as_u16(), duration_ms, "answered"));
    metrics::counter!("hirewire_http_requests_total", "method" => method, "route" => Arc::clone(&route), "status" => status_name(status.as_u16()))
        .increment(1);
    metrics::histogram!("hirewire_http_request_duration_seconds", "route" => route).record(elapsed.as_secs_f64());
    let value = HeaderValue::from_str(id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer())).expect("a UUID is plain ASCII");
    response.headers_mut().insert("x-request-id", value);
    response
}

/// A closed set: a stranger's made-up methods must not become label values.
fn method_name(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

const fn status_name(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
