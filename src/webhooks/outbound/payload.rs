//! The body of a webhook: serialised once, stored, and sent and replayed as the very same bytes.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::id::{EventId, OrgId};

/// The largest body that is accepted for sending, in bytes.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// The bytes of one event under its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    event: String,
    body: Bytes,
}

/// Why no body could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The data could not be written as JSON.
    #[error("the event's data cannot be written as JSON")]
    NotJson,
    /// The body has more than [`MAX_BODY_BYTES`].
    #[error("the event is {0} bytes long; {MAX_BODY_BYTES} are allowed")]
    TooLarge(usize),
}

/// The order of the fields is part of the format: [`Payload::under`] relies on `event` being first.
#[derive(Serialize)]
struct Envelope<'a, T: Serialize> {
    event: &'a str,
    timestamp: DateTime<Utc>,
    #[serde(rename = "organizationId")]
    organization: OrgId,
    data: &'a T,
}

impl Payload {
    /// Writes the envelope `{"event","timestamp","organizationId","data"}`.
    ///
    /// # Errors
    /// [`PayloadError::NotJson`] when `data` cannot be serialised, [`PayloadError::TooLarge`] past the limit.
    pub fn new<T: Serialize>(event: &str, timestamp: DateTime<Utc>, organization: OrgId, data: &T) -> Result<Self, PayloadError> {
        let body = serde_json::to_vec(&Envelope { event, timestamp, organization, data }).map_err(|_| PayloadError::NotJson)?;
        if body.len() > MAX_BODY_BYTES {
            return Err(PayloadError::TooLarge(body.len()));
        }
        Ok(Self { event: event.to_owned(), body: body.into() })
    }

    /// Takes stored bytes back.
    pub fn from_stored(event: &str, body: impl Into<Bytes>) -> Self {
        Self { event: event.to_owned(), body: body.into() }
    }

    /// The event's own name.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The exact bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The bytes as a subscription sees them that uses another name for the event: only the name differs, everything behind it is the same
    /// text, so the result is the same at every try and every replay.
    pub fn under(&self, name: &str) -> Bytes {
        let own = head(&self.event);
        match self.body.strip_prefix(own.as_bytes()) {
            Some(rest) if name != self.event => [head(name).as_bytes(), rest].concat().into(),
            _ => self.body.clone(),
        }
    }
}

/// How the envelope begins.
fn head(event: &str) -> String {
    format!("{{\"event\":{}", serde_json::Value::from(event))
}

/// The `webhook-id` of an event: the same for every subscription, every try and every replay.
pub fn message_id(event: EventId) -> String {
    format!("msg_{event}")
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn org() -> OrgId {
        OrgId(Uuid::from_u128(7))
    }

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2025, 11, 16, 10, 30, 0).single().expect("a valid time")
    }

    #[test]
    fn the_envelope_has_the_seeds_shape() {
        let payload = Payload::new("application.created", at(), org(), &json!({"applicationId": "a"})).expect("small");
        assert_eq!(
            std::str::from_utf8(payload.body()).expect("JSON is UTF-8"),
            r#"{"event":"application.created","timestamp":"2025-11-16T10:30:00Z","organizationId":"00000000-0000-0000-0000-000000000007","data":{"applicationId":"a"}}"#
        );
    }

    #[test]
    fn another_name_changes_the_name_alone() {
        let payload = Payload::new("application.created", at(), org(), &json!({"note": "application.created"})).expect("small");
        let renamed: Value = serde_json::from_slice(&payload.under("application.received")).expect("still JSON");
        let mut expected: Value = serde_json::from_slice(payload.body()).expect("JSON");
        expected["event"] = "application.received".into();
        assert_eq!(renamed, expected);
        assert_eq!(payload.under("application.created"), payload.body());
    }

    #[test]
    fn a_body_past_the_limit_is_refused() {
        let long = "x".repeat(MAX_BODY_BYTES);
        assert!(matches!(Payload::new("job.created", at(), org(), &long), Err(PayloadError::TooLarge(n)) if n > MAX_BODY_BYTES));
    }

    proptest! {
        #[test]
        fn renaming_there_and_back_gives_the_same_bytes(text in ".*", key in "[a-z\"\\\\]{0,8}") {
            let payload = Payload::new("job.opened", at(), org(), &json!({ key: text })).expect("small");
            let renamed = Payload::from_stored("job.posted", payload.under("job.posted"));
            prop_assert_eq!(&renamed.under("job.opened"), payload.body());
        }
    }
}
