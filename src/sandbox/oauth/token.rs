//! The token endpoint and the endpoint that takes tokens back.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::rules::{Offline, Shape};
use super::{Fault, Server, State, answer};
use crate::providers::catalogue::{Refresh, Revoke, TokenAuth};
use crate::random;

type Form = Vec<(String, String)>;
type Refused = &'static str;

fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Answers a token request.
pub(super) async fn token(Extract(server): Extract<Server>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = {
        let mut state = server.state();
        if state.faults.is_empty() { None } else { Some(state.faults.remove(0)) }
    };
    let form: Form = url::form_urlencoded::parse(&body).into_owned().collect();
    if field(&form, "grant_type") == Some("refresh_token") {
        server.state().counts.refreshes += 1;
    }
    match &fault {
        Some(Fault::Status { status, retry_after }) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = answer(status, &json!({}));
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
            }
            return response;
        }
        Some(Fault::Error { error }) => return refuse(server.0.rules.shape, error),
        _ => {}
    }
    let given = server.give(&headers, &form);
    match fault {
        Some(Fault::Close) => {
            let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)) });
            Response::new(Body::from_stream(broken))
        }
        Some(Fault::Garbage) => (StatusCode::OK, "<html>It works</html>").into_response(),
        _ => given.map_or_else(|error| refuse(server.0.rules.shape, error), |body| answer(StatusCode::OK, &body)),
    }
}

fn refuse(shape: Shape, error: &str) -> Response {
    match shape {
        Shape::Slack => {
            answer(StatusCode::OK, &json!({"ok": false, "error": if error == "invalid_grant" { "invalid_code" } else { error }}))
        }
        Shape::Zoho => answer(StatusCode::OK, &json!({"error": if error == "invalid_grant" { "invalid_code" } else { error }})),
        Shape::Standard => {
            let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            answer(status, &json!({"error": error, "error_description": "See the documentation."}))
        }
    }
}

impl Server {
    fn give(&self, headers: &HeaderMap, form: &Form) -> Result<Value, Refused> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if !text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Err("invalid_request");
        }
        self.check_client(text(header::AUTHORIZATION), form)?;
        match field(form, "grant_type") {
            Some("authorization_code") => self.exchange(form),
            // Slack names no grant type for a code.
            None if self.0.rules.shape == Shape::Slack => self.exchange(form),
            Some("refresh_token") => self.renew(form),
            _ => Err("unsupported_grant_type"),
        }
    }

    fn check_client(&self, authorization: Option<&str>, form: &Form) -> Result<(), Refused> {
        let secret = self.state().secret.clone().unwrap_or_else(|| self.0.facts.demo("secret"));
        let id = self.0.facts.demo("client");
        let fits = match self.0.facts.token_auth {
            TokenAuth::Body => field(form, "client_id") == Some(&id) && field(form, "client_secret") == Some(&secret),
            TokenAuth::Basic => {
                let pair = authorization.and_then(|value| value.strip_prefix("Basic ")).and_then(|code| STANDARD.decode(code).ok());
                pair.is_some_and(|pair| pair == format!("{id}:{secret}").into_bytes()) && field(form, "client_secret").is_none()
            }
        };
        if fits { Ok(()) } else { Err("invalid_client") }
    }

    fn exchange(&self, form: &Form) -> Result<Value, Refused> {
        let now = self.0.clock.now();
        let mut state = self.state();
        let code = state.codes.get_mut(field(form, "code").ok_or("invalid_request")?).ok_or("invalid_grant")?;
        let consent = code.consent;
        if code.is_used {
            // Somebody has the code twice: what the first one got is taken back. Source: RFC 6749, section 4.1.2.
            state.consents.remove(&consent);
            return Err("invalid_grant");
        }
        code.is_used = true;
        let proves = match (&code.challenge, field(form, "code_verifier")) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            _ => false,
        };
        if !proves || code.expires_at <= now || field(form, "redirect_uri") != Some(code.redirect_uri.as_str()) {
            return Err("invalid_grant");
        }
        state.counts.exchanges += 1;
        let is_offline = state.consents.get(&consent).is_some_and(|consent| consent.is_offline);
        Ok(self.tokens(&mut state, consent, is_offline))
    }

    fn renew(&self, form: &Form) -> Result<Value, Refused> {
        let mut state = self.state();
        let given = field(form, "refresh_token").ok_or("invalid_request")?;
        let consent = *state.refresh.get(given).ok_or("invalid_grant")?;
        if !state.consents.contains_key(&consent) {
            return Err("invalid_grant");
        }
        let rotates = match self.0.facts.refresh {
            Refresh::Rotates => true,
            Refresh::MayRotate => state.rotates && self.0.facts.family != "linkedin",
            Refresh::Keeps => false,
            Refresh::None => return Err("unsupported_grant_type"),
        };
        if rotates {
            // Single use: who comes second with it has lost.
            state.refresh.remove(given);
        }
        Ok(self.tokens(&mut state, consent, rotates))
    }

    fn tokens(&self, state: &mut State, consent: usize, with_refresh: bool) -> Value {
        let rules = self.0.rules;
        let is_eternal = rules.shape == Shape::Slack && !state.rotates;
        let life = rules.access_s.filter(|_| !is_eternal);
        let (access_prefix, refresh_prefix) = if rules.shape == Shape::Slack { ("xoxb-", "xoxe-") } else { ("sim-a-", "sim-r-") };
        let access = format!("{access_prefix}{}", random::token());
        state.access.insert(access.clone(), (consent, life.map(|life| self.0.clock.now() + TimeDelta::seconds(life))));
        let scopes = state.consents.get(&consent).map(|consent| consent.scopes.clone()).unwrap_or_default();
        let mut body = json!({"access_token": access, "token_type": "Bearer"});
        if let Some(life) = life {
            body["expires_in"] = life.into();
        }
        if with_refresh {
            let refresh = format!("{refresh_prefix}{}", random::token());
            state.refresh.insert(refresh.clone(), consent);
            body["refresh_token"] = refresh.into();
            if let (Some(life), Offline::IfRotating) = (rules.refresh_s, rules.offline) {
                body["refresh_token_expires_in"] = life.into();
            }
        }
        match rules.shape {
            Shape::Standard => {
                // Microsoft does not repeat what is no resource's scope.
                let told = scopes.iter().filter(|scope| self.0.facts.family != "microsoft" || *scope != "offline_access");
                body["scope"] = told.cloned().collect::<Vec<_>>().join(" ").into();
            }
            Shape::Zoho => body["api_domain"] = "https://www.zohoapis.eu".into(),
            Shape::Slack => {
                body["ok"] = true.into();
                body["token_type"] = "bot".into();
                body["scope"] = scopes.join(",").into();
                body["bot_user_id"] = "U0HIREWIRE".into();
                body["app_id"] = "A0HIREWIRE".into();
                body["team"] = json!({"id": "T0NORTHWIND", "name": "Northwind"});
                body["enterprise"] = Value::Null;
                body["is_enterprise_install"] = false.into();
                body["authed_user"] = json!({"id": "U0ROBIN"});
            }
        }
        body
    }
}

/// Takes a token back, and the consent with it.
pub(super) async fn revoke(Extract(server): Extract<Server>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes) -> Response {
    let from = |text: &[u8]| url::form_urlencoded::parse(text).find(|(key, _)| key == "token").map(|(_, value)| value.into_owned());
    let bearer = || headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned);
    let token = match server.0.facts.revoke {
        Revoke::Form => from(&body),
        Revoke::Query => from(query.unwrap_or_default().as_bytes()),
        Revoke::Bearer => bearer(),
        Revoke::None => None,
    };
    let mut state = server.state();
    let consent =
        token.and_then(|token| state.refresh.get(&token).copied().or_else(|| state.access.get(&token).map(|(consent, _)| *consent)));
    let is_known = consent.is_some_and(|consent| state.consents.remove(&consent).is_some());
    if is_known {
        state.counts.revocations += 1;
    }
    match (server.0.rules.shape, is_known) {
        (Shape::Slack, true) => answer(StatusCode::OK, &json!({"ok": true, "revoked": true})),
        (Shape::Slack, false) => answer(StatusCode::OK, &json!({"ok": false, "error": "invalid_auth"})),
        (_, true) => answer(StatusCode::OK, &json!({})),
        (_, false) => answer(StatusCode::BAD_REQUEST, &json!({"error": "invalid_token"})),
    }
}
