//! Our own records as a mapping sees them: JSON under the names of [`super::targets`].

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::store::page::PageQuery;
use crate::store::record::application::{self, ApplicationRow};
use crate::store::record::candidate::{self, CandidateRow};
use crate::store::record::interview::{self, InterviewRow};
use crate::store::record::job::{self, JobRow};
use crate::store::record::offer::{self, OfferRow};
use crate::store::{Db, Result};

/// A candidate, with the views `name`, `email` and `phone`.
pub fn candidate(row: &CandidateRow) -> Value {
    let first = |list: &Value| list.get(0).and_then(|one| one.get("value")).cloned().unwrap_or(Value::Null);
    json!({
        "id": row.id, "first_name": row.first_name, "last_name": row.last_name,
        "name": format!("{} {}", row.first_name, row.last_name).trim(),
        "title": row.title, "company": row.company, "location": row.location,
        "emails": row.emails.0, "email": first(&row.emails.0), "phones": row.phones.0, "phone": first(&row.phones.0),
        "websites": row.websites.0, "tags": row.tags.0, "custom_fields": row.custom_fields.0,
        "created_at": row.created_at, "updated_at": row.updated_at,
    })
}

/// A job.
pub fn job(row: &JobRow) -> Value {
    json!({
        "id": row.id, "title": row.title, "status": row.status, "department": row.department, "location": row.location,
        "requisition_id": row.requisition_id, "description": row.description, "custom_fields": row.custom_fields.0,
        "opened_at": row.opened_at, "closed_at": row.closed_at, "created_at": row.created_at, "updated_at": row.updated_at,
    })
}

/// An application.
pub fn application(row: &ApplicationRow) -> Value {
    json!({
        "id": row.id, "status": row.status, "stage_name": row.stage_name, "source": row.source,
        "rejection_reason": row.rejection_reason, "custom_fields": row.custom_fields.0, "applied_at": row.applied_at,
        "created_at": row.created_at, "updated_at": row.updated_at,
    })
}

/// An interview.
pub fn interview(row: &InterviewRow) -> Value {
    json!({
        "id": row.id, "title": row.title, "status": row.status, "starts_at": row.starts_at, "ends_at": row.ends_at,
        "timezone": row.timezone, "location": row.location, "meeting_url": row.meeting_url, "custom_fields": row.custom_fields.0,
    })
}

/// An offer.
pub fn offer(row: &OfferRow) -> Value {
    json!({
        "id": row.id, "status": row.status, "version": row.version, "starts_on": row.starts_on, "sent_at": row.sent_at,
        "resolved_at": row.resolved_at, "custom_fields": row.custom_fields.0,
    })
}

/// The newest records of a kind, each with its id.
pub(super) async fn newest(db: &Db, organization: OrgId, kind: RecordKind, limit: u32) -> Result<Vec<(Uuid, Value)>> {
    let page = PageQuery { limit, before: None };
    Ok(match kind {
        RecordKind::Candidate => {
            let found = candidate::list_candidates(db, organization, &candidate::CandidateFilter::default(), page).await?;
            found.rows.iter().map(|row| (row.id.0, candidate(row))).collect()
        }
        RecordKind::Job => {
            let found = job::list_jobs(db, organization, &job::JobFilter::default(), page).await?;
            found.rows.iter().map(|row| (row.id.0, job(row))).collect()
        }
        RecordKind::Application => {
            let found = application::list_applications(db, organization, &application::ApplicationFilter::default(), page).await?;
            found.rows.iter().map(|row| (row.id.0, application(row))).collect()
        }
        RecordKind::Interview => {
            let found = interview::list_interviews(db, organization, &interview::InterviewFilter::default(), page).await?;
            found.rows.iter().map(|row| (row.id.0, interview(row))).collect()
        }
        RecordKind::Offer => {
            let found = offer::list_offers(db, organization, &offer::OfferFilter::default(), page).await?;
            found.rows.iter().map(|row| (row.id.0, offer(row))).collect()
        }
        RecordKind::Department | RecordKind::Person | RecordKind::Stage | RecordKind::Message => Vec::new(),
    })
}

/// The names of the customer's own fields in these records.
pub(super) fn custom_names<'v>(records: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
    let mut names: Vec<String> = records
        .into_iter()
        .filter_map(|record| record.get("custom_fields").and_then(Value::as_object))
        .flat_map(Map::keys)
        .filter(|name| !name.contains('.'))
        .cloned()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
