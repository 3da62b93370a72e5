//! Scheduled runs: a timer per connection, as a task that reschedules itself.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{QUEUE, RunKind, enqueue};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::IntegrationStatus;
use crate::fault::Result;
use crate::queue::{NewTask, Outcome, Task};
use crate::store::integration::IntegrationRow;
use crate::store::sync::{find_last_finished, find_unfinished_run};
use crate::store::{self, Tx, integration, task};

pub(super) const KIND: &str = "sync.timer";
/// What was deleted over there is looked for once a day.
const RECONCILE_EVERY: TimeDelta = TimeDelta::hours(24);
/// After so long without a run, providers may have given up sending webhooks.
const CATCH_UP_AFTER: TimeDelta = TimeDelta::hours(15);

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    integration: IntegrationId,
}

fn key(id: IntegrationId) -> String {
    format!("timer:{id}")
}

fn timer(organization: OrgId, id: IntegrationId, at: DateTime<Utc>) -> NewTask {
    NewTask::new(QUEUE, KIND, &Payload { organization, integration: id }).lane("timers").unique(key(id)).organization(organization).at(at)
}

/// Begins the first run of a connection and its schedule.
///
/// # Errors
/// The store's.
pub async fn start_with(ctx: &Context, tx: &mut Tx, caller: &Caller, id: IntegrationId, next: Option<DateTime<Utc>>) -> Result<()> {
    if find_unfinished_run(&ctx.store, id).await?.is_none() {
        enqueue(ctx, tx, caller, id, RunKind::Incremental, None, "connect").await?;
    }
    reschedule(ctx, tx, caller.organization, id, next).await
}

/// Sets (or with `None` stops) the timer.
///
/// # Errors
/// The store's.
pub async fn reschedule(ctx: &Context, tx: &mut Tx, organization: OrgId, id: IntegrationId, next: Option<DateTime<Utc>>) -> Result<()> {
    stop(tx, id).await?;
    if let Some(next) = next {
        ctx.queue.enqueue(tx, timer(organization, id, next)).await?;
    }
    Ok(())
}

/// Stops the timer.
///
/// # Errors
/// The store's.
pub async fn stop(tx: &mut Tx, id: IntegrationId) -> Result<()> {
    task::delete_task_by_key(tx, QUEUE, &key(id)).await?;
    Ok(())
}

/// Begins a run because of something other than the timer: a message that tells of changes, or a gap in which such messages may have been
/// lost. Returns whether one began; one that is under way, or that a person has to make possible first, is left alone.
///
/// # Errors
/// The store's.
pub async fn prompt(ctx: &Context, row: &IntegrationRow, cause: &'static str) -> store::Result<bool> {
    let reads = ctx.providers.get(&row.provider).is_some_and(|provider| provider.as_ats().is_some());
    let waits_for_a_person = row.status == IntegrationStatus::Error && row.reason.as_ref().is_some_and(|reason| reason.action != "wait");
    if !reads || row.status == IntegrationStatus::Inactive || row.connected_at.is_none() || waits_for_a_person {
        return Ok(false);
    }
    if find_unfinished_run(&ctx.store, row.id).await?.is_some() {
        return Ok(false);
    }
    let caller = Caller::system(row.organization_id, cause, ctx.clock.new_id());
    let mut tx = ctx.store.begin().await?;
    match enqueue(ctx, &mut tx, &caller, row.id, RunKind::Incremental, None, cause).await {
        Ok(_) => {
            tx.commit().await?;
            ctx.queue.wake();
            Ok(true)
        }
        // Another process was faster.
        Err(store::Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The timer went off.
pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The timer names no integration.".to_owned());
    };
    match fire(ctx, &payload).await {
        Ok(Some(next)) => Outcome::Again(next),
        Ok(None) => Outcome::Done,
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

async fn fire(ctx: &Context, payload: &Payload) -> store::Result<Option<DateTime<Utc>>> {
    let Some(row) = integration::find_integration(&ctx.store, payload.organization, payload.integration).await? else { return Ok(None) };
    if !row.sync_enabled || row.status == IntegrationStatus::Inactive {
        return Ok(None);
    }
    let now = ctx.clock.now();
    let next = now + TimeDelta::seconds(row.sync_interval_s.max(60));
    // Waiting for a person: a run would only fail again. The health check notices when it works again.
    let waits_for_a_person = row.status == IntegrationStatus::Error && row.reason.as_ref().is_some_and(|reason| reason.action != "wait");
    if waits_for_a_person || find_unfinished_run(&ctx.store, row.id).await?.is_some() {
        let mut tx = ctx.store.begin().await?;
        integration::update_synced(&mut tx, row.id, None, Some(next)).await?;
        tx.commit().await?;
        return Ok(Some(next));
    }
    let swept = find_last_finished(&ctx.store, row.id, &["full", "reconcile"]).await?;
    let kind =
        if swept.or(row.connected_at).is_some_and(|at| now - at > RECONCILE_EVERY) { RunKind::Reconcile } else { RunKind::Incremental };
    let cause = if row.last_synced_at.is_some_and(|at| now - at > CATCH_UP_AFTER) { "catch_up" } else { "schedule" };
    let caller = Caller::system(row.organization_id, "schedule", ctx.clock.new_id());
    let mut tx = ctx.store.begin().await?;
    enqueue(ctx, &mut tx, &caller, row.id, kind, None, cause).await?;
    integration::update_synced(&mut tx, row.id, None, Some(next)).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(Some(next))
}
