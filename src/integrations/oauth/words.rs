//! What a provider's error in a redirect means, as a sentence with one way to mend it.

use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::providers::catalogue::Entry;

/// The error a person comes back with: a word for programs, a sentence for people.
pub(super) fn refusal(entry: &Entry, code: &str) -> (&'static str, Fault) {
    let name = entry.name;
    let rejected = |detail: String| Fault::new(ErrorCode::ProviderRejected, detail);
    match code {
        "access_denied" | "user_cancelled_login" | "user_cancelled_authorize" | "consent_declined" => (
            "access_denied",
            rejected(format!(
                "Access was not allowed at {name}, so nothing was connected. Choose Continue and allow it; if {name} asks for an administrator's approval, ask for it first."
            )),
        ),
        "admin_policy_enforced" | "org_internal" | "admin_consent_required" | "unauthorized_admin" => (
            "admin_required",
            rejected(format!("An administrator of your {name} has to allow Hirewire first. Ask them, then choose Continue again.")),
        ),
        "interaction_required" | "login_required" | "consent_required" | "account_selection_required" => {
            ("sign_in_again", rejected(format!("{name} wants you to sign in there once more. Choose Continue again.")))
        }
        "temporarily_unavailable" | "server_error" => (
            "provider_unavailable",
            Fault::new(ErrorCode::ProviderUnavailable, format!("{name} has a problem at the moment. Choose Continue again in a minute.")),
        ),
        "unauthorized_client"
        | "invalid_client"
        | "redirect_uri_mismatch"
        | "invalid_redirect_uri"
        | "bad_redirect_uri"
        | "invalid_client_id" => (
            "not_configured",
            Fault::new(
                ErrorCode::ProviderNotConfigured,
                format!(
                    "{name} does not accept the app of this server. The person who runs Hirewire compares its client ID and redirect address with the guide below."
                ),
            ),
        ),
        "invalid_scope" | "invalid_request" | "unauthorized_scope_error" | "unsupported_response_type" | "invalid_resource" => (
            "not_configured",
            Fault::new(
                ErrorCode::ProviderNotConfigured,
                format!(
                    "The app of this server lacks a permission or product at {name}. The person who runs Hirewire adds it there, as the guide below says."
                ),
            ),
        ),
        other => {
            let word: String = other.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
            ("provider_refused", rejected(format!("{name} ended the sign-in ({word}), so nothing was connected. Choose Continue again.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::catalogue;

    #[test]
    fn every_error_becomes_a_sentence_with_a_way_on() {
        for entry in catalogue::all().filter(|entry| entry.oauth.is_some()) {
            for code in ["access_denied", "admin_policy_enforced", "server_error", "invalid_scope", "redirect_uri_mismatch", "new<script>"]
            {
                let (word, fault) = refusal(entry, code);
                assert!(
                    fault.detail.ends_with('.') && fault.detail.contains(entry.name) && !fault.detail.contains(['<', '!']),
                    "{}",
                    fault.detail
                );
                assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            }
        }
    }
}
