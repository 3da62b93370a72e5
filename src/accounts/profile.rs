//! What people change about their own account.

use secrecy::SecretString;

use super::{Visitor, check_name, password, throttle};
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::UserId;
use crate::fault::{Fault, Result};
use crate::identity::Identity;
use crate::operations::activity::{self, Entry};
use crate::store::{Tx, password_reset, session, user};

/// The themes there are.
pub const THEMES: &[&str] = &["system", "light", "dark"];

/// Changes the name and the time zone. An empty time zone follows the browser.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming fields.
pub async fn update(ctx: &Context, me: &Identity, visitor: &Visitor, name: &str, time_zone: &str) -> Result<()> {
    let (name, time_zone) = (name.trim(), time_zone.trim());
    let mut errors = Vec::new();
    check_name("/name", "your name", name, &mut errors);
    if !time_zone.is_empty() && jiff::tz::TimeZone::get(time_zone).is_err() {
        errors.push(FieldError {
            pointer: "/timeZone".to_owned(),
            detail: "Choose a time zone by its name, such as Europe/Paris.".to_owned(),
        });
    }
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let mut tx = ctx.store.begin().await?;
    let time_zone = Some(time_zone).filter(|text| !text.is_empty());
    user::update_profile(&mut tx, me.user, name, time_zone, ctx.clock.now()).await?;
    record(ctx, &mut tx, me, visitor, Entry::new("user.updated", format!("{name} changed their profile."))).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

/// Sets the theme.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] if it is not one.
pub async fn set_theme(ctx: &Context, me: UserId, theme: &str) -> Result<()> {
    if !THEMES.contains(&theme) {
        return Err(Fault::invalid("/theme", "Choose system, light or dark."));
    }
    let mut tx = ctx.store.begin().await?;
    user::update_theme(&mut tx, me, Some(theme), ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

/// Changes the password, knowing the present one. The person's other sessions end, and reset links stop working.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming fields, [`crate::domain::error::ErrorCode::RateLimited`] after too many tries.
pub async fn change_password(ctx: &Context, me: &Identity, visitor: &Visitor, present: &SecretString, chosen: &SecretString) -> Result<()> {
    let mut errors = Vec::new();
    password::check("/newPassword", chosen, &me.email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let counter = throttle::account(ctx, "password", &me.email);
    throttle::admit(ctx, std::slice::from_ref(&counter)).await?;
    let row = user::find_user(&ctx.store, me.user).await?.ok_or_else(|| Fault::not_found("account"))?;
    if !password::verify(present, row.password_hash.as_deref()).await? {
        return Err(Fault::invalid("/currentPassword", "This is not your present password."));
    }
    let hash = password::hash(chosen).await?;
    let mut tx = ctx.store.begin().await?;
    throttle::clear(&mut tx, &counter).await?;
    user::update_password_hash(&mut tx, me.user, &hash, ctx.clock.now()).await?;
    password_reset::delete_resets(&mut tx, me.user).await?;
    let ended = session::delete_sessions(&mut tx, me.user, Some(&me.session)).await?;
    let entry = Entry::new("user.password_changed", format!("{} changed their password; {ended} other sessions ended.", me.name));
    record(ctx, &mut tx, me, visitor, entry).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

async fn record(ctx: &Context, tx: &mut Tx, me: &Identity, visitor: &Visitor, entry: Entry) -> Result<()> {
    if let Some(caller) = me.caller(visitor.trace, visitor.address) {
        activity::record(tx, &ctx.clock, &caller, entry.subject("user", me.user.0)).await?;
    }
    Ok(())
}
