//! A simulated Greenhouse: the token endpoint, Harvest v3 lists and changes, webhooks. As strict as the documents say the real one is.
//!
//! Source: harvestdocs.greenhouse.io (v3) and the v3 edition of Greenhouse's PHP tools, read 2026-11-21.

mod control;
mod faults;
mod hooks;
mod lists;
mod people;
mod state;
mod token;
mod world;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::providers::Http;

use super::Options;

pub use crate::providers::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
pub use faults::{Fault, FaultKind};
pub use hooks::{Delivered, Webhook};
pub use state::Write;
pub use world::Kind;

use world::World;

/// The secret key that the simulator signs webhooks with.
pub const DEMO_WEBHOOK_SECRET: &str = "demo-greenhouse-webhook-key";

/// Length of a window of the rate limit, in seconds. Source: Harvest v3, "Rate limiting".
const WINDOW_SECONDS: i64 = 30;

/// Most values in one filter.
const FILTER_IDS_MAX: usize = 50;

/// A simulated Greenhouse account. Cheap to clone; clones share the account.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    options: Options,
    clock: Clock,
    world: World,
    state: Mutex<state::Account>,
    /// Made for the first webhook; many simulators never send one.
    http: OnceLock<Http>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator").finish_non_exhaustive()
    }
}

impl Simulator {
    /// A fresh account.
    pub fn new(options: &Options) -> Self {
        let clock = options.clock.clone();
        let today = options.today.unwrap_or_else(|| clock.now());
        Self(Arc::new(Inner {
            world: World::new(options.seed, today, options.candidates),
            state: Mutex::default(),
            http: OnceLock::new(),
            options: options.clone(),
            clock,
        }))
    }

    fn account(&self) -> MutexGuard<'_, state::Account> {
        self.0.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The simulator's routes: `/greenhouse/...` as the provider has them, `/_control/greenhouse/...` of its own.
pub(super) fn router(simulator: Simulator) -> Router {
    Router::new()
        .route("/greenhouse/token", post(token::token))
        .route("/greenhouse/v3/{*path}", any(api))
        .nest("/_control/greenhouse", control::router())
        .with_state(simulator)
}

/// A refusal in the API's shape.
struct Refusal {
    status: StatusCode,
    message: String,
    field: Option<&'static str>,
    retry_after: Option<i64>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), field: None, retry_after: None }
    }

    fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, message) }
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Resource not found")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self.field {
            Some(field) => json!({"message": self.message, "field": field}),
            None => json!({"message": self.message}),
        };
        let mut response = answer(self.status, &json!({"message": self.message, "errors": [error]}));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Who a token acts as: a user, or the service user without one.
type Actor = Option<i64>;

/// Every call of the API: faults first, then the limit, the token, the permission, and only then what was asked.
async fn api(State(simulator): State<Simulator>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches("/greenhouse/v3/").trim_end_matches('/').to_owned();
    let fault = simulator.account().take_fault(&method, &path);
    if let Some(response) = faults::before(fault.as_ref()).await {
        return response;
    }
    let limit = simulator.count_call();
    let mut response = match &limit {
        Err(wait) => {
            Refusal { retry_after: Some(*wait), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded") }.into_response()
        }
        Ok(_) => serve(&simulator, &method, &path, uri.query().unwrap_or(""), &headers, &body).unwrap_or_else(IntoResponse::into_response),
    };
    if simulator.0.options.rate_limit {
        let (remaining, resets) = simulator.window();
        let out = response.headers_mut();
        out.insert("x-ratelimit-limit", simulator.0.options.rate_limit_calls.into());
        out.insert("x-ratelimit-remaining", remaining.into());
        out.insert("x-ratelimit-reset", resets.into());
    }
    faults::after(fault.as_ref(), response, &uri, &headers).await
}

fn serve(simulator: &Simulator, method: &Method, path: &str, query: &str, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refusal> {
    let actor = simulator.actor(headers)?;
    let segments: Vec<&str> = path.split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", [name]) => {
            let kind = Kind::of(name).ok_or_else(Refusal::not_found)?;
            simulator.allow(&format!("harvest:{name}:list"))?;
            simulator.allow_lists(actor)?;
            simulator.list(kind, query, &base_url(headers))
        }
        ("POST", [name]) => {
            let kind = Kind::of(name).ok_or_else(Refusal::not_found)?;
            simulator.allow(&format!("harvest:{name}:create"))?;
            simulator.create(kind, actor, &parse(body)?)
        }
        ("PATCH", [name, id]) => {
            let kind = Kind::of(name).ok_or_else(Refusal::not_found)?;
            simulator.allow(&format!("harvest:{name}:update"))?;
            simulator.update(kind, whole(id)?, &parse(body)?)
        }
        ("POST", ["applications", id, action @ ("move" | "reject" | "unreject" | "hire")]) => {
            simulator.allow(&format!("harvest:applications:{action}"))?;
            simulator.act(whole(id)?, action, &parse(body)?)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn whole(id: &str) -> Result<i64, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

fn parse(body: &Bytes) -> Result<Value, Refusal> {
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "The body is not a JSON object")),
    }
}

/// The address this call came to, so that `Link` can name it in full.
fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    format!("http://{host}/greenhouse/v3")
}

impl Simulator {
    /// Counts a call in the present window.
    fn count_call(&self) -> Result<(), i64> {
        let now = self.0.clock.now().timestamp();
        let window = now.div_euclid(WINDOW_SECONDS);
        let mut account = self.account();
        account.calls += 1;
        if account.window.0 != window {
            account.window = (window, 0);
        }
        if !self.0.options.rate_limit {
            return Ok(());
        }
        if account.window.1 >= self.0.options.rate_limit_calls {
            return Err((window + 1) * WINDOW_SECONDS - now);
        }
        account.window.1 += 1;
        Ok(())
    }

    /// Calls left in the window, and when it ends in Unix seconds.
    fn window(&self) -> (u32, i64) {
        let now = self.0.clock.now().timestamp();
        let used = self.account().window.1;
        (self.0.options.rate_limit_calls.saturating_sub(used), (now.div_euclid(WINDOW_SECONDS) + 1) * WINDOW_SECONDS)
    }

    fn actor(&self, headers: &HeaderMap) -> Result<Actor, Refusal> {
        let refused = || Refusal::new(StatusCode::UNAUTHORIZED, "Invalid or expired access token");
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(refused)?;
        let now = self.0.clock.now();
        self.account().tokens.get(given).filter(|token| token.expires_at > now).map(|token| token.user).ok_or_else(refused)
    }

    fn allow(&self, scope: &str) -> Result<(), Refusal> {
        match &self.account().scopes {
            Some(scopes) if !scopes.contains(scope) => {
                Err(Refusal::new(StatusCode::FORBIDDEN, format!("Insufficient scope: {scope} is required")))
            }
            _ => Ok(()),
        }
    }

    fn allow_lists(&self, actor: Actor) -> Result<(), Refusal> {
        let is_admin = match actor {
            None => !self.account().is_service_user_plain,
            Some(user) => self.record(Kind::Users, user).is_some_and(|user| user["site_admin"] == true),
        };
        if is_admin { Ok(()) } else { Err(Refusal::new(StatusCode::FORBIDDEN, "This endpoint is available to Site Admin users only")) }
    }
}

/// An answer whose connection breaks before its body is there.
fn broken_connection() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)) });
    let mut response = Response::new(Body::from_stream(broken));
    *response.status_mut() = StatusCode::OK;
    response
}
