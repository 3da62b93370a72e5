//! Publishing: events that a caller makes up, from the API or a page.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::group;
use super::payload::{MAX_BODY_BYTES, Payload, PayloadError, message_id};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event;
use crate::domain::id::EventId;
use crate::domain::role::Scope;
use crate::events::{NewEvent, Origin};
use crate::fault::{Fault, Result};

/// The answer to an accepted event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The event's id.
    pub id: EventId,
    /// The `webhook-id` of its messages.
    pub message_id: String,
    /// To how many subscriptions it goes.
    pub deliveries: usize,
}

/// Publishes an event to every subscription that wants it. It is durable when this returns.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] for an event that does not exist or data that is no object or too large; `Forbidden` without
/// `events:write`; the store's.
pub async fn publish(ctx: &Context, caller: &Caller, event: &str, data: Value) -> Result<Accepted> {
    caller.require(Scope::EventsWrite)?;
    let kind =
        event::resolve(event).ok_or_else(|| Fault::invalid("/event", "There is no event of this name. The catalogue lists them all."))?;
    if !data.is_object() {
        return Err(Fault::invalid("/data", "Give an object."));
    }
    check_size(ctx, caller, kind.as_str(), &data)?;
    let id = |name: &str| data.get(name).and_then(Value::as_str).and_then(|text| Uuid::parse_str(text).ok());
    let new = NewEvent {
        candidate: id("candidateId").map(Into::into),
        job: id("jobId").map(Into::into),
        application: id("applicationId").map(Into::into),
        integration: id("integrationId").map(Into::into),
        ..NewEvent::new(kind, format!("{} was published by {}", kind, caller.name()), data)
    };
    let recorded = group::record(ctx, Origin::from(caller), new).await?;
    Ok(Accepted { id: recorded.id, message_id: message_id(recorded.id), deliveries: recorded.deliveries })
}

/// Refuses data that would make too long a body.
pub(super) fn check_size(ctx: &Context, caller: &Caller, event: &str, data: &Value) -> Result<()> {
    match Payload::new(event, ctx.clock.now(), caller.organization, data) {
        Ok(_) => Ok(()),
        Err(PayloadError::TooLarge(bytes)) => {
            Err(Fault::invalid("/data", format!("The event would be {bytes} bytes long; {MAX_BODY_BYTES} are allowed.")))
        }
        Err(error @ PayloadError::NotJson) => Err(Fault::internal(error)),
    }
}
