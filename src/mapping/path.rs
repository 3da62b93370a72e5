//! Field paths: where in a record a value stands.

use std::borrow::Cow;

use serde_json::Value;

/// Most segments of a path.
pub const SEGMENTS_MAX: usize = 12;

/// Most characters of a path.
pub const CHARS_MAX: usize = 200;

/// A parsed path such as `custom_fields.salary.value`, `emails.0.value` (one) or `emails.value` (of all).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    name: String,
    index: Option<usize>,
    /// This and everything after it, for records whose own keys contain dots.
    rest: String,
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.trim().is_empty() {
            return Err("Choose a field.");
        }
        if text.chars().count() > CHARS_MAX {
            return Err("A field's path has at most 200 characters.");
        }
        let mut segments = Vec::new();
        let mut start = 0;
        for name in text.split('.') {
            if name.trim() != name || name.is_empty() {
                return Err("A field's path is names with dots between them, without spaces around the dots.");
            }
            segments.push(Segment { name: name.to_owned(), index: name.parse().ok(), rest: text[start..].to_owned() });
            start += name.len() + 1;
        }
        if segments.len() > SEGMENTS_MAX {
            return Err("A field's path has at most 12 parts.");
        }
        Ok(Self { segments })
    }

    /// The value there; `None` when the record has nothing there. A list without a number in the path gives the values of all its
    /// elements, without the missing ones.
    pub fn get<'v>(&self, record: &'v Value) -> Option<Cow<'v, Value>> {
        look(record, &self.segments)
    }
}

fn look<'v>(value: &'v Value, segments: &[Segment]) -> Option<Cow<'v, Value>> {
    let Some((first, rest)) = segments.split_first() else { return Some(Cow::Borrowed(value)) };
    match value {
        Value::Object(map) => map.get(&first.name).and_then(|inner| look(inner, rest)).or_else(|| map.get(&first.rest).map(Cow::Borrowed)),
        Value::Array(list) => match first.index {
            Some(index) => list.get(index).and_then(|inner| look(inner, rest)),
            None => {
                let mut all = Vec::new();
                for inner in list {
                    match look(inner, segments).map(Cow::into_owned) {
                        None | Some(Value::Null) => {}
                        Some(Value::Array(more)) => all.extend(more),
                        Some(one) => all.push(one),
                    }
                }
                Some(Cow::Owned(Value::Array(all)))
            }
        },
        _ => None,
    }
}

/// The path without list positions, so that `emails.3.value` and `emails.value` count as the same field.
pub fn without_positions(text: &str) -> String {
    text.split('.').filter(|name| name.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_through_objects_lists_and_dotted_keys() {
        let record = json!({
            "name": "Ada", "nothing": null, "a.b": 7,
            "emails": [{"value": "a@x.example", "type": "work"}, {"type": "none"}, {"value": "b@x.example"}],
            "jobs": [{"tags": ["x", "y"]}, {"tags": ["z"]}],
            "custom_fields": {"salary": {"value": {"amount": "9", "unit": "EUR"}}},
        });
        for (path, wanted) in [
            ("name", Some(json!("Ada"))),
            ("nothing", Some(Value::Null)),
            ("missing", None),
            ("name.more", None),
            ("a.b", Some(json!(7))),
            ("emails.0.value", Some(json!("a@x.example"))),
            ("emails.9.value", None),
            ("emails.value", Some(json!(["a@x.example", "b@x.example"]))),
            ("emails.0", Some(json!({"value": "a@x.example", "type": "work"}))),
            ("jobs.tags", Some(json!(["x", "y", "z"]))),
            ("jobs.tags.0", Some(json!(["x", "z"]))),
            ("custom_fields.salary.value.amount", Some(json!("9"))),
        ] {
            let found = FieldPath::parse(path).expect("a path").get(&record).map(Cow::into_owned);
            assert_eq!(found, wanted, "{path}");
        }
        assert_eq!(FieldPath::parse("emails").expect("a path").get(&Value::Null), None);
    }

    #[test]
    fn a_path_that_is_none_is_refused() {
        for bad in ["", "  ", "a..b", ".a", "a.", "a. b", &"x".repeat(201), "1.2.3.4.5.6.7.8.9.10.11.12.13"] {
            assert!(FieldPath::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(without_positions("emails.3.value"), "emails.value");
    }
}
