//! A simulated Slack: the methods of the Web API that a connection uses, and one incoming webhook.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};

use super::oauth::{Server, answer};

/// The address of the webhook that the simulator has.
pub const DEMO_WEBHOOK: &str = "https://hooks.slack.com/services/T0NORTHWIND/B0HIREWIRE/demo0webhook";

/// A simulated workspace. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Workspace {
    server: Server,
    state: Arc<Mutex<Messages>>,
}

#[derive(Debug, Default)]
struct Messages {
    all: Vec<Value>,
    limited: usize,
}

impl Workspace {
    pub(super) fn new(server: Server) -> Self {
        Self { server, state: Arc::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Messages> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was posted, in order: the body, with `channel` (`webhook` for the incoming webhook).
    pub fn messages(&self) -> Vec<Value> {
        self.state().all.clone()
    }

    /// Refuses the next messages as too many.
    pub fn limit(&self, times: usize) {
        self.state().limited = times;
    }
}

pub(super) fn router(workspace: Workspace) -> Router {
    Router::new()
        .route("/slack/api/{method}", any(method))
        .route("/slack/services/{team}/{hook}/{token}", post(incoming))
        .route("/_control/slack/messages", get(messages))
        .with_state(workspace)
}

async fn messages(State(workspace): State<Workspace>) -> Response {
    answer(StatusCode::OK, &Value::from(workspace.messages()))
}

fn said(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

fn refuse(error: &str) -> Response {
    said(&json!({"ok": false, "error": error}))
}

fn too_many() -> Response {
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, &json!({"ok": false, "error": "ratelimited"}));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
    response
}

fn check(body: &Value) -> Result<(), &'static str> {
    let blocks = body["blocks"].as_array().map_or(&[][..], Vec::as_slice);
    if body["text"].as_str().unwrap_or_default().is_empty() && blocks.is_empty() {
        return Err("no_text");
    }
    let is_fine = blocks.len() <= 50
        && blocks.iter().all(|block| match block["type"].as_str() {
            Some("header") => block["text"]["type"] == "plain_text" && length(&block["text"]["text"]) <= 150,
            Some("section") => {
                length(&block["text"]["text"]) <= 3000
                    && block["fields"].as_array().is_none_or(|fields| !fields.is_empty() && fields.len() <= 10)
            }
            Some("actions") => block["elements"].as_array().is_some_and(|elements| !elements.is_empty() && elements.len() <= 25),
            Some("context" | "divider") => true,
            _ => false,
        });
    if is_fine { Ok(()) } else { Err("invalid_blocks") }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

async fn method(
    State(workspace): State<Workspace>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(bearer) = workspace.server.bearer(&headers) else { return refuse("invalid_auth") };
    let needs = |scope: &str| -> Option<Response> {
        let has = bearer.scopes.iter().any(|granted| granted == scope);
        (!has).then(|| said(&json!({"ok": false, "error": "missing_scope", "needed": scope, "provided": bearer.scopes.join(",")})))
    };
    match method.as_str() {
        "auth.test" => said(&json!({
            "ok": true, "url": "https://northwind.slack.com/", "team": "Northwind", "user": "hirewire",
            "team_id": "T0NORTHWIND", "user_id": "U0HIREWIRE", "bot_id": "B0HIREWIRE", "is_enterprise_install": false,
        })),
        "conversations.list" => {
            if let Some(response) = needs("channels:read") {
                return response;
            }
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
            let is_second = pairs.iter().any(|(key, value)| key == "cursor" && value == "dGVhbTpD");
            let channel = |id: &str, name: &str, is_private: bool| json!({"id": id, "name": name, "is_channel": true, "is_private": is_private, "is_archived": false, "is_member": !is_private});
            let (channels, next) = if is_second {
                (vec![channel("C0OFFERS", "offers", true)], "")
            } else {
                (vec![channel("C0HIRING", "hiring", false), channel("C0GENERAL", "general", false)], "dGVhbTpD")
            };
            said(&json!({"ok": true, "channels": channels, "response_metadata": {"next_cursor": next}}))
        }
        "chat.postMessage" => {
            if let Some(response) = needs("chat:write") {
                return response;
            }
            let Ok(body) = serde_json::from_slice::<Value>(&body) else { return refuse("invalid_json") };
            if !matches!(body["channel"].as_str(), Some("C0HIRING" | "C0GENERAL" | "C0OFFERS")) {
                return refuse("channel_not_found");
            }
            if let Err(error) = check(&body) {
                return refuse(error);
            }
            let mut state = workspace.state();
            if state.limited > 0 {
                state.limited -= 1;
                return too_many();
            }
            state.all.push(body.clone());
            let ts = format!("1503435956.{:06}", state.all.len());
            said(&json!({"ok": true, "channel": body["channel"], "ts": ts, "message": {"type": "message", "ts": ts}}))
        }
        _ => refuse("unknown_method"),
    }
}

async fn incoming(State(workspace): State<Workspace>, Path((team, hook, token)): Path<(String, String, String)>, body: Bytes) -> Response {
    let plain = |status: StatusCode, text: &'static str| (status, text).into_response();
    if !DEMO_WEBHOOK.ends_with(&format!("/{team}/{hook}/{token}")) {
        return plain(StatusCode::NOT_FOUND, "no_service");
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&body) else { return plain(StatusCode::BAD_REQUEST, "invalid_payload") };
    if let Err(error) = check(&body) {
        return plain(StatusCode::BAD_REQUEST, error);
    }
    body["channel"] = "webhook".into();
    workspace.state().all.push(body);
    plain(StatusCode::OK, "ok")
}
