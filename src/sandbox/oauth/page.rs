//! The page that asks: who wants what, Allow and Deny.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Extract};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono::TimeDelta;
use url::Url;

use super::rules::{Offline, Shape};
use super::{Code, Consent, Server};

/// What the person on the page does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Decision {
    /// They allow everything.
    #[default]
    Allow,
    /// They allow everything but these scopes, where the vendor lets them choose.
    AllowWithout(Vec<String>),
    /// They refuse.
    Deny,
}

type Params = BTreeMap<String, String>;

/// Why a person is not sent back: nothing is known to be ours.
struct NoWayBack(&'static str);

struct Asked {
    redirect: Url,
    state: Option<String>,
    scopes: Vec<String>,
    challenge: Option<String>,
    is_offline: bool,
}

fn params(text: &str) -> Params {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Server {
    /// Answers an authorization address as a person would, and gives the address they are sent back to.
    ///
    /// # Errors
    /// What the page says instead, where nobody is sent back.
    pub fn consent(&self, url: &Url, decision: &Decision) -> Result<Url, String> {
        let asked = self.read(&params(url.query().unwrap_or_default())).map_err(|refusal| refusal.0.to_owned())?;
        Ok(match asked {
            Err(back) => back,
            Ok(asked) => self.answer(&asked, decision),
        })
    }

    /// What is asked; an address to send the person back to if that is wrong.
    fn read(&self, params: &Params) -> Result<Result<Asked, Url>, NoWayBack> {
        let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
        if get("client_id") != Some(&self.0.facts.demo("client")) {
            return Err(NoWayBack("This app is not known."));
        }
        let redirect = get("redirect_uri").ok_or(NoWayBack("The redirect address is missing."))?;
        let url: Url = redirect.parse().map_err(|_| NoWayBack("The redirect address is not valid."))?;
        if url.fragment().is_some() {
            return Err(NoWayBack("The redirect address has a fragment."));
        }
        {
            let mut state = self.state();
            if state.redirects.is_empty() {
                state.redirects.push(redirect.clone());
            }
            if !state.redirects.contains(redirect) {
                return Err(NoWayBack("redirect_uri_mismatch: the redirect address is not registered."));
            }
        }
        let state = get("state").cloned();
        let wrong = |error: &str| Ok(Err(self.back(&url, &[("error", error)], state.as_deref())));
        if get("response_type").map(String::as_str) != Some("code") && self.0.rules.shape != Shape::Slack {
            return wrong("unsupported_response_type");
        }
        let known = self.0.entry.all_scopes();
        let separator = self.0.facts.scope_separator;
        let scopes: Vec<String> = get("scope").map(|text| text.split(separator).map(str::to_owned).collect()).unwrap_or_default();
        if scopes.iter().any(|scope| !known.contains(&scope.as_str())) {
            return wrong("invalid_scope");
        }
        let challenge = get("code_challenge").cloned();
        if challenge.is_some() && get("code_challenge_method").map(String::as_str) != Some("S256") {
            return wrong("invalid_request");
        }
        let is_offline = match self.0.rules.offline {
            Offline::Always => true,
            Offline::AccessType => {
                get("access_type").map(String::as_str) == Some("offline") && get("prompt").is_some_and(|p| p == "consent")
            }
            Offline::Scope => scopes.iter().any(|scope| scope == "offline_access"),
            Offline::IfRotating => self.state().rotates,
        };
        Ok(Ok(Asked { redirect: url, state, scopes, challenge, is_offline }))
    }

    fn answer(&self, asked: &Asked, decision: &Decision) -> Url {
        let granted: Vec<String> = match decision {
            Decision::Deny => {
                let error = if self.0.facts.family == "linkedin" { "user_cancelled_authorize" } else { "access_denied" };
                return self.back(&asked.redirect, &[("error", error)], asked.state.as_deref());
            }
            Decision::AllowWithout(left_out) if self.0.rules.is_granular => {
                asked.scopes.iter().filter(|scope| !left_out.contains(scope)).cloned().collect()
            }
            _ => asked.scopes.clone(),
        };
        let mut state = self.state();
        state.serial += 1;
        let (serial, account) = (state.serial, state.account.clone().unwrap_or_else(|| "robin@northwind.test".to_owned()));
        state.consents.insert(serial, Consent { account, scopes: granted.clone(), is_offline: asked.is_offline });
        let code = format!("code-{serial}-{}", crate::random::token());
        let expires_at = self.0.clock.now() + TimeDelta::seconds(self.0.rules.code_s);
        let redirect_uri = asked.redirect.as_str().to_owned();
        state
            .codes
            .insert(code.clone(), Code { consent: serial, redirect_uri, challenge: asked.challenge.clone(), expires_at, is_used: false });
        drop(state);
        let scope = granted.join(" ");
        let mut pairs = vec![("code", code.as_str())];
        match self.0.facts.family {
            "google" => pairs.push(("scope", &scope)),
            "zoho" => pairs.extend([("location", "eu"), ("accounts-server", "https://accounts.zoho.eu")]),
            _ => {}
        }
        self.back(&asked.redirect, &pairs, asked.state.as_deref())
    }

    fn back(&self, redirect: &Url, pairs: &[(&str, &str)], state: Option<&str>) -> Url {
        let mut url = redirect.clone();
        let mut query = url.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        if let Some(issuer) = self.0.facts.issuer {
            query.append_pair("iss", issuer);
        }
        drop(query);
        url
    }
}

/// Shows the page, or sends the person back if what is asked is wrong.
pub(super) async fn show(Extract(server): Extract<Server>, RawQuery(query): RawQuery) -> Response {
    server.state().counts.pages += 1;
    let query = query.unwrap_or_default();
    match server.read(&params(&query)) {
        Err(NoWayBack(text)) => (StatusCode::BAD_REQUEST, Html(frame(&server, &format!("<p>{text}</p>")))).into_response(),
        Ok(Err(back)) => go(&back),
        Ok(Ok(asked)) => Html(frame(&server, &question(&server, &asked, &query))).into_response(),
    }
}

/// Takes the answer.
pub(super) async fn decide(Extract(server): Extract<Server>, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let asked = match server.read(&params(&field("request"))) {
        Err(NoWayBack(text)) => return (StatusCode::BAD_REQUEST, Html(frame(&server, &format!("<p>{text}</p>")))).into_response(),
        Ok(Err(back)) => return go(&back),
        Ok(Ok(asked)) => asked,
    };
    let decision = if field("decision") == "allow" {
        let ticked: Vec<&String> = form.iter().filter(|(key, _)| key == "scope").map(|(_, value)| value).collect();
        Decision::AllowWithout(asked.scopes.iter().filter(|scope| !ticked.contains(scope)).cloned().collect())
    } else {
        Decision::Deny
    };
    if !field("account").is_empty() {
        server.sign_in_as(&field("account"));
    }
    go(&server.answer(&asked, &decision))
}

fn go(url: &Url) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, url.as_str().to_owned())]).into_response()
}

fn question(server: &Server, asked: &Asked, query: &str) -> String {
    let locked = if server.0.rules.is_granular { "" } else { " disabled" };
    let scopes: String = asked
        .scopes
        .iter()
        .map(|scope| {
            let scope = escape(scope);
            format!("<li><label><input type=\"checkbox\" name=\"scope\" value=\"{scope}\" checked{locked}> {scope}</label></li>")
        })
        .collect();
    let account = server.state().account.clone().unwrap_or_else(|| "robin@northwind.test".to_owned());
    format!(
        "<p>Hirewire wants to use your account.</p><form method=\"post\"><input type=\"hidden\" name=\"request\" value=\"{}\">\
         <p><label>Account <input name=\"account\" value=\"{}\"></label></p><ul>{scopes}</ul>\
         <p><button name=\"decision\" value=\"allow\">Allow</button> <button name=\"decision\" value=\"deny\">Deny</button></p></form>",
        escape(query),
        escape(&account)
    )
}

fn frame(server: &Server, body: &str) -> String {
    let name = server.0.entry.name;
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Simulated {name}</title><style>body{{font:16px/1.5 system-ui;max-width:34rem;margin:10vh auto;padding:0 1rem}}\
         button{{font:inherit;padding:.4rem 1rem}}li{{word-break:break-all}}</style></head><body><main><h1>Simulated {name}</h1>{body}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
