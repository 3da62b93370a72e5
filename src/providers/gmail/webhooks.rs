//! Gmail's notifications through Google Pub/Sub: a token signed by Google says who pushes, the body says whose mailbox changed.
//!
//! Source: Google Cloud, "Authentication for push subscriptions"; developers.google.com, Gmail, "Push notifications". Read 2026-11-21.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// Gmail's notifications.
#[derive(Debug)]
pub struct Webhooks;

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::minutes(5);

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    exp: i64,
    iat: Option<i64>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: Option<String>,
    kty: String,
    n: Option<String>,
    e: Option<String>,
}

#[derive(Deserialize)]
struct Push {
    message: Inner,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    #[serde(default)]
    data: String,
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    email_address: String,
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The claims of a token that Google's keys signed.
fn claims(token: &str, published: &str) -> Option<Claims> {
    let (signed, proof) = token.rsplit_once('.')?;
    let (head, body) = signed.split_once('.')?;
    let head: Head = part(head)?;
    if head.alg != "RS256" {
        return None;
    }
    let published: Published = serde_json::from_str(published).ok()?;
    let key = published.keys.into_iter().find(|key| key.kid.as_deref() == Some(&head.kid) && key.kty == "RSA")?;
    let key = RsaPublicKeyComponents { n: URL_SAFE_NO_PAD.decode(key.n?).ok()?, e: URL_SAFE_NO_PAD.decode(key.e?).ok()? };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(proof).ok()?).ok()?;
    part(body)
}

fn push(message: &Message<'_>) -> serde_json::Result<Push> {
    serde_json::from_slice(message.body)
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let token = message.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let (Some(token), false) = (token, keys.is_empty()) else { return signature::unsigned(keys) };
        let Some(claims) = keys.published.as_deref().and_then(|published| claims(token, published)) else { return Verdict::Forged };
        let is_google = matches!(claims.iss.as_str(), "https://accounts.google.com" | "accounts.google.com");
        // Anybody can have Google sign a token for our address: who asked for it is what counts.
        let who = claims.email.filter(|_| claims.email_verified).unwrap_or_default();
        let verdict = signature::check(keys, |key| signature::is_same(key, who.as_bytes()));
        if !is_google || claims.aud != *message.url || verdict != Verdict::Verified {
            return Verdict::Forged;
        }
        let is_over = DateTime::from_timestamp(claims.exp, 0).is_none_or(|end| message.received_at > end + LEEWAY);
        let is_early = claims.iat.and_then(|at| DateTime::from_timestamp(at, 0)).is_some_and(|at| at > message.received_at + LEEWAY);
        if is_over || is_early { Verdict::Stale } else { Verdict::Verified }
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        Some(push(message).ok()?.message.message_id)
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        push(message).ok().map(|_| "mailbox.changed".to_owned())
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        push(message).map_err(|error| unreadable(&error))?;
        Ok(vec![Change::Sync { reason: "The mailbox changed.".to_owned() }])
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        let changed: Changed = serde_json::from_slice(&STANDARD.decode(push(message).ok()?.message.data).ok()?).ok()?;
        Some(changed.email_address.to_ascii_lowercase())
    }

    /// The service account of the push subscription: entered like a key.
    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn published_keys(&self) -> Option<&'static str> {
        Some("certs")
    }

    fn secret_headers(&self) -> &'static [&'static str] {
        &["authorization"]
    }

    /// A subscription keeps messages for seven days.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(7 * 24 * 3600)
    }
}
