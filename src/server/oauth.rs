//! Where people leave for a provider and come back from it.
//!
//! Leaving goes through a page of ours that leads on by itself, because browsers apply `form-action` to every address a form's answer
//! redirects to. Nothing here is logged: the addresses carry codes.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use secrecy::SecretString;

use super::middleware::errors;
use super::pages::{error_page, escape};
use super::problem::Problem;
use super::state::AppState;
use crate::accounts::Visitor;
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::identity::Identity;
use crate::integrations::oauth::{self, Arrival, Asker, Binding, Failure, Landing, StartInput};
use crate::providers::catalogue;

/// The routes of this file.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/oauth/{provider}/start", post(leave))
        .route("/oauth/{provider}/callback", get(land))
        .route("/oauth/confirm", post(confirm))
}

/// Who asks, and what a sign-in that they begin belongs to.
pub struct Starter {
    /// Who.
    pub caller: Caller,
    /// Their session or key.
    pub binding: Binding,
}

fn binding(parts: &Parts) -> Option<Binding> {
    if let Some(me) = parts.extensions.get::<Arc<Identity>>() {
        return Some(Binding::Session(me.session.clone()));
    }
    match parts.extensions.get::<Caller>().map(|caller| &caller.actor) {
        Some(Actor::ApiKey { id, .. }) => Some(Binding::Key(*id)),
        _ => None,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Starter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let binding = binding(parts).ok_or_else(|| Problem::plain(ErrorCode::Unauthenticated))?;
        Ok(Self { caller, binding })
    }
}

/// Who comes back, whoever they are.
pub fn asker(parts: &Parts, is_browser: bool) -> Asker {
    let visitor = parts.extensions.get::<Visitor>();
    Asker {
        caller: parts.extensions.get::<Caller>().cloned(),
        binding: binding(parts),
        is_browser,
        trace: visitor.map(|visitor| visitor.trace).unwrap_or_default(),
        address: visitor.and_then(|visitor| visitor.address),
    }
}

/// What an address brings back. A parameter that stands twice counts as none: two readers could read it differently.
pub fn arrival(provider: Option<String>, query: Option<&str>) -> Arrival {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let one = |name: &str| {
        let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone());
        values.next().filter(|_| values.next().is_none())
    };
    Arrival {
        // The calendars' and the tracking systems' common address names no provider.
        provider: provider.or_else(|| one("provider")).filter(|name| !matches!(name.as_str(), "calendar" | "ats")),
        state: one("state"),
        code: one("code").filter(|code| !code.is_empty() && code.len() <= 8192).map(SecretString::from),
        error: one("error"),
        iss: one("iss"),
        accounts_server: one("accounts-server"),
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct LeaveIn {
    integration: Option<String>,
    return_to: Option<String>,
    environment: Option<String>,
    popup: Option<String>,
}

/// Begins a sign-in from the connect page.
async fn leave(State(ctx): State<Context>, Path(provider): Path<String>, parts: Parts, body: String) -> Response {
    let Some(caller) = parts.extensions.get::<Caller>().cloned() else {
        return redirect(&format!("/sign-in?next=/integrations/connect/{}", slug(&provider)));
    };
    let Some(binding) = binding(&parts) else { return errors::answer(Fault::new(ErrorCode::Unauthenticated, "Sign in first.")) };
    let form: LeaveIn = serde_urlencoded(&body);
    // A list of boxes: none ticked is a choice too, if the page had boxes at all.
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let features: Vec<String> = pairs.iter().filter(|(key, _)| key == "features").map(|(_, value)| value.clone()).collect();
    let has_boxes = pairs.iter().any(|(key, _)| key == "has_features");
    let integration = form.integration.as_deref().and_then(|id| id.parse().ok());
    let input = StartInput {
        provider: provider.clone(),
        integration,
        features: has_boxes.then_some(features),
        return_to: form.return_to,
        popup: form.popup.is_some(),
        name: None,
        environment: form.environment,
    };
    match oauth::start(&ctx, &caller, &binding, input).await {
        Ok(started) => going(started.entry.name, started.url.as_str()),
        Err(fault) => {
            fault.log();
            let reason = if fault.code == ErrorCode::ProviderNotConfigured { "not_configured" } else { "failed" };
            redirect(&oauth::failed_at(None, Some(slug(&provider)), form_id(form.integration.as_deref()), reason))
        }
    }
}

fn form_id(text: Option<&str>) -> Option<&str> {
    text.filter(|text| uuid::Uuid::parse_str(text).is_ok())
}

fn serde_urlencoded(body: &str) -> LeaveIn {
    let mut form = LeaveIn::default();
    for (key, value) in url::form_urlencoded::parse(body.as_bytes()).into_owned().filter(|(_, value)| !value.is_empty()) {
        match key.as_str() {
            "integration" => form.integration = Some(value),
            "return_to" => form.return_to = Some(value),
            "environment" => form.environment = Some(value),
            "popup" => form.popup = Some(value),
            _ => {}
        }
    }
    form
}

/// A provider's own slug, if there is such a provider: what a stranger writes does not get into an address.
fn slug(named: &str) -> &'static str {
    catalogue::find(named).map_or("", |entry| entry.slug)
}

/// Takes a person who comes back.
async fn land(State(state): State<AppState>, Path(provider): Path<String>, RawQuery(query): RawQuery, parts: Parts) -> Response {
    browser(&state, &parts, arrival(Some(provider), query.as_deref())).await
}

/// Takes a person who comes back in a browser, at whichever address.
pub async fn browser(state: &AppState, parts: &Parts, arrival: Arrival) -> Response {
    let result = oauth::finish(&state.context, &asker(parts, true), arrival).await;
    show(state, parts, result)
}

fn show(state: &AppState, parts: &Parts, result: Result<Landing, Failure>) -> Response {
    let me = parts.extensions.get::<Arc<Identity>>();
    match result {
        Ok(Landing::Confirm { token, browser, entry, organization, key }) => {
            let mut response = question(&state.settings.allowed_origins, entry.name, &organization, &key, &token);
            let secure = state.settings.is_https();
            let cookie = format!(
                "{}={browser}; Path=/; Max-Age=600; HttpOnly; SameSite=Strict{}",
                cookie_name(secure),
                if secure { "; Secure" } else { "" }
            );
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Ok(Landing::Connected(connected)) => {
            let name = catalogue::find(&connected.row.provider).map_or("", |entry| entry.name);
            if connected.popup || (me.is_none() && connected.return_to.is_none()) {
                return done(&format!("{name} is connected"), "You can close this window.", Some(&connected.row.provider));
            }
            let id = connected.row.id.to_string();
            redirect(&oauth::returned_to(connected.return_to.as_deref(), &id, &connected.row.provider))
        }
        Err(failure) => {
            failure.fault.log();
            let name = failure.entry.map_or("The tool", |entry| entry.name);
            if failure.popup {
                return done(&format!("{name} is not connected"), &failure.fault.detail, None);
            }
            if me.is_none() && failure.return_to.is_none() {
                return error_page(&failure.fault);
            }
            let id = failure.integration.map(|id| id.to_string());
            let slug = failure.entry.map(|entry| entry.slug);
            redirect(&oauth::failed_at(failure.return_to.as_deref(), slug, id.as_deref(), failure.reason))
        }
    }
}

#[derive(serde::Deserialize)]
struct ConfirmIn {
    token: String,
}

/// Takes the word of a person whom a program sent.
async fn confirm(State(state): State<AppState>, parts: Parts, Form(form): Form<ConfirmIn>) -> Response {
    let mut asker = asker(&parts, true);
    asker.binding = cookie(&parts.headers, cookie_name(state.settings.is_https())).map(Binding::Browser);
    let result = oauth::confirm(&state.context, &asker, &form.token).await;
    show(&state, &parts, result)
}

const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-hw_oauth" } else { "hw_oauth" }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn redirect(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/integrations")));
    quiet(response)
}

/// Addresses on the way carry codes: nothing is kept, and no `Referer` goes along.
fn quiet(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A small page of ours that leads on to the provider by itself.
fn going(name: &str, url: &str) -> Response {
    let (name, url) = (escape(name), escape(url));
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={url}\">");
    page(&format!("Going to {name}"), &head, &format!("<p><a href=\"{url}\" rel=\"noreferrer\">Continue to {name}</a></p>"), "", "")
}

/// The end of a sign-in in a window of its own. A page of ours that waits for it is told which tool it was, and nothing else.
fn done(title: &str, text: &str, provider: Option<&str>) -> Response {
    let nonce = crate::random::token();
    let message = serde_json::json!({ "connected": provider.is_some(), "provider": provider });
    let script = format!(
        "<script nonce=\"{nonce}\">new BroadcastChannel('hirewire.oauth').postMessage({message});setTimeout(function(){{window.close()}},600)</script>"
    );
    page(&escape(title), "", &format!("<p>{}</p>{script}", escape(text)), &format!("script-src 'nonce-{nonce}';"), "")
}

/// Asks a person whom a program sent whether they want this.
fn question(origins: &[String], name: &str, organization: &str, key: &str, token: &str) -> Response {
    let (name, organization, key, token) = (escape(name), escape(organization), escape(key), escape(token));
    let body = format!(
        "<p>The organization <strong>{organization}</strong> will be able to use your {name} account, as you allowed there a moment ago. \
         The program <strong>{key}</strong> asked for it.</p><p>Go on only if you expected this.</p>\
         <form method=\"post\" action=\"/oauth/confirm\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <div class=\"button-row\"><button class=\"button primary\">Connect {name} to {organization}</button> <a class=\"button\" href=\"/\">Stop</a></div></form>"
    );
    let origins = origins.join(" ");
    page(&format!("Connect {name}?"), "", &body, "", &format!("form-action 'self' {origins};"))
}

fn page(title: &str, head: &str, body: &str, scripts: &str, forms: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
         <title>{title} · Hirewire</title><link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/pkg/hirewire.css\"></head>\
         <body><main class=\"error-page\"><h1>{title}</h1>{body}</main></body></html>"
    );
    let policy = format!("default-src 'none'; style-src 'self'; img-src 'self'; {scripts} {forms} base-uri 'none'; frame-ancestors 'none'");
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; style-src 'self'; img-src 'self'"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")), (header::CONTENT_SECURITY_POLICY, policy)];
    quiet((StatusCode::OK, headers, html).into_response())
}

/// Whether a browser asks for a page, and no program for data.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}
