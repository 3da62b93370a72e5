//! Our own side of a mapping: which fields each kind of record has here, and how a value is brought into a field's shape.

use serde_json::{Value, json};

use super::transform::{is_empty, text_of};
use crate::domain::mapping::FieldInfo;
use crate::domain::status::RecordKind;

/// What a field of ours holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// An instant, RFC 3339.
    DateTime,
    /// A number.
    Number,
    /// A list of `{value, type}`: addresses, numbers, links.
    Contacts,
    /// A list of texts.
    Texts,
    /// Whatever comes.
    Any,
}

impl Shape {
    /// The word for it in a list of fields.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Number => "number",
            Self::Contacts | Self::Texts => "list",
            Self::Any => "any",
        }
    }
}

/// A field of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its name in rules.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether a mapping may fill it.
    pub writable: bool,
    /// The real fields it stands for, for a field that is only a view of others.
    pub view_of: &'static [&'static str],
}

const fn field(name: &'static str, label: &'static str, shape: Shape) -> Target {
    Target { name, label, shape, writable: true, view_of: &[] }
}

const fn view(name: &'static str, label: &'static str, view_of: &'static [&'static str]) -> Target {
    Target { name, label, shape: Shape::Text, writable: true, view_of }
}

const fn fixed(name: &'static str, label: &'static str, shape: Shape) -> Target {
    Target { name, label, shape, writable: false, view_of: &[] }
}

const CANDIDATE: &[Target] = &[
    field("first_name", "First name", Shape::Text),
    field("last_name", "Last name", Shape::Text),
    view("name", "Full name", &["first_name", "last_name"]),
    field("title", "Title", Shape::Text),
    field("company", "Company", Shape::Text),
    field("location", "Location", Shape::Text),
    field("emails", "E-mail addresses", Shape::Contacts),
    view("email", "First e-mail address", &["emails"]),
    field("phones", "Phone numbers", Shape::Contacts),
    view("phone", "First phone number", &["phones"]),
    field("websites", "Web sites", Shape::Contacts),
    field("tags", "Tags", Shape::Texts),
    fixed("id", "ID", Shape::Text),
    fixed("created_at", "Created", Shape::DateTime),
    fixed("updated_at", "Updated", Shape::DateTime),
];

const JOB: &[Target] = &[
    field("title", "Title", Shape::Text),
    field("department", "Department", Shape::Text),
    field("location", "Location", Shape::Text),
    field("requisition_id", "Requisition ID", Shape::Text),
    field("description", "Description", Shape::Text),
    fixed("id", "ID", Shape::Text),
    fixed("status", "Status", Shape::Text),
    fixed("opened_at", "Opened", Shape::DateTime),
    fixed("closed_at", "Closed", Shape::DateTime),
    fixed("created_at", "Created", Shape::DateTime),
    fixed("updated_at", "Updated", Shape::DateTime),
];

const APPLICATION: &[Target] = &[
    field("source", "Source", Shape::Text),
    field("rejection_reason", "Rejection reason", Shape::Text),
    fixed("id", "ID", Shape::Text),
    fixed("status", "Status", Shape::Text),
    fixed("stage_name", "Stage", Shape::Text),
    fixed("applied_at", "Applied", Shape::DateTime),
    fixed("created_at", "Created", Shape::DateTime),
    fixed("updated_at", "Updated", Shape::DateTime),
];

const INTERVIEW: &[Target] = &[
    field("title", "Title", Shape::Text),
    field("location", "Location", Shape::Text),
    field("meeting_url", "Video call", Shape::Text),
    fixed("id", "ID", Shape::Text),
    fixed("status", "Status", Shape::Text),
    fixed("starts_at", "Starts", Shape::DateTime),
    fixed("ends_at", "Ends", Shape::DateTime),
    fixed("timezone", "Time zone", Shape::Text),
];

const OFFER: &[Target] = &[
    field("starts_on", "Start date", Shape::Date),
    fixed("id", "ID", Shape::Text),
    fixed("status", "Status", Shape::Text),
    fixed("version", "Version", Shape::Number),
    fixed("sent_at", "Sent", Shape::DateTime),
    fixed("resolved_at", "Answered", Shape::DateTime),
];

/// The kinds of records that can be mapped, the most used first.
pub const OBJECTS: &[RecordKind] =
    &[RecordKind::Candidate, RecordKind::Application, RecordKind::Job, RecordKind::Interview, RecordKind::Offer];

/// What stands before the name of a customer's own field.
pub const CUSTOM: &str = "custom_fields.";

/// Our fields of a kind of record, without the customer's own.
pub const fn fields(kind: RecordKind) -> &'static [Target] {
    match kind {
        RecordKind::Candidate => CANDIDATE,
        RecordKind::Job => JOB,
        RecordKind::Application => APPLICATION,
        RecordKind::Interview => INTERVIEW,
        RecordKind::Offer => OFFER,
        RecordKind::Department | RecordKind::Person | RecordKind::Stage | RecordKind::Message => &[],
    }
}

/// A field of ours by its name; `custom_fields.<any>` exists for every name without dots.
pub fn find(kind: RecordKind, name: &str) -> Option<Target> {
    if let Some(key) = name.strip_prefix(CUSTOM) {
        let is_name = !key.is_empty() && key.trim() == key && key.chars().count() <= 100 && !key.contains('.');
        return (is_name && OBJECTS.contains(&kind)).then_some(field("custom_fields", "Own field", Shape::Any));
    }
    fields(kind).iter().find(|target| target.name == name).copied()
}

/// Our fields as a list for people and programs, with the customer's own ones that exist.
pub fn infos(kind: RecordKind, custom: impl IntoIterator<Item = String>) -> Vec<FieldInfo> {
    let own = fields(kind).iter().map(|target| FieldInfo {
        name: target.name.to_owned(),
        label: target.label.to_owned(),
        kind: target.shape.kind().to_owned(),
        custom: false,
        writable: target.writable,
    });
    let custom = custom.into_iter().map(|key| FieldInfo {
        label: humanize(&key),
        name: format!("{CUSTOM}{key}"),
        kind: Shape::Any.kind().to_owned(),
        custom: true,
        writable: true,
    });
    own.chain(custom).collect()
}

/// `desired_salary` → "Desired salary".
pub fn humanize(name: &str) -> String {
    let words = name.replace(['_', '-', '.'], " ");
    let mut chars = words.trim().chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Brings a value into a field's shape. Nothing stays nothing.
///
/// # Errors
/// A sentence saying why it does not fit and what to add.
pub fn shape(shape: Shape, value: Value) -> Result<Value, String> {
    if is_empty(&value) {
        return Ok(Value::Null);
    }
    match shape {
        Shape::Any => Ok(value),
        Shape::Text => one(value).map(Value::String),
        Shape::Number => match value {
            Value::Number(_) => Ok(value),
            other => {
                let text = one(other)?;
                let number: serde_json::Number = serde_json::from_str(text.trim()).map_err(|_| format!("“{text}” is not a number."))?;
                Ok(Value::Number(number))
            }
        },
        Shape::Date => {
            let text = one(value)?;
            let day = text.trim().get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
            day.map(|day| Value::String(day.to_string()))
                .ok_or_else(|| format!("“{text}” is not a day as in 2026-11-30. Add a date format to turn it into one."))
        }
        Shape::DateTime => {
            let text = one(value)?;
            let at = text.trim().parse::<jiff::Timestamp>();
            at.map(|at| Value::String(at.to_string()))
                .map_err(|_| format!("“{text}” is not a time as in 2026-11-30T09:00:00Z. Add a date format to turn it into one."))
        }
        Shape::Texts => {
            let list = if let Value::Array(list) = value { list } else { vec![value] };
            let texts = list.into_iter().filter(|one| !is_empty(one)).map(|one| match text_of(&one) {
                Some(text) => Ok(Value::String(text)),
                None => Err("The list holds objects. Choose a field of theirs, such as emails.value.".to_owned()),
            });
            texts.collect::<Result<_, _>>().map(Value::Array)
        }
        Shape::Contacts => {
            let list = if let Value::Array(list) = value { list } else { vec![value] };
            let contacts = list.into_iter().filter(|one| !is_empty(one)).map(|one| match one {
                Value::Object(map) => match map.get("value").and_then(text_of) {
                    Some(value) => Ok(match map.get("type").and_then(text_of) {
                        Some(kind) => json!({ "value": value, "type": kind }),
                        None => json!({ "value": value }),
                    }),
                    None => Err("The list holds objects without a value. Choose a field of theirs.".to_owned()),
                },
                other => match text_of(&other) {
                    Some(value) => Ok(json!({ "value": value })),
                    None => Err("The list holds lists. Choose a field inside.".to_owned()),
                },
            });
            contacts.collect::<Result<_, _>>().map(Value::Array)
        }
    }
}

/// One text: of a text, a number, or a list with just one of them.
fn one(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Array(mut list) => {
            list.retain(|one| !is_empty(one));
            match list.len() {
                1 => one(list.remove(0)),
                many => Err(format!("The value is a list of {many}. Add a join, or take one of them with .0 in the source field.")),
            }
        }
        Value::Object(_) => Err("The value is an object. Choose a field inside it.".to_owned()),
        other => Ok(text_of(&other).unwrap_or_default()),
    }
}

/// The real fields that a value for this field goes to: most go to themselves, `name` to given and family name.
pub fn spread(target: &str, view_of: &[&str], value: Value, into: &mut Vec<(String, Value)>) {
    match (target, view_of) {
        ("name", [first, last]) => {
            let text = text_of(&value).unwrap_or_default();
            let mut words = text.trim().splitn(2, char::is_whitespace);
            let part = |words: &mut dyn Iterator<Item = &str>| match words.next().map(str::trim) {
                Some(word) if !word.is_empty() => Value::String(word.to_owned()),
                _ => Value::Null,
            };
            into.push(((*first).to_owned(), part(&mut words)));
            into.push(((*last).to_owned(), part(&mut words)));
        }
        (_, [list]) => {
            let contacts = if value.is_null() { Value::Null } else { json!([{ "value": value }]) };
            into.push(((*list).to_owned(), contacts));
        }
        _ => into.push((target.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_brought_into_shape() {
        for (wanted, before, after) in [
            (Shape::Text, json!(7), json!("7")),
            (Shape::Text, json!(["a"]), json!("a")),
            (Shape::Text, json!("  "), Value::Null),
            (Shape::Number, json!(" 4.5"), json!(4.5)),
            (Shape::Date, json!("2026-11-30T09:00:00Z"), json!("2026-11-30")),
            (Shape::DateTime, json!("2026-11-30T09:00:00+01:00"), json!("2026-11-30T08:00:00Z")),
            (Shape::Texts, json!("a"), json!(["a"])),
            (Shape::Texts, json!(["a", null, 3]), json!(["a", "3"])),
            (Shape::Contacts, json!("a@x.example"), json!([{"value": "a@x.example"}])),
            (
                Shape::Contacts,
                json!([{"value": "1", "type": "work", "id": 3}, "2"]),
                json!([{"value": "1", "type": "work"}, {"value": "2"}]),
            ),
            (Shape::Any, json!({"a": [1]}), json!({"a": [1]})),
            (Shape::Any, json!({}), Value::Null),
        ] {
            assert_eq!(shape(wanted, before.clone()), Ok(after), "{before} as {wanted:?}");
        }
        for (wanted, before, word) in [
            (Shape::Text, json!(["a", "b"]), "join"),
            (Shape::Text, json!({"a": 1}), "field inside"),
            (Shape::Number, json!("many"), "number"),
            (Shape::Date, json!("30.11.2026"), "date format"),
            (Shape::Date, json!("é-11-30-2026"), "date format"),
            (Shape::DateTime, json!("2026-11-30"), "date format"),
            (Shape::Contacts, json!([{"kind": "x"}]), "without a value"),
            (Shape::Texts, json!([{"a": 1}]), "objects"),
        ] {
            let sentence = shape(wanted, before).unwrap_err();
            assert!(sentence.contains(word), "{sentence}");
        }
    }

    #[test]
    fn a_view_goes_to_the_real_fields() {
        let spread = |name: &str, value: Value| {
            let target = find(RecordKind::Candidate, name).expect("a field");
            let mut all = Vec::new();
            spread(name, target.view_of, value, &mut all);
            all.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(spread("name", json!("Ada  King Lovelace")), r#"first_name="Ada" last_name="King Lovelace""#);
        assert_eq!(spread("name", json!("Ada")), r#"first_name="Ada" last_name=null"#);
        assert_eq!(spread("email", json!("a@x.example")), r#"emails=[{"value":"a@x.example"}]"#);
        assert_eq!(spread("email", Value::Null), "emails=null");
        assert_eq!(spread("title", json!("Dr")), r#"title="Dr""#);
        assert_eq!(spread("custom_fields.x", json!(3)), "custom_fields.x=3");
    }

    #[test]
    fn own_fields_exist_under_any_name() {
        assert!(find(RecordKind::Job, "custom_fields.salary_band").is_some_and(|target| target.writable));
        for (kind, name) in [
            (RecordKind::Job, "custom_fields."),
            (RecordKind::Job, "custom_fields.a.b"),
            (RecordKind::Stage, "custom_fields.a"),
            (RecordKind::Job, "emails"),
        ] {
            assert!(find(kind, name).is_none(), "{name}");
        }
        assert_eq!(humanize("desired_salary"), "Desired salary");
        for kind in OBJECTS {
            assert!(fields(*kind).iter().any(|target| target.writable), "{kind}");
        }
    }
}
