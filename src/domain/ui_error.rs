//! What a server function may say to the browser when it fails.
//!
//! A failure without JavaScript travels through the page's address, so anyone can forge one: codes and field names only, never free text.

use leptos::server_fn::{codec::JsonEncoding, error::FromServerFnError, error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::error::ErrorCode;

/// A failure as a page can show it: a code from the closed set and the names of the fields it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiError {
    /// Which failure.
    pub code: ErrorCode,
    /// Names of the wrong fields (identifiers only: letters, digits, `_`, `.`, `/`).
    #[serde(default)]
    pub fields: Vec<String>,
}

impl UiError {
    /// A failure about nothing in particular.
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, fields: Vec::new() }
    }

    /// Whether the failure is about this field.
    pub fn is_about(&self, field: &str) -> bool {
        self.fields.iter().any(|name| name.trim_start_matches('/') == field)
    }
}

impl std::fmt::Display for UiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.title())
    }
}

impl std::error::Error for UiError {}

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::new(match error {
            ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Args(_) | ServerFnErrorErr::Deserialization(_) => ErrorCode::Invalid,
            ServerFnErrorErr::Request(_) => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        })
    }
}
