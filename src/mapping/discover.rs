//! What real records say about their fields: which there are, how often they are filled, an example of each.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::path::FieldPath;
use super::targets::humanize;
use super::transform::{is_empty, text_of};
use crate::domain::mapping::FieldInfo;

/// Most fields found on records.
const FIELDS_MAX: usize = 400;

/// How deep objects are looked into.
const DEPTH_MAX: usize = 3;

/// Most characters of an example.
const EXAMPLE_CHARS_MAX: usize = 80;

/// The fields found on these records, by name. Lists of objects give a field for all of their elements and one for the first.
pub fn fields(records: &[Value]) -> Vec<FieldInfo> {
    let mut found = BTreeMap::new();
    for record in records {
        if let Value::Object(map) = record {
            object("", map, 0, &mut found);
        }
    }
    found.into_values().collect()
}

type Found = BTreeMap<String, FieldInfo>;

fn object(prefix: &str, map: &Map<String, Value>, depth: usize, found: &mut Found) {
    for (key, value) in map {
        // A dot would read as a step; such a key can still be typed.
        if key.is_empty() || key.contains('.') {
            continue;
        }
        let path = format!("{prefix}{key}");
        match value {
            Value::Object(inner) if prefix == "custom_fields." && inner.contains_key("value") => own(&path, key, inner, found),
            Value::Object(inner) if depth < DEPTH_MAX => {
                if prefix.is_empty() && key == "custom_fields" {
                    object("custom_fields.", inner, depth + 1, found);
                } else {
                    add(&path, &humanize(&path), "object", found);
                    object(&format!("{path}."), inner, depth + 1, found);
                }
            }
            Value::Array(list) => {
                add(&path, &humanize(&path), "list", found);
                if let Some(Value::Object(first)) = list.iter().find(|one| one.is_object()) {
                    for (inner, value) in first.iter().filter(|(inner, value)| !inner.contains('.') && !value.is_object()) {
                        let label = humanize(&path);
                        add(&format!("{path}.{inner}"), &format!("{label}: {inner} of all"), "list", found);
                        add(&format!("{path}.0.{inner}"), &format!("{label}: {inner} of the first"), kind_of(value), found);
                    }
                }
            }
            value => add(&path, &humanize(&path), kind_of(value), found),
        }
    }
}

/// `{name, type, value}`: a customer's own field as several providers write it.
fn own(path: &str, key: &str, field: &Map<String, Value>, found: &mut Found) {
    let label = field.get("name").and_then(Value::as_str).map_or_else(|| humanize(key), str::to_owned);
    let value = field.get("value").unwrap_or(&Value::Null);
    add(&format!("{path}.value"), &label, kind_of(value), found);
    if let Value::Object(parts) = value {
        for (part, value) in parts.iter().filter(|(part, _)| !part.contains('.')) {
            add(&format!("{path}.value.{part}"), &format!("{label}: {part}"), kind_of(value), found);
        }
    }
}

fn add(path: &str, label: &str, kind: &'static str, found: &mut Found) {
    if found.len() >= FIELDS_MAX && !found.contains_key(path) {
        return;
    }
    let custom = path.starts_with("custom_fields.");
    let field = found.entry(path.to_owned()).or_insert_with(|| FieldInfo {
        name: path.to_owned(),
        label: label.to_owned(),
        kind: kind.to_owned(),
        custom,
        writable: true,
    });
    // The first record may have had nothing there.
    if field.kind == "any" && kind != "any" {
        kind.clone_into(&mut field.kind);
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "any",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
        Value::String(text) => {
            let bytes = text.as_bytes();
            let is_day = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit);
            match (is_day, bytes.get(10)) {
                (true, None) => "date",
                (true, Some(b'T' | b' ')) => "datetime",
                _ => "string",
            }
        }
    }
}

/// How often a field is filled, and with what for example.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fill {
    /// In how many of the records looked at it has a value.
    pub filled: usize,
    /// How many records were looked at.
    pub of: usize,
    /// A value, shortened; only for callers who may read records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

impl Fill {
    /// 0 to 100; 0 without records.
    pub const fn percent(&self) -> usize {
        if self.of == 0 { 0 } else { (self.filled * 100).div_ceil(self.of) }
    }
}

/// How often the field at this path is filled on these records.
pub fn fill(path: &str, records: &[Value], with_example: bool) -> Fill {
    let mut fill = Fill { of: records.len(), ..Fill::default() };
    let Ok(path) = FieldPath::parse(path) else { return fill };
    for value in records.iter().filter_map(|record| path.get(record)).filter(|value| !is_empty(value)) {
        fill.filled += 1;
        if with_example && fill.example.is_none() {
            fill.example = Some(short(&value));
        }
    }
    fill
}

/// A value in few words.
pub fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Array(list) => list.iter().take(6).map(|one| text_of(one).unwrap_or_else(|| one.to_string())).collect::<Vec<_>>().join(", "),
        other => text_of(other).unwrap_or_else(|| other.to_string()),
    };
    match text.char_indices().nth(EXAMPLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn records() -> Vec<Value> {
        vec![
            json!({"id": 1, "name": null, "emails": [], "born": "1815-12-10", "custom_fields": {"salary": {"name": "Desired salary", "type": "currency", "value": {"amount": 9, "unit": "EUR"}}, "level": "senior"}}),
            json!({"id": 2, "name": "Ada", "emails": [{"value": "a@x.example", "type": "work"}], "seen": "2026-11-30T09:00:00Z", "home": {"city": "Paris", "a.b": 1}}),
        ]
    }

    #[test]
    fn fields_are_found_on_records() {
        let found: Vec<(String, String)> = fields(&records()).into_iter().map(|field| (field.name, field.kind)).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        assert_eq!(
            found,
            [
                ("born", "date"),
                ("custom_fields.level", "string"),
                ("custom_fields.salary.value", "object"),
                ("custom_fields.salary.value.amount", "number"),
                ("custom_fields.salary.value.unit", "string"),
                ("emails", "list"),
                ("emails.0.type", "string"),
                ("emails.0.value", "string"),
                ("emails.type", "list"),
                ("emails.value", "list"),
                ("home", "object"),
                ("home.city", "string"),
                ("id", "number"),
                ("name", "string"),
                ("seen", "datetime"),
            ]
        );
        assert!(fields(&records()).iter().any(|field| field.label == "Desired salary" && field.custom));
        assert!(fields(&[]).is_empty() && fields(&[json!(3)]).is_empty());
    }

    #[test]
    fn fill_rates_count_what_is_there() {
        let records = records();
        assert_eq!(fill("emails.0.value", &records, true), Fill { filled: 1, of: 2, example: Some("a@x.example".into()) });
        assert_eq!(fill("id", &records, false), Fill { filled: 2, of: 2, example: None });
        assert_eq!(
            (fill("id", &records, false).percent(), fill("name", &records, false).percent(), Fill::default().percent()),
            (100, 50, 0)
        );
        assert_eq!(fill("..", &records, true).filled, 0);
        assert_eq!(short(&json!(["a", {"b": 1}])), r#"a, {"b":1}"#);
        assert_eq!(short(&json!("é".repeat(100))).chars().count(), 81);
    }
}
