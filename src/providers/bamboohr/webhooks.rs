//! BambooHR's webhooks about employees: an HMAC over the body followed by the text of the time header.
//!
//! Source: BambooHR API documentation, webhooks; seven independent implementations agree on the order. Read 2026-11-21.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::unreadable;
use crate::providers::Error;
use crate::providers::inbound::{Change, Inbound, Keys, Message, Verdict};
use crate::providers::signature::{self, Window};

/// BambooHR's webhooks.
#[derive(Debug)]
pub struct Webhooks;

/// Tries go on for 2 hours and 35 minutes, perhaps with the time of the first; and what is refused is never tried again.
const WINDOW: Window = Window { past: TimeDelta::hours(4), future: TimeDelta::minutes(10) };

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    event: Option<String>,
}

/// Seconds in most messages; one published sample has a written time.
fn time(text: &str) -> Option<DateTime<Utc>> {
    signature::unix_seconds(text).or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()))
}

impl Inbound for Webhooks {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let (Some(given), Some(at)) = (message.header("x-bamboohr-signature"), message.header("x-bamboohr-timestamp")) else {
            return signature::unsigned(keys);
        };
        let verdict = signature::check(keys, |key| {
            signature::is_same(signature::hmac_sha256_hex(key, &[message.body, at.as_bytes()]).as_bytes(), given.as_bytes())
        });
        time(at).map_or(verdict, |at| WINDOW.apply(verdict, at, message))
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        // The body states its own time.
        Some(signature::fingerprint(&[std::str::from_utf8(message.body).ok()?]))
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        let body: Body = serde_json::from_slice(message.body).ok()?;
        Some(body.event.unwrap_or_else(|| "employee_with_fields".to_owned()))
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let body: Body = serde_json::from_slice(message.body).map_err(|error| unreadable(&error))?;
        Ok(vec![match body.event.as_deref() {
            Some("company.deleted") => Change::Check { reason: "BambooHR says that the company is gone.".to_owned() },
            Some(event) if !event.starts_with("employee") => Change::Ignored { reason: "It is not about an employee.".to_owned() },
            _ => Change::Sync { reason: "Employees changed.".to_owned() },
        }])
    }

    fn retry_window(&self) -> Duration {
        Duration::from_secs(155 * 60)
    }
}
