//! Microsoft Graph's change notifications: nothing is signed, a secret of the subscription is repeated in each of them.
//!
//! Source: Microsoft Graph documentation, "Change notifications through webhooks" and "Lifecycle notifications", read 2026-11-21.

use std::time::Duration;

use serde::Deserialize;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Reply, Verdict};
use crate::providers::signature;
use secrecy::ExposeSecret;

/// Microsoft Graph's notifications.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Batch {
    value: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    subscription_id: String,
    client_state: Option<String>,
    change_type: Option<String>,
    lifecycle_event: Option<String>,
}

impl Inbound for Webhooks {
    /// Asked while the subscription is being made, so before we know it: the answer is the token as it came, as plain text.
    fn handshake(&self, message: &Message<'_>, _keys: &Keys) -> Option<Result<Reply, Verdict>> {
        message.parameter("validationToken").map(|token| Ok(Reply::text(token)))
    }

    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Ok(Batch { value }) = serde_json::from_slice::<Batch>(message.body) else { return signature::unsigned(keys) };
        if keys.is_empty() || value.is_empty() || value.iter().any(|one| one.client_state.is_none()) {
            return signature::unsigned(keys);
        }
        // One that is not ours makes the whole batch foreign.
        let verdicts = value.iter().map(|one| {
            let state = one.client_state.as_deref().unwrap_or_default().as_bytes();
            signature::check_keys(keys, |key| {
                let is_of_this = key.channel.as_deref().is_none_or(|channel| channel == one.subscription_id);
                signature::is_same(key.secret.expose_secret().as_bytes(), state) && is_of_this
            })
        });
        verdicts.fold(Verdict::Verified, |all, one| if one == Verdict::Verified { all } else { one })
    }

    /// None: the same record may change twice in the same way.
    fn dedupe_key(&self, _message: &Message<'_>) -> Option<String> {
        None
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        let first = serde_json::from_slice::<Batch>(message.body).ok()?.value.into_iter().next()?;
        first.lifecycle_event.or(first.change_type)
    }

    fn reply(&self) -> Reply {
        Reply::empty(202)
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let Batch { value } = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        let mut changes = Vec::new();
        let mut has_changed = false;
        for one in value {
            match one.lifecycle_event.as_deref() {
                Some("reauthorizationRequired") => changes.push(Change::Channel { external_id: one.subscription_id, is_gone: false }),
                Some("subscriptionRemoved") => {
                    changes.push(Change::Channel { external_id: one.subscription_id, is_gone: true });
                    has_changed = true;
                }
                _ => has_changed = true,
            }
        }
        if has_changed {
            changes.push(Change::Sync { reason: "Something changed, or notifications were missed.".to_owned() });
        }
        Ok(changes)
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn secret_fields(&self) -> &'static [&'static str] {
        &["clientState"]
    }

    fn retry_window(&self) -> Duration {
        Duration::from_secs(4 * 3600)
    }
}
