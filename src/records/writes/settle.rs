//! Writing down how a change ended: the records as they are now, the events in the person's name, the activity log, the dead letter.

use serde_json::json;

use super::actor::{caller, origin};
use super::worker::Made;
use super::{Change, QUEUE, key};
use crate::context::Context;
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::fault::Result;
use crate::integrations::evidence;
use crate::operations::activity;
use crate::providers::remote::{RemoteApplication, RemoteCandidate, RemoteMessage};
use crate::providers::{Ats, Connection, Error, Remote, RemoteData, Visibility};
use crate::records::ingest;
use crate::records::pull::{self, Pull};
use crate::store::dead_letter::{self, DeadLetterRow};
use crate::store::integration::{self, IntegrationRow};
use crate::store::remote_write::{self, RemoteWriteRow};
use crate::store::{Json, Tx, link, task};

/// Why a change was not made.
pub(super) struct Settled<'a> {
    /// Reason code.
    pub code: &'static str,
    /// The sentence.
    pub message: &'a str,
    /// Whether it is kept for a person to send again.
    pub to_letter: bool,
    /// What it says about the connection.
    pub evidence: Option<&'a Error>,
}

fn fault(error: pull::Error) -> crate::fault::Fault {
    match error {
        pull::Error::Fault(fault) => fault,
        pull::Error::Provider(error) => crate::fault::Fault::internal(error),
    }
}

/// The change is made: takes in what it made, as its provider has it now where that can be read, and records it in the person's name.
pub(super) async fn done(
    ctx: &Context,
    mut row: RemoteWriteRow,
    integration: &IntegrationRow,
    cx: &Connection,
    ats: &dyn Ats,
    change: &Change,
    made: Made,
) -> Result<()> {
    let pull = Pull { ctx, row: integration, cx, ats, trace: row.trace_id, actor: Some(origin(&row)), began: ctx.clock.now() };
    let (candidate, record) = records(&pull, change, &made).await;
    if let Some(candidate) = candidate
        && let Err(error) = pull.take(vec![candidate]).await
    {
        fault(error).log();
    }
    let (kind, external_id) = (record.kind, record.external_id.clone());
    let source = pull.source(kind).await.map_err(fault)?;
    let references = match pull.resolve(std::slice::from_ref(&record)).await {
        Ok(references) => references,
        // The parents cannot be had now; what is known is enough.
        Err(pull::Error::Provider(_)) => {
            ingest::References::resolve(&ctx.store, row.organization_id, integration.id, std::slice::from_ref(&record)).await?
        }
        Err(pull::Error::Fault(fault)) => return Err(fault),
    };
    let warnings = if let Made::Submitted(submitted) = &made { submitted.warnings.clone() } else { Vec::new() };
    if let Change::Submit(person) = change {
        // The file is over there now.
        let mut person = person.clone();
        person.resume = None;
        row.payload = Json(serde_json::to_value(Change::Submit(person)).map_err(crate::fault::Fault::internal)?);
    }
    let now = ctx.clock.now();
    "done".clone_into(&mut row.state);
    row.finished_at = Some(now);
    row.error = None;
    row.error_code = None;
    let mut tx = ctx.store.begin().await?;
    let taken = ingest::take(ctx, &mut tx, &source, kind, vec![record], &references).await?;
    if let Some(bad) = taken.bad.first() {
        tracing::warn!(write.id = %row.id, "what a change made could not be taken in; the next sync does: {}", bad.message);
    }
    let local =
        link::list_links_by_external(&mut tx, integration.id, kind, &[external_id.as_str()]).await?.first().map(|link| link.local_id);
    if let (Made::Submitted(_), Some(local)) = (&made, local) {
        row.application_id = Some(local.into());
    }
    row.result = Some(Json(json!({ "object": kind, "externalId": external_id, "localId": local, "warnings": warnings })));
    if remote_write::update_remote_write(&mut tx, &row).await? {
        if let Some(current) = integration::find_integration(&ctx.store, row.organization_id, integration.id).await? {
            evidence::note(ctx, &mut tx, &current, cx, Ok(()), false).await?;
        }
        task::delete_task_by_key(&mut tx, QUEUE, &key(row.id)).await?;
        let mut message = summary(change, cx.entry.name);
        for warning in &warnings {
            message.push(' ');
            message.push_str(warning);
        }
        note(ctx, &mut tx, &row, integration, change, message, false).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(())
}

/// What the change made, as the provider has it; as it was asked for where that cannot be read (yet).
async fn records(pull: &Pull<'_>, change: &Change, made: &Made) -> (Option<Remote>, Remote) {
    let found = async |kind, id: &str| pull.fetch(kind, id).await.ok().flatten();
    match (change, made) {
        (Change::Submit(person), Made::Submitted(submitted)) => {
            let candidate = found(RecordKind::Candidate, &submitted.candidate_external_id).await.unwrap_or_else(|| {
                let data = RemoteCandidate {
                    first_name: Some(person.first_name.clone()),
                    last_name: Some(person.last_name.clone()),
                    company: person.company.clone(),
                    title: person.title.clone(),
                    emails: Some(person.emails.clone()),
                    phones: Some(person.phones.clone()),
                    tags: Some(person.tags.clone()),
                    ..RemoteCandidate::default()
                };
                asked_for(RecordKind::Candidate, &submitted.candidate_external_id, RemoteData::Candidate(Box::new(data)))
            });
            let Some(id) = &submitted.application_external_id else {
                // Its application arrives with the next sync.
                return (None, candidate);
            };
            let application = found(RecordKind::Application, id).await.unwrap_or_else(|| {
                let data = RemoteApplication {
                    candidate: Some(submitted.candidate_external_id.clone()),
                    job: Some(person.job.clone()),
                    status: Some(ApplicationStatus::Active),
                    applied_at: Some(pull.began),
                    last_activity_at: Some(pull.began),
                    ..RemoteApplication::default()
                };
                asked_for(RecordKind::Application, id, RemoteData::Application(Box::new(data)))
            });
            (Some(candidate), application)
        }
        (Change::Note { candidate, body, visibility, author }, Made::Note(id)) => {
            let visibility = match visibility {
                Visibility::Public => "public",
                Visibility::Private => "private",
                Visibility::AdminOnly => "admin_only",
            };
            let data = RemoteMessage {
                candidate: Some(candidate.clone()),
                body: Some(body.clone()),
                author: Some(author.clone()),
                channel: Some("note".to_owned()),
                visibility: Some(visibility.to_owned()),
                created_at: Some(pull.began),
                ..RemoteMessage::default()
            };
            (None, asked_for(RecordKind::Message, id, RemoteData::Message(data)))
        }
        (change, _) => {
            let (id, wanted) = wanted(change, pull.began);
            let now = found(RecordKind::Application, id).await.filter(|remote| {
                matches!(&remote.data, RemoteData::Application(data)
                if (wanted.stage.is_none() || data.stage == wanted.stage) && (wanted.status.is_none() || data.status == wanted.status))
            });
            (None, now.unwrap_or_else(|| asked_for(RecordKind::Application, id, RemoteData::Application(Box::new(wanted)))))
        }
    }
}

/// The application a change is about, and what it shall be like afterwards.
fn wanted(change: &Change, now: chrono::DateTime<chrono::Utc>) -> (&str, RemoteApplication) {
    let base = RemoteApplication { last_activity_at: Some(now), ..RemoteApplication::default() };
    match change {
        Change::Move { application, to, to_name, .. } => {
            (application, RemoteApplication { stage: Some(to.clone()), stage_name: Some(to_name.clone()), ..base })
        }
        Change::Reject { application, reason, .. } => (
            application,
            RemoteApplication {
                status: Some(ApplicationStatus::Rejected),
                rejected_at: Some(now),
                rejection_reason: reason.as_ref().map(|reason| reason.name.clone()),
                ..base
            },
        ),
        Change::Hire { application, .. } => (application, RemoteApplication { status: Some(ApplicationStatus::Hired), ..base }),
        Change::Submit(_) | Change::Note { .. } => ("", base),
    }
}

fn asked_for(kind: RecordKind, external_id: &str, data: RemoteData) -> Remote {
    Remote { kind, external_id: external_id.to_owned(), url: None, updated_at: None, partial: true, raw: None, data }
}

/// Somebody over there was faster: takes in how it is now, and says so.
pub(super) async fn conflict(
    ctx: &Context,
    mut row: RemoteWriteRow,
    integration: &IntegrationRow,
    cx: &Connection,
    ats: &dyn Ats,
    change: &Change,
    message: String,
) -> Result<RemoteWriteRow> {
    let mut sentence = Error::Conflict { message }.sentence(cx.entry.name);
    let application = match change {
        Change::Move { application, .. } | Change::Reject { application, .. } | Change::Hire { application, .. } => Some(application),
        Change::Submit(_) | Change::Note { .. } => None,
    };
    if let Some(id) = application {
        let pull = Pull { ctx, row: integration, cx, ats, trace: row.trace_id, actor: None, began: ctx.clock.now() };
        match pull.fetch(RecordKind::Application, id).await {
            Ok(Some(remote)) => {
                if let RemoteData::Application(data) = &remote.data {
                    match (data.status, &data.stage_name) {
                        (Some(ApplicationStatus::Active), Some(stage)) => sentence.push_str(&format!(" It is in {stage} now.")),
                        (Some(status), _) => sentence.push_str(&format!(" It is {status} now.")),
                        _ => {}
                    }
                }
                if let Err(error) = pull.take(vec![remote]).await {
                    fault(error).log();
                }
            }
            Ok(None) => sentence.push_str(" It does not exist there any more."),
            Err(error) => tracing::warn!(write.id = %row.id, ?error, "the record could not be read after a conflict; the next sync does"),
        }
    }
    row.error = Some(sentence.clone());
    failed(ctx, row, Some((integration, cx)), Settled { code: "conflict", message: &sentence, to_letter: false, evidence: None }).await
}

/// The change was not made, and will not be by itself.
pub(super) async fn failed(
    ctx: &Context,
    mut row: RemoteWriteRow,
    through: Option<(&IntegrationRow, &Connection)>,
    why: Settled<'_>,
) -> Result<RemoteWriteRow> {
    let now = ctx.clock.now();
    "failed".clone_into(&mut row.state);
    row.error_code = Some(why.code.to_owned());
    row.error = Some(why.message.to_owned());
    row.finished_at = Some(now);
    let mut tx = ctx.store.begin().await?;
    if !remote_write::update_remote_write(&mut tx, &row).await? {
        return Ok(row);
    }
    task::delete_task_by_key(&mut tx, QUEUE, &key(row.id)).await?;
    if why.to_letter {
        let letter = DeadLetterRow {
            id: ctx.clock.new(),
            organization_id: row.organization_id,
            integration_id: Some(row.integration_id),
            source: "write".to_owned(),
            object: Some(if row.kind == "note" { RecordKind::Candidate } else { RecordKind::Application }.as_str().to_owned()),
            external_id: None,
            local_id: row.application_id.map(|id| id.0).or(row.candidate_id.map(|id| id.0)),
            payload: json!({ "writeId": row.id, "integrationId": row.integration_id }).to_string(),
            code: why.code.to_owned(),
            message: why.message.to_owned(),
            attempts: row.attempts.max(1),
            state: "open".to_owned(),
            trace_id: Some(row.trace_id),
            created_at: now,
            resolved_at: None,
            resolved_by: None,
        };
        dead_letter::insert_dead_letters(&mut tx, &[letter]).await?;
    }
    if let Some((integration, cx)) = through {
        // A refused value says nothing about the connection; refused credentials and silence do.
        if let Some(error @ (Error::Unauthorized { .. } | Error::Reconnect { .. } | Error::Unavailable { .. })) = why.evidence
            && let Some(current) = integration::find_integration(&ctx.store, row.organization_id, integration.id).await?
        {
            evidence::note(ctx, &mut tx, &current, cx, Err(error), false).await?;
        }
        if let Ok(change) = serde_json::from_value::<Change>(row.payload.0.clone()) {
            note(ctx, &mut tx, &row, integration, &change, why.message.to_owned(), true).await?;
        }
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(row)
}

fn summary(change: &Change, provider: &str) -> String {
    match change {
        Change::Move { to_name, .. } => format!("Moved to {to_name} in {provider}."),
        Change::Reject { reason: Some(reason), .. } => format!("Rejected in {provider}: {}.", reason.name),
        Change::Reject { .. } => format!("Rejected in {provider}."),
        Change::Hire { .. } => format!("Hired in {provider}."),
        Change::Submit(person) => format!("Submitted to {} in {provider}.", person.job_title),
        Change::Note { .. } => format!("A note was written in {provider}."),
    }
}

async fn note(
    ctx: &Context,
    tx: &mut Tx,
    row: &RemoteWriteRow,
    integration: &IntegrationRow,
    change: &Change,
    message: String,
    is_failure: bool,
) -> Result<()> {
    let action = match change {
        Change::Move { .. } => "application.move",
        Change::Reject { .. } => "application.reject",
        Change::Hire { .. } => "application.hire",
        Change::Submit(_) => "application.submit",
        Change::Note { .. } => "candidate.note",
    };
    let took_ms = (ctx.clock.now() - row.created_at).num_milliseconds();
    let mut entry = activity::Entry::new(action, message).integration(integration.id, integration.provider.clone()).took_ms(took_ms);
    if let Some(id) = row.application_id {
        entry = entry.subject("application", id.0);
    } else if let Some(id) = row.candidate_id {
        entry = entry.subject("candidate", id.0);
    }
    activity::record(tx, &ctx.clock, &caller(row), if is_failure { entry.failed() } else { entry }).await?;
    Ok(())
}
