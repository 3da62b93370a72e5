//! Trying a subscription out: a sample event to it alone, through the very worker that sends real ones.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::{Check, Filter};
use super::payload::{Payload, message_id};
use super::publish::check_size;
use super::subscriptions::{find, note};
use super::{catalogue, log};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event;
use crate::domain::id::{DeliveryId, EventId, WebhookId};
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::delivery::attempt::{AttemptFilter, list_attempts};
use crate::store::delivery::{BodyRow, DeliveryInsert, insert_bodies, insert_deliveries};
use crate::store::page::PageQuery;
use crate::store::webhook::WebhookRow;

/// What to test with.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TestIn {
    /// The event's name; the subscription's first without it.
    pub event: Option<String>,
    /// Its data; the catalogue's example without it.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

/// A filter and what to try it on.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct FilterTestIn {
    /// The filter.
    #[schema(value_type = Object)]
    pub filter: Value,
    /// The event whose example it is tried on; `application.created` without it.
    pub event: Option<String>,
    /// The data to try it on instead of the example's.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

/// What came of trying a filter.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterTested {
    /// Whether a message with this body would be sent.
    pub passes: bool,
    /// Each path of the filter.
    pub checks: Vec<Check>,
    /// The body it was tried on.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// Tries a filter on an example or on given data. Nothing is sent.
///
/// # Errors
/// `Invalid` naming what is wrong in filter or data, `Forbidden` without `webhooks:read`.
pub fn test_filter(ctx: &Context, caller: &Caller, input: &FilterTestIn) -> Result<FilterTested> {
    caller.require(Scope::WebhooksRead)?;
    let filter = Filter::parse(&input.filter, "/filter")
        .map_err(|errors| Fault::invalid_fields(errors).unwrap_or_else(|| Fault::invalid("/filter", "This is not a filter.")))?;
    let (name, data) = sample(input.event.as_deref(), None, input.data.as_ref())?;
    let payload =
        Payload::new(&name, ctx.clock.now(), caller.organization, &data).map_err(|error| Fault::invalid("/data", error.to_string()))?;
    let body: Value = serde_json::from_slice(payload.body()).map_err(Fault::internal)?;
    Ok(FilterTested { passes: filter.matches(&body), checks: filter.checks(&body), body })
}

/// The name and the data of a sample event: what was given, else the subscription's first event and the catalogue's example.
fn sample(event: Option<&str>, first: Option<&str>, data: Option<&Value>) -> Result<(String, Value)> {
    let name = event.or(first).unwrap_or("application.created");
    let kind =
        event::resolve(name).ok_or_else(|| Fault::invalid("/event", "There is no event of this name. The catalogue lists them all."))?;
    let data = match data {
        Some(data) if !data.is_object() => return Err(Fault::invalid("/data", "Give an object.")),
        Some(data) => data.clone(),
        None => catalogue::example(kind),
    };
    Ok((name.to_owned(), data))
}

/// What came of a test.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// The test event's id.
    pub id: EventId,
    /// The message's `webhook-id`.
    pub message_id: String,
    /// Always one.
    pub deliveries: usize,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Its first try, if it ended in time; else look into the log.
    pub attempt: Option<log::Attempt>,
}

/// Sends a test event to this subscription alone, past its filter, through the very worker that sends real ones. Waits up to `wait` for the
/// first try. The event is no event of the organization: it appears in the log, not in a timeline.
///
/// # Errors
/// `NotFound`, `Invalid`, `Conflict` for a subscription that is off, `Forbidden` without `webhooks:write`, the store's.
pub async fn test(ctx: &Context, caller: &Caller, id: WebhookId, input: &TestIn, wait: Duration) -> Result<Tested> {
    caller.require(Scope::WebhooksWrite)?;
    let row = find(ctx, caller, id).await?;
    if !row.is_active {
        return Err(Fault::conflict("This subscription is switched off. Switch it on, then test it."));
    }
    let first = row.events.iter().map(String::as_str).find(|name| event::resolve(name).is_some());
    let (name, data) = sample(input.event.as_deref(), first, input.data.as_ref())?;
    check_size(ctx, caller, &name, &data)?;
    let now = ctx.clock.now();
    let payload = Payload::new(&name, now, caller.organization, &data).map_err(Fault::internal)?;
    let (event, delivery): (EventId, DeliveryId) = (ctx.clock.new(), ctx.clock.new());
    let body = BodyRow { event_id: event, name: name.clone(), body: payload.body().to_vec() };
    let insert = DeliveryInsert {
        id: delivery,
        organization_id: caller.organization,
        webhook_id: id,
        event_id: event,
        event_name: name,
        order_key: None,
        next_at: now,
        replay_of: None,
        created_at: now,
    };
    let mut tx = ctx.store.begin().await?;
    insert_bodies(&mut tx, &[body], now).await?;
    insert_deliveries(&mut tx, &[insert]).await?;
    note(ctx, &mut tx, caller, "webhook.test", &row, format!("Tested the webhook {}", row.name)).await?;
    tx.commit().await?;
    ctx.queue.wake();
    let attempt = await_attempt(ctx, &row, delivery, wait).await?;
    Ok(Tested { id: event, message_id: message_id(event), deliveries: 1, delivery_id: delivery, attempt })
}

/// The worker may live in another process, so the log is asked.
async fn await_attempt(ctx: &Context, row: &WebhookRow, delivery: DeliveryId, wait: Duration) -> Result<Option<log::Attempt>> {
    let filter = AttemptFilter { delivery: Some(delivery), ..AttemptFilter::default() };
    let deadline = tokio::time::Instant::now() + wait;
    let mut pause = Duration::from_millis(10);
    while tokio::time::Instant::now() < deadline {
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_millis(250));
        let found = list_attempts(&ctx.store, row.organization_id, row.id, &filter, PageQuery { limit: 1, before: None }).await?;
        if let Some(attempt) = found.rows.into_iter().next() {
            return Ok(Some(attempt.into()));
        }
    }
    Ok(None)
}
