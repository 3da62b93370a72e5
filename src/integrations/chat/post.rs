//! Posting: a task per event and rule, made with the event itself.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::preview::wants;
use super::template::Material;
use crate::context::Context;
use crate::domain::id::{ChatRuleId, EventId, OrgId};
use crate::fault::Result;
use crate::integrations::{connection, evidence};
use crate::providers::Error;
use crate::queue::{Outcome, Task, Worker};
use crate::store::chat_rule::{self, ChatRuleRow, update_chat_outcome};
use crate::store::{event, integration};

/// The queue of messages.
pub const QUEUE: &str = "chat";
const KIND: &str = "chat.post";
/// A message about something older is no news any more: it would only fill the channel after an outage.
const NEWS_FOR: TimeDelta = TimeDelta::hours(24);

/// What a task carries. The events write it: see `events::record`.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    rule: ChatRuleId,
    event: EventId,
}

/// Registers the messages with the worker of [`QUEUE`].
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let ctx = ctx.clone();
    // One at a time per connection: the order stays, and a message a second is what chats take.
    worker.handle(KIND, 1, move |task: Task| {
        let ctx = ctx.clone();
        async move { run(&ctx, &task).await }
    })
}

async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The message names no rule.".to_owned());
    };
    match post(ctx, &payload).await {
        Ok(outcome) => outcome,
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

async fn post(ctx: &Context, payload: &Payload) -> Result<Outcome> {
    let Some(rule) = chat_rule::find_chat_rule(&ctx.store, payload.organization, payload.rule).await? else { return Ok(Outcome::Done) };
    let Some(event) = event::find_event(&ctx.store, payload.organization, payload.event).await? else { return Ok(Outcome::Done) };
    let Some(row) = integration::find_integration(&ctx.store, payload.organization, rule.integration_id).await? else {
        return Ok(Outcome::Done);
    };
    let now = ctx.clock.now();
    let is_wanted = rule.is_active && wants(rule.filter.as_ref().map(|filter| &filter.0), event.kind.as_str(), &event.data.0);
    if !is_wanted || now - event.occurred_at > NEWS_FOR {
        return Ok(Outcome::Done);
    }
    let message = Material::of(ctx, &event).await?.message(&rule.template);
    let (provider, cx) = connection::open(ctx, &row).await?;
    let Some(chat) = provider.as_chat() else { return Ok(Outcome::Done) };
    let outcome = chat.post(&cx, rule.channel.as_deref(), &message).await;
    let error = outcome.err().map(|error| evidence::ended(&row, &error).unwrap_or(error));
    let mut tx = ctx.store.begin().await?;
    match &error {
        None => {
            update_chat_outcome(&mut tx, rule.id, Some(now), None).await?;
            evidence::note(ctx, &mut tx, &row, &cx, Ok(()), false).await?;
        }
        Some(error) => {
            let sentence = error.sentence(cx.entry.name);
            update_chat_outcome(&mut tx, rule.id, None, Some(&sentence)).await?;
            // A channel that is gone is the rule's trouble, not the connection's.
            if !matches!(error, Error::Invalid { .. } | Error::Forbidden { .. } | Error::Unknown { .. } | Error::NotFound) {
                evidence::note(ctx, &mut tx, &row, &cx, Err(error), false).await?;
            }
        }
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(after(ctx, &rule, error))
}

/// What becomes of the task. What may have been posted is never posted again: chats have no way to tell two of the same apart.
fn after(ctx: &Context, rule: &ChatRuleRow, error: Option<Error>) -> Outcome {
    match error {
        None => Outcome::Done,
        Some(Error::RateLimited { retry_after, .. }) => {
            let wait = retry_after.unwrap_or(std::time::Duration::from_secs(30));
            Outcome::Later(ctx.clock.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::seconds(30)))
        }
        Some(Error::Unavailable { message }) => Outcome::Retry(message),
        Some(error) => {
            tracing::info!(rule.id = %rule.id, error.code = error.code(), "a message was not posted");
            Outcome::Done
        }
    }
}
