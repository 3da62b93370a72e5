//! Changes to webhook subscriptions: what the forms of their pages post.

use leptos::prelude::*;

use crate::domain::id::{DeliveryId, WebhookId};
use crate::domain::ui_error::UiError;

/// Creates a subscription; its secret is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "webhooks/create")]
pub async fn create_webhook(
    name: String,
    url: String,
    #[server(default)] events: Vec<String>,
    #[server(default)] every: Option<String>,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{WebhookIn, create};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let events = if every.is_some() { vec!["*".to_owned()] } else { events };
    let name = Some(name).filter(|name| !name.trim().is_empty());
    let input = WebhookIn { name, url: Some(url), events: Some(events), ..WebhookIn::default() };
    let created = create(&ctx, &caller, &input).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&ctx, &asker.session, "webhook", &created.secret).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{}?done=created", created.webhook.id));
    Ok(())
}

/// Changes a subscription's settings.
#[server(prefix = "/fn", endpoint = "webhooks/save")]
pub async fn save_webhook(
    id: WebhookId,
    name: String,
    url: String,
    #[server(default)] description: String,
    #[server(default)] events: Vec<String>,
    #[server(default)] every: Option<String>,
    retry_attempts: i64,
    timeout_ms: i64,
    #[server(default)] ordered: Option<String>,
    #[server(default)] filter: String,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{WebhookIn, patch};
    let (ctx, caller) = super::caller()?;
    let filter = match filter.trim() {
        "" => None,
        text => Some(serde_json::from_str(text).map_err(|_| super::wrong("filter"))?),
    };
    let input = WebhookIn {
        name: Some(name),
        url: Some(url),
        description: Some(Some(description.trim().to_owned()).filter(|text| !text.is_empty())),
        events: Some(if every.is_some() { vec!["*".to_owned()] } else { events }),
        retry_attempts: Some(retry_attempts),
        timeout_ms: Some(timeout_ms),
        ordered: Some(ordered.is_some()),
        filter: Some(filter),
        ..WebhookIn::default()
    };
    patch(&ctx, &caller, id, &input).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/settings?done=saved"));
    Ok(())
}

/// Switches a subscription on or off.
#[server(prefix = "/fn", endpoint = "webhooks/switch")]
pub async fn switch_webhook(id: WebhookId, enabled: bool) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{WebhookIn, patch};
    let (ctx, caller) = super::caller()?;
    patch(&ctx, &caller, id, &WebhookIn { is_active: Some(enabled), ..WebhookIn::default() }).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}"));
    Ok(())
}

/// Sends a test event and waits for the answer.
#[server(prefix = "/fn", endpoint = "webhooks/test")]
pub async fn test_webhook(id: WebhookId) -> Result<(), UiError> {
    use crate::webhooks::outbound::trial::{TestIn, test};
    let (ctx, caller) = super::caller()?;
    let tested = test(&ctx, &caller, id, &TestIn::default(), std::time::Duration::from_secs(10)).await.map_err(super::failed)?;
    let attempt = tested.attempt.map(|attempt| format!("&attempt={}", attempt.id)).unwrap_or_default();
    leptos_axum::redirect(&format!("/webhooks/{id}?done=tested{attempt}"));
    Ok(())
}

/// Sends a delivery again.
#[server(prefix = "/fn", endpoint = "webhooks/replay")]
pub async fn replay_delivery(id: WebhookId, delivery: DeliveryId) -> Result<(), UiError> {
    use crate::webhooks::outbound::replay::{ReplayIn, replay};
    let (ctx, caller) = super::caller()?;
    replay(&ctx, &caller, id, &ReplayIn { delivery_id: Some(delivery), ..ReplayIn::default() }).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}?done=replayed"));
    Ok(())
}

/// Sends again what failed in the last day.
#[server(prefix = "/fn", endpoint = "webhooks/replay-failed")]
pub async fn replay_failed(id: WebhookId) -> Result<(), UiError> {
    use crate::webhooks::outbound::replay::{ReplayIn, replay};
    let (ctx, caller) = super::caller()?;
    let since = Some(ctx.clock.now() - chrono::TimeDelta::days(1));
    replay(&ctx, &caller, id, &ReplayIn { since, ..ReplayIn::default() }).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}?done=replayed"));
    Ok(())
}

/// Changes the secret; the old one signs too for a day. The new one is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "webhooks/rotate")]
pub async fn rotate_webhook_secret(id: WebhookId) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{RotateIn, rotate_secret};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let rotated = rotate_secret(&ctx, &caller, id, &RotateIn::default()).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&ctx, &asker.session, "webhook", &rotated.secret).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}?done=rotated"));
    Ok(())
}

/// Deletes a subscription with its log.
#[server(prefix = "/fn", endpoint = "webhooks/delete")]
pub async fn delete_webhook(id: WebhookId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::webhooks::outbound::subscriptions::delete(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect("/webhooks?done=deleted");
    Ok(())
}
