//! Error codes: the stable names a program can rely on, with the HTTP status and title that hang on each.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// The stable code of a failure, as it stands in a problem body's `code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The snake_case name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status a REST answer carries.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// One sentence-cased title, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

error_codes! {
    /// The body or a parameter has a wrong value; the fields are named.
    Invalid = "invalid", 422, "Some values are not valid";
    /// The body is not what the content type says.
    MalformedBody = "malformed_body", 400, "The body could not be read";
    /// A content type we do not take.
    UnsupportedMediaType = "unsupported_media_type", 415, "This content type is not supported";
    /// More bytes than allowed.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// Nobody is signed in, or the key is wrong.
    Unauthenticated = "unauthenticated", 401, "Sign in or send a valid API key";
    /// Signed in, but not allowed.
    Forbidden = "forbidden", 403, "Not allowed";
    /// A state change from another site.
    CrossSite = "cross_site", 403, "The request came from another site";
    /// No such thing, or it belongs to another organization.
    NotFound = "not_found", 404, "Not found";
    /// The method is not offered here.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// A feature is switched off by configuration.
    FeatureDisabled = "feature_disabled", 404, "This feature is switched off";
    /// The state does not allow it (already exists, changed meanwhile).
    Conflict = "conflict", 409, "Conflicts with the current state";
    /// One idempotency key, two different bodies.
    IdempotencyMismatch = "idempotency_mismatch", 409, "This idempotency key was used with another body";
    /// The first call with this idempotency key is still running.
    IdempotencyInProgress = "idempotency_in_progress", 409, "The first call with this key is still running";
    /// Too many requests.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// The provider refused the credentials; nothing was stored.
    InvalidCredentials = "invalid_credentials", 400, "The provider did not accept these credentials";
    /// The provider is in the catalogue but cannot be connected yet.
    ProviderPlanned = "provider_planned", 409, "This provider is planned";
    /// The server lacks settings the provider needs.
    ProviderNotConfigured = "provider_not_configured", 409, "This provider is not configured on this server";
    /// The connection cannot do this.
    Unsupported = "unsupported", 409, "This connection cannot do that";
    /// The provider said no for a reason a person can mend.
    ProviderRejected = "provider_rejected", 422, "The provider refused";
    /// The provider did not answer or failed.
    ProviderUnavailable = "provider_unavailable", 502, "The provider is not available";
    /// A webhook's signature does not verify.
    BadSignature = "bad_signature", 401, "The signature does not verify";
    /// The database or another part we need is out of reach; trying again helps.
    Unavailable = "unavailable", 503, "Temporarily not available";
    /// A bug or a broken installation. The detail is in the log under the request id.
    Internal = "internal", 500, "Something went wrong on our side";
}

/// One wrong field of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field, e.g. `/mappings/0/sourceField`.
    pub pointer: String,
    /// What is wrong and what is expected, as a sentence.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serde_name_of_a_code_is_its_stable_name() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).expect("a unit variant serializes");
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert!((400..600).contains(&code.status()));
        }
    }
}
