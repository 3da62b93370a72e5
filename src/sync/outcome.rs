//! How a run's work ends for now: finished, waiting, or given up; and what people and receivers hear of it.

use std::time::Duration;

use super::engine::{Job, resume_at};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::status::{RecordKind, RunState};
use crate::events::{self, NewEvent, Origin};
use crate::fault::Fault;
use crate::integrations::evidence;
use crate::operations::activity;
use crate::providers::{BadRecord, Error};
use crate::queue::{Outcome, backoff};
use crate::random;
use crate::store::dead_letter::{self, DeadLetterRow};
use crate::store::integration::{self, IntegrationRow};
use crate::store::sync::{self as runs, RunRow};
use crate::store::{self, Tx};

/// Tries of one step before a run gives up: after 2, 4, 8, 16 and 32 seconds.
const TRIES: i64 = 5;

/// Why a run's work stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The provider.
    Failed(Error),
    /// Our database.
    Store(store::Error),
    /// Something else on our side.
    Fault(Fault),
    /// A person.
    Cancelled,
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// Writes down how the work ended, and says when to go on.
pub(super) async fn conclude(mut job: Job<'_>, result: Result<(), Stop>) -> Outcome {
    let now = job.ctx.clock.now();
    let (outcome, error) = match result {
        Ok(()) => {
            job.run.state = if job.run.failed > 0 { RunState::Partial } else { RunState::Succeeded };
            (Outcome::Done, None)
        }
        Err(Stop::Cancelled) => {
            job.run.state = RunState::Cancelled;
            (Outcome::Done, None)
        }
        // The database is away: nothing can be written down. The task's lease and tries bring the run back.
        Err(Stop::Store(error)) if error.is_transient() => {
            tracing::warn!(%error, run.id = %job.run.id, "the sync waits for the database");
            return Outcome::Later(now + chrono::TimeDelta::seconds(5));
        }
        Err(Stop::Store(error)) => {
            Fault::from(error).log();
            (give_up(&mut job.run, "internal", "Something went wrong on our side. The details are in the server's log."), None)
        }
        Err(Stop::Fault(fault)) => {
            fault.log();
            (give_up(&mut job.run, fault.code.as_str(), &fault.detail), None)
        }
        Err(Stop::Failed(error)) => (after_error(&mut job, &error, now), Some(error)),
    };
    if job.run.state.is_final() {
        job.run.finished_at = Some(now);
        job.run.object = None;
    }
    for attempt in 1..=5_u32 {
        match write_down(&job, error.as_ref()).await {
            Ok(()) => {
                job.ctx.queue.wake();
                return outcome;
            }
            Err(fault) => {
                fault.log();
                tokio::time::sleep(Duration::from_millis(200) * attempt).await;
            }
        }
    }
    Outcome::Later(now + chrono::TimeDelta::seconds(5))
}

/// A run whose connection could not even be opened.
pub(super) async fn without_connection(ctx: &Context, mut run: RunRow, stop: Stop) -> Outcome {
    match stop {
        Stop::Store(error) => return Outcome::Retry(error.to_string()),
        Stop::Cancelled => run.state = RunState::Cancelled,
        Stop::Fault(fault) => {
            give_up(&mut run, fault.code.as_str(), &fault.detail);
        }
        Stop::Failed(error) => {
            give_up(&mut run, error.code(), &error.sentence("The provider"));
        }
    }
    run.finished_at = Some(ctx.clock.now());
    let written = async {
        let mut tx = ctx.store.begin().await?;
        runs::update_run(&mut tx, &run).await?;
        tx.commit().await
    };
    match written.await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

fn give_up(run: &mut RunRow, code: &str, message: &str) -> Outcome {
    run.state = RunState::Failed;
    run.error_code = Some(code.to_owned());
    run.error = Some(message.to_owned());
    Outcome::Done
}

fn after_error(job: &mut Job<'_>, error: &Error, now: chrono::DateTime<chrono::Utc>) -> Outcome {
    let message = error.sentence(job.cx.entry.name);
    if let Error::RateLimited { retry_after, .. } = error {
        let until = job
            .cx
            .throttled_until()
            .unwrap_or_else(|| resume_at(now, retry_after.unwrap_or(Duration::from_secs(30))))
            .max(resume_at(now, Duration::from_millis(200)));
        job.run.state = RunState::Paused;
        job.run.throttled_until = Some(until);
        return Outcome::Later(until);
    }
    if matches!(error, Error::Protocol { .. } | Error::CursorExpired) {
        // Pages that are read again are no progress: a list that leads in a circle must come to an end.
        job.run.attempts = job.run.attempts.max(job.attempts_before);
    }
    job.run.error_code = Some(error.code().to_owned());
    job.run.error = Some(message.clone());
    if !error.is_retryable() || job.run.attempts >= TRIES {
        return give_up(&mut job.run, error.code(), &message);
    }
    job.run.attempts += 1;
    let at = resume_at(now, backoff::exponential(job.run.attempts, random::fraction()));
    job.run.state = RunState::Paused;
    job.run.next_try_at = Some(at);
    Outcome::Later(at)
}

async fn write_down(job: &Job<'_>, error: Option<&Error>) -> Result<(), Fault> {
    let (ctx, run, row) = (job.ctx, &job.run, &job.integration);
    let mut tx = ctx.store.begin().await?;
    runs::update_run(&mut tx, run).await?;
    // A run that was cancelled says nothing about the connection.
    if run.state != RunState::Cancelled {
        let current = integration::find_integration(&ctx.store, row.organization_id, row.id).await?;
        if let Some(current) = current {
            evidence::note(ctx, &mut tx, &current, &job.cx, error.map_or(Ok(()), Err), false).await?;
        }
    }
    if run.state.is_final() {
        finish(ctx, &mut tx, row, run).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What a run did, in one sentence: what it did not do is left out.
fn counts(run: &RunRow) -> String {
    let mut text = format!("{} records read", run.records);
    let parts = [(run.created, "new"), (run.updated, "changed"), (run.deleted, "deleted"), (run.failed, "could not be taken")];
    for (number, what) in parts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    if run.created + run.updated + run.deleted + run.failed == 0 {
        text.push_str(", nothing new");
    }
    text
}

async fn finish(ctx: &Context, tx: &mut Tx, row: &IntegrationRow, run: &RunRow) -> Result<(), Fault> {
    let now = ctx.clock.now();
    let went_well = matches!(run.state, RunState::Succeeded | RunState::Partial);
    let duration_ms = run.started_at.map(|at| (now - at).num_milliseconds());
    if went_well {
        let next = row.sync_enabled.then(|| now + chrono::TimeDelta::seconds(row.sync_interval_s));
        integration::update_synced(tx, row.id, Some(now), next).await?;
        super::schedule::reschedule(ctx, tx, row.organization_id, row.id, next).await?;
    }
    let counts = counts(run);
    let message = match run.state {
        RunState::Failed => run.error.clone().unwrap_or_default(),
        RunState::Cancelled => format!("Stopped: {counts}"),
        _ => counts,
    };
    let caller = Caller::system(row.organization_id, "sync", run.trace_id);
    let mut entry = activity::Entry::new("sync.finish", &message).integration(row.id, &row.provider);
    if let Some(duration_ms) = duration_ms {
        entry = entry.took_ms(duration_ms);
    }
    activity::record(tx, &ctx.clock, &caller, if went_well { entry } else { entry.failed() }).await?;
    let kind = match run.state {
        RunState::Succeeded | RunState::Partial => EventKind::SyncCompleted,
        RunState::Failed => EventKind::SyncFailed,
        _ => return Ok(()),
    };
    let data = serde_json::json!({
        "runId": run.id, "integrationId": row.id, "provider": row.provider, "state": run.state,
        "progress": { "pages": run.pages, "records": run.records, "created": run.created, "updated": run.updated,
                      "unchanged": run.unchanged, "deleted": run.deleted, "failed": run.failed },
        "error": run.error,
    });
    let event = NewEvent { integration: Some(row.id), ..NewEvent::new(kind, format!("{}: {message}", row.name), data) };
    let origin = Origin { organization: row.organization_id, kind: "system", name: "sync".to_owned(), trace: run.trace_id };
    events::record(ctx, tx, &origin, vec![event]).await?;
    if run.state == RunState::Failed {
        let payload = serde_json::json!({ "integrationId": row.id, "kind": run.kind, "since": run.since });
        let letter = letter(ctx, row, run, "sync", payload, run.error_code.as_deref().unwrap_or("internal"), &message);
        dead_letter::insert_dead_letters(tx, &[letter]).await?;
    }
    Ok(())
}

/// Records that could not be taken become dead letters: retried from their raw form once the mapping or the record is mended.
pub(super) async fn bury_records(
    ctx: &Context,
    tx: &mut Tx,
    row: &IntegrationRow,
    run: &RunRow,
    kind: RecordKind,
    bad: &[BadRecord],
) -> store::Result<()> {
    let letters: Vec<DeadLetterRow> = bad
        .iter()
        .map(|record| {
            let payload =
                serde_json::json!({ "integrationId": row.id, "object": kind, "externalId": record.external_id, "raw": record.raw });
            DeadLetterRow {
                object: Some(kind.as_str().to_owned()),
                external_id: record.external_id.clone(),
                ..letter(ctx, row, run, "record", payload, "unreadable_record", &record.message)
            }
        })
        .collect();
    dead_letter::replace_record_letters(tx, row.organization_id, row.id, &letters).await
}

fn letter(
    ctx: &Context,
    row: &IntegrationRow,
    run: &RunRow,
    source: &str,
    payload: serde_json::Value,
    code: &str,
    message: &str,
) -> DeadLetterRow {
    DeadLetterRow {
        id: ctx.clock.new(),
        organization_id: row.organization_id,
        integration_id: Some(row.id),
        source: source.to_owned(),
        object: None,
        external_id: None,
        local_id: None,
        payload: payload.to_string(),
        code: code.to_owned(),
        message: message.to_owned(),
        attempts: run.attempts.max(1),
        state: "open".to_owned(),
        trace_id: Some(run.trace_id),
        created_at: ctx.clock.now(),
        resolved_at: None,
        resolved_by: None,
    }
}
