//! Resetting a forgotten password: by a letter, or by a link that an admin copies.
//!
//! Asking gives the same answer whether the address exists or not: the request only enqueues a task, which looks the address up later.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Visitor, members, normalize_email, password, throttle, token_hash};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::UserId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::operations::mail::{self, Letter};
use crate::queue::{NewTask, Outcome, Task, Worker};
use crate::random;
use crate::store::user::UserRow;
use crate::store::{membership, password_reset, session, user};

/// How long a reset link works.
const VALID: Duration = Duration::from_secs(3600);
/// The task that writes a reset letter, if the address has an account.
const TASK: &str = "accounts.password_reset";

#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    email: String,
}

/// Asks for a letter with a reset link. The answer tells nothing about the address.
///
/// # Errors
/// [`ErrorCode::Invalid`] if this is no address, [`ErrorCode::RateLimited`] after too many requests.
pub async fn request(ctx: &Context, email: &str, visitor: &Visitor) -> Result<()> {
    let Some(email) = normalize_email(email) else {
        return Err(Fault::invalid("/email", "Enter a whole e-mail address, such as robin@example.com."));
    };
    let by_account = throttle::account(ctx, "reset", &email);
    let counters: Vec<_> = [Some(by_account), throttle::address(ctx, "reset", visitor)].into_iter().flatten().collect();
    throttle::admit(ctx, &counters).await?;
    if ctx.site.sends_mail {
        ctx.queue.enqueue_now(NewTask::new(mail::QUEUE, TASK, &Asked { email }).trace(visitor.trace)).await?;
    }
    Ok(())
}

/// Adds the task behind [`request`] to the worker of the queue `mail`.
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let context = ctx.clone();
    worker.handle(TASK, 2, move |task| {
        let context = context.clone();
        async move { write_letter(&context, &task).await }
    })
}

async fn write_letter(ctx: &Context, task: &Task) -> Outcome {
    let Ok(asked) = serde_json::from_str::<Asked>(&task.payload) else { return Outcome::Fail("The request cannot be read.".to_owned()) };
    let written = async {
        let Some(person) = user::find_user_by_email(&ctx.store, &asked.email).await? else { return Ok(()) };
        let mut tx = ctx.store.begin().await?;
        let link = insert(ctx, &mut tx, &person).await?;
        mail::enqueue(ctx, &mut tx, None, &letter(&person, &link)).await?;
        tx.commit().await?;
        ctx.queue.wake();
        Ok::<(), Fault>(())
    };
    match written.await {
        Ok(()) => Outcome::Done,
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

/// A reset link for a member, to be handed over by an admin.
///
/// # Errors
/// [`ErrorCode::Forbidden`] if the caller may not manage the member, [`ErrorCode::NotFound`], [`ErrorCode::Conflict`] if the member
/// also belongs to another organization, whose admins have not agreed.
pub async fn create_link(ctx: &Context, caller: &Caller, member: UserId) -> Result<String> {
    caller.require(Scope::MembersWrite)?;
    let row = members::get(ctx, caller, member).await?;
    members::require_manages(caller, row.role)?;
    if membership::list_memberships(&ctx.store, member).await?.len() > 1 {
        return Err(Fault::conflict("This person also belongs to another organization. They reset their password themselves, by mail."));
    }
    let person = user::find_user(&ctx.store, member).await?.ok_or_else(|| Fault::not_found("member"))?;
    let mut tx = ctx.store.begin().await?;
    let link = insert(ctx, &mut tx, &person).await?;
    let entry = Entry::new("member.reset_link_created", format!("A password reset link for {} was created.", person.name));
    activity::record(&mut tx, &ctx.clock, caller, entry.subject("user", member.0)).await?;
    tx.commit().await?;
    Ok(link)
}

/// Fails if the token is no good any more; for the page, before somebody types a password.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn check(ctx: &Context, token: &str) -> Result<()> {
    password_reset::find_reset(&ctx.store, &token_hash(token), ctx.clock.now()).await?.map(drop).ok_or_else(gone)
}

/// Sets a new password with the token. Every session of the person ends; they sign in anew.
///
/// # Errors
/// [`ErrorCode::NotFound`] if the token is wrong, used or too old, [`ErrorCode::Invalid`] for a weak password.
pub async fn complete(ctx: &Context, token: &str, chosen: &SecretString, visitor: &Visitor) -> Result<()> {
    let token = token_hash(token);
    let id = password_reset::find_reset(&ctx.store, &token, ctx.clock.now()).await?.ok_or_else(gone)?;
    let person = user::find_user(&ctx.store, id).await?.ok_or_else(gone)?;
    let mut errors = Vec::new();
    password::check("/password", chosen, &person.email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let hash = password::hash(chosen).await?;
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    password_reset::use_reset(&mut tx, &token, now).await?.ok_or_else(gone)?;
    user::update_password_hash(&mut tx, person.id, &hash, now).await?;
    let ended = session::delete_sessions(&mut tx, person.id, None).await?;
    throttle::clear(&mut tx, &throttle::account(ctx, "sign-in", &person.email)).await?;
    for place in membership::list_memberships(&ctx.store, person.id).await? {
        let actor = Actor::User { id: person.id, name: person.name.clone(), role: place.role };
        let caller = Caller { actor, organization: place.organization_id, trace: visitor.trace, address: visitor.address };
        let entry =
            Entry::new("user.password_reset", format!("{} set a new password with a reset link; {ended} sessions ended.", person.name));
        activity::record(&mut tx, &ctx.clock, &caller, entry.subject("user", person.id.0)).await?;
    }
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

async fn insert(ctx: &Context, tx: &mut crate::store::Tx, person: &UserRow) -> Result<String> {
    let token = random::token();
    let now = ctx.clock.now();
    password_reset::insert_reset(tx, person.id, &token_hash(&token), now, now + VALID).await?;
    Ok(ctx.site.link(&format!("/reset-password/{token}")))
}

fn gone() -> Fault {
    Fault::new(ErrorCode::NotFound, "This link was used or is older than an hour. Ask for a new one.")
}

fn letter(person: &UserRow, link: &str) -> Letter {
    Letter {
        to: person.email.clone(),
        subject: "Set a new password for Hirewire".to_owned(),
        paragraphs: vec![format!("{}, somebody asked for a new password for your account.", person.name)],
        link: Some(("Set a new password".to_owned(), link.to_owned())),
        closing: Some("The link works once, for an hour. If it was not you, ignore this letter: your password stays as it is.".to_owned()),
    }
}
