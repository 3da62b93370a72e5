//! Webhooks that providers send: what the forms of their pages post.

use leptos::prelude::*;

use crate::domain::id::{InboundEventId, IntegrationId};
use crate::domain::ui_error::UiError;

/// Deals with a message once more.
#[server(prefix = "/fn", endpoint = "received/replay")]
pub async fn replay_received(id: InboundEventId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::webhooks::inbound::replay(&ctx, &caller, id).await.map_err(super::failed)?;
    super::back("replayed");
    Ok(())
}

/// Enters the key that messages are checked with.
#[server(prefix = "/fn", endpoint = "received/key")]
pub async fn set_webhook_key(id: IntegrationId, key: String) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::webhooks::inbound::set_key(&ctx, &caller, id, key.into()).await.map_err(super::failed)?;
    super::back("key");
    Ok(())
}
