//! A connection with everything a call needs: opened credentials, addresses, the HTTP door, tokens and the clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use secrecy::SecretString;
use url::Url;

use crate::clock::Clock;
use crate::domain::id::IntegrationId;

use super::Error;
use super::catalogue::Entry;
use super::client::{Call, Http, Observer};
use super::quota::{Limiter, Quota};
use super::tokens::{NoTokens, Tokens};

/// Credentials by field name, opened.
pub type Credentials = BTreeMap<String, SecretString>;

/// Looked-up names by kind and id; `None` was looked up in vain.
type Names = HashMap<(&'static str, String), Option<Arc<str>>>;

/// One connection, ready to make calls. Cheap to clone; made for a piece of work and dropped after it.
#[derive(Clone)]
pub struct Connection {
    /// Which integration this is.
    pub integration_id: IntegrationId,
    /// The provider's catalogue entry.
    pub entry: &'static Entry,
    /// The opened credentials.
    pub credentials: Arc<Credentials>,
    /// The integration's settings.
    pub config: Arc<serde_json::Value>,
    /// The outside addresses by endpoint name.
    pub endpoints: Arc<BTreeMap<String, Url>>,
    /// The outgoing door.
    pub http: Http,
    /// Where bearer tokens come from.
    pub tokens: Arc<dyn Tokens>,
    /// The clock.
    pub clock: Clock,
    /// Told about every call.
    pub observer: Option<Observer>,
    limiter: Arc<Limiter>,
    names: Arc<Mutex<Names>>,
}

impl Connection {
    /// A connection at the provider's own addresses, without tokens.
    ///
    /// # Errors
    /// `Invalid` when an address of the entry cannot be parsed.
    pub fn new(
        entry: &'static Entry,
        integration_id: IntegrationId,
        credentials: Credentials,
        http: Http,
        clock: Clock,
    ) -> Result<Self, Error> {
        let mut endpoints = BTreeMap::new();
        for endpoint in entry.endpoints {
            if let Some(default) = endpoint.default {
                endpoints.insert(endpoint.name.to_owned(), address(endpoint.name, default)?);
            }
        }
        Ok(Self {
            integration_id,
            entry,
            credentials: Arc::new(credentials),
            config: Arc::new(serde_json::Value::Null),
            endpoints: Arc::new(endpoints),
            limiter: http.limiter(integration_id),
            http,
            tokens: Arc::new(NoTokens),
            clock,
            observer: None,
            names: Arc::default(),
        })
    }

    /// The same with this source of tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn Tokens>) -> Self {
        self.tokens = tokens;
        self
    }

    /// The same with these settings.
    #[must_use]
    pub fn with_config(mut self, config: serde_json::Value) -> Self {
        self.config = Arc::new(config);
        self
    }

    /// The same with these addresses instead of the vendor's, by endpoint name.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: impl IntoIterator<Item = (String, Url)>) -> Self {
        let mut all = (*self.endpoints).clone();
        all.extend(endpoints);
        self.endpoints = Arc::new(all);
        self
    }

    /// The same, telling this observer about every call.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// A credential that is there and not blank.
    pub fn credential(&self, name: &str) -> Option<&SecretString> {
        use secrecy::ExposeSecret;
        self.credentials.get(name).filter(|value| !value.expose_secret().trim().is_empty())
    }

    /// An outside address.
    ///
    /// # Errors
    /// `Invalid` when the connection has none of this name.
    pub fn endpoint(&self, name: &str) -> Result<&Url, Error> {
        self.endpoints
            .get(name)
            .ok_or_else(|| Error::Invalid { field: Some(name.to_owned()), message: format!("The address {name} is missing.") })
    }

    /// A call that reads: repeating it does no harm.
    pub fn get<'a>(&'a self, endpoint: &'a str, path: &'a str) -> Call<'a> {
        Call::new(self, Method::GET, endpoint, path)
    }

    /// A form posted to an address as it stands, for token endpoints. It counts as a read: repeating it does no harm.
    pub fn post_form<'a>(&'a self, endpoint: &'a str, fields: &[(&str, &str)]) -> Call<'a> {
        Call::new(self, Method::POST, endpoint, "").form(fields)
    }

    /// A call that changes something: never repeated once its bytes were sent.
    pub fn write<'a>(&'a self, method: Method, endpoint: &'a str, path: &'a str) -> Call<'a> {
        Call::new(self, method, endpoint, path).changing()
    }

    /// The limiter that all connections of this integration share.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Until when the provider takes no calls; `None` when it does.
    pub fn throttled_until(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.limiter.throttled_until(self.clock.now())
    }

    /// The rate limit as the provider last stated it.
    pub fn quota(&self) -> Option<Quota> {
        self.limiter.quota()
    }

    /// A name looked up before: `None` not yet, `Some(None)` looked up in vain.
    pub(crate) fn known_name(&self, kind: &'static str, id: &str) -> Option<Option<Arc<str>>> {
        self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&(kind, id.to_owned())).cloned()
    }

    /// Keeps a looked-up name for the rest of this connection's work.
    pub(crate) fn keep_name(&self, kind: &'static str, id: String, name: Option<Arc<str>>) {
        self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert((kind, id), name);
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("integration_id", &self.integration_id)
            .field("provider", &self.entry.slug)
            .finish_non_exhaustive()
    }
}

fn address(name: &str, text: &str) -> Result<Url, Error> {
    text.parse().map_err(|_| Error::Invalid { field: Some(name.to_owned()), message: format!("The address {name} is not valid.") })
}
