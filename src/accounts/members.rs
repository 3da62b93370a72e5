//! The members of an organization: listing, changing roles, removing.
//!
//! An admin manages everybody but owners; an API key with `members:write` does as an admin does. The last owner stays one.

use super::Visitor;
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::UserId;
use crate::domain::role::{Role, Scope};
use crate::fault::{Fault, Result};
use crate::identity::Identity;
use crate::operations::activity::{self, Entry};
use crate::store::membership::{self, MemberRow, MembershipRow};
use crate::store::{Tx, organization};

/// The organization's members, by name.
///
/// # Errors
/// [`ErrorCode::Forbidden`] without `members:read`.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<MemberRow>> {
    caller.require(Scope::MembersRead)?;
    Ok(membership::list_members(&ctx.store, caller.organization).await?)
}

/// One member.
///
/// # Errors
/// [`ErrorCode::Forbidden`] without `members:read`, [`ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, user: UserId) -> Result<MemberRow> {
    caller.require(Scope::MembersRead)?;
    membership::find_member(&ctx.store, caller.organization, user).await?.ok_or_else(|| Fault::not_found("member"))
}

/// The organizations a person belongs to.
///
/// # Errors
/// [`ErrorCode::Unavailable`] if the database is away.
pub async fn organizations_of(ctx: &Context, me: &Identity) -> Result<Vec<MembershipRow>> {
    Ok(membership::list_memberships(&ctx.store, me.user).await?)
}

/// Gives a member another role.
///
/// # Errors
/// [`ErrorCode::Forbidden`] if the caller may not manage the old or the new role, [`ErrorCode::NotFound`],
/// [`ErrorCode::Conflict`] if they are the last owner.
pub async fn change_role(ctx: &Context, caller: &Caller, user: UserId, role: Role) -> Result<MemberRow> {
    caller.require(Scope::MembersWrite)?;
    let mut tx = ctx.store.begin().await?;
    organization::lock_organization(&mut tx, caller.organization).await?;
    let member = find(&mut tx, caller, user).await?;
    if member.role == role {
        return Ok(member);
    }
    require_manages(caller, member.role)?;
    require_manages(caller, role)?;
    keep_an_owner(&mut tx, caller, &member).await?;
    membership::update_role(&mut tx, caller.organization, user, role).await?;
    let entry = Entry::new("member.role_changed", format!("{} is now {role}, was {}.", member.name, member.role))
        .subject("user", user.0)
        .details(serde_json::json!({"from": member.role, "to": role}));
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(MemberRow { role, ..member })
}

/// Removes a member. Everybody may remove themselves.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(ctx: &Context, caller: &Caller, user: UserId) -> Result<()> {
    let leaves = caller.user_id() == Some(user);
    if !leaves {
        caller.require(Scope::MembersWrite)?;
    }
    let mut tx = ctx.store.begin().await?;
    organization::lock_organization(&mut tx, caller.organization).await?;
    let member = find(&mut tx, caller, user).await?;
    if !leaves {
        require_manages(caller, member.role)?;
    }
    keep_an_owner(&mut tx, caller, &member).await?;
    membership::delete_membership(&mut tx, caller.organization, user).await?;
    let message = if leaves { format!("{} left.", member.name) } else { format!("{} was removed.", member.name) };
    let entry = Entry::new("member.removed", message).subject("user", user.0).details(serde_json::json!({"role": member.role}));
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

/// The member as a caller in this organization: for what a visitor does on their own account.
pub fn own_caller(me: &Identity, visitor: &Visitor) -> Option<Caller> {
    me.caller(visitor.trace, visitor.address)
}

/// Fails unless the caller may give, change or take away this role.
pub(super) fn require_manages(caller: &Caller, role: Role) -> Result<()> {
    let manages = match &caller.actor {
        Actor::User { role: own, .. } => own.may_manage(role),
        Actor::ApiKey { .. } => Role::Admin.may_manage(role),
        Actor::Partner { .. } => false,
        Actor::System { .. } => true,
    };
    if manages {
        return Ok(());
    }
    let detail = if role == Role::Owner { "Only an owner may do this with an owner." } else { "This needs the role owner or admin." };
    Err(Fault::new(ErrorCode::Forbidden, detail))
}

async fn find(tx: &mut Tx, caller: &Caller, user: UserId) -> Result<MemberRow> {
    membership::find_member_in(tx, caller.organization, user).await?.ok_or_else(|| Fault::not_found("member"))
}

async fn keep_an_owner(tx: &mut Tx, caller: &Caller, member: &MemberRow) -> Result<()> {
    if member.role == Role::Owner && membership::count_owners(tx, caller.organization).await? <= 1 {
        return Err(Fault::conflict("This is the last owner. Make somebody else an owner first."));
    }
    Ok(())
}
