//! Indeed Apply: applications that Indeed posts, signed with an HMAC-SHA1 in base64.
//!
//! Source: Indeed Partner Docs, "Indeed Apply", and a captured header. Read 2026-11-21.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature;

/// Indeed Apply.
#[derive(Debug)]
pub struct Webhooks;

#[derive(Deserialize)]
struct Application {
    id: String,
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Some(given) = message.header("x-indeed-signature") else { return signature::unsigned(keys) };
        signature::check(keys, |key| {
            signature::is_same(STANDARD.encode(signature::hmac_sha1(key, message.body)).as_bytes(), given.as_bytes())
        })
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        Some(serde_json::from_slice::<Application>(message.body).ok()?.id)
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        serde_json::from_slice::<Application>(message.body).ok().map(|_| "application".to_owned())
    }

    fn translate(&self, _message: &Message<'_>) -> Result<Vec<Change>, Error> {
        Ok(vec![Change::Ignored { reason: "Applications from Indeed are kept as they came until Indeed can be connected.".to_owned() }])
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &["apply_secret"]
    }

    /// "Resent later", without saying for how long.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(3600)
    }
}
