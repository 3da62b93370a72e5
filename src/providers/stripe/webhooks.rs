//! Stripe's events: an HMAC over time and body, with several signatures while a secret is being replaced.
//!
//! Source: stripe-python 16.1.0, `_webhook`, and Stripe's documentation, read 2026-11-21.

use std::time::Duration;

use serde::Deserialize;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature::{self, Window};

/// Stripe's events.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Event {
    id: String,
    object: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    account: Option<String>,
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Some(header) = message.header("stripe-signature") else { return signature::unsigned(keys) };
        let mut at = None;
        let mut given = Vec::new();
        for part in header.split(',') {
            match part.split_once('=') {
                // Two times would leave open which one is signed.
                Some(("t", _)) if at.is_some() => return signature::unsigned(keys),
                Some(("t", value)) => at = Some(value),
                Some(("v1", value)) => given.push(value),
                _ => {}
            }
        }
        let (Some(at), false) = (at, given.is_empty()) else { return signature::unsigned(keys) };
        let Some(time) = signature::unix_seconds(at) else { return signature::unsigned(keys) };
        let verdict = signature::check(keys, |key| {
            // The whole secret is the key, with its whsec_.
            let expected = signature::hmac_sha256_hex(key, &[at.as_bytes(), b".", message.body]);
            given.iter().fold(false, |found, given| found | signature::is_same(expected.as_bytes(), given.as_bytes()))
        });
        Window::FIVE_MINUTES.apply(verdict, time, message)
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        Some(serde_json::from_slice::<Event>(message.body).ok()?.id)
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Event>(message.body).ok()?.kind
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let event: Event = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        let kind = event.kind.unwrap_or_default();
        let is_ours = ["checkout.session.", "customer.subscription.", "invoice."].iter().any(|prefix| kind.starts_with(prefix));
        Ok(vec![if event.object.as_deref() == Some("v2.core.event") {
            Change::Ignored { reason: "An event without its object; Hirewire asks for none of these.".to_owned() }
        } else if is_ours {
            Change::Sync { reason: "A payment or subscription changed.".to_owned() }
        } else {
            Change::Ignored { reason: "It is not about a payment or subscription.".to_owned() }
        }])
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Event>(message.body).ok()?.account
    }

    fn retry_window(&self) -> Duration {
        Duration::from_secs(3 * 24 * 3600)
    }
}

/// The header of a body, as Stripe makes it.
pub fn sign(secret: &[u8], timestamp: i64, body: &[u8]) -> String {
    format!("t={timestamp},v1={}", signature::hmac_sha256_hex(secret, &[timestamp.to_string().as_bytes(), b".", body]))
}
