//! The simulator's own address, for tests and the demo: faults, permissions, records, webhooks. No provider has anything like it.

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Kind, Simulator, Webhook};

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/state", get(state))
        .route("/faults", post(add_faults).delete(end_faults))
        .route("/scopes", post(scopes))
        .route("/roles", post(roles))
        .route("/tokens/revoke", post(revoke_tokens))
        .route("/credentials", post(credentials))
        .route("/cursors/expire", post(expire_cursors))
        .route("/records/{kind}/{id}", get(read).post(change).delete(delete))
        .route("/writes", get(writes))
        .route("/hooks", post(subscribe))
        .route("/webhook", post(webhook))
        .route("/reset", post(reset))
}

async fn state(State(simulator): State<Simulator>) -> Json<Value> {
    let records: serde_json::Map<String, Value> =
        Kind::ALL.iter().map(|kind| (kind.path().to_owned(), json!(simulator.count(*kind)))).collect();
    Json(
        json!({"records": records, "calls": simulator.calls(), "tokensGiven": simulator.tokens_given(), "writes": simulator.writes().len()}),
    )
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Many(Vec<Fault>),
    One(Fault),
}

async fn add_faults(State(simulator): State<Simulator>, Json(faults): Json<Faults>) -> StatusCode {
    let faults = match faults {
        Faults::One(fault) => vec![fault],
        Faults::Many(faults) => faults,
    };
    faults.into_iter().for_each(|fault| simulator.fail(fault));
    StatusCode::NO_CONTENT
}

async fn end_faults(State(simulator): State<Simulator>) -> StatusCode {
    simulator.heal();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Scopes {
    #[serde(default)]
    missing: Vec<String>,
}

async fn scopes(State(simulator): State<Simulator>, Json(scopes): Json<Scopes>) -> StatusCode {
    if scopes.missing.is_empty() {
        simulator.with_all_scopes();
    } else {
        simulator.without_scopes(&scopes.missing.iter().map(String::as_str).collect::<Vec<_>>());
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Roles {
    service_user_admin: bool,
}

async fn roles(State(simulator): State<Simulator>, Json(roles): Json<Roles>) -> StatusCode {
    simulator.set_service_user_admin(roles.service_user_admin);
    StatusCode::NO_CONTENT
}

async fn revoke_tokens(State(simulator): State<Simulator>) -> StatusCode {
    simulator.revoke_tokens();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewSecret {
    client_secret: String,
}

async fn credentials(State(simulator): State<Simulator>, Json(new): Json<NewSecret>) -> StatusCode {
    simulator.replace_client_secret(&new.client_secret);
    StatusCode::NO_CONTENT
}

async fn expire_cursors(State(simulator): State<Simulator>) -> StatusCode {
    simulator.expire_cursors();
    StatusCode::NO_CONTENT
}

fn or_missing(record: Option<Value>) -> Response {
    record.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |record| Json(record).into_response())
}

async fn read(State(simulator): State<Simulator>, Path((kind, id)): Path<(String, i64)>) -> Response {
    or_missing(Kind::of(&kind).and_then(|kind| simulator.record(kind, id)))
}

async fn change(State(simulator): State<Simulator>, Path((kind, id)): Path<(String, i64)>, Json(fields): Json<Value>) -> Response {
    or_missing(Kind::of(&kind).and_then(|kind| simulator.change(kind, id, &fields)))
}

async fn delete(State(simulator): State<Simulator>, Path((kind, id)): Path<(String, i64)>) -> StatusCode {
    let deleted = Kind::of(&kind).is_some_and(|kind| simulator.delete(kind, id));
    if deleted { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn writes(State(simulator): State<Simulator>) -> Response {
    Json(simulator.writes()).into_response()
}

#[derive(Deserialize)]
struct Hook {
    url: String,
    secret: Option<String>,
}

async fn subscribe(State(simulator): State<Simulator>, Json(hook): Json<Hook>) -> StatusCode {
    simulator.subscribe(&hook.url, hook.secret.as_deref().unwrap_or(super::DEMO_WEBHOOK_SECRET));
    StatusCode::NO_CONTENT
}

async fn webhook(State(simulator): State<Simulator>, Json(send): Json<Webhook>) -> Response {
    match simulator.send(&send).await {
        Ok(delivered) => Json(delivered).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({"message": error.to_string()}))).into_response(),
    }
}

async fn reset(State(simulator): State<Simulator>) -> StatusCode {
    simulator.reset();
    StatusCode::NO_CONTENT
}
