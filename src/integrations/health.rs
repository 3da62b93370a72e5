//! Health: one cheap real call per connection every five minutes, spread out, and on demand.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{connection, evidence};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::providers::Error;
use crate::queue::{NewTask, Outcome, Task, Worker};
use crate::random;
use crate::store::health_check::{self, HealthCheckRow};
use crate::store::integration::{self, IntegrationRow};
use crate::store::{Tx, task};

/// The queue of checks.
pub const QUEUE: &str = "integrations";
const KIND: &str = "integration.check";
/// How often a connection is checked.
const EVERY: Duration = Duration::from_mins(5);

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    integration: IntegrationId,
}

fn key(id: IntegrationId) -> String {
    format!("check:{id}")
}

/// A time between four and six minutes from now, so that checks spread out.
fn next(ctx: &Context) -> DateTime<Utc> {
    ctx.clock.now() + TimeDelta::from_std(EVERY.mul_f64(0.8 + 0.4 * random::fraction())).unwrap_or(TimeDelta::minutes(5))
}

/// Has an integration checked from now on.
///
/// # Errors
/// The store's.
pub(super) async fn schedule(ctx: &Context, tx: &mut Tx, organization: OrgId, id: IntegrationId) -> Result<()> {
    let task =
        NewTask::new(QUEUE, KIND, &Payload { organization, integration: id }).unique(key(id)).organization(organization).at(next(ctx));
    ctx.queue.enqueue(tx, task).await?;
    Ok(())
}

/// Stops checking an integration.
///
/// # Errors
/// The store's.
pub(super) async fn unschedule(tx: &mut Tx, id: IntegrationId) -> Result<()> {
    task::delete_task_by_key(tx, QUEUE, &key(id)).await?;
    Ok(())
}

/// Registers the checks with the worker of [`QUEUE`].
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let ctx = ctx.clone();
    worker.handle(KIND, 8, move |task: Task| {
        let ctx = ctx.clone();
        async move { run(&ctx, &task).await }
    })
}

async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The check names no integration.".to_owned());
    };
    let row = match integration::find_integration(&ctx.store, payload.organization, payload.integration).await {
        Ok(Some(row)) => row,
        Ok(None) => return Outcome::Done,
        Err(error) => return Outcome::Retry(error.to_string()),
    };
    // A call that worked a moment ago is as good as a check.
    let is_fresh =
        row.status == IntegrationStatus::Active && row.last_success_at.is_some_and(|at| ctx.clock.now() - at < TimeDelta::minutes(2));
    let is_due = row.status != IntegrationStatus::Inactive && row.connected_at.is_some() && !is_fresh;
    if is_due && let Err(fault) = check_row(ctx, &row, "scheduled").await {
        fault.log();
        return Outcome::Retry(fault.detail);
    }
    Outcome::Again(next(ctx))
}

/// Checks an integration now, with one cheap real call.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; what keeps it from being checked at all. A failing call is a result, not an error.
pub async fn check(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<HealthCheckRow> {
    caller.require(Scope::IntegrationsRead)?;
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    let checked = check_row(ctx, &row, "manual").await?;
    let mut tx = ctx.store.begin().await?;
    let message = checked.message.clone().unwrap_or_else(|| "The connection works.".to_owned());
    let mut entry = activity::Entry::new("integration.check", &message).integration(id, &row.provider).took_ms(checked.latency_ms);
    if !checked.success {
        entry = entry.failed();
    }
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    Ok(checked)
}

async fn check_row(ctx: &Context, row: &IntegrationRow, kind: &str) -> Result<HealthCheckRow> {
    let (provider, cx) = connection::open(ctx, row).await?;
    let started = Instant::now();
    let outcome = provider.ping(&cx).await;
    let latency_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let error = outcome.err().map(|error| evidence::ended(row, &error).unwrap_or(error));
    let check = HealthCheckRow {
        id: ctx.clock.new(),
        organization_id: row.organization_id,
        integration_id: row.id,
        kind: kind.to_owned(),
        // Throttled is an answer: the connection itself is fine.
        success: matches!(error, None | Some(Error::RateLimited { .. })),
        code: error.as_ref().map(|error| error.code().to_owned()),
        message: error.as_ref().map(|error| error.sentence(cx.entry.name)),
        latency_ms,
        at: ctx.clock.now(),
    };
    let mut tx = ctx.store.begin().await?;
    health_check::insert_health_check(&mut tx, &check).await?;
    evidence::note(ctx, &mut tx, row, &cx, error.as_ref().map_or(Ok(()), Err), true).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(check)
}

/// The latest checks of an integration, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn history(ctx: &Context, caller: &Caller, id: IntegrationId, limit: i64) -> Result<(IntegrationRow, Vec<HealthCheckRow>)> {
    caller.require(Scope::IntegrationsRead)?;
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    let checks = health_check::list_health_checks(&ctx.store, caller.organization, id, limit).await?;
    Ok((row, checks))
}
