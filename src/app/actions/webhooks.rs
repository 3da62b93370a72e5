//! Changes to webhook subscriptions: what the forms of their pages post.

use leptos::prelude::*;

use crate::domain::id::{DeliveryId, PortalLinkId, WebhookId};
use crate::domain::ui_error::UiError;

/// Creates a subscription; its secret is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "webhooks/create")]
pub async fn create_webhook(
    name: String,
    url: String,
    #[server(default)] events: Vec<String>,
    #[server(default)] every: Option<String>,
    #[server(default)] disabled: Option<String>,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{WebhookIn, create};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let events = if every.is_some() { vec!["*".to_owned()] } else { events };
    let name = Some(name).filter(|name| !name.trim().is_empty());
    let is_active = Some(disabled.is_none());
    let input = WebhookIn { name, url: Some(url), events: Some(events), is_active, ..WebhookIn::default() };
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
    retry_attempts: String,
    #[server(default)] retry_schedule: String,
    timeout_ms: String,
    #[server(default)] max_in_flight: String,
    #[server(default)] rate_per_second: String,
    #[server(default)] disable_after_days: String,
    #[server(default)] ordered: Option<String>,
    #[server(default)] filter: String,
    #[server(default)] headers: String,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::schedule::parse_waits;
    use crate::webhooks::outbound::subscriptions::{WebhookIn, patch};
    let (ctx, caller) = super::caller()?;
    let filter = match filter.trim() {
        "" => None,
        text => Some(serde_json::from_str(text).map_err(|_| super::wrong("filter"))?),
    };
    let number = |field: &str, text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some).map_err(|_| super::wrong(field)),
    };
    let input = WebhookIn {
        name: Some(name),
        url: Some(url),
        description: Some(Some(description.trim().to_owned()).filter(|text| !text.is_empty())),
        events: Some(if every.is_some() { vec!["*".to_owned()] } else { events }),
        retry_attempts: number("retryAttempts", &retry_attempts)?,
        retry_schedule: Some(parse_waits(&retry_schedule).map_err(|_| super::wrong("retrySchedule"))?),
        timeout_ms: number("timeoutMs", &timeout_ms)?,
        max_in_flight: number("maxInFlight", &max_in_flight)?,
        rate_per_second: Some(number("ratePerSecond", &rate_per_second)?),
        disable_after_days: number("disableAfterDays", &disable_after_days)?,
        ordered: Some(ordered.is_some()),
        filter: Some(filter),
        headers: Some(header_lines(&headers).ok_or_else(|| super::wrong("headers"))?),
        ..WebhookIn::default()
    };
    patch(&ctx, &caller, id, &input).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/settings?done=saved"));
    Ok(())
}

/// Headers as people write them, one on a line.
#[cfg(feature = "ssr")]
fn header_lines(text: &str) -> Option<std::collections::BTreeMap<String, String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))).collect()
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

/// Sends a test event and waits for the answer. Without a sample, the catalogue's example.
#[server(prefix = "/fn", endpoint = "webhooks/test")]
pub async fn test_webhook(
    id: WebhookId,
    #[server(default)] event: Option<String>,
    #[server(default)] sample: Option<String>,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::trial::{TestIn, test};
    let (ctx, caller) = super::caller()?;
    let data = match sample.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| super::wrong("data"))?),
    };
    let input = TestIn { event, data };
    let tested = test(&ctx, &caller, id, &input, std::time::Duration::from_secs(10)).await.map_err(super::failed)?;
    let attempt = tested.attempt.map(|attempt| format!("&attempt={}#attempt", attempt.id)).unwrap_or_default();
    leptos_axum::redirect(&format!("/webhooks/{id}?done=tested{attempt}"));
    Ok(())
}

/// Tries a filter on a sample. What comes of it is shown on the next page, which takes the draft out of the session.
#[server(prefix = "/fn", endpoint = "webhooks/try-filter")]
pub async fn try_webhook_filter(
    id: WebhookId,
    event: String,
    #[server(default)] filter: String,
    #[server(default)] sample: String,
) -> Result<(), UiError> {
    let asker = super::asker()?;
    super::caller()?;
    if filter.len() + sample.len() > 64 * 1024 {
        return Err(super::wrong("data"));
    }
    let draft = serde_json::json!({"event": event, "filter": filter, "data": sample}).to_string();
    crate::accounts::sessions::stash(&asker.ctx, &asker.session, "webhook_filter", &draft).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/test?done=tried#filter"));
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

/// Sends again what the search of the log finds, or all that was missed since a time.
#[server(prefix = "/fn", endpoint = "webhooks/replay-found")]
pub async fn replay_found(
    id: WebhookId,
    what: String,
    #[server(default)] since: String,
    #[server(default)] until: String,
    #[server(default)] event: String,
    #[server(default)] candidate: String,
    #[server(default)] job: String,
    #[server(default)] code: String,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::replay::{ReplayIn, ReplayWhat, replay};
    let (ctx, caller) = super::caller()?;
    let what = match what.as_str() {
        "missed" => ReplayWhat::Missed,
        "all" => ReplayWhat::All,
        _ => ReplayWhat::Failed,
    };
    let time = |field: &str, text: &str| match text.trim() {
        "" => Ok(None),
        text => moment(text).map(Some).ok_or_else(|| super::wrong(field)),
    };
    let day_ago = ctx.clock.now() - chrono::TimeDelta::days(1);
    let input = ReplayIn {
        since: Some(time("since", &since)?.unwrap_or(day_ago)),
        until: time("until", &until)?,
        what,
        event: Some(event).filter(|name| !name.is_empty()),
        candidate_id: optional(&candidate).map_err(|()| super::wrong("candidateId"))?,
        job_id: optional(&job).map_err(|()| super::wrong("jobId"))?,
        status_code: optional(&code).map_err(|()| super::wrong("statusCode"))?,
        ..ReplayIn::default()
    };
    let replayed = replay(&ctx, &caller, id, &input).await.map_err(super::failed)?;
    let more = if replayed.more { "&more=true" } else { "" };
    leptos_axum::redirect(&format!("/webhooks/{id}?done=replayed&count={}{more}", replayed.deliveries));
    Ok(())
}

/// A time as the browser's field for it sends it, in UTC, or in full.
#[cfg(feature = "ssr")]
pub(crate) fn moment(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let whole = chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let local = || ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok());
    whole.or_else(|| local().map(|time| time.and_utc()))
}

/// A value that may be left out.
#[cfg(feature = "ssr")]
fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| ()),
    }
}

/// Changes the secret; the old one signs too for as long as asked. The new one is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "webhooks/rotate")]
pub async fn rotate_webhook_secret(
    id: WebhookId,
    #[server(default)] overlap: Option<i64>,
    #[server(default)] secret: String,
) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{RotateIn, rotate_secret};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let secret = Some(secret.trim().to_owned()).filter(|secret| !secret.is_empty());
    let input = RotateIn { secret, overlap_seconds: overlap };
    let rotated = rotate_secret(&ctx, &caller, id, &input).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&ctx, &asker.session, "webhook", &rotated.secret).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/signing?done=rotated"));
    Ok(())
}

/// Begins or ends signing with a private key.
#[server(prefix = "/fn", endpoint = "webhooks/sign-asymmetric")]
pub async fn sign_asymmetric(id: WebhookId, enabled: bool) -> Result<(), UiError> {
    use crate::webhooks::outbound::subscriptions::{WebhookIn, patch};
    let (ctx, caller) = super::caller()?;
    patch(&ctx, &caller, id, &WebhookIn { sign_asymmetric: Some(enabled), ..WebhookIn::default() }).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/signing?done=saved"));
    Ok(())
}

/// Makes a link for a partner; it is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "webhooks/partner-link")]
pub async fn make_partner_link(id: WebhookId, label: String, hours: i64) -> Result<(), UiError> {
    use crate::webhooks::outbound::portal::{LinkIn, create};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let made = create(&ctx, &caller, id, &LinkIn { label, expires_in_hours: Some(hours) }).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&ctx, &asker.session, "partner_link", &made.url).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/partners?done=made"));
    Ok(())
}

/// Takes a partner's link back.
#[server(prefix = "/fn", endpoint = "webhooks/revoke-partner-link")]
pub async fn revoke_partner_link(id: WebhookId, link: PortalLinkId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::webhooks::outbound::portal::revoke(&ctx, &caller, id, link).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/webhooks/{id}/partners?done=revoked"));
    Ok(())
}

/// Sets how long webhooks' history is kept.
#[server(prefix = "/fn", endpoint = "webhooks/retention")]
pub async fn set_webhook_retention(log_days: String, body_days: String) -> Result<(), UiError> {
    use crate::operations::retention::{Retention, set};
    let (ctx, caller) = super::caller()?;
    let days = |field: &str, text: &str| text.trim().parse().map_err(|_| super::wrong(field));
    let wanted = Retention { log_days: days("logDays", &log_days)?, body_days: days("bodyDays", &body_days)? };
    set(&ctx, &caller, wanted).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings?done=retention");
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
