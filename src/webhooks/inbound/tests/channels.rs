//! Channels of a provider that is made for these tests, over real HTTP in both directions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json as Body, Router};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::domain::error::ErrorCode;
use crate::integrations::connect::{self, ConnectInput};
use crate::integrations::lifecycle;
use crate::providers::channels::{Channel, NewChannel, Opened};
use crate::providers::{Channels, Connection, Credentials, Entry, Error, Provider, TokenSet, Verified, catalogue};
use crate::runtime;
use crate::store::channel::{ChannelRow, list_channels};

/// The other side: what was asked of it, and how it answers.
#[derive(Default)]
struct Theirs {
    open: BTreeMap<String, Value>,
    closed: Vec<String>,
    refuses: bool,
}

type Shared = Arc<Mutex<Theirs>>;

const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

struct Calendar;

#[async_trait]
impl Provider for Calendar {
    fn entry(&self) -> &'static Entry {
        catalogue::find("google_calendar").expect("in the catalogue")
    }

    fn recognise(&self, _credentials: &Credentials) -> std::result::Result<(), Error> {
        Ok(())
    }

    async fn obtain_token(&self, cx: &Connection) -> std::result::Result<TokenSet, Error> {
        Ok(TokenSet {
            access: "token".to_owned().into(),
            refresh: None,
            expires_at: Some(cx.clock.now() + TimeDelta::days(300)),
            scope: None,
            ends_at: None,
        })
    }

    async fn verify(&self, _cx: &Connection) -> std::result::Result<Verified, Error> {
        Ok(Verified { account: Some("ada@example.com".to_owned()), permissions: Vec::new() })
    }

    async fn ping(&self, _cx: &Connection) -> std::result::Result<(), Error> {
        Ok(())
    }

    fn as_channels(&self) -> Option<&dyn Channels> {
        Some(self)
    }
}

#[async_trait]
impl Channels for Calendar {
    fn lifetime(&self) -> Duration {
        LIFE
    }

    async fn resources(&self, _cx: &Connection) -> std::result::Result<Vec<String>, Error> {
        Ok(vec!["primary".to_owned()])
    }

    async fn open(&self, cx: &Connection, channel: &NewChannel) -> std::result::Result<Opened, Error> {
        use secrecy::ExposeSecret;
        let body = json!({"id": channel.id, "address": channel.address, "token": channel.secret.expose_secret()});
        let answer: Value = cx.write(reqwest::Method::POST, "api", "watch").json(&body)?.send().await?.json()?;
        let external_id = answer["id"].as_str().expect("an id").to_owned();
        Ok(Opened { external_id, resource_id: Some("res".to_owned()), expires_at: channel.until })
    }

    async fn close(&self, cx: &Connection, channel: &Channel) -> std::result::Result<(), Error> {
        let body = json!({"id": channel.external_id, "resourceId": channel.resource_id});
        cx.write(reqwest::Method::POST, "api", "stop").json(&body)?.send().await.map(|_| ())
    }
}

/// A message through a channel, with whatever secret.
async fn tell(address: &str, channel: &str, token: &str, number: u32, state: &str) -> u16 {
    let call = crate::providers::Http::new(&crate::providers::HttpOptions::default()).expect("a client").raw().post(address);
    let call = call.header("x-goog-channel-id", channel).header("x-goog-channel-token", token).header("x-goog-resource-id", "res");
    let call = call.header("x-goog-message-number", number.to_string()).header("x-goog-resource-state", state);
    call.send().await.expect("answers").status().as_u16()
}

async fn watch(State(theirs): State<Shared>, Body(body): Body<Value>) -> std::result::Result<Body<Value>, StatusCode> {
    if theirs.lock().expect("unbroken").refuses {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let (id, address, token) =
        (body["id"].as_str().expect("id"), body["address"].as_str().expect("address"), body["token"].as_str().expect("token"));
    // As Google does: the first message comes before the answer.
    assert_eq!(tell(address, id, token, 1, "sync").await, 200);
    theirs.lock().expect("unbroken").open.insert(id.to_owned(), body.clone());
    Ok(Body(json!({ "id": id })))
}

async fn stop(State(theirs): State<Shared>, Body(body): Body<Value>) -> StatusCode {
    let id = body["id"].as_str().expect("id").to_owned();
    let mut theirs = theirs.lock().expect("unbroken");
    let was_open = theirs.open.remove(&id).is_some();
    theirs.closed.push(id);
    if was_open { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

struct Pair {
    ctx: Context,
    caller: crate::caller::Caller,
    id: IntegrationId,
    theirs: Shared,
    servers: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.servers.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn serve(app: Router) -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    (base, tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") }))
}

async fn pair(db: &Db) -> Pair {
    let Set { mut ctx, caller, sandbox } = set(db).await;
    drop(sandbox);
    let theirs = Shared::default();
    let (there, one) = serve(Router::new().route("/watch", post(watch)).route("/stop", post(stop)).with_state(Arc::clone(&theirs))).await;
    ctx.providers = ctx.providers.with(Arc::new(Calendar));
    let mut config = crate::config::Config::clone(&ctx.config);
    config.endpoints.set("google_calendar", "api", there.parse().expect("an address"));
    ctx.config = Arc::new(config);
    // The address we give to others has to be the one we listen on.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let mut site = crate::context::Site::from(&*ctx.config);
    site.public_url = base;
    ctx.site = Arc::new(site);
    let app = router(AppState::new(ctx.clone(), Settings::from(&*ctx.config)));
    let two = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    let input =
        ConnectInput { provider: "google_calendar".to_owned(), credentials: BTreeMap::new(), config: None, name: None, integration: None };
    let id = connect::connect(&ctx, &caller, input).await.expect("connects").0.id;
    Pair { ctx, caller, id, theirs, servers: vec![one, two] }
}

impl Pair {
    async fn later(&self, by: Duration) {
        self.ctx.clock.advance(by);
        runtime::drain(&self.ctx).await;
    }

    async fn channels(&self) -> Vec<ChannelRow> {
        list_channels(&self.ctx.store, self.id).await.expect("reads")
    }

    async fn states(&self) -> Vec<String> {
        self.channels().await.into_iter().map(|row| row.state).collect()
    }

    fn theirs(&self) -> std::sync::MutexGuard<'_, Theirs> {
        self.theirs.lock().expect("unbroken")
    }

    /// The address and secret of the newest channel over there.
    fn newest(&self) -> (String, String, String) {
        let theirs = self.theirs();
        let (id, body) = theirs.open.last_key_value().expect("one is open");
        (id.clone(), body["address"].as_str().expect("an address").to_owned(), body["token"].as_str().expect("a token").to_owned())
    }

    async fn alerts(&self) -> usize {
        let page =
            crate::store::notification::list_notifications(&self.ctx.store, self.caller.organization, None, false, PageQuery::default())
                .await;
        page.expect("reads").rows.iter().filter(|notice| notice.kind == "channel.lapsed").count()
    }
}

/// The timer has to be in place, as after a start.
async fn plant(ctx: &Context) {
    let mut tx = ctx.store.begin().await.expect("begins");
    ctx.queue.enqueue(&mut tx, crate::webhooks::inbound::channels::timer()).await.expect("enqueues");
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_channel_is_opened_renewed_with_an_overlap_and_closed_on_disconnect() {
    on_databases!(|db| {
        let pair = pair(db).await;
        plant(&pair.ctx).await;
        pair.later(Duration::from_secs(1)).await;
        assert_eq!(pair.states().await, ["open"]);
        let (first, address, secret) = pair.newest();
        assert_eq!(tell(&address, &first, &secret, 2, "exists").await, 200);
        assert_eq!(tell(&address, &first, "guess", 3, "exists").await, 401);
        assert_eq!(tell(&address, "another", &secret, 4, "exists").await, 401, "a secret counts for its own channel");
        // Nothing to do before four fifths of its life.
        pair.later(LIFE * 79 / 100).await;
        assert_eq!(pair.newest().0, first);
        pair.later(LIFE / 50).await;
        assert_eq!(pair.states().await, ["closing", "open"], "both are open for a moment");
        assert_eq!(pair.theirs().open.len(), 2);
        assert_eq!(tell(&address, &first, &secret, 5, "exists").await, 200, "what the old one still says counts");
        pair.later(Duration::from_secs(400)).await;
        assert_eq!(pair.states().await, ["open"]);
        assert_eq!(pair.theirs().closed, std::slice::from_ref(&first));
        assert_eq!(tell(&address, &first, &secret, 6, "exists").await, 401, "its secret is gone");
        lifecycle::disconnect(&pair.ctx, &pair.caller, pair.id).await.expect("lets go");
        assert!(pair.theirs().open.is_empty() && pair.channels().await.is_empty());
        let (_, code) =
            (address, tell(&format!("{}/hooks/google_calendar/{}", pair.ctx.site.public_url, pair.id), &first, &secret, 7, "exists").await);
        assert_eq!(code, 404);
    });
}

#[tokio::test]
async fn a_channel_that_lapses_is_told_of_and_opened_again() {
    on_databases!(|db| {
        let pair = pair(db).await;
        plant(&pair.ctx).await;
        pair.later(Duration::from_secs(1)).await;
        pair.theirs().refuses = true;
        pair.later(LIFE * 81 / 100).await;
        let row = pair.channels().await.remove(0);
        assert_eq!((row.state.as_str(), row.failures, pair.alerts().await), ("open", 1, 0), "still open, and tried again");
        assert!(
            row.error.is_some() && row.renew_at > pair.ctx.clock.now() && row.renew_at <= pair.ctx.clock.now() + TimeDelta::minutes(30)
        );
        pair.later(LIFE / 5).await;
        assert_eq!((pair.states().await, pair.alerts().await), (vec!["lapsed".to_owned()], 1));
        pair.later(Duration::from_secs(7200)).await;
        assert_eq!((pair.states().await, pair.alerts().await), (vec!["lapsed".to_owned()], 1), "told once");
        pair.theirs().refuses = false;
        pair.later(Duration::from_secs(3600)).await;
        assert_eq!((pair.states().await, pair.alerts().await), (vec!["open".to_owned()], 0), "mended by itself");
    });
}

#[tokio::test]
async fn a_connection_that_is_switched_off_has_no_channels() {
    on_databases!(|db| {
        let pair = pair(db).await;
        plant(&pair.ctx).await;
        pair.later(Duration::from_secs(1)).await;
        let switch = |on| lifecycle::Changes { enabled: Some(on), ..lifecycle::Changes::default() };
        lifecycle::update(&pair.ctx, &pair.caller, pair.id, switch(false)).await.expect("switches off");
        pair.later(Duration::from_secs(1)).await;
        assert!(pair.channels().await.is_empty() && pair.theirs().open.is_empty());
        lifecycle::update(&pair.ctx, &pair.caller, pair.id, switch(true)).await.expect("switches on");
        pair.later(Duration::from_secs(1)).await;
        assert_eq!(pair.states().await, ["open"]);
        let fault = crate::webhooks::inbound::set_key(&pair.ctx, &pair.caller, pair.id, " ".into()).await.expect_err("blank");
        assert_eq!(fault.code, ErrorCode::Invalid);
    });
}

#[tokio::test]
async fn a_channel_that_never_opened_is_told_of_too() {
    on_databases!(|db| {
        let pair = pair(db).await;
        plant(&pair.ctx).await;
        pair.theirs().refuses = true;
        pair.later(Duration::from_secs(1)).await;
        let row = pair.channels().await.remove(0);
        assert_eq!((row.state.as_str(), row.failures, pair.alerts().await), ("lapsed", 1, 1));
        pair.later(Duration::from_secs(3600)).await;
        assert_eq!((pair.states().await.len(), pair.alerts().await), (1, 1));
        pair.theirs().refuses = false;
        pair.later(Duration::from_secs(3600)).await;
        assert_eq!((pair.states().await, pair.alerts().await), (vec!["open".to_owned()], 0));
        // The other side says that it is gone: another one is opened at once.
        let first = pair.newest().0;
        let row = crate::store::integration::find_integration_anywhere(db, pair.id).await.expect("reads").expect("there");
        assert!(crate::webhooks::inbound::channels::told(&pair.ctx, &row, &first, true).await.expect("notes"));
        assert!(!crate::webhooks::inbound::channels::told(&pair.ctx, &row, "nothing", true).await.expect("notes"));
        pair.later(Duration::from_secs(1)).await;
        assert_eq!(pair.states().await, ["open"]);
        assert_eq!(pair.theirs().open.len(), 2, "a new one");
    });
}

#[tokio::test]
async fn a_channel_whose_opening_was_cut_off_is_replaced() {
    on_databases!(|db| {
        let pair = pair(db).await;
        plant(&pair.ctx).await;
        pair.later(Duration::from_secs(1)).await;
        let mut row = pair.channels().await.remove(0);
        let mut tx = db.begin().await.expect("begins");
        crate::store::channel::delete_channel(&mut tx, row.id).await.expect("deletes");
        row.id = pair.ctx.clock.new_id();
        "opening".clone_into(&mut row.state);
        (row.external_id, row.expires_at) = (None, None);
        (row.created_at, row.renew_at) = (pair.ctx.clock.now(), pair.ctx.clock.now() + TimeDelta::minutes(10));
        crate::store::channel::upsert_channel(&mut tx, &row).await.expect("inserts");
        tx.commit().await.expect("commits");
        pair.later(Duration::from_secs(300)).await;
        assert_eq!(pair.states().await, ["opening"]);
        pair.later(Duration::from_secs(400)).await;
        assert_eq!(pair.states().await, ["open"]);
        assert_ne!(pair.channels().await[0].id, row.id);
    });
}
