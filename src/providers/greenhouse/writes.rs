//! Changes sent to Greenhouse, and the reads that find out what became of one.
//!
//! v3 knows no idempotency key, so a create that is sent twice exists twice. Nothing here sends a change a second time.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::status::RecordKind;

use super::super::{Connection, Contact, Error, NewApplication, RemoteData, Resume, Standing, Submitted, Visibility};
use super::{API, records};

#[derive(Deserialize)]
struct Made {
    id: i64,
}

#[derive(Deserialize)]
struct Opening {
    id: i64,
    #[serde(default)]
    open: Option<bool>,
}

/// Greenhouse's ids are numbers; anything else never came from there.
fn number(text: &str, field: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::Invalid { field: Some(field.to_owned()), message: format!("{field} is not an ID of Greenhouse.") })
}

fn typed(contacts: &[Contact], fallback: &str) -> Vec<Value> {
    contacts.iter().map(|contact| json!({"value": contact.value, "type": contact.kind.as_deref().unwrap_or(fallback)})).collect()
}

/// A compare-and-swap that did not match comes back as a refused value of `from_stage_id`; a closed application as one without a field.
fn as_conflict(error: Error, fields: &[&str]) -> Error {
    match error {
        Error::Invalid { field: Some(field), message } if fields.contains(&field.as_str()) => Error::Conflict { message },
        other => other,
    }
}

pub(super) async fn submit(cx: &Connection, new: &NewApplication) -> Result<Submitted, Error> {
    let job = number(&new.job_external_id, "job_id")?;
    let mut warnings = Vec::new();
    let (candidate, application) = match &new.candidate_external_id {
        Some(candidate) => {
            let body = json!({"candidate_id": number(candidate, "candidate_id")?, "job_id": job});
            let made: Made =
                cx.write(Method::POST, API, "applications").scope("harvest:applications:create").json(&body)?.send().await?.json()?;
            (candidate.clone(), Some(made.id.to_string()))
        }
        None => {
            let mut body = json!({
                "first_name": new.first_name,
                "last_name": new.last_name,
                "email_addresses": typed(&new.emails, "personal"),
                "phone_numbers": typed(&new.phones, "mobile"),
                "tags": new.tags,
                "application": {"job_id": job},
            });
            for (name, value) in [("company", &new.company), ("title", &new.title)] {
                if let Some(value) = value {
                    body[name] = json!(value);
                }
            }
            if !new.custom_fields.is_empty() {
                body["custom_fields"] = json!(new.custom_fields);
            }
            let made: Made =
                cx.write(Method::POST, API, "candidates").scope("harvest:candidates:create").json(&body)?.send().await?.json()?;
            let candidate = made.id.to_string();
            // The answer has no application (v3 nests nothing). The candidate exists now, so a failing look-up is no failure of the submission.
            let application = match application_of(cx, &candidate, &new.job_external_id, None).await {
                Ok(found) => found,
                Err(error) => {
                    warnings.push(format!("The application's ID could not be read yet. {}", error.sentence("Greenhouse")));
                    None
                }
            };
            (candidate, application)
        }
    };
    if let Some(resume) = &new.resume
        && let Err(error) = attach(cx, &candidate, application.as_deref(), resume).await
    {
        warnings.push(format!("The resume was not taken. {}", error.sentence("Greenhouse")));
    }
    Ok(Submitted { candidate_external_id: candidate, application_external_id: application, warnings })
}

async fn attach(cx: &Connection, candidate: &str, application: Option<&str>, resume: &Resume) -> Result<(), Error> {
    use base64::Engine;
    let mut body = json!({
        "candidate_id": number(candidate, "candidate_id")?,
        "filename": resume.filename,
        "type": "resume",
        "content": base64::engine::general_purpose::STANDARD.encode(&resume.bytes),
        "content_type": resume.content_type,
    });
    if let Some(application) = application {
        body["application_id"] = json!(number(application, "application_id")?);
    }
    cx.write(Method::POST, API, "attachments").scope("harvest:attachments:create").json(&body)?.send().await?;
    Ok(())
}

/// The newest application of a candidate to a job, made at or after `since` if that is given.
async fn application_of(cx: &Connection, candidate: &str, job: &str, since: Option<DateTime<Utc>>) -> Result<Option<String>, Error> {
    let mut call = cx.get(API, "applications").scope("harvest:applications:list");
    call = call.query("candidate_ids", candidate).query("job_ids", job).query("per_page", "50");
    if let Some(since) = since {
        call = call.query("created_at", created_since(since));
    }
    let found: Vec<Made> = call.send().await?.json()?;
    Ok(found.iter().map(|application| application.id).max().map(|id| id.to_string()))
}

pub(super) async fn find_submitted(cx: &Connection, new: &NewApplication, since: DateTime<Utc>) -> Result<Option<Submitted>, Error> {
    let candidates: Vec<String> = match (&new.candidate_external_id, new.emails.first()) {
        (Some(candidate), _) => vec![candidate.clone()],
        (None, Some(email)) => {
            let call = cx.get(API, "candidates").scope("harvest:candidates:list");
            let call = call.query("email", email.value.as_str()).query("created_at", created_since(since)).query("per_page", "50");
            call.send().await?.json::<Vec<Made>>()?.iter().rev().map(|candidate| candidate.id.to_string()).collect()
        }
        (None, None) => Vec::new(),
    };
    for candidate in candidates {
        if let Some(application) = application_of(cx, &candidate, &new.job_external_id, Some(since)).await? {
            return Ok(Some(Submitted {
                candidate_external_id: candidate,
                application_external_id: Some(application),
                warnings: Vec::new(),
            }));
        }
    }
    Ok(None)
}

fn created_since(since: DateTime<Utc>) -> String {
    format!("gte|{}", since.to_rfc3339_opts(SecondsFormat::Millis, true))
}

pub(super) async fn move_stage(cx: &Connection, application: &str, from_stage: &str, to_stage: &str) -> Result<(), Error> {
    let path = format!("applications/{}/move", number(application, "application_id")?);
    let body = json!({"from_stage_id": number(from_stage, "from_stage_id")?, "to_stage_id": number(to_stage, "to_stage_id")?});
    let sent = cx.write(Method::POST, API, &path).scope("harvest:applications:move").json(&body)?.send().await;
    sent.map(drop).map_err(|error| as_conflict(error, &["from_stage_id", "status"]))
}

pub(super) async fn reject(cx: &Connection, application: &str, reason: Option<&str>, note: Option<&str>) -> Result<(), Error> {
    let path = format!("applications/{}/reject", number(application, "application_id")?);
    let mut body = json!({});
    if let Some(reason) = reason {
        body["rejection_reason_id"] = json!(number(reason, "rejection_reason_id")?);
    }
    if let Some(note) = note {
        body["notes"] = json!(note);
    }
    let sent = cx.write(Method::POST, API, &path).scope("harvest:applications:reject").json(&body)?.send().await;
    sent.map(drop).map_err(|error| as_conflict(error, &["status"]))
}

pub(super) async fn hire(cx: &Connection, application: &str, start_on: Option<NaiveDate>) -> Result<(), Error> {
    let path = format!("applications/{}/hire", number(application, "application_id")?);
    let mut body = json!({});
    if let Some(day) = start_on {
        body["start_date"] = json!(day.format("%Y-%m-%d").to_string());
    }
    if let Some(opening) = opening_for(cx, application).await? {
        body["opening_id"] = json!(opening);
    }
    let sent = cx.write(Method::POST, API, &path).scope("harvest:applications:hire").json(&body)?.send().await;
    sent.map(drop).map_err(|error| as_conflict(error, &["status", "opening_id"]))
}

/// The opening a hire fills. Greenhouse wants it named when more than one is open: the one that stands first is taken.
async fn opening_for(cx: &Connection, application: &str) -> Result<Option<i64>, Error> {
    let Some(job) = standing(cx, application).await?.ok_or(Error::NotFound)?.job else { return Ok(None) };
    let call = cx.get(API, "openings").scope("harvest:openings:list").query("job_ids", job).query("per_page", "500");
    let openings: Vec<Opening> = match call.send().await {
        Ok(answer) => answer.json()?,
        // Without the scope a job with a single opening can still be hired for.
        Err(Error::Forbidden { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut open = openings.iter().filter(|opening| opening.open == Some(true));
    match (open.next(), open.next()) {
        (Some(first), Some(_)) => Ok(Some(first.id)),
        (Some(_), None) => Ok(None),
        (None, _) => Err(Error::Conflict { message: "No opening of this job is open.".to_owned() }),
    }
}

pub(super) async fn standing(cx: &Connection, application: &str) -> Result<Option<Standing>, Error> {
    let id = number(application, "application_id")?.to_string();
    let call = cx.get(API, "applications").scope("harvest:applications:list");
    let answer = call.query("ids", id).query("per_page", "1").send().await?;
    let Some(record) = records::read(RecordKind::Application, &answer)?.into_iter().next() else { return Ok(None) };
    let remote = record.map_err(|bad| Error::Protocol { message: bad.message })?;
    let RemoteData::Application(data) = remote.data else { return Ok(None) };
    Ok(Some(Standing { stage: data.stage, status: data.status, candidate: data.candidate, job: data.job }))
}

pub(super) async fn note(cx: &Connection, candidate: &str, body: &str, visibility: Visibility) -> Result<String, Error> {
    let visibility = match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
        Visibility::AdminOnly => "admin_only",
    };
    let body = json!({"candidate_id": number(candidate, "candidate_id")?, "body": body, "note_type": "NOTE", "visibility": visibility});
    let made: Made = cx.write(Method::POST, API, "notes").scope("harvest:notes:create").json(&body)?.send().await?.json()?;
    Ok(made.id.to_string())
}

#[derive(Deserialize)]
struct NoteText {
    id: i64,
    body: Option<String>,
}

pub(super) async fn find_note(cx: &Connection, candidate: &str, body: &str, since: DateTime<Utc>) -> Result<Option<String>, Error> {
    let call = cx.get(API, "notes").scope("harvest:notes:list").query("candidate_ids", number(candidate, "candidate_id")?.to_string());
    let found: Vec<NoteText> = call.query("created_at", created_since(since)).query("per_page", "500").send().await?.json()?;
    Ok(found
        .into_iter()
        .rev()
        .find(|note| note.body.as_deref().is_some_and(|text| text.trim() == body.trim()))
        .map(|note| note.id.to_string()))
}
