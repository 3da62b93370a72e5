//! The outcomes of a call to a provider that are not a value.
//!
//! A variant says what the caller can do about it; the engine, not the provider's file, decides on retries and status.

use std::time::Duration;

/// Why a call to a provider gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The credentials are refused, and refreshing the token once did not help.
    #[error("the provider refused the credentials: {message}")]
    Unauthorized {
        /// The provider's words, shortened.
        message: String,
    },
    /// Signed in, but a permission is missing.
    #[error("the provider refused permission{}: {message}", .scope.as_deref().map(|s| format!(" ({s})")).unwrap_or_default())]
    Forbidden {
        /// The scope the call needs, where it is known.
        scope: Option<String>,
        /// The provider's words, shortened.
        message: String,
    },
    /// Too many calls. Nothing was done; the same call works later.
    #[error("the provider's rate limit is reached: {message}")]
    RateLimited {
        /// How long to wait, where the provider says so.
        retry_after: Option<Duration>,
        /// The provider's words, shortened.
        message: String,
    },
    /// The thing does not exist there.
    #[error("the provider has no such record")]
    NotFound,
    /// The state over there is not what the call expected.
    #[error("the provider reports a conflict: {message}")]
    Conflict {
        /// What is in the way.
        message: String,
    },
    /// A value is wrong.
    #[error("the provider refused a value{}: {message}", .field.as_deref().map(|f| format!(" ({f})")).unwrap_or_default())]
    Invalid {
        /// The field's name, where it is known.
        field: Option<String>,
        /// What is wrong with it, as a sentence.
        message: String,
    },
    /// No answer, or a failure on their side. Nothing was changed; safe to try again.
    #[error("the provider is not available: {message}")]
    Unavailable {
        /// What happened.
        message: String,
    },
    /// A change was sent and its outcome is not known. Read back before sending it again.
    #[error("the outcome of a change is not known: {message}")]
    Unknown {
        /// What happened.
        message: String,
    },
    /// The answer is not what the provider's protocol promises.
    #[error("the provider's answer could not be read: {message}")]
    Protocol {
        /// What is wrong with it; never the answer itself.
        message: String,
    },
    /// The consent of the person who connected has ended. Only a person can give it again.
    #[error("the provider ended the connection: {message}")]
    Reconnect {
        /// The provider's word for it.
        message: String,
    },
    /// The provider refuses what this installation registered there: nobody's connection is at fault.
    #[error("the provider refused this installation's registration: {message}")]
    Misconfigured {
        /// What to change, as a sentence.
        message: String,
    },
    /// The page cursor is no longer accepted; the window has to be read from its start.
    #[error("the page cursor has expired")]
    CursorExpired,
}

impl Error {
    /// The stable reason code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "credentials_refused",
            Self::Forbidden { .. } => "scope_missing",
            Self::RateLimited { .. } => "rate_limited",
            Self::NotFound => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::Invalid { .. } => "refused_value",
            Self::Unavailable { .. } => "unavailable",
            Self::Unknown { .. } => "outcome_unknown",
            Self::Protocol { .. } => "unreadable_answer",
            Self::Reconnect { .. } => "reconnect",
            Self::Misconfigured { .. } => "client_refused",
            Self::CursorExpired => "cursor_expired",
        }
    }

    /// The one thing that mends it: `reconnect`, `edit_credentials`, `wait`, `contact_admin` or `none`.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } | Self::Reconnect { .. } => "reconnect",
            Self::Forbidden { .. } | Self::Misconfigured { .. } => "contact_admin",
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Protocol { .. } => "wait",
            Self::Invalid { field: Some(_), .. } => "edit_credentials",
            Self::NotFound | Self::Conflict { .. } | Self::Invalid { .. } | Self::Unknown { .. } | Self::CursorExpired => "none",
        }
    }

    /// What happened and what to do, in plain words for a person.
    pub fn sentence(&self, provider: &str) -> String {
        match self {
            Self::Unauthorized { message } => {
                format!(
                    "{provider} refused the sign-in{}. The credentials were probably replaced or withdrawn. Enter the current ones.",
                    in_brackets(message)
                )
            }
            Self::Forbidden { scope: Some(scope), message } => {
                format!(
                    "{provider} refused access{}. The credentials need the permission {scope}. An administrator of {provider} can add it.",
                    in_brackets(message)
                )
            }
            Self::Forbidden { scope: None, message } => {
                format!(
                    "{provider} refused access{}. An administrator of {provider} can give the missing permission.",
                    in_brackets(message)
                )
            }
            Self::RateLimited { retry_after: Some(wait), .. } => {
                format!("{provider} takes no more requests for {} seconds. Hirewire goes on by itself after that.", wait.as_secs().max(1))
            }
            Self::RateLimited { retry_after: None, .. } => {
                format!("{provider} takes no more requests for now. Hirewire goes on by itself.")
            }
            Self::NotFound => format!("{provider} does not know this record. It was probably deleted there."),
            Self::Conflict { message } => format!("{provider} has changed in the meantime: {}", full_stop(message)),
            Self::Invalid { message, .. } | Self::Misconfigured { message } => full_stop(message),
            Self::Reconnect { message } => {
                format!("{provider} ended this connection{}. Connect it again; its settings and its history stay.", in_brackets(message))
            }
            Self::Unavailable { message } => {
                format!("{provider} could not be reached{}. Hirewire tries again by itself.", in_brackets(message))
            }
            Self::Unknown { message } => {
                format!(
                    "{provider} did not confirm the change{}. Hirewire looks whether it was made before it sends it again.",
                    in_brackets(message)
                )
            }
            Self::Protocol { message } => {
                format!("{provider} sent an answer that could not be read{}. Hirewire tries again by itself.", in_brackets(message))
            }
            Self::CursorExpired => {
                format!("{provider} no longer accepts the place where reading stopped. Hirewire reads this part from its start.")
            }
        }
    }

    /// Whether the same call may simply be made again later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Protocol { .. } | Self::CursorExpired)
    }

    /// How long the provider asked to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn in_brackets(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

fn full_stop(message: &str) -> String {
    let message = message.trim();
    if message.ends_with(['.', '?']) { message.to_owned() } else { format!("{message}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_sentence_without_blame() {
        let m = || "Because of this".to_owned();
        let all = [
            Error::Unauthorized { message: m() },
            Error::Forbidden { scope: Some("harvest:jobs:list".into()), message: m() },
            Error::Forbidden { scope: None, message: String::new() },
            Error::RateLimited { retry_after: Some(Duration::from_secs(12)), message: m() },
            Error::RateLimited { retry_after: None, message: m() },
            Error::NotFound,
            Error::Conflict { message: m() },
            Error::Invalid { field: Some("client_id".into()), message: m() },
            Error::Unavailable { message: m() },
            Error::Unknown { message: m() },
            Error::Protocol { message: m() },
            Error::Reconnect { message: m() },
            Error::Misconfigured { message: m() },
            Error::CursorExpired,
        ];
        for error in all {
            let text = error.sentence("Greenhouse");
            assert!(text.ends_with('.') && !text.contains('!') && !text.contains(".."), "{text}");
            assert!(["reconnect", "edit_credentials", "wait", "contact_admin", "none"].contains(&error.action()));
            assert!(error.code().chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        }
        assert!(
            Error::Forbidden { scope: Some("harvest:jobs:list".into()), message: m() }.sentence("Greenhouse").contains("harvest:jobs:list")
        );
    }
}
