//! Problem bodies: a [`Fault`] as `application/problem+json`.
//!
//! Source: RFC 9457, <https://www.rfc-editor.org/rfc/rfc9457>.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::request;
use crate::domain::error::{ErrorCode, FieldError};
use crate::fault::Fault;

/// The content type of a problem body.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A failed request. Answering with it writes the cause to the log, once.
#[derive(Debug)]
pub struct Problem(pub Fault);

/// Result of a handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// The body of every failed answer (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemOut {
    /// Where this kind of failure is described, relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/docs/problems#not_found")]
    pub kind: String,
    /// The kind of failure, the same for every occurrence.
    #[schema(example = "Not found")]
    pub title: String,
    /// The HTTP status, repeated.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened this time, why, and what to do.
    #[schema(example = "There is no such job.")]
    pub detail: String,
    /// This occurrence: its last part is the request id, which the server's log carries too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/requests/01890a5d-ac96-774b-bcce-b302099a8057")]
    pub instance: Option<String>,
    /// The stable name of the failure.
    #[schema(example = "not_found")]
    pub code: String,
    /// The wrong fields, each with a JSON pointer.
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem with the code's own title as its sentence.
    pub fn plain(code: ErrorCode) -> Self {
        Self(Fault::new(code, format!("{}.", code.title())))
    }

    /// The body this problem answers with.
    pub fn body(&self) -> ProblemOut {
        let fault = &self.0;
        let current = request::current();
        let detail = match (fault.code, current) {
            (ErrorCode::Internal, Some(current)) => {
                format!("Something went wrong on our side. The server's log says more under request {}.", current.id)
            }
            (ErrorCode::Internal, None) => "Something went wrong on our side.".to_owned(),
            _ => fault.detail.clone(),
        };
        ProblemOut {
            kind: format!("/docs/problems#{}", fault.code.as_str()),
            title: fault.code.title().to_owned(),
            status: fault.code.status(),
            detail,
            instance: current.map(|current| format!("/requests/{}", current.id)),
            code: fault.code.as_str().to_owned(),
            errors: fault.fields.clone(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl<E> From<E> for Problem
where
    E: IntoFault,
{
    fn from(error: E) -> Self {
        Self(error.into_fault())
    }
}

/// Errors of lower layers that turn into a problem with `?`.
pub trait IntoFault {
    /// The failure as a service would report it.
    fn into_fault(self) -> Fault;
}

impl IntoFault for crate::store::Error {
    fn into_fault(self) -> Fault {
        self.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.0.log();
        let body = serde_json::to_vec(&self.body()).expect("a problem body is plain strings and numbers");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
        }
        if self.0.code == ErrorCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"hirewire\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_internal_failure_says_nothing_about_its_cause() {
        let problem = Problem(Fault::internal("the password is hunter2"));
        let body = serde_json::to_string(&problem.body()).expect("serializable");
        assert!(!body.contains("hunter2"), "{body}");
        assert_eq!(problem.into_response().status(), 500);
    }

    #[test]
    fn a_time_to_wait_is_rounded_up_to_seconds() {
        let fault = Fault::new(ErrorCode::RateLimited, "Slow down.").retry_after(Duration::from_millis(1200));
        let response = Problem(fault).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    }
}
