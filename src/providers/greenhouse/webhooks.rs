//! Greenhouse's webhooks: the signature, and what each of its events says.
//!
//! Source: developers.greenhouse.io/webhooks.html, read 2026-11-21. Bodies keep the shapes and words of the old v1 API (`active`, not `in_process`).

mod body;

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::status::{ApplicationStatus, OfferStatus, RecordKind};

use super::super::Error;
use super::super::inbound::{Change, Inbound, Keys, Message, Verdict};
use super::super::remote::{Remote, RemoteApplication, RemoteCandidate, RemoteData, RemoteDepartment, RemoteJob, RemoteOffer, RemoteStage};
use super::super::signature;
use super::Greenhouse;
use super::wire::{self, contacts, id, links, own};
use body::{
    AnonymizedPayload, Application, ApplicationId, ApplicationPayload, Candidate, CandidatePayload, DepartmentId, InterviewId, Job, JobId,
    JobPayload, Offer, OfferId, PersonPayload, StageId,
};

/// The signature header's value for a body, as Greenhouse makes it.
pub fn sign(key: &[u8], body: &[u8]) -> String {
    format!("sha256 {}", hex::encode(signature::hmac_sha256(key, &[body])))
}

impl Inbound for Greenhouse {
    fn verify(&self, message: &Message<'_>, keys: &Keys) -> Verdict {
        let Some(given) = message.header("signature") else { return signature::unsigned(keys) };
        signature::check(keys, |key| signature::is_same(sign(key, message.body).as_bytes(), given.as_bytes()))
    }

    fn dedupe_key(&self, message: &Message<'_>) -> Option<String> {
        let key = message.header("greenhouse-event-id")?.trim();
        (!key.is_empty()).then(|| key.to_owned())
    }

    fn event_name(&self, message: &Message<'_>) -> Option<String> {
        Some(serde_json::from_slice::<Envelope<'_>>(message.body).ok()?.action.into_owned())
    }

    fn translate(&self, message: &Message<'_>) -> Result<Vec<Change>, Error> {
        let envelope: Envelope<'_> = serde_json::from_slice(message.body).map_err(|error| unreadable("message", &error))?;
        translate(&envelope)
    }

    /// Seven tries, the last one 15 hours after the first.
    fn retry_window(&self) -> Duration {
        Duration::from_secs(15 * 3600)
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

fn unreadable(what: &str, error: &serde_json::Error) -> Error {
    Error::Protocol { message: format!("{what}: {:?} at line {}, column {}", error.classify(), error.line(), error.column()) }
}

fn translate(envelope: &Envelope<'_>) -> Result<Vec<Change>, Error> {
    let action = envelope.action.as_ref();
    let ignored = |reason: &str| Ok(vec![Change::Ignored { reason: reason.to_owned() }]);
    // A ping may carry any payload or none.
    match action {
        "ping" => return ignored("Greenhouse tried whether this address answers."),
        "job_post_created" | "job_post_updated" | "job_post_deleted" => return ignored("Job posts are not kept here; jobs are."),
        "office_deleted" => return ignored("Offices are not kept here."),
        "scorecard_deleted" => return ignored("Scorecards are not kept here."),
        _ => {}
    }
    let payload = envelope.payload.map_or("null", RawValue::get);
    fn read<'a, T: Deserialize<'a>>(action: &str, text: &'a str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| unreadable(action, &error))
    }
    let deleted = |kind, id: i64| Change::Deleted { kind, external_id: id.to_string() };
    Ok(match action {
        "new_candidate_application"
        | "new_prospect_application"
        | "application_updated"
        | "candidate_stage_change"
        | "reject_candidate"
        | "unreject_candidate"
        | "hire_candidate"
        | "unhire_candidate" => {
            let payload: ApplicationPayload<'_> = read(action, payload)?;
            application(action, payload.application)
        }
        "update_candidate" => {
            let payload: CandidatePayload<'_> = read(action, payload)?;
            vec![upsert(candidate(payload.candidate))]
        }
        "delete_application" => vec![deleted(RecordKind::Application, read::<ApplicationId>(action, payload)?.application.id)],
        "delete_candidate" => {
            let person = read::<PersonPayload>(action, payload)?.person;
            let applications = person.deleted_application_ids.into_iter().map(|id| deleted(RecordKind::Application, id));
            applications.chain([deleted(RecordKind::Candidate, person.id)]).collect()
        }
        "merge_candidate" => {
            let person = read::<PersonPayload>(action, payload)?.person;
            let Some(into) = person.new_candidate_id else {
                return Err(Error::Protocol { message: "merge_candidate: the remaining candidate is missing".to_owned() });
            };
            let into = into.to_string();
            vec![
                Change::Merged { kind: RecordKind::Candidate, from: person.id.to_string(), into: into.clone() },
                Change::Refetch { kind: RecordKind::Candidate, external_id: into },
            ]
        }
        "candidate_anonymized" => {
            let payload: AnonymizedPayload = read(action, payload)?;
            vec![Change::Refetch { kind: RecordKind::Candidate, external_id: payload.candidate_id.to_string() }]
        }
        "offer_created" | "offer_approved" | "offer_updated" => vec![upsert(offer(action, read(action, payload)?, None))],
        "offer_deleted" => vec![deleted(RecordKind::Offer, read::<OfferId>(action, payload)?.offer.id)],
        "job_created" | "job_updated" | "job_approved" => {
            let payload: JobPayload<'_> = read(action, payload)?;
            job(payload.job)
        }
        "job_deleted" => vec![deleted(RecordKind::Job, read::<JobId>(action, payload)?.job.id)],
        "job_interview_stage_deleted" => vec![deleted(RecordKind::Stage, read::<StageId>(action, payload)?.job_interview_stage.id)],
        "department_deleted" => vec![deleted(RecordKind::Department, read::<DepartmentId>(action, payload)?.department.id)],
        "interview_deleted" => vec![deleted(RecordKind::Interview, read::<InterviewId>(action, payload)?.interview.id)],
        other => vec![Change::Ignored {
            reason: format!("Hirewire does not know the event {}.", other.chars().filter(|c| !c.is_control()).take(60).collect::<String>()),
        }],
    })
}

fn upsert(remote: Remote) -> Change {
    Change::Upsert(Box::new(remote))
}

fn partial(kind: RecordKind, external_id: String, url: Option<String>, updated_at: Option<DateTime<Utc>>, data: RemoteData) -> Remote {
    Remote { kind, external_id, url, updated_at, partial: true, raw: None, data }
}

/// An application with everything that its message repeats: departments, jobs, the stage, the candidate, the offer.
fn application(action: &str, a: Application<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let jobs = if a.jobs.is_empty() { a.job.into_iter().collect() } else { a.jobs };
    // A prospect considered for several jobs belongs to none of them.
    let job_id = if jobs.len() == 1 { jobs.first().map(|job| job.id.to_string()) } else { None };
    for one in jobs {
        changes.extend(job(one));
    }
    let stage = a.current_stage.map(|stage| {
        let external_id = stage.id.to_string();
        let name = own(stage.name);
        let data = RemoteStage { job: job_id.clone(), name: name.clone(), position: None, is_active: None };
        changes.push(upsert(partial(RecordKind::Stage, external_id.clone(), None, None, RemoteData::Stage(data))));
        (external_id, name)
    });
    let candidate_id = a.candidate.as_ref().map(|candidate| candidate.id.to_string()).or_else(|| id(a.candidate_id));
    changes.extend(a.candidate.map(|one| upsert(candidate(one))));

    let external_id = a.id.to_string();
    let status = match action {
        "hire_candidate" => Some(ApplicationStatus::Hired),
        "reject_candidate" => Some(ApplicationStatus::Rejected),
        "unhire_candidate" | "unreject_candidate" => Some(ApplicationStatus::Active),
        _ => a.status.as_deref().and_then(wire::application_status),
    };
    let (stage, stage_name) = stage.map_or((None, None), |(id, name)| (Some(id), name));
    let data = RemoteApplication {
        candidate: candidate_id.clone(),
        job: job_id,
        stage,
        stage_name,
        status,
        provider_status: own(a.status),
        is_prospect: a.prospect,
        source: a.source.and_then(|source| own(source.name).or_else(|| own(source.public_name))),
        recruiter: None,
        coordinator: None,
        rejection_reason: a.rejection_reason.and_then(|reason| own(reason.name)),
        rejected_at: a.rejected_at,
        applied_at: a.applied_at,
        last_activity_at: a.last_activity_at,
        needs_decision: None,
        location: None,
        custom_fields: a.custom_fields,
    };
    let url = own(a.url).or_else(|| wire::application_url(candidate_id.as_deref(), &external_id));
    // Messages state no `updated_at`; the last activity is the nearest thing, and it never lies after it.
    changes.push(upsert(partial(
        RecordKind::Application,
        external_id.clone(),
        url,
        a.last_activity_at,
        RemoteData::Application(Box::new(data)),
    )));
    changes.extend(a.offer.map(|one| upsert(offer(action, one, Some((external_id, candidate_id))))));
    changes
}

fn candidate(c: Candidate<'_>) -> Remote {
    let external_id = c.id.to_string();
    let data = RemoteCandidate {
        first_name: own(c.first_name),
        last_name: own(c.last_name),
        preferred_name: None,
        company: own(c.company),
        title: own(c.title),
        emails: contacts(c.email_addresses),
        phones: contacts(c.phone_numbers),
        addresses: contacts(c.addresses),
        links: links(c.website_addresses, c.social_media_addresses),
        tags: c.tags,
        is_private: c.is_private,
        can_email: c.can_email,
        time_zone: None,
        last_activity_at: None,
        created_at: c.created_at,
        custom_fields: c.custom_fields,
    };
    let url = own(c.url).unwrap_or_else(|| wire::candidate_url(&external_id));
    partial(RecordKind::Candidate, external_id, Some(url), None, RemoteData::Candidate(Box::new(data)))
}

fn job(j: Job<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let external_id = j.id.to_string();
    let department = j.departments.first().map(|department| department.id.to_string());
    for one in j.departments {
        let data = RemoteDepartment { name: own(one.name), parent: None, code: own(one.external_id) };
        changes.push(upsert(partial(RecordKind::Department, one.id.to_string(), None, None, RemoteData::Department(data))));
    }
    let offices: Vec<String> = j.offices.into_iter().filter_map(|office| own(office.name)).collect();
    let data = RemoteJob {
        title: own(j.name),
        status: j.status.as_deref().and_then(|word| word.parse().ok()),
        provider_status: own(j.status),
        requisition_id: own(j.requisition_id),
        department,
        location: (!offices.is_empty()).then(|| offices.join(" · ")),
        description: own(j.notes),
        is_template: None,
        is_confidential: j.confidential,
        opened_at: j.opened_at.or(j.open_date),
        closed_at: j.closed_at.or(j.close_date),
        created_at: j.created_at,
        custom_fields: j.custom_fields,
    };
    let url = own(j.url).unwrap_or_else(|| wire::job_url(&external_id));
    changes.push(upsert(partial(RecordKind::Job, external_id, Some(url), None, RemoteData::Job(data))));
    changes
}

fn offer(action: &str, o: Offer<'_>, belongs_to: Option<(String, Option<String>)>) -> Remote {
    let (application, candidate) =
        belongs_to.map_or((id(o.application_id), None), |(application, candidate)| (Some(application), candidate));
    let word = own(o.offer_status);
    let sent_on = o.sent_on.or(o.sent_at);
    let status = match (action, word.as_deref()) {
        ("hire_candidate", None) => Some(OfferStatus::Accepted),
        ("offer_approved", Some("Created")) if sent_on.is_none() => Some(OfferStatus::Approved),
        (_, Some(word)) => wire::offer_status(word, sent_on.is_some()),
        (_, None) => None,
    };
    let data = RemoteOffer {
        application,
        candidate,
        job: id(o.job_id),
        status,
        provider_status: word,
        version: o.version,
        sent_on,
        starts_on: o.start_date.or(o.starts_at),
        resolved_at: o.resolved_at,
        created_at: o.created_at,
        custom_fields: o.custom_fields,
    };
    partial(RecordKind::Offer, o.id.to_string(), None, None, RemoteData::Offer(data))
}

#[cfg(test)]
mod tests;
