//! Ways in which a call can go wrong on purpose.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{Refusal, base_url, broken_connection};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// An answer with this status. Nothing was done.
    Status {
        /// The status.
        status: u16,
        /// Seconds in `Retry-After`.
        #[serde(default)]
        retry_after: Option<i64>,
    },
    /// The call is carried out, then answered with 500.
    FailAfter,
    /// The call is carried out, then the connection breaks.
    CloseAfter,
    /// No answer for these seconds; nothing was done.
    Hang {
        /// How long.
        seconds: u64,
    },
    /// The call is carried out, then there is no answer for these seconds.
    HangAfter {
        /// How long.
        seconds: u64,
    },
    /// The answer's JSON stops in the middle.
    BrokenJson,
    /// The page's next page is itself.
    PageLoop,
    /// The next page lies on another host.
    ForeignLink,
}

/// A fault and the calls it hits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How many calls it hits.
    #[serde(default = "one")]
    pub times: u32,
    /// Only calls whose path (below `/v3/`) contains this; `token` is the token endpoint.
    #[serde(default)]
    pub path: Option<String>,
    /// Only calls with this method.
    #[serde(default)]
    pub method: Option<String>,
}

const fn one() -> u32 {
    1
}

impl Fault {
    /// This fault for the next call, whatever it is.
    pub const fn next(kind: FaultKind) -> Self {
        Self { kind, times: 1, path: None, method: None }
    }

    /// The same for this many calls.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The same for calls of this path only.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// The same for calls with this method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    pub(super) fn fits(&self, method: &Method, path: &str) -> bool {
        // A fault without a path is about the API; the token endpoint has to be named.
        let path_fits = self.path.as_ref().map_or(path != "token", |part| path.contains(part.as_str()));
        path_fits && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
    }
}

/// The faults that come before anything is done.
pub(super) async fn before(fault: Option<&Fault>) -> Option<Response> {
    match &fault?.kind {
        FaultKind::Status { status, retry_after } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let message = status.canonical_reason().unwrap_or("Fault");
            Some(Refusal { retry_after: *retry_after, ..Refusal::new(status, message) }.into_response())
        }
        FaultKind::Hang { seconds } => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            Some(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "Too late").into_response())
        }
        _ => None,
    }
}

/// The faults that come after the call was carried out.
pub(super) async fn after(fault: Option<&Fault>, mut response: Response, uri: &Uri, headers: &HeaderMap) -> Response {
    let Some(fault) = fault else { return response };
    match &fault.kind {
        FaultKind::FailAfter => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error").into_response(),
        FaultKind::CloseAfter => broken_connection(),
        FaultKind::HangAfter { seconds } => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            response
        }
        FaultKind::BrokenJson => {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::from("[{\"id\": 1, \"na");
            response
        }
        FaultKind::PageLoop => {
            let cursor = uri.query().and_then(|query| query.strip_prefix("cursor=")).unwrap_or("bG9vcA");
            let path = uri.path().trim_start_matches("/greenhouse/v3/");
            link(&mut response, &format!("{}/{path}?cursor={cursor}", base_url(headers)));
            response
        }
        FaultKind::ForeignLink => {
            link(&mut response, "https://harvest.example.org/v3/candidates?cursor=abc");
            response
        }
        FaultKind::Status { .. } | FaultKind::Hang { .. } => response,
    }
}

fn link(response: &mut Response, target: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("<{target}>; rel=\"next\"")) {
        response.headers_mut().insert(header::LINK, value);
    }
}
