//! Limits of the web server.

use secrecy::SecretString;

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "limits.per_key",
        &["RATE_LIMIT_PER_KEY"],
        "requests per minute",
        "How often one API key may call the API. 0 is no limit.",
    )
    .default("3000"),
    Setting::new(
        "limits.per_address",
        &["RATE_LIMIT_PER_ADDRESS"],
        "requests per minute",
        "How often one address may call the API, whatever keys it uses. 0 is no limit.",
    )
    .default("6000"),
    Setting::new(
        "limits.sign_in",
        &["RATE_LIMIT_SIGN_IN"],
        "requests per minute",
        "How often one address may try to sign in, sign up or reset a password. 0 is no limit.",
    )
    .default("30"),
    Setting::new(
        "limits.actions",
        &["RATE_LIMIT_ACTIONS"],
        "requests per minute",
        "How often one address may send a form in the web app. 0 is no limit.",
    )
    .default("600"),
    Setting::new("limits.request_s", &["REQUEST_TIMEOUT_S"], "seconds", "How long a request may take until it is answered with 503.")
        .default("60"),
    Setting::new(
        "limits.metrics_token",
        &["METRICS_TOKEN"],
        "token",
        "What /metrics asks for as a bearer token. Without it, /metrics answers anyone who reaches the server.",
    )
    .secret(),
];

/// Limits of the web server. Requests are per minute; 0 is no limit.
#[derive(Debug, Clone)]
pub struct LimitConfig {
    /// For one API key, 0-1000000.
    pub per_key: u32,
    /// For one address on the API, 0-1000000.
    pub per_address: u32,
    /// For one address on sign-in, sign-up and password reset, 0-1000000.
    pub sign_in: u32,
    /// For one address on forms of the web app, 0-1000000.
    pub actions: u32,
    /// Seconds a request may take, 1-600.
    pub request_s: u64,
    /// The bearer token of `/metrics`.
    pub metrics_token: Option<SecretString>,
}

impl LimitConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        Ok(Self {
            per_key: reader.number("limits.per_key", 0..=1_000_000)?,
            per_address: reader.number("limits.per_address", 0..=1_000_000)?,
            sign_in: reader.number("limits.sign_in", 0..=1_000_000)?,
            actions: reader.number("limits.actions", 0..=1_000_000)?,
            request_s: reader.number("limits.request_s", 1..=600)?,
            metrics_token: reader.secret("limits.metrics_token"),
        })
    }
}
