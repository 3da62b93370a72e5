//! A sync whose process is killed, and one whose database goes away: each record arrives, and the run ends by itself.

use std::time::{Duration, Instant};

use hirewire::accounts::sign_up::ensure_organization;
use hirewire::caller::Caller;
use hirewire::context::Context;
use hirewire::domain::status::{RecordKind, RunState};
use hirewire::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use hirewire::store::link::count_links;
use hirewire::store::page::PageQuery;
use hirewire::store::record::count_records;
use hirewire::store::sync::RunRow;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database_away::Cluster;
use crate::support::{ARRIVAL, Place, Running, postgres_programs};

/// How many candidates there are to read: enough pages that a kill finds the run at work.
const CANDIDATES: i64 = 6_000;

/// The simulators, as a process of their own.
pub fn simulators(place: &Place) -> (Running, String) {
    let candidates = CANDIDATES.to_string();
    let arguments = ["sandbox", "--addr", "127.0.0.1:0", "--candidates", &candidates, "--rate-limit", "off"];
    let running = Running::start(place.program(&arguments), "listening on ");
    let url = address(&running);
    (running, url)
}

/// The server, with these simulators as its providers.
pub fn serve(place: &Place, simulators: &str) -> Running {
    let mut command = place.program(&["serve", "--addr", "127.0.0.1:0"]);
    command.env("SANDBOX_URL", simulators);
    Running::start(command, "listening on ")
}

/// The organization's own caller.
pub async fn caller_of(ctx: &Context) -> Caller {
    Caller::system(ensure_organization(ctx, "Acme").await.expect("made"), "test", Uuid::nil())
}

/// A key to everything.
pub fn key_for(place: &Place) -> String {
    let made = place.program(&["api-key", "create", "--organization", "Acme", "--scopes", "*"]).output().expect("the program runs");
    String::from_utf8_lossy(&made.stdout).lines().last().expect("the key").to_owned()
}

/// A client of the server under test.
#[expect(clippy::disallowed_methods, reason = "what the server's own client refuses is not the subject here")]
pub fn client() -> reqwest::Client {
    hirewire::install_crypto();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client")
}

/// Where a program said that it listens.
pub fn address(running: &Running) -> String {
    running.ready.strip_prefix("listening on ").expect("it was waited for").to_owned()
}

/// Connects Greenhouse, which begins its first run.
pub async fn connect(server: &str, key: &str) {
    let body = json!({"credentials": {"client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET}}).to_string();
    let request = client().post(format!("{server}/api/v1/integrations/greenhouse/connect")).bearer_auth(key);
    let answer = request.header("content-type", "application/json").body(body).send().await.expect("the server answers");
    let (status, text) = (answer.status(), answer.text().await.expect("text"));
    assert_eq!(status.as_u16(), 200, "{text}");
    let connected: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(connected["status"], "active");
}

/// The newest run, as far as the database answers.
pub async fn run(ctx: &Context, caller: &Caller) -> Option<RunRow> {
    hirewire::sync::list(ctx, caller, None, PageQuery::default()).await.ok()?.rows.into_iter().next()
}

/// Waits until the run has read this many records.
pub async fn reached(ctx: &Context, caller: &Caller, records: i64) {
    let begin = Instant::now();
    loop {
        let run = run(ctx, caller).await;
        if run.as_ref().is_some_and(|run| run.records >= records) {
            return;
        }
        assert!(begin.elapsed() < ARRIVAL, "the run stands still: {run:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits for the end of the run, then checks that everything is there, once.
pub async fn everything_arrived(ctx: &Context, caller: &Caller) {
    let begin = Instant::now();
    let run = loop {
        if let Some(run) = run(ctx, caller).await.filter(|run| run.finished_at.is_some()) {
            break run;
        }
        assert!(begin.elapsed() < ARRIVAL * 2, "the run never ended");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((run.state, run.error, run.failed), (RunState::Succeeded, None, 0));
    let count = async |kind| {
        let rows = count_records(&ctx.store, caller.organization, kind).await.expect("the database answers");
        let links = count_links(&ctx.store, run.integration_id, kind).await.expect("the database answers");
        assert_eq!(rows, links, "{kind:?}: each record once, and linked");
        rows
    };
    assert_eq!(count(RecordKind::Candidate).await, CANDIDATES);
    for kind in [RecordKind::Job, RecordKind::Application, RecordKind::Interview, RecordKind::Offer] {
        assert!(count(kind).await > 0, "{kind:?} arrived");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_whose_process_is_killed_goes_on_where_it_was() {
    let place = Place::new().await;
    let ctx = place.context().await;
    let caller = caller_of(&ctx).await;
    let key = key_for(&place);
    let (_simulators, provider) = simulators(&place);
    let mut server = serve(&place, &provider);
    connect(&address(&server), &key).await;
    // Each time the run waits for the dead process's lease to end.
    for part in 1..=2 {
        reached(&ctx, &caller, CANDIDATES * part / 4).await;
        server.kill();
        server = serve(&place, &provider);
    }
    everything_arrived(&ctx, &caller).await;
    let run = run(&ctx, &caller).await.expect("there is one");
    assert!(run.pages < CANDIDATES / 20, "it did not begin again each time: {} pages", run.pages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_goes_on_once_its_database_is_back() {
    let Some(programs) = postgres_programs() else {
        eprintln!("PostgreSQL's programs are not installed here: nothing to stop");
        return;
    };
    let mut cluster = Cluster::make(programs);
    let place = Place::at(&cluster.url());
    let ctx = place.context().await;
    let caller = caller_of(&ctx).await;
    let key = key_for(&place);
    let (_simulators, provider) = simulators(&place);
    let mut server = serve(&place, &provider);
    let at = address(&server);
    connect(&at, &key).await;
    reached(&ctx, &caller, CANDIDATES / 6).await;
    cluster.stop();
    let answer = client().get(format!("{at}/api/v1/jobs")).bearer_auth(&key).send().await.expect("the server answers");
    let (status, body) = (answer.status(), answer.text().await.expect("text"));
    assert_eq!(status.as_u16(), 503, "{body}");
    assert!(body.contains("database"), "it says what is away: {body}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    cluster.start();
    everything_arrived(&ctx, &caller).await;
    assert!(server.is_alive(), "nobody had to start it again");
    ctx.store.close().await;
}
