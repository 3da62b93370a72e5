//! Outgoing webhooks end to end: services, store and worker against receivers on the loopback interface, on every database at hand.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::deliver::{Deliverer, Settings};
use super::guard::Policy;
use super::log::Attempt;
use super::sender::Sender;
use super::sign::{Secret, verify_hex, verify_standard};
use super::subscriptions::{self, WebhookIn, WebhookWithSecret};
use super::{breaker, log};
use crate::caller::{Actor, Caller};
use crate::clock::Clock;
use crate::context::Context;
use crate::domain::id::{ApiKeyId, OrgId, WebhookId};
use crate::domain::role::Scope;
use crate::store::delivery::attempt::AttemptFilter;
use crate::store::page::PageQuery;
use crate::store::testing::{on_databases, start};
use crate::store::{Db, Json};
use crate::vault::Key;

mod delivering;
mod grouping;
mod managing;
mod mending;
mod working;

/// One received message.
#[derive(Debug, Clone)]
struct Received {
    headers: HashMap<String, String>,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// Whether both signatures fit.
    fn is_signed_with(&self, secret: &str, now: DateTime<Utc>) -> bool {
        let secret = Secret::parse(secret).expect("a secret");
        verify_hex(&secret, self.header("x-webhook-signature"), &self.body).is_ok() && self.is_standard_signed_with(&secret, now)
    }

    fn is_standard_signed_with(&self, secret: &Secret, now: DateTime<Utc>) -> bool {
        let (id, at, signature) = (self.header("webhook-id"), self.header("webhook-timestamp"), self.header("webhook-signature"));
        verify_standard(secret, id, at, signature, &self.body, now).is_ok()
    }
}

/// What a receiver answers.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    delay: Duration,
}

impl Answer {
    fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), delay: Duration::ZERO }
    }
}

/// A receiver: keeps what it gets, answers from a list, then the default.
#[derive(Debug, Clone)]
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    default: Arc<Mutex<Answer>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().expect("bound")),
            got: Arc::default(),
            answers: Arc::default(),
            default: Arc::new(Mutex::new(Answer::status(200))),
        };
        let this = receiver.clone();
        let handler = move |headers: HeaderMap, body: Bytes| {
            let this = this.clone();
            async move { this.receive(&headers, body).await }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(handler))).await });
        receiver
    }

    async fn receive(&self, headers: &HeaderMap, body: Bytes) -> impl IntoResponse + use<> {
        let next = self.answers.lock().expect("no panic").pop_front();
        let answer = next.unwrap_or_else(|| self.default.lock().expect("no panic").clone());
        tokio::time::sleep(answer.delay).await;
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned())).collect();
        self.got.lock().expect("no panic").push(Received { headers, body });
        let mut response = (StatusCode::from_u16(answer.status).expect("a status"), "thanks").into_response();
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, value.parse().expect("a header value"));
        }
        response
    }

    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("no panic").extend(statuses.iter().map(|status| Answer::status(*status)));
    }

    fn always(&self, answer: Answer) {
        *self.default.lock().expect("no panic") = answer;
    }

    fn got(&self) -> Vec<Received> {
        self.got.lock().expect("no panic").clone()
    }
}

/// An organization over a fresh database.
struct World {
    ctx: Context,
    caller: Caller,
    sender: Sender,
    /// The vault's data key.
    key: Key,
}

impl World {
    async fn new(db: &Db, clock: Clock) -> Self {
        crate::install_crypto();
        let mut ctx = Context::new(db.clone(), clock);
        let key = Key::generate();
        ctx.vault.load([], &key);
        let allow_networks = vec!["127.0.0.0/8".parse().expect("a network")];
        ctx.receivers = Arc::new(Policy { allow_networks, ..Policy::default() });
        let sender = Sender::new(Arc::clone(&ctx.receivers)).expect("the clients can be built");
        let caller = Caller::system(organization(&ctx).await, "test", Uuid::nil());
        Self { ctx, caller, sender, key }
    }

    async fn manual(db: &Db) -> Self {
        Self::new(db, Clock::manual(start())).await
    }

    fn now(&self) -> DateTime<Utc> {
        self.ctx.clock.now()
    }

    /// A subscription as JSON input describes it.
    async fn subscribe(&self, input: Value) -> WebhookWithSecret {
        let input: WebhookIn = serde_json::from_value(input).expect("a well-formed input");
        let made = subscriptions::create(&self.ctx, &self.caller, &input).await.expect("a valid subscription");
        self.ctx.clock.advance(Duration::from_millis(1));
        made
    }

    async fn publish(&self, event: &str, data: Value) -> super::publish::Accepted {
        let accepted = super::publish::publish(&self.ctx, &self.caller, event, data).await.expect("accepted");
        // Ids made at one instant of a standing clock have no order.
        self.ctx.clock.advance(Duration::from_millis(1));
        accepted
    }

    /// Delivers what is due now.
    async fn deliver(&self) -> usize {
        self.deliver_with(Settings::default()).await
    }

    async fn deliver_with(&self, settings: Settings) -> usize {
        Deliverer::drain(self.ctx.clone(), self.sender.clone(), "test", settings).await.expect("the database answers")
    }

    async fn log(&self, id: WebhookId) -> Vec<Attempt> {
        log::list(&self.ctx, &self.caller, id, &AttemptFilter::default(), PageQuery::default()).await.expect("readable").rows
    }

    /// A caller with these rights only.
    fn with_scopes(&self, scopes: &[Scope]) -> Caller {
        let actor = Actor::ApiKey { id: ApiKeyId(Uuid::nil()), name: "key".to_owned(), scopes: Some(scopes.to_vec()) };
        Caller { actor, ..self.caller.clone() }
    }
}

/// A new organization's row.
async fn organization(ctx: &Context) -> OrgId {
    let id: OrgId = ctx.clock.new();
    let mut tx = ctx.store.begin().await.expect("the database answers");
    let sql = "INSERT INTO organizations (id, name, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
    crate::execute!(&mut tx, sql, id, "Test", Json(json!({})), ctx.clock.now()).expect("inserted");
    tx.commit().await.expect("committed");
    id
}

/// Waits for something that happens soon.
async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
