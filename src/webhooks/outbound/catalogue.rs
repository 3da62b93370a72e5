//! The event catalogue: for each event what it means, the shape of its data as JSON Schema, and an example.
//!
//! The fields are written down once, each with its example; schema and example are made from them, so they cannot disagree.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::payload::Payload;
use crate::domain::event::{ALIASES, EventKind};
use crate::domain::id::OrgId;

/// One event of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventInfo {
    /// Its name.
    pub name: String,
    /// The part of the name before the dot.
    pub group: String,
    /// What happened when it is sent.
    pub description: String,
    /// Other names under which a subscription may receive it.
    pub aliases: Vec<String>,
    /// JSON Schema (2020-12) of the whole body.
    #[schema(value_type = Object)]
    pub schema: Value,
    /// An example of the whole body.
    #[schema(value_type = Object)]
    pub example: Value,
}

/// One field of an event's data.
struct Field {
    name: &'static str,
    /// JSON Schema without the description.
    schema: Value,
    description: &'static str,
    is_required: bool,
    example: Value,
}

const CANDIDATE: &str = "0197f3a0-5c1e-7d41-9a3b-6f0c2f7f3a11";
const JOB: &str = "0197f39e-11aa-7c02-8d5e-2b9f8f1c4d20";
const APPLICATION: &str = "0197f3a1-0b7d-7f35-b1c9-93d7a2f64e32";
const STAGE: &str = "0197f39e-2c4d-7a10-9f55-07b3de6a5c41";
const STAGE_BEFORE: &str = "0197f39e-2c4d-7a10-9f55-07b3de6a5c40";
const INTERVIEW: &str = "0197f3c2-7e10-7b6a-8a44-f5d2c9e0b751";
const OFFER: &str = "0197f3f0-90ab-7e2c-a7d8-4c1b6e5f9a62";
const MESSAGE: &str = "0197f3a9-3344-7c77-9b0e-1a2b3c4d5e73";
const INTEGRATION: &str = "0197f2b1-d00d-7a99-8e12-5f6a7b8c9d84";
const RUN: &str = "0197f2b5-e11e-7baa-9f23-6a7b8c9d0e95";
const ORGANIZATION: &str = "0197f1a0-aaaa-7000-8000-0000000000a6";

impl Field {
    fn new(name: &'static str, schema: Value, description: &'static str, example: Value) -> Self {
        Self { name, schema, description, is_required: false, example }
    }

    fn id(name: &'static str, description: &'static str, example: &str) -> Self {
        Self::new(name, json!({"type": ["string", "null"], "format": "uuid"}), description, example.into())
    }

    fn text(name: &'static str, description: &'static str, example: &str) -> Self {
        Self::new(name, json!({"type": ["string", "null"]}), description, example.into())
    }

    fn time(name: &'static str, description: &'static str, example: &str) -> Self {
        Self::new(name, json!({"type": ["string", "null"], "format": "date-time"}), description, example.into())
    }

    /// One of these words.
    fn word(name: &'static str, words: &[&str], description: &'static str, example: &str) -> Self {
        Self::new(name, json!({"type": "string", "enum": words}), description, example.into())
    }

    /// Always there and never `null`.
    fn required(mut self) -> Self {
        self.is_required = true;
        if let Some(only) = self.schema.get("type").and_then(|kinds| kinds.get(0)).cloned() {
            self.schema["type"] = only;
        }
        self
    }
}

fn stage(name: &'static str, description: &'static str, id: &str, label: &str) -> Field {
    let schema = json!({"type": "object", "properties": {"id": {"type": ["string", "null"], "format": "uuid"}, "name": {"type": ["string", "null"]}}});
    Field::new(name, schema, description, json!({"id": id, "name": label}))
}

fn application(status: &str) -> Vec<Field> {
    vec![
        Field::id("applicationId", "The application.", APPLICATION).required(),
        Field::id("candidateId", "Who applied.", CANDIDATE).required(),
        Field::id("jobId", "For which job.", JOB),
        Field::id("stageId", "The stage it is in.", STAGE),
        stage("stage", "The same with its name.", STAGE, "Phone interview"),
        Field::word("status", &["active", "rejected", "hired", "withdrawn"], "How it stands.", status).required(),
        Field::text("source", "Where it came from.", "LinkedIn"),
    ]
}

fn interview(status: &str) -> Vec<Field> {
    vec![
        Field::id("interviewId", "The interview.", INTERVIEW).required(),
        Field::id("applicationId", "For which application.", APPLICATION).required(),
        Field::text("title", "What it is called.", "Technical interview").required(),
        Field::word("status", &["unscheduled", "scheduled", "completed", "cancelled"], "How it stands.", status).required(),
        Field::time("startsAt", "When it begins.", "2026-03-12T09:00:00Z"),
        Field::time("endsAt", "When it ends.", "2026-03-12T10:00:00Z"),
        Field::text("location", "Where.", "Room 4"),
        Field::text("meetingUrl", "Where, if it is a call.", "https://meet.example.com/abc-defg-hij"),
    ]
}

fn offer(status: &str) -> Vec<Field> {
    vec![
        Field::id("offerId", "The offer.", OFFER).required(),
        Field::id("applicationId", "For which application.", APPLICATION).required(),
        Field::word("status", &["draft", "approved", "sent", "accepted", "declined", "withdrawn"], "How it stands.", status).required(),
        Field::new("version", json!({"type": ["integer", "null"]}), "Counts its changes.", json!(1)),
        Field::new("startsOn", json!({"type": ["string", "null"], "format": "date"}), "The first working day.", json!("2026-05-01")),
    ]
}

fn candidate() -> Vec<Field> {
    let contacts = json!({"type": "array", "items": {"type": "object", "properties": {"value": {"type": "string"}, "type": {"type": ["string", "null"]}}}});
    vec![
        Field::id("candidateId", "The candidate.", CANDIDATE).required(),
        Field::text("firstName", "Given name.", "Ada"),
        Field::text("lastName", "Family name.", "Lindqvist"),
        Field::text("title", "What they do.", "Data engineer"),
        Field::text("company", "Where.", "Example AB"),
        Field::new("emails", contacts, "How to reach them.", json!([{"value": "ada@example.com", "type": "work"}])),
        Field::new("tags", json!({"type": "array", "items": {"type": "string"}}), "Their tags.", json!(["referred"])),
    ]
}

fn job(status: &str) -> Vec<Field> {
    vec![
        Field::id("jobId", "The job.", JOB).required(),
        Field::text("title", "What it is called.", "Data engineer").required(),
        Field::word("status", &["draft", "open", "closed"], "How it stands.", status).required(),
        Field::text("department", "Which department.", "Engineering"),
        Field::text("location", "Where.", "Stockholm"),
    ]
}

fn integration(status: &str) -> Vec<Field> {
    vec![
        Field::id("integrationId", "The connection.", INTEGRATION).required(),
        Field::text("provider", "The connected tool.", "greenhouse").required(),
        Field::text("name", "What people call it.", "Greenhouse").required(),
        Field::word("status", &["pending", "active", "error", "inactive"], "How it stands.", status).required(),
    ]
}

fn sync(state: &str, failed: i64) -> Vec<Field> {
    let counts = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let example = json!({"pages": 4, "records": 350, "created": 12, "updated": 30, "unchanged": 308, "deleted": 0, "failed": failed});
    vec![
        Field::id("runId", "The run.", RUN).required(),
        Field::id("integrationId", "The connection.", INTEGRATION).required(),
        Field::text("provider", "The connected tool.", "greenhouse").required(),
        Field::word("state", &["succeeded", "partial", "failed", "cancelled"], "How it ended.", state).required(),
        Field::new("progress", counts, "What it did.", example),
    ]
}

/// What an event means, and the fields of its data.
fn describe(kind: EventKind) -> (&'static str, Vec<Field>) {
    let with = |mut fields: Vec<Field>, more: Vec<Field>| {
        fields.extend(more);
        fields
    };
    let reason = || {
        let schema = json!({"type": ["object", "null"], "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "action": {"type": "string"}}});
        let example =
            json!({"code": "reconnect", "message": "Greenhouse no longer accepts the stored credentials.", "action": "reconnect"});
        Field::new("reason", schema, "Why, and what mends it.", example)
    };
    match kind {
        EventKind::ApplicationCreated => ("An application arrived.", application("active")),
        EventKind::ApplicationStageChanged => {
            let before =
                stage("previousStage", "The stage it was in; absent if only the status changed.", STAGE_BEFORE, "Application review");
            ("An application moved to another stage, or was taken back into process.", with(application("active"), vec![before]))
        }
        EventKind::ApplicationRejected => {
            let why = Field::text("rejectionReason", "Why, if it was said.", "Position filled");
            ("An application was rejected.", with(application("rejected"), vec![why]))
        }
        EventKind::ApplicationHired => ("The candidate of an application was hired.", application("hired")),
        EventKind::InterviewScheduled => ("An interview got a time.", interview("scheduled")),
        EventKind::InterviewRescheduled => ("An interview got another time.", interview("scheduled")),
        EventKind::InterviewCompleted => ("An interview took place.", interview("completed")),
        EventKind::InterviewCancelled => ("An interview was called off.", interview("cancelled")),
        EventKind::OfferCreated => ("An offer was made.", offer("draft")),
        EventKind::OfferSent => ("An offer was sent.", offer("sent")),
        EventKind::OfferAccepted => ("An offer was accepted.", offer("accepted")),
        EventKind::OfferDeclined => ("An offer was declined.", offer("declined")),
        EventKind::CandidateCreated => ("A candidate is new here.", candidate()),
        EventKind::CandidateUpdated => {
            let deleted = Field::new(
                "deleted",
                json!({"type": "boolean"}),
                "True when the candidate was deleted in the connected tool.",
                json!(false),
            );
            ("A candidate's data changed.", with(candidate(), vec![deleted]))
        }
        EventKind::JobCreated => ("A job is new here.", job("draft")),
        EventKind::JobOpened => ("A job opened.", job("open")),
        EventKind::JobClosed => ("A job closed.", job("closed")),
        EventKind::MessageReceived => (
            "A note or a message on a candidate arrived.",
            vec![
                Field::id("messageId", "The message.", MESSAGE).required(),
                Field::id("candidateId", "On which candidate.", CANDIDATE).required(),
                Field::id("applicationId", "On which application.", APPLICATION),
                Field::text("kind", "What it is.", "note").required(),
                Field::text("author", "By whom.", "Grace Okafor").required(),
            ],
        ),
        EventKind::IntegrationConnected => ("A tool was connected.", integration("active")),
        EventKind::IntegrationDisconnected => ("A tool was disconnected.", integration("inactive")),
        EventKind::IntegrationError => ("A connection broke.", with(integration("error"), vec![reason()])),
        EventKind::IntegrationRecovered => ("A broken connection works again.", integration("active")),
        EventKind::SyncCompleted => ("A sync finished.", sync("succeeded", 0)),
        EventKind::SyncFailed => {
            let error = Field::text("error", "What went wrong.", "Greenhouse did not answer.");
            ("A sync gave up.", with(sync("failed", 3), vec![error]))
        }
    }
}

/// An example of an event's data.
pub fn example(kind: EventKind) -> Value {
    describe(kind).1.into_iter().map(|field| (field.name.to_owned(), field.example)).collect::<Map<_, _>>().into()
}

/// One event of the catalogue.
pub fn info(kind: EventKind) -> EventInfo {
    let (description, fields) = describe(kind);
    let aliases: Vec<String> = ALIASES.iter().filter(|(_, of)| *of == kind).map(|(alias, _)| (*alias).to_owned()).collect();
    let names: Vec<&str> = std::iter::once(kind.as_str()).chain(aliases.iter().map(String::as_str)).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = field.schema.clone();
            schema["description"] = field.description.into();
            (field.name.to_owned(), schema)
        })
        .collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.as_str(),
        "description": description,
        "type": "object",
        "required": ["event", "timestamp", "organizationId", "data"],
        "properties": {
            "event": {"type": "string", "enum": names, "description": "The event's name, as the subscription uses it."},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
            "organizationId": {"type": "string", "format": "uuid", "description": "Whose event it is."},
            "data": {"type": "object", "required": required, "properties": properties},
        },
    });
    let at: DateTime<Utc> = DateTime::from_timestamp(1_772_445_600, 0).unwrap_or_default();
    let organization = OrgId(Uuid::parse_str(ORGANIZATION).unwrap_or_default());
    let body = Payload::new(kind.as_str(), at, organization, &example(kind)).ok();
    let example = body.and_then(|payload| serde_json::from_slice(payload.body()).ok()).unwrap_or_default();
    let group = kind.as_str().split('.').next().unwrap_or_default().to_owned();
    EventInfo { name: kind.as_str().to_owned(), group, description: description.to_owned(), aliases, schema, example }
}

/// The whole catalogue, in the order of the events' list.
pub fn all() -> Vec<EventInfo> {
    EventKind::ALL.iter().map(|kind| info(*kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of JSON Schema that the catalogue uses.
    fn fits(schema: &Value, value: &Value) -> Result<(), String> {
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind.as_str()],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            other => return Err(format!("no type: {other}")),
        };
        let is = |kind: &str| match kind {
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            _ => false,
        };
        if !kinds.iter().any(|kind| is(kind)) {
            return Err(format!("{value} is not {kinds:?}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return Err(format!("{value} is not one of {words:?}"));
        }
        let text = value.as_str().unwrap_or_default();
        let is_well_formed = match schema["format"].as_str() {
            Some("uuid") => Uuid::parse_str(text).is_ok(),
            Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
            Some("date") => text.parse::<chrono::NaiveDate>().is_ok(),
            _ => true,
        };
        if !is_well_formed {
            return Err(format!("{value} is no {}", schema["format"]));
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            value.get(name).ok_or_else(|| format!("{name} is missing"))?;
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                fits(schema, value).map_err(|error| format!("{name}: {error}"))?;
            }
        }
        for item in value.as_array().into_iter().flatten() {
            fits(&schema["items"], item)?;
        }
        Ok(())
    }

    #[test]
    fn every_example_fits_its_schema() {
        let catalogue = all();
        assert_eq!(catalogue.len(), EventKind::ALL.len());
        for info in catalogue {
            fits(&info.schema, &info.example).unwrap_or_else(|error| panic!("{}: {error}", info.name));
            assert_eq!(info.example["event"], info.name);
            assert!(info.description.ends_with('.'));
            for alias in info.aliases {
                assert_eq!(crate::domain::event::resolve(&alias), info.name.parse().ok());
            }
        }
    }

    #[test]
    fn a_required_field_is_never_null() {
        let info = info(EventKind::JobCreated);
        assert_eq!(info.schema["properties"]["data"]["properties"]["jobId"]["type"], "string");
        assert_eq!(info.schema["properties"]["data"]["properties"]["location"]["type"], json!(["string", "null"]));
    }
}
