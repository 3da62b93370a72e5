//! Dealing with a message: what it says is applied, in the order in which the messages of a connection came.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Payload, apply, channels, count, enqueue, stored};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{InboundEventId, IntegrationId, OrgId};
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::integrations::{connection, health};
use crate::providers::{Change, Error, catalogue, schemes};
use crate::queue::{Outcome, Task, backoff};
use crate::random;
use crate::records::pull::{self, Pull};
use crate::store::Json;
use crate::store::dead_letter::{self, DeadLetterRow};
use crate::store::inbound_event::{self, InboundEventRow};
use crate::store::integration::{self, IntegrationRow};
use crate::sync;

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
    let Some(scheme) = schemes::of(&row.provider) else {
        return fail(ctx, event, "unsupported", "This version cannot deal with these messages.".to_owned()).await.map(|()| None);
    };
    let name = catalogue::find(&row.provider).map_or("The provider", |entry| entry.name);
    let headers = stored::headers_of(&event);
    let changes = match scheme.translate(&stored::message(ctx, &event, &headers)) {
        Ok(changes) => changes,
        Err(error) => {
            let message = match &error {
                Error::Protocol { message } => format!("The message is not what {name} documents ({message}). Nothing was made of it."),
                other => other.sentence(name),
            };
            return fail(ctx, event, error.code(), message).await.map(|()| None);
        }
    };
    let outcomes = match make(ctx, row, &event, changes).await {
        Ok(outcomes) => outcomes,
        Err(Trouble::Again(error, throttled_until)) => return again(ctx, event, &error, name, throttled_until).await,
        Err(Trouble::Fault(fault)) if fault.code == ErrorCode::Unavailable => return Err(fault),
        Err(Trouble::Fault(fault)) => return fail(ctx, event, fault.code.as_str(), fault.detail).await.map(|()| None),
    };
    let trouble: Vec<String> = outcomes.iter().filter_map(|outcome| outcome["error"].as_str().map(str::to_owned)).collect();
    let is_ignored = outcomes.iter().all(|outcome| outcome["outcome"] == "ignored");
    event.changes = Some(Json(Value::Array(outcomes)));
    if !trouble.is_empty() {
        return fail(ctx, event, "unreadable_record", trouble.join(" ")).await.map(|()| None);
    }
    event.error = None;
    finish(ctx, event, if is_ignored { "ignored" } else { "processed" }).await.map(|()| None)
}

/// Why nothing could be made of a message.
enum Trouble {
    Again(Error, Option<DateTime<Utc>>),
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Makes of a message what it says, and tells what became of it.
async fn make(
    ctx: &Context,
    row: &IntegrationRow,
    event: &InboundEventRow,
    changes: Vec<Change>,
) -> std::result::Result<Vec<Value>, Trouble> {
    let mut outcomes: Vec<Value> = Vec::with_capacity(changes.len());
    // What proves nothing changes nothing by itself.
    let is_hint = event.verdict == "hint";
    let mut records = Vec::new();
    let reads = ctx.providers.get(&row.provider).is_some_and(|provider| provider.as_ats().is_some());
    for change in changes {
        match change {
            Change::Sync { reason } if !reads => {
                outcomes.push(json!({ "outcome": "ignored", "reason": format!("{reason} This version does not read it yet.") }));
            }
            Change::Ignored { reason } => outcomes.push(json!({ "outcome": "ignored", "reason": reason })),
            Change::Sync { reason } => {
                let outcome =
                    if sync::schedule::prompt(ctx, row, "webhook").await.map_err(Fault::from)? { "sync_started" } else { "noted" };
                outcomes.push(json!({ "outcome": outcome, "reason": reason }));
            }
            Change::Check { reason } => {
                let caller = Caller::system(row.organization_id, "webhook", event.trace_id);
                let outcome = match health::check(ctx, &caller, row.id).await {
                    Ok(check) if check.success => "still_works",
                    Ok(_) => "no_longer_works",
                    Err(fault) if fault.code == ErrorCode::Unavailable => return Err(fault.into()),
                    Err(_) => "noted",
                };
                outcomes.push(json!({ "outcome": outcome, "reason": reason }));
            }
            Change::Channel { external_id, is_gone } => {
                let is_ours = channels::told(ctx, row, &external_id, is_gone).await?;
                let outcome = if !is_ours {
                    "unknown"
                } else if is_gone {
                    "channel_reopened"
                } else {
                    "channel_renewed"
                };
                outcomes.push(json!({ "outcome": outcome, "externalId": external_id }));
            }
            Change::Upsert(_) | Change::Deleted { .. } | Change::Merged { .. } if is_hint => {
                outcomes.push(json!({ "outcome": "ignored", "reason": "The message proves nothing, so it changes nothing by itself." }));
            }
            change => records.push(change),
        }
    }
    if records.is_empty() {
        return Ok(outcomes);
    }
    let opened = match connection::open(ctx, row).await {
        Ok(opened) => Some(opened),
        Err(fault) if fault.code == ErrorCode::ProviderPlanned => None,
        Err(fault) => return Err(fault.into()),
    };
    let Some((provider, cx)) = opened else {
        outcomes.push(json!({ "outcome": "ignored", "reason": "This version keeps these messages, and makes nothing of them yet." }));
        return Ok(outcomes);
    };
    let Some(ats) = provider.as_ats() else {
        outcomes.push(json!({ "outcome": "ignored", "reason": "Nothing that Hirewire keeps." }));
        return Ok(outcomes);
    };
    let pull = Pull { ctx, row, cx: &cx, ats, trace: event.trace_id, actor: None, began: event.received_at };
    let is_last_try = event.attempts >= TRIES;
    for change in records {
        match apply::apply(&pull, change, is_last_try).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(pull::Error::Fault(fault)) => return Err(fault.into()),
            Err(pull::Error::Provider(error)) => return Err(Trouble::Again(error, cx.throttled_until())),
        }
    }
    Ok(outcomes)
}

async fn again(
    ctx: &Context,
    mut event: InboundEventRow,
    error: &Error,
    name: &str,
    throttled_until: Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>> {
    let now = ctx.clock.now();
    let message = error.sentence(name);
    let at = if let Error::RateLimited { retry_after, .. } = error {
        let wait = TimeDelta::from_std(retry_after.unwrap_or(std::time::Duration::from_secs(30))).unwrap_or(TimeDelta::hours(1));
        throttled_until.unwrap_or(now + wait).max(now + TimeDelta::milliseconds(200))
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
