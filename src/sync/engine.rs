//! A run at work: kind after kind, page after page, each page's records and checkpoint in one transaction, while the next page is on its way.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use super::outcome::{self, Stop};
use super::{Payload, sweep};
use crate::context::Context;
use crate::domain::status::{RecordKind, RunState};
use crate::integrations::connection;
use crate::providers::{Ats, Connection, Error, LoopGuard, Page, PageFrom, Provider, Remote};
use crate::queue::{Outcome, Task};
use crate::records::ingest::{self, References, Source, Taken};
use crate::records::pull;
use crate::store::integration::{self, IntegrationRow};
use crate::store::sync::{self as runs, CursorRow, RunRow, SyncErrorRow};
use crate::store::{self, Db};

/// Records that changed just before the last run ended may have been written late over there: look back this far.
/// Re-reading costs no writes, as unchanged records are recognised.
const OVERLAP: TimeDelta = TimeDelta::minutes(60);

/// Everything a run works with.
pub(super) struct Job<'a> {
    pub ctx: &'a Context,
    pub run: RunRow,
    pub integration: IntegrationRow,
    pub provider: Arc<dyn Provider>,
    pub cx: Connection,
    /// Tries counted when this one began.
    pub attempts_before: i64,
}

impl Job<'_> {
    pub(super) fn db(&self) -> &Db {
        &self.ctx.store
    }

    pub(super) async fn source(&self, kind: RecordKind) -> Result<Source, Stop> {
        let overlay =
            crate::mapping::in_force(self.ctx, self.integration.organization_id, self.integration.id, kind).await.map_err(Stop::Fault)?;
        Ok(Source {
            organization: self.integration.organization_id,
            integration: self.integration.id,
            provider: self.cx.entry.name,
            trace: self.run.trace_id,
            overlay: overlay.map(|mapping| mapping as Arc<dyn ingest::Overlay>),
            actor: None,
            began: self.run.started_at,
        })
    }

    pub(super) async fn check_cancelled(&self) -> Result<(), Stop> {
        if runs::is_cancel_requested(self.db(), self.run.id).await? { Err(Stop::Cancelled) } else { Ok(()) }
    }

    /// A provider call, with the time it took added to the run.
    pub(super) async fn timed<T>(&mut self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let started = Instant::now();
        let result = call.await;
        self.run.http_ms += i64::try_from(started.elapsed().as_millis()).unwrap_or(0);
        result
    }
}

/// Works on a run until it is finished or has to wait.
pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else { return Outcome::Fail("The task names no run.".to_owned()) };
    let run = match runs::find_run(&ctx.store, payload.organization, payload.run).await {
        Ok(Some(run)) if !run.state.is_final() => run,
        Ok(_) => return Outcome::Done,
        Err(error) => return Outcome::Retry(error.to_string()),
    };
    let mut job = match open(ctx, run).await {
        Ok(job) => job,
        Err((run, stop)) => return outcome::without_connection(ctx, *run, stop).await,
    };
    let result = work(&mut job).await;
    outcome::conclude(job, result).await
}

/// The queue gave the task up (it panicked or the database was away too long): the run must not stay open for ever.
pub(super) async fn gave_up(ctx: &Context, task: &Task, error: &str) {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else { return };
    if let Ok(Some(run)) = runs::find_run(&ctx.store, payload.organization, payload.run).await
        && !run.state.is_final()
    {
        let stop = Stop::Failed(Error::Unavailable { message: error.to_owned() });
        outcome::without_connection(ctx, run, stop).await;
    }
}

async fn open(ctx: &Context, run: RunRow) -> Result<Job<'_>, (Box<RunRow>, Stop)> {
    let row = match integration::find_integration(&ctx.store, run.organization_id, run.integration_id).await {
        Ok(Some(row)) => row,
        Ok(None) => return Err((Box::new(run), Stop::Cancelled)),
        Err(error) => return Err((Box::new(run), Stop::Store(error))),
    };
    match connection::open(ctx, &row).await {
        Ok((provider, cx)) => Ok(Job { ctx, attempts_before: run.attempts, run, integration: row, provider, cx }),
        Err(fault) => Err((Box::new(run), Stop::Fault(fault))),
    }
}

async fn work(job: &mut Job<'_>) -> Result<(), Stop> {
    job.check_cancelled().await?;
    let now = job.ctx.clock.now();
    job.run.state = RunState::Running;
    job.run.started_at = job.run.started_at.or(Some(now));
    job.run.heartbeat_at = Some(now);
    job.run.throttled_until = None;
    job.run.next_try_at = None;
    save(job).await?;
    let provider = Arc::clone(&job.provider);
    let ats = provider
        .as_ats()
        .ok_or_else(|| Stop::Failed(Error::Invalid { field: None, message: "This tool has no records to read.".to_owned() }))?;
    let cursors = runs::list_cursors(job.db(), job.integration.id).await?;
    for &kind in ats.objects() {
        if job.run.kind == "reconcile" && job.run.since.is_none() && cursors.iter().all(|cursor| cursor.high_water.is_none()) {
            // Nothing was ever read: there is nothing to compare.
            break;
        }
        let cursor = cursors.iter().find(|cursor| cursor.object == kind).cloned();
        match read_kind(job, ats, kind, cursor).await {
            Err(Stop::Failed(Error::Forbidden { scope, message })) => forbidden(job, kind, scope, message).await?,
            other => other?,
        }
    }
    if job.run.kind != "incremental" {
        for &kind in ats.objects() {
            match sweep::sweep(job, ats, kind).await {
                Err(Stop::Failed(Error::Forbidden { .. })) => {}
                other => other?,
            }
        }
    }
    Ok(())
}

/// The window of a kind: the one this run already opened, or a new one.
fn window(job: &Job<'_>, kind: RecordKind, cursor: Option<CursorRow>) -> CursorRow {
    let now = job.ctx.clock.now();
    match cursor {
        Some(cursor) if cursor.run_id == Some(job.run.id) => cursor,
        cursor => {
            let high_water = cursor.as_ref().and_then(|cursor| cursor.high_water);
            let from = match job.run.kind.as_str() {
                "full" => None,
                _ => high_water.map(|at| at - OVERLAP),
            };
            CursorRow {
                integration_id: job.integration.id,
                object: kind,
                high_water,
                page_cursor: None,
                window_from: job.run.since.or(from),
                window_until: Some(now),
                run_id: Some(job.run.id),
                done: false,
            }
        }
    }
}

async fn read_kind(job: &mut Job<'_>, ats: &dyn Ats, kind: RecordKind, cursor: Option<CursorRow>) -> Result<(), Stop> {
    let mut cursor = window(job, kind, cursor);
    if cursor.done {
        return Ok(());
    }
    job.run.object = Some(kind.as_str().to_owned());
    let source = job.source(kind).await?;
    let mut guard = LoopGuard::default();
    let mut from = PageFrom { since: cursor.window_from, until: cursor.window_until, cursor: cursor.page_cursor.clone(), limit: None };
    let cx = job.cx.clone();
    let mut page = match job.timed(ats.page(&cx, kind, &from)).await {
        // The place is no longer known over there: begin the window again. Known records cost no writes.
        Err(Error::CursorExpired) => {
            from.cursor = None;
            job.timed(ats.page(&cx, kind, &from)).await?
        }
        other => other?,
    };
    loop {
        job.check_cancelled().await?;
        let Page { records, next, .. } = page;
        if let Some(next) = &next {
            guard.check(next)?;
        }
        cursor.page_cursor.clone_from(&next);
        cursor.done = next.is_none();
        if cursor.done {
            // A run that began at a date of its own has not seen what lies between the old mark and that date.
            let has_gap = job.run.since.is_some_and(|since| cursor.high_water.is_none_or(|mark| since > mark));
            cursor.high_water = if has_gap { cursor.high_water } else { cursor.window_until };
        }
        let Some(next) = next else {
            store_page(job, ats, &source, kind, records, &cursor).await?;
            return Ok(());
        };
        // While this page is written, the next one is on its way.
        let following = PageFrom { cursor: Some(next), ..from.clone() };
        let started = Instant::now();
        let (stored, fetched) = futures::join!(store_page(job, ats, &source, kind, records, &cursor), async {
            let fetched = ats.page(&cx, kind, &following).await;
            (fetched, started.elapsed())
        });
        stored?;
        let (fetched, took) = fetched;
        job.run.http_ms += i64::try_from(took.as_millis()).unwrap_or(0);
        page = fetched?;
        from = following;
    }
}

/// Takes a page in: parents it refers to that are not known yet are fetched first.
async fn store_page(
    job: &mut Job<'_>,
    ats: &dyn Ats,
    source: &Source,
    kind: RecordKind,
    records: Vec<Result<Remote, crate::providers::BadRecord>>,
    cursor: &CursorRow,
) -> Result<(), Stop> {
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let mut bad = Vec::new();
    let mut good = Vec::with_capacity(records.len());
    for record in records {
        match record {
            Ok(record) => good.push(record),
            Err(record) => bad.push(record),
        }
    }
    let references = resolve(job, ats, &good).await?;
    let now = job.ctx.clock.now();
    let mut tx = job.ctx.store.begin().await?;
    let mut taken: Taken = ingest::take(job.ctx, &mut tx, source, kind, good, &references).await?;
    taken.bad.extend(bad);
    let errors: Vec<SyncErrorRow> = taken
        .bad
        .iter()
        .map(|record| SyncErrorRow {
            id: job.ctx.clock.new_id(),
            organization_id: job.integration.organization_id,
            integration_id: job.integration.id,
            run_id: job.run.id,
            object: kind.as_str().to_owned(),
            external_id: record.external_id.clone(),
            code: "unreadable_record".to_owned(),
            message: record.message.clone(),
            raw: Some(record.raw.chars().take(16_384).collect()),
            at: now,
        })
        .collect();
    runs::insert_sync_errors(&mut tx, &errors).await?;
    outcome::bury_records(job.ctx, &mut tx, &job.integration, &job.run, kind, &taken.bad).await?;
    runs::upsert_cursor(&mut tx, cursor, now).await?;
    job.run.pages += 1;
    job.run.records += count;
    job.run.created += taken.created;
    job.run.updated += taken.updated;
    job.run.unchanged += taken.unchanged;
    job.run.failed += i64::try_from(taken.bad.len()).unwrap_or(i64::MAX);
    job.run.heartbeat_at = Some(now);
    // Progress: the tries are counted anew.
    job.run.attempts = 0;
    job.run.error = None;
    job.run.error_code = None;
    runs::update_run(&mut tx, &job.run).await?;
    tx.commit().await?;
    job.ctx.queue.wake();
    Ok(())
}

/// Looks up what a page refers to, and brings in parents that are missing here (they changed or came while the pages were read).
pub(super) async fn resolve(job: &mut Job<'_>, ats: &dyn Ats, records: &[Remote]) -> Result<References, Stop> {
    let (organization, integration) = (job.integration.organization_id, job.integration.id);
    let references = References::resolve(job.db(), organization, integration, records).await?;
    let missing = references.missing(records);
    if missing.is_empty() {
        return Ok(references);
    }
    let cx = job.cx.clone();
    let mut templates = Vec::new();
    for kind in [RecordKind::Job, RecordKind::Candidate, RecordKind::Application] {
        let ids: Vec<String> = missing.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect();
        if ids.is_empty() {
            continue;
        }
        let parents: Vec<Remote> = job.timed(ats.fetch(&cx, kind, &ids)).await?.into_iter().filter_map(Result::ok).collect();
        templates.extend(pull::templates(&parents));
        let source = job.source(kind).await?;
        let grandparents = References::resolve(job.db(), organization, integration, &parents).await?;
        let mut tx = job.ctx.store.begin().await?;
        ingest::take(job.ctx, &mut tx, &source, kind, parents, &grandparents).await?;
        tx.commit().await?;
    }
    let mut references = References::resolve(job.db(), organization, integration, records).await?;
    references.leave_out(templates);
    Ok(references)
}

/// One kind may not be read: say so, and go on with the others.
async fn forbidden(job: &mut Job<'_>, kind: RecordKind, scope: Option<String>, message: String) -> Result<(), Stop> {
    let error = Error::Forbidden { scope, message };
    let row = SyncErrorRow {
        id: job.ctx.clock.new_id(),
        organization_id: job.integration.organization_id,
        integration_id: job.integration.id,
        run_id: job.run.id,
        object: kind.as_str().to_owned(),
        external_id: None,
        code: error.code().to_owned(),
        message: error.sentence(job.cx.entry.name),
        raw: None,
        at: job.ctx.clock.now(),
    };
    job.run.failed += 1;
    job.run.error_code = Some(error.code().to_owned());
    job.run.error = Some(row.message.clone());
    let mut tx = job.ctx.store.begin().await?;
    runs::insert_sync_errors(&mut tx, &[row]).await?;
    runs::update_run(&mut tx, &job.run).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn save(job: &Job<'_>) -> Result<(), store::Error> {
    let mut tx = job.ctx.store.begin().await?;
    runs::update_run(&mut tx, &job.run).await?;
    tx.commit().await
}

/// When to go on after a pause.
pub(super) fn resume_at(now: DateTime<Utc>, wait: std::time::Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::hours(1))
}
