//! The log of a subscription: every try, newest first, and what still waits.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::payload::message_id;
use super::subscriptions::find;
use super::timing::Timing;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{DeliveryId, EventId, WebhookId};
use crate::domain::role::Scope;
use crate::domain::status::DeliveryState;
use crate::fault::{Fault, Result};
use crate::store::delivery::attempt::{AttemptFilter, AttemptRow, WaitingRow, list_attempts, list_waiting};
use crate::store::delivery::list_bodies;
use crate::store::page::{Page, PageQuery};

/// One try, or a delivery that waits for its first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Its id; the delivery's while it waits for its first try.
    pub id: Uuid,
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// Which event.
    pub event_id: EventId,
    /// The message's `webhook-id`.
    pub message_id: String,
    /// The event's name as it was sent.
    pub event: String,
    /// Which try, from 1; 0 while it waits for its first.
    pub attempt: i64,
    /// Whether it arrived.
    pub state: DeliveryState,
    /// The answer's status.
    pub status_code: Option<i64>,
    /// The stable name of what went wrong, such as `timeout` or `http_status`.
    pub error_code: Option<String>,
    /// The same as a sentence.
    pub error: Option<String>,
    /// The first 4 kB of the answer's body.
    pub response_body: Option<String>,
    /// The answer's headers.
    #[schema(value_type = Object)]
    pub response_headers: Option<BTreeMap<String, String>>,
    /// How long it took, in ms.
    pub duration_ms: Option<i64>,
    /// Where that time went.
    pub timing: Option<Timing>,
    /// What was sent besides the body.
    #[schema(value_type = Object)]
    pub request_headers: BTreeMap<String, String>,
    /// The address that answered.
    pub address: Option<String>,
    /// When it began.
    pub at: DateTime<Utc>,
    /// When the next one is due.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            id: row.id.0,
            delivery_id: row.delivery_id,
            event_id: row.event_id,
            message_id: message_id(row.event_id),
            event: row.event_name,
            attempt: row.attempt,
            state: row.state,
            status_code: row.status_code,
            error_code: row.error_code,
            error: row.error,
            response_body: row.response_body,
            response_headers: row.response_headers.map(|headers| headers.0.into_iter().collect()),
            duration_ms: row.duration_ms,
            timing: row.timing.and_then(|timing| serde_json::from_value(timing.0).ok()),
            request_headers: row.request_headers.0,
            address: row.address,
            at: row.at,
            next_attempt_at: row.next_attempt_at,
        }
    }
}

impl From<WaitingRow> for Attempt {
    fn from(row: WaitingRow) -> Self {
        Self {
            id: row.id.0,
            delivery_id: row.id,
            event_id: row.event_id,
            message_id: message_id(row.event_id),
            event: row.event_name,
            attempt: 0,
            state: DeliveryState::Pending,
            status_code: None,
            error_code: None,
            error: None,
            response_body: None,
            response_headers: None,
            duration_ms: None,
            timing: None,
            request_headers: BTreeMap::new(),
            address: None,
            at: row.created_at,
            next_attempt_at: Some(row.next_at),
        }
    }
}

/// One try with the body that was sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptWithBody {
    /// The try.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// The body, as it was signed and sent; `null` when it is not kept any more.
    pub request_body: Option<String>,
}

/// One try with the body that was sent.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:read`, the store's.
pub async fn get(ctx: &Context, caller: &Caller, id: WebhookId, attempt: Uuid) -> Result<AttemptWithBody> {
    caller.require(Scope::WebhooksRead)?;
    find(ctx, caller, id).await?;
    // The page of one that begins with it.
    let page = PageQuery { limit: 1, before: Some(Uuid::from_u128(attempt.as_u128().saturating_add(1))) };
    let rows = list_attempts(&ctx.store, caller.organization, id, &AttemptFilter::default(), page).await?.rows;
    let row = rows.into_iter().find(|row| row.id.0 == attempt).ok_or_else(|| Fault::not_found("try"))?;
    let bodies = list_bodies(&ctx.store, &[row.event_id]).await?;
    let body = bodies.into_iter().find(|body| body.name == row.event_name);
    let request_body = body.map(|body| String::from_utf8_lossy(&body.body).into_owned());
    Ok(AttemptWithBody { attempt: row.into(), request_body })
}

/// The subscription's tries, newest first. The first page of an unfiltered log begins with deliveries that wait for their first try; they
/// come on top of the page's limit, at most twenty.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:read`, the store's.
pub async fn list(ctx: &Context, caller: &Caller, id: WebhookId, filter: &AttemptFilter, page: PageQuery) -> Result<Page<Attempt>> {
    caller.require(Scope::WebhooksRead)?;
    find(ctx, caller, id).await?;
    let tries = list_attempts(&ctx.store, caller.organization, id, filter, page).await?.map(Attempt::from);
    let wants_waiting = page.before.is_none() && (filter.is_empty() || filter.state == Some(DeliveryState::Pending));
    if !wants_waiting {
        return Ok(tries);
    }
    let waiting = list_waiting(&ctx.store, caller.organization, id, i64::from(page.limit.min(20))).await?;
    Ok(Page { rows: waiting.into_iter().map(Attempt::from).chain(tries.rows).collect(), next: tries.next })
}
