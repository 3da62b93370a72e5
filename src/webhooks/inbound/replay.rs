//! Looking at what came in, and dealing with it once more.

use super::enqueue;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::InboundEventId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::store::inbound_event::{self, InboundEventFilter, InboundEventRow};
use crate::store::page::{Page, PageQuery};

/// The organization's messages, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &InboundEventFilter, page: PageQuery) -> Result<Page<InboundEventRow>> {
    caller.require(Scope::IntegrationsRead)?;
    let mut filter = filter.clone();
    if let Some(provider) = &filter.provider {
        filter.provider = Some(crate::integrations::connect::entry(provider)?.slug.to_owned());
    }
    Ok(inbound_event::list_inbound_events(&ctx.store, caller.organization, &filter, page).await?)
}

/// One message.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: InboundEventId) -> Result<InboundEventRow> {
    caller.require(Scope::IntegrationsRead)?;
    inbound_event::find_inbound_event(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("message"))
}

/// Deals with a message once more. What it says a second time changes nothing.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Conflict`] for one that is not known to be genuine.
pub async fn replay(ctx: &Context, caller: &Caller, id: InboundEventId) -> Result<InboundEventRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let mut event = get(ctx, caller, id).await?;
    if !matches!(event.verdict.as_str(), "verified" | "hint") {
        return Err(Fault::conflict("This message is not known to be genuine, so nothing is made of it."));
    }
    if event.state == "received" {
        return Ok(event);
    }
    let from = std::mem::replace(&mut event.state, "received".to_owned());
    event.attempts = 0;
    event.error = None;
    event.processed_at = None;
    let mut tx = ctx.store.begin().await?;
    if inbound_event::update_inbound_event(&mut tx, &event, &from).await? {
        enqueue(ctx, &mut tx, &event, None).await?;
        let mut entry = activity::Entry::new("inbound.replay", "A webhook that came in is dealt with once more.");
        entry = entry.subject("inbound_event", event.id.0);
        if let Some(integration) = event.integration_id {
            entry = entry.integration(integration, event.provider.clone());
        }
        activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(event)
}
