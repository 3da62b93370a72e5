//! Rippling's webhooks. The documented ones are forms without any proof: hints to read again. Where an app has a secret, a signature is asked for.
//!
//! Source: Rippling, "Webhooks" (Base API v1); the signature header from two independent receivers. Read 2026-11-21.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;

use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// Rippling's webhooks.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Body {
    #[serde(alias = "event", alias = "type")]
    event_name: Option<String>,
    company_id: Option<String>,
}

fn field<'a>(message: &Message<'a>, name: &str) -> Option<Cow<'a, str>> {
    let is_form = message.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    is_form.then(|| url::form_urlencoded::parse(message.body).find(|(key, _)| key == name).map(|(_, value)| value)).flatten()
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        match message.header("x-rippling-signature") {
            Some(given) => signature::check(keys, |key| {
                signature::is_same(signature::hmac_sha256_hex(key, &[message.body]).as_bytes(), given.as_bytes())
            }),
            None if keys.is_empty() && field(message, "event_name").is_some() => Verdict::Hint,
            None => signature::unsigned(keys),
        }
    }

    /// None: the same employee may change twice in the same way.
    fn dedupe_key(&self, _message: &Message<'_>) -> Option<String> {
        None
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        match field(message, "event_name") {
            Some(name) => Some(name.into_owned()),
            None => serde_json::from_slice::<Body>(message.body).ok()?.event_name,
        }
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let name = self.event_name(message).unwrap_or_default();
        Ok(vec![if name.starts_with("employee.") || name.starts_with("group.") {
            Change::Sync { reason: "Employees changed.".to_owned() }
        } else if name == "company.deleted" {
            Change::Check { reason: "Rippling says that the app was removed.".to_owned() }
        } else {
            Change::Ignored { reason: "It is not about employees.".to_owned() }
        }])
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        match field(message, "company_id") {
            Some(id) => Some(id.into_owned()),
            None => serde_json::from_slice::<Body>(message.body).ok()?.company_id,
        }
    }

    /// Rippling does not say that it tries again.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(60)
    }
}
