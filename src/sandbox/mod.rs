//! Simulators of the outside tools: they speak the providers' wire formats on generated data, so that the whole product can be tried,
//! tested and shown offline.
//!
//! A simulator imitates what the vendor documents, strictness included. Fields that the documents do not have must not appear here.
//! Everything under `/_control` belongs to the simulator alone: tests and the demo change its state there.

pub mod google;
pub mod greenhouse;
pub mod oauth;
pub mod slack;

use std::net::SocketAddr;

use axum::Router;
use chrono::{DateTime, Utc};
use url::Url;

use crate::clock::Clock;
use crate::providers::Entry;

/// What the simulators are made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// Candidates; everything else grows with them.
    pub candidates: usize,
    /// Whether calls are counted and refused beyond the limit.
    pub rate_limit: bool,
    /// Calls per 30 seconds.
    pub rate_limit_calls: u32,
    /// Seconds a token lives.
    pub token_seconds: i64,
    /// What the generated data hangs on: the same seed gives the same people.
    pub seed: u64,
    /// The simulators' clock.
    pub clock: Clock,
    /// The day the generated data leads up to; the clock's present when not given.
    pub today: Option<DateTime<Utc>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { candidates: 180, rate_limit: true, rate_limit_calls: 75, token_seconds: 3600, seed: 7, clock: Clock::system(), today: None }
    }
}

/// Every simulator together.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Greenhouse.
    pub greenhouse: greenhouse::Simulator,
    /// The authorization servers of every provider that people sign in to.
    pub oauth: oauth::Servers,
    /// Slack.
    pub slack: slack::Workspace,
}

impl Sandbox {
    /// Fresh simulators.
    pub fn new(options: &Options) -> Self {
        let oauth = oauth::Servers::new(&options.clock);
        let slack = slack::Workspace::new(oauth.of("slack").clone());
        Self { greenhouse: greenhouse::Simulator::new(options), oauth, slack }
    }

    /// The routes of fresh simulators.
    pub fn router(options: &Options) -> Router {
        Self::new(options).into_router()
    }

    /// The routes of these simulators.
    pub fn into_router(self) -> Router {
        let servers = &self.oauth;
        servers
            .router()
            .merge(google::router(servers.of("google_calendar").clone(), servers.of("gmail").clone()))
            .merge(slack::router(self.slack))
            .merge(greenhouse::router(self.greenhouse))
    }

    /// Serves fresh simulators at an address; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr, options: &Options) -> std::io::Result<Running> {
        let sandbox = Self::new(options);
        let listener = tokio::net::TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let router = sandbox.clone().into_router();
        let handle = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sandbox stopped");
            }
        });
        Ok(Running { addr, sandbox, handle })
    }
}

/// Simulators being served. Dropping it stops them.
#[derive(Debug)]
pub struct Running {
    /// Where.
    pub addr: SocketAddr,
    /// The simulators, to be looked into and changed directly.
    pub sandbox: Sandbox,
    handle: tokio::task::JoinHandle<()>,
}

impl Running {
    /// The address that `SANDBOX_URL` takes.
    pub fn url(&self) -> Url {
        format!("http://{}", self.addr).parse().expect("a socket address makes a URL")
    }

    /// A provider's addresses here, by endpoint name.
    pub fn endpoints(&self, entry: &Entry) -> Vec<(String, Url)> {
        endpoints(&self.url(), entry)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// A provider's addresses at the sandbox with this base address, by endpoint name.
pub fn endpoints(base: &Url, entry: &Entry) -> Vec<(String, Url)> {
    let base = base.as_str().trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}").parse().ok();
    entry.endpoints.iter().filter_map(|endpoint| Some((endpoint.name.to_owned(), at(endpoint.sandbox_path)?))).collect()
}
