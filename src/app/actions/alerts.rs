//! Alerts: what the forms of their page post.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::ui_error::UiError;

/// Marks one alert read.
#[server(prefix = "/fn", endpoint = "alerts/read")]
pub async fn read_alert(id: Uuid) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::notifications::mark_read(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect("/alerts");
    Ok(())
}

/// Marks every alert read.
#[server(prefix = "/fn", endpoint = "alerts/read-all")]
pub async fn read_all_alerts() -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::notifications::mark_all_read(&ctx, &caller).await.map_err(super::failed)?;
    leptos_axum::redirect("/alerts");
    Ok(())
}
