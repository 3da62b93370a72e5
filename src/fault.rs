//! The failure of a service, on its way to a problem body, a page or a task's retry.

use std::time::Duration;

use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::role::Scope;
use crate::domain::ui_error::UiError;
use crate::{store, vault};

/// A failure of a service: a stable code, a sentence for people, the fields it is about.
#[derive(Debug)]
pub struct Fault {
    /// Which failure.
    pub code: ErrorCode,
    /// What happened, why and what to do, as a plain sentence. Never a secret, a token or SQL.
    pub detail: String,
    /// Wrong fields of the input.
    pub fields: Vec<FieldError>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
    /// For the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Result of a service.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A failure with a code and a sentence.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), retry_after: None, source: None }
    }

    /// One wrong field. `pointer` is a JSON pointer (`/email`).
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut fault = Self::new(ErrorCode::Invalid, detail.clone());
        fault.fields.push(FieldError { pointer: pointer.into(), detail });
        fault
    }

    /// Several wrong fields; `None` if there are none.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Option<Self> {
        let first = fields.first()?;
        let detail = if fields.len() == 1 { first.detail.clone() } else { format!("{} values are not valid.", fields.len()) };
        Some(Self { fields, ..Self::new(ErrorCode::Invalid, detail) })
    }

    /// The thing does not exist, or belongs to another organization.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
    }

    /// The caller lacks a right.
    pub fn forbidden(scope: Scope) -> Self {
        Self::new(ErrorCode::Forbidden, format!("This needs the right {scope}."))
    }

    /// The state does not allow it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, detail)
    }

    /// A bug or a broken installation.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorCode::Internal, "Something went wrong on our side.").because(source)
    }

    /// The same failure with what caused it, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same failure with a time to wait.
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Writes the cause to the log, if the failure is ours. Call it once, where the failure is handled.
    pub fn log(&self) {
        if matches!(self.code, ErrorCode::Internal | ErrorCode::Unavailable) {
            let source = self.source.as_ref().map(|source| chain(source.as_ref()));
            tracing::error!(code = self.code.as_str(), source, "{}", self.detail);
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        let fault = match &error {
            store::Error::Conflict(_) => Self::conflict("This exists already."),
            store::Error::Unavailable(_) => {
                Self::new(ErrorCode::Unavailable, "The database does not answer at the moment. Try again in a few seconds.")
                    .retry_after(Duration::from_secs(5))
            }
            store::Error::Full(_) => {
                Self::new(ErrorCode::Unavailable, "The server's disk is full. Nothing was changed. Free some space, then try again.")
                    .retry_after(Duration::from_secs(60))
            }
            _ => Self::new(ErrorCode::Internal, "Something went wrong on our side."),
        };
        fault.because(error)
    }
}

impl From<vault::Error> for Fault {
    fn from(error: vault::Error) -> Self {
        Self::new(ErrorCode::Internal, error.to_string()).because(error)
    }
}

impl From<&Fault> for UiError {
    fn from(fault: &Fault) -> Self {
        let fields = fault.fields.iter().map(|field| field.pointer.trim_start_matches('/').to_owned()).collect();
        Self { code: fault.code, fields }
    }
}
