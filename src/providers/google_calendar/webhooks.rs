//! Google Calendar's push notifications: no body and no signature, a secret of the channel is repeated in a header.
//!
//! Source: developers.google.com, Calendar API, "Push notifications", read 2026-11-21.

use std::time::Duration;

use secrecy::ExposeSecret;

use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// Google Calendar's notifications.
#[derive(Debug)]
pub struct Webhooks;

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let (Some(channel), Some(token)) = (message.header("x-goog-channel-id"), message.header("x-goog-channel-token")) else {
            return signature::unsigned(keys);
        };
        signature::check_keys(keys, |key| {
            let is_of_this = key.channel.as_deref().is_none_or(|id| id == channel);
            signature::is_same(key.secret.expose_secret().as_bytes(), token.as_bytes()) && is_of_this
        })
    }

    /// Numbers rise within a channel; a try again carries the same one.
    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        Some(format!("{}:{}", message.header("x-goog-channel-id")?, message.header("x-goog-message-number")?))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        message.header("x-goog-resource-state").map(str::to_owned)
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        Ok(vec![match message.header("x-goog-resource-state") {
            Some("sync") => Change::Ignored { reason: "Google says that the channel is open.".to_owned() },
            Some(_) => Change::Sync { reason: "The calendar changed.".to_owned() },
            None => return Err(Error::Protocol { message: "x-goog-resource-state is missing".to_owned() }),
        }])
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn secret_headers(&self) -> &'static [&'static str] {
        &["x-goog-channel-token"]
    }

    /// Google does not say for how long; delivery is not guaranteed at all.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(60)
    }
}
