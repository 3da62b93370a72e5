//! Signing in with address and password.
//!
//! The answer is the same whether the address is unknown or the password wrong, and takes as long.

use secrecy::{ExposeSecret as _, SecretString};

use super::sessions::SignedIn;
use super::{Visitor, password, throttle};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::{ErrorCode, FieldError};
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::store::membership::MembershipRow;
use crate::store::user::{self, UserRow};
use crate::store::{self, membership};

/// What a person types.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: SecretString,
}

/// Checks address and password. Begin a session with the answer ([`super::sessions::begin`]).
///
/// # Errors
/// [`ErrorCode::Invalid`] if something is left out, [`ErrorCode::Unauthenticated`] if they are not right,
/// [`ErrorCode::RateLimited`] after too many attempts.
pub async fn sign_in(ctx: &Context, input: &SignIn, visitor: &Visitor) -> Result<SignedIn> {
    let mut errors = Vec::new();
    let mut require = |pointer: &str, is_empty: bool, detail: &str| {
        if is_empty {
            errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
        }
    };
    require("/email", input.email.trim().is_empty(), "Enter your e-mail address.");
    require("/password", input.password.expose_secret().is_empty(), "Enter your password.");
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }

    let by_account = throttle::account(ctx, "sign-in", &input.email);
    let by_address = throttle::address(ctx, "sign-in", visitor);
    let counters: Vec<_> = [Some(by_account.clone()), by_address.clone()].into_iter().flatten().collect();
    throttle::admit(ctx, &counters).await?;

    let email = input.email.trim().to_lowercase();
    let is_too_long = input.password.expose_secret().chars().count() > password::LONGEST;
    let user = user::find_user_by_email(&ctx.store, &email).await?.filter(|_| !is_too_long);
    let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
    let is_right = password::verify(&input.password, hash).await?;
    let Some(user) = user.as_ref().filter(|_| is_right) else {
        if let Some(user) = user {
            note_refusal(ctx.clone(), user, visitor.clone());
        }
        return Err(Fault::new(ErrorCode::Unauthenticated, "The e-mail address or the password is not right."));
    };

    let renewed = match &user.password_hash {
        Some(hash) if password::is_outdated(hash) => Some(password::hash(&input.password).await?),
        _ => None,
    };
    let organization = membership::list_memberships(&ctx.store, user.id).await?.into_iter().next();
    let mut tx = ctx.store.begin().await?;
    throttle::clear(&mut tx, &by_account).await?;
    if let Some(by_address) = &by_address {
        throttle::take_back(&mut tx, by_address).await?;
    }
    if let Some(hash) = renewed {
        user::update_password_hash(&mut tx, user.id, &hash, ctx.clock.now()).await?;
    }
    if let Some(place) = &organization {
        let entry = Entry::new("session.started", format!("{} signed in.", user.name)).subject("user", user.id.0);
        activity::record(&mut tx, &ctx.clock, &caller(user, place, visitor), entry).await?;
    }
    tx.commit().await?;
    Ok(SignedIn { user: user.id, organization: organization.map(|place| place.organization_id) })
}

fn caller(user: &UserRow, place: &MembershipRow, visitor: &Visitor) -> Caller {
    let actor = Actor::User { id: user.id, name: user.name.clone(), role: place.role };
    Caller { actor, organization: place.organization_id, trace: visitor.trace, address: visitor.address }
}

/// Writes a refused sign-in down, beside the answer: only existing accounts have a log, and the answer must not take longer for them.
fn note_refusal(ctx: Context, user: UserRow, visitor: Visitor) {
    tokio::spawn(async move {
        let noted = async {
            let mut tx = ctx.store.begin().await?;
            for place in membership::list_memberships(&ctx.store, user.id).await? {
                let mut caller = Caller::system(place.organization_id, "sign-in", visitor.trace);
                caller.address = visitor.address;
                let entry = Entry::new("session.refused", format!("A sign-in as {} failed: the password was wrong.", user.name))
                    .subject("user", user.id.0)
                    .failed();
                activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
            }
            tx.commit().await
        };
        let noted: store::Result<()> = noted.await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a refused sign-in could not be written down");
        }
    });
}
