//! Failures that no handler answered: panics, time-outs, and what the web framework refuses by itself, each in the product's form.

use std::any::Any;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::problem::{self, Problem};
use crate::server::state::AppState;
use crate::server::{pages, request};

/// Answers 503 to a request that takes too long. Only the answer's head is timed, so a stream may stay open.
pub async fn time_out(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(state.settings.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => answer(Fault::new(ErrorCode::Unavailable, "This took too long and was stopped. Try again in a moment.")),
    }
}

/// Turns a refusal of the framework (wrong method, unreadable parameter, panic's aftermath) into a problem body or a page.
pub async fn shape(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_shaped(response.headers()) {
        return response;
    }
    let is_program = request::current().is_some_and(|current| current.is_program);
    let is_empty = response.body().size_hint().exact() == Some(0);
    if !is_program && !is_empty {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut shaped = answer(Fault::new(code(status), sentence(status, text.trim())));
    if code(status).status() != status.as_u16() {
        *shaped.status_mut() = status;
    }
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        shaped.headers_mut().insert(header::ALLOW, allow.clone());
    }
    shaped
}

/// What a handler's panic is answered with. The panic hook has logged it by then.
pub fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("the handler stopped unexpectedly");
    answer(Fault::new(ErrorCode::Internal, "Something went wrong on our side."))
}

/// A failure outside of any page: a problem body for programs, a plain page for people.
pub fn answer(fault: Fault) -> Response {
    match request::current() {
        Some(current) if !current.is_program => {
            fault.log();
            pages::error_page(&fault)
        }
        _ => Problem(fault).into_response(),
    }
}

fn is_shaped(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(problem::CONTENT_TYPE.as_bytes()) || kind.starts_with(b"application/json") || kind.starts_with(b"text/html")
    })
}

const fn code(status: StatusCode) -> ErrorCode {
    match status.as_u16() {
        400 => ErrorCode::MalformedBody,
        401 => ErrorCode::Unauthenticated,
        403 => ErrorCode::Forbidden,
        404 => ErrorCode::NotFound,
        405 => ErrorCode::MethodNotAllowed,
        409 => ErrorCode::Conflict,
        413 => ErrorCode::BodyTooLarge,
        415 => ErrorCode::UnsupportedMediaType,
        429 => ErrorCode::RateLimited,
        502..=504 => ErrorCode::Unavailable,
        500.. => ErrorCode::Internal,
        _ => ErrorCode::Invalid,
    }
}

fn sentence(status: StatusCode, text: &str) -> String {
    match status.as_u16() {
        404 => "There is nothing at this address.".to_owned(),
        405 => "This address does not take this method; the Allow header names those it takes.".to_owned(),
        400 | 415 | 422 if !text.is_empty() => {
            let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
            if text.ends_with('.') { text } else { format!("{text}.") }
        }
        _ => format!("{}.", code(status).title()),
    }
}
