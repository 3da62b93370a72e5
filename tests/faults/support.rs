//! A database, a receiver, and the program as a process.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use hirewire::accounts::sign_up::ensure_organization;
use hirewire::caller::Caller;
use hirewire::clock::Clock;
use hirewire::config::Config;
use hirewire::context::Context;
use hirewire::operations::keys;
use hirewire::store::Db;
use hirewire::webhooks::outbound::publish::publish;
use hirewire::webhooks::outbound::subscriptions::{self, WebhookIn};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// The key of `Config::for_tests`.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// How long everything may take to arrive once nothing stands in the way: the longest lease and the waits between tries, with room for a
/// slow machine.
pub const ARRIVAL: Duration = Duration::from_secs(90);

/// A database of the test's own, in a folder of its own.
pub struct Place {
    pub folder: TempDir,
    pub url: String,
    drop_at: Option<(String, String)>,
}

impl Place {
    /// A SQLite file, or a PostgreSQL database where `TEST_DATABASE_URL` names a server.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            return Self { folder, url, drop_at: None };
        };
        let name = format!("hirewire_{}", Clock::system().new_id().simple());
        run_sql(&server, format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(&server).expect("TEST_DATABASE_URL is a URL");
        url.set_path(&name);
        Self { folder, url: url.into(), drop_at: Some((server, name)) }
    }

    /// A database that somebody else takes away.
    pub fn at(url: &str) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), url: url.to_owned(), drop_at: None }
    }

    /// What services work with, over this database.
    pub async fn context(&self) -> Context {
        hirewire::install_crypto();
        let db = match self.url.strip_prefix("sqlite:") {
            Some(file) => Db::open_sqlite(Path::new(file), 4).await,
            None => Db::open_postgres(&self.url, 8).await,
        };
        let db = db.expect("the database opens");
        db.migrate().await.expect("the schema is made");
        let ctx = Context::with_config(db, Clock::system(), Arc::new(Config::for_tests(self.folder.path())));
        keys::load(&ctx).await.expect("the keys are made");
        ctx
    }

    /// The program with this command.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hirewire"));
        // Nothing of this machine's environment: a variable of the product's would change what is tested.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(self.folder.path());
        command.env("DATABASE_URL", &self.url).env("ENCRYPTION_KEY", KEY).env("WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8");
        command.env("WORKER_POLL_MS", "50").env("RATE_LIMIT_PER_KEY", "0").env("RATE_LIMIT_PER_ADDRESS", "0");
        command.args(arguments).args(["--data-dir", "data"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((server, name)) = self.drop_at.take() else { return };
        // The test's own runtime cannot be waited for here.
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run_sql(&server, format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        let _ = gone.join();
    }
}

async fn run_sql(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_DATABASE_URL answers");
    // Safe: made here, from a UUID.
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("the statement works");
    let _ = connection.close().await;
}

/// A running program. It goes with this value.
pub struct Running {
    child: Child,
    /// What it said when it was ready.
    pub ready: String,
}

impl Running {
    /// Starts it and waits for the line that begins so.
    pub fn start(mut command: Command, ready: &str) -> Self {
        let mut child = command.spawn().expect("the program runs");
        let out = child.stdout.take().expect("piped");
        let mut running = Self { child, ready: String::new() };
        for line in BufReader::new(out).lines() {
            let line = line.expect("text");
            if line.starts_with(ready) {
                running.ready = line;
                return running;
            }
        }
        panic!("the program ended before it said {ready:?}: {:?}", running.child.wait());
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Under which `webhook-id`s each message arrived, by the number in its data.
#[derive(Clone, Default)]
pub struct Received(Arc<Mutex<HashMap<u64, HashSet<String>>>>);

impl Received {
    /// Starts a receiver and returns its address.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// How many messages arrived.
    pub fn len(&self) -> usize {
        self.0.lock().expect("no panic").len()
    }

    /// Waits until every accepted message arrived, then checks that each came under its own id only.
    pub async fn all_of(&self, accepted: &HashMap<u64, String>) {
        let begin = Instant::now();
        loop {
            let missing = {
                let got = self.0.lock().expect("no panic");
                accepted.keys().filter(|number| !got.contains_key(number)).count()
            };
            if missing == 0 {
                break;
            }
            assert!(begin.elapsed() < ARRIVAL, "{missing} of {} accepted events never arrived", accepted.len());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let got = self.0.lock().expect("no panic");
        for (number, id) in accepted {
            assert_eq!(got[number], HashSet::from([id.clone()]), "event {number} came under its own id only");
        }
        // What was sent but whose answer the publisher never saw may have arrived too; it has one id like every other.
        assert!(got.values().all(|ids| ids.len() == 1));
    }
}

async fn take(State(received): State<Received>, headers: HeaderMap, body: Bytes) {
    // Long enough that a kill finds tries under way.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let body: Value = serde_json::from_slice(&body).expect("the body is JSON");
    let number = body["data"]["number"].as_u64().expect("a number");
    let id = headers["webhook-id"].to_str().expect("text").to_owned();
    received.0.lock().expect("no panic").entry(number).or_default().insert(id);
}

/// The organization's own caller, with a subscription to everything at this address.
pub async fn subscribe(ctx: &Context, url: &str) -> Caller {
    subscribe_to(ctx, url, &["*"]).await
}

/// The same with a subscription to these events only.
pub async fn subscribe_to(ctx: &Context, url: &str, events: &[&str]) -> Caller {
    let organization = ensure_organization(ctx, "Acme").await.expect("made");
    let caller = Caller::system(organization, "test", Uuid::nil());
    let input: WebhookIn = serde_json::from_value(json!({"url": url, "events": events, "retryAttempts": 16})).expect("well-formed");
    subscriptions::create(ctx, &caller, &input).await.expect("subscribed");
    caller
}

/// Publishes without a pause until told to stop; gives back what was accepted.
pub struct Publishers {
    stop: tokio_util::sync::CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<HashMap<u64, String>>>,
}

impl Publishers {
    /// Starts them, over the services.
    pub fn start(ctx: &Context, caller: &Caller) -> Self {
        let (ctx, caller) = (ctx.clone(), caller.clone());
        Self::start_with(move |number| {
            let (ctx, caller) = (ctx.clone(), caller.clone());
            async move { publish(&ctx, &caller, "job.created", json!({"number": number})).await.ok().map(|accepted| accepted.message_id) }
        })
    }

    /// Starts them; `publish` gives the message's id if it was accepted.
    pub fn start_with<F>(publish: impl Fn(u64) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = Option<String>> + Send,
    {
        let stop = tokio_util::sync::CancellationToken::new();
        let tasks = (0..4_u64)
            .map(|lane| {
                let (publish, stop) = (publish.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut accepted = HashMap::new();
                    let mut number = lane;
                    while !stop.is_cancelled() {
                        if let Some(id) = publish(number).await {
                            accepted.insert(number, id);
                        }
                        number += 4;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    accepted
                })
            })
            .collect();
        Self { stop, tasks }
    }

    /// Stops them.
    pub async fn stop(self) -> HashMap<u64, String> {
        self.stop.cancel();
        let mut all = HashMap::new();
        for task in self.tasks {
            all.extend(task.await.expect("publishing does not panic"));
        }
        all
    }
}

/// PostgreSQL's programs, if they are installed.
pub fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists())
        .max();
    let on_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join("initdb").exists());
    newest.map(|(_, folder)| folder).or_else(on_path)
}
