//! Dropbox Sign's callbacks: a form with one field, whose signature covers only time and type of the event. What it names is read again.
//!
//! Source: Dropbox Sign documentation, "Events and callbacks", read 2026-11-21.

use std::borrow::Cow;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Reply, Verdict};
use crate::providers::signature::{self, Window};

/// Dropbox Sign's callbacks.
#[derive(Debug)]
pub struct Webhooks;

/// Tries go on for about three days.
const WINDOW: Window = Window { past: TimeDelta::days(7), future: TimeDelta::minutes(10) };

#[derive(Deserialize)]
struct Body {
    event: Event,
    signature_request: Option<Request>,
    account_guid: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    event_time: String,
    event_type: String,
    event_hash: String,
    #[serde(default)]
    event_metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    related_signature_id: Option<String>,
    reported_for_account_id: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    signature_request_id: Option<String>,
}

/// The form field `json`, from either kind of form.
fn document<'a>(message: &Message<'a>) -> Option<Cow<'a, [u8]>> {
    let kind = message.header("content-type")?;
    if kind.starts_with("application/x-www-form-urlencoded") {
        let (_, value) = url::form_urlencoded::parse(message.body).find(|(key, _)| key == "json")?;
        return Some(Cow::Owned(value.into_owned().into_bytes()));
    }
    let boundary = kind.strip_prefix("multipart/form-data")?.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let mut rest = &message.body[find(message.body, delimiter.as_bytes())? + delimiter.len()..];
    loop {
        rest = rest.strip_prefix(b"\r\n")?;
        let head_ends = find(rest, b"\r\n\r\n")?;
        let (head, part) = (&rest[..head_ends], &rest[head_ends + 4..]);
        let ends = find(part, format!("\r\n{delimiter}").as_bytes())?;
        let is_ours = std::str::from_utf8(head).ok()?.split("\r\n").any(|line| {
            let line = line.to_ascii_lowercase();
            line.starts_with("content-disposition:")
                && line.split(';').any(|part| part.trim() == "name=\"json\"" || part.trim() == "name=json")
        });
        if is_ours {
            return Some(Cow::Borrowed(&part[..ends]));
        }
        rest = &part[ends + 2 + delimiter.len()..];
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn body(message: &Message<'_>) -> Option<serde_json::Result<Body>> {
    Some(serde_json::from_slice(&document(message)?))
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Some(Ok(Body { event, .. })) = body(message) else { return signature::unsigned(keys) };
        let verdict = signature::check(keys, |key| {
            let expected = signature::hmac_sha256_hex(key, &[event.event_time.as_bytes(), event.event_type.as_bytes()]);
            signature::is_same(expected.as_bytes(), event.event_hash.as_bytes())
        });
        match signature::unix_seconds(&event.event_time) {
            Some(at) => WINDOW.apply(verdict, at, message),
            None if verdict == Verdict::Verified => Verdict::Forged,
            None => verdict,
        }
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        let body = body(message)?.ok()?;
        let request = body.signature_request.and_then(|request| request.signature_request_id).unwrap_or_default();
        let signature = body.event.event_metadata.related_signature_id.unwrap_or_default();
        Some(signature::fingerprint(&[&body.event.event_hash, &request, &signature]))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        Some(body(message)?.ok()?.event.event_type)
    }

    /// Exactly this text; anything else counts as a failure over there.
    fn reply(&self) -> Reply {
        Reply::text("Hello API Event Received")
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let body = body(message)
            .ok_or_else(|| Error::Protocol { message: "the form field json is missing".to_owned() })?
            .map_err(|error| unreadable(&error))?;
        Ok(vec![if body.event.event_type.starts_with("signature_request_") {
            Change::Sync { reason: "A signature request changed.".to_owned() }
        } else {
            Change::Ignored { reason: "It is not about a signature request.".to_owned() }
        }])
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        let body = body(message)?.ok()?;
        body.event.event_metadata.reported_for_account_id.or(body.account_guid)
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &["api_key"]
    }

    fn retry_window(&self) -> Duration {
        Duration::from_secs(3 * 24 * 3600)
    }
}
