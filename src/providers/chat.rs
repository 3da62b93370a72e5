//! Chats, as far as every provider of them can say.

use async_trait::async_trait;
use serde_json::Value;

use super::{Connection, Error};

/// A provider of channels to write to.
#[async_trait]
pub trait Chat: Send + Sync {
    /// The channels that messages can go to; none where the connection itself stands for one channel.
    ///
    /// # Errors
    /// Whatever went wrong.
    async fn channels(&self, cx: &Connection) -> Result<Vec<Channel>, Error>;

    /// The message in the provider's own form, as it would be sent.
    fn render(&self, message: &Message) -> Value;

    /// Sends a message. `channel` is left out where the connection itself stands for one.
    ///
    /// # Errors
    /// `Unknown` when it was sent and no answer came: it is not to be sent again. `RateLimited`, `Invalid` and the others.
    async fn post(&self, cx: &Connection, channel: Option<&str>, message: &Message) -> Result<Posted, Error>;
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Channel {
    /// The provider's id of it.
    pub id: String,
    /// Its name, without a sign in front.
    pub name: String,
    /// Whether only invited people see it.
    pub is_private: bool,
    /// Whether our app is in it.
    pub is_member: bool,
}

/// What is to be said, in no provider's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// What it is about, a few words.
    pub title: String,
    /// The text; lines are kept.
    pub text: String,
    /// Name and value of what belongs to it.
    pub facts: Vec<(String, String)>,
    /// Where to look: label and address.
    pub link: Option<(String, String)>,
}

/// A message that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posted {
    /// The provider's name of it, where it gives one: what edits and threads refer to.
    pub id: Option<String>,
}
