//! Zoho CRM's notifications: nothing is signed and nothing but ids is in them; a secret of the channel is repeated in the body.
//!
//! Source: Zoho CRM v8, "Notification APIs", read 2026-11-21.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// Zoho CRM's notifications.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Body {
    token: Option<String>,
    // A number in some messages, text in others.
    channel_id: Option<Value>,
    module: Option<String>,
    operation: Option<String>,
    #[serde(default)]
    ids: Vec<Value>,
    server_time: Option<Value>,
}

fn text(value: Option<&Value>) -> String {
    value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Ok(Body { token: Some(token), channel_id, .. }) = serde_json::from_slice::<Body>(message.body) else {
            return signature::unsigned(keys);
        };
        let channel = text(channel_id.as_ref());
        signature::check_keys(keys, |key| {
            let is_of_this = key.channel.as_deref().is_none_or(|id| id == channel);
            signature::is_same(key.secret.expose_secret().as_bytes(), token.as_bytes()) && is_of_this
        })
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        let body: Body = serde_json::from_slice(message.body).ok()?;
        let mut ids: Vec<String> = body.ids.iter().map(|id| text(Some(id))).collect();
        ids.sort_unstable();
        let (channel, time) = (text(body.channel_id.as_ref()), text(body.server_time.as_ref()));
        let mut parts =
            vec![channel.as_str(), time.as_str(), body.module.as_deref().unwrap_or(""), body.operation.as_deref().unwrap_or("")];
        parts.extend(ids.iter().map(String::as_str));
        Some(signature::fingerprint(&parts))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        let body: Body = serde_json::from_slice(message.body).ok()?;
        Some(format!("{}.{}", body.module?, body.operation?))
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let body: Body = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        Ok(vec![Change::Sync { reason: format!("{} changed.", body.module.as_deref().unwrap_or("Records")) }])
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn secret_fields(&self) -> &'static [&'static str] {
        &["token"]
    }

    /// Zoho does not say whether it tries again.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(60)
    }
}
