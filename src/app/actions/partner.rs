//! What a partner's page posts. The token of the link is all the proof there is: each function opens it anew and acts on its one subscription.

use leptos::prelude::*;

use crate::domain::id::DeliveryId;
use crate::domain::ui_error::UiError;

#[cfg(feature = "ssr")]
async fn enter(token: &str) -> Result<crate::webhooks::outbound::portal::Partner, UiError> {
    let asker = super::asker()?;
    let (trace, address) = (asker.visitor.trace, asker.visitor.address);
    crate::webhooks::outbound::portal::enter(&asker.ctx, token, trace, address).await.map_err(super::failed)
}

#[cfg(feature = "ssr")]
fn back(token: &str, rest: &str) {
    // A token that was just opened holds letters, digits, - and _ only.
    leptos_axum::redirect(&format!("/partner/{token}{rest}"));
}

/// Sends a test event.
#[server(prefix = "/fn", endpoint = "partner/test")]
pub async fn partner_test(token: String) -> Result<(), UiError> {
    let partner = enter(&token).await?;
    let tested = partner.test(std::time::Duration::from_secs(10)).await.map_err(super::failed)?;
    let attempt = tested.attempt.map(|attempt| format!("&attempt={}#attempt", attempt.id)).unwrap_or_default();
    back(&token, &format!("?done=tested{attempt}"));
    Ok(())
}

/// Sends a delivery again.
#[server(prefix = "/fn", endpoint = "partner/replay")]
pub async fn partner_replay(token: String, delivery: DeliveryId) -> Result<(), UiError> {
    enter(&token).await?.replay(delivery).await.map_err(super::failed)?;
    back(&token, "?done=replayed");
    Ok(())
}

/// Sends again what failed in some days.
#[server(prefix = "/fn", endpoint = "partner/replay-failed")]
pub async fn partner_replay_failed(token: String, days: i64) -> Result<(), UiError> {
    enter(&token).await?.replay_failed(days).await.map_err(super::failed)?;
    back(&token, "?done=replayed");
    Ok(())
}

/// Changes the address.
#[server(prefix = "/fn", endpoint = "partner/address")]
pub async fn partner_address(token: String, url: String) -> Result<(), UiError> {
    enter(&token).await?.set_url(url.trim()).await.map_err(super::failed)?;
    back(&token, "?done=saved");
    Ok(())
}

/// Replaces the secret; the new one is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "partner/rotate")]
pub async fn partner_rotate(token: String, overlap: i64) -> Result<(), UiError> {
    let asker = super::asker()?;
    let rotated = enter(&token).await?.rotate(overlap).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&asker.ctx, &asker.session, "partner_secret", &rotated.secret).await.map_err(super::failed)?;
    back(&token, "?done=rotated");
    Ok(())
}
