//! A whole server for one test: [`TestApp`], and [`Client`]s that call it.

// Each suite uses its own part of this.
#![expect(dead_code, reason = "support for suites yet to come stands beside that of today's")]

mod client;
mod database;
pub mod hiring;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeZone as _, Utc};
use hirewire::accounts::Visitor;
use hirewire::accounts::api_keys::{self, NewKey};
use hirewire::accounts::sessions::{self, SignedIn};
use hirewire::accounts::sign_up::{SignUp, add_member, ensure_organization};
use hirewire::caller::Caller;
use hirewire::clock::Clock;
use hirewire::config::{Config, Endpoints, sandbox_clients};
use hirewire::context::Context;
use hirewire::domain::id::OrgId;
use hirewire::domain::role::Role;
use hirewire::operations::keys;
use hirewire::runtime;
use hirewire::sandbox::{self, Sandbox};
use hirewire::server::{AppState, Settings, router};
use hirewire::store::session::Sessions;
use secrecy::{ExposeSecret as _, SecretString};
use tower_sessions::Session;

pub use client::{Answer, Client};
use database::Database;

/// The organization tests act in, unless they say otherwise.
pub const ORGANIZATION: &str = "Northwind";

/// The password of every person a test makes.
pub const PASSWORD: &str = "correct horse battery staple";

/// The instant every test begins at.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).single().expect("a valid instant")
}

/// A server over a database of its own, with simulators of its own and a clock that stands still.
pub struct TestApp {
    /// What services work with: for arranging what the API cannot, and for looking behind it.
    pub ctx: Context,
    /// The real router.
    pub router: Router,
    /// The providers' simulators.
    pub sandbox: sandbox::Running,
    /// [`ORGANIZATION`].
    pub organization: OrgId,
    /// Last, so that it goes after everything that uses it.
    database: Database,
}

impl TestApp {
    /// A server with the settings of [`Config::for_tests`].
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with settings changed by `change`.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        hirewire::install_crypto();
        let database = database::fresh().await;
        let clock = Clock::manual(start());
        let options = sandbox::Options { clock: clock.clone(), ..sandbox::Options::default() };
        let sandbox = Sandbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), &options).await.expect("a free port");
        let mut config = Config::for_tests(database.folder());
        config.endpoints = Endpoints::for_sandbox(&sandbox.url());
        config.oauth = sandbox_clients();
        change(&mut config);
        let ctx = Context::with_config(database.db.clone(), clock, Arc::new(config));
        keys::load(&ctx).await.expect("a data key is made");
        let organization = ensure_organization(&ctx, ORGANIZATION).await.expect("an organization");
        let router = router(AppState::new(ctx.clone(), Settings::from(&*ctx.config)));
        Self { ctx, router, sandbox, organization, database }
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.ctx.clock.advance(by);
    }

    /// Runs every task that is due, and those that they cause, until none is. Says how many ran.
    pub async fn run_tasks(&self) -> usize {
        runtime::drain(&self.ctx).await
    }

    /// Serves the same router to the network. The listener goes with the answer.
    pub async fn spawn(&self) -> Listening {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, service).await;
        });
        Listening { url: format!("http://{address}"), task }
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// The owner of [`ORGANIZATION`], signed in.
    pub async fn as_owner(&self) -> Client {
        self.as_user(Role::Owner).await
    }

    /// A member of [`ORGANIZATION`], signed in.
    pub async fn as_user(&self, role: Role) -> Client {
        self.as_user_of(ORGANIZATION, role).await
    }

    /// A member of an organization, which is made if need be, signed in.
    pub async fn as_user_of(&self, organization: &str, role: Role) -> Client {
        let email = format!("{role}-{}@example.com", self.ctx.clock.new_id().simple());
        let input =
            SignUp { organization: organization.to_owned(), name: format!("The {role}"), email, password: SecretString::from(PASSWORD) };
        let who = add_member(&self.ctx, &input, role).await.expect("a new member");
        self.anonymous().cookie(&self.session(who).await)
    }

    /// A program with a key of [`ORGANIZATION`]; `*` is every right.
    pub async fn as_key(&self, scopes: &[&str]) -> Client {
        self.as_key_of(ORGANIZATION, scopes).await
    }

    /// A program with a key of an organization, which is made if need be.
    pub async fn as_key_of(&self, organization: &str, scopes: &[&str]) -> Client {
        let organization = ensure_organization(&self.ctx, organization).await.expect("an organization");
        let wanted =
            NewKey { name: "Test".to_owned(), scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(), ..NewKey::default() };
        let made = api_keys::create(&self.ctx, &self.system(organization), &wanted).await.expect("a key");
        self.anonymous().bearer(made.key.expose_secret())
    }

    /// The program itself, for calling services directly.
    pub fn system(&self, organization: OrgId) -> Caller {
        Caller::system(organization, "test", self.ctx.clock.new_id())
    }

    /// The cookie of a new session.
    async fn session(&self, who: SignedIn) -> String {
        let ctx = &self.ctx;
        let store = Sessions::new(ctx.store.clone(), ctx.clock.clone(), ctx.site.session_idle);
        let session = Session::new(None, Arc::new(store), None);
        let visitor = Visitor { address: None, user_agent: Some("Test".to_owned()), trace: ctx.clock.new_id() };
        sessions::begin(ctx, &session, who, &visitor).await.expect("a session begins");
        session.save().await.expect("a session is saved");
        format!("hw_session={}", session.id().expect("a saved session has an id"))
    }
}

/// A server on the network; it stops when this goes.
pub struct Listening {
    /// Where it listens, without a slash at the end.
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}
