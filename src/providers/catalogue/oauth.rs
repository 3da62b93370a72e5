//! The OAuth clients that an installation registers: one per vendor, shared by that vendor's entries.

/// A vendor's OAuth client: where its id and secret are configured and how the vendor differs from the standard.
#[derive(Debug, PartialEq, Eq)]
pub struct OauthClient {
    /// Stable name, also the section in `hirewire.toml`: `google`.
    pub family: &'static str,
    /// The vendor's name on pages.
    pub name: &'static str,
    /// Environment variables of the client id; the first is the documented one, the others are accepted too.
    pub id_env: &'static [&'static str],
    /// Environment variables of the client secret.
    pub secret_env: &'static [&'static str],
    /// Environment variables of the redirect address.
    pub redirect_env: &'static [&'static str],
    /// Environment variables of the tenant, where the vendor has tenants.
    pub tenant_env: &'static [&'static str],
    /// The tenant when none is configured.
    pub default_tenant: Option<&'static str>,
    /// True if the vendor accepts PKCE (S256).
    pub pkce: bool,
    /// What stands between two scopes in the authorization address.
    pub scope_separator: &'static str,
    /// Extra parameters of the authorization address.
    pub authorize_params: &'static [(&'static str, &'static str)],
    /// Where the id and secret stand in a token request.
    pub token_auth: TokenAuth,
    /// What a refresh does to the refresh token.
    pub refresh: Refresh,
}

/// Where the client's id and secret stand in a token request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAuth {
    /// In the form body.
    Body,
    /// In an `Authorization: Basic` header.
    Basic,
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// The same token stays valid; the answer holds none.
    Keeps,
    /// Every answer holds a new one, which must be stored before it is used.
    Rotates,
    /// The answer may hold a new one; keep whichever came last.
    MayRotate,
    /// There is no refresh: the person consents again.
    None,
}

/// Every client, one per vendor.
pub static CLIENTS: &[&OauthClient] = &[];

/// The client called `family`.
pub fn client(family: &str) -> Option<&'static OauthClient> {
    CLIENTS.iter().copied().find(|client| client.family == family)
}
