//! How a message is kept, and how it is shown: what it takes to check it later, and nothing secret to a reader.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::providers::inbound::Message;
use crate::providers::{Inbound, schemes};
use crate::store::inbound_event::InboundEventRow;

/// Headers that are never kept, unless they are the proof: they may carry secrets.
const SECRET_HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie", "x-api-key", "x-forwarded-for", "forwarded"];
/// Longest header that is kept, in bytes.
const HEADER_BYTES: usize = 4096;
/// The path a message came to, among its headers: no header has a name like this.
const PATH: &str = ":path";
/// Longest body that is shown, in characters.
const SHOWN_CHARS: usize = 64 << 10;
/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

/// A text without control characters, cut to some characters.
pub(super) fn plain(text: &str, chars: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(chars).collect()
}

/// The headers to keep, with the path.
pub(super) fn headers(headers: &HeaderMap, path: &str, inbound: &dyn Inbound) -> Value {
    let proofs = inbound.secret_headers();
    let is_kept = |name: &str| proofs.contains(&name) || !SECRET_HEADERS.contains(&name);
    let kept = headers.iter().filter(|(name, value)| is_kept(name.as_str()) && value.len() <= HEADER_BYTES);
    let pairs = kept.filter_map(|(name, value)| Some((name.as_str().to_owned(), Value::from(value.to_str().ok()?))));
    Value::Object(pairs.chain([(PATH.to_owned(), Value::from(path))]).collect::<Map<_, _>>())
}

fn pairs(row: &InboundEventRow) -> impl Iterator<Item = (&str, &str)> {
    row.headers.0.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// The headers of a kept message.
pub(super) fn headers_of(row: &InboundEventRow) -> HeaderMap {
    pairs(row).filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?))).collect()
}

/// A kept message, as it came.
pub(super) fn message<'a>(ctx: &Context, row: &'a InboundEventRow, headers: &'a HeaderMap) -> Message<'a> {
    let path = pairs(row).find(|(name, _)| *name == PATH).map_or("", |(_, path)| path);
    Message { headers, query: None, body: &row.body, url: ctx.site.link(path).into(), received_at: row.received_at }
}

/// The path a message came to.
pub fn path(row: &InboundEventRow) -> Option<&str> {
    pairs(row).find(|(name, _)| *name == PATH).map(|(_, path)| path)
}

/// The headers to show: secrets are hidden.
pub fn shown_headers(row: &InboundEventRow) -> Vec<(String, String)> {
    let secrets = schemes::of(&row.provider).map_or(&[] as &[&str], Inbound::secret_headers);
    let shown = |name: &str, value: &str| if secrets.contains(&name) { HIDDEN.to_owned() } else { value.to_owned() };
    pairs(row).filter(|(name, _)| *name != PATH).map(|(name, value)| (name.to_owned(), shown(name, value))).collect()
}

/// The body to show: JSON set out, secrets hidden, cut if it is very long. `None` if it is no text.
pub fn shown_body(row: &InboundEventRow) -> Option<String> {
    let text = std::str::from_utf8(&row.body).ok()?;
    let secrets = schemes::of(&row.provider).map_or(&[] as &[&str], Inbound::secret_fields);
    let shown = match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            hide(&mut value, secrets);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        // A cut or foreign body cannot be read, so nothing in it can be hidden: a secret's name is enough not to show it.
        Err(_) if secrets.iter().any(|name| text.contains(name)) => HIDDEN.to_owned(),
        Err(_) => text.to_owned(),
    };
    Some(match shown.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}\n…", &shown[..end]),
        None => shown,
    })
}

fn hide(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if secrets.contains(&name.as_str()) {
                    *value = Value::from(HIDDEN);
                } else {
                    hide(value, secrets);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        _ => {}
    }
}
