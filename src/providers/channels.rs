//! Channels through which a provider tells of changes, and which end by themselves: Google's, Microsoft's, Zoho's.
//!
//! What is open, when it is renewed and what happens when it lapses is `webhooks::inbound::channels`' business.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Connection, Error};

/// A channel to be opened.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Our id of it, for providers that let us choose theirs.
    pub id: Uuid,
    /// What it watches, in the provider's words.
    pub resource: String,
    /// Where messages go.
    pub address: String,
    /// What every message has to repeat.
    pub secret: SecretString,
    /// When it shall end; the provider may decide otherwise.
    pub until: DateTime<Utc>,
}

/// An open channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The provider's id of it.
    pub external_id: String,
    /// The provider's id of what it watches, where it has one.
    pub resource_id: Option<String>,
    /// What it watches.
    pub resource: String,
    /// When it shall end after a renewal.
    pub until: DateTime<Utc>,
}

/// What opening gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The provider's id of it.
    pub external_id: String,
    /// The provider's id of what it watches, where it has one.
    pub resource_id: Option<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What renewing gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The same channel goes on until then.
    Until(DateTime<Utc>),
    /// It cannot be renewed: a new one takes over, and both are open for a moment.
    Replace,
}

/// A provider whose messages come through channels that end.
#[async_trait]
pub trait Channels: Send + Sync {
    /// For how long a channel is asked for.
    fn lifetime(&self) -> Duration;

    /// What to watch for this connection, in the provider's words.
    ///
    /// # Errors
    /// Every read error.
    async fn resources(&self, cx: &Connection) -> Result<Vec<String>, Error>;

    /// Opens a channel. The provider may try the address before this returns.
    ///
    /// # Errors
    /// Every write error.
    async fn open(&self, cx: &Connection, channel: &NewChannel) -> Result<Opened, Error>;

    /// Makes a channel last longer.
    ///
    /// # Errors
    /// `NotFound` when it is gone; every write error.
    async fn renew(&self, _cx: &Connection, _channel: &Channel) -> Result<Renewed, Error> {
        Ok(Renewed::Replace)
    }

    /// Ends a channel. One that is gone already counts as ended.
    ///
    /// # Errors
    /// Every write error.
    async fn close(&self, cx: &Connection, channel: &Channel) -> Result<(), Error>;
}
