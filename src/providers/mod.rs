//! Everything that speaks to the outside tools: what they are (`catalogue`) and the code that calls them.
//!
//! This layer knows neither the store nor the vault: it is handed opened credentials and gives back records or an [`Error`].
//! It never decides on retries, breakers or a connection's status.

pub mod ats;
pub mod calendar;
pub mod catalogue;
pub mod channels;
pub mod chat;
pub mod client;
pub mod connection;
pub mod error;
pub mod google;
pub mod greenhouse;
pub mod inbound;
pub mod link;
pub mod oauth;
mod published;
pub mod quota;
pub mod remote;
pub mod schemes;
pub mod signature;
pub mod slack;
pub mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

pub use ats::{Ats, BadRecord, Choice, IdPage, LoopGuard, NewApplication, Page, PageFrom, Resume, Standing, Submitted, Visibility};
pub use calendar::{Calendar, CalendarInfo};
pub use catalogue::Entry;
pub use channels::Channels;
pub use chat::{Chat, Posted};
pub use client::{Answer, CallRecord, Http, HttpOptions, Observer};
pub use connection::{Connection, Credentials};
pub use error::Error;
pub use inbound::{AppKey, Change, Inbound, Key, Keys, Message, Reply, Verdict};
pub use oauth::{Grant, Oauth, Settled};
pub use quota::Quota;
pub use remote::{Contact, Remote, RemoteData};
pub use tokens::{ClientCredentials, NoTokens, OneToken, TokenSet, Tokens};

/// What a test of a connection found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Who we are over there, for people.
    pub account: Option<String>,
    /// Each permission that was tried.
    pub permissions: Vec<Permission>,
}

impl Verified {
    /// Whether everything that is needed is there.
    pub fn is_usable(&self) -> bool {
        self.permissions.iter().all(|permission| permission.ok || !permission.required)
    }
}

/// A permission that was tried.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Permission {
    /// The provider's name of it.
    pub key: String,
    /// What it is for.
    pub label: String,
    /// Whether it is there.
    pub ok: bool,
    /// Whether connecting makes no sense without it.
    pub required: bool,
    /// What to do when it is missing, as a sentence.
    pub message: Option<String>,
}

/// A provider that this build has code for.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its facts.
    fn entry(&self) -> &'static Entry;

    /// Looks at credentials without calling anybody.
    ///
    /// # Errors
    /// `Invalid` naming the field and what to enter instead.
    fn recognise(&self, _credentials: &Credentials) -> Result<(), Error> {
        let name = self.entry().name;
        Err(Error::Invalid { field: None, message: format!("{name} is connected by signing in there, not with credentials entered here.") })
    }

    /// Gets an access token with the connection's credentials.
    ///
    /// # Errors
    /// `Unauthorized` when they are refused; `Invalid` when this provider has no such tokens.
    async fn obtain_token(&self, cx: &Connection) -> Result<TokenSet, Error> {
        Err(Error::Unauthorized { message: format!("{} gives no token without a person who signs in", cx.entry.name) })
    }

    /// Tries everything the connection needs and names what is missing.
    ///
    /// # Errors
    /// What keeps it from being tried: refused credentials, no answer.
    async fn verify(&self, cx: &Connection) -> Result<Verified, Error>;

    /// One cheap real call.
    ///
    /// # Errors
    /// Whatever went wrong.
    async fn ping(&self, cx: &Connection) -> Result<(), Error>;

    /// As one that people sign in to.
    fn as_oauth(&self) -> Option<&dyn Oauth> {
        None
    }

    /// As a calendar.
    fn as_calendar(&self) -> Option<&dyn Calendar> {
        None
    }

    /// As a chat.
    fn as_chat(&self) -> Option<&dyn Chat> {
        None
    }

    /// As an applicant tracking system.
    fn as_ats(&self) -> Option<&dyn Ats> {
        None
    }

    /// As a sender of messages through channels that end.
    fn as_channels(&self) -> Option<&dyn Channels> {
        None
    }
}

/// The providers this build has code for. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<BTreeMap<&'static str, Arc<dyn Provider>>>);

impl Registry {
    /// Every provider. One more is one more line here.
    pub fn new() -> Self {
        let all: [Arc<dyn Provider>; 4] =
            [Arc::new(greenhouse::Greenhouse), Arc::new(google::GoogleCalendar), Arc::new(google::Gmail), Arc::new(slack::Slack)];
        Self(Arc::new(all.into_iter().map(|provider| (provider.entry().slug, provider)).collect()))
    }

    /// The same with one more, in place of one of the same slug.
    #[must_use]
    pub fn with(&self, provider: Arc<dyn Provider>) -> Self {
        let mut all = (*self.0).clone();
        all.insert(provider.entry().slug, provider);
        Self(Arc::new(all))
    }

    /// The provider of this slug (or of another spelling that the catalogue knows).
    pub fn get(&self, slug: &str) -> Option<Arc<dyn Provider>> {
        self.0.get(catalogue::find(slug)?.slug).cloned()
    }

    /// Every provider, by slug.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.0.values()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
