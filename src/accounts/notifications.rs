//! Notices: what the program tells people, and what they have read. Other services write them with
//! [`crate::store::notification::insert_notification`] in the transaction of what happened.

use uuid::Uuid;

use crate::caller::Caller;
use crate::context::Context;
use crate::fault::{Fault, Result};
use crate::store::notification::{self, NotificationRow};
use crate::store::page::{Page, PageQuery};

/// What the caller sees, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn list(ctx: &Context, caller: &Caller, unread_only: bool, page: PageQuery) -> Result<Page<NotificationRow>> {
    Ok(notification::list_notifications(&ctx.store, caller.organization, caller.user_id(), unread_only, page).await?)
}

/// How many the caller has not read.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn count_unread(ctx: &Context, caller: &Caller) -> Result<i64> {
    Ok(notification::count_unread(&ctx.store, caller.organization, caller.user_id()).await?)
}

/// Marks one read.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`] if the caller sees no such notice.
pub async fn mark_read(ctx: &Context, caller: &Caller, id: Uuid) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !notification::update_read(&mut tx, caller.organization, caller.user_id(), id, ctx.clock.now()).await? {
        return Err(Fault::not_found("notification"));
    }
    tx.commit().await?;
    Ok(())
}

/// Marks everything the caller sees read. Returns how many notices that were.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn mark_all_read(ctx: &Context, caller: &Caller) -> Result<u64> {
    let mut tx = ctx.store.begin().await?;
    let marked = notification::update_all_read(&mut tx, caller.organization, caller.user_id(), ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(marked)
}
