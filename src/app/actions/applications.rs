//! Changes to applications and candidates: what the forms of their pages post.

use leptos::prelude::*;

use crate::domain::id::{ApplicationId, CandidateId, StageId};
use crate::domain::ui_error::UiError;

/// Moves an application to another stage.
#[server(prefix = "/fn", endpoint = "applications/move")]
pub async fn move_stage(id: ApplicationId, stage: StageId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let written = crate::records::writes::move_to(&ctx, &caller, id, stage).await.map_err(super::failed)?;
    super::back(done(&written, "moved"));
    Ok(())
}

/// Turns an application down.
#[server(prefix = "/fn", endpoint = "applications/reject")]
pub async fn reject(
    id: ApplicationId,
    #[server(default)] reason: Option<String>,
    #[server(default)] note: Option<String>,
) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let written = crate::records::writes::reject(&ctx, &caller, id, reason, note).await.map_err(super::failed)?;
    to_candidate(&ctx, &caller, id, done(&written, "rejected")).await
}

/// Hires the person who applied.
#[server(prefix = "/fn", endpoint = "applications/hire")]
pub async fn hire(id: ApplicationId, #[server(default)] start_on: Option<String>) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let start_on = match start_on.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Some(text.parse().map_err(|_| super::wrong("startOn"))?),
        None => None,
    };
    let written = crate::records::writes::hire(&ctx, &caller, id, start_on).await.map_err(super::failed)?;
    to_candidate(&ctx, &caller, id, done(&written, "hired")).await
}

/// Writes a note on a candidate.
#[server(prefix = "/fn", endpoint = "candidates/note")]
pub async fn add_note(id: CandidateId, body: String, #[server(default)] visibility: Option<String>) -> Result<(), UiError> {
    use crate::providers::Visibility;
    let (ctx, caller) = super::caller()?;
    let visibility = match visibility.as_deref() {
        Some("public") => Some(Visibility::Public),
        Some("admin_only") => Some(Visibility::AdminOnly),
        _ => None,
    };
    let written = crate::records::writes::note(&ctx, &caller, id, &body, visibility).await.map_err(super::failed)?;
    super::back(done(&written, "noted"));
    Ok(())
}

/// The word for the next page: done already, or still on its way to the connected system.
#[cfg(feature = "ssr")]
const fn done<T>(written: &crate::records::writes::Written<T>, word: &'static str) -> &'static str {
    match written {
        crate::records::writes::Written::Done(_) => word,
        crate::records::writes::Written::OnItsWay(_) => "sent",
    }
}

#[cfg(feature = "ssr")]
async fn to_candidate(ctx: &crate::context::Context, caller: &crate::caller::Caller, id: ApplicationId, done: &str) -> Result<(), UiError> {
    let row = crate::records::applications::get(ctx, caller, id).await.map_err(super::failed)?.row;
    leptos_axum::redirect(&format!("/candidates/{}?done={done}#application-{id}", row.candidate_id));
    Ok(())
}
