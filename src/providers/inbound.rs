//! Webhooks that a provider sends to us: is it genuine, was it here before, what does it change.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use secrecy::SecretString;

use crate::domain::status::RecordKind;

use super::Error;
use super::remote::Remote;

/// A message as it came, with what checking it needs to know.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its query string.
    pub query: Option<&'a str>,
    /// Its bytes.
    pub body: &'a [u8],
    /// The address it came to as the provider knows it, without the query string.
    pub url: Cow<'a, str>,
    /// When it came: ages are counted up to this moment, also when it is checked later.
    pub received_at: DateTime<Utc>,
}

impl<'a> Message<'a> {
    /// A header's value; `None` if it is missing, there twice, or no text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok()).flatten()
    }

    /// The decoded value of a parameter of the query string.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        url::form_urlencoded::parse(self.query?.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// What a message is checked with.
#[derive(Debug, Clone)]
pub struct Key {
    /// The secret, or where a provider signs with published keys, the name of who must have signed.
    pub secret: SecretString,
    /// The channel it belongs to, by the provider's id of it; `None` if it counts for every message.
    pub channel: Option<String>,
}

impl From<&str> for Key {
    fn from(secret: &str) -> Self {
        Self { secret: secret.to_owned().into(), channel: None }
    }
}

/// Everything a message may be checked with: several, while one takes over from another.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The keys of this connection.
    pub secrets: Vec<Key>,
    /// The keys that the provider publishes (a JSON Web Key Set), where it signs with its own.
    pub published: Option<Arc<str>>,
}

impl Keys {
    /// These keys.
    pub fn new<K: Into<Key>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { secrets: keys.into_iter().map(Into::into).collect(), published: None }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }
}

/// The key of the vendor's app that this installation has registered, where it signs webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKey {
    /// It signs none.
    None,
    /// The app's client secret.
    ClientSecret,
    /// A secret of its own.
    SigningSecret,
}

/// Whether a message is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Signed with one of the keys.
    Verified,
    /// The provider proves nothing here: taken as a hint to read again, and for nothing else.
    Hint,
    /// There is no key to check with.
    NoKey,
    /// It carries no signature.
    Missing,
    /// Its signature is right, but it is too old (or from the future).
    Stale,
    /// Its signature is wrong.
    Forged,
}

impl Verdict {
    /// How it is written down.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Hint => "hint",
            Self::NoKey => "no_key",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Forged => "forged",
        }
    }

    /// Whether something is made of the message.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Verified | Self::Hint)
    }
}

/// What a provider is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

impl Reply {
    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: String::new() }
    }

    /// 200 with a text.
    pub fn text(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    /// 200 with a JSON document.
    pub fn json(body: &serde_json::Value) -> Self {
        Self { status: 200, content_type: "application/json", body: body.to_string() }
    }
}

/// What a message says has changed.
#[derive(Debug, Clone)]
pub enum Change {
    /// This is how the record is now, as far as stated.
    Upsert(Box<Remote>),
    /// The record is gone.
    Deleted {
        /// What it was.
        kind: RecordKind,
        /// Its id over there.
        external_id: String,
    },
    /// Two records became one.
    Merged {
        /// What they are.
        kind: RecordKind,
        /// The one that is gone.
        from: String,
        /// The one that remains.
        into: String,
    },
    /// The record changed; how, has to be asked.
    Refetch {
        /// What it is.
        kind: RecordKind,
        /// Its id over there.
        external_id: String,
    },
    /// Something changed; what, has to be asked.
    Sync {
        /// What the message says, as a sentence.
        reason: String,
    },
    /// The provider may have taken our permission away: the connection has to be tried.
    Check {
        /// What the message says, as a sentence.
        reason: String,
    },
    /// A channel for such messages wants to be renewed, or is gone.
    Channel {
        /// The provider's id of it.
        external_id: String,
        /// Whether it is gone.
        is_gone: bool,
    },
    /// Nothing that Hirewire keeps.
    Ignored {
        /// Why, as a sentence.
        reason: String,
    },
}

/// The webhooks of a provider: how they prove where they come from, and what they say.
pub trait Inbound: Send + Sync {
    /// The answer to a handshake, or why it is refused; `None` for an ordinary message. Nothing of a handshake is kept.
    fn handshake(&self, _message: &Message<'_>, _keys: &Keys) -> Option<Result<Reply, Verdict>> {
        None
    }

    /// Checks the proof over the raw bytes, in constant time.
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict;

    /// What makes this message the same as another one; `None` where two that look alike may both count.
    fn dedupe_key(&self, message: &Message<'_>) -> Option<String>;

    /// The provider's name of the event.
    fn event_name(&self, message: &Message<'_>) -> Option<String>;

    /// The answer that tells the provider not to send it again.
    fn reply(&self) -> Reply {
        Reply::empty(200)
    }

    /// What the message says, in an order in which references point backwards.
    ///
    /// # Errors
    /// `Protocol` when the body cannot be read.
    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error>;

    /// The provider's id of the account the message is about, for messages to an address that all connections share.
    fn account(&self, _message: &Message<'_>) -> Option<String> {
        None
    }

    /// Which of the fields that a person fills in to connect are keys for webhooks.
    fn key_fields(&self) -> &'static [&'static str] {
        &["webhook_secret"]
    }

    /// Which secret of the vendor's app signs webhooks.
    fn app_key(&self) -> AppKey {
        AppKey::None
    }

    /// The catalogue's name of the address where the provider publishes the keys it signs with, if it does.
    fn published_keys(&self) -> Option<&'static str> {
        None
    }

    /// Headers that are part of the proof although they are secret: kept while a message waits for a key, never shown.
    fn secret_headers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fields of a JSON body whose values are secret, at any depth: never shown.
    fn secret_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// How long the provider keeps trying to deliver a message: after a longer outage messages are missing.
    fn retry_window(&self) -> Duration;
}
