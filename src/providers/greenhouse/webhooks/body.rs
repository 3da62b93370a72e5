//! The bodies of Greenhouse's webhooks as they travel: the old v1 shapes, with dates in several spellings.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::super::super::remote::CustomFields;
use super::super::wire::{self, Typed};

type Text<'a> = Option<Cow<'a, str>>;

/// Days come as `2013-03-22` or `04/15/2013`, sometimes as a full time; one that is none of these counts as not stated.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| {
        let text = text.trim();
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .or_else(|_| NaiveDate::parse_from_str(text, "%m/%d/%Y"))
            .ok()
            .or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc().date_naive()))
    }))
}

/// A moment; a bare day is its midnight, anything else not stated.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| {
        let text = text.trim();
        DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .ok()
            .or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(chrono::NaiveTime::MIN).and_utc()))
    }))
}

/// A list that is sometimes `null`.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct ApplicationPayload<'a> {
    #[serde(borrow)]
    pub(super) application: Application<'a>,
}

#[derive(Deserialize)]
pub(super) struct CandidatePayload<'a> {
    #[serde(borrow)]
    pub(super) candidate: Candidate<'a>,
}

#[derive(Deserialize)]
pub(super) struct JobPayload<'a> {
    #[serde(borrow)]
    pub(super) job: Job<'a>,
}

macro_rules! only_ids {
    ($($payload:ident { $field:ident }),+ $(,)?) => {$(
        #[derive(Deserialize)]
        pub(super) struct $payload {
            pub(super) $field: OnlyId,
        }
    )+};
}
only_ids!(
    ApplicationId { application },
    OfferId { offer },
    JobId { job },
    StageId { job_interview_stage },
    DepartmentId { department },
    InterviewId { interview }
);

#[derive(Deserialize)]
pub(super) struct OnlyId {
    pub(super) id: i64,
}

#[derive(Deserialize)]
pub(super) struct PersonPayload {
    pub(super) person: Person,
}

#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) id: i64,
    #[serde(default, deserialize_with = "list")]
    pub(super) deleted_application_ids: Vec<i64>,
    pub(super) new_candidate_id: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct AnonymizedPayload {
    pub(super) candidate_id: i64,
}

#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) public_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    pub(super) id: i64,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) external_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct StageReference<'a> {
    pub(super) id: i64,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(rename = "interviews")]
    pub(super) _interviews: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Application<'a> {
    pub(super) id: i64,
    pub(super) candidate_id: Option<i64>,
    #[serde(borrow)]
    pub(super) status: Text<'a>,
    pub(super) prospect: Option<bool>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    #[serde(borrow)]
    pub(super) source: Option<Named<'a>>,
    #[serde(borrow)]
    pub(super) rejection_reason: Option<Named<'a>>,
    #[serde(borrow)]
    pub(super) current_stage: Option<StageReference<'a>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) rejected_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) applied_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) last_activity_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "wire::custom_fields")]
    pub(super) custom_fields: Option<CustomFields>,
    #[serde(borrow)]
    pub(super) candidate: Option<Candidate<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) jobs: Vec<Job<'a>>,
    #[serde(borrow)]
    pub(super) job: Option<Job<'a>>,
    #[serde(borrow)]
    pub(super) offer: Option<Offer<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Candidate<'a> {
    pub(super) id: i64,
    #[serde(borrow)]
    pub(super) first_name: Text<'a>,
    #[serde(borrow)]
    pub(super) last_name: Text<'a>,
    #[serde(borrow)]
    pub(super) company: Text<'a>,
    #[serde(borrow)]
    pub(super) title: Text<'a>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    pub(super) is_private: Option<bool>,
    pub(super) can_email: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(borrow)]
    pub(super) phone_numbers: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    pub(super) email_addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    pub(super) addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    pub(super) website_addresses: Option<Vec<Typed<'a>>>,
    #[serde(borrow)]
    pub(super) social_media_addresses: Option<Vec<Typed<'a>>>,
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "wire::custom_fields")]
    pub(super) custom_fields: Option<CustomFields>,
}

#[derive(Deserialize)]
pub(super) struct Job<'a> {
    pub(super) id: i64,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) requisition_id: Text<'a>,
    #[serde(borrow)]
    pub(super) notes: Text<'a>,
    #[serde(borrow)]
    pub(super) status: Text<'a>,
    #[serde(borrow)]
    pub(super) url: Text<'a>,
    pub(super) confidential: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) opened_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) closed_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) open_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) close_date: Option<DateTime<Utc>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) departments: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) offices: Vec<Reference<'a>>,
    #[serde(default, deserialize_with = "wire::custom_fields")]
    pub(super) custom_fields: Option<CustomFields>,
}

#[derive(Deserialize)]
pub(super) struct Offer<'a> {
    pub(super) id: i64,
    pub(super) application_id: Option<i64>,
    pub(super) job_id: Option<i64>,
    pub(super) version: Option<i64>,
    #[serde(borrow)]
    pub(super) offer_status: Text<'a>,
    #[serde(default, deserialize_with = "day")]
    pub(super) sent_on: Option<NaiveDate>,
    #[serde(default, deserialize_with = "day")]
    pub(super) sent_at: Option<NaiveDate>,
    #[serde(default, deserialize_with = "day")]
    pub(super) start_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "day")]
    pub(super) starts_at: Option<NaiveDate>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) resolved_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "wire::custom_fields")]
    pub(super) custom_fields: Option<CustomFields>,
}
