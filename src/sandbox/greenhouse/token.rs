//! The token endpoint: client credentials for a bearer token that expires.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use chrono::{SecondsFormat, TimeDelta};
use serde_json::json;

use super::state::Token;
use super::{DEMO_CLIENT_ID, Kind, Simulator, answer, faults};

pub(super) async fn token(State(simulator): State<Simulator>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let fault = simulator.account().take_fault(&method, "token");
    if let Some(response) = faults::before(fault.as_ref()).await {
        return response;
    }
    let response = give(&simulator, &headers, &body).unwrap_or_else(|(status, code, message)| {
        // RFC 6749, section 5.2.
        answer(status, &json!({"error": code, "error_description": message}))
    });
    faults::after(fault.as_ref(), response, &uri, &headers).await
}

type OauthError = (StatusCode, &'static str, &'static str);

fn give(simulator: &Simulator, headers: &HeaderMap, body: &Bytes) -> Result<Response, OauthError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if !text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Err((StatusCode::BAD_REQUEST, "invalid_request", "The body has to be form encoded"));
    }
    let pair = text(header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|code| base64::engine::general_purpose::STANDARD.decode(code).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default();
    let expected = format!("{DEMO_CLIENT_ID}:{}", simulator.account().client_secret());
    if pair != expected {
        return Err((StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed"));
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if field("grant_type") != Some("client_credentials") {
        return Err((StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is supported for this credential"));
    }
    let user = match field("sub") {
        None => None,
        Some(sub) => {
            let known = sub.parse().ok().filter(|id| simulator.record(Kind::Users, *id).is_some_and(|user| user["deactivated"] != true));
            Some(known.ok_or((StatusCode::BAD_REQUEST, "invalid_grant", "The user in sub does not exist or is deactivated"))?)
        }
    };
    let expires_at = simulator.0.clock.now() + TimeDelta::seconds(simulator.0.options.token_seconds);
    let mut account = simulator.account();
    account.tokens_given += 1;
    let access = format!("sim-{}-{}", account.tokens_given, hex::encode(expires_at.timestamp_micros().to_be_bytes()));
    account.tokens.insert(access.clone(), Token { expires_at, user });
    let body =
        json!({"token_type": "Bearer", "access_token": access, "expires_at": expires_at.to_rfc3339_opts(SecondsFormat::Millis, true)});
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body.to_string())
        .into_response())
}
