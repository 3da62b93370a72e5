//! JSON in: content type, syntax, keys in either spelling, and wrong fields named by a JSON pointer.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::problem::Problem;

/// A JSON body as `T`. Keys may be written in camelCase or snake_case.
///
/// Refuses with 415 (content type), 400 (syntax), 413 (size) or 422 (a field, named by a pointer).
#[derive(Debug, Clone, Copy)]
pub struct ValidJson<T>(pub T);

/// Like [`ValidJson`], but an empty body stands for `T::default()`.
#[derive(Debug, Clone, Copy)]
pub struct OptionalJson<T>(pub T);

/// The query string as `T`. Names may be written in camelCase or snake_case; a wrong one is a 422.
#[derive(Debug, Clone, Copy)]
pub struct ValidQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ValidJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        Ok(Self(parse(&read(body).await?)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(T::default()));
        }
        require_json(&parts.headers)?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut pairs = url::form_urlencoded::Serializer::new(String::from("/?"));
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            pairs.append_pair(&camel(&name), &value);
        }
        let uri: Uri = pairs.finish().parse().map_err(|_| Problem::plain(ErrorCode::Invalid))?;
        Query::try_from_uri(&uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (name, reason) = text.split_once(": ").unwrap_or(("", text));
            Problem(wrong_field(&pointer_of(name), reason))
        })
    }
}

/// Reads a whole body.
///
/// # Errors
/// `body_too_large` if it exceeds the limit set around the handlers, `malformed_body` if the connection broke.
pub async fn read(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_too_long(&error) => {
            Err(Problem(Fault::new(ErrorCode::BodyTooLarge, "The body is larger than this address takes.")))
        }
        Err(_) => Err(Problem(Fault::new(ErrorCode::MalformedBody, "The body did not arrive completely."))),
    }
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return true;
        }
        next = error.source();
    }
    false
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    Err(Problem(Fault::new(ErrorCode::UnsupportedMediaType, "This address takes JSON. Send the header Content-Type: application/json.")))
}

/// Parses JSON as `T`, with keys in either spelling.
///
/// # Errors
/// `malformed_body` for a text that is not JSON, `invalid` with a pointer for a wrong field.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Problem(Fault::new(
            ErrorCode::MalformedBody,
            format!("The body is not valid JSON: see line {}, column {}.", error.line(), error.column()),
        ))
    })?;
    normalise(&mut value);
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => pointer.push_str(&pointer_of(key)),
                Segment::Enum { variant } => pointer.push_str(&pointer_of(variant)),
                Segment::Unknown => {}
            }
        }
        Problem(wrong_field(&pointer, &error.inner().to_string()))
    })
}

/// A reason as serde words it, as a sentence about the right field.
fn wrong_field(pointer: &str, reason: &str) -> Fault {
    let quoted = reason.split('`').nth(1).unwrap_or_default();
    // serde_json appends the place in the text, which means nothing once the keys were normalised.
    let reason = reason.split(" at line ").next().unwrap_or(reason);
    if reason.starts_with("missing field") {
        return Fault::invalid(format!("{pointer}{}", pointer_of(quoted)), "This field is required.");
    }
    if reason.starts_with("unknown field") {
        let expected = reason.split_once("expected ").map_or(String::new(), |(_, names)| format!(" Expected: {names}."));
        let pointer = if pointer.ends_with(&pointer_of(quoted)) { pointer.to_owned() } else { format!("{pointer}{}", pointer_of(quoted)) };
        return Fault::invalid(pointer, format!("There is no such field.{expected}"));
    }
    let mut sentence = String::with_capacity(reason.len() + 1);
    let mut chars = reason.chars();
    sentence.extend(chars.next().map(|first| first.to_ascii_uppercase()));
    sentence.extend(chars.take(300));
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    Fault::invalid(if pointer.is_empty() { "/" } else { pointer }, sentence)
}

/// One segment of a JSON pointer, escaped. Source: RFC 6901, section 3.
fn pointer_of(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("/{}", key.replace('~', "~0").replace('/', "~1")) }
}

/// Keys whose values are the sender's own: what is below them is handed on exactly as it came.
const VERBATIM: &[&str] = &[
    "customFields",
    "config",
    "credentials",
    "settings",
    "headers",
    "filter",
    "data",
    "payload",
    "values",
    "metadata",
    "valueMap",
    "map",
    "options",
];

fn normalise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(fields) => {
            let mut renamed = Map::with_capacity(fields.len());
            for (key, mut value) in std::mem::take(fields) {
                let name = camel(&key);
                if !VERBATIM.contains(&name.as_str()) {
                    normalise(&mut value);
                }
                // Both spellings at once: the documented one wins.
                if name == key || !renamed.contains_key(&name) {
                    renamed.insert(name, value);
                }
            }
            *fields = renamed;
        }
        _ => {}
    }
}

/// `start_time` as `startTime`; anything that is not plain snake_case stays as it is.
fn camel(key: &str) -> String {
    let is_snake = key.contains('_')
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('_')
        && !key.contains("__")
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_snake {
        return key.to_owned();
    }
    let mut parts = key.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        name.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(chars.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Rule {
        source_field: String,
        #[serde(default)]
        value_map: Map<String, Value>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        start_time: String,
        #[serde(default)]
        mappings: Vec<Rule>,
        #[serde(default)]
        custom_fields: Map<String, Value>,
    }

    fn fault(body: &Value) -> Fault {
        parse::<Body>(body.to_string().as_bytes()).expect_err("the body is wrong").0
    }

    #[test]
    fn both_spellings_are_read_and_user_data_is_left_alone() {
        let custom: Map<String, Value> = [("start_date".to_owned(), json!({"inner_key": 1}))].into_iter().collect();
        for body in [
            json!({"start_time": "9", "mappings": [{"source_field": "a", "value_map": {"old_value": "x"}}], "custom_fields": custom}),
            json!({"startTime": "9", "mappings": [{"sourceField": "a", "valueMap": {"old_value": "x"}}], "customFields": custom}),
        ] {
            let read: Body = parse(body.to_string().as_bytes()).expect("valid");
            assert_eq!(read.start_time, "9");
            assert_eq!(read.mappings[0].source_field, "a");
            assert!(read.mappings[0].value_map.contains_key("old_value"));
            assert_eq!(read.custom_fields, custom);
        }
    }

    #[test]
    fn the_documented_spelling_wins_whatever_the_order() {
        for body in [r#"{"start_time":"old","startTime":"new"}"#, r#"{"startTime":"new","start_time":"old"}"#] {
            assert_eq!(parse::<Body>(body.as_bytes()).expect("valid").start_time, "new");
        }
    }

    #[test]
    fn a_wrong_field_is_named_by_a_pointer() {
        for (body, pointer, words) in [
            (json!({"startTime": 3}), "/startTime", "expected a string"),
            (json!({}), "/startTime", "required"),
            (json!({"startTime": "9", "mappings": [{"source_field": "a"}, {}]}), "/mappings/1/sourceField", "required"),
            (json!({"startTime": "9", "mappings": {}}), "/mappings", "sequence"),
            (json!([]), "/startTime", "required"),
        ] {
            let fault = fault(&body);
            assert_eq!(fault.code, ErrorCode::Invalid);
            if body.is_object() {
                assert_eq!(fault.fields[0].pointer, pointer, "{body}");
                assert!(fault.detail.contains(words), "{}", fault.detail);
            }
        }
    }

    #[test]
    fn a_syntax_error_is_another_failure_and_says_where() {
        let fault = parse::<Body>(b"{\"startTime\": }").expect_err("not JSON").0;
        assert_eq!(fault.code, ErrorCode::MalformedBody);
        assert!(fault.detail.contains("line 1, column 15"), "{}", fault.detail);
    }

    #[test]
    fn only_plain_snake_case_is_renamed() {
        for (key, name) in
            [("job_id", "jobId"), ("jobId", "jobId"), ("_id", "_id"), ("A_B", "A_B"), ("a__b", "a__b"), ("a_", "a_"), ("x1_y2", "x1Y2")]
        {
            assert_eq!(camel(key), name);
        }
    }
}
