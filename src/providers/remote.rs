//! A provider's records in Hirewire's own terms: statuses of the domain, references as external ids.
//!
//! In a record that is not `partial`, `None` means "empty over there". In a partial one (from a webhook) it means "not stated".

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::domain::status::{ApplicationStatus, InterviewStatus, JobStatus, OfferStatus, RecordKind};

/// The customer's own fields: name key → value.
pub type CustomFields = Map<String, Value>;

/// One record of a provider.
#[derive(Debug, Clone)]
pub struct Remote {
    /// What it is.
    pub kind: RecordKind,
    /// Its id over there.
    pub external_id: String,
    /// Its page over there, for people.
    pub url: Option<String>,
    /// When it last changed over there.
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether missing values are unknown rather than empty.
    pub partial: bool,
    /// The record exactly as it came; `None` from webhooks.
    pub raw: Option<Box<RawValue>>,
    /// The record in our terms.
    pub data: RemoteData,
}

/// The data of a record, by kind.
#[derive(Debug, Clone, PartialEq)]
pub enum RemoteData {
    /// A department.
    Department(RemoteDepartment),
    /// A colleague.
    Person(RemotePerson),
    /// A job.
    Job(RemoteJob),
    /// A step of a job's pipeline.
    Stage(RemoteStage),
    /// A candidate.
    Candidate(Box<RemoteCandidate>),
    /// An application.
    Application(Box<RemoteApplication>),
    /// An interview.
    Interview(Box<RemoteInterview>),
    /// An offer.
    Offer(RemoteOffer),
    /// A note or message.
    Message(RemoteMessage),
}

/// A department.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteDepartment {
    /// Name.
    pub name: Option<String>,
    /// The department above it.
    pub parent: Option<String>,
    /// The customer's own code.
    pub code: Option<String>,
}

/// A colleague known over there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemotePerson {
    /// Display name.
    pub name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Main address.
    pub email: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Whether the person can still sign in over there.
    pub is_active: Option<bool>,
    /// Whether the person administers the account over there.
    pub is_admin: Option<bool>,
    /// The customer's own fields.
    pub custom_fields: Option<CustomFields>,
}

/// A job.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteJob {
    /// Title.
    pub title: Option<String>,
    /// Status; `None` when not stated or in a word we do not know.
    pub status: Option<JobStatus>,
    /// The status in the provider's own word.
    pub provider_status: Option<String>,
    /// The customer's own number for it.
    pub requisition_id: Option<String>,
    /// Its department.
    pub department: Option<String>,
    /// Where it is, for people.
    pub location: Option<String>,
    /// Description, HTML.
    pub description: Option<String>,
    /// A pattern for new jobs, not a job people apply to.
    pub is_template: Option<bool>,
    /// Shown to a few people only.
    pub is_confidential: Option<bool>,
    /// When it opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was made over there.
    pub created_at: Option<DateTime<Utc>>,
    /// The customer's own fields.
    pub custom_fields: Option<CustomFields>,
}

/// A step of a job's pipeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteStage {
    /// The job.
    pub job: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Place in the pipeline, from 0.
    pub position: Option<i64>,
    /// Whether new applications can enter it.
    pub is_active: Option<bool>,
}

/// An address, number or link with its kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contact {
    /// The address or number.
    pub value: String,
    /// `personal`, `work`, `mobile`, ...; the provider's word.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A candidate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteCandidate {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// What the person wants to be called.
    pub preferred_name: Option<String>,
    /// Present employer.
    pub company: Option<String>,
    /// Present title.
    pub title: Option<String>,
    /// Mail addresses, the main one first.
    pub emails: Option<Vec<Contact>>,
    /// Phone numbers.
    pub phones: Option<Vec<Contact>>,
    /// Postal addresses.
    pub addresses: Option<Vec<Contact>>,
    /// Web sites and social profiles.
    pub links: Option<Vec<Contact>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Shown to a few people only.
    pub is_private: Option<bool>,
    /// Whether mail may be sent.
    pub can_email: Option<bool>,
    /// The provider's name of the time zone.
    pub time_zone: Option<String>,
    /// Last activity of any kind.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// When it was made over there.
    pub created_at: Option<DateTime<Utc>>,
    /// The customer's own fields.
    pub custom_fields: Option<CustomFields>,
}

/// An application of a candidate to a job.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteApplication {
    /// The candidate.
    pub candidate: Option<String>,
    /// The job; none for a prospect without one.
    pub job: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The stage's name.
    pub stage_name: Option<String>,
    /// Status; `None` when not stated or in a word we do not know.
    pub status: Option<ApplicationStatus>,
    /// The status in the provider's own word.
    pub provider_status: Option<String>,
    /// A person being considered, who has not applied.
    pub is_prospect: Option<bool>,
    /// Where it came from, for people.
    pub source: Option<String>,
    /// The recruiter.
    pub recruiter: Option<String>,
    /// The coordinator.
    pub coordinator: Option<String>,
    /// Why it was rejected, for people.
    pub rejection_reason: Option<String>,
    /// When it was rejected.
    pub rejected_at: Option<DateTime<Utc>>,
    /// When the person applied.
    pub applied_at: Option<DateTime<Utc>>,
    /// Last activity of any kind.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Waiting for a decision of the hiring team.
    pub needs_decision: Option<bool>,
    /// Where the person is, as typed.
    pub location: Option<String>,
    /// The customer's own fields.
    pub custom_fields: Option<CustomFields>,
}

/// An interview.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteInterview {
    /// The application.
    pub application: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// Title, where the provider has one.
    pub title: Option<String>,
    /// Status; `None` when not stated or in a word we do not know.
    pub status: Option<InterviewStatus>,
    /// The status in the provider's own word.
    pub provider_status: Option<String>,
    /// Start.
    pub starts_at: Option<DateTime<Utc>>,
    /// End.
    pub ends_at: Option<DateTime<Utc>>,
    /// First day, when it has days instead of times.
    pub all_day_from: Option<NaiveDate>,
    /// Last day, when it has days instead of times.
    pub all_day_to: Option<NaiveDate>,
    /// Place.
    pub location: Option<String>,
    /// Link of the video call.
    pub meeting_url: Option<String>,
    /// Who set it up.
    pub organizer: Option<String>,
    /// The event in the organizer's calendar.
    pub calendar_event_id: Option<String>,
    /// When it was made over there.
    pub created_at: Option<DateTime<Utc>>,
}

/// An offer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteOffer {
    /// The application.
    pub application: Option<String>,
    /// The candidate.
    pub candidate: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// Status; `None` when not stated or in a word we do not know.
    pub status: Option<OfferStatus>,
    /// The status in the provider's own word.
    pub provider_status: Option<String>,
    /// Its number among the application's offers, from 1.
    pub version: Option<i64>,
    /// Day it was sent.
    pub sent_on: Option<NaiveDate>,
    /// First day at work.
    pub starts_on: Option<NaiveDate>,
    /// When it was answered.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When it was made over there.
    pub created_at: Option<DateTime<Utc>>,
    /// The customer's own fields.
    pub custom_fields: Option<CustomFields>,
}

/// A note or message on a candidate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoteMessage {
    /// The candidate.
    pub candidate: Option<String>,
    /// The application it is about.
    pub application: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// `note`, `email` or `activity`.
    pub channel: Option<String>,
    /// Who can see it, the provider's word.
    pub visibility: Option<String>,
    /// When it was written.
    pub created_at: Option<DateTime<Utc>>,
}
