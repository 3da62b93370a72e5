//! Lever's webhooks. The signature stands in the body and covers only its token and its time, so nothing else in it is believed: what it
//! names is read again.
//!
//! Source: providers' facts, Lever, webhooks (two independent implementations), read 2026-11-21.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use super::unreadable;
use crate::domain::status::RecordKind;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature::{self, Window};

/// Lever's webhooks.
#[derive(Debug)]
pub struct Webhooks;

/// A token is known as used for thirty days; tries go on for hours. What is older is a copy.
const WINDOW: Window = Window { past: TimeDelta::hours(48), future: TimeDelta::minutes(10) };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
    triggered_at: u64,
    #[serde(borrow)]
    signature: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Data {
    opportunity_id: Option<String>,
    candidate_id: Option<String>,
    contact_id: Option<String>,
    interview_id: Option<String>,
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Ok(body) = serde_json::from_slice::<Body<'_>>(message.body) else { return signature::unsigned(keys) };
        let at = body.triggered_at.to_string();
        let verdict = signature::check(keys, |key| {
            let expected = signature::hmac_sha256_hex(key, &[body.token.as_bytes(), at.as_bytes()]);
            signature::is_same(expected.as_bytes(), body.signature.as_bytes())
        });
        match i64::try_from(body.triggered_at).ok().and_then(DateTime::from_timestamp_millis) {
            Some(at) => WINDOW.apply(verdict, at, message),
            None => Verdict::Forged,
        }
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        Some(serde_json::from_slice::<Body<'_>>(message.body).ok()?.token.into_owned())
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        Some(serde_json::from_slice::<Event<'_>>(message.body).ok()?.event.into_owned())
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let Event { event, data } = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        let refetch = |kind, id: Option<String>| id.map(|external_id| Change::Refetch { kind, external_id });
        let change = match event.as_ref() {
            "applicationCreated" | "candidateHired" | "candidateStageChange" | "candidateArchiveChange" | "candidateDeleted" => {
                refetch(RecordKind::Application, data.opportunity_id.or(data.candidate_id))
            }
            "interviewCreated" | "interviewUpdated" | "interviewDeleted" => {
                refetch(RecordKind::Interview, data.interview_id).or_else(|| refetch(RecordKind::Application, data.opportunity_id))
            }
            "contactCreated" | "contactUpdated" => refetch(RecordKind::Candidate, data.contact_id),
            _ => None,
        };
        Ok(vec![change.unwrap_or_else(|| Change::Ignored { reason: "Nothing that is kept here is named.".to_owned() })])
    }

    fn key_fields(&self) -> &'static [&'static str] {
        &["webhook_token"]
    }

    fn retry_window(&self) -> Duration {
        Duration::from_secs(3600)
    }
}
