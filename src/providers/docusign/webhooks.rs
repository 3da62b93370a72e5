//! DocuSign Connect: one signature header for each key that is in force over there.
//!
//! Source: DocuSign, "Manually authenticating HMAC signatures" and the Connect message schema, read 2026-11-21.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// DocuSign Connect.
#[derive(Debug)]
pub struct Webhooks;

/// DocuSign has at most so many keys.
const KEYS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    event: Option<String>,
    generated_date_time: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Data {
    account_id: Option<String>,
    envelope_id: Option<String>,
    recipient_id: Option<String>,
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let given: Vec<&str> = (1..=KEYS_MAX).map_while(|number| message.header(&format!("x-docusign-signature-{number}"))).collect();
        if given.is_empty() {
            return signature::unsigned(keys);
        }
        signature::check(keys, |key| {
            // The key is used as it is shown, although it looks like base64.
            let expected = STANDARD.encode(signature::hmac_sha256(key, &[message.body]));
            given.iter().fold(false, |found, given| found | signature::is_same(expected.as_bytes(), given.as_bytes()))
        })
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        let body: Body = serde_json::from_slice(message.body).ok()?;
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let parts = [part(&body.data.envelope_id), part(&body.event), part(&body.generated_date_time), part(&body.data.recipient_id)];
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(signature::fingerprint(&parts))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Body>(message.body).ok()?.event
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let body: Body = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        Ok(vec![match body.data.envelope_id {
            Some(_) => Change::Sync { reason: "An envelope changed.".to_owned() },
            None => Change::Ignored { reason: "It is not about an envelope.".to_owned() },
        }])
    }

    fn account(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Body>(message.body).ok()?.data.account_id
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &["connect_key"]
    }

    /// Growing delays over days, if acknowledgement is asked for; a day is certain.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(24 * 3600)
    }
}
