//! Calls of one asker, in process.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;
use tower::ServiceExt as _;

/// Somebody who calls the server.
#[derive(Clone)]
pub struct Client {
    router: Router,
    headers: HeaderMap,
    address: SocketAddr,
}

impl Client {
    /// Nobody in particular.
    pub fn new(router: Router) -> Self {
        Self { router, headers: HeaderMap::new(), address: SocketAddr::from(([127, 0, 0, 1], 40_000)) }
    }

    /// The same, with a session's cookie, as a page of ours would send it.
    pub fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie).header("sec-fetch-site", "same-origin")
    }

    /// The same, with an API key.
    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// The same, with a header on every call.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// The same, from another address.
    pub fn from(mut self, address: &str) -> Self {
        self.address = SocketAddr::new(address.parse().expect("an IP address"), 40_000);
        self
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), Body::from(body.to_string())).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some("application/json"), Body::from(body.to_string())).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }

    /// `POST` of a form, as a page sends it: it accepts HTML and names the page it stands on.
    pub async fn submit(&self, path: &str, page: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let client = self.clone().header("accept", "text/html").header("referer", &format!("http://localhost:3000{page}"));
        client.send(Method::POST, path, Some("application/x-www-form-urlencoded"), Body::from(body)).await
    }

    /// Anything.
    pub async fn send(&self, method: Method, path: &str, content_type: Option<&str>, body: Body) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path).body(body).expect("a request");
        *request.headers_mut() = self.headers.clone();
        if let Some(kind) = content_type {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).expect("a content type"));
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is complete");
        Answer { asked: format!("{method} {path}"), status: parts.status, headers: parts.headers, body }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The same, if it has this status; else the test ends with what came instead.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text());
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: not JSON ({error}): {}", self.asked, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem body, checked for what every problem body has.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.asked);
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}: {problem}", self.asked);
        assert_eq!(problem["status"], status, "{}: {problem}", self.asked);
        assert_eq!(problem["type"], format!("/docs/problems#{code}"), "{}: {problem}", self.asked);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{}: {problem}", self.asked);
        assert_eq!(problem["instance"], format!("/requests/{}", self.header("x-request-id")), "{}: {problem}", self.asked);
        assert!(problem["errors"].is_array(), "{}: {problem}", self.asked);
        problem
    }
}
