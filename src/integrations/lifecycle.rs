//! Creating, changing, testing and disconnecting integrations.

use std::time::Instant;

use chrono::TimeDelta;
use serde_json::Value;

use super::connect::{self, Tested};
use super::{connection, evidence};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::event::EventKind;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::domain::status::{IntegrationStatus, Reason};
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::store::integration::{self, IntegrationRow, IntegrationSettings};
use crate::sync;
use crate::webhooks::inbound;

/// Between a minute and a week.
const SYNC_INTERVAL_S: std::ops::RangeInclusive<i64> = 60..=604_800;

async fn find(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<IntegrationRow> {
    integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))
}

/// Creates an integration that has no credentials yet; it stays `pending` until they work.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown provider; [`ErrorCode::Invalid`] naming the field.
pub async fn create(
    ctx: &Context,
    caller: &Caller,
    provider: &str,
    name: Option<String>,
    auth_type: Option<&str>,
    config: Option<Value>,
) -> Result<IntegrationRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let entry = crate::providers::catalogue::find(provider)
        .ok_or_else(|| Fault::invalid("/provider", "There is no such provider in the catalogue."))?;
    let mut wrong = Vec::new();
    let name = name.map_or_else(|| entry.name.to_owned(), |name| name.trim().to_owned());
    check_name(&name, &mut wrong);
    if let Some(auth_type) = auth_type
        && auth_type != entry.auth_type.as_str()
        && !entry.alternatives.iter().any(|other| other.as_str() == auth_type)
    {
        wrong.push(FieldError { pointer: "/authType".to_owned(), detail: format!("{} connects with {}.", entry.name, entry.auth_type) });
    }
    let config = config.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    check_config(&config, &mut wrong);
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    let mut row = connect::fresh(ctx, caller, ctx.clock.new(), entry, name, config);
    if let Some(auth_type) = auth_type {
        auth_type.clone_into(&mut row.auth_type);
    }
    let mut tx = ctx.store.begin().await?;
    integration::insert_integration(&mut tx, &row).await?;
    activity::record(
        &mut tx,
        &ctx.clock,
        caller,
        activity::Entry::new("integration.create", format!("{} was added", row.name)).integration(row.id, entry.slug),
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

fn check_name(name: &str, wrong: &mut Vec<FieldError>) {
    if name.is_empty() || name.chars().count() > 100 {
        wrong.push(FieldError { pointer: "/name".to_owned(), detail: "A name has 1 to 100 characters.".to_owned() });
    }
}

fn check_config(config: &Value, wrong: &mut Vec<FieldError>) {
    if !config.is_object() {
        wrong.push(FieldError { pointer: "/config".to_owned(), detail: "The settings are an object.".to_owned() });
    } else if config.to_string().len() > 65_536 {
        wrong.push(FieldError { pointer: "/config".to_owned(), detail: "The settings are larger than 64 kB.".to_owned() });
    }
}

/// What to change about an integration. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What people here call it.
    pub name: Option<String>,
    /// Settings that are no secrets; replaces all of them.
    pub config: Option<Value>,
    /// `Some(false)` switches it off, `Some(true)` on again.
    pub enabled: Option<bool>,
    /// Whether it syncs by itself.
    pub sync_enabled: Option<bool>,
    /// How often, in seconds: 60 to 604,800.
    pub sync_interval_s: Option<i64>,
}

/// Changes an integration's settings.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Invalid`] naming the field.
pub async fn update(ctx: &Context, caller: &Caller, id: IntegrationId, changes: Changes) -> Result<IntegrationRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let row = find(ctx, caller, id).await?;
    let mut wrong = Vec::new();
    let name = changes.name.map_or_else(|| row.name.clone(), |name| name.trim().to_owned());
    check_name(&name, &mut wrong);
    let config = changes.config.unwrap_or_else(|| row.config.0.clone());
    check_config(&config, &mut wrong);
    let sync_interval_s = changes.sync_interval_s.unwrap_or(row.sync_interval_s);
    if !SYNC_INTERVAL_S.contains(&sync_interval_s) {
        wrong.push(FieldError {
            pointer: "/syncIntervalSeconds".to_owned(),
            detail: "The interval is between 60 seconds and 604,800 seconds (a week).".to_owned(),
        });
    }
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    let sync_enabled = changes.sync_enabled.unwrap_or(row.sync_enabled);
    let (status, reason) = match changes.enabled {
        Some(false) => {
            let message = "A person switched this connection off. Nothing is read or sent.".to_owned();
            (IntegrationStatus::Inactive, Some(Reason { code: "switched_off".to_owned(), message, action: "enable".to_owned() }))
        }
        Some(true) if row.status == IntegrationStatus::Inactive => {
            let status = if row.connected_at.is_some() { IntegrationStatus::Active } else { IntegrationStatus::Pending };
            (status, None)
        }
        _ => (row.status, row.reason.as_ref().map(|reason| reason.0.clone())),
    };
    let runs = sync_enabled
        && status != IntegrationStatus::Inactive
        && row.connected_at.is_some()
        && connection::provider(ctx, &row.provider).is_ok_and(|provider| provider.as_ats().is_some());
    let now = ctx.clock.now();
    let next_sync_at = runs.then(|| row.last_synced_at.unwrap_or(now) + TimeDelta::seconds(sync_interval_s)).map(|at| at.max(now));
    let settings = IntegrationSettings { name, config, status, reason, sync_enabled, sync_interval_s, next_sync_at };
    let mut tx = ctx.store.begin().await?;
    integration::update_settings(&mut tx, caller.organization, id, &settings, now).await?;
    sync::schedule::reschedule(ctx, &mut tx, caller.organization, id, next_sync_at).await?;
    inbound::channels::look_after(ctx, &mut tx, caller.organization, id).await?;
    let message = match changes.enabled {
        Some(true) => "Switched on",
        Some(false) => "Switched off",
        None => "Settings were changed",
    };
    activity::record(&mut tx, &ctx.clock, caller, activity::Entry::new("integration.update", message).integration(id, &row.provider))
        .await?;
    tx.commit().await?;
    ctx.queue.wake();
    find(ctx, caller, id).await
}

/// Disconnects a tool: stops its sync, takes a person's consent back at the provider, erases the credentials, and hides it. What it brought in stays.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn disconnect(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<IntegrationRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let row = find(ctx, caller, id).await?;
    inbound::channels::close_all(ctx, &row).await?;
    // While this is held nobody renews the token: what is taken back and erased here does not come back.
    let turn = super::tokens::Turn::wait(ctx, id).await?;
    let untold = super::oauth::revoke(ctx, &row).await;
    let result = let_go(ctx, caller, &row, untold).await;
    turn.give_back().await;
    result?;
    ctx.queue.wake();
    Ok(row)
}

async fn let_go(ctx: &Context, caller: &Caller, row: &IntegrationRow, untold: Option<String>) -> Result<()> {
    let id = row.id;
    let mut tx = ctx.store.begin().await?;
    sync::cancel_unfinished(ctx, &mut tx, row).await?;
    connect::forget(ctx, &mut tx, id).await?;
    integration::delete_integration(&mut tx, caller.organization, id, ctx.clock.now()).await?;
    let summary = format!("{} was disconnected", row.name);
    let data = serde_json::json!({ "integrationId": id, "provider": row.provider, "name": row.name });
    let event = NewEvent { integration: Some(id), ..NewEvent::new(EventKind::IntegrationDisconnected, summary.clone(), data) };
    events::record(ctx, &mut tx, &Origin::from(caller), vec![event]).await?;
    let told = untold.map_or_else(|| summary.clone(), |untold| format!("{summary}. {untold}"));
    let entry = activity::Entry::new("integration.disconnect", told).integration(id, &row.provider);
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    Ok(tx.commit().await?)
}

/// The organization's own integration of a provider, for calls that name the provider only.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn by_provider(ctx: &Context, caller: &Caller, provider: &str) -> Result<IntegrationRow> {
    caller.require(Scope::IntegrationsRead)?;
    let entry = connect::entry(provider)?;
    let rows = integration::list_integrations(&ctx.store, caller.organization, Some(entry.slug)).await?;
    rows.into_iter()
        .find(|row| row.owner_kind == "organization")
        .ok_or_else(|| Fault::new(ErrorCode::NotFound, format!("{} is not connected.", entry.name)))
}

/// Tests a stored connection: every permission it needs, for real, now.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::ProviderRejected`] or [`ErrorCode::ProviderUnavailable`] with the provider's reason.
pub async fn test(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<Tested> {
    caller.require(Scope::IntegrationsRead)?;
    let row = find(ctx, caller, id).await?;
    let (provider, cx) = connection::open(ctx, &row).await?;
    let started = Instant::now();
    let outcome = provider.verify(&cx).await;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let mut tx = ctx.store.begin().await?;
    evidence::note(ctx, &mut tx, &row, &cx, outcome.as_ref().map(|_| ()), true).await?;
    let entry = match &outcome {
        Ok(verified) if verified.is_usable() => activity::Entry::new("integration.test", "Every permission is there"),
        Ok(_) => activity::Entry::new("integration.test", "Permissions are missing").failed(),
        Err(error) => activity::Entry::new("integration.test", error.sentence(cx.entry.name)).failed(),
    };
    activity::record(&mut tx, &ctx.clock, caller, entry.integration(id, &row.provider).took_ms(duration_ms)).await?;
    // What a person consented to is what the token says; a test does not change it.
    let by_consent = row.auth_type == AuthType::Oauth2.as_str();
    if let Ok(verified) = &outcome
        && !by_consent
    {
        let (granted, missing) = connect::permissions(verified);
        integration::update_scopes(&mut tx, id, &granted, &missing).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    match outcome {
        Ok(verified) => {
            let mut permissions = verified.permissions;
            if by_consent {
                let granted = super::oauth::permissions(cx.entry, &super::oauth::features(&row, cx.entry), &row.granted_scopes.0);
                permissions
                    .extend(granted.into_iter().filter(|one| !permissions.iter().any(|tried| tried.key == one.key)).collect::<Vec<_>>());
            }
            Ok(Tested { account: verified.account, permissions })
        }
        Err(error) => {
            let code = if error.is_retryable() { ErrorCode::ProviderUnavailable } else { ErrorCode::ProviderRejected };
            let mut fault = Fault::new(code, error.sentence(cx.entry.name));
            fault.retry_after = error.retry_after();
            Err(fault)
        }
    }
}
