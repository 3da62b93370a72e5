//! The fields of Greenhouse's records that a mapping can use: the documented ones, and the customer's own as found on real records.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::mapping::FieldInfo;
use crate::domain::status::RecordKind;

use super::super::{Connection, Error};
use super::{API, records};

/// Records looked at to find the customer's own fields.
const SAMPLE_RECORDS: &str = "100";

const CANDIDATE: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("first_name", "First name", "string", true),
    ("last_name", "Last name", "string", true),
    ("preferred_name", "Preferred name", "string", true),
    ("company", "Company", "string", true),
    ("title", "Title", "string", true),
    ("email_addresses.0.value", "First e-mail address", "string", true),
    ("email_addresses", "E-mail addresses", "list", true),
    ("phone_numbers.0.value", "First phone number", "string", true),
    ("phone_numbers", "Phone numbers", "list", true),
    ("addresses", "Postal addresses", "list", true),
    ("website_addresses", "Web sites", "list", true),
    ("social_media_addresses", "Social profiles", "list", true),
    ("tags", "Tags", "list", true),
    ("private", "Private", "boolean", false),
    ("can_email", "May be mailed", "boolean", true),
    ("time_zone", "Time zone", "string", true),
    ("last_activity_at", "Last activity", "datetime", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const JOB: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("name", "Name", "string", true),
    ("requisition_id", "Requisition ID", "string", true),
    ("status", "Status", "string", false),
    ("department_id", "Department ID", "number", true),
    ("office_ids", "Office IDs", "list", true),
    ("notes", "Notes", "string", true),
    ("confidential", "Confidential", "boolean", false),
    ("is_template", "Template", "boolean", false),
    ("opened_at", "Opened", "datetime", false),
    ("closed_at", "Closed", "datetime", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const APPLICATION: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("candidate_id", "Candidate ID", "number", false),
    ("job_id", "Job ID", "number", false),
    ("status", "Status", "string", false),
    ("stage_name", "Stage", "string", false),
    ("job_interview_stage_id", "Stage ID", "number", false),
    ("prospect", "Prospect", "boolean", false),
    ("source_id", "Source ID", "number", true),
    ("recruiter_id", "Recruiter ID", "number", true),
    ("coordinator_id", "Coordinator ID", "number", true),
    ("rejection_reason_id", "Rejection reason ID", "number", false),
    ("rejected_at", "Rejected", "datetime", false),
    ("needs_decision", "Needs a decision", "boolean", false),
    ("location_address", "Location", "string", false),
    ("last_activity_at", "Last activity", "datetime", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const INTERVIEW: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("application_id", "Application ID", "number", false),
    ("job_id", "Job ID", "number", false),
    ("status", "Status", "string", false),
    ("starts_at", "Starts", "datetime", false),
    ("ends_at", "Ends", "datetime", false),
    ("location", "Location", "string", false),
    ("video_conferencing_url", "Video call", "string", false),
    ("organizer_id", "Organizer ID", "number", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const OFFER: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("application_id", "Application ID", "number", false),
    ("candidate_id", "Candidate ID", "number", false),
    ("job_id", "Job ID", "number", false),
    ("status", "Status", "string", false),
    ("version", "Version", "number", false),
    ("sent_on", "Sent", "date", false),
    ("starts_on", "Start date", "date", false),
    ("resolved_at", "Answered", "datetime", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const PERSON: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("name", "Name", "string", false),
    ("first_name", "First name", "string", false),
    ("last_name", "Last name", "string", false),
    ("primary_email", "E-mail address", "string", false),
    ("job_title", "Job title", "string", false),
    ("employee_id", "Employee ID", "string", false),
    ("deactivated", "Deactivated", "boolean", false),
    ("site_admin", "Site Admin", "boolean", false),
    ("created_at", "Created", "datetime", false),
    ("updated_at", "Updated", "datetime", false),
];

const DEPARTMENT: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("name", "Name", "string", false),
    ("parent_id", "Parent ID", "number", false),
    ("external_id", "External ID", "string", false),
];

const STAGE: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("name", "Name", "string", false),
    ("job_id", "Job ID", "number", false),
    ("sort_order", "Position", "number", false),
    ("active", "Active", "boolean", false),
];

const MESSAGE: &[(&str, &str, &str, bool)] = &[
    ("id", "ID", "number", false),
    ("candidate_id", "Candidate ID", "number", false),
    ("application_id", "Application ID", "number", false),
    ("body", "Text", "string", true),
    ("subject", "Subject", "string", false),
    ("type", "Kind", "string", false),
    ("visibility", "Visibility", "string", true),
    ("created_at", "Created", "datetime", false),
];

const fn standard(kind: RecordKind) -> &'static [(&'static str, &'static str, &'static str, bool)] {
    match kind {
        RecordKind::Department => DEPARTMENT,
        RecordKind::Person => PERSON,
        RecordKind::Job => JOB,
        RecordKind::Stage => STAGE,
        RecordKind::Candidate => CANDIDATE,
        RecordKind::Application => APPLICATION,
        RecordKind::Interview => INTERVIEW,
        RecordKind::Offer => OFFER,
        RecordKind::Message => MESSAGE,
    }
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    custom_fields: Option<BTreeMap<String, Option<Custom>>>,
}

#[derive(Deserialize)]
struct Custom {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Our word for a custom field's type.
fn plain_kind(kind: Option<&str>) -> &'static str {
    match kind {
        Some("number") => "number",
        Some("boolean") => "boolean",
        Some("date") => "date",
        Some("multi_select") => "list",
        Some("currency" | "currency_range" | "number_range" | "user") => "object",
        _ => "string",
    }
}

pub(super) async fn fields(cx: &Connection, kind: RecordKind) -> Result<Vec<FieldInfo>, Error> {
    let own = |&(name, label, kind, writable): &(&str, &str, &str, bool)| FieldInfo {
        name: name.to_owned(),
        label: label.to_owned(),
        kind: kind.to_owned(),
        custom: false,
        writable,
    };
    let mut all: Vec<FieldInfo> = standard(kind).iter().map(own).collect();
    let (path, scope) = records::list(kind);
    let sample: Vec<Box<serde_json::value::RawValue>> =
        cx.get(API, path).scope(scope).query("per_page", SAMPLE_RECORDS).send().await?.json()?;
    let mut custom: BTreeMap<String, Custom> = BTreeMap::new();
    for record in sample.iter().filter_map(|raw| serde_json::from_str::<Sample>(raw.get()).ok()) {
        for (key, field) in record.custom_fields.unwrap_or_default() {
            if let Some(field) = field {
                custom.entry(key).or_insert(field);
            }
        }
    }
    all.extend(custom.into_iter().map(|(key, field)| FieldInfo {
        name: format!("custom_fields.{key}.value"),
        label: field.name.unwrap_or(key),
        kind: plain_kind(field.kind.as_deref()).to_owned(),
        custom: true,
        writable: matches!(kind, RecordKind::Candidate | RecordKind::Application | RecordKind::Job | RecordKind::Offer),
    }));
    Ok(all)
}
