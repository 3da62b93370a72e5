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
