//! Harvest v3 records as they travel, and what they are in our terms.
//!
//! Source: field lists of Harvest v3 (harvestdocs.greenhouse.io). Unknown fields are ignored, unknown words of a status are kept as they are.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::status::{ApplicationStatus, InterviewStatus, JobStatus, OfferStatus, RecordKind};

use super::super::remote::{
    Contact, CustomFields, Remote, RemoteApplication, RemoteCandidate, RemoteData, RemoteDepartment, RemoteInterview, RemoteJob,
    RemoteMessage, RemoteOffer, RemotePerson, RemoteStage,
};

type Text<'a> = Option<Cow<'a, str>>;
type Time = Option<DateTime<Utc>>;
type Id = Option<i64>;

/// A text without content counts as none.
pub(super) fn own(text: Text<'_>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(Cow::into_owned)
}

/// An id as text.
pub(super) fn id(id: Id) -> Option<String> {
    id.map(|id| id.to_string())
}

/// The application status; v3 says `in_process` where webhooks say `active`.
pub(super) fn application_status(word: &str) -> Option<ApplicationStatus> {
    match word {
        "in_process" | "active" => Some(ApplicationStatus::Active),
        "rejected" => Some(ApplicationStatus::Rejected),
        "hired" => Some(ApplicationStatus::Hired),
        // A prospect that became a candidate: the new application goes on instead.
        "converted" => Some(ApplicationStatus::Withdrawn),
        _ => None,
    }
}

/// The status of an offer. A `Created` one is with the candidate once it has a day of sending.
pub(super) fn offer_status(word: &str, is_sent: bool) -> Option<OfferStatus> {
    match word.to_ascii_lowercase().as_str() {
        "created" if is_sent => Some(OfferStatus::Sent),
        "created" => Some(OfferStatus::Draft),
        "accepted" => Some(OfferStatus::Accepted),
        "rejected" => Some(OfferStatus::Declined),
        "deprecated" => Some(OfferStatus::Withdrawn),
        _ => None,
    }
}

fn interview_status(word: &str) -> Option<InterviewStatus> {
    match word {
        "to_be_scheduled" | "to_be_sent" => Some(InterviewStatus::Unscheduled),
        "scheduled" | "sent" => Some(InterviewStatus::Scheduled),
        "awaiting_feedback" | "complete" | "collect_feedback" | "received" => Some(InterviewStatus::Completed),
        "skipped" => Some(InterviewStatus::Cancelled),
        _ => None,
    }
}

/// The person's page. The shape is the one in Greenhouse's own webhook examples.
pub(super) fn candidate_url(id: &str) -> String {
    format!("https://app.greenhouse.io/people/{id}")
}

pub(super) fn application_url(candidate: Option<&str>, id: &str) -> Option<String> {
    candidate.map(|candidate| format!("https://app.greenhouse.io/people/{candidate}?application_id={id}"))
}

pub(super) fn job_url(id: &str) -> String {
    format!("https://app.greenhouse.io/sdash/{id}")
}

/// `{key: {name, type, value}}` → key and value. An empty set is written `[]` in webhooks.
pub(super) fn custom_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CustomFields>, D::Error> {
    struct Fields;
    #[derive(Deserialize)]
    struct Field {
        #[serde(default)]
        value: Value,
    }
    impl<'de> Visitor<'de> for Fields {
        type Value = Option<CustomFields>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("custom fields")
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = CustomFields::new();
            while let Some((key, field)) = map.next_entry::<String, Option<Field>>()? {
                fields.insert(key, field.map_or(Value::Null, |field| field.value));
            }
            Ok(Some(fields))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Some(CustomFields::new()))
        }
    }
    deserializer.deserialize_any(Fields)
}

/// An address, number or link.
#[derive(Deserialize)]
pub(super) struct Typed<'a> {
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
}

pub(super) fn contacts(list: Option<Vec<Typed<'_>>>) -> Option<Vec<Contact>> {
    let list = list?;
    Some(
        list.into_iter()
            .filter_map(|one| Some(Contact { value: own(one.value)?, kind: own(one.kind).map(|kind| kind.trim().to_owned()) }))
            .collect(),
    )
}

/// Both lists of links as one.
pub(super) fn links(websites: Option<Vec<Typed<'_>>>, social: Option<Vec<Typed<'_>>>) -> Option<Vec<Contact>> {
    match (contacts(websites), contacts(social)) {
        (None, None) => None,
        (a, b) => {
            let social = b.unwrap_or_default().into_iter().map(|link| Contact { kind: Some("social".to_owned()), ..link });
            Some(a.unwrap_or_default().into_iter().chain(social).collect())
        }
    }
}

#[derive(Deserialize)]
struct Department<'a> {
    id: i64,
    #[serde(borrow)]
    name: Text<'a>,
    parent_id: Id,
    #[serde(borrow)]
    external_id: Text<'a>,
    updated_at: Time,
}

#[derive(Deserialize)]
struct User<'a> {
    id: i64,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    first_name: Text<'a>,
    #[serde(borrow)]
    last_name: Text<'a>,
    #[serde(borrow)]
    primary_email: Text<'a>,
    #[serde(borrow)]
    job_title: Text<'a>,
    deactivated: Option<bool>,
    site_admin: Option<bool>,
    #[serde(default, deserialize_with = "custom_fields")]
    custom_fields: Option<CustomFields>,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Job<'a> {
    id: i64,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    requisition_id: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    department_id: Id,
    office_ids: Option<Vec<i64>>,
    #[serde(borrow)]
    notes: Text<'a>,
    is_template: Option<bool>,
    confidential: Option<bool>,
    #[serde(default, deserialize_with = "custom_fields")]
    custom_fields: Option<CustomFields>,
    opened_at: Time,
    closed_at: Time,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Stage<'a> {
    id: i64,
    #[serde(borrow)]
    name: Text<'a>,
    job_id: Id,
    sort_order: Option<i64>,
    active: Option<bool>,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Candidate<'a> {
    id: i64,
    #[serde(borrow)]
    first_name: Text<'a>,
    #[serde(borrow)]
    last_name: Text<'a>,
    #[serde(borrow)]
    preferred_name: Text<'a>,
    #[serde(borrow)]
    company: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    email_addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    phone_numbers: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    website_addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    social_media_addresses: Option<Vec<Typed<'a>>>,
    tags: Option<Vec<String>>,
    private: Option<bool>,
    can_email: Option<bool>,
    #[serde(borrow)]
    time_zone: Text<'a>,
    #[serde(default, deserialize_with = "custom_fields")]
    custom_fields: Option<CustomFields>,
    last_activity_at: Time,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Application<'a> {
    id: i64,
    candidate_id: Id,
    job_id: Id,
    #[serde(borrow)]
    status: Text<'a>,
    job_interview_stage_id: Id,
    stage_id: Id,
    #[serde(borrow)]
    stage_name: Text<'a>,
    prospect: Option<bool>,
    source_id: Id,
    recruiter_id: Id,
    coordinator_id: Id,
    rejection_reason_id: Id,
    rejected_at: Time,
    needs_decision: Option<bool>,
    #[serde(borrow)]
    location_address: Text<'a>,
    #[serde(default, deserialize_with = "custom_fields")]
    custom_fields: Option<CustomFields>,
    last_activity_at: Time,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Interview<'a> {
    id: i64,
    application_id: Id,
    job_id: Id,
    #[serde(borrow)]
    status: Text<'a>,
    starts_at: Time,
    ends_at: Time,
    all_day_start_on: Option<NaiveDate>,
    all_day_end_on: Option<NaiveDate>,
    #[serde(borrow)]
    location: Text<'a>,
    #[serde(borrow)]
    video_conferencing_url: Text<'a>,
    organizer_id: Id,
    #[serde(borrow)]
    external_event_id: Text<'a>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Offer<'a> {
    id: i64,
    application_id: Id,
    candidate_id: Id,
    job_id: Id,
    #[serde(borrow)]
    status: Text<'a>,
    version: Option<i64>,
    sent_on: Option<NaiveDate>,
    starts_on: Option<NaiveDate>,
    resolved_at: Time,
    #[serde(default, deserialize_with = "custom_fields")]
    custom_fields: Option<CustomFields>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Deserialize)]
struct Note<'a> {
    id: i64,
    candidate_id: Id,
    application_id: Id,
    #[serde(borrow)]
    subject: Text<'a>,
    #[serde(borrow)]
    body: Text<'a>,
    user_id: Id,
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    visibility: Text<'a>,
    created_at: Time,
    updated_at: Time,
}

/// Reads one record of a kind.
///
/// Ids of sources, rejection reasons and offices stand where their names belong; `names::fill` replaces them.
pub(super) fn record(kind: RecordKind, raw: &RawValue) -> Result<Remote, serde_json::Error> {
    let text = raw.get();
    let (external_id, url, updated_at, data) = match kind {
        RecordKind::Department => {
            let d: Department<'_> = serde_json::from_str(text)?;
            let data = RemoteDepartment { name: own(d.name), parent: id(d.parent_id), code: own(d.external_id) };
            (d.id.to_string(), None, d.updated_at, RemoteData::Department(data))
        }
        RecordKind::Person => {
            let u: User<'_> = serde_json::from_str(text)?;
            let data = RemotePerson {
                name: own(u.name),
                first_name: own(u.first_name),
                last_name: own(u.last_name),
                email: own(u.primary_email),
                title: own(u.job_title),
                is_active: u.deactivated.map(|gone| !gone),
                is_admin: u.site_admin,
                custom_fields: u.custom_fields,
            };
            (u.id.to_string(), None, u.updated_at, RemoteData::Person(data))
        }
        RecordKind::Job => {
            let j: Job<'_> = serde_json::from_str(text)?;
            let external_id = j.id.to_string();
            let offices = j.office_ids.filter(|offices| !offices.is_empty());
            let data = RemoteJob {
                title: own(j.name),
                status: j.status.as_deref().and_then(|word| word.parse::<JobStatus>().ok()),
                provider_status: own(j.status),
                requisition_id: own(j.requisition_id),
                department: id(j.department_id),
                location: offices.map(|offices| offices.iter().map(i64::to_string).collect::<Vec<_>>().join(",")),
                description: own(j.notes),
                is_template: j.is_template,
                is_confidential: j.confidential,
                opened_at: j.opened_at,
                closed_at: j.closed_at,
                created_at: j.created_at,
                custom_fields: j.custom_fields,
            };
            let url = job_url(&external_id);
            (external_id, Some(url), j.updated_at, RemoteData::Job(data))
        }
        RecordKind::Stage => {
            let s: Stage<'_> = serde_json::from_str(text)?;
            let data = RemoteStage { job: id(s.job_id), name: own(s.name), position: s.sort_order, is_active: s.active };
            (s.id.to_string(), None, s.updated_at, RemoteData::Stage(data))
        }
        RecordKind::Candidate => {
            let c: Candidate<'_> = serde_json::from_str(text)?;
            let external_id = c.id.to_string();
            let data = RemoteCandidate {
                first_name: own(c.first_name),
                last_name: own(c.last_name),
                preferred_name: own(c.preferred_name),
                company: own(c.company),
                title: own(c.title),
                emails: contacts(c.email_addresses),
                phones: contacts(c.phone_numbers),
                addresses: contacts(c.addresses),
                links: links(c.website_addresses, c.social_media_addresses),
                tags: c.tags,
                is_private: c.private,
                can_email: c.can_email,
                time_zone: own(c.time_zone),
                last_activity_at: c.last_activity_at,
                created_at: c.created_at,
                custom_fields: c.custom_fields,
            };
            let url = candidate_url(&external_id);
            (external_id, Some(url), c.updated_at, RemoteData::Candidate(Box::new(data)))
        }
        RecordKind::Application => {
            let a: Application<'_> = serde_json::from_str(text)?;
            let (external_id, candidate) = (a.id.to_string(), id(a.candidate_id));
            let url = application_url(candidate.as_deref(), &external_id);
            let data = RemoteApplication {
                candidate,
                job: id(a.job_id),
                stage: id(a.job_interview_stage_id.or(a.stage_id)),
                stage_name: own(a.stage_name),
                status: a.status.as_deref().and_then(application_status),
                provider_status: own(a.status),
                is_prospect: a.prospect,
                source: id(a.source_id),
                recruiter: id(a.recruiter_id),
                coordinator: id(a.coordinator_id),
                rejection_reason: id(a.rejection_reason_id),
                rejected_at: a.rejected_at,
                applied_at: a.created_at,
                last_activity_at: a.last_activity_at,
                needs_decision: a.needs_decision,
                location: own(a.location_address),
                custom_fields: a.custom_fields,
            };
            (external_id, url, a.updated_at, RemoteData::Application(Box::new(data)))
        }
        RecordKind::Interview => {
            let i: Interview<'_> = serde_json::from_str(text)?;
            let data = RemoteInterview {
                application: id(i.application_id),
                job: id(i.job_id),
                title: None,
                status: i.status.as_deref().and_then(interview_status),
                provider_status: own(i.status),
                starts_at: i.starts_at,
                ends_at: i.ends_at,
                all_day_from: i.all_day_start_on,
                all_day_to: i.all_day_end_on,
                location: own(i.location),
                meeting_url: own(i.video_conferencing_url),
                organizer: id(i.organizer_id),
                calendar_event_id: own(i.external_event_id),
                created_at: i.created_at,
            };
            (i.id.to_string(), None, i.updated_at, RemoteData::Interview(Box::new(data)))
        }
        RecordKind::Offer => {
            let o: Offer<'_> = serde_json::from_str(text)?;
            let data = RemoteOffer {
                application: id(o.application_id),
                candidate: id(o.candidate_id),
                job: id(o.job_id),
                status: o.status.as_deref().and_then(|word| offer_status(word, o.sent_on.is_some())),
                provider_status: own(o.status),
                version: o.version,
                sent_on: o.sent_on,
                starts_on: o.starts_on,
                resolved_at: o.resolved_at,
                created_at: o.created_at,
                custom_fields: o.custom_fields,
            };
            (o.id.to_string(), None, o.updated_at, RemoteData::Offer(data))
        }
        RecordKind::Message => {
            let n: Note<'_> = serde_json::from_str(text)?;
            let data = RemoteMessage {
                candidate: id(n.candidate_id),
                application: id(n.application_id),
                subject: own(n.subject),
                body: own(n.body),
                author: id(n.user_id),
                channel: own(n.kind).map(|kind| kind.to_ascii_lowercase()),
                visibility: own(n.visibility),
                created_at: n.created_at,
            };
            (n.id.to_string(), None, n.updated_at, RemoteData::Message(data))
        }
    };
    Ok(Remote { kind, external_id, url, updated_at, partial: false, raw: Some(raw.to_owned()), data })
}
