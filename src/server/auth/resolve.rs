//! Finds out who calls, mostly from memory: a signed-in page costs no write, and a read every few seconds.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use chrono::TimeDelta;
use tower_sessions::Session;

use super::{bearer, inactivity};
use crate::accounts::{Visitor, api_keys, sessions};
use crate::domain::error::ErrorCode;
use crate::fault::{Fault, Result};
use crate::identity::Identity;
use crate::server::middleware::address::ClientAddress;
use crate::server::middleware::errors;
use crate::server::request::RequestId;
use crate::server::state::AppState;
use crate::store::session;

/// Why a key that was sent does not count, as a request extension: asking for a [`crate::caller::Caller`] answers with it.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// Which failure.
    pub code: ErrorCode,
    /// The sentence.
    pub detail: &'static str,
}

const WRONG_KEY: Refusal = Refusal {
    code: ErrorCode::Unauthenticated,
    detail: "This API key is not known, was revoked, or has run out. Send a valid one as \"Authorization: Bearer hw_...\".",
};
const WRONG_PLACE: Refusal = Refusal { code: ErrorCode::Forbidden, detail: "This API key may not be used from this address." };

/// Leaves [`Visitor`] in the extensions always; the caller if one is known; [`Identity`] if a person is signed in.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let visitor = Visitor {
        address: extensions.get::<ClientAddress>().and_then(|address| address.0),
        user_agent: request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned),
        trace: extensions.get::<RequestId>().map_or_else(|| state.context.clock.new_id(), |id| id.0),
    };
    let resolved = match bearer(request.uri().path(), request.headers()).map(str::to_owned) {
        Some(key) => by_key(&state, &mut request, &key, &visitor).await,
        None => by_session(&state, &mut request, &visitor).await,
    };
    if let Err(fault) = resolved {
        return errors::answer(fault);
    }
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

async fn by_key(state: &AppState, request: &mut Request, key: &str, visitor: &Visitor) -> Result<()> {
    let Some(identity) = api_keys::look_up(&state.context, key).await? else {
        request.extensions_mut().insert(WRONG_KEY);
        return Ok(());
    };
    if !identity.may_come_from(visitor.address) {
        request.extensions_mut().insert(WRONG_PLACE);
        return Ok(());
    }
    api_keys::note_use(&state.context, &identity);
    request.extensions_mut().insert(identity.caller(visitor.trace, visitor.address));
    Ok(())
}

async fn by_session(state: &AppState, request: &mut Request, visitor: &Visitor) -> Result<()> {
    let Some(session) = request.extensions().get::<Session>().cloned() else { return Ok(()) };
    let Some(id) = session.id() else { return Ok(()) };
    let Some(identity) = sessions::look_up(&state.context, &session::key(&id)).await? else {
        // Ended, run out or made up. Asking for its data makes tower-sessions notice and take the cookie away.
        session.get_value(session::ACCOUNT).await.map_err(Fault::internal)?;
        return Ok(());
    };
    slide(state, &session, &identity);
    if let Some(caller) = identity.caller(visitor.trace, visitor.address) {
        request.extensions_mut().insert(caller);
    }
    request.extensions_mut().insert::<Arc<Identity>>(identity);
    Ok(())
}

/// Lengthens a session in use: the row and the cookie, once an hour.
fn slide(state: &AppState, session: &Session, identity: &Identity) {
    if state.context.clock.now() - identity.seen_at > TimeDelta::hours(1) {
        session.set_expiry(Some(inactivity(state)));
        state.context.identities.forget();
    }
}
