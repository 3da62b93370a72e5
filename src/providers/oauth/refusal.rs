//! What a vendor's error code means here, and what a person can do about it.

use super::super::Error;
use super::super::catalogue::OauthClient;

/// Where in the flow a refusal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A code was exchanged.
    Exchange,
    /// A token was renewed.
    Refresh,
}

/// A vendor's code as words: never longer than a line, and nothing but letters, digits and blanks.
pub(super) fn word(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).take(60).collect::<String>().trim().to_owned()
}

/// The error for a refusal of the token endpoint.
pub(super) fn error(client: &OauthClient, provider: &str, code: &str, step: Step) -> Error {
    let variable = |names: &[&'static str]| names.first().copied().unwrap_or_default();
    match code {
        "invalid_client" | "unauthorized_client" | "bad_client_secret" | "invalid_client_id" | "invalid_client_secret" => {
            Error::Misconfigured {
                message: format!(
                    "{} refused the client of this server ({}). The person who runs Hirewire checks {} and {}.",
                    client.name,
                    word(code),
                    variable(client.id_env),
                    variable(client.secret_env)
                ),
            }
        }
        "redirect_uri_mismatch" | "bad_redirect_uri" | "invalid_redirect_uri" => Error::Misconfigured {
            message: format!(
                "{} does not know the redirect address of this server. The person who runs Hirewire adds it to the app there, exactly as the connect page shows it.",
                client.name
            ),
        },
        "invalid_scope" | "invalid_resource" | "unsupported_grant_type" | "invalid_request" | "invalid_grant_type" => {
            Error::Misconfigured {
                message: format!(
                    "{} refused the request of this server ({}). The person who runs Hirewire compares the app there with the steps of the guide.",
                    client.name,
                    word(code)
                ),
            }
        }
        "temporarily_unavailable" | "server_error" | "internal_error" | "fatal_error" | "service_unavailable" => {
            Error::Unavailable { message: word(code) }
        }
        "slow_down" | "ratelimited" | "rate_limited" | "Access Denied" => Error::RateLimited { retry_after: None, message: word(code) },
        "invalid_grant"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "invalid_code"
        | "code_already_used"
        | "invalid_refresh_token"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "invalid_auth"
        | "access_denied"
        | "admin_policy_enforced"
            if step == Step::Refresh =>
        {
            Error::Reconnect { message: word(code) }
        }
        "invalid_grant" | "invalid_code" | "code_already_used" | "code_expired" => Error::Invalid {
            field: None,
            message: format!("The sign-in at {provider} took too long or was used before. Nothing was stored. Start again."),
        },
        // Unknown words are no proof that the consent has ended.
        _ if step == Step::Refresh => Error::Protocol { message: word(code) },
        _ => Error::Invalid {
            field: None,
            message: format!("{provider} refused the sign-in ({}). Nothing was stored. Start again.", word(code)),
        },
    }
}
