//! Who calls: sessions, API keys, and the guard against requests from other sites.
//!
//! From the outside in: [`csrf`] refuses changes from other sites, tower-sessions makes the session available (it is read only when
//! something needs it), [`resolve`] finds out who calls and leaves [`crate::caller::Caller`], [`crate::identity::Identity`] and
//! [`crate::accounts::Visitor`] in the request's extensions. [`extract`] takes them out again.

use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time;
use tower_sessions::{Expiry, SessionManagerLayer};

use super::state::AppState;
use crate::store::session::Sessions;

pub mod csrf;
pub mod extract;
pub mod preferences;
pub mod resolve;

pub use extract::RequireUser;

/// The session cookie's name. With HTTPS the prefix makes browsers refuse one that another host or an insecure page set.
pub const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-hw_session" } else { "hw_session" }
}

/// tower-sessions over our table: an `HttpOnly`, `SameSite=Lax` cookie that lives as long as the session does.
pub fn sessions(state: &AppState) -> SessionManagerLayer<Sessions> {
    let ctx = &state.context;
    let is_https = state.settings.is_https();
    SessionManagerLayer::new(Sessions::new(ctx.store.clone(), ctx.clock.clone(), ctx.site.session_idle))
        .with_name(cookie_name(is_https))
        .with_secure(is_https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(inactivity(state))
}

fn inactivity(state: &AppState) -> Expiry {
    Expiry::OnInactivity(time::Duration::try_from(state.context.site.session_idle).unwrap_or(time::Duration::WEEK))
}

/// The API key a request to the API carries, if it carries one.
fn bearer<'a>(path: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    if !path.starts_with("/api/") {
        return None;
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    // A header that is no bearer token is a key that is wrong, not a missing one: the cookie must not take its place.
    let (scheme, key) = value.split_once(' ').unwrap_or((value, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") { key.trim() } else { "" })
}

/// Whether the request carries a cookie of this name.
fn has_cookie(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(';').any(|pair| pair.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with('='))))
}

/// The first header of this name as text.
fn text(parts: &Parts, name: header::HeaderName) -> Option<&str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}
