//! Interviews: reading. Planning and booking them is the scheduling service's work.

use super::{Linked, link_page, link_rows};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::InterviewId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::page::{Page, PageQuery};
use crate::store::record::interview::{self, InterviewFilter, InterviewRow};

/// A page of interviews, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &InterviewFilter, page: PageQuery) -> Result<Page<Linked<InterviewRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = interview::list_interviews(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One interview.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: InterviewId) -> Result<Linked<InterviewRow>> {
    caller.require(Scope::RecordsRead)?;
    let missing = || Fault::not_found("interview");
    let row =
        interview::find_interview(&ctx.store, caller.organization, id).await?.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(missing)
}
