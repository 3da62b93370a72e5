//! A simulated authorization server, mounted once per provider that people sign in to: the page that asks, the token endpoint,
//! renewing with rotation, taking back, and who signed in. As strict as the vendors' documents say the real ones are.
//!
//! The redirect address has to be registered, as everywhere. In a fresh simulator the first one that is seen counts as registered,
//! so that a demo needs no set-up; from then on any other is refused.
//!
//! Source: RFC 6749, RFC 7636, RFC 7009, RFC 9207, and the vendors' documents named in the catalogue.

mod control;
mod page;
mod rules;
mod token;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::providers::Entry;
use crate::providers::catalogue::{self, OauthClient};

pub use page::Decision;
use rules::Rules;

/// What goes wrong at the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Fault {
    /// This status, and nothing is done.
    Status {
        /// The status.
        status: u16,
        /// Seconds in `Retry-After`.
        #[serde(default)]
        retry_after: Option<i64>,
    },
    /// This OAuth error, and nothing is done.
    Error {
        /// `invalid_grant`, `invalid_client`, ...
        error: String,
    },
    /// It is done, and the connection breaks before the answer.
    Close,
    /// It is done, and the answer is no JSON.
    Garbage,
}

/// How often what was asked of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Times the page was shown.
    pub pages: usize,
    /// Codes that were exchanged.
    pub exchanges: usize,
    /// Calls that renew, whether they worked or not.
    pub refreshes: usize,
    /// Consents that were taken back.
    pub revocations: usize,
}

/// A simulated authorization server. Cheap to clone; clones share its state.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    entry: &'static Entry,
    facts: &'static OauthClient,
    rules: Rules,
    clock: Clock,
    state: Mutex<State>,
}

/// A consent: what one account allowed.
#[derive(Debug, Clone)]
struct Consent {
    account: String,
    scopes: Vec<String>,
    is_offline: bool,
}

struct Code {
    consent: usize,
    redirect_uri: String,
    challenge: Option<String>,
    expires_at: DateTime<Utc>,
    is_used: bool,
}

#[derive(Default)]
struct State {
    secret: Option<String>,
    redirects: Vec<String>,
    account: Option<String>,
    rotates: bool,
    serial: usize,
    codes: HashMap<String, Code>,
    /// Consents by number; one that was taken back is gone.
    consents: BTreeMap<usize, Consent>,
    access: HashMap<String, (usize, Option<DateTime<Utc>>)>,
    refresh: HashMap<String, usize>,
    faults: Vec<Fault>,
    counts: Counts,
}

/// Who a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Their address.
    pub account: String,
    /// What they allowed.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("provider", &self.0.entry.slug).finish_non_exhaustive()
    }
}

impl Server {
    fn new(entry: &'static Entry, facts: &'static OauthClient, clock: Clock) -> Self {
        Self(Arc::new(Inner { entry, facts, rules: Rules::of(facts), clock, state: Mutex::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked of it so far.
    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Has the next calls of the token endpoint go wrong, one per fault.
    pub fn fail(&self, fault: Fault, times: usize) {
        self.state().faults.extend(std::iter::repeat_n(fault, times));
    }

    /// Ends the faults.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// Who signs in from now on.
    pub fn sign_in_as(&self, account: &str) {
        self.state().account = Some(account.to_owned());
    }

    /// Whether tokens rotate, where that is the app's choice.
    pub fn rotate(&self, rotates: bool) {
        self.state().rotates = rotates;
    }

    /// Registers a redirect address; from then on no other is taken.
    pub fn register(&self, redirect: &str) {
        self.state().redirects.push(redirect.to_owned());
    }

    /// Replaces the client's secret, as an administrator does.
    pub fn replace_secret(&self, secret: &str) {
        self.state().secret = Some(secret.to_owned());
    }

    /// Everybody takes their consent back, as in the vendor's own settings.
    pub fn withdraw(&self) {
        self.state().consents.clear();
    }

    /// Access tokens end now; refresh tokens live on.
    pub fn end_access(&self) {
        self.state().access.clear();
    }

    /// How many consents there are.
    pub fn consents(&self) -> usize {
        self.state().consents.len()
    }

    /// Who calls, if their token counts.
    pub fn bearer(&self, headers: &HeaderMap) -> Option<Bearer> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("Zoho-oauthtoken "))?;
        let state = self.state();
        let (consent, end) = state.access.get(token)?;
        if end.is_some_and(|end| end <= self.0.clock.now()) {
            return None;
        }
        let consent = state.consents.get(consent)?;
        Some(Bearer { account: consent.account.clone(), scopes: consent.scopes.clone() })
    }
}

/// The authorization servers of every provider, by slug.
#[derive(Debug, Clone)]
pub struct Servers(BTreeMap<&'static str, Server>);

impl Servers {
    /// Fresh servers.
    pub(super) fn new(clock: &Clock) -> Self {
        let all = catalogue::all().filter_map(|entry| Some((entry.slug, Server::new(entry, entry.oauth?, clock.clone()))));
        Self(all.collect())
    }

    /// The server of a provider.
    ///
    /// # Panics
    /// If nobody signs in there: a mistake of the test that asks.
    pub fn of(&self, slug: &str) -> &Server {
        self.0.get(slug).expect("people sign in at this provider")
    }

    /// Their routes.
    pub(super) fn router(&self) -> Router {
        self.0.values().fold(Router::new(), |router, server| router.merge(routes(server.clone())))
    }
}

fn routes(server: Server) -> Router {
    let entry = server.0.entry;
    let path = |name: &str| entry.endpoint(name).map(|endpoint| endpoint.sandbox_path.to_owned());
    let accounts = path("accounts");
    let below = |name: &str, tail: &str| path(name).or_else(|| accounts.as_ref().map(|base| format!("{base}{tail}")));
    let mut router = Router::new();
    if let Some(path) = below("authorize", "/oauth/v2/auth") {
        router = router.route(&path, get(page::show).post(page::decide));
    }
    if let Some(path) = below("token", "/oauth/v2/token") {
        router = router.route(&path, post(token::token));
    }
    if let Some(path) = below("revoke", "/oauth/v2/token/revoke") {
        router = router.route(&path, post(token::revoke));
    }
    if let Some(path) = path("userinfo") {
        router = router.route(&path, get(userinfo));
    }
    router.nest(&format!("/_control/{}/oauth", entry.slug), control::router()).with_state(server)
}

async fn userinfo(Extract(server): Extract<Server>, headers: HeaderMap) -> Response {
    let Some(bearer) = server.bearer(&headers) else { return refused_token() };
    let name = bearer.account.split('@').next().unwrap_or_default().to_owned();
    let body = match server.0.facts.family {
        "google" => json!({"id": "1098", "email": bearer.account, "verified_email": true, "name": name}),
        _ => json!({"sub": "a1b2", "name": name, "email": bearer.account}),
    };
    answer(StatusCode::OK, &body)
}

/// What an API answers to a token that does not count, in Google's shape.
pub(super) fn refused_token() -> Response {
    let error = json!({"code": 401, "message": "Invalid Credentials", "errors": [{"reason": "authError"}], "status": "UNAUTHENTICATED"});
    answer(StatusCode::UNAUTHORIZED, &json!({ "error": error }))
}

pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body.to_string()).into_response()
}
