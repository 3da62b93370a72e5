//! A simulated Google: the part of its calendar and mail that a connection looks at.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::oauth::{Bearer, Server, answer, refused_token};

/// The routes, behind these authorization servers.
pub(super) fn router(calendar: Server, mail: Server) -> Router {
    let calendar = Router::new().route("/google_calendar/v3/users/me/calendarList", get(calendars)).with_state(calendar);
    let mail = Router::new().route("/gmail/v1/users/me/profile", get(profile)).with_state(mail);
    calendar.merge(mail)
}

fn allowed(server: &Server, headers: &HeaderMap, scope: &str) -> Result<Bearer, Box<Response>> {
    let bearer = server.bearer(headers).ok_or_else(|| Box::new(refused_token()))?;
    if bearer.scopes.iter().any(|granted| granted == scope) {
        return Ok(bearer);
    }
    let error = json!({
        "code": 403, "message": "Request had insufficient authentication scopes.",
        "errors": [{"reason": "insufficientPermissions"}], "status": "PERMISSION_DENIED",
    });
    Err(Box::new(answer(StatusCode::FORBIDDEN, &json!({ "error": error }))))
}

/// Two pages of calendars where one is asked for at a time.
async fn calendars(State(server): State<Server>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let bearer = match allowed(&server, &headers, "https://www.googleapis.com/auth/calendar.calendarlist.readonly") {
        Ok(bearer) => bearer,
        Err(response) => return *response,
    };
    let item = |id: &str, name: &str, role: &str, primary: bool| -> Value {
        let mut item =
            json!({"kind": "calendar#calendarListEntry", "id": id, "summary": name, "timeZone": "Europe/Paris", "accessRole": role});
        if primary {
            item["primary"] = true.into();
        }
        item
    };
    let all = [
        item("interviews@group.calendar.google.com", "Interviews", "writer", false),
        item(&bearer.account, &bearer.account, "owner", true),
        item("holidays@group.v.calendar.google.com", "Holidays", "reader", false),
    ];
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    // A page may be short before the end, as with the real one.
    let size = get("maxResults").and_then(|text| text.parse::<usize>().ok()).unwrap_or(100).clamp(1, 2);
    let from = match get("pageToken") {
        None => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|text| text.parse::<usize>().ok()) {
            Some(from) => from,
            None => return answer(StatusCode::BAD_REQUEST, &json!({"error": {"code": 400, "message": "Invalid page token value."}})),
        },
    };
    let mut body = json!({"kind": "calendar#calendarList", "etag": "\"1\"", "items": all.iter().skip(from).take(size).collect::<Vec<_>>()});
    if from + size < all.len() {
        body["nextPageToken"] = format!("page-{}", from + size).into();
    }
    answer(StatusCode::OK, &body)
}

async fn profile(State(server): State<Server>, headers: HeaderMap) -> Response {
    match allowed(&server, &headers, "https://www.googleapis.com/auth/gmail.readonly") {
        Ok(bearer) => {
            answer(StatusCode::OK, &json!({"emailAddress": bearer.account, "messagesTotal": 12, "threadsTotal": 9, "historyId": "4242"}))
        }
        Err(response) => *response,
    }
}
