//! What happened to a candidate, a job or an application, over every system, newest first.

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::store::event::{EventFilter, EventRow, list_events};
use crate::store::page::{Page, PageQuery};

/// A page of a timeline. The filter's ids need not be checked before: rows of other organizations are never read.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: EventFilter, page: PageQuery) -> Result<Page<EventRow>> {
    caller.require(Scope::RecordsRead)?;
    Ok(list_events(&ctx.store, caller.organization, filter, page).await?)
}
