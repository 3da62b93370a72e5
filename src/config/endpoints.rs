//! The outside addresses of providers: the catalogue's, replaced where the configuration says so.

use std::borrow::Cow;
use std::collections::BTreeMap;

use url::Url;

use crate::providers::catalogue::{self, Endpoint, Entry};

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[Setting::new(
    "endpoints.sandbox",
    &["SANDBOX_URL"],
    "address",
    "Sends every call to the simulators at this address instead of to the providers. Single addresses that are set win over it.",
)];

/// Where each provider is reached, by slug and endpoint name.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    urls: BTreeMap<&'static str, BTreeMap<&'static str, Url>>,
    sandbox: Option<Url>,
}

impl Endpoints {
    /// The addresses of the simulators at `sandbox`.
    pub fn for_sandbox(sandbox: &Url) -> Self {
        let mut endpoints = Self { sandbox: Some(sandbox.clone()), ..Self::default() };
        for (entry, endpoint) in each() {
            endpoints.set(entry.slug, endpoint.name, simulator(sandbox, endpoint));
        }
        endpoints
    }

    /// The address of an endpoint. `None` if the host is the customer's own (see the catalogue) and nothing replaces it.
    pub fn get(&self, slug: &str, name: &str) -> Option<&Url> {
        self.urls.get(slug)?.get(name)
    }

    /// The same as text without a slash at the end, to put a path behind.
    pub fn base(&self, slug: &str, name: &str) -> Option<&str> {
        self.get(slug, name).map(|url| url.as_str().trim_end_matches('/'))
    }

    /// Replaces one address.
    pub fn set(&mut self, slug: &'static str, name: &'static str, url: Url) {
        self.urls.entry(slug).or_default().insert(name, url);
    }

    /// The simulators' address, if they stand in for the providers.
    pub fn sandbox(&self) -> Option<&Url> {
        self.sandbox.as_ref()
    }

    /// Every known address.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, &Url)> {
        self.urls.iter().flat_map(|(slug, urls)| urls.iter().map(move |(name, url)| (*slug, *name, url)))
    }

    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        let sandbox = reader.url("endpoints.sandbox")?;
        let mut endpoints = Self { sandbox: sandbox.clone(), ..Self::default() };
        for (entry, endpoint) in each() {
            let key = setting_name(entry, endpoint);
            let tenant = match entry.oauth {
                Some(client) => super::oauth::tenant(reader, client)?,
                None => None,
            };
            let url = match (reader.url(&key)?, &sandbox) {
                (Some(url), _) => Some(url),
                (None, Some(sandbox)) => Some(simulator(sandbox, endpoint)),
                (None, None) => endpoint.default.map(|address| {
                    let address = address.replace("{tenant}", tenant.as_deref().unwrap_or("common"));
                    Url::parse(&address).expect("the catalogue's test parses every address, and tenants are plain")
                }),
            };
            if let Some(url) = url {
                endpoints.set(entry.slug, endpoint.name, url);
            }
        }
        Ok(endpoints)
    }
}

pub(super) fn settings() -> impl Iterator<Item = Setting> {
    each().map(|(entry, endpoint)| Setting {
        name: Cow::Owned(setting_name(entry, endpoint)),
        env: std::slice::from_ref(&endpoint.env),
        // Read by `Endpoints::read`, because SANDBOX_URL comes before the vendor's address.
        default: None,
        unit: "address",
        meaning: Cow::Owned(match endpoint.default {
            Some(address) => format!("Replaces {address}, the {} address of {}.", endpoint.name, entry.name),
            None => format!("Replaces the {} address of {}, which otherwise comes with the connection.", endpoint.name, entry.name),
        }),
        secret: false,
        is_list: false,
    })
}

fn each() -> impl Iterator<Item = (&'static Entry, &'static Endpoint)> {
    catalogue::all().flat_map(|entry| entry.endpoints.iter().map(move |endpoint| (entry, endpoint)))
}

fn setting_name(entry: &Entry, endpoint: &Endpoint) -> String {
    format!("endpoints.{}.{}", entry.slug, endpoint.name)
}

fn simulator(sandbox: &Url, endpoint: &Endpoint) -> Url {
    let mut url = sandbox.clone();
    url.set_path(&format!("{}{}", sandbox.path().trim_end_matches('/'), endpoint.sandbox_path));
    url
}
