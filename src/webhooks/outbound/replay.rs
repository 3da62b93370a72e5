//! Sending again: one delivery, one event, what failed, or what was missed while a subscription was off.
//!
//! A replay sends the same bytes under the same `webhook-id`, so a receiver that keeps to idempotency notices what it already has.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fan_out::{Wish, body_row, order_key};
use super::payload::Payload;
use super::subscriptions::{find, note};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event;
use crate::domain::id::{CandidateId, DeliveryId, EventId, JobId, WebhookId};
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::delivery::history::{PastFilter, PastRow, Span, find_delivery, find_delivery_of, list_missed, list_past};
use crate::store::delivery::{BodyRow, DeliveryInsert, insert_bodies, insert_deliveries, list_bodies, list_body_names};
use crate::store::event::{EventRow, find_event};
use crate::store::webhook::WebhookRow;

/// The most deliveries one call makes.
pub const MAX_REPLAYED: usize = 10_000;
/// Deliveries of one transaction.
const PAGE: i64 = 500;

/// What to send again: exactly one of `deliveryId`, `eventId`, or `since` with what it narrows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayIn {
    /// This delivery.
    #[serde(default, alias = "delivery_id")]
    pub delivery_id: Option<DeliveryId>,
    /// This event.
    #[serde(default, alias = "event_id")]
    pub event_id: Option<EventId>,
    /// Everything from then on that `what` names.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// Up to then; now without it.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// What to send again of that time: `failed` (the default), `all` (what arrived too), or `missed`, which also covers events of the time
    /// when the subscription was off or did not exist.
    #[serde(default)]
    pub what: ReplayWhat,
    /// Only events under this name.
    #[serde(default)]
    pub event: Option<String>,
    /// Only events about this candidate (not with `missed`).
    #[serde(default, alias = "candidate_id")]
    pub candidate_id: Option<CandidateId>,
    /// Only events about this job (not with `missed`).
    #[serde(default, alias = "job_id")]
    pub job_id: Option<JobId>,
    /// Only where the last answer had this status (not with `missed`).
    #[serde(default, alias = "status_code")]
    pub status_code: Option<i64>,
}

/// What to send again of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayWhat {
    /// Deliveries that were given up.
    #[default]
    Failed,
    /// Deliveries that were given up or arrived.
    All,
    /// Events that never arrived.
    Missed,
}

/// What was set on its way again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    /// How many deliveries.
    pub deliveries: usize,
    /// Whether there is more: call again to go on.
    pub more: bool,
}

/// Sends again what `input` names. The subscription must be active.
///
/// # Errors
/// `NotFound`, `Invalid`, `Conflict` for a subscription that is off, `Forbidden` without `webhooks:write`, the store's.
pub async fn replay(ctx: &Context, caller: &Caller, id: WebhookId, input: &ReplayIn) -> Result<Replayed> {
    caller.require(Scope::WebhooksWrite)?;
    let webhook = find(ctx, caller, id).await?;
    if !webhook.is_active {
        return Err(Fault::conflict("This subscription is switched off. Switch it on, then send again."));
    }
    let replayed = match (input.delivery_id, input.event_id, input.since) {
        (Some(delivery), None, None) => {
            let past = find_delivery(&ctx.store, caller.organization, id, delivery).await?.ok_or_else(|| Fault::not_found("delivery"))?;
            if repeat(ctx, &webhook, vec![past]).await? == 0 {
                return Err(forgotten());
            }
            Replayed { deliveries: 1, more: false }
        }
        (None, Some(event), None) => {
            replay_event(ctx, caller, &webhook, event).await?;
            Replayed { deliveries: 1, more: false }
        }
        (None, None, Some(since)) => {
            let until = input.until.unwrap_or_else(|| ctx.clock.now());
            if until < since {
                return Err(Fault::invalid("/until", "Give a time after since."));
            }
            let span = Span::new(since, until, PAGE);
            match input.what {
                ReplayWhat::Failed | ReplayWhat::All => {
                    let filter = PastFilter {
                        with_succeeded: input.what == ReplayWhat::All,
                        event_name: input.event.as_deref(),
                        candidate: input.candidate_id,
                        job: input.job_id,
                        status_code: input.status_code,
                    };
                    replay_past(ctx, &webhook, filter, span).await?
                }
                ReplayWhat::Missed => replay_missed(ctx, &webhook, input.event.as_deref(), span).await?,
            }
        }
        _ => return Err(Fault::invalid("", "Give exactly one of deliveryId, eventId and since.")),
    };
    if replayed.deliveries > 0 {
        let mut tx = ctx.store.begin().await?;
        let message = format!("Sent {} messages again to the webhook {}", replayed.deliveries, webhook.name);
        note(ctx, &mut tx, caller, "webhook.replay", &webhook, message).await?;
        tx.commit().await?;
    }
    ctx.queue.wake();
    Ok(replayed)
}

async fn replay_event(ctx: &Context, caller: &Caller, webhook: &WebhookRow, id: EventId) -> Result<()> {
    if let Some(past) = find_delivery_of(&ctx.store, caller.organization, webhook.id, id).await? {
        return if repeat(ctx, webhook, vec![past]).await? == 0 { Err(forgotten()) } else { Ok(()) };
    }
    let event = find_event(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("event"))?;
    let name = Wish::of(webhook).name_for(event.kind).unwrap_or(event.kind.as_str()).to_owned();
    first_time(ctx, webhook, vec![(event, name)]).await
}

/// The bytes of a test event that is older than the organization keeps them.
fn forgotten() -> Fault {
    Fault::conflict("The content of this message is not kept any more, so it cannot be sent again.")
}

async fn replay_past(ctx: &Context, webhook: &WebhookRow, filter: PastFilter<'_>, mut span: Span) -> Result<Replayed> {
    let mut deliveries = 0;
    while deliveries < MAX_REPLAYED {
        let page = list_past(&ctx.store, webhook.organization_id, webhook.id, filter, span).await?;
        let Some(last) = page.last() else { return Ok(Replayed { deliveries, more: false }) };
        span.after = last.id.0;
        deliveries += repeat(ctx, webhook, page).await?;
    }
    Ok(Replayed { deliveries, more: true })
}

async fn replay_missed(ctx: &Context, webhook: &WebhookRow, event: Option<&str>, mut span: Span) -> Result<Replayed> {
    let wish = Wish::of(webhook);
    let only = event.map(event::resolve);
    let kinds: Vec<_> = wish.kinds().into_iter().filter(|kind| only.is_none_or(|only| only == Some(*kind))).collect();
    let mut deliveries = 0;
    while deliveries < MAX_REPLAYED {
        let ids = list_missed(&ctx.store, webhook.organization_id, webhook.id, &kinds, span).await?;
        let Some(last) = ids.last() else { return Ok(Replayed { deliveries, more: false }) };
        span.after = last.0;
        let mut events = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(event) = find_event(&ctx.store, webhook.organization_id, id).await? else { continue };
            let Some(name) = wish.name_for(event.kind).map(str::to_owned) else { continue };
            let body: Value = Payload::new(event.kind.as_str(), event.occurred_at, webhook.organization_id, &event.data.0)
                .ok()
                .and_then(|payload| serde_json::from_slice(payload.body()).ok())
                .unwrap_or_default();
            if wish.passes(&body) {
                events.push((event, name));
            }
        }
        deliveries += events.len();
        first_time(ctx, webhook, events).await?;
    }
    Ok(Replayed { deliveries, more: true })
}

/// Repeats deliveries and returns how many. Bytes that are not kept any more are made anew from their event; a test has none, so it stays away.
async fn repeat(ctx: &Context, webhook: &WebhookRow, mut past: Vec<PastRow>) -> Result<usize> {
    let now = ctx.clock.now();
    let ids: Vec<EventId> = past.iter().map(|past| past.event_id).collect();
    let stored = list_body_names(&ctx.store, &ids).await?;
    let mut bodies = Vec::new();
    let mut lost = Vec::new();
    for row in past.iter().filter(|row| !stored.contains(&(row.event_id, row.event_name.clone()))) {
        let event = find_event(&ctx.store, webhook.organization_id, row.event_id).await?;
        let payload =
            event.and_then(|event| Payload::new(event.kind.as_str(), event.occurred_at, webhook.organization_id, &event.data.0).ok());
        match payload {
            Some(payload) => bodies.push(body_row(&payload, row.event_id, &row.event_name)),
            None => lost.push(row.id),
        }
    }
    past.retain(|row| !lost.contains(&row.id));
    let rows: Vec<DeliveryInsert> = past
        .into_iter()
        .map(|past| DeliveryInsert {
            id: ctx.clock.new(),
            organization_id: webhook.organization_id,
            webhook_id: webhook.id,
            event_id: past.event_id,
            event_name: past.event_name,
            order_key: past.order_key,
            next_at: now,
            replay_of: Some(past.id),
            created_at: now,
        })
        .collect();
    let mut tx = ctx.store.begin().await?;
    insert_bodies(&mut tx, &bodies, now).await?;
    insert_deliveries(&mut tx, &rows).await?;
    tx.commit().await?;
    Ok(rows.len())
}

/// Delivers events that this subscription never had. Where the bytes are stored for another subscription, the same bytes go out.
async fn first_time(ctx: &Context, webhook: &WebhookRow, events: Vec<(EventRow, String)>) -> Result<()> {
    let now = ctx.clock.now();
    let ids: Vec<EventId> = events.iter().map(|(event, _)| event.id).collect();
    let stored: HashMap<EventId, BodyRow> = list_bodies(&ctx.store, &ids).await?.into_iter().map(|row| (row.event_id, row)).collect();
    let mut bodies = Vec::new();
    let mut rows = Vec::new();
    for (event, name) in events {
        let payload = match stored.get(&event.id) {
            Some(body) => Payload::from_stored(&body.name, body.body.clone()),
            None => match Payload::new(event.kind.as_str(), event.occurred_at, webhook.organization_id, &event.data.0) {
                Ok(payload) => payload,
                Err(error) => {
                    tracing::error!(event.id = %event.id, %error, "the event is not sent as a webhook");
                    continue;
                }
            },
        };
        bodies.push(body_row(&payload, event.id, &name));
        rows.push(DeliveryInsert {
            id: ctx.clock.new(),
            organization_id: webhook.organization_id,
            webhook_id: webhook.id,
            event_id: event.id,
            order_key: order_key(&event),
            event_name: name,
            next_at: now,
            replay_of: None,
            created_at: now,
        });
    }
    let mut tx = ctx.store.begin().await?;
    insert_bodies(&mut tx, &bodies, now).await?;
    insert_deliveries(&mut tx, &rows).await?;
    Ok(tx.commit().await?)
}
