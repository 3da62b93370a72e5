//! Changes to records. What a connected applicant tracking system has is changed over there first; the rest changes here alone.
//!
//! A change on its way is a row: `queued`, `sending` (written before the call), `unknown` (sent, no answer), `done` or `failed`. It is
//! sent at once, while the person waits for a few seconds; what takes longer goes on in the background. After an unknown outcome,
//! or a crash, what became of the change is looked up over there before it is sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use self::actor::StoredActor;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ApplicationId, CandidateId, JobId, OrgId, RemoteWriteId};
use crate::domain::role::Scope;
use crate::domain::status::{IntegrationStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::providers::{Choice, Contact, Visibility};
use crate::queue::{NewTask, Worker};
use crate::store::integration::{self, IntegrationRow};
use crate::store::link::LinkRow;
use crate::store::page::{Page, PageQuery};
use crate::store::remote_write::{self, RemoteWriteFilter, RemoteWriteRow};
use crate::store::{Json, Tx, dialect, task};

mod actor;
mod hire;
mod local;
mod note;
mod reject;
mod settle;
mod stage;
mod submit;
mod worker;

#[cfg(test)]
mod tests;

pub use hire::hire;
pub use note::note;
pub use reject::{reasons, reject};
pub use stage::move_to;
pub use submit::{NewResume, Submission, submit};
pub use worker::requeue;

/// The queue of changes.
pub const QUEUE: &str = "writes";
const KIND: &str = "writes.send";

/// How long a person waits for the outcome.
const WAIT: Duration = Duration::from_secs(5);

/// When a worker takes a change up whose first try was cut off, by a crash for example.
const SAFETY_NET: TimeDelta = TimeDelta::seconds(20);

/// What became of a change by the time of the answer.
#[derive(Debug)]
pub enum Written<T> {
    /// It is made; this is how the record is now.
    Done(T),
    /// It is on its way.
    OnItsWay(Box<RemoteWriteRow>),
}

/// What is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Change {
    Move { application: String, from: Option<String>, to: String, to_name: String },
    Reject { application: String, reason: Option<Choice>, note: Option<String> },
    Hire { application: String, start_on: Option<NaiveDate> },
    Submit(Box<NewPerson>),
    Note { candidate: String, body: String, visibility: Visibility, author: String },
}

/// A person who applies, as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPerson {
    job: String,
    job_title: String,
    candidate: Option<String>,
    first_name: String,
    last_name: String,
    emails: Vec<Contact>,
    phones: Vec<Contact>,
    company: Option<String>,
    title: Option<String>,
    tags: Vec<String>,
    custom_fields: serde_json::Map<String, serde_json::Value>,
    resume: Option<StoredResume>,
}

/// A file in a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredResume {
    filename: String,
    content_type: String,
    content_base64: String,
}

impl Change {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Move { .. } => "move",
            Self::Reject { .. } => "reject",
            Self::Hire { .. } => "hire",
            Self::Submit(_) => "submit",
            Self::Note { .. } => "note",
        }
    }
}

/// Which local records a change is about.
#[derive(Debug, Clone, Copy, Default)]
struct Subject {
    candidate: Option<CandidateId>,
    application: Option<ApplicationId>,
    job: Option<JobId>,
}

/// The system a record is changed in.
struct Target {
    integration: IntegrationRow,
    external_id: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    write: RemoteWriteId,
}

/// Registers changes with the worker of [`QUEUE`].
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let run = ctx.clone();
    let give_up = ctx.clone();
    worker
        .handle(KIND, 2, move |task| {
            let ctx = run.clone();
            async move { worker::run(&ctx, &task).await }
        })
        .on_give_up(KIND, move |task, error| {
            let ctx = give_up.clone();
            async move { worker::gave_up(&ctx, &task, &error).await }
        })
}

/// One change on its way, or what became of it.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: RemoteWriteId) -> Result<RemoteWriteRow> {
    caller.require(Scope::RecordsRead)?;
    remote_write::find_remote_write(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("change"))
}

/// Changes that were sent to connected systems, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &RemoteWriteFilter, page: PageQuery) -> Result<Page<RemoteWriteRow>> {
    caller.require(Scope::RecordsRead)?;
    Ok(remote_write::list_remote_writes(&ctx.store, caller.organization, filter, page).await?)
}

/// The connected tracking system that has a record; `None` when it lives here alone.
async fn target(ctx: &Context, organization: OrgId, links: &[LinkRow], kind: RecordKind) -> Result<Option<Target>> {
    for link in links.iter().filter(|link| link.object == kind) {
        if ctx.providers.get(&link.provider).is_none_or(|provider| provider.as_ats().is_none()) {
            continue;
        }
        let Some(row) = integration::find_integration(&ctx.store, organization, link.integration_id).await? else { continue };
        if row.connected_at.is_none() {
            continue;
        }
        if row.status == IntegrationStatus::Inactive {
            return Err(Fault::conflict(format!("{} is switched off. Switch it on to change what it holds.", row.name)));
        }
        return Ok(Some(Target { integration: row, external_id: link.external_id.clone() }));
    }
    Ok(None)
}

fn key(id: RemoteWriteId) -> String {
    format!("write:{id}")
}

fn task_for(row: &RemoteWriteRow) -> NewTask {
    NewTask::new(QUEUE, KIND, &Payload { organization: row.organization_id, write: row.id })
        .lane(format!("integration:{}", row.integration_id))
        .unique(key(row.id))
        .organization(row.organization_id)
        .trace(row.trace_id)
}

/// Lets a worker take the change up at this time, and not before.
async fn reschedule(ctx: &Context, tx: &mut Tx, row: &RemoteWriteRow, at: chrono::DateTime<chrono::Utc>) -> Result<()> {
    task::delete_task_by_key(tx, QUEUE, &key(row.id)).await?;
    ctx.queue.enqueue(tx, task_for(row).at(at)).await?;
    Ok(())
}

/// Writes a change down and sends it, waiting a few seconds for the outcome.
async fn send(ctx: &Context, caller: &Caller, target: &Target, subject: Subject, change: Change) -> Result<RemoteWriteRow> {
    let now = ctx.clock.now();
    let row = RemoteWriteRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        integration_id: target.integration.id,
        kind: change.kind().to_owned(),
        candidate_id: subject.candidate,
        application_id: subject.application,
        job_id: subject.job,
        payload: Json(serde_json::to_value(&change).map_err(Fault::internal)?),
        state: "queued".to_owned(),
        attempts: 0,
        result: None,
        error_code: None,
        error: None,
        actor: serde_json::to_string(&StoredActor::from(&caller.actor)).map_err(Fault::internal)?,
        trace_id: caller.trace,
        created_at: now,
        sent_at: None,
        finished_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    dialect::lock_integration(&mut tx, target.integration.id).await?;
    if let (Some(application), false) = (subject.application, matches!(change, Change::Note { .. }))
        && remote_write::find_unfinished_write(&mut tx, application).await?.is_some()
    {
        return Err(Fault::conflict(format!(
            "A change of this application is still on its way to {}. Wait until it has arrived.",
            target.integration.name
        )));
    }
    remote_write::insert_remote_write(&mut tx, &row).await?;
    ctx.queue.enqueue(&mut tx, task_for(&row).at(now + SAFETY_NET)).await?;
    tx.commit().await?;

    let is_watched = Arc::new(AtomicBool::new(true));
    let work = {
        let (ctx, row, is_watched) = (ctx.clone(), row.clone(), Arc::clone(&is_watched));
        // On its own, so that it goes on when the person leaves.
        tokio::spawn(async move { worker::first(&ctx, &row, &is_watched).await })
    };
    match tokio::time::timeout(WAIT, work).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(refused))) => return Err(refused),
        Ok(Err(stopped)) => tracing::error!(error = %stopped, write.id = %row.id, "sending stopped unexpectedly; a worker takes it up"),
        Err(_) => is_watched.store(false, Ordering::Release),
    }
    get(ctx, &Caller::system(caller.organization, "writes", caller.trace), row.id).await
}

/// The outcome for whoever asked, with the record as it is now where the change is made.
async fn written<T>(row: RemoteWriteRow, record: impl Future<Output = Result<T>>) -> Result<Written<T>> {
    match row.state.as_str() {
        "done" => Ok(Written::Done(record.await?)),
        "failed" => Err(worker::fault(&row)),
        _ => Ok(Written::OnItsWay(Box::new(row))),
    }
}
