//! Connecting a tool by signing in there: a person is sent to the provider, comes back with a code, and the code becomes tokens.
//!
//! [`start`] makes the address and remembers, sealed, what belongs to it; [`finish`] takes a person who comes back. A state is used
//! once, within ten minutes, and only by whoever began: a browser session or an API key. See docs/oauth.md.

mod finish;
mod grant;
pub mod refresh;
mod returns;
mod revoke;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use finish::{Arrival, Asker, Connected, Failure, Landing, confirm, finish};
pub use returns::{failed_at, returned_to};
pub use start::{StartInput, Started, start};

pub(super) use grant::permissions;
pub(super) use revoke::revoke;

use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::ApiKeyId;
use crate::fault::Fault;
use crate::providers::catalogue::Entry;
use crate::providers::{Error, oauth};
use crate::store::integration::IntegrationRow;

/// What a sign-in under way belongs to: nobody else may finish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// A browser session, by its name in the table.
    Session(String),
    /// An API key.
    Key(ApiKeyId),
    /// A browser without a session, by the secret in a cookie of its own.
    Browser(String),
}

impl Binding {
    /// As it is stored. Secrets are hashed; a session's name is a hash already.
    fn text(&self) -> String {
        match self {
            Self::Session(name) => format!("session:{name}"),
            Self::Key(id) => format!("key:{id}"),
            Self::Browser(secret) => format!("browser:{}", hex::encode(hash(secret))),
        }
    }
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// What an integration is set up to do: what was chosen, or everything.
pub fn features(row: &IntegrationRow, entry: &Entry) -> Vec<String> {
    start::chosen(row).unwrap_or_else(|| entry.features.iter().map(|feature| feature.key.to_owned()).collect())
}

/// The client that this server registered with the provider's vendor, if it did.
pub fn client(ctx: &Context, entry: &'static Entry, variant: &str) -> Option<oauth::Client> {
    let facts = entry.oauth?;
    let config = ctx.config.oauth.get(facts.family)?;
    let endpoints = super::connection::endpoints(ctx, entry).into_iter().collect();
    let pair = (config.client_id.clone(), config.client_secret.clone());
    Some(oauth::Client::new(entry, facts, pair, endpoints, variant, ctx.http.clone(), ctx.clock.clone()))
}

/// The variables that must be set before people can sign in at this provider; none if they are, or if nobody signs in there.
pub fn missing_settings(ctx: &Context, entry: &Entry) -> Vec<&'static str> {
    match entry.oauth {
        Some(facts) if !ctx.config.oauth.contains_key(facts.family) => {
            [facts.id_env, facts.secret_env].iter().filter_map(|names| names.first().copied()).collect()
        }
        _ => Vec::new(),
    }
}

/// What people read where this server has no client at the provider.
pub fn not_configured(entry: &Entry) -> Error {
    let (name, variables) = match entry.oauth {
        Some(facts) => {
            let names: Vec<&str> = [facts.id_env, facts.secret_env].iter().filter_map(|names| names.first().copied()).collect();
            (facts.name, names.join(" and "))
        }
        None => (entry.name, String::new()),
    };
    Error::Misconfigured {
        message: format!(
            "{name} is not set up on this server. The person who runs Hirewire sets {variables}; the guide on the connect page says where they come from."
        ),
    }
}

fn not_configured_fault(entry: &Entry) -> Fault {
    Fault::new(ErrorCode::ProviderNotConfigured, not_configured(entry).sentence(entry.name))
}

/// The origin that the form on the connect page may lead to; `None` if nobody can sign in there now.
pub fn authorize_origin(ctx: &Context, entry: &'static Entry) -> Option<String> {
    client(ctx, entry, "")?.authorize_origin().ok()
}

/// The address that has to be registered at the provider, exactly so.
pub fn redirect_address(ctx: &Context, entry: &Entry) -> String {
    let configured = entry.oauth.and_then(|facts| ctx.config.oauth.get(facts.family)?.redirect_uri.as_ref().map(ToString::to_string));
    configured.unwrap_or_else(|| ctx.site.link(&format!("/oauth/{}/callback", entry.slug)))
}
