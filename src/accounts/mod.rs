//! Accounts: organizations, the people in them, how they sign in, and API keys.
//!
//! Tokens (invitations, password resets, API keys, sessions) are random 256-bit (sessions: 128-bit) values of which only a SHA-256
//! is stored: they cannot be guessed, so a slow hash would add nothing. Passwords can, hence argon2id ([`password`]).

use std::net::IpAddr;

use email_address::{EmailAddress, Options};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::error::FieldError;

pub mod api_keys;
pub mod invitations;
pub mod members;
pub mod notifications;
pub mod organization;
pub mod password;
pub mod profile;
pub mod reset;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
#[cfg(test)]
mod tests;
mod throttle;

/// Somebody who makes a request, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Where from.
    pub address: Option<IpAddr>,
    /// With which browser, as it names itself.
    pub user_agent: Option<String>,
    /// In which request.
    pub trace: Uuid,
}

/// An address as it is stored: without white space around it, in lower case. `None` if it is not one.
pub fn normalize_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    (text.len() <= 254 && EmailAddress::parse_with_options(&text, options).is_ok()).then_some(text)
}

/// What is stored of a token.
fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Checks a name people type: 1 to 100 characters, no line breaks.
fn check_name(pointer: &str, what: &str, name: &str, errors: &mut Vec<FieldError>) {
    let name = name.trim();
    let detail = if name.is_empty() {
        format!("Enter {what}.")
    } else if name.chars().count() > 100 {
        "Use at most 100 characters.".to_owned()
    } else if name.chars().any(char::is_control) {
        "Leave line breaks and other control characters out.".to_owned()
    } else {
        return;
    };
    errors.push(FieldError { pointer: pointer.to_owned(), detail });
}

/// Checks and normalizes an address people type.
fn check_email(pointer: &str, email: &str, errors: &mut Vec<FieldError>) -> String {
    normalize_email(email).unwrap_or_else(|| {
        let detail =
            if email.trim().is_empty() { "Enter an e-mail address." } else { "Enter a whole e-mail address, such as robin@example.com." };
        errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
        String::new()
    })
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn addresses_are_normalized_and_checked() {
        assert_eq!(normalize_email("  Robin@Example.COM ").as_deref(), Some("robin@example.com"));
        assert_eq!(normalize_email("a.b+c@sub.example.co.uk").as_deref(), Some("a.b+c@sub.example.co.uk"));
        for wrong in
            ["", "robin", "robin@", "@example.com", "robin@example", "a b@example.com", "Robin <robin@example.com>", "a@[127.0.0.1]"]
        {
            assert_eq!(normalize_email(wrong), None, "{wrong}");
        }
        assert_eq!(normalize_email(&format!("a@{}.example.com", "b".repeat(250))), None);
    }

    #[test]
    fn names_are_short_lines() {
        for (name, count) in [("Robin", 0), ("  ", 1), ("a\nb", 1), (&"x".repeat(101), 1)] {
            let mut errors = Vec::new();
            check_name("/name", "your name", name, &mut errors);
            assert_eq!(errors.len(), count, "{name}");
        }
    }
}
