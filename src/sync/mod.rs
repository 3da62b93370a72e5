//! Syncs: asking for a run, watching it, stopping it. The work itself is in [`engine`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{IntegrationId, OrgId, RunId};
use crate::domain::role::Scope;
use crate::domain::status::{IntegrationStatus, RunState};
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::queue::{NewTask, Worker};
use crate::store::integration::{self, IntegrationRow};
use crate::store::page::{Page, PageQuery};
use crate::store::sync::{self as runs, ErrorGroupRow, RunRow, SyncErrorRow};
use crate::store::{self, Tx};

mod engine;
mod outcome;
pub mod schedule;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;

/// The queue of runs.
pub const QUEUE: &str = "sync";
const KIND: &str = "sync.run";

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    run: RunId,
}

/// What a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// What changed since the last run.
    Incremental,
    /// Everything, and what was deleted.
    Full,
    /// Only what was deleted.
    Reconcile,
}

impl RunKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Incremental => "incremental",
            Self::Full => "full",
            Self::Reconcile => "reconcile",
        }
    }
}

impl std::str::FromStr for RunKind {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "incremental" => Ok(Self::Incremental),
            "full" => Ok(Self::Full),
            "reconcile" => Ok(Self::Reconcile),
            _ => Err(Fault::invalid("/kind", "A run is incremental, full or reconcile.")),
        }
    }
}

/// Registers runs and their timers with the worker of [`QUEUE`].
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let run = ctx.clone();
    let give_up = ctx.clone();
    let timer = ctx.clone();
    worker
        .handle(KIND, 1, move |task| {
            let ctx = run.clone();
            async move { engine::run(&ctx, &task).await }
        })
        .on_give_up(KIND, move |task, error| {
            let ctx = give_up.clone();
            async move { engine::gave_up(&ctx, &task, &error).await }
        })
        .handle(schedule::KIND, 16, move |task| {
            let ctx = timer.clone();
            async move { schedule::run(&ctx, &task).await }
        })
}

/// Asks for a run now.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Conflict`] if the connection is switched off or never worked; [`ErrorCode::Unsupported`] if it has
/// nothing to read. If a run is already under way it is returned as it is.
pub async fn start(ctx: &Context, caller: &Caller, id: IntegrationId, kind: RunKind, since: Option<DateTime<Utc>>) -> Result<RunRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    let provider = crate::integrations::connection::provider(ctx, &row.provider)?;
    if provider.as_ats().is_none() {
        return Err(Fault::new(ErrorCode::Unsupported, format!("{} has no records to read.", row.name)));
    }
    if row.status == IntegrationStatus::Inactive {
        return Err(Fault::conflict(format!("{} is switched off. Switch it on to sync.", row.name)));
    }
    if row.connected_at.is_none() {
        return Err(Fault::conflict(format!("{} is not connected yet. Enter its credentials first.", row.name)));
    }
    if let Some(run) = runs::find_unfinished_run(&ctx.store, id).await? {
        return Ok(run);
    }
    let mut tx = ctx.store.begin().await?;
    let run = match enqueue(ctx, &mut tx, caller, id, kind, since, "manual").await {
        Ok(run) => run,
        // Somebody else's click was faster.
        Err(store::Error::Conflict(_)) => {
            drop(tx);
            return runs::find_unfinished_run(&ctx.store, id)
                .await?
                .ok_or_else(|| Fault::conflict("Another run has just finished. Try again."));
        }
        Err(error) => return Err(error.into()),
    };
    activity::record(
        &mut tx,
        &ctx.clock,
        caller,
        activity::Entry::new("sync.start", "A sync was asked for").integration(id, &row.provider),
    )
    .await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(run)
}

/// Writes a queued run and its task.
async fn enqueue(
    ctx: &Context,
    tx: &mut Tx,
    caller: &Caller,
    id: IntegrationId,
    kind: RunKind,
    since: Option<DateTime<Utc>>,
    cause: &str,
) -> store::Result<RunRow> {
    let now = ctx.clock.now();
    let run = RunRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        integration_id: id,
        kind: kind.as_str().to_owned(),
        cause: cause.to_owned(),
        state: RunState::Queued,
        since,
        object: None,
        pages: 0,
        records: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        failed: 0,
        attempts: 0,
        http_ms: 0,
        throttled_until: None,
        next_try_at: None,
        error_code: None,
        error: None,
        cancel_requested: false,
        requested_by: caller.name().to_owned(),
        trace_id: caller.trace,
        created_at: now,
        started_at: None,
        heartbeat_at: None,
        finished_at: None,
    };
    runs::insert_run(tx, &run).await?;
    let task = NewTask::new(QUEUE, KIND, &Payload { organization: caller.organization, run: run.id })
        .lane(format!("integration:{id}"))
        .unique(format!("run:{}", run.id))
        .organization(caller.organization)
        .trace(caller.trace);
    ctx.queue.enqueue(tx, task).await?;
    Ok(run)
}

/// One run.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: RunId) -> Result<RunRow> {
    caller.require(Scope::IntegrationsRead)?;
    runs::find_run(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("sync run"))
}

/// Runs, newest first: of one integration, or of all.
///
/// # Errors
/// [`ErrorCode::NotFound`] if the integration is not the caller's.
pub async fn list(ctx: &Context, caller: &Caller, id: Option<IntegrationId>, page: PageQuery) -> Result<Page<RunRow>> {
    caller.require(Scope::IntegrationsRead)?;
    if let Some(id) = id {
        crate::integrations::query::get(ctx, caller, id).await?;
    }
    Ok(runs::list_runs(&ctx.store, caller.organization, id, page).await?)
}

/// The records a run could not take: the first 200.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn errors(ctx: &Context, caller: &Caller, id: RunId) -> Result<Vec<SyncErrorRow>> {
    get(ctx, caller, id).await?;
    Ok(runs::list_sync_errors(&ctx.store, caller.organization, id, 200).await?)
}

/// What an integration could not take in the last week, grouped by reason.
///
/// # Errors
/// [`ErrorCode::Forbidden`].
pub async fn error_groups(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<Vec<ErrorGroupRow>> {
    caller.require(Scope::IntegrationsRead)?;
    Ok(runs::list_error_groups(&ctx.store, caller.organization, id, ctx.clock.now() - chrono::TimeDelta::days(7)).await?)
}

/// Asks a run to stop; it does so after the page it is at. What was read stays.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Conflict`] if it is finished already.
pub async fn cancel(ctx: &Context, caller: &Caller, id: RunId) -> Result<RunRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let run = get(ctx, caller, id).await?;
    if run.state.is_final() {
        return Err(Fault::conflict("This run is finished already."));
    }
    let mut tx = ctx.store.begin().await?;
    runs::request_cancel(&mut tx, caller.organization, id).await?;
    store::task::hasten_task(&mut tx, QUEUE, &format!("run:{id}"), ctx.clock.now()).await?;
    activity::record(
        &mut tx,
        &ctx.clock,
        caller,
        activity::Entry::new("sync.cancel", "A sync was stopped").integration(run.integration_id, ""),
    )
    .await?;
    tx.commit().await?;
    ctx.queue.wake();
    get(ctx, caller, id).await
}

/// Stops what an integration has under way, because it is being disconnected.
///
/// # Errors
/// The store's.
pub async fn cancel_unfinished(ctx: &Context, tx: &mut Tx, row: &IntegrationRow) -> Result<()> {
    if let Some(run) = runs::find_unfinished_run(&ctx.store, row.id).await? {
        runs::request_cancel(tx, row.organization_id, run.id).await?;
        store::task::hasten_task(tx, QUEUE, &format!("run:{}", run.id), ctx.clock.now()).await?;
    }
    Ok(())
}
