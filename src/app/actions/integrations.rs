//! Changes to integrations: what the forms of their pages post.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::id::{IntegrationId, RunId};
use crate::domain::ui_error::UiError;

/// Connects a provider with what the person entered, then leads to the connection's page.
#[server(prefix = "/fn", endpoint = "integrations/connect")]
pub async fn connect(
    provider: String,
    #[server(default)] credentials: BTreeMap<String, String>,
    #[server(default)] integration: Option<IntegrationId>,
) -> Result<(), UiError> {
    use crate::integrations::connect::{ConnectInput, connect};
    let (ctx, caller) = super::caller()?;
    let credentials = credentials.into_iter().map(|(name, value)| (name, value.into())).collect();
    let input = ConnectInput { provider, credentials, config: None, name: None, integration };
    let (row, _) = connect(&ctx, &caller, input).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{}?done=connected", row.id));
    Ok(())
}

/// Asks for a sync now.
#[server(prefix = "/fn", endpoint = "integrations/sync")]
pub async fn sync_now(id: IntegrationId, #[server(default)] kind: Option<String>) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let kind = kind.as_deref().unwrap_or("incremental").parse().map_err(super::failed)?;
    crate::sync::start(&ctx, &caller, id, kind, None).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{id}"));
    Ok(())
}

/// Stops a run.
#[server(prefix = "/fn", endpoint = "integrations/cancel-run")]
pub async fn cancel_run(id: RunId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let run = crate::sync::cancel(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{}", run.integration_id));
    Ok(())
}

/// Checks a connection now, with one real call.
#[server(prefix = "/fn", endpoint = "integrations/check")]
pub async fn check_now(id: IntegrationId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::integrations::health::check(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{id}?done=checked"));
    Ok(())
}

/// Tests every permission of a connection now.
#[server(prefix = "/fn", endpoint = "integrations/test")]
pub async fn test_now(id: IntegrationId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::integrations::lifecycle::test(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{id}/settings?done=tested"));
    Ok(())
}

/// Changes a connection's settings.
#[server(prefix = "/fn", endpoint = "integrations/settings")]
pub async fn save_settings(
    id: IntegrationId,
    name: String,
    sync_interval_minutes: i64,
    #[server(default)] sync_enabled: Option<String>,
) -> Result<(), UiError> {
    use crate::integrations::lifecycle::{Changes, update};
    let (ctx, caller) = super::caller()?;
    let changes = Changes {
        name: Some(name),
        sync_enabled: Some(sync_enabled.is_some()),
        sync_interval_s: Some(sync_interval_minutes.saturating_mul(60)),
        ..Changes::default()
    };
    update(&ctx, &caller, id, changes).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{id}/settings?done=saved"));
    Ok(())
}

/// Switches a connection on or off.
#[server(prefix = "/fn", endpoint = "integrations/switch")]
pub async fn switch(id: IntegrationId, enabled: bool) -> Result<(), UiError> {
    use crate::integrations::lifecycle::{Changes, update};
    let (ctx, caller) = super::caller()?;
    update(&ctx, &caller, id, Changes { enabled: Some(enabled), ..Changes::default() }).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{id}"));
    Ok(())
}

/// Disconnects a tool.
#[server(prefix = "/fn", endpoint = "integrations/disconnect")]
pub async fn disconnect(id: IntegrationId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::integrations::lifecycle::disconnect(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect("/integrations?done=disconnected");
    Ok(())
}

/// Where a run is, for the live progress.
#[server(prefix = "/fn", endpoint = "integrations/run-progress")]
pub async fn watch_run(id: RunId) -> Result<RunProgress, UiError> {
    let (ctx, caller) = super::caller()?;
    let run = crate::sync::get(&ctx, &caller, id).await.map_err(super::failed)?;
    Ok(RunProgress::from(&run))
}

/// Where a run is, in words and numbers that need no more work in the browser.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunProgress {
    /// Whether it will not change any more.
    pub is_final: bool,
    /// "Reading candidates".
    pub label: String,
    /// "1,204 records on 5 pages, 1,180 new, 24 changed".
    pub detail: String,
    /// Records read.
    pub records: u64,
}
