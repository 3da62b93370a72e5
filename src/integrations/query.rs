//! Reading integrations.

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::integration::{self, IntegrationRow};

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
