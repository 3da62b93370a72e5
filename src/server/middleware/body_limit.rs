//! No body may be larger than allowed, whoever reads it.

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::Limited;

use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::hooks;
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// Refuses a body whose length is announced as too large, and cuts off one that turns out to be.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limit = if hooks::is_hook(request.uri().path()) { state.settings.hook_body_bytes } else { state.settings.body_bytes };
    if request.body().size_hint().lower() > limit as u64 {
        return too_large(limit).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}

/// The answer to a body that is too large.
pub fn too_large(limit: usize) -> Problem {
    Problem(Fault::new(
        ErrorCode::BodyTooLarge,
        format!("The body is larger than {} KiB, which is the most this address takes.", limit / 1024),
    ))
}
