//! Inviting people into an organization: a link with a token, good once, for seven days.

use std::time::Duration;

use secrecy::SecretString;

use super::sessions::SignedIn;
use super::{Visitor, check_email, check_name, members, password, sign_up, token_hash};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{InvitationId, UserId};
use crate::domain::role::{Role, Scope};
use crate::fault::{Fault, Result};
use crate::identity::Identity;
use crate::operations::activity::{self, Entry};
use crate::operations::mail::{self, Letter};
use crate::random;
use crate::store::invitation::{self, InvitationRow};
use crate::store::{self, Tx, membership, organization, user};

/// How long an invitation can be accepted.
const VALID: Duration = Duration::from_secs(7 * 24 * 3600);

/// A new invitation and its link, which is known only now.
#[derive(Clone)]
pub struct Invited {
    /// The invitation.
    pub invitation: InvitationRow,
    /// The link to send, if mail does not.
    pub link: String,
    /// Whether a letter is on its way.
    pub is_mailed: bool,
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invited").field("invitation", &self.invitation).finish_non_exhaustive()
    }
}

/// What a person with the link sees.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Who invites.
    pub organization: String,
    /// The invited address.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Whether the address has an account already: then they sign in instead of choosing a password.
    pub has_account: bool,
}

/// The open invitations, newest first.
///
/// # Errors
/// [`ErrorCode::Forbidden`] without `members:read`.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<InvitationRow>> {
    caller.require(Scope::MembersRead)?;
    Ok(invitation::list_invitations(&ctx.store, caller.organization).await?)
}

/// Invites an address. An open invitation to it is replaced, so this also sends one again.
///
/// # Errors
/// [`ErrorCode::Forbidden`] if the caller may not give this role, [`ErrorCode::Invalid`] for a wrong address,
/// [`ErrorCode::Conflict`] if they are a member already.
pub async fn create(ctx: &Context, caller: &Caller, email: &str, role: Role) -> Result<Invited> {
    caller.require(Scope::MembersWrite)?;
    members::require_manages(caller, role)?;
    let mut errors = Vec::new();
    let email = check_email("/email", email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let from = organization::find_organization(&ctx.store, caller.organization).await?.ok_or_else(|| Fault::not_found("organization"))?;
    let token = random::token();
    let link = ctx.site.link(&format!("/invitations/{token}"));
    let now = ctx.clock.now();
    let row = InvitationRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        email,
        role,
        invited_by: caller.user_id(),
        created_at: now,
        expires_at: now + VALID,
    };
    let mut tx = ctx.store.begin().await?;
    if let Some(person) = user::find_user_by_email_in(&mut tx, &row.email).await?
        && membership::find_member_in(&mut tx, caller.organization, person.id).await?.is_some()
    {
        return Err(Fault { code: ErrorCode::Conflict, ..Fault::invalid("/email", "This person is a member already.") });
    }
    invitation::insert_invitation(&mut tx, &row, &token_hash(&token)).await?;
    let is_mailed = mail::enqueue(ctx, &mut tx, Some(caller.organization), &letter(caller, &from.name, &row, &link)).await?;
    let entry = Entry::new("member.invited", format!("{} was invited as {role}.", row.email)).subject("invitation", row.id.0);
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(Invited { invitation: row, link, is_mailed })
}

/// Withdraws an open invitation.
///
/// # Errors
/// [`ErrorCode::Forbidden`] without `members:write`, [`ErrorCode::NotFound`].
pub async fn revoke(ctx: &Context, caller: &Caller, id: InvitationId) -> Result<()> {
    caller.require(Scope::MembersWrite)?;
    let row = invitation::find_invitation(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("invitation"))?;
    let mut tx = ctx.store.begin().await?;
    if !invitation::delete_invitation(&mut tx, caller.organization, id).await? {
        return Err(Fault::not_found("invitation"));
    }
    let entry = Entry::new("member.invitation_withdrawn", format!("The invitation to {} was withdrawn.", row.email));
    activity::record(&mut tx, &ctx.clock, caller, entry.subject("invitation", id.0)).await?;
    tx.commit().await?;
    Ok(())
}

/// What the holder of this token is invited to.
///
/// # Errors
/// [`ErrorCode::NotFound`] if the token is wrong, used or too old.
pub async fn find(ctx: &Context, token: &str) -> Result<Offer> {
    let row = invitation::find_invitation_by_token(&ctx.store, &token_hash(token), ctx.clock.now()).await?.ok_or_else(gone)?;
    let from = organization::find_organization(&ctx.store, row.organization_id).await?.ok_or_else(gone)?;
    let has_account = user::find_user_by_email(&ctx.store, &row.email).await?.is_some();
    Ok(Offer { organization: from.name, email: row.email, role: row.role, has_account })
}

/// Accepts as a new person, with a name and a password. Begin a session with the answer.
///
/// # Errors
/// [`ErrorCode::NotFound`] for a token that is no good, [`ErrorCode::Invalid`] naming fields, [`ErrorCode::Conflict`] if the address
/// has an account (sign in and accept then).
pub async fn accept_as_new(ctx: &Context, token: &str, name: &str, chosen: &SecretString, visitor: &Visitor) -> Result<SignedIn> {
    let offer = find(ctx, token).await?;
    if offer.has_account {
        return Err(Fault::conflict("This address has an account. Sign in with it, then accept the invitation."));
    }
    let mut errors = Vec::new();
    check_name("/name", "your name", name, &mut errors);
    password::check("/password", chosen, &offer.email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let hash = password::hash(chosen).await?;
    let mut tx = ctx.store.begin().await?;
    let row = invitation::accept_invitation(&mut tx, &token_hash(token), ctx.clock.now()).await?.ok_or_else(gone)?;
    let person = sign_up::new_user(ctx, row.email.clone(), name.trim(), hash);
    sign_up::insert_user(&mut tx, &person).await?;
    join(ctx, &mut tx, &row, person.id, &person.name, visitor).await?;
    tx.commit().await?;
    Ok(SignedIn { user: person.id, organization: Some(row.organization_id) })
}

/// Accepts as the signed-in person. Switch their session to the organization with [`super::sessions::switch`].
///
/// # Errors
/// [`ErrorCode::NotFound`] for a token that is no good, [`ErrorCode::Forbidden`] if another address was invited.
pub async fn accept_as(ctx: &Context, token: &str, me: &Identity, visitor: &Visitor) -> Result<SignedIn> {
    let mut tx = ctx.store.begin().await?;
    let row = invitation::accept_invitation(&mut tx, &token_hash(token), ctx.clock.now()).await?.ok_or_else(gone)?;
    // Returning here rolls the acceptance back: the invitation stays good for whom it is meant.
    if row.email != me.email {
        return Err(Fault::new(
            ErrorCode::Forbidden,
            "This invitation is for another address. Sign in with that one, or ask for a new invitation.",
        ));
    }
    if me.is_candidate {
        return Err(Fault::conflict("This is a candidate's account. Ask for an invitation to another address."));
    }
    join(ctx, &mut tx, &row, me.user, &me.name, visitor).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(SignedIn { user: me.user, organization: Some(row.organization_id) })
}

async fn join(ctx: &Context, tx: &mut Tx, row: &InvitationRow, person: UserId, name: &str, visitor: &Visitor) -> Result<()> {
    match membership::insert_membership(tx, row.organization_id, person, row.role, ctx.clock.now()).await {
        Err(store::Error::Conflict(_)) => return Err(Fault::conflict("You are a member of this organization already.")),
        done => done?,
    }
    let actor = Actor::User { id: person, name: name.to_owned(), role: row.role };
    let caller = Caller { actor, organization: row.organization_id, trace: visitor.trace, address: visitor.address };
    let entry = Entry::new("member.joined", format!("{name} joined as {}.", row.role)).subject("user", person.0);
    activity::record(tx, &ctx.clock, &caller, entry).await?;
    Ok(())
}

fn gone() -> Fault {
    Fault::new(ErrorCode::NotFound, "This invitation was used, withdrawn, or is older than seven days. Ask for a new one.")
}

fn letter(caller: &Caller, organization: &str, row: &InvitationRow, link: &str) -> Letter {
    Letter {
        to: row.email.clone(),
        subject: format!("Join {organization} on Hirewire"),
        paragraphs: vec![
            format!("{} invites you to join {organization} on Hirewire as {}.", caller.name(), row.role),
            "Hirewire connects the tools your team hires with.".to_owned(),
        ],
        link: Some(("Accept the invitation".to_owned(), link.to_owned())),
        closing: Some("The link works once, for seven days. If you did not expect it, ignore this letter.".to_owned()),
    }
}
