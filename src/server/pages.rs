//! Pages: how Leptos is reached, and the two pages that must work even if Leptos does not.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes as _, ResponseOptions};

use super::middleware::headers::page_policy;
use super::request;
use super::state::AppState;
use crate::app::routes::{App, document};
use crate::caller::Caller;
use crate::fault::Fault;

/// Every page and server function.
pub fn router(state: &AppState) -> Router<AppState> {
    let context = provide(state);
    let routes = leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context(App, None, context.clone()).0;
    let options = state.leptos.clone();
    Router::new().leptos_routes_with_context(state, routes, context, move || document(options.clone()))
}

/// What pages and server functions find in their context: the services' [`crate::context::Context`], the settings, and, if somebody
/// is signed in, the [`Caller`].
fn provide(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let state = state.clone();
    move || {
        provide_context(state.context.clone());
        provide_context(state.settings.clone());
        let parts = leptos::prelude::use_context::<axum::http::request::Parts>();
        if let Some(caller) = parts.as_ref().and_then(|parts| parts.extensions.get::<Caller>()) {
            provide_context(caller.clone());
        }
        if let Some(options) = leptos::prelude::use_context::<ResponseOptions>()
            && let Some(nonce) = leptos::nonce::use_nonce()
        {
            // Pages carry their reader's data: no cache on the way may keep them.
            options.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce)) {
                options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
        }
    }
}

/// The page for "there is nothing here", with status 404.
pub async fn not_found(state: &AppState, request: Request) -> Response {
    let options = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(provide(state), move || document(options.clone()));
    let mut response = render(request).await.into_response();
    // The router's fallback sets the status; this holds even if an address matches a page for another method.
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// A failure as a page that needs nothing but the style sheet.
pub fn error_page(fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = request::current().map(|current| current.id.to_string()).unwrap_or_default();
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Hirewire</title><link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/pkg/hirewire.css\"></head>\
         <body><main class=\"error-page\"><h1>{title}</h1><p>{detail}</p><p class=\"meta\">Request {id}</p><p><a href=\"/\">Back to the start</a></p></main></body></html>",
        title = escape(fault.code.title()),
        detail = escape(&fault.detail),
    );
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (status, headers, html).into_response();
    if let Some(wait) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
    }
    response
}

/// Text made safe to stand between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
