//! Sending a change, and finding out what became of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::settle::{self, Settled};
use super::{Change, NewPerson, Payload, key, reschedule};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::RemoteWriteId;
use crate::domain::role::Scope;
use crate::domain::status::ApplicationStatus;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::providers::{Ats, Connection, Error, NewApplication, Resume, Submitted};
use crate::queue::{Outcome, Task, backoff};
use crate::random;
use crate::store::integration::{self, IntegrationRow};
use crate::store::remote_write::{self, RemoteWriteRow};
use crate::store::{self, lease};

/// Tries after the first: after 2, 4, 8, 16 and 32 seconds.
const TRIES: i64 = 5;
/// Longest time one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(150);
/// Nobody else tries meanwhile; longer than a try may take.
const LEASE: TimeDelta = TimeDelta::seconds(180);
/// How far two clocks may be apart when looking for what was made since.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// What a change made over there.
pub(super) enum Made {
    /// The application is as it was asked for.
    Application,
    /// A new application.
    Submitted(Submitted),
    /// A note with this id.
    Note(String),
}

/// How a try ended.
enum Step {
    /// Nothing is left to do.
    Finished,
    /// It is refused.
    Refused(Fault),
    /// To be tried again.
    Later(DateTime<Utc>),
}

/// The try while the person waits. What is left over is handed to the worker.
pub(super) async fn first(ctx: &Context, row: &RemoteWriteRow, is_watched: &AtomicBool) -> Result<()> {
    match attempt(ctx, row, Some(is_watched)).await? {
        Step::Finished => Ok(()),
        Step::Refused(fault) => Err(fault),
        Step::Later(at) => {
            let mut tx = ctx.store.begin().await?;
            reschedule(ctx, &mut tx, row, at).await?;
            tx.commit().await?;
            ctx.queue.wake();
            Ok(())
        }
    }
}

/// A worker's try.
pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else { return Outcome::Fail("The task names no change.".to_owned()) };
    let row = match remote_write::find_remote_write(&ctx.store, payload.organization, payload.write).await {
        Ok(Some(row)) if !row.is_final() => row,
        Ok(_) => return Outcome::Done,
        Err(error) => return Outcome::Retry(error.to_string()),
    };
    match attempt(ctx, &row, None).await {
        Ok(Step::Finished | Step::Refused(_)) => Outcome::Done,
        Ok(Step::Later(at)) => Outcome::Later(at),
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

/// The queue gave the task up: the change must not stay open for ever.
pub(super) async fn gave_up(ctx: &Context, task: &Task, error: &str) {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else { return };
    if let Ok(Some(row)) = remote_write::find_remote_write(&ctx.store, payload.organization, payload.write).await
        && !row.is_final()
        && let Err(fault) =
            settle::failed(ctx, row, None, Settled { code: "internal", message: error, to_letter: true, evidence: None }).await
    {
        fault.log();
    }
}

/// Sends a change that was given up once more. What may have been sent is looked for over there first.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Conflict`] unless it was given up.
pub async fn requeue(ctx: &Context, caller: &Caller, id: RemoteWriteId) -> Result<RemoteWriteRow> {
    caller.require(Scope::RecordsWrite)?;
    let mut row = super::get(ctx, caller, id).await?;
    if row.state != "failed" {
        return Err(Fault::conflict("This change is not one that was given up."));
    }
    row.state = if row.sent_at.is_some() { "unknown" } else { "queued" }.to_owned();
    row.attempts = 0;
    row.finished_at = None;
    let mut tx = ctx.store.begin().await?;
    remote_write::update_remote_write(&mut tx, &row).await?;
    reschedule(ctx, &mut tx, &row, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(row)
}

/// What a change that failed is answered with.
pub(super) fn fault(row: &RemoteWriteRow) -> Fault {
    let code = match row.error_code.as_deref() {
        Some("conflict") => ErrorCode::Conflict,
        Some("unavailable" | "unreadable_answer" | "outcome_unknown" | "rate_limited") => ErrorCode::ProviderUnavailable,
        _ => ErrorCode::ProviderRejected,
    };
    Fault::new(code, row.error.clone().unwrap_or_else(|| "The change was not made.".to_owned()))
}

async fn attempt(ctx: &Context, row: &RemoteWriteRow, is_watched: Option<&AtomicBool>) -> Result<Step> {
    let (name, owner) = (key(row.id), ctx.clock.new_id().to_string());
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    let is_mine = lease::acquire_lease(&mut tx, &name, &owner, now, now + LEASE).await?;
    tx.commit().await?;
    if !is_mine {
        return Ok(Step::Later(now + TimeDelta::seconds(5)));
    }
    // As it is now: somebody else may have been at it until the lease was free.
    let step = match remote_write::find_remote_write(&ctx.store, row.organization_id, row.id).await? {
        Some(row) if !row.is_final() => one_try(ctx, row, is_watched).await,
        _ => Ok(Step::Finished),
    };
    let mut tx = ctx.store.begin().await?;
    lease::release_lease(&mut tx, &name, &owner).await?;
    tx.commit().await?;
    step
}

async fn one_try(ctx: &Context, row: RemoteWriteRow, is_watched: Option<&AtomicBool>) -> Result<Step> {
    let refuse = |row: RemoteWriteRow, code: &'static str, message: String| async move {
        let to_letter = is_watched.is_none_or(|watched| !watched.load(Ordering::Acquire));
        let row = settle::failed(ctx, row, None, Settled { code, message: &message, to_letter, evidence: None }).await?;
        Ok(Step::Refused(fault(&row)))
    };
    let Some(integration) = integration::find_integration(&ctx.store, row.organization_id, row.integration_id).await? else {
        return refuse(row, "disconnected", "The connection was removed before the change could be sent.".to_owned()).await;
    };
    let (provider, cx) = match connection::open(ctx, &integration).await {
        Ok(opened) => opened,
        Err(fault) if fault.code == ErrorCode::Unavailable => return Err(fault),
        Err(fault) => return refuse(row, "credentials_refused", fault.detail).await,
    };
    let (Some(ats), Ok(change)) = (provider.as_ats(), serde_json::from_value::<Change>(row.payload.0.clone())) else {
        return refuse(row, "internal", "This change can no longer be sent.".to_owned()).await;
    };
    let mut work = Work { ctx, row, integration, cx, ats, change, is_watched };
    let was_uncertain = matches!(work.row.state.as_str(), "sending" | "unknown");
    match tokio::time::timeout(TRY_TIMEOUT, work.go(was_uncertain)).await {
        Ok(step) => step,
        Err(_) => work.again(Error::Unknown { message: "it took too long".to_owned() }, true).await,
    }
}

struct Work<'a> {
    ctx: &'a Context,
    row: RemoteWriteRow,
    integration: IntegrationRow,
    cx: Connection,
    ats: &'a dyn Ats,
    change: Change,
    is_watched: Option<&'a AtomicBool>,
}

impl Work<'_> {
    async fn go(&mut self, was_uncertain: bool) -> Result<Step> {
        if was_uncertain {
            match self.look().await {
                Ok(Some(made)) => return self.done(made).await,
                Ok(None) => {}
                Err(error) => return self.again(error, true).await,
            }
        }
        // On disk before the call: after a crash it is known that it may have been sent.
        "sending".clone_into(&mut self.row.state);
        self.row.sent_at = self.row.sent_at.or(Some(self.ctx.clock.now()));
        self.save().await?;
        match self.send().await {
            Ok(made) => self.done(made).await,
            Err(error @ Error::Unknown { .. }) => {
                "unknown".clone_into(&mut self.row.state);
                self.save().await?;
                // Only to confirm it: what is not there yet may still be on its way.
                match self.look().await {
                    Ok(Some(made)) => self.done(made).await,
                    _ => self.again(error, true).await,
                }
            }
            // What was sent before may have arrived late.
            Err(Error::Conflict { message }) => match if was_uncertain { self.look().await } else { Ok(None) } {
                Ok(Some(made)) => self.done(made).await,
                _ => self.conflict(message).await,
            },
            Err(error) => self.again(error, false).await,
        }
    }

    /// What a try that failed means for the change.
    async fn again(&mut self, error: Error, is_uncertain: bool) -> Result<Step> {
        let now = self.ctx.clock.now();
        let message = error.sentence(self.cx.entry.name);
        (if is_uncertain { "unknown" } else { "queued" }).clone_into(&mut self.row.state);
        self.row.error_code = Some(error.code().to_owned());
        self.row.error = Some(message.clone());
        if let Error::RateLimited { retry_after, .. } = &error {
            let wait = TimeDelta::from_std(retry_after.unwrap_or(Duration::from_secs(30))).unwrap_or(TimeDelta::hours(1));
            let until = self.cx.throttled_until().unwrap_or(now + wait).max(now + TimeDelta::milliseconds(200));
            self.save().await?;
            return Ok(Step::Later(until));
        }
        if (error.is_retryable() || is_uncertain) && self.row.attempts < TRIES {
            self.row.attempts += 1;
            self.save().await?;
            let wait = TimeDelta::from_std(backoff::exponential(self.row.attempts, random::fraction())).unwrap_or(TimeDelta::hours(1));
            return Ok(Step::Later(now + wait));
        }
        let code = if is_uncertain { "outcome_unknown" } else { error.code() };
        // Who sees the refusal needs no reminder of it; what fails later or for want of a right waits for a person.
        let is_seen = self.is_watched.is_some_and(|watched| watched.load(Ordering::Acquire));
        let settled = Settled { code, message: &message, to_letter: !is_seen, evidence: Some(&error) };
        let row = settle::failed(self.ctx, self.row.clone(), Some((&self.integration, &self.cx)), settled).await?;
        Ok(Step::Refused(fault(&row)))
    }

    async fn conflict(&mut self, message: String) -> Result<Step> {
        let row = settle::conflict(self.ctx, self.row.clone(), &self.integration, &self.cx, self.ats, &self.change, message).await?;
        Ok(Step::Refused(fault(&row)))
    }

    async fn done(&mut self, made: Made) -> Result<Step> {
        settle::done(self.ctx, self.row.clone(), &self.integration, &self.cx, self.ats, &self.change, made).await?;
        Ok(Step::Finished)
    }

    async fn save(&self) -> store::Result<()> {
        let mut tx = self.ctx.store.begin().await?;
        remote_write::update_remote_write(&mut tx, &self.row).await?;
        tx.commit().await
    }

    async fn send(&self) -> std::result::Result<Made, Error> {
        let (ats, cx) = (self.ats, &self.cx);
        match &self.change {
            Change::Move { application, from, to, .. } => {
                let from = match from {
                    Some(from) => from.clone(),
                    None => ats
                        .standing(cx, application)
                        .await?
                        .and_then(|standing| standing.stage)
                        .ok_or_else(|| Error::Conflict { message: "The application is in no stage.".to_owned() })?,
                };
                ats.move_stage(cx, application, &from, to).await?;
                Ok(Made::Application)
            }
            Change::Reject { application, reason, note } => {
                ats.reject(cx, application, reason.as_ref().map(|reason| reason.external_id.as_str()), note.as_deref()).await?;
                Ok(Made::Application)
            }
            Change::Hire { application, start_on } => {
                ats.hire(cx, application, *start_on).await?;
                Ok(Made::Application)
            }
            Change::Submit(person) => Ok(Made::Submitted(ats.submit(cx, &new_application(person)?).await?)),
            Change::Note { candidate, body, visibility, .. } => Ok(Made::Note(ats.note(cx, candidate, body, *visibility).await?)),
        }
    }

    /// Whether the change was made, as seen over there.
    async fn look(&self) -> std::result::Result<Option<Made>, Error> {
        let (ats, cx, since) = (self.ats, &self.cx, self.row.created_at - SKEW);
        let standing = async |application: &str| ats.standing(cx, application).await?.ok_or(Error::NotFound);
        Ok(match &self.change {
            Change::Move { application, to, .. } => (standing(application).await?.stage.as_ref() == Some(to)).then_some(Made::Application),
            Change::Reject { application, .. } => {
                (standing(application).await?.status == Some(ApplicationStatus::Rejected)).then_some(Made::Application)
            }
            Change::Hire { application, .. } => {
                (standing(application).await?.status == Some(ApplicationStatus::Hired)).then_some(Made::Application)
            }
            Change::Submit(person) => ats.find_submitted(cx, &new_application(person)?, since).await?.map(Made::Submitted),
            Change::Note { candidate, body, .. } => ats.find_note(cx, candidate, body, since).await?.map(Made::Note),
        })
    }
}

fn new_application(person: &NewPerson) -> std::result::Result<NewApplication, Error> {
    use base64::Engine as _;
    let resume = match &person.resume {
        None => None,
        Some(resume) => Some(Resume {
            filename: resume.filename.clone(),
            content_type: resume.content_type.clone(),
            bytes: base64::engine::general_purpose::STANDARD
                .decode(&resume.content_base64)
                .map_err(|_| Error::Invalid { field: Some("resume".to_owned()), message: "The resume is not valid base64.".to_owned() })?
                .into(),
        }),
    };
    Ok(NewApplication {
        candidate_external_id: person.candidate.clone(),
        job_external_id: person.job.clone(),
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        emails: person.emails.clone(),
        phones: person.phones.clone(),
        company: person.company.clone(),
        title: person.title.clone(),
        tags: person.tags.clone(),
        custom_fields: person.custom_fields.clone(),
        resume,
    })
}
