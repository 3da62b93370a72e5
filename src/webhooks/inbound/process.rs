//! Dealing with a message: what it says is applied, in the order in which the messages of a connection came.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Payload, apply, count, enqueue};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{InboundEventId, IntegrationId, OrgId};
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::providers::{Connection, Error};
use crate::queue::{Outcome, Task, backoff};
use crate::random;
use crate::records::pull::{self, Pull};
use crate::store::Json;
use crate::store::dead_letter::{self, DeadLetterRow};
use crate::store::inbound_event::{self, InboundEventRow};
use crate::store::integration::{self, IntegrationRow};

/// Tries after the first: after 2, 4, 8, 16 and 32 seconds.
const TRIES: i64 = 5;

/// Deals with a message and those behind it. Each message has a task; the oldest one's does the work, the others find nothing left.
pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(Payload { organization, integration, event: Some(event) }) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The task names no message.".to_owned());
    };
    match work(ctx, organization, integration, event).await {
        Ok(Some(at)) => Outcome::Later(at),
        Ok(None) => Outcome::Done,
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

async fn work(ctx: &Context, organization: OrgId, id: IntegrationId, event: InboundEventId) -> Result<Option<DateTime<Utc>>> {
    let Some(row) = integration::find_integration(&ctx.store, organization, id).await? else { return Ok(None) };
    let mut is_first = true;
    while let Some(next) = inbound_event::find_next_received(&ctx.store, id).await? {
        // An older one waits: its own task goes on with this one afterwards.
        if is_first && next.id != event {
            return Ok(None);
        }
        is_first = false;
        if let Some(at) = one(ctx, &row, next).await? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Deals with one message. `Some` is when to try it again.
async fn one(ctx: &Context, row: &IntegrationRow, mut event: InboundEventRow) -> Result<Option<DateTime<Utc>>> {
    if row.status == IntegrationStatus::Inactive {
        event.error = Some("The connection was switched off before this was dealt with.".to_owned());
        return finish(ctx, event, "ignored").await.map(|()| None);
    }
    let (provider, cx) = match connection::open(ctx, row).await {
        Ok(opened) => opened,
        Err(fault) if fault.code == ErrorCode::Unavailable => return Err(fault),
        Err(fault) => return fail(ctx, event, fault.code.as_str(), fault.detail).await.map(|()| None),
    };
    let (Some(inbound), Some(ats)) = (provider.as_inbound(), provider.as_ats()) else {
        return fail(ctx, event, "unsupported", "This version cannot deal with these messages.".to_owned()).await.map(|()| None);
    };
    let changes = match inbound.translate(&event.body) {
        Ok(changes) => changes,
        Err(error) => return fail(ctx, event, error.code(), error.sentence(cx.entry.name)).await.map(|()| None),
    };
    let pull = Pull { ctx, row, cx: &cx, ats, trace: event.trace_id, actor: None, began: event.received_at };
    let is_last_try = event.attempts >= TRIES;
    let mut outcomes: Vec<Value> = Vec::with_capacity(changes.len());
    for change in changes {
        match apply::apply(&pull, change, is_last_try).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(pull::Error::Fault(fault)) if fault.code == ErrorCode::Unavailable => return Err(fault),
            Err(pull::Error::Fault(fault)) => return fail(ctx, event, fault.code.as_str(), fault.detail).await.map(|()| None),
            Err(pull::Error::Provider(error)) => return again(ctx, event, &error, &cx).await,
        }
    }
    let trouble: Vec<String> = outcomes.iter().filter_map(|outcome| outcome["error"].as_str().map(str::to_owned)).collect();
    let is_ignored = outcomes.iter().all(|outcome| outcome["outcome"] == "ignored");
    event.changes = Some(Json(Value::Array(outcomes)));
    if !trouble.is_empty() {
        return fail(ctx, event, "unreadable_record", trouble.join(" ")).await.map(|()| None);
    }
    event.error = None;
    finish(ctx, event, if is_ignored { "ignored" } else { "processed" }).await.map(|()| None)
}

async fn again(ctx: &Context, mut event: InboundEventRow, error: &Error, cx: &Connection) -> Result<Option<DateTime<Utc>>> {
    let now = ctx.clock.now();
    let message = error.sentence(cx.entry.name);
    let at = if let Error::RateLimited { retry_after, .. } = error {
        let wait = TimeDelta::from_std(retry_after.unwrap_or(std::time::Duration::from_secs(30))).unwrap_or(TimeDelta::hours(1));
        cx.throttled_until().unwrap_or(now + wait).max(now + TimeDelta::milliseconds(200))
    } else if error.is_retryable() && event.attempts < TRIES {
        event.attempts += 1;
        now + TimeDelta::from_std(backoff::exponential(event.attempts, random::fraction())).unwrap_or(TimeDelta::hours(1))
    } else {
        return fail(ctx, event, error.code(), message).await.map(|()| None);
    };
    event.error = Some(message);
    let mut tx = ctx.store.begin().await?;
    inbound_event::update_inbound_event(&mut tx, &event, "received").await?;
    tx.commit().await?;
    Ok(Some(at))
}

async fn finish(ctx: &Context, mut event: InboundEventRow, state: &'static str) -> Result<()> {
    state.clone_into(&mut event.state);
    event.processed_at = Some(ctx.clock.now());
    let mut tx = ctx.store.begin().await?;
    inbound_event::update_inbound_event(&mut tx, &event, "received").await?;
    tx.commit().await?;
    count(&event.provider, state);
    Ok(())
}

/// Gives a message up: a person can look at it and let it be dealt with again.
async fn fail(ctx: &Context, mut event: InboundEventRow, code: &str, message: String) -> Result<()> {
    let now = ctx.clock.now();
    "failed".clone_into(&mut event.state);
    event.processed_at = Some(now);
    event.error = Some(message.clone());
    let letter = event.organization_id.map(|organization_id| DeadLetterRow {
        id: ctx.clock.new(),
        organization_id,
        integration_id: event.integration_id,
        source: "inbound".to_owned(),
        object: None,
        external_id: event.external_id.clone(),
        local_id: None,
        payload: json!({ "eventId": event.id, "integrationId": event.integration_id, "event": event.event_name }).to_string(),
        code: code.to_owned(),
        message,
        attempts: event.attempts.max(1),
        state: "open".to_owned(),
        trace_id: Some(event.trace_id),
        created_at: now,
        resolved_at: None,
        resolved_by: None,
    });
    let mut tx = ctx.store.begin().await?;
    if inbound_event::update_inbound_event(&mut tx, &event, "received").await? {
        dead_letter::insert_dead_letters(&mut tx, letter.as_slice()).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    count(&event.provider, "failed");
    Ok(())
}

/// The queue gave the task up (it panicked, or the database was away too long): the messages behind it must not wait for ever.
pub(super) async fn gave_up(ctx: &Context, task: &Task, error: &str) {
    let Ok(Payload { organization, integration, event: Some(event) }) = serde_json::from_str::<Payload>(&task.payload) else { return };
    let settled = async {
        if let Some(event) = inbound_event::find_inbound_event(&ctx.store, organization, event).await?
            && event.state == "received"
        {
            fail(ctx, event, "internal", error.to_owned()).await?;
        }
        if let Some(next) = inbound_event::find_next_received(&ctx.store, integration).await? {
            let mut tx = ctx.store.begin().await?;
            enqueue(ctx, &mut tx, &next, None).await?;
            tx.commit().await?;
        }
        Ok::<(), Fault>(())
    };
    if let Err(fault) = settled.await {
        fault.log();
    }
}
