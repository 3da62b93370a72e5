//! Messages: reading notes and messages on candidates.

use super::{Linked, link_page, link_rows};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::MessageId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::store::page::{Page, PageQuery};
use crate::store::record::message::{self, MessageFilter, MessageRow};

/// A page of messages, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &MessageFilter, page: PageQuery) -> Result<Page<Linked<MessageRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = message::list_messages(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One message.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: MessageId) -> Result<Linked<MessageRow>> {
    caller.require(Scope::RecordsRead)?;
    let missing = || Fault::not_found("message");
    let row =
        message::find_message(&ctx.store, caller.organization, id).await?.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(missing)
}
