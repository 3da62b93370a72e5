//! Dead letters: what the forms of their page post.

use leptos::prelude::*;

use crate::domain::id::DeadLetterId;
use crate::domain::ui_error::UiError;

/// Tries one again.
#[server(prefix = "/fn", endpoint = "dead-letters/retry")]
pub async fn retry_letter(id: DeadLetterId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::operations::dead_letters::retry(&ctx, &caller, id).await.map_err(super::failed)?;
    super::back("retried");
    Ok(())
}

/// Discards one.
#[server(prefix = "/fn", endpoint = "dead-letters/discard")]
pub async fn discard_letter(id: DeadLetterId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::operations::dead_letters::discard(&ctx, &caller, id).await.map_err(super::failed)?;
    super::back("discarded");
    Ok(())
}

/// Tries again what matches.
#[server(prefix = "/fn", endpoint = "dead-letters/retry-all")]
pub async fn retry_letters(
    #[server(default)] source: Option<String>,
    #[server(default)] integration: Option<String>,
    #[server(default)] code: Option<String>,
) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let outcome =
        crate::operations::dead_letters::retry_matching(&ctx, &caller, &filter(source, integration, code)).await.map_err(super::failed)?;
    super::back(if outcome.failed > 0 { "retried-some" } else { "retried-all" });
    Ok(())
}

/// Discards what matches.
#[server(prefix = "/fn", endpoint = "dead-letters/discard-all")]
pub async fn discard_letters(
    #[server(default)] source: Option<String>,
    #[server(default)] integration: Option<String>,
    #[server(default)] code: Option<String>,
) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::operations::dead_letters::discard_matching(&ctx, &caller, &filter(source, integration, code)).await.map_err(super::failed)?;
    super::back("discarded-all");
    Ok(())
}

#[cfg(feature = "ssr")]
fn filter(source: Option<String>, integration: Option<String>, code: Option<String>) -> crate::store::dead_letter::DeadLetterFilter {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    crate::store::dead_letter::DeadLetterFilter {
        source: some(source),
        integration: integration.and_then(|text| text.parse().ok()),
        code: some(code),
        ..Default::default()
    }
}
