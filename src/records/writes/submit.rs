//! Applying to a job for a person.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{Change, NewPerson, StoredResume, Subject, Target, Written, send, target, written};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::{CandidateId, JobId};
use crate::domain::role::Scope;
use crate::domain::status::{JobStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::mapping;
use crate::providers::Contact;
use crate::records::applications::{self, ApplicationInput};
use crate::records::candidates::{self, CandidateInput};
use crate::records::{Linked, jobs};
use crate::store::link::LinkRow;
use crate::store::record::application::ApplicationRow;

/// Largest resume, in bytes.
const RESUME_BYTES: usize = 10 << 20;

/// A file that comes with an application.
#[derive(Debug, Clone)]
pub struct NewResume {
    /// File name with its ending.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// The file in base64.
    pub content_base64: String,
}

/// A person and the job they apply to.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The job.
    pub job: JobId,
    /// A candidate who is known already; a new one is made without it.
    pub candidate: Option<CandidateId>,
    /// The person.
    pub person: CandidateInput,
    /// Where they come from, for applications that live here alone.
    pub source: Option<String>,
    /// The resume.
    pub resume: Option<NewResume>,
}

/// Makes a candidate (unless one is named) and an application: in the connected system where the job is, or here alone.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the field; the provider's refusal.
pub async fn submit(ctx: &Context, caller: &Caller, input: Submission) -> Result<Written<Linked<ApplicationRow>>> {
    caller.require(Scope::RecordsWrite)?;
    let job = jobs::get(ctx, caller, input.job).await.map_err(|_| Fault::invalid("/jobId", "There is no such job."))?;
    if job.row.status != JobStatus::Open {
        return Err(Fault::invalid("/jobId", "This job is not open, so nobody can apply to it."));
    }
    let known = match input.candidate {
        Some(id) => {
            let missing = |_| Fault::invalid("/candidate/id", "There is no such candidate.");
            Some(candidates::get(ctx, caller, id).await.map_err(missing)?)
        }
        None => None,
    };
    let target = target(ctx, caller.organization, &job.links, RecordKind::Job).await?;
    let resume = input.resume.map(check_resume).transpose()?;
    let Some(target) = target else {
        if resume.is_some() {
            return Err(Fault::invalid("/resume", "This job is not in a connected system, and resumes are kept there."));
        }
        let candidate = match known {
            Some(known) => known.row.id,
            None => candidates::create(ctx, caller, input.person).await.map_err(|fault| below(fault, "/candidate"))?.row.id,
        };
        let application = ApplicationInput { candidate, job: Some(input.job), source: input.source, applied_at: None, custom_fields: None };
        return Ok(Written::Done(applications::create(ctx, caller, application).await?));
    };
    let there = |links: &[LinkRow]| {
        let found = links.iter().find(|link| link.object == RecordKind::Candidate && link.integration_id == target.integration.id);
        found.map(|link| link.external_id.clone())
    };
    let mut person = input.person;
    let mut external = None;
    if let Some(known) = &known {
        external = there(&known.links);
        let contacts = |list: &Value| serde_json::from_value::<Vec<Contact>>(list.clone()).unwrap_or_default();
        person = CandidateInput {
            first_name: Some(known.row.first_name.clone()),
            last_name: Some(known.row.last_name.clone()),
            title: known.row.title.clone(),
            company: known.row.company.clone(),
            emails: Some(contacts(&known.row.emails.0)),
            phones: Some(contacts(&known.row.phones.0)),
            tags: Some(known.row.tags.0.clone()),
            ..CandidateInput::default()
        };
    }
    let mut person = check(person, target.external_id.clone(), job.row.title.clone(), external, resume)?;
    map_out(ctx, &target, &mut person).await?;
    let subject = Subject { candidate: input.candidate, application: None, job: Some(input.job) };
    let row = send(ctx, caller, &target, subject, Change::Submit(Box::new(person))).await?;
    let made = row.application_id;
    written(row, async {
        let missing = || Fault::conflict("The candidate was made. The application arrives with the next sync.");
        applications::get(ctx, caller, made.ok_or_else(missing)?).await
    })
    .await
}

/// Puts what the mapping makes of our fields into the provider's: its own fields by name, and the few others that a new person has.
async fn map_out(ctx: &Context, target: &Target, person: &mut NewPerson) -> Result<()> {
    let integration = &target.integration;
    let mapping = mapping::in_force_outbound(ctx, integration.organization_id, integration.id, RecordKind::Candidate).await?;
    let Some(mapping) = mapping else { return Ok(()) };
    let first = |list: &[Contact]| list.first().map(|one| one.value.clone());
    let ours = json!({
        "first_name": person.first_name, "last_name": person.last_name, "name": format!("{} {}", person.first_name, person.last_name),
        "title": person.title, "company": person.company, "emails": person.emails, "email": first(&person.emails),
        "phones": person.phones, "phone": first(&person.phones), "tags": person.tags, "custom_fields": person.custom_fields,
    });
    let values = mapping.apply(&ours).map_err(|error| {
        Fault::invalid("/candidate", format!("The mapping to {} does not fit this person: {}", integration.name, error.message))
    })?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for (field, value) in values {
        match field.as_str() {
            "title" => person.title = text(&value),
            "company" => person.company = text(&value),
            "first_name" => person.first_name = text(&value).unwrap_or_else(|| person.first_name.clone()),
            "last_name" => person.last_name = text(&value).unwrap_or_else(|| person.last_name.clone()),
            "tags" => person.tags = serde_json::from_value(value).unwrap_or_else(|_| person.tags.clone()),
            other => {
                if let Some(name) = other.strip_prefix("custom_fields.") {
                    person.custom_fields.insert(name.split('.').next().unwrap_or(name).to_owned(), value);
                }
            }
        }
    }
    Ok(())
}

/// Greenhouse wants both names, and without an address an application whose outcome is unknown could not be found again.
fn check(
    person: CandidateInput,
    job: String,
    job_title: String,
    candidate: Option<String>,
    resume: Option<StoredResume>,
) -> Result<NewPerson> {
    let mut wrong = Vec::new();
    let mut problem = |pointer: String, detail: &str| wrong.push(FieldError { pointer, detail: detail.to_owned() });
    let name = |name: Option<String>| name.map(|name| name.trim().to_owned()).unwrap_or_default();
    let (first_name, last_name) = (name(person.first_name), name(person.last_name));
    if first_name.is_empty() {
        problem("/candidate/firstName".to_owned(), "The first name is missing.");
    }
    if last_name.is_empty() {
        problem("/candidate/lastName".to_owned(), "The last name is missing.");
    }
    let emails = person.emails.unwrap_or_default();
    if emails.is_empty() && candidate.is_none() {
        problem("/candidate/emails".to_owned(), "A mail address is missing.");
    }
    for (at, email) in emails.iter().enumerate() {
        if !email_address::EmailAddress::is_valid(&email.value) {
            problem(format!("/candidate/emails/{at}/value"), "This is not a mail address.");
        }
    }
    let custom_fields = match person.custom_fields {
        None => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            problem("/candidate/customFields".to_owned(), "Custom fields are an object.");
            Map::new()
        }
    };
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    Ok(NewPerson {
        job,
        job_title,
        candidate,
        first_name,
        last_name,
        emails,
        phones: person.phones.unwrap_or_default(),
        company: person.company,
        title: person.title,
        tags: person.tags.unwrap_or_default(),
        custom_fields,
        resume,
    })
}

fn check_resume(resume: NewResume) -> Result<StoredResume> {
    let mut wrong = Vec::new();
    let mut problem = |pointer: &str, detail: &str| wrong.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
    let filename = resume.filename.trim().to_owned();
    if filename.is_empty() || filename.chars().count() > 255 || filename.contains(['/', '\\', '\0']) {
        problem("/resume/filename", "A file name has 1 to 255 characters and no slashes.");
    }
    if resume.content_type.split('/').count() != 2 || resume.content_type.len() > 127 {
        problem("/resume/contentType", "This is not a media type. An example is application/pdf.");
    }
    match base64::engine::general_purpose::STANDARD.decode(resume.content_base64.trim()) {
        Ok(bytes) if bytes.is_empty() => problem("/resume/contentBase64", "The file is empty."),
        Ok(bytes) if bytes.len() > RESUME_BYTES => problem("/resume/contentBase64", "The file is larger than 10 MB."),
        Ok(_) => {}
        Err(_) => problem("/resume/contentBase64", "This is not valid base64."),
    }
    match Fault::invalid_fields(wrong) {
        Some(fault) => Err(fault),
        None => Ok(StoredResume { filename, content_type: resume.content_type, content_base64: resume.content_base64.trim().to_owned() }),
    }
}

/// The same failure, about a part of a larger input.
fn below(mut fault: Fault, part: &str) -> Fault {
    for field in &mut fault.fields {
        field.pointer.insert_str(0, part);
    }
    fault
}
