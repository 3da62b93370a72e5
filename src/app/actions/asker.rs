//! Who posts a form, signed in or not, with their session.

use std::sync::Arc;

use axum::http::request::Parts;
use leptos::prelude::use_context;
use tower_sessions::Session;

use crate::accounts::Visitor;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::ui_error::UiError;
use crate::fault::Fault;
use crate::identity::Identity;

/// Somebody who posts a form.
pub(super) struct Asker {
    /// What services work with.
    pub ctx: Context,
    /// From where, with what, in which request.
    pub visitor: Visitor,
    /// Their session, perhaps an empty one.
    pub session: Session,
    me: Option<Arc<Identity>>,
}

impl Asker {
    /// The signed-in person.
    pub(super) fn me(&self) -> Result<Arc<Identity>, UiError> {
        self.me.clone().ok_or_else(|| super::failed(Fault::new(ErrorCode::Unauthenticated, "Sign in first.")))
    }
}

/// Who posts the form being handled.
pub(super) fn asker() -> Result<Asker, UiError> {
    let found = use_context::<Context>().zip(use_context::<Parts>()).and_then(|(ctx, parts)| {
        let visitor = parts.extensions.get::<Visitor>().cloned()?;
        let session = parts.extensions.get::<Session>().cloned()?;
        Some(Asker { ctx, visitor, session, me: parts.extensions.get::<Arc<Identity>>().cloned() })
    });
    found.ok_or(UiError::new(ErrorCode::Internal))
}

/// A failure about one field that no service sees.
pub(super) fn wrong(field: &str) -> UiError {
    super::failed(Fault::invalid(format!("/{field}"), "This value cannot be read."))
}

/// Where to go after signing in: a path of ours, or the start.
pub(super) fn local_path(next: &str) -> &str {
    // Two slashes, or a backslash that browsers take for one, would name another host.
    let is_local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) && next.is_ascii();
    if is_local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(local_path("/integrations?x=1"), "/integrations?x=1");
        for foreign in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "/é"]
        {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
