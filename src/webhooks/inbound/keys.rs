//! What messages are checked with: the keys people entered, the secret of the vendor's app, the secrets of open channels.

use secrecy::{ExposeSecret, SecretString};

use super::{channels, release};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::operations::activity;
use crate::providers::{AppKey, Inbound, Key, Keys, catalogue, schemes};
use crate::store::integration;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 1024;

/// What a message to an integration (or to the address that all share) is checked with.
pub(super) async fn of(ctx: &Context, slug: &str, inbound: &dyn Inbound, integration: Option<IntegrationId>) -> Result<Keys> {
    let mut keys = Keys::default();
    if let Some(id) = integration {
        let entered = connection::webhook_keys(ctx, id, inbound.key_fields()).await?;
        keys.secrets.extend(entered.into_iter().map(|secret| Key { secret, channel: None }));
        keys.secrets.extend(channels::keys(ctx, id).await?);
    }
    // The operator's own Stripe account sends to the address without a connection.
    if let (None, "stripe", Some(stripe)) = (integration, slug, &ctx.config.stripe) {
        keys.secrets.extend(stripe.webhook_secret.clone().map(|secret| Key { secret, channel: None }));
    }
    let entry = catalogue::find(slug);
    if let Some(app) = entry.and_then(|entry| ctx.config.oauth.get(entry.oauth?.family)) {
        let secret = match inbound.app_key() {
            AppKey::None => None,
            AppKey::ClientSecret => Some(&app.client_secret),
            AppKey::SigningSecret => app.signing_secret.as_ref(),
        };
        keys.secrets.extend(secret.map(|secret| Key { secret: secret.clone(), channel: None }));
    }
    keys.secrets.retain(|key| !key.secret.expose_secret().trim().is_empty());
    if let Some(name) = inbound.published_keys()
        && !keys.is_empty()
        && let Some(url) = ctx.config.endpoints.get(slug, name)
    {
        let published = ctx.http.published(url, ctx.clock.now()).await;
        let published = published.map_err(|_| {
            Fault::new(ErrorCode::Unavailable, "The provider's published keys cannot be had at the moment. Send it again later.")
        })?;
        keys.published = Some(published);
    }
    Ok(keys)
}

/// Enters the key of an integration's webhooks. The one before it counts for two days yet; what waited for a key is looked at again.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Invalid`] naming the field; [`ErrorCode::Unsupported`] for a provider without webhooks.
pub async fn set_key(ctx: &Context, caller: &Caller, id: IntegrationId, key: SecretString) -> Result<()> {
    caller.require(Scope::IntegrationsWrite)?;
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    if schemes::of(&row.provider).is_none() {
        return Err(Fault::new(ErrorCode::Unsupported, format!("{} sends no webhooks.", row.name)));
    }
    let trimmed = key.expose_secret().trim();
    if trimmed.is_empty() || trimmed.len() > KEY_BYTES_MAX {
        return Err(Fault::invalid("/key", "A key has 1 to 1,024 characters."));
    }
    let key = SecretString::from(trimmed.to_owned());
    let mut tx = ctx.store.begin().await?;
    connection::set_webhook_key(ctx, &mut tx, &row, key).await?;
    release(ctx, &mut tx, row.organization_id, id).await?;
    let entry = activity::Entry::new("inbound.key", "The key of its webhooks was entered").integration(id, &row.provider);
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(())
}
