//! How the vendors' servers differ.

use crate::providers::catalogue::OauthClient;

/// When a refresh token is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offline {
    /// Always.
    Always,
    /// With `access_type=offline`.
    AccessType,
    /// With the scope `offline_access`.
    Scope,
    /// If the app has it switched on ([`super::Server::rotate`]).
    IfRotating,
}

/// The shape of a token's answer and of its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// RFC 6749.
    Standard,
    /// `ok`, a team, errors with status 200.
    Slack,
    /// `api_domain`, errors with status 200.
    Zoho,
}

/// One vendor's rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Seconds an access token lives; `None` is for ever.
    pub access_s: Option<i64>,
    /// Seconds a refresh token lives from the consent on, where the answer says so.
    pub refresh_s: Option<i64>,
    /// Seconds a code lives.
    pub code_s: i64,
    /// When a refresh token is given.
    pub offline: Offline,
    /// Whether people can untick single scopes.
    pub is_granular: bool,
    /// The shape of answers.
    pub shape: Shape,
}

impl Rules {
    /// Lifetimes as the vendors' documents name them.
    pub(super) fn of(facts: &OauthClient) -> Self {
        let standard = Self {
            access_s: Some(3600),
            refresh_s: None,
            code_s: 600,
            offline: Offline::Always,
            is_granular: false,
            shape: Shape::Standard,
        };
        match facts.family {
            "google" => Self { offline: Offline::AccessType, is_granular: true, ..standard },
            "microsoft" => Self { offline: Offline::Scope, ..standard },
            "linkedin" => {
                Self { access_s: Some(5_184_000), refresh_s: Some(31_536_000), code_s: 1800, offline: Offline::IfRotating, ..standard }
            }
            "slack" => Self { access_s: Some(43_200), offline: Offline::IfRotating, shape: Shape::Slack, ..standard },
            "docusign" => Self { access_s: Some(28_800), code_s: 120, ..standard },
            "dropbox_sign" => Self { access_s: Some(86_400), ..standard },
            "zoho" => Self { offline: Offline::AccessType, shape: Shape::Zoho, code_s: 120, ..standard },
            _ => standard,
        }
    }
}
