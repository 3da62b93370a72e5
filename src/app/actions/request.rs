//! What every server function begins and ends with.

use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::ui_error::UiError;
use crate::fault::Fault;

/// The services' context and who calls.
pub(super) fn caller() -> Result<(Context, Caller), UiError> {
    let ctx = use_context::<Context>().ok_or(UiError::new(ErrorCode::Internal))?;
    let caller = use_context::<Caller>().ok_or_else(|| {
        set_status(ErrorCode::Unauthenticated);
        UiError::new(ErrorCode::Unauthenticated)
    })?;
    Ok((ctx, caller))
}

/// A service's failure as the browser may see it.
pub(super) fn failed(fault: Fault) -> UiError {
    fault.log();
    set_status(fault.code);
    UiError::from(&fault)
}

/// The answer's status; not for a form posted by the browser itself, which must stay a redirect back to the page.
fn set_status(code: ErrorCode) {
    let accept = use_context::<axum::http::request::Parts>().and_then(|parts| parts.headers.get(axum::http::header::ACCEPT).cloned());
    if accept.as_ref().and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html")) {
        return;
    }
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), axum::http::StatusCode::from_u16(code.status())) {
        response.set_status(status);
    }
}

/// Leads back to the page the form stood on, with a word for what was done. Nothing of another site is followed: only the path
/// and the query of the Referer are.
pub(super) fn back(done: &str) {
    let parts = use_context::<axum::http::request::Parts>();
    let referer = parts.and_then(|parts| parts.headers.get(axum::http::header::REFERER)?.to_str().ok().map(str::to_owned));
    leptos_axum::redirect(&back_to(referer.as_deref(), done));
}

fn back_to(referer: Option<&str>, done: &str) -> String {
    let Some(from) = referer.and_then(|text| url::Url::parse(text).ok()) else { return "/".to_owned() };
    // Browsers take two slashes at the start for another host.
    let path = format!("/{}", from.path().trim_start_matches('/'));
    let kept = from.query_pairs().filter(|(name, _)| !matches!(name.as_ref(), "done" | "__path" | "__err"));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("done", done).finish();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::back_to;

    #[test]
    fn back_is_always_here() {
        for (referer, expected) in [
            (Some("https://hire.example/applications?job=1&done=old&__err=x"), "/applications?job=1&done=moved"),
            (Some("https://hire.example/candidates/1"), "/candidates/1?done=moved"),
            (Some("https://hire.example//evil.example/a"), "/evil.example/a?done=moved"),
            (Some("not an address"), "/"),
            (None, "/"),
        ] {
            assert_eq!(back_to(referer, "moved"), expected);
        }
    }
}
