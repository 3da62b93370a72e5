//! The OAuth clients that this installation has registered with vendors.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use crate::providers::catalogue::{CLIENTS, OauthClient};

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

/// A registered client.
#[derive(Debug, Clone)]
pub struct OauthClientConfig {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// The registered redirect address; `None` for `<public address>/oauth/<provider>/callback`.
    pub redirect_uri: Option<Url>,
    /// The vendor's tenant, where it has tenants.
    pub tenant: Option<String>,
    /// What signs the vendor's webhooks to this client, where that is not the client secret.
    pub signing_secret: Option<SecretString>,
}

/// The registered clients by family (`google`, `microsoft`, ...). A family is missing until its id and secret are set.
pub type OauthConfig = BTreeMap<&'static str, OauthClientConfig>;

/// The clients that the simulators know, one per vendor.
pub fn for_sandbox() -> OauthConfig {
    let client = |facts: &OauthClient| OauthClientConfig {
        client_id: facts.demo("client"),
        client_secret: facts.demo("secret").into(),
        redirect_uri: None,
        tenant: None,
        signing_secret: (!facts.signing_env.is_empty()).then(|| facts.demo("signing").into()),
    };
    CLIENTS.iter().map(|facts| (facts.family, client(facts))).collect()
}

pub(super) fn settings() -> impl Iterator<Item = Setting> {
    CLIENTS.iter().flat_map(|client| {
        let setting = |key: &str, env, unit, meaning: String, secret| Setting {
            name: Cow::Owned(name(client, key)),
            env,
            default: None,
            unit,
            meaning: Cow::Owned(meaning),
            secret,
            is_list: false,
        };
        let vendor = client.name;
        let mut settings = vec![
            setting("client_id", client.id_env, "text", format!("The client ID of the app registered with {vendor}."), false),
            setting("client_secret", client.secret_env, "text", format!("The client secret of the app registered with {vendor}."), true),
            setting(
                "redirect_uri",
                client.redirect_env,
                "address",
                format!("The redirect address registered with {vendor}. Without it, the public address with /oauth/, the provider and /callback."),
                false,
            ),
        ];
        if !client.tenant_env.is_empty() {
            let meaning = format!("The tenant of {vendor} whose accounts may connect.");
            settings.push(Setting { default: client.default_tenant, ..setting("tenant", client.tenant_env, "text", meaning, false) });
        }
        if !client.signing_env.is_empty() {
            let meaning = format!("The secret that {vendor} signs its webhooks with.");
            settings.push(setting("signing_secret", client.signing_env, "text", meaning, true));
        }
        settings
    })
}

pub(super) fn read(reader: &Reader) -> Result<OauthConfig, ConfigError> {
    // Where the simulators stand in for the providers, their clients do too, unless others are set.
    let mut clients = if reader.url("endpoints.sandbox")?.is_some() { for_sandbox() } else { OauthConfig::new() };
    for client in CLIENTS {
        let id = reader.text(&name(client, "client_id"));
        let secret = reader.secret(&name(client, "client_secret"));
        let redirect_uri = reader.url(&name(client, "redirect_uri"))?;
        match (id, secret) {
            (Some(client_id), Some(client_secret)) => {
                let signing_secret = if client.signing_env.is_empty() { None } else { reader.secret(&name(client, "signing_secret")) };
                clients.insert(
                    client.family,
                    OauthClientConfig { client_id, client_secret, redirect_uri, tenant: tenant(reader, client)?, signing_secret },
                );
            }
            (None, None) => {}
            (id, _) => {
                let (given, missing) = if id.is_some() { ("client_id", "client_secret") } else { ("client_secret", "client_id") };
                return Err(ConfigError::Conflict(format!(
                    "The setting {} is set but {} is missing. Set both, or neither if {} is not used.",
                    name(client, given),
                    name(client, missing),
                    client.name
                )));
            }
        }
    }
    Ok(clients)
}

/// The tenant that stands in the vendor's addresses, whether a client is registered or not.
pub(super) fn tenant(reader: &Reader, client: &OauthClient) -> Result<Option<String>, ConfigError> {
    if client.tenant_env.is_empty() {
        return Ok(None);
    }
    // It becomes part of an address, so it may not bring a path of its own.
    reader.parsed(&name(client, "tenant"), "a tenant's ID or domain, or common, organizations or consumers", |text| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).then(|| text.to_owned())
    })
}

fn name(client: &OauthClient, key: &str) -> String {
    format!("oauth.{}.{key}", client.family)
}
