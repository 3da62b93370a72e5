//! LinkedIn's notifications about company pages, and the challenge that it repeats every two hours.
//!
//! Source: Microsoft Learn, LinkedIn documentation, "Webhook validation", read 2026-11-21.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{AppKey, Change, Inbound, Keys, Message, Reply, Verdict};
use crate::providers::signature;
use secrecy::ExposeSecret;

/// LinkedIn's notifications.
#[derive(Debug)]
pub struct Webhooks;

const PREFIX: &str = "hmacsha256=";

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    notifications: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    notification_id: serde_json::Value,
}

impl Inbound for Webhooks {
    fn handshake(&self, message: &Message<'_>, keys: &Keys) -> Option<Result<Reply, Verdict>> {
        let challenge = message.parameter("challengeCode")?;
        // An answer is made of what a stranger chose: nothing but what LinkedIn sends.
        if challenge.is_empty() || challenge.len() > 64 || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(Err(Verdict::Forged));
        }
        let Some(key) = keys.secrets.first() else { return Some(Err(Verdict::NoKey)) };
        let response = signature::hmac_sha256_hex(key.secret.expose_secret().as_bytes(), &[challenge.as_bytes()]);
        Some(Ok(Reply::json(&json!({ "challengeCode": challenge, "challengeResponse": response }))))
    }

    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Some(given) = message.header("x-li-signature") else { return signature::unsigned(keys) };
        // The prefix is always signed; whether the header repeats it differs.
        let given = given.strip_prefix(PREFIX).unwrap_or(given);
        signature::check(keys, |key| {
            signature::is_same(signature::hmac_sha256_hex(key, &[PREFIX.as_bytes(), message.body]).as_bytes(), given.as_bytes())
        })
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        let body: Body = serde_json::from_slice(message.body).ok()?;
        let mut ids: Vec<String> = body.notifications.iter().map(|one| one.notification_id.to_string()).collect();
        ids.sort_unstable();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        (!ids.is_empty()).then(|| signature::fingerprint(&ids))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Body>(message.body).ok()?.kind
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        serde_json::from_slice::<Body>(message.body).map_err(|error| unreadable(&error))?;
        Ok(vec![Change::Sync { reason: "Somebody reacted to a post.".to_owned() }])
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn app_key(&self) -> AppKey {
        AppKey::ClientSecret
    }

    /// Every five minutes for eight hours.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(8 * 3600)
    }
}
