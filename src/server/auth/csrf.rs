//! Refuses changes that another site's page sends with our cookie.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` (over HTTPS and on localhost) and in `Origin`; a page cannot forge
//! either. Runs before server functions, whose error redirect follows any `Referer`.
//! Source: <https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers>.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::{bearer, cookie_name, has_cookie};
use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::middleware::errors;
use crate::server::state::AppState;

/// Refuses the request with `cross_site`, or lets it pass.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_change && !may_pass(request.uri().path(), request.headers(), &state.settings.public_url, state.settings.is_https()) {
        return errors::answer(Fault::new(
            ErrorCode::CrossSite,
            "This request came from another site, so nothing was changed. Open the page here and try again.",
        ));
    }
    next.run(request).await
}

fn may_pass(path: &str, headers: &HeaderMap, public_url: &str, is_https: bool) -> bool {
    // A key is sent by programs on purpose; a browser never adds one by itself.
    if bearer(path, headers).is_some() {
        return true;
    }
    let verdict = verdict(headers, public_url);
    if has_cookie(headers, cookie_name(is_https)) {
        return verdict == Some(true);
    }
    // Without a session there is nothing to abuse but signing somebody in under a stranger's account.
    let is_page = path.starts_with("/fn/") || path.starts_with("/preferences/");
    !is_page || verdict != Some(false)
}

/// Whether the request comes from one of our own pages; `None` if it does not say.
fn verdict(headers: &HeaderMap, public_url: &str) -> Option<bool> {
    if let Some(site) = headers.get("sec-fetch-site") {
        // `none`: typed, or from a bookmark.
        return Some(matches!(site.as_bytes(), b"same-origin" | b"none"));
    }
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    Some(origin.eq_ignore_ascii_case(public_url) || host.is_some_and(|host| host.eq_ignore_ascii_case(authority)))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const COOKIE: (&str, &str) = ("cookie", "theme=dark; hw_session=abc");

    fn passes(path: &str, headers: &[(&str, &str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_bytes(name.as_bytes()).expect("a name"), HeaderValue::from_str(value).expect("a value")))
            .collect();
        may_pass(path, &headers, "http://hire.example:3000", false)
    }

    #[test]
    fn a_change_with_our_cookie_must_come_from_our_pages() {
        assert!(passes("/fn/x", &[COOKIE, ("sec-fetch-site", "same-origin")]));
        assert!(passes("/fn/x", &[COOKIE, ("sec-fetch-site", "none")]));
        assert!(passes("/fn/x", &[COOKIE, ("origin", "http://hire.example:3000")]));
        assert!(passes("/fn/x", &[COOKIE, ("origin", "http://10.0.0.5:3000"), ("host", "10.0.0.5:3000")]));
        for wrong in [
            &[COOKIE][..],
            &[COOKIE, ("sec-fetch-site", "cross-site")],
            &[COOKIE, ("sec-fetch-site", "same-site")],
            &[COOKIE, ("sec-fetch-site", "cross-site"), ("origin", "http://hire.example:3000")],
            &[COOKIE, ("origin", "http://evil.example"), ("host", "hire.example:3000")],
            &[COOKIE, ("origin", "null")],
        ] {
            assert!(!passes("/fn/x", wrong) && !passes("/api/v1/api-keys", wrong), "{wrong:?}");
        }
    }

    #[test]
    fn keys_and_strangers_without_a_session_pass() {
        assert!(passes("/api/v1/api-keys", &[("authorization", "Bearer hw_x"), COOKIE]));
        assert!(passes("/hooks/greenhouse/1", &[("origin", "http://evil.example")]));
        assert!(passes("/fn/auth/sign-in", &[]), "a script that signs in");
    }

    #[test]
    fn a_key_buys_nothing_where_the_cookie_counts() {
        assert!(!passes("/fn/x", &[("authorization", "Bearer hw_x"), COOKIE]));
    }

    #[test]
    fn nobody_is_signed_in_from_another_site() {
        assert!(!passes("/fn/auth/sign-in", &[("sec-fetch-site", "cross-site")]));
        assert!(!passes("/fn/auth/sign-in", &[("origin", "http://evil.example"), ("host", "hire.example:3000")]));
    }
}
