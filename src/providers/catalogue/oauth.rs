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
    /// Environment variables of the secret that signs the vendor's webhooks to this client, where it has one of its own.
    pub signing_env: &'static [&'static str],
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
    /// The name the authorization server has for itself in `iss`, where it says so in its redirects (RFC 9207).
    pub issuer: Option<&'static str>,
    /// How a token is taken back when a connection ends.
    pub revoke: Revoke,
}

impl OauthClient {
    /// What the vendor's simulators know the client by: `client` is its id, `secret` its secret.
    pub fn demo(&self, what: &str) -> String {
        format!("demo-{}-{what}", self.family.replace('_', "-"))
    }
}

/// How a token is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke {
    /// The vendor has no call for it: forgetting the tokens is all there is.
    None,
    /// A form with the token, to the endpoint `revoke` (RFC 7009).
    Form,
    /// A call to the endpoint `revoke` with the token itself as its proof.
    Bearer,
    /// The token in the query, below the data centre's accounts server.
    Query,
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
pub static CLIENTS: &[&OauthClient] = &[&GOOGLE, &MICROSOFT, &LINKEDIN, &SLACK, &DOCUSIGN, &DROPBOX_SIGN, &ZOHO];

/// The client called `family`.
pub fn client(family: &str) -> Option<&'static OauthClient> {
    CLIENTS.iter().copied().find(|client| client.family == family)
}

const STANDARD: OauthClient = OauthClient {
    family: "",
    name: "",
    id_env: &[],
    secret_env: &[],
    redirect_env: &[],
    tenant_env: &[],
    signing_env: &[],
    default_tenant: None,
    pkce: false,
    scope_separator: " ",
    authorize_params: &[],
    token_auth: TokenAuth::Body,
    refresh: Refresh::Keeps,
    issuer: None,
    revoke: Revoke::None,
};

/// Google Calendar and Gmail. Without `access_type=offline` and `prompt=consent` a second consent brings no refresh token.
pub static GOOGLE: OauthClient = OauthClient {
    family: "google",
    name: "Google",
    id_env: &["GOOGLE_CLIENT_ID"],
    secret_env: &["GOOGLE_CLIENT_SECRET"],
    redirect_env: &["GOOGLE_REDIRECT_URI"],
    pkce: true,
    authorize_params: &[("access_type", "offline"), ("prompt", "consent")],
    issuer: Some("https://accounts.google.com"),
    revoke: Revoke::Form,
    ..STANDARD
};

/// Outlook's calendar and mail, and Teams: one app registration.
pub static MICROSOFT: OauthClient = OauthClient {
    family: "microsoft",
    name: "Microsoft",
    id_env: &["MICROSOFT_CLIENT_ID", "OUTLOOK_CLIENT_ID"],
    secret_env: &["MICROSOFT_CLIENT_SECRET", "OUTLOOK_CLIENT_SECRET"],
    redirect_env: &["MICROSOFT_REDIRECT_URI", "OUTLOOK_REDIRECT_URI"],
    tenant_env: &["MICROSOFT_TENANT_ID", "OUTLOOK_TENANT_ID"],
    default_tenant: Some("common"),
    pkce: true,
    authorize_params: &[("response_mode", "query"), ("prompt", "select_account")],
    refresh: Refresh::Rotates,
    ..STANDARD
};

/// Company pages and candidates' profiles. Only apps that LinkedIn has approved for it get refresh tokens.
pub static LINKEDIN: OauthClient = OauthClient {
    family: "linkedin",
    name: "LinkedIn",
    id_env: &["LINKEDIN_CLIENT_ID"],
    secret_env: &["LINKEDIN_CLIENT_SECRET"],
    redirect_env: &["LINKEDIN_REDIRECT_URI"],
    refresh: Refresh::MayRotate,
    ..STANDARD
};

/// Slack. Tokens rotate only if the app has rotation switched on.
pub static SLACK: OauthClient = OauthClient {
    family: "slack",
    name: "Slack",
    id_env: &["SLACK_CLIENT_ID"],
    secret_env: &["SLACK_CLIENT_SECRET"],
    redirect_env: &["SLACK_REDIRECT_URI"],
    signing_env: &["SLACK_SIGNING_SECRET"],
    scope_separator: ",",
    refresh: Refresh::MayRotate,
    revoke: Revoke::Bearer,
    ..STANDARD
};

/// DocuSign; the client id is called integration key there.
pub static DOCUSIGN: OauthClient = OauthClient {
    family: "docusign",
    name: "DocuSign",
    id_env: &["DOCUSIGN_CLIENT_ID", "DOCUSIGN_INTEGRATION_KEY"],
    secret_env: &["DOCUSIGN_CLIENT_SECRET"],
    redirect_env: &["DOCUSIGN_REDIRECT_URI"],
    token_auth: TokenAuth::Basic,
    refresh: Refresh::Rotates,
    ..STANDARD
};

/// Dropbox Sign. Its scopes are set on the API app, not in the authorization address.
pub static DROPBOX_SIGN: OauthClient = OauthClient {
    family: "dropbox_sign",
    name: "Dropbox Sign",
    id_env: &["DROPBOX_SIGN_CLIENT_ID", "HELLOSIGN_CLIENT_ID"],
    secret_env: &["DROPBOX_SIGN_CLIENT_SECRET", "HELLOSIGN_CLIENT_SECRET"],
    redirect_env: &["DROPBOX_SIGN_REDIRECT_URI", "HELLOSIGN_REDIRECT_URI"],
    refresh: Refresh::MayRotate,
    ..STANDARD
};

/// Zoho. Scopes are separated by commas, and the refresh token comes only with a fresh consent.
pub static ZOHO: OauthClient = OauthClient {
    family: "zoho",
    name: "Zoho",
    id_env: &["ZOHO_CLIENT_ID"],
    secret_env: &["ZOHO_CLIENT_SECRET"],
    redirect_env: &["ZOHO_REDIRECT_URI"],
    scope_separator: ",",
    authorize_params: &[("access_type", "offline"), ("prompt", "consent")],
    revoke: Revoke::Query,
    ..STANDARD
};
