//! Forms that are on every page: the theme, and signing out.
//!
//! `POST /preferences/theme`: the theme, kept in a cookie so that the first paint is right, and in the account of who is signed in.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde::Deserialize;
use tower_sessions::Session;

use super::text;
use crate::accounts::{Visitor, profile, sessions};
use crate::fault::Fault;
use crate::identity::Identity;
use crate::server::middleware::errors;
use crate::server::state::AppState;

/// A year: longer than browsers keep most cookies.
const COOKIE_AGE_S: u32 = 31_536_000;

#[derive(Debug, Deserialize)]
struct ThemeIn {
    theme: String,
}

/// The routes of this file.
pub fn routes() -> Router<AppState> {
    Router::new().route("/preferences/theme", post(set_theme)).route("/sign-out", post(sign_out))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignOutIn {
    next: Option<String>,
}

/// Ends the session, if there is one, and leads to the sign-in page.
async fn sign_out(State(state): State<AppState>, session: Session, parts: Parts, form: Result<Form<SignOutIn>, FormRejection>) -> Response {
    let (me, visitor) = (parts.extensions.get::<Arc<Identity>>(), parts.extensions.get::<Visitor>());
    if let (Some(me), Some(visitor)) = (me, visitor)
        && let Err(fault) = sessions::end(&state.context, &session, me, visitor).await
    {
        return errors::answer(fault);
    }
    // An invitation is read by whom it is for, who was signed in as somebody else.
    let next = form
        .ok()
        .and_then(|Form(form)| form.next)
        .filter(|next| next.starts_with("/invitations/"))
        .unwrap_or_else(|| "/sign-in".to_owned());
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&next).unwrap_or(HeaderValue::from_static("/sign-in")));
    response
}

async fn set_theme(State(state): State<AppState>, parts: Parts, Form(form): Form<ThemeIn>) -> Response {
    let Some(theme) = profile::THEMES.iter().copied().find(|known| *known == form.theme) else {
        return errors::answer(Fault::invalid("/theme", "Choose system, light or dark."));
    };
    if let Some(me) = parts.extensions.get::<Arc<Identity>>()
        && let Err(fault) = profile::set_theme(&state.context, me.user, theme).await
    {
        return errors::answer(fault);
    }
    let secure = if state.settings.is_https() { "; Secure" } else { "" };
    let cookie = format!("theme={theme}; Path=/; Max-Age={COOKIE_AGE_S}; SameSite=Lax{secure}");
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_str(&back(&parts)).unwrap_or(HeaderValue::from_static("/")));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page the visitor was on: of `Referer` only path and query, so that nobody is sent elsewhere.
fn back(parts: &Parts) -> String {
    let page = text(parts, header::REFERER).and_then(|referer| referer.parse::<Uri>().ok());
    let path = page.as_ref().and_then(|page| page.path_and_query()).map_or("/", |path| path.as_str());
    // Two slashes would name another host.
    if path.starts_with("//") || path.contains('\\') { "/".to_owned() } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn only_the_path_of_the_referer_counts() {
        for (referer, expected) in [
            ("http://hire.example/settings/profile?tab=1", "/settings/profile?tab=1"),
            ("http://evil.example/integrations", "/integrations"),
            ("http://evil.example//evil.example/", "/"),
            ("nonsense", "/"),
            ("", "/"),
        ] {
            let (parts, ()) = Request::builder().header(header::REFERER, referer).body(()).expect("a request").into_parts();
            assert_eq!(back(&parts), expected, "{referer}");
        }
    }
}
