//! Browser sessions: beginning one at sign-in, ending it, whose it is, and which organization it looks at.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use tower_sessions::Session;

use super::Visitor;
use crate::context::Context;
use crate::domain::id::{OrgId, UserId};
use crate::fault::{Fault, Result};
use crate::identity::{Identity, Place};
use crate::operations::activity::{self, Entry};
use crate::store::membership;
use crate::store::session::{self, ACCOUNT, SessionAccount, SessionRow};

/// Somebody who proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// The organization to show them first; `None` if they belong to none.
    pub organization: Option<OrgId>,
}

/// Begins a session for somebody who proved who they are. The session gets a new id, so one that was planted before is worth nothing.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the session cannot be stored.
pub async fn begin(ctx: &Context, session: &Session, who: SignedIn, visitor: &Visitor) -> Result<()> {
    let account = SessionAccount {
        user: who.user,
        organization: who.organization,
        user_agent: visitor.user_agent.as_deref().map(|text| text.chars().take(300).collect()),
        address: visitor.address.map(|address| address.to_string()),
        since: ctx.clock.now(),
    };
    session.cycle_id().await.map_err(Fault::internal)?;
    session.clear().await;
    session.insert(ACCOUNT, account).await.map_err(Fault::internal)?;
    session.save().await.map_err(Fault::internal)?;
    ctx.identities.forget();
    Ok(())
}

/// Signs out: ends this session.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn end(ctx: &Context, session: &Session, me: &Identity, visitor: &Visitor) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    session::delete_session(&mut tx, me.user, &me.session).await?;
    if let Some(caller) = me.caller(visitor.trace, visitor.address) {
        let entry = Entry::new("session.ended", format!("{} signed out.", me.name)).subject("user", me.user.0);
        activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
    }
    tx.commit().await?;
    // Takes the cookie away; the row is gone already.
    session.flush().await.map_err(Fault::internal)?;
    ctx.identities.forget();
    Ok(())
}

/// Whose session this is, by its name in the table ([`session::key`]). Remembered for a few seconds.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn look_up(ctx: &Context, name: &str) -> Result<Option<Arc<Identity>>> {
    let identity = ctx.identities.session(name, read(ctx, name)).await?;
    Ok(identity.filter(|identity| identity.expires_at > ctx.clock.now()))
}

async fn read(ctx: &Context, name: &str) -> Result<Option<Identity>> {
    let Some(row) = session::find_session_user(&ctx.store, name, ctx.clock.now()).await? else { return Ok(None) };
    let role = session::role(&row);
    let is_candidate = row.kind == "candidate";
    let place = match (row.organization_id, row.organization_name, role) {
        (Some(organization), Some(organization_name), Some(role)) => Some(Place { organization, organization_name, role }),
        // They left the organization the session looked at: show them another one of theirs.
        _ if !is_candidate => membership::list_memberships(&ctx.store, row.user_id).await?.into_iter().next().map(|row| Place {
            organization: row.organization_id,
            organization_name: row.organization_name,
            role: row.role,
        }),
        _ => None,
    };
    Ok(Some(Identity {
        user: row.user_id,
        email: row.email,
        name: row.name,
        is_candidate,
        theme: row.theme,
        time_zone: row.time_zone,
        place,
        session: name.to_owned(),
        seen_at: row.seen_at,
        expires_at: row.expires_at,
    }))
}

/// One of a person's sessions.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// The session.
    pub row: SessionRow,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// A person's own sessions, the last used first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn list(ctx: &Context, me: &Identity) -> Result<Vec<OwnSession>> {
    let rows = session::list_sessions(&ctx.store, me.user, ctx.clock.now()).await?;
    Ok(rows.into_iter().map(|row| OwnSession { is_current: row.id == me.session, row }).collect())
}

/// Ends one of a person's own sessions.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`] if it is not theirs.
pub async fn revoke(ctx: &Context, me: &Identity, visitor: &Visitor, id: &str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if !session::delete_session(&mut tx, me.user, id).await? {
        return Err(Fault::not_found("session"));
    }
    if let Some(caller) = me.caller(visitor.trace, visitor.address) {
        let entry = Entry::new("session.revoked", format!("{} ended one of their sessions.", me.name)).subject("user", me.user.0);
        activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
    }
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

/// Ends a person's other sessions. Returns how many.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn revoke_others(ctx: &Context, me: &Identity, visitor: &Visitor) -> Result<u64> {
    let mut tx = ctx.store.begin().await?;
    let ended = session::delete_sessions(&mut tx, me.user, Some(&me.session)).await?;
    if let Some(caller) = me.caller(visitor.trace, visitor.address) {
        let entry = Entry::new("session.revoked", format!("{} ended their other sessions ({ended}).", me.name)).subject("user", me.user.0);
        activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
    }
    tx.commit().await?;
    ctx.identities.forget();
    Ok(ended)
}

/// Makes the session look at another of the person's organizations.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`] if they do not belong to it.
pub async fn switch(ctx: &Context, session: &Session, me: &Identity, organization: OrgId) -> Result<()> {
    if membership::find_member(&ctx.store, organization, me.user).await?.is_none() {
        return Err(Fault::not_found("organization"));
    }
    let mut account: SessionAccount = session.get(ACCOUNT).await.map_err(Fault::internal)?.ok_or_else(|| Fault::not_found("session"))?;
    account.organization = Some(organization);
    session.insert(ACCOUNT, account).await.map_err(Fault::internal)?;
    session.save().await.map_err(Fault::internal)?;
    ctx.identities.forget();
    Ok(())
}

/// Keeps a text for the next page of this session: a key or link that is shown once. It is sealed in the session's row.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Internal`] if the vault has no key.
pub async fn stash(ctx: &Context, session: &Session, name: &'static str, text: &str) -> Result<()> {
    let sealed = ctx.seal(text.as_bytes(), &stash_identity(name))?;
    session.insert(name, STANDARD.encode(sealed.bytes)).await.map_err(Fault::internal)?;
    session.save().await.map_err(Fault::internal)
}

/// Takes the kept text out; it is there once.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn take(ctx: &Context, session: &Session, name: &'static str) -> Result<Option<String>> {
    if session.get_value(name).await.map_err(Fault::internal)?.is_none() {
        return Ok(None);
    }
    let sealed: Option<String> = session.remove(name).await.map_err(Fault::internal)?;
    session.save().await.map_err(Fault::internal)?;
    let Some(sealed) = sealed.and_then(|text| STANDARD.decode(text).ok()) else { return Ok(None) };
    let plain = ctx.open(&sealed, &stash_identity(name)).await?;
    Ok(String::from_utf8(plain.expose_secret().to_vec()).ok())
}

fn stash_identity(name: &str) -> String {
    format!("sessions/stash/{name}")
}
