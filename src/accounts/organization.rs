//! The caller's organization itself.

use super::check_name;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::store::organization::{self, OrganizationRow};

/// The caller's organization.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`] if it was deleted.
pub async fn get(ctx: &Context, caller: &Caller) -> Result<OrganizationRow> {
    organization::find_organization(&ctx.store, caller.organization).await?.ok_or_else(|| Fault::not_found("organization"))
}

/// Renames it.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `organization:write`, [`crate::domain::error::ErrorCode::Invalid`].
pub async fn rename(ctx: &Context, caller: &Caller, name: &str) -> Result<OrganizationRow> {
    caller.require(Scope::OrganizationWrite)?;
    let name = name.trim();
    let mut errors = Vec::new();
    check_name("/name", "the organization's name", name, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let before = get(ctx, caller).await?;
    let mut tx = ctx.store.begin().await?;
    organization::update_name(&mut tx, caller.organization, name, ctx.clock.now()).await?;
    let entry = Entry::new("organization.renamed", format!("The organization is now called {name}, was {}.", before.name));
    activity::record(&mut tx, &ctx.clock, caller, entry.subject("organization", caller.organization.0)).await?;
    tx.commit().await?;
    ctx.identities.forget();
    get(ctx, caller).await
}
