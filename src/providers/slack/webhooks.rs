//! What Slack sends: events, clicks on messages and slash commands, each signed in the same way.
//!
//! Source: docs.slack.dev, "Verifying requests from Slack" and "Events API", read 2026-11-21.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{AppKey, Change, Inbound, Keys, Message, Reply, Verdict};
use crate::providers::signature::{self, Window};

/// What Slack sends.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: Option<String>,
    challenge: Option<String>,
    event_id: Option<String>,
    team_id: Option<String>,
    team: Option<Id>,
    trigger_id: Option<String>,
    event: Option<Inner>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(rename = "type")]
    kind: String,
}

/// The value of a form field.
fn field<'a>(message: &Message<'a>, name: &str) -> Option<Cow<'a, str>> {
    let is_form = message.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    is_form.then(|| url::form_urlencoded::parse(message.body).find(|(key, _)| key == name).map(|(_, value)| value)).flatten()
}

/// The JSON of an event, or of a click.
fn event(message: &Message<'_>) -> serde_json::Result<Event> {
    match field(message, "payload") {
        Some(payload) => serde_json::from_str(&payload),
        None => serde_json::from_slice(message.body),
    }
}

impl Inbound for Webhooks {
    /// The challenge is signed like every other message. Before there is a key it is answered all the same: it says nothing of ours.
    fn handshake(&self, message: &Message<'_>, keys: &Keys) -> Option<Result<Reply, Verdict>> {
        let reply = if field(message, "ssl_check").is_some() {
            Reply::empty(200)
        } else {
            let event = serde_json::from_slice::<Event>(message.body).ok()?;
            if event.kind.as_deref() != Some("url_verification") {
                return None;
            }
            Reply::text(event.challenge?)
        };
        Some(match self.verify(message, keys) {
            Verdict::Verified | Verdict::NoKey => Ok(reply),
            verdict => Err(verdict),
        })
    }

    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let (Some(given), Some(at)) = (message.header("x-slack-signature"), message.header("x-slack-request-timestamp")) else {
            return signature::unsigned(keys);
        };
        let Some(time) = signature::unix_seconds(at) else { return signature::unsigned(keys) };
        let verdict = signature::check(keys, |key| {
            let expected = format!("v0={}", signature::hmac_sha256_hex(key, &[b"v0:", at.as_bytes(), b":", message.body]));
            signature::is_same(expected.as_bytes(), given.as_bytes())
        });
        Window::FIVE_MINUTES.apply(verdict, time, message)
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        if let Some(id) = field(message, "trigger_id") {
            return Some(id.into_owned());
        }
        let event = event(message).ok()?;
        event.event_id.or(event.trigger_id)
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        if let Some(command) = field(message, "command") {
            return Some(command.into_owned());
        }
        let event = event(message).ok()?;
        event.event.map(|inner| inner.kind).or(event.kind)
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let ignored = |reason: &str| Ok(vec![Change::Ignored { reason: reason.to_owned() }]);
        if field(message, "command").is_some() {
            return ignored("Hirewire has no commands for Slack.");
        }
        let event = event(message).map_err(|error| unreadable(&error))?;
        match event.event.as_ref().map(|inner| inner.kind.as_str()).or(event.kind.as_deref()) {
            Some("app_uninstalled" | "tokens_revoked") => {
                Ok(vec![Change::Check { reason: "Slack says that the app was removed or its permission taken away.".to_owned() }])
            }
            Some("app_rate_limited") => ignored("Slack leaves events out for a while, because there are too many."),
            _ => ignored("Nothing that Hirewire keeps."),
        }
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        if let Some(team) = field(message, "team_id") {
            return Some(team.into_owned());
        }
        let event = event(message).ok()?;
        event.team_id.or(event.team.map(|team| team.id))
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn app_key(&self) -> AppKey {
        AppKey::SigningSecret
    }

    fn secret_fields(&self) -> &'static [&'static str] {
        &["token", "response_url"]
    }

    /// Tries at once, after one minute and after five.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(6 * 60)
    }
}

/// The header of a body, as Slack makes it.
pub fn sign(key: &[u8], timestamp: i64, body: &[u8]) -> String {
    format!("v0={}", signature::hmac_sha256_hex(key, &[b"v0:", timestamp.to_string().as_bytes(), b":", body]))
}

/// The document of a click on a message.
///
/// # Errors
/// `Protocol` when it cannot be read.
pub fn click(message: &Message<'_>) -> Result<Option<Value>, Error> {
    field(message, "payload").map(|payload| serde_json::from_str(&payload).map_err(|error| unreadable(&error))).transpose()
}
