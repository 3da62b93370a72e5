//! The one outgoing door for provider APIs.
//!
//! It knows addresses, tokens, limits, time-outs and what an HTTP status means for the caller. It knows no provider.
//! Nothing here follows a redirect or an address from an answer, and nothing logs a query, a body or a header.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::id::IntegrationId;

use super::quota::{Limiter, Quota, retry_after};
use super::{Connection, Error};

/// Limits of the outgoing door.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer.
    pub total_timeout: Duration,
    /// Largest answer that is read, in bytes.
    pub body_bytes_max: usize,
    /// Sent as `User-Agent`.
    pub user_agent: String,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            body_bytes_max: 64 << 20,
            user_agent: concat!("Hirewire/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The shared HTTP client. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    body_bytes_max: usize,
    limiters: Arc<Mutex<HashMap<IntegrationId, Arc<Limiter>>>>,
    pub(super) published: super::published::Published,
}

impl Http {
    /// The door with these limits.
    ///
    /// # Errors
    /// `Unavailable` when TLS cannot be set up on this machine.
    #[expect(clippy::disallowed_methods, reason = "this is the home of the client for provider APIs")]
    pub fn new(options: &HttpOptions) -> Result<Self, Error> {
        // A second installation is refused, which is what is wanted: somebody else was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.total_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(&options.user_agent)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(16)
            .tcp_nodelay(true)
            .build()
            .map_err(|error| Error::Unavailable { message: format!("the HTTP client could not be set up: {}", plain(&error)) })?;
        Ok(Self { client, body_bytes_max: options.body_bytes_max, limiters: Arc::default(), published: Arc::default() })
    }

    /// A call to an authorization server that `oauth2` has put together: whatever it answers below 500 is an answer.
    ///
    /// # Errors
    /// `RateLimited`, `Unavailable` and `Protocol`.
    pub(crate) async fn exchange(
        &self,
        slug: &'static str,
        request: oauth2::HttpRequest,
        now: DateTime<Utc>,
    ) -> Result<oauth2::HttpResponse, Error> {
        let started = Instant::now();
        let result = self.exchange_once(request, now).await;
        let outcome = result.as_ref().err().map_or("ok", Error::code);
        let elapsed = started.elapsed();
        tracing::debug!(provider = slug, outcome, duration_ms = elapsed.as_millis() as u64, "token call");
        metrics::histogram!("hirewire_provider_token_duration_seconds", "provider" => slug, "outcome" => outcome)
            .record(elapsed.as_secs_f64());
        result
    }

    async fn exchange_once(&self, request: oauth2::HttpRequest, now: DateTime<Utc>) -> Result<oauth2::HttpResponse, Error> {
        /// More than any token answer.
        const ANSWER_BYTES_MAX: usize = 256 << 10;
        let unavailable = |message: String| Error::Unavailable { message };
        let request = reqwest::Request::try_from(request).map_err(|error| unavailable(plain(&error)))?;
        let mut response = self.client.execute(request).await.map_err(|error| unavailable(plain(&error)))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Error::RateLimited { retry_after: retry_after(&headers, now), message: String::new() });
        }
        if status.is_server_error() {
            return Err(unavailable(format!("status {}", status.as_u16())));
        }
        if status.is_redirection() {
            return Err(Error::Protocol { message: format!("an unexpected redirect (status {})", status.as_u16()) });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(plain(&error)))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Error::Protocol { message: "the answer is far too large".to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = oauth2::HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    /// The client itself, for what is no provider call (the simulators' own webhooks).
    pub(crate) fn raw(&self) -> &reqwest::Client {
        &self.client
    }

    /// The limiter of an integration: the same for everybody who works on it in this process.
    pub(crate) fn limiter(&self, id: IntegrationId) -> Arc<Limiter> {
        self.limiters.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(id).or_default().clone()
    }

    /// Forgets an integration that is gone.
    pub fn forget(&self, id: IntegrationId) {
        self.limiters.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

/// Told about every call, right after it.
pub type Observer = Arc<dyn Fn(&CallRecord) + Send + Sync>;

/// One call, without anything secret.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// The provider's slug.
    pub provider: &'static str,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The method.
    pub method: Method,
    /// The path without its query.
    pub path: String,
    /// The answer's status; `None` without an answer.
    pub status: Option<u16>,
    /// The failure's code; `None` when the call worked.
    pub error: Option<&'static str>,
    /// From before sending until the body was read.
    pub duration: Duration,
    /// Bytes of the answer's body.
    pub body_bytes: usize,
    /// The limit as the answer stated it.
    pub quota: Option<Quota>,
    /// When the call ended.
    pub at: DateTime<Utc>,
}

/// How a call proves itself.
#[derive(Clone)]
enum Auth {
    Bearer,
    Basic(SecretString, SecretString),
    /// The address itself is the proof, and a secret.
    Address,
}

enum Body {
    Empty,
    Json(Vec<u8>),
    Form(String),
}

/// A call being put together.
pub struct Call<'a> {
    cx: &'a Connection,
    method: Method,
    endpoint: &'a str,
    path: &'a str,
    query: Vec<(&'a str, String)>,
    body: Body,
    auth: Auth,
    changes: bool,
    scope: Option<&'a str>,
}

/// An answer of the 2xx range, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The limit as the answer stated it.
    pub quota: Option<Quota>,
    changes: bool,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// `Protocol`, or `Unknown` after a change: it was accepted, only its result cannot be read.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(&error))
    }

    /// The error for a body that is not what was promised.
    pub fn unreadable(&self, error: &serde_json::Error) -> Error {
        let message = format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column());
        if self.changes { Error::Unknown { message } } else { Error::Protocol { message } }
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(cx: &'a Connection, method: Method, endpoint: &'a str, path: &'a str) -> Self {
        Self { cx, method, endpoint, path, query: Vec::new(), body: Body::Empty, auth: Auth::Bearer, changes: false, scope: None }
    }

    /// Marks the call as one that changes something.
    #[must_use]
    pub const fn changing(mut self) -> Self {
        self.changes = true;
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Names the scope the call needs, for the message when it is refused.
    #[must_use]
    pub const fn scope(mut self, scope: &'a str) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sends this as JSON.
    ///
    /// # Errors
    /// `Invalid` when it cannot be written as JSON.
    pub fn json<T: serde::Serialize>(mut self, body: &T) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::Invalid { field: None, message: error.to_string() })?;
        self.body = Body::Json(bytes);
        Ok(self)
    }

    /// Sends this as a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = Body::Form(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish());
        self
    }

    /// Proves itself with user name and password instead of a bearer token.
    #[must_use]
    pub fn basic(mut self, user: &SecretString, password: &SecretString) -> Self {
        self.auth = Auth::Basic(user.clone(), password.clone());
        self
    }

    /// Proves itself with its address alone, which is therefore in no log.
    #[must_use]
    pub fn by_address(mut self) -> Self {
        self.auth = Auth::Address;
        self
    }

    /// Sends the call; with a bearer token a first 401 renews the token and sends it once more.
    ///
    /// # Errors
    /// Every variant of [`Error`] but `CursorExpired`.
    pub async fn send(self) -> Result<Answer, Error> {
        let started = Instant::now();
        let mut seen = Seen::default();
        let result = self.send_seen(&mut seen).await;
        let cx = self.cx;
        let record = CallRecord {
            provider: cx.entry.slug,
            integration_id: cx.integration_id,
            method: self.method.clone(),
            path: if matches!(self.auth, Auth::Address) { String::new() } else { self.path.to_owned() },
            status: seen.status.map(|status| status.as_u16()),
            error: result.as_ref().err().map(Error::code),
            duration: started.elapsed(),
            body_bytes: seen.body_bytes,
            quota: seen.quota,
            at: cx.clock.now(),
        };
        tracing::debug!(
            provider = record.provider, integration.id = %record.integration_id, http.method = %record.method, http.path = record.path,
            http.status = record.status, error.code = record.error, duration_ms = record.duration.as_millis() as u64, "provider call"
        );
        let outcome = record.error.unwrap_or("ok");
        metrics::histogram!("hirewire_provider_request_duration_seconds", "provider" => record.provider, "outcome" => outcome)
            .record(record.duration.as_secs_f64());
        if let Some(observer) = &cx.observer {
            observer(&record);
        }
        result
    }

    async fn send_seen(&self, seen: &mut Seen) -> Result<Answer, Error> {
        let cx = self.cx;
        let url = self.url()?;
        cx.limiter().check(cx.clock.now())?;
        match &self.auth {
            Auth::Address => self.once(url, None, seen).await,
            Auth::Basic(user, password) => self.once(url, Some(basic(user, password)?), seen).await,
            Auth::Bearer => {
                let token = cx.tokens.bearer(cx, None).await?;
                match self.once(url.clone(), Some(bearer(&token)?), seen).await {
                    // A 401 means that nothing was done, so sending once more is safe for a change too.
                    Err(Error::Unauthorized { .. }) if seen.status == Some(StatusCode::UNAUTHORIZED) => {
                        let token = cx.tokens.bearer(cx, Some(&token)).await?;
                        self.once(url, Some(bearer(&token)?), seen).await
                    }
                    other => other,
                }
            }
        }
    }

    fn url(&self) -> Result<Url, Error> {
        let mut url = self.cx.endpoint(self.endpoint)?.clone();
        if !self.path.is_empty() {
            let path = format!("{}/{}", url.path().trim_end_matches('/'), self.path.trim_start_matches('/'));
            url.set_path(&path);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    async fn once(&self, url: Url, authorization: Option<HeaderValue>, seen: &mut Seen) -> Result<Answer, Error> {
        let cx = self.cx;
        let mut request = cx.http.client.request(self.method.clone(), url).header("accept", "application/json");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request = match &self.body {
            Body::Empty => request,
            Body::Json(bytes) => request.header(CONTENT_TYPE, "application/json").body(bytes.clone()),
            Body::Form(text) => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(text.clone()),
        };
        let mut response = request.send().await.map_err(|error| self.broken(&error))?;
        let now = cx.clock.now();
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let quota = Quota::from_headers(&headers, now);
        seen.status = Some(status);
        seen.quota = quota.or(seen.quota);
        let refused = (status == StatusCode::TOO_MANY_REQUESTS).then(|| retry_after(&headers, now));
        cx.limiter().note(quota, refused, now);

        let body = self.read(&mut response, seen).await;
        if status.is_success() {
            return body.map(|body| Answer { status, headers, body, quota, changes: self.changes });
        }
        // The status already says what happened; a lost explanation must not hide it.
        let words = Words::of(&body.unwrap_or_default());
        let wait = refused.flatten().or_else(|| quota.and_then(|quota| (quota.resets_at? - now).to_std().ok()));
        Err(self.refusal(status, words, wait))
    }

    async fn read(&self, response: &mut reqwest::Response, seen: &mut Seen) -> Result<Bytes, Error> {
        let max = self.cx.http.body_bytes_max;
        let length = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut body = BytesMut::with_capacity(length.min(max));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > max {
                let message = format!("the answer is larger than {max} bytes");
                return Err(if self.changes { Error::Unknown { message } } else { Error::Protocol { message } });
            }
            body.extend_from_slice(&chunk);
            seen.body_bytes = body.len();
        }
        Ok(body.freeze())
    }

    /// What a lost connection or a time-out means: nothing was sent if no connection came about.
    fn broken(&self, error: &reqwest::Error) -> Error {
        let message = plain(error);
        if self.changes && !error.is_connect() && !error.is_builder() { Error::Unknown { message } } else { Error::Unavailable { message } }
    }

    fn refusal(&self, status: StatusCode, words: Words, retry_after: Option<Duration>) -> Error {
        let Words { message, field } = words;
        let message = if message.is_empty() { format!("status {}", status.as_u16()) } else { message };
        match status.as_u16() {
            401 => Error::Unauthorized { message },
            403 => Error::Forbidden { scope: self.scope.map(str::to_owned), message },
            404 | 410 => Error::NotFound,
            409 | 412 => Error::Conflict { message },
            429 => Error::RateLimited { retry_after, message },
            400 | 402 | 405..=407 | 411 | 413..=428 | 430..=499 => Error::Invalid { field, message },
            300..=399 => Error::Protocol { message: format!("an unexpected redirect (status {})", status.as_u16()) },
            _ if self.changes => Error::Unknown { message },
            _ => Error::Unavailable { message },
        }
    }
}

/// What is known of a call when it ends, however it ends.
#[derive(Default)]
struct Seen {
    status: Option<StatusCode>,
    quota: Option<Quota>,
    body_bytes: usize,
}

/// The explanation in an error body, shortened. The shapes are those of Greenhouse (`message`, `errors`) and of OAuth (`error`, `error_description`).
#[derive(Default)]
struct Words {
    message: String,
    field: Option<String>,
}

impl Words {
    fn of(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return Self::default() };
        let text = |value: &serde_json::Value, name: &str| {
            value.get(name).and_then(|v| v.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let first = value.get("errors").and_then(|errors| errors.get(0));
        let detail = first.and_then(|first| text(first, "message").or_else(|| first.as_str().map(str::to_owned)));
        let message =
            detail.or_else(|| text(&value, "error_description")).or_else(|| text(&value, "message")).or_else(|| text(&value, "error"));
        // Google and Microsoft put an object there.
        let nested = || value.get("error").and_then(|error| text(error, "message"));
        let mut message = message.or_else(nested).unwrap_or_default();
        if let Some((end, _)) = message.char_indices().nth(300) {
            message.truncate(end);
        }
        message.retain(|c| !c.is_control());
        Self { message, field: first.and_then(|first| text(first, "field")) }
    }
}

/// A transport error in a few words, without the address: a query can hold an e-mail address.
fn plain(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    what.to_owned()
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    secret_header(format!("Bearer {}", token.expose_secret()))
}

fn basic(user: &SecretString, password: &SecretString) -> Result<HeaderValue, Error> {
    use base64::Engine;
    let pair = zeroize::Zeroizing::new(format!("{}:{}", user.expose_secret(), password.expose_secret()));
    secret_header(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())))
}

fn secret_header(text: String) -> Result<HeaderValue, Error> {
    let text = zeroize::Zeroizing::new(text);
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Error::Unauthorized { message: "the credentials contain characters that cannot be sent".to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}
