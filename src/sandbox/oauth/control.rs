//! The server's own addresses, for tests and the demo. No provider has anything like them.

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Server};

pub(super) fn router() -> Router<Server> {
    Router::new()
        .route("/state", get(state))
        .route("/faults", post(add_fault).delete(end_faults))
        .route("/withdraw", post(withdraw))
        .route("/end-access", post(end_access))
        .route("/settings", post(settings))
}

async fn state(Extract(server): Extract<Server>) -> Json<Value> {
    Json(json!({"counts": server.counts(), "consents": server.consents()}))
}

#[derive(Deserialize)]
struct NewFault {
    #[serde(flatten)]
    fault: Fault,
    times: Option<usize>,
}

async fn add_fault(Extract(server): Extract<Server>, Json(new): Json<NewFault>) -> StatusCode {
    server.fail(new.fault, new.times.unwrap_or(1));
    StatusCode::NO_CONTENT
}

async fn end_faults(Extract(server): Extract<Server>) -> StatusCode {
    server.heal();
    StatusCode::NO_CONTENT
}

async fn withdraw(Extract(server): Extract<Server>) -> StatusCode {
    server.withdraw();
    StatusCode::NO_CONTENT
}

async fn end_access(Extract(server): Extract<Server>) -> StatusCode {
    server.end_access();
    StatusCode::NO_CONTENT
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    account: Option<String>,
    rotates: Option<bool>,
    redirect_uri: Option<String>,
    client_secret: Option<String>,
}

async fn settings(Extract(server): Extract<Server>, Json(settings): Json<Settings>) -> StatusCode {
    if let Some(account) = settings.account {
        server.sign_in_as(&account);
    }
    if let Some(rotates) = settings.rotates {
        server.rotate(rotates);
    }
    if let Some(redirect) = settings.redirect_uri {
        server.register(&redirect);
    }
    if let Some(secret) = settings.client_secret {
        server.replace_secret(&secret);
    }
    StatusCode::NO_CONTENT
}
