//! Taking a consent back when a connection ends.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::client;
use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::fault::Result;
use crate::integrations::{connection, tokens};
use crate::providers::catalogue;
use crate::providers::oauth::VARIANT;
use crate::store::integration::{self, IntegrationRow};

/// How long the provider may take to answer: nobody waits longer to disconnect.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes the connection's tokens back at the provider, where it has a call for that. Gives a sentence for the log if it was tried in vain.
pub(in crate::integrations) async fn revoke(ctx: &Context, row: &IntegrationRow) -> Option<String> {
    match attempt(ctx, row).await {
        Ok(failure) => failure,
        Err(fault) => {
            fault.log();
            Some("The consent could not be taken back at the provider. Remove Hirewire from the list of apps there.".to_owned())
        }
    }
}

async fn attempt(ctx: &Context, row: &IntegrationRow) -> Result<Option<String>> {
    if row.auth_type != AuthType::Oauth2.as_str() {
        return Ok(None);
    }
    let Some(entry) = catalogue::find(&row.provider) else { return Ok(None) };
    let credentials = connection::read(ctx, row.id).await?.unwrap_or_default();
    let variant = credentials.get(VARIANT).map(|variant| variant.expose_secret().to_owned()).unwrap_or_default();
    let Some(client) = client(ctx, entry, &variant) else { return Ok(None) };
    let Some(token) = tokens::read(ctx, row.id).await? else { return Ok(None) };
    // One person's consent to one app is one thing at Google: taking it back would end their other connection too.
    let family: Vec<&str> = catalogue::all().filter(|other| other.oauth == entry.oauth).map(|other| other.slug).collect();
    if let Some(account) = &row.account
        && integration::shares_account(&ctx.store, row.id, &family, account).await?
    {
        return Ok(None);
    }
    let failure = match tokio::time::timeout(PATIENCE, client.revoke(&token)).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.code()),
        Err(_) => Some("no answer in time"),
    };
    Ok(failure.map(|why| format!("{} could not be told ({why}); remove Hirewire from the list of apps there.", entry.name)))
}
