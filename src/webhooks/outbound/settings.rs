//! The rules for a subscription's settings: what a caller may set, and every mistake named at once.

use std::collections::BTreeMap;

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::fan_out::EVERY;
use super::filter::Filter;
use super::guard::Policy;
use super::pace::MAX_PER_SECOND;
use super::schedule::{MAX_RETRIES, Schedule, ScheduleError};
use super::sign::Secret;
use super::standing::MAX_DISABLE_AFTER_DAYS;
use super::subscriptions::WebhookIn;
use super::target::MASK;
use crate::domain::error::FieldError;
use crate::domain::event;
use crate::store::Json;
use crate::store::webhook::WebhookRow;

/// The most headers of a subscription.
const MAX_HEADERS: usize = 20;
/// The longest header value.
const MAX_HEADER_BYTES: usize = 1024;
/// The most events in the list.
const MAX_EVENTS: usize = 64;

/// Headers that are ours, or the connection's, to set.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Parts of a header's name that make its value confidential.
const CONFIDENTIAL: &[&str] = &["auth", "cookie", "credential", "key", "password", "secret", "session", "signature", "token"];

/// Settings that follow the rules.
pub struct Checked {
    /// The row, but for its seals.
    pub row: WebhookRow,
    /// The values of its confidential headers.
    pub headers: BTreeMap<String, String>,
    /// A given secret.
    pub secret: Option<String>,
}

/// Puts the input over the row. `known` are the values of the confidential headers so far.
///
/// # Errors
/// Every wrong field.
pub fn check(
    policy: &Policy,
    mut row: WebhookRow,
    input: &WebhookIn,
    known: &BTreeMap<String, String>,
) -> Result<Checked, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, detail: String| errors.push(FieldError { pointer: pointer.to_owned(), detail });

    match &input.url {
        Some(url) => match policy.check_url(url) {
            Ok(url) => row.url = url.into(),
            Err(error) => wrong("/url", error.to_string()),
        },
        None if row.url.is_empty() => wrong("/url", "Give the receiver's URL.".to_owned()),
        None => {}
    }
    match &input.name {
        Some(name) if name.trim().is_empty() || name.chars().count() > 200 => {
            wrong("/name", "Give a name of 1 to 200 characters.".to_owned())
        }
        Some(name) => row.name = name.trim().to_owned(),
        None if row.name.is_empty() => {
            row.name = row.url.parse::<url::Url>().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        }
        None => {}
    }
    if let Some(description) = &input.description {
        match description.as_deref().map(str::trim) {
            Some(text) if text.chars().count() > 2000 => wrong("/description", "Give at most 2000 characters.".to_owned()),
            text => row.description = text.filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }
    match &input.events {
        Some(events) if events.is_empty() || events.len() > MAX_EVENTS => wrong("/events", format!("Give 1 to {MAX_EVENTS} events.")),
        Some(events) => {
            let mut kept: Vec<String> = Vec::new();
            for (index, name) in events.iter().enumerate() {
                if name != EVERY && event::resolve(name).is_none() {
                    wrong(&format!("/events/{index}"), "There is no event of this name. The catalogue lists them all.".to_owned());
                } else if !kept.contains(name) {
                    kept.push(name.clone());
                }
            }
            row.events = Json(kept);
        }
        None if row.events.is_empty() => wrong("/events", "Give at least one event.".to_owned()),
        None => {}
    }
    if let Some(given) = &input.retry_attempts {
        match u32::try_from(*given) {
            Ok(retries) if retries <= MAX_RETRIES => row.retry_attempts = *given,
            _ => wrong("/retryAttempts", ScheduleError::TooManyRetries.to_string()),
        }
    }
    if let Some(waits) = &input.retry_schedule {
        let waits: Option<Vec<u32>> = waits.as_ref().map(|waits| waits.iter().map(|wait| u32::try_from(*wait).unwrap_or(0)).collect());
        match Schedule::new(MAX_RETRIES, waits.clone()) {
            Ok(_) => row.retry_schedule = waits.filter(|waits| !waits.is_empty()).map(Json),
            Err(error @ ScheduleError::Wait { index }) => wrong(&format!("/retrySchedule/{index}"), error.to_string()),
            Err(error) => wrong("/retrySchedule", error.to_string()),
        }
    }
    match input.timeout_ms {
        Some(ms) if !(100..=120_000).contains(&ms) => wrong("/timeoutMs", "Give 100 to 120000 ms.".to_owned()),
        Some(ms) => row.timeout_ms = ms,
        None => {}
    }
    match input.max_in_flight {
        Some(tries) if !(1..=64).contains(&tries) => wrong("/maxInFlight", "Give 1 to 64.".to_owned()),
        Some(tries) => row.max_in_flight = tries,
        None => {}
    }
    match input.rate_per_second {
        Some(Some(rate)) if !(1..=MAX_PER_SECOND).contains(&rate) => {
            wrong("/ratePerSecond", format!("Give 1 to {MAX_PER_SECOND}, or nothing."))
        }
        Some(rate) => row.rate_per_second = rate,
        None => {}
    }
    match input.disable_after_days {
        Some(days) if !(0..=MAX_DISABLE_AFTER_DAYS).contains(&days) => {
            wrong("/disableAfterDays", format!("Give 1 to {MAX_DISABLE_AFTER_DAYS} days, or 0 for never."));
        }
        Some(days) => row.disable_after_days = days,
        None => {}
    }
    row.ordered = input.ordered.unwrap_or(row.ordered);
    row.is_active = input.is_active.unwrap_or(row.is_active);
    let secret = match input.secret.as_deref().map(|text| (text, Secret::parse(text))) {
        Some((text, Ok(_))) => Some(text.to_owned()),
        Some((_, Err(error))) => {
            wrong("/secret", error.to_string());
            None
        }
        None => None,
    };
    let mut sealed = known.clone();
    if let Some(headers) = &input.headers {
        match check_headers(headers, known) {
            Ok((open, confidential)) => {
                row.headers = Json(open);
                sealed = confidential;
            }
            Err(more) => errors.extend(more),
        }
    }
    if let Some(filter) = &input.filter {
        let filter = filter.clone().unwrap_or(Value::Null);
        match Filter::parse(&filter, "/filter") {
            Ok(parsed) => row.filter = (!parsed.is_empty()).then_some(Json(filter)),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() { Ok(Checked { row, headers: sealed, secret }) } else { Err(errors) }
}

type Headers = (BTreeMap<String, Option<String>>, BTreeMap<String, String>);

/// Splits headers into those that are stored openly and those that are sealed. A mask stands for the value as it was.
fn check_headers(given: &BTreeMap<String, String>, known: &BTreeMap<String, String>) -> Result<Headers, Vec<FieldError>> {
    let mut errors = Vec::new();
    if given.len() > MAX_HEADERS {
        errors.push(FieldError { pointer: "/headers".to_owned(), detail: format!("Give at most {MAX_HEADERS} headers.") });
        return Err(errors);
    }
    let (mut open, mut confidential) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in given {
        let lower = name.to_ascii_lowercase();
        let mut wrong = |detail: String| {
            let pointer = format!("/headers/{}", name.replace('~', "~0").replace('/', "~1"));
            errors.push(FieldError { pointer, detail });
        };
        if HeaderName::from_bytes(name.as_bytes()).is_err() || name.len() > 100 {
            wrong("This is not a valid header name.".to_owned());
        } else if RESERVED.contains(&lower.as_str()) || lower.starts_with("x-webhook-") || lower.starts_with("webhook-") {
            wrong("This header is set by the sender.".to_owned());
        } else if open.keys().any(|other: &String| other.eq_ignore_ascii_case(name)) {
            wrong("This header is given twice.".to_owned());
        } else if !CONFIDENTIAL.iter().any(|part| lower.contains(part)) {
            if value.len() > MAX_HEADER_BYTES || HeaderValue::from_str(value).is_err() {
                wrong(format!("Give up to {MAX_HEADER_BYTES} visible ASCII characters."));
            } else {
                open.insert(name.clone(), Some(value.clone()));
            }
        } else {
            let value = if value == MASK { known.get(name) } else { Some(value) };
            match value {
                None => wrong("Give the value: there is none stored.".to_owned()),
                Some(value) if value.len() > MAX_HEADER_BYTES || HeaderValue::from_str(value).is_err() => {
                    wrong(format!("Give up to {MAX_HEADER_BYTES} visible ASCII characters."));
                }
                Some(value) => {
                    open.insert(name.clone(), None);
                    confidential.insert(name.clone(), value.clone());
                }
            }
        }
    }
    if errors.is_empty() { Ok((open, confidential)) } else { Err(errors) }
}
