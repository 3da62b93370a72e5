//! How receiving goes: for a connection's page, for whoever runs the server.

use chrono::{DateTime, TimeDelta, Utc};

use super::{keys, shared_url, url};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::providers::{AppKey, schemes};
use crate::store::channel::{self, ChannelRow};
use crate::store::inbound_event::{self, InboundEventRow};
use crate::store::page::{Page, PageQuery};
use crate::store::{inbound_count, integration};

/// Counts go back so far.
const COUNTED: TimeDelta = TimeDelta::days(30);

/// How receiving goes for a connection.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The address to enter at the provider.
    pub url: String,
    /// The address for providers whose app has one for all its accounts.
    pub shared_url: Option<String>,
    /// Whether there is something to check messages with.
    pub has_key: bool,
    /// Whether the key is the app's, which the person who runs the server configures.
    pub is_app_key: bool,
    /// The last genuine message.
    pub last_received_at: Option<DateTime<Utc>>,
    /// Kept messages by state.
    pub states: Vec<(String, i64)>,
    /// Refused messages and those that came twice, of the last 30 days, by outcome.
    pub counts: Vec<(String, i64)>,
    /// Messages of this provider of the last 30 days that named no connection: whose they are cannot be told, so there is only a number.
    pub unrouted: i64,
    /// Channels that are open or should be.
    pub channels: Vec<ChannelRow>,
}

/// How receiving goes for a connection.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Unsupported`] for a provider without webhooks.
pub async fn overview(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<Overview> {
    caller.require(Scope::IntegrationsRead)?;
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    let scheme = schemes::of(&row.provider)
        .ok_or_else(|| Fault::new(ErrorCode::Unsupported, format!("{} sends no webhooks that this version understands.", row.name)))?;
    let since = (ctx.clock.now() - COUNTED).date_naive();
    let db = &ctx.store;
    let unrouted = inbound_count::list_inbound_counts(db, &row.provider, None, since).await?;
    let is_app_key = scheme.app_key() != AppKey::None;
    // Published keys that cannot be had are no missing key.
    let has_key = match keys::of(ctx, &row.provider, scheme, Some(id)).await {
        Ok(keys) => !keys.is_empty(),
        Err(fault) if fault.code == ErrorCode::Unavailable => true,
        Err(fault) => return Err(fault),
    };
    Ok(Overview {
        url: url(ctx, &row),
        shared_url: is_app_key.then(|| shared_url(ctx, &row.provider)),
        has_key,
        is_app_key,
        last_received_at: inbound_event::find_last_genuine(db, id).await?,
        states: inbound_event::count_by_state(db, id).await?,
        counts: inbound_count::list_inbound_counts(db, &row.provider, Some(id), since).await?,
        unrouted: unrouted.iter().filter(|(outcome, _)| outcome == "unrouted").map(|(_, messages)| messages).sum(),
        channels: channel::list_channels(db, id).await?,
    })
}

/// Messages of a provider that nobody is meant by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUnrouted {
    /// The provider's slug.
    pub provider: String,
    /// How many are kept.
    pub messages: i64,
}

/// How many messages nobody is meant by, by provider. For whoever runs the server: they belong to no organization.
///
/// # Errors
/// The store's.
pub async fn unrouted_by_provider(ctx: &Context) -> Result<Vec<ProviderUnrouted>> {
    let rows = inbound_event::count_unrouted(&ctx.store).await?;
    Ok(rows.into_iter().map(|(provider, messages)| ProviderUnrouted { provider, messages }).collect())
}

/// Messages that nobody is meant by, newest first. For whoever runs the server.
///
/// # Errors
/// The store's.
pub async fn unrouted(ctx: &Context, page: PageQuery) -> Result<Page<InboundEventRow>> {
    Ok(inbound_event::list_unrouted(&ctx.store, page).await?)
}
