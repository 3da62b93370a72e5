//! Webhooks out and in: addresses, times and sizes.

use ipnet::IpNet;

use super::error::ConfigError;
use super::reader::Reader;
use super::server::network;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "webhooks.allow_networks",
        &["WEBHOOK_ALLOW_NETWORKS"],
        "list of networks",
        "Private networks that receivers may be in, such as 10.1.0.0/16. Inside them plain http is allowed too. None by default.",
    )
    .list(),
    Setting::new(
        "webhooks.allow_http",
        &["WEBHOOK_ALLOW_HTTP"],
        "true or false",
        "Whether receivers at public addresses may use plain http.",
    )
    .default("false"),
    Setting::new(
        "webhooks.allow_ports",
        &["WEBHOOK_ALLOW_PORTS"],
        "list of ports",
        "Ports below 1024, beyond 80 and 443, that receivers may use.",
    )
    .list(),
    Setting::new(
        "webhooks.timeout_ms",
        &["WEBHOOK_TIMEOUT_MS"],
        "milliseconds",
        "How long a receiver may take, unless its subscription says otherwise.",
    )
    .default("30000"),
    Setting::new("webhooks.max_body_bytes", &["WEBHOOK_MAX_BODY_BYTES"], "bytes", "The largest body of a webhook that comes in.")
        .default("5242880"),
];

/// Webhooks out and in.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Private networks that receivers may be in.
    pub allow_networks: Vec<IpNet>,
    /// Plain http to public addresses.
    pub allow_http: bool,
    /// Low ports beyond 80 and 443.
    pub allow_ports: Vec<u16>,
    /// Time-out of a delivery in milliseconds where the subscription has none, 100-120000.
    pub timeout_ms: u32,
    /// Largest incoming body in bytes, 1 KiB-100 MiB.
    pub max_body_bytes: usize,
}

impl WebhookConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        Ok(Self {
            allow_networks: reader.list("webhooks.allow_networks", "a list of networks, such as 10.1.0.0/16", network)?,
            allow_http: reader.switch("webhooks.allow_http")?,
            allow_ports: reader
                .list("webhooks.allow_ports", "a list of ports from 1 to 65535", |text| text.parse().ok().filter(|port| *port > 0))?,
            timeout_ms: reader.number("webhooks.timeout_ms", 100..=120_000)?,
            max_body_bytes: reader.number("webhooks.max_body_bytes", 1024..=104_857_600)?,
        })
    }
}
