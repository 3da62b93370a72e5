//! What handlers share.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use bytes::Bytes;
use leptos::config::LeptosOptions;
use secrecy::SecretString;

use super::health::Metrics;
use super::middleware::rate_limit::{Limiters, RateLimits};
use crate::config::{Config, FeatureConfig};
use crate::context::Context;

/// What the HTTP side needs to know besides the services' context. Built from the configuration at start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address people and programs reach this server under, without a trailing slash.
    pub public_url: String,
    /// The built browser half: `pkg/`, icons and other files.
    pub site_root: PathBuf,
    /// Origins whose pages may call the API from a browser.
    pub allowed_origins: Vec<String>,
    /// Feature switches.
    pub features: FeatureConfig,
    /// Requests per minute.
    pub rate_limits: RateLimits,
    /// `/metrics` asks for this bearer token, if it is set.
    pub metrics_token: Option<SecretString>,
    /// Take the caller's address from `X-Forwarded-For` if the connection comes from one of these networks (a proxy in front).
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// How long a request may take until it is answered with 503.
    pub timeout: Duration,
    /// The largest body in bytes; inbound hooks have [`Settings::hook_body_bytes`].
    pub body_bytes: usize,
    /// The largest body of an inbound hook in bytes.
    pub hook_body_bytes: usize,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        let (server, limits) = (&config.server, &config.limits);
        let public_url = server.public_url_at(server.addr);
        Self {
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
            site_root: server.site_root.clone(),
            allowed_origins: server.allowed_origins.clone(),
            features: config.features,
            rate_limits: RateLimits {
                per_key: limits.per_key,
                per_address: limits.per_address,
                sign_in: limits.sign_in,
                actions: limits.actions,
            },
            metrics_token: limits.metrics_token.clone(),
            trusted_proxies: server.trust_proxy.clone(),
            timeout: Duration::from_secs(limits.request_s),
            body_bytes: 1024 * 1024,
            hook_body_bytes: config.webhooks.max_body_bytes,
        }
    }
}

impl Settings {
    /// Whether people reach this server over HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The router's state. Every layer clones it for every request, hence one pointer. Handlers take `State<Context>`; few need more.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// What an [`AppState`] holds.
pub struct Parts {
    /// What services work with.
    pub context: Context,
    /// How the HTTP side is set up.
    pub settings: Arc<Settings>,
    /// What Leptos needs to render a page.
    pub leptos: LeptosOptions,
    /// The rate limits' counters.
    pub limiters: Arc<Limiters>,
    /// The program's own numbers.
    pub metrics: Metrics,
    /// The OpenAPI document, ready to send.
    pub openapi: Bytes,
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl FromRef<AppState> for Context {
    fn from_ref(state: &AppState) -> Self {
        state.context.clone()
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Arc<Settings> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.settings)
    }
}

impl AppState {
    /// The state for a context under these settings.
    pub fn new(context: Context, settings: Settings) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("hirewire")
            .site_root(settings.site_root.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .build();
        let limiters = Arc::new(Limiters::new(settings.rate_limits, &context.clock));
        let openapi = super::api::document_json();
        Self(Arc::new(Parts { context, settings: Arc::new(settings), leptos, limiters, metrics: Metrics::install(), openapi }))
    }
}
