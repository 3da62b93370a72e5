//! Opening a stored integration for calls: credentials out of the vault, addresses from the configuration, tokens on demand.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

use super::tokens::{Renewal, StoredTokens};
use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::domain::error::ErrorCode;
use crate::domain::id::{CredentialId, IntegrationId, OrgId};
use crate::fault::{Fault, Result};
use crate::providers::catalogue;
use crate::providers::{Connection, Credentials, Entry, Provider, oauth};
use crate::store::Tx;
use crate::store::credential::{self, CredentialRow};
use crate::store::integration::IntegrationRow;

/// What the person entered.
pub(super) const CREDENTIALS: &str = "credentials";
/// The key of a provider's webhooks, where it was entered by itself.
pub(super) const WEBHOOK_KEY: &str = "webhook_key";
/// The key of a provider's webhooks, among what the person entered.
pub(super) const WEBHOOK_SECRET: &str = "webhook_secret";
/// The key before it: messages on their way when it was replaced carry it.
pub(super) const OLD_WEBHOOK_SECRET: &str = "previous_webhook_secret";
/// Until when it counts.
pub(super) const OLD_WEBHOOK_SECRET_UNTIL: &str = "previous_webhook_secret_until";
/// How long a key counts after it was replaced: providers try again for hours what could not be delivered.
pub(super) const OLD_WEBHOOK_SECRET_FOR: chrono::TimeDelta = chrono::TimeDelta::hours(48);
/// The access token of the moment.
pub(super) const TOKENS: &str = "tokens";

/// The provider's code for an integration.
///
/// # Errors
/// [`ErrorCode::ProviderPlanned`] if this program has none.
pub fn provider(ctx: &Context, slug: &str) -> Result<Arc<dyn Provider>> {
    ctx.providers
        .get(slug)
        .ok_or_else(|| Fault::new(ErrorCode::ProviderPlanned, "This tool is in the catalogue, but this version cannot connect it yet."))
}

/// Opens an integration for calls.
///
/// # Errors
/// [`ErrorCode::ProviderPlanned`]; [`ErrorCode::InvalidCredentials`] if it has none; a broken vault entry as [`ErrorCode::Internal`].
pub async fn open(ctx: &Context, row: &IntegrationRow) -> Result<(Arc<dyn Provider>, Connection)> {
    let provider = provider(ctx, &row.provider)?;
    let credentials = read(ctx, row.id).await?.ok_or_else(|| {
        Fault::new(ErrorCode::InvalidCredentials, format!("{} has no credentials yet. Enter them on its page.", row.name))
    })?;
    let tokens = Arc::new(stored_tokens(ctx, row, &provider, &credentials));
    let connection = build(ctx, provider.entry(), row.id, credentials, row.config.0.clone())?;
    Ok((provider, connection.with_tokens(tokens)))
}

/// The tokens of an integration with these credentials.
pub(super) fn stored_tokens(ctx: &Context, row: &IntegrationRow, provider: &Arc<dyn Provider>, credentials: &Credentials) -> StoredTokens {
    let renewal = if row.auth_type == AuthType::Oauth2.as_str() && provider.as_oauth().is_some() {
        let variant = credentials.get(oauth::VARIANT).map(|variant| variant.expose_secret().to_owned()).unwrap_or_default();
        Renewal::Grant(super::oauth::client(ctx, provider.entry(), &variant).map(Box::new))
    } else {
        Renewal::Credentials
    };
    StoredTokens::new(ctx.clone(), Arc::clone(provider), row.organization_id, row.id, renewal)
}

/// A connection from credentials that are not stored yet.
pub(super) fn build(
    ctx: &Context,
    entry: &'static Entry,
    id: IntegrationId,
    credentials: Credentials,
    config: serde_json::Value,
) -> Result<Connection> {
    let connection = Connection::new(entry, id, credentials, ctx.http.clone(), ctx.clock.clone()).map_err(Fault::internal)?;
    Ok(connection.with_config(config).with_endpoints(endpoints(ctx, entry)))
}

pub(super) fn endpoints(ctx: &Context, entry: &'static Entry) -> Vec<(String, Url)> {
    entry
        .endpoints
        .iter()
        .filter_map(|endpoint| Some((endpoint.name.to_owned(), ctx.config.endpoints.get(entry.slug, endpoint.name)?.clone())))
        .collect()
}

/// The credentials a person entered.
pub(super) async fn read(ctx: &Context, id: IntegrationId) -> Result<Option<Credentials>> {
    read_as(ctx, id, CREDENTIALS).await
}

async fn read_as(ctx: &Context, id: IntegrationId, name: &str) -> Result<Option<Credentials>> {
    let Some(row) = credential::find_credential(&ctx.store, id, name).await? else { return Ok(None) };
    let plain = ctx.open(&row.sealed, &identity(row.id)).await?;
    let map: BTreeMap<String, String> = serde_json::from_slice(plain.expose_secret()).map_err(Fault::internal)?;
    Ok(Some(map.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()))
}

/// The keys that a provider's webhooks are signed with: those that were entered (as one of the named fields, or by themselves), and the
/// one before while a new one takes over.
///
/// # Errors
/// A broken vault entry as [`ErrorCode::Internal`]; the store's.
pub async fn webhook_keys(ctx: &Context, id: IntegrationId, fields: &[&str]) -> Result<Vec<SecretString>> {
    let mut keys = Vec::new();
    for (name, fields) in [(CREDENTIALS, fields), (WEBHOOK_KEY, &[WEBHOOK_SECRET])] {
        let Some(mut credentials) = read_as(ctx, id, name).await? else { continue };
        let until = credentials.get(OLD_WEBHOOK_SECRET_UNTIL).and_then(|until| until.expose_secret().parse::<DateTime<Utc>>().ok());
        if until.is_none_or(|until| until < ctx.clock.now()) {
            credentials.remove(OLD_WEBHOOK_SECRET);
        }
        let found = fields.iter().chain(&[OLD_WEBHOOK_SECRET]).filter_map(|name| credentials.remove(*name));
        keys.extend(found.filter(|key| !key.expose_secret().trim().is_empty()));
    }
    Ok(keys)
}

/// Stores the key of a provider's webhooks. The one before it counts for some time yet.
///
/// # Errors
/// A broken vault entry as [`ErrorCode::Internal`]; the store's.
pub async fn set_webhook_key(ctx: &Context, tx: &mut Tx, row: &IntegrationRow, key: SecretString) -> Result<()> {
    let has_field = catalogue::find(&row.provider).is_some_and(|entry| entry.field(WEBHOOK_SECRET).is_some());
    let connected = if has_field { read(ctx, row.id).await? } else { None };
    let name = if connected.is_some() { CREDENTIALS } else { WEBHOOK_KEY };
    let mut credentials = match connected {
        Some(credentials) => credentials,
        None => read_as(ctx, row.id, WEBHOOK_KEY).await?.unwrap_or_default(),
    };
    let before = credentials.insert(WEBHOOK_SECRET.to_owned(), key.clone());
    if let Some(before) = before.filter(|before| before.expose_secret() != key.expose_secret()) {
        let until = ctx.clock.now() + OLD_WEBHOOK_SECRET_FOR;
        credentials.insert(OLD_WEBHOOK_SECRET.to_owned(), before);
        credentials.insert(OLD_WEBHOOK_SECRET_UNTIL.to_owned(), until.to_rfc3339().into());
    }
    write_as(ctx, tx, row.organization_id, row.id, name, &credentials).await
}

fn channel(id: Uuid) -> String {
    format!("channel:{id}")
}

/// Stores what every message through a channel has to repeat.
///
/// # Errors
/// The vault's and the store's.
pub async fn store_channel_secret(ctx: &Context, tx: &mut Tx, row: &IntegrationRow, id: Uuid, secret: &SecretString) -> Result<()> {
    store(ctx, tx, row.organization_id, row.id, &channel(id), secret.expose_secret().as_bytes(), None).await
}

/// What every message through a channel has to repeat.
///
/// # Errors
/// A broken vault entry as [`ErrorCode::Internal`]; the store's.
pub async fn channel_secret(ctx: &Context, integration: IntegrationId, id: Uuid) -> Result<Option<SecretString>> {
    let Some(row) = credential::find_credential(&ctx.store, integration, &channel(id)).await? else { return Ok(None) };
    let plain = ctx.open(&row.sealed, &identity(row.id)).await?;
    let text = std::str::from_utf8(plain.expose_secret()).map_err(Fault::internal)?;
    Ok(Some(SecretString::from(text.to_owned())))
}

/// Erases the secret of a channel that ended.
///
/// # Errors
/// The store's.
pub async fn forget_channel_secret(tx: &mut Tx, integration: IntegrationId, id: Uuid) -> Result<()> {
    credential::delete_credential(tx, integration, &channel(id)).await?;
    Ok(())
}

/// Seals and stores what a person entered.
pub(super) async fn write(ctx: &Context, tx: &mut Tx, organization: OrgId, id: IntegrationId, credentials: &Credentials) -> Result<()> {
    write_as(ctx, tx, organization, id, CREDENTIALS, credentials).await
}

async fn write_as(ctx: &Context, tx: &mut Tx, organization: OrgId, id: IntegrationId, name: &str, credentials: &Credentials) -> Result<()> {
    let map: BTreeMap<&str, &str> = credentials.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&map).map_err(Fault::internal)?);
    store(ctx, tx, organization, id, name, &plain, None).await
}

/// Seals and stores a secret of an integration under a name.
pub(super) async fn store(
    ctx: &Context,
    tx: &mut Tx,
    organization: OrgId,
    integration: IntegrationId,
    name: &str,
    plain: &[u8],
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let id: CredentialId = ctx.clock.new();
    let sealed = ctx.vault.seal(plain, &identity(id))?;
    let now = ctx.clock.now();
    let row = CredentialRow {
        id,
        organization_id: organization,
        integration_id: integration,
        name: name.to_owned(),
        key_id: sealed.key_id,
        sealed: sealed.bytes,
        version: 1,
        expires_at,
        created_at: now,
        updated_at: now,
    };
    credential::upsert_credential(tx, &row).await?;
    Ok(())
}

/// What a sealed credential is bound to.
pub fn identity(id: CredentialId) -> String {
    format!("credentials/{id}")
}
