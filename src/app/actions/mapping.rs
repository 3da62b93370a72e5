//! Changes of the mapping page: saving, restoring a version, and trying lines while they are typed.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::domain::mapping_form::{Line, Tried};
use crate::domain::ui_error::UiError;

/// Saves the lines as the whole mapping. What is not valid comes back on the page with everything that was typed.
///
/// # Errors
/// What keeps it from being saved and is not for the page to show beside a line.
#[server(prefix = "/fn", endpoint = "mapping/save")]
pub async fn save_mapping(
    /// The connection's id.
    integration: String,
    /// The kind of record.
    object: String,
    /// Which way it shall apply.
    direction: String,
    /// Which way it applied when the lines were written.
    oriented: String,
    /// The version the lines build on.
    base: i64,
    /// Why, for the list of versions.
    #[server(default)]
    note: String,
    /// The lines.
    #[server(default)]
    lines: Vec<Line>,
) -> Result<(), UiError> {
    use crate::domain::error::ErrorCode;
    use crate::domain::mapping::Direction;
    use crate::mapping::{self, Save, form};

    let (ctx, caller) = super::caller()?;
    let which = server::which(&integration)?;
    let kind = mapping::kind(Some(&object)).map_err(super::failed)?;
    let direction: Direction = direction.parse().map_err(|_| UiError::new(ErrorCode::Invalid))?;
    let mut draft = form::Draft { direction, base, lines, sample: 0, take: None };
    draft.turn(oriented.parse().unwrap_or(direction));
    let page = format!("/integrations/{integration}/mapping?object={}", kind.as_str());
    let (rules, _, errors) = form::rules(&draft.lines);
    if !errors.is_empty() {
        leptos_axum::redirect(&format!("{page}&refused=invalid&{}", draft.query()));
        return Ok(());
    }
    let save = Save { rules, direction: Some(direction), replace: true, base_version: Some(base), note: Some(note), ..Save::default() };
    match mapping::save(&ctx, &caller, &which, kind, save).await {
        Ok(saved) => leptos_axum::redirect(&format!("{page}&saved={}", saved.version)),
        // The page finds the same problems again and shows each beside its line.
        Err(fault) if matches!(fault.code, ErrorCode::Invalid | ErrorCode::Conflict | ErrorCode::ProviderUnavailable) => {
            leptos_axum::redirect(&format!("{page}&refused={}&{}", fault.code.as_str(), draft.query()));
        }
        Err(fault) => return Err(super::failed(fault)),
    }
    Ok(())
}

/// Makes an old version the newest one.
///
/// # Errors
/// Whatever keeps it from being restored.
#[server(prefix = "/fn", endpoint = "mapping/restore")]
pub async fn restore_mapping(
    /// The connection's id.
    integration: String,
    /// The kind of record.
    object: String,
    /// Which version.
    version: i64,
) -> Result<(), UiError> {
    use crate::mapping::{self, versions};

    let (ctx, caller) = super::caller()?;
    let which = server::which(&integration)?;
    let kind = mapping::kind(Some(&object)).map_err(super::failed)?;
    let restored = versions::restore(&ctx, &caller, &which, kind, version).await.map_err(super::failed)?;
    let page = format!("/integrations/{integration}/mapping?object={}", kind.as_str());
    leptos_axum::redirect(&format!("{page}&restored={version}&saved={}", restored.version));
    Ok(())
}

/// Tries lines on one real record. Nothing is saved.
///
/// # Errors
/// Whatever keeps it from being tried.
#[server(prefix = "/fn", endpoint = "mapping/try", input = Json)]
pub async fn try_mapping(
    /// The connection's id.
    integration: String,
    /// The kind of record.
    object: String,
    /// Which way.
    direction: String,
    /// The lines.
    lines: Vec<Line>,
    /// Which sample record, from 0.
    sample: usize,
) -> Result<Tried, UiError> {
    use crate::domain::error::ErrorCode;
    use crate::mapping::{self, editor};

    let (ctx, caller) = super::caller()?;
    let which = server::which(&integration)?;
    let kind = mapping::kind(Some(&object)).map_err(super::failed)?;
    let direction = direction.parse().map_err(|_| UiError::new(ErrorCode::Invalid))?;
    editor::try_lines(&ctx, &caller, &which, kind, direction, &lines, sample).await.map_err(super::failed)
}

#[cfg(feature = "ssr")]
mod server {
    use crate::domain::error::ErrorCode;
    use crate::domain::ui_error::UiError;
    use crate::mapping::Which;

    /// The connection with this id.
    pub(super) fn which(integration: &str) -> Result<Which, UiError> {
        integration.parse().map(Which::Integration).map_err(|_| UiError::new(ErrorCode::NotFound))
    }
}
