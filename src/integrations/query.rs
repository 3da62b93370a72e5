//! Reading integrations.

use chrono::TimeDelta;

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::activity::{ActivityFilter, ActivityRow, list_activity};
use crate::store::integration::{self, IntegrationRow};
use crate::store::page::PageQuery;

/// The organization's integrations, oldest first; of one provider if one is given.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, provider: Option<&str>) -> Result<Vec<IntegrationRow>> {
    caller.require(Scope::IntegrationsRead)?;
    let slug = match provider {
        Some(provider) => Some(super::connect::entry(provider)?.slug),
        None => None,
    };
    Ok(integration::list_integrations(&ctx.store, caller.organization, slug).await?)
}

/// One integration.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<IntegrationRow> {
    caller.require(Scope::IntegrationsRead)?;
    integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))
}

/// Why the caller's last try to connect this provider was refused, if that was within the last two minutes.
///
/// # Errors
/// The store's.
pub async fn last_refusal(ctx: &Context, caller: &Caller, provider: &str) -> Result<Option<ActivityRow>> {
    let filter = ActivityFilter {
        action: Some("integration.connect".to_owned()),
        actor: caller.actor_id(),
        success: Some(false),
        from: Some(ctx.clock.now() - TimeDelta::minutes(2)),
        ..ActivityFilter::default()
    };
    let page = PageQuery { limit: 5, before: None };
    let entries = list_activity(&ctx.store, caller.organization, &filter, page).await?;
    Ok(entries.rows.into_iter().find(|row| row.provider.as_deref() == Some(provider)))
}
