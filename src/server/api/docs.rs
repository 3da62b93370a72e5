//! The API's documentation as a page, made from the OpenAPI document alone: no script, nothing from outside.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::domain::error::ErrorCode;
use crate::server::pages::escape;
use crate::server::state::AppState;

/// `GET /docs/api`.
pub async fn api(State(state): State<AppState>) -> Response {
    let document: Value = serde_json::from_slice(&state.openapi).unwrap_or_default();
    html("API", &reference(&document, &state.settings.public_url))
}

/// `GET /docs/problems`: what the `type` of a problem body points at.
pub async fn problems() -> Response {
    let mut body = String::from(
        "<header class=\"docs-head\"><h1>Problems</h1><p>Every failed call answers with <code>application/problem+json</code> (RFC 9457). \
         Its <code>code</code> is one of these; programs can rely on them.</p></header>\
         <div class=\"table-frame\"><table class=\"table keep\"><thead><tr><th scope=\"col\">Code</th><th scope=\"col\">Status</th><th scope=\"col\">Title</th></tr></thead><tbody>",
    );
    for code in ErrorCode::ALL {
        let _ = write!(
            body,
            "<tr id=\"{name}\"><td><code>{name}</code></td><td>{status}</td><td>{title}</td></tr>",
            name = code.as_str(),
            status = code.status(),
            title = escape(code.title())
        );
    }
    body.push_str("</tbody></table></div>");
    html("Problems", &body)
}

fn html(title: &str, body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Hirewire</title><meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"/pkg/hirewire.css\"></head><body><a class=\"skip\" href=\"#main\">Skip to the content</a>\
         <header class=\"docs-top\"><a class=\"brand\" href=\"/\">Hirewire</a><nav aria-label=\"Documents\"><a href=\"/docs/api\">API</a><a href=\"/docs/problems\">Problems</a>\
         <a href=\"/api/v1/openapi.json\">OpenAPI</a></nav></header><main class=\"docs\" id=\"main\">{body}</main></body></html>"
    );
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        page,
    )
        .into_response()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn reference(document: &Value, server: &str) -> String {
    let mut by_tag: BTreeMap<&str, Vec<(&str, &str, &Value)>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let tag = operation["tags"][0].as_str().unwrap_or("Other");
                by_tag.entry(tag).or_default().push((path, method, operation));
            }
        }
    }
    let mut out = String::new();
    let _ = write!(
        out,
        "<header class=\"docs-head\"><h1>API</h1><p>{}</p><p>The document itself: <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1). \
         Failures: <a href=\"/docs/problems\">problem codes</a>.</p></header>",
        prose(document["info"]["description"].as_str().unwrap_or_default())
    );
    out.push_str("<nav class=\"docs-nav\" aria-label=\"Operations\"><ul>");
    for (tag, operations) in &by_tag {
        let _ =
            write!(out, "<li><a href=\"#tag-{}\">{}</a> <span class=\"meta\">{}</span></li>", anchor(tag), escape(tag), operations.len());
    }
    out.push_str("</ul></nav>");
    for (tag, operations) in &by_tag {
        let _ = write!(out, "<section id=\"tag-{}\"><h2>{}</h2>", anchor(tag), escape(tag));
        for (path, method, operation) in operations {
            write_operation(&mut out, document, server, path, method, operation);
        }
        out.push_str("</section>");
    }
    out.push_str("<section id=\"schemas\"><h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(
            out,
            "<details class=\"card docs-schema\" id=\"schema-{}\"><summary><code>{}</code></summary>",
            anchor(name),
            escape(name)
        );
        if let Some(text) = schema["description"].as_str() {
            let _ = write!(out, "<p>{}</p>", prose(text));
        }
        write_fields(&mut out, schema);
        out.push_str("</details>");
    }
    out.push_str("</section>");
    out
}

fn write_operation(out: &mut String, document: &Value, server: &str, path: &str, method: &str, operation: &Value) {
    let id = operation["operationId"].as_str().map_or_else(|| anchor(&format!("{method}-{path}")), anchor);
    let _ = write!(
        out,
        "<details class=\"card docs-operation\" id=\"{id}\"><summary><code class=\"method method-{method}\">{}</code> <code>{}</code> <span>{}</span></summary>",
        method.to_ascii_uppercase(),
        escape(path),
        escape(operation["summary"].as_str().unwrap_or_default())
    );
    if let Some(text) = operation["description"].as_str() {
        let _ = write!(out, "<p>{}</p>", prose(text));
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<h3>Parameters</h3><table class=\"table keep\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">In</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead><tbody>");
        for parameter in parameters {
            let _ = write!(
                out,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escape(parameter["name"].as_str().unwrap_or_default()),
                if parameter["required"] == true { " <span class=\"meta\">required</span>" } else { "" },
                escape(parameter["in"].as_str().unwrap_or_default()),
                type_of(&parameter["schema"]),
                prose(parameter["description"].as_str().unwrap_or_default())
            );
        }
        out.push_str("</tbody></table>");
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    if body.is_object() {
        let _ = write!(out, "<h3>Body</h3><p>{}</p>", type_of(&body["schema"]));
    }
    out.push_str("<h3>Answers</h3><ul class=\"docs-answers\">");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let schema = answer["content"].as_object().and_then(|content| content.values().next()).map(|content| type_of(&content["schema"]));
        let _ = write!(
            out,
            "<li><code>{}</code> {} {}</li>",
            escape(status),
            prose(answer["description"].as_str().unwrap_or_default()),
            schema.unwrap_or_default()
        );
    }
    let _ = write!(
        out,
        "</ul><h3>Example</h3><pre class=\"code\"><code>{}</code></pre></details>",
        escape(&curl(document, server, path, method, operation))
    );
}

/// The call as a line for the shell.
fn curl(document: &Value, server: &str, path: &str, method: &str, operation: &Value) -> String {
    let mut line = String::from("curl");
    if method != "get" {
        let _ = write!(line, " -X {}", method.to_ascii_uppercase());
    }
    // An operation without security of its own has the document's.
    let is_public =
        operation["security"].as_array().is_some_and(|list| list.iter().all(|item| item.as_object().is_none_or(|item| item.is_empty())));
    if !is_public {
        line.push_str(" -H \"Authorization: Bearer $HIREWIRE_KEY\"");
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    if body.is_object() {
        let example = if body["example"].is_null() { sample(document, &body["schema"], 0) } else { body["example"].clone() };
        let _ = write!(line, " \\\n  -H 'Content-Type: application/json' \\\n  -d '{}'", example.to_string().replace('\'', "'\\''"));
    }
    let _ = write!(line, " \\\n  '{server}{path}'");
    line
}

/// A value that fits a schema, from its examples where it has some.
fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 6 {
        return Value::Null;
    }
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(first) = schema["examples"].get(0) {
        return first.clone();
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return sample(document, &document["components"]["schemas"][name], depth + 1);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(some) = schema[key].as_array().and_then(|list| list.iter().find(|item| item["type"] != "null")) {
            return sample(document, some, depth + 1);
        }
    }
    match type_name(schema) {
        "object" => {
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields
                .filter(|(name, _)| required.iter().any(|wanted| wanted == *name))
                .map(|(name, field)| (name.clone(), sample(document, field, depth + 1)))
                .collect()
        }
        "array" => Value::Array(vec![sample(document, &schema["items"], depth + 1)]),
        "integer" | "number" => Value::from(1),
        "boolean" => Value::Bool(true),
        "string" => Value::from(match schema["format"].as_str() {
            Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057",
            Some("date-time") => "2026-01-05T09:00:00Z",
            Some("uri") => "https://example.com",
            _ => "...",
        }),
        _ => Value::Object(serde_json::Map::new()),
    }
}

/// The schema's type; of several (nullable), the one that is not null.
fn type_name(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any"),
        _ if schema["properties"].is_object() => "object",
        _ => "any",
    }
}

/// The schema's type for people, with a link where it has a name.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#schema-{}\"><code>{}</code></a>", anchor(name), escape(name));
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(list) = schema[key].as_array() {
            let names: Vec<String> = list.iter().filter(|item| item["type"] != "null").map(type_of).collect();
            return names.join(" or ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().filter_map(Value::as_str).map(|value| format!("<code>{}</code>", escape(value))).collect();
        return values.join(", ");
    }
    match type_name(schema) {
        "array" => format!("list of {}", type_of(&schema["items"])),
        name => match schema["format"].as_str() {
            Some(format) => format!("{} ({})", escape(name), escape(format)),
            None => escape(name),
        },
    }
}

fn write_fields(out: &mut String, schema: &Value) {
    let Some(fields) = schema["properties"].as_object().filter(|fields| !fields.is_empty()) else {
        let _ = write!(out, "<p>{}</p>", type_of(schema));
        return;
    };
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    out.push_str("<table class=\"table keep\"><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead><tbody>");
    for (name, field) in fields {
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            if required.iter().any(|wanted| wanted == name) { "" } else { " <span class=\"meta\">optional</span>" },
            type_of(field),
            prose(field["description"].as_str().unwrap_or_default())
        );
    }
    out.push_str("</tbody></table>");
}

/// A description as markup: what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

fn anchor(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_is_shown_with_its_example_and_nothing_of_it_is_markup() {
        let document = json!({
            "info": {"description": "a <b> c with `<d>`"},
            "paths": {"/api/v1/things/{id}": {"post": {
                "tags": ["Things"], "summary": "Change <it>", "operationId": "change_thing",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingIn"}}}},
                "responses": {"200": {"description": "Changed"}}
            }}},
            "components": {"schemas": {"ThingIn": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "example": "it's"}, "note": {"type": ["string", "null"]}}}}}
        });
        let html = reference(&document, "https://hire.example");
        assert!(!html.contains("<it>") && !html.contains("a <b> c"), "{html}");
        assert!(html.contains("with <code>&lt;d&gt;</code>"), "{html}");
        assert!(html.contains("id=\"change-thing\"") && html.contains("href=\"#schema-thingin\""), "{html}");
        let example =
            curl(&document, "https://hire.example", "/api/v1/things/{id}", "post", &document["paths"]["/api/v1/things/{id}"]["post"]);
        assert!(example.contains(r#"-d '{"name":"it'\''s"}'"#) && example.contains("$HIREWIRE_KEY"), "{example}");
    }
}
