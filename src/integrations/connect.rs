//! Connecting a tool with credentials a person enters: looked at, tried for real, and only then stored.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use super::connection::{self, provider};
use super::health;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::event::EventKind;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::providers::catalogue::{self, Entry};
use crate::providers::schemes;
use crate::providers::{ClientCredentials, Credentials, Error, Permission, Provider, Verified};
use crate::store::integration::{self, IntegrationRow, TokenTimes};
use crate::store::{Json, Tx, notification};
use crate::sync;
use crate::webhooks::inbound;

/// How often a new connection syncs by itself, in seconds.
pub const DEFAULT_SYNC_INTERVAL_S: i64 = 15 * 60;

/// What a test of credentials found.
#[derive(Debug, Clone, Serialize)]
pub struct Tested {
    /// Who we are over there.
    pub account: Option<String>,
    /// Each permission that was tried.
    pub permissions: Vec<Permission>,
}

/// What to connect.
#[derive(Debug)]
pub struct ConnectInput {
    /// The provider's slug, in any spelling the catalogue knows.
    pub provider: String,
    /// What the person entered, by field name.
    pub credentials: BTreeMap<String, SecretString>,
    /// Settings that are no secrets.
    pub config: Option<Value>,
    /// What people here call it; the provider's name otherwise.
    pub name: Option<String>,
    /// Which existing integration these credentials are for; the provider's own if there is one, otherwise a new one.
    pub integration: Option<IntegrationId>,
}

/// The catalogue's entry for a slug.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub fn entry(slug: &str) -> Result<&'static Entry> {
    catalogue::find(slug).ok_or_else(|| Fault::not_found("provider"))
}

/// Connects a tool, or reconnects it with new credentials: checks the fields, tries them at the provider, seals and stores them,
/// switches the connection on and begins to read. Nothing is stored when the provider refuses.
///
/// # Errors
/// [`ErrorCode::Invalid`] naming the field; [`ErrorCode::InvalidCredentials`] with the provider's reason; [`ErrorCode::ProviderUnavailable`].
pub async fn connect(ctx: &Context, caller: &Caller, input: ConnectInput) -> Result<(IntegrationRow, Tested)> {
    caller.require(Scope::IntegrationsWrite)?;
    let entry = entry(&input.provider)?;
    let provider = provider(ctx, entry.slug)?;
    let existing = existing(ctx, caller, entry, input.integration).await?;
    let mut credentials = input.credentials;
    check_fields(entry, &mut credentials)?;
    if let Err(error) = provider.recognise(&credentials) {
        return Err(refused(entry, &error, None));
    }
    let config =
        input.config.or_else(|| existing.as_ref().map(|row| row.config.0.clone())).unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let id = existing.as_ref().map_or_else(|| ctx.clock.new(), |row| row.id);

    let started = Instant::now();
    let verified = try_out(ctx, &provider, id, credentials.clone(), config.clone()).await;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let verified = match verified {
        Ok(verified) if verified.is_usable() => verified,
        outcome => {
            let (fault, message) = match outcome {
                Ok(verified) => {
                    (missing_permissions(entry, &verified), "The provider accepts the credentials, but permissions are missing.".to_owned())
                }
                Err(error) => (refused(entry, &error, error.retry_after()), error.sentence(entry.name)),
            };
            let mut tx = ctx.store.begin().await?;
            let mut note = activity::Entry::new("integration.connect", &message).failed().took_ms(duration_ms);
            note.integration_id = existing.as_ref().map(|row| row.id);
            note.provider = Some(entry.slug.to_owned());
            activity::record(&mut tx, &ctx.clock, caller, note).await?;
            tx.commit().await?;
            return Err(fault);
        }
    };

    keep_webhook_keys(ctx, entry, id, &mut credentials).await?;
    let mut tx = ctx.store.begin().await?;
    let is_new = existing.is_none();
    if is_new {
        let name = input.name.map_or_else(|| entry.name.to_owned(), |name| name.trim().to_owned());
        integration::insert_integration(&mut tx, &fresh(ctx, caller, id, entry, name, config.clone())).await?;
    }
    integration::update_auth(&mut tx, id, entered_type(entry).as_str(), &config).await?;
    integration::update_token_times(&mut tx, id, &TokenTimes::default()).await?;
    connection::write(ctx, &mut tx, caller.organization, id, &credentials).await?;
    if credentials.contains_key(connection::WEBHOOK_SECRET) {
        // It takes the place of one that was entered before there were credentials.
        crate::store::credential::delete_credential(&mut tx, id, connection::WEBHOOK_KEY).await?;
    }
    if schemes::of(entry.slug).is_some_and(|scheme| scheme.key_fields().iter().any(|field| credentials.contains_key(*field))) {
        inbound::release(ctx, &mut tx, caller.organization, id).await?;
    }
    crate::store::credential::delete_credential(&mut tx, id, connection::TOKENS).await?;
    let (granted, missing) = permissions(&verified);
    let activation = Activation { entry, id, is_new, account: verified.account.as_deref(), granted, missing, duration_ms };
    activate(ctx, &mut tx, caller, &provider, activation).await?;
    tx.commit().await?;
    ctx.queue.wake();
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    Ok((row, Tested { account: verified.account, permissions: verified.permissions }))
}

/// How a connection proves itself whose credentials were entered here.
fn entered_type(entry: &Entry) -> AuthType {
    let all = std::iter::once(&entry.auth_type).chain(entry.alternatives);
    all.copied().find(|kind| *kind != AuthType::Oauth2).unwrap_or(entry.auth_type)
}

/// A connection whose credentials were accepted.
pub(super) struct Activation<'a> {
    pub entry: &'static Entry,
    pub id: IntegrationId,
    pub is_new: bool,
    pub account: Option<&'a str>,
    pub granted: Vec<String>,
    pub missing: Vec<String>,
    pub duration_ms: i64,
}

/// Switches a connection on: status, checks, first sync, and word of it.
pub(super) async fn activate(
    ctx: &Context,
    tx: &mut Tx,
    caller: &Caller,
    provider: &Arc<dyn Provider>,
    activation: Activation<'_>,
) -> Result<()> {
    let Activation { entry, id, is_new, account, granted, missing, duration_ms } = activation;
    let now = ctx.clock.now();
    let syncs = provider.as_ats().is_some();
    let next_sync = syncs.then(|| now + chrono::TimeDelta::seconds(DEFAULT_SYNC_INTERVAL_S));
    integration::update_connected(tx, id, account, &granted, &missing, next_sync, now).await?;
    notification::delete_notification(tx, caller.organization, &format!("integration.error:{id}")).await?;
    health::schedule(ctx, tx, caller.organization, id).await?;
    let summary = if is_new { format!("{} was connected", entry.name) } else { format!("{} was connected again", entry.name) };
    let data = serde_json::json!({ "integrationId": id, "provider": entry.slug, "name": entry.name, "account": account });
    let event = NewEvent { integration: Some(id), ..NewEvent::new(EventKind::IntegrationConnected, summary.clone(), data) };
    events::record(ctx, tx, &Origin::from(caller), vec![event]).await?;
    let entry = activity::Entry::new("integration.connect", &summary).integration(id, entry.slug).took_ms(duration_ms);
    activity::record(tx, &ctx.clock, caller, entry).await?;
    inbound::channels::look_after(ctx, tx, caller.organization, id).await?;
    if syncs {
        sync::schedule::start_with(ctx, tx, caller, id, next_sync).await?;
    }
    Ok(())
}

/// Tries credentials at the provider and stores nothing.
///
/// # Errors
/// As [`connect`].
pub async fn test_credentials(
    ctx: &Context,
    caller: &Caller,
    slug: &str,
    mut credentials: BTreeMap<String, SecretString>,
    config: Option<Value>,
) -> Result<Tested> {
    caller.require(Scope::IntegrationsWrite)?;
    let entry = entry(slug)?;
    let provider = provider(ctx, entry.slug)?;
    check_fields(entry, &mut credentials)?;
    provider.recognise(&credentials).map_err(|error| refused(entry, &error, None))?;
    let verified = try_out(ctx, &provider, ctx.clock.new(), credentials, config.unwrap_or_default())
        .await
        .map_err(|error| refused(entry, &error, error.retry_after()))?;
    Ok(Tested { account: verified.account, permissions: verified.permissions })
}

pub(super) async fn existing(ctx: &Context, caller: &Caller, entry: &Entry, id: Option<IntegrationId>) -> Result<Option<IntegrationRow>> {
    if let Some(id) = id {
        let row = integration::find_integration(&ctx.store, caller.organization, id).await?.filter(|row| row.provider == entry.slug);
        return row.map(Some).ok_or_else(|| Fault::not_found("integration"));
    }
    Ok(integration::list_integrations(&ctx.store, caller.organization, Some(entry.slug))
        .await?
        .into_iter()
        .find(|row| row.owner_kind == "organization"))
}

/// Names every field that is missing or unknown; trims what was pasted with white space around it.
fn check_fields(entry: &Entry, credentials: &mut Credentials) -> Result<()> {
    let mut wrong = Vec::new();
    let mut problem = |name: &str, detail: String| wrong.push(FieldError { pointer: format!("/credentials/{name}"), detail });
    for (name, value) in credentials.iter_mut() {
        let trimmed = value.expose_secret().trim();
        if trimmed.len() > 8192 {
            problem(name, "This is longer than any credential.".to_owned());
        } else if trimmed.len() != value.expose_secret().len() {
            *value = SecretString::from(trimmed.to_owned());
        }
    }
    credentials.retain(|_, value| !value.expose_secret().is_empty());
    for field in entry.fields.iter().filter(|field| field.required) {
        // An old kind of key in place of the new fields is recognised by the provider, which can say what to create instead.
        if !credentials.contains_key(field.name) && !credentials.contains_key("api_key") {
            problem(field.name, format!("{} is missing.", field.label));
        }
    }
    for name in credentials.keys() {
        if !entry.fields.iter().any(|field| field.name == name) && name != "api_key" {
            let known: Vec<&str> = entry.fields.iter().map(|field| field.name).collect();
            problem(name, format!("{} has no such field. Its fields are {}.", entry.name, known.join(", ")));
        }
    }
    match Fault::invalid_fields(wrong) {
        Some(fault) => Err(fault),
        None => Ok(()),
    }
}

/// Reconnecting without a webhook key keeps the one there is; a new one takes over while the one before it still counts.
async fn keep_webhook_keys(ctx: &Context, entry: &Entry, id: IntegrationId, credentials: &mut Credentials) -> Result<()> {
    if !entry.fields.iter().any(|field| field.name == connection::WEBHOOK_SECRET) {
        return Ok(());
    }
    let Some(mut before) = connection::read(ctx, id).await? else { return Ok(()) };
    let Some(key) = before.remove(connection::WEBHOOK_SECRET) else { return Ok(()) };
    match credentials.get(connection::WEBHOOK_SECRET) {
        Some(new) if new.expose_secret() != key.expose_secret() => {
            let until = ctx.clock.now() + connection::OLD_WEBHOOK_SECRET_FOR;
            credentials.insert(connection::OLD_WEBHOOK_SECRET.to_owned(), key);
            credentials.insert(connection::OLD_WEBHOOK_SECRET_UNTIL.to_owned(), until.to_rfc3339().into());
        }
        _ => {
            credentials.insert(connection::WEBHOOK_SECRET.to_owned(), key);
            for name in [connection::OLD_WEBHOOK_SECRET, connection::OLD_WEBHOOK_SECRET_UNTIL] {
                credentials.extend(before.remove(name).map(|value| (name.to_owned(), value)));
            }
        }
    }
    Ok(())
}

async fn try_out(
    ctx: &Context,
    provider: &Arc<dyn Provider>,
    id: IntegrationId,
    credentials: Credentials,
    config: Value,
) -> Result<Verified, Error> {
    let connection = connection::build(ctx, provider.entry(), id, credentials, config)
        .map_err(|fault| Error::Invalid { field: None, message: fault.detail })?;
    let connection = connection.with_tokens(Arc::new(ClientCredentials::new(Arc::clone(provider))));
    provider.verify(&connection).await
}

fn refused(entry: &Entry, error: &Error, retry_after: Option<std::time::Duration>) -> Fault {
    let code = match error {
        Error::Unavailable { .. } | Error::RateLimited { .. } | Error::Protocol { .. } | Error::Unknown { .. } | Error::CursorExpired => {
            ErrorCode::ProviderUnavailable
        }
        _ => ErrorCode::InvalidCredentials,
    };
    let mut fault = Fault::new(code, error.sentence(entry.name));
    if let Error::Invalid { field: Some(field), message } = error {
        fault.fields.push(FieldError { pointer: format!("/credentials/{field}"), detail: message.clone() });
    }
    fault.retry_after = retry_after;
    fault
}

fn missing_permissions(entry: &Entry, verified: &Verified) -> Fault {
    let missing: Vec<&Permission> = verified.permissions.iter().filter(|permission| !permission.ok && permission.required).collect();
    let names: Vec<&str> = missing.iter().map(|permission| permission.key.as_str()).collect();
    let mut fault = Fault::new(
        ErrorCode::InvalidCredentials,
        format!("{} accepts the credentials, but these permissions are missing: {}.", entry.name, names.join(", ")),
    );
    fault.fields = missing
        .iter()
        .map(|permission| FieldError {
            pointer: format!("/permissions/{}", permission.key),
            detail: permission.message.clone().unwrap_or_else(|| format!("The permission {} is missing.", permission.key)),
        })
        .collect();
    fault
}

pub(super) fn permissions(verified: &Verified) -> (Vec<String>, Vec<String>) {
    let (granted, missing): (Vec<&Permission>, Vec<&Permission>) = verified.permissions.iter().partition(|permission| permission.ok);
    let keys = |list: Vec<&Permission>| list.into_iter().map(|permission| permission.key.clone()).collect();
    (keys(granted), keys(missing))
}

/// A row for a new integration, without credentials yet.
pub(super) fn fresh(ctx: &Context, caller: &Caller, id: IntegrationId, entry: &Entry, name: String, config: Value) -> IntegrationRow {
    let now = ctx.clock.now();
    IntegrationRow {
        id,
        organization_id: caller.organization,
        owner_kind: "organization".to_owned(),
        owner_id: None,
        provider: entry.slug.to_owned(),
        name,
        auth_type: entry.auth_type.as_str().to_owned(),
        status: IntegrationStatus::Pending,
        reason: None,
        account: None,
        config: Json(config),
        granted_scopes: Json(Vec::new()),
        missing_scopes: Json(Vec::new()),
        sync_enabled: true,
        sync_interval_s: DEFAULT_SYNC_INTERVAL_S,
        next_sync_at: None,
        last_synced_at: None,
        connected_at: None,
        last_used_at: None,
        last_success_at: None,
        last_error: None,
        last_error_at: None,
        health_status: "unknown".to_owned(),
        last_health_check_at: None,
        failures_in_a_row: 0,
        token_expires_at: None,
        refresh_at: None,
        reconnect_by: None,
        quota: None,
        throttled_until: None,
        created_at: now,
        updated_at: now,
    }
}

/// Erases what is left of a connection when it is let go of.
pub(super) async fn forget(ctx: &Context, tx: &mut Tx, id: IntegrationId) -> Result<()> {
    inbound::channels::forget(tx, id).await?;
    crate::store::credential::delete_credentials(tx, id).await?;
    health::unschedule(tx, id).await?;
    sync::schedule::stop(tx, id).await?;
    ctx.http.forget(id);
    Ok(())
}
