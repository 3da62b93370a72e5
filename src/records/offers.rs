//! Offers: reading.

use super::{Linked, link_page, link_rows};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::OfferId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::page::{Page, PageQuery};
use crate::store::record::offer::{self, OfferFilter, OfferRow};

/// A page of offers, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &OfferFilter, page: PageQuery) -> Result<Page<Linked<OfferRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = offer::list_offers(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One offer.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: OfferId) -> Result<Linked<OfferRow>> {
    caller.require(Scope::RecordsRead)?;
    let missing = || Fault::not_found("offer");
    let row = offer::find_offer(&ctx.store, caller.organization, id).await?.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(missing)
}
