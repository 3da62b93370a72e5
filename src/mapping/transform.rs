//! What each transform does to a value, and how it is checked and undone.
//!
//! Nothing here fails on an empty value: null goes through everything but `default`. A list has its elements changed one by one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::domain::mapping::Transform;

/// Most pairs of a value map.
pub const PAIRS_MAX: usize = 500;

/// Most characters of a separator or a pattern.
const SETTING_CHARS_MAX: usize = 100;

/// Whether a value counts as none: null, a blank text, an empty list or object.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text, number or yes/no as text.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Applies one transform.
///
/// # Errors
/// A sentence saying why this value cannot be changed this way.
pub fn apply(transform: &Transform, value: Value) -> Result<Value, String> {
    match transform {
        Transform::None => Ok(value),
        Transform::Uppercase => each_text(value, &|text| text.to_uppercase()),
        Transform::Lowercase => each_text(value, &|text| text.to_lowercase()),
        Transform::Trim => each_text(value, &|text| text.trim().to_owned()),
        Transform::Default { value: default } => Ok(if is_empty(&value) { default.clone() } else { value }),
        Transform::Split { separator, index } => each(value, &|text| Ok(split(&text, separator, *index))),
        Transform::Join { separator } => join(value, separator),
        Transform::DateFormat { from, to } => each(value, &|text| date(&text, from.as_deref(), to)),
        Transform::ValueMap { values, default } => {
            let replace = |one: Value| match text_of(&one) {
                Some(text) => Ok(values.get(&text).or(default.as_ref()).cloned().unwrap_or(one)),
                None if one.is_null() => Ok(one),
                None => Err(OBJECT.to_owned()),
            };
            match value {
                Value::Array(list) => list.into_iter().map(replace).collect::<Result<_, _>>().map(Value::Array),
                one => replace(one),
            }
        }
    }
}

const OBJECT: &str = "The value is an object. Choose a field inside it.";

/// Changes texts, leaves numbers and the like alone.
fn each_text(value: Value, change: &dyn Fn(&str) -> String) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(Value::String(change(&text))),
        Value::Array(list) => list.into_iter().map(|one| each_text(one, change)).collect::<Result<_, _>>().map(Value::Array),
        Value::Object(_) => Err(OBJECT.to_owned()),
        other => Ok(other),
    }
}

/// Changes everything that has a text. A change that gives lists makes one list of them.
fn each(value: Value, change: &dyn Fn(String) -> Result<Value, String>) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(list) => {
            let mut all = Vec::with_capacity(list.len());
            for one in list {
                match each(one, change)? {
                    Value::Null => {}
                    Value::Array(more) => all.extend(more),
                    one => all.push(one),
                }
            }
            Ok(Value::Array(all))
        }
        Value::Object(_) => Err(OBJECT.to_owned()),
        // A blank text has no parts and no date.
        Value::String(text) if text.trim().is_empty() => Ok(Value::Null),
        one => change(text_of(&one).unwrap_or_default()),
    }
}

fn split(text: &str, separator: &str, index: Option<i32>) -> Value {
    let part = |text: &str| Value::String(text.trim().to_owned());
    let Some(index) = index else { return Value::Array(text.split(separator).map(part).collect()) };
    let position = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    let found = if index >= 0 { text.split(separator).nth(position) } else { text.rsplit(separator).nth(position - 1) };
    found.map_or(Value::Null, part)
}

fn join(value: Value, separator: &str) -> Result<Value, String> {
    match value {
        Value::Array(list) => {
            let mut texts = Vec::with_capacity(list.len());
            for one in &list {
                match text_of(one) {
                    Some(text) => texts.push(text),
                    None if one.is_null() => {}
                    None => return Err("The list holds objects. Choose a field of theirs, such as emails.value.".to_owned()),
                }
            }
            Ok(if texts.is_empty() { Value::Null } else { Value::String(texts.join(separator)) })
        }
        Value::Object(_) => Err(OBJECT.to_owned()),
        other => Ok(other),
    }
}

/// Reads a date or time and writes it in another notation.
fn date(text: &str, from: Option<&str>, to: &str) -> Result<Value, String> {
    let text = text.trim();
    let read = match from {
        Some(pattern) => {
            BrokenDownTime::parse(pattern, text).map_err(|_| format!("“{}” is not a date of the form {pattern}.", shorten(text)))
        }
        None => standard(text).ok_or_else(|| format!("“{}” is not a date as in 2026-11-30 or 2026-11-30T09:00:00Z.", shorten(text))),
    }?;
    // Through a whole value, so that what follows from it (a weekday's name) can be written too.
    let whole = if let Ok(zoned) = read.to_zoned() {
        BrokenDownTime::from(&zoned)
    } else if let Ok(at) = read.to_datetime() {
        BrokenDownTime::from(at)
    } else if let Ok(day) = read.to_date() {
        BrokenDownTime::from(day)
    } else if let Ok(time) = read.to_time() {
        BrokenDownTime::from(time)
    } else {
        read
    };
    strtime::format(to, whole).map(Value::String).map_err(|_| format!("“{}” lacks what {to} asks for.", shorten(text)))
}

/// An RFC 3339 time or an ISO 8601 date.
fn standard(text: &str) -> Option<BrokenDownTime> {
    let pieces = Pieces::parse(text).ok()?;
    let (day, time) = (pieces.date(), pieces.time());
    Some(match (time, pieces.to_numeric_offset()) {
        (Some(time), Some(offset)) => BrokenDownTime::from(&day.to_datetime(time).to_zoned(TimeZone::fixed(offset)).ok()?),
        (Some(time), None) => BrokenDownTime::from(day.to_datetime(time)),
        (None, _) => BrokenDownTime::from(day),
    })
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What is wrong with a transform's settings, as setting's name and sentence.
pub fn check(transform: &Transform) -> Option<(&'static str, String)> {
    let long = |text: &str| text.chars().count() > SETTING_CHARS_MAX;
    match transform {
        Transform::None | Transform::Uppercase | Transform::Lowercase | Transform::Trim => None,
        Transform::Default { value } => value.is_null().then(|| ("value", "Say which value to use where there is none.".to_owned())),
        Transform::Split { separator, .. } if separator.is_empty() => {
            Some(("separator", "Say what stands between the parts, such as a comma.".to_owned()))
        }
        Transform::Split { separator, .. } | Transform::Join { separator } => {
            long(separator).then(|| ("separator", "A separator has at most 100 characters.".to_owned()))
        }
        Transform::DateFormat { from, to } => {
            if to.trim().is_empty() {
                return Some(("to", "Say how the date shall look, such as %d.%m.%Y.".to_owned()));
            }
            let mut patterns = from.iter().map(|from| ("from", from)).chain([("to", to)]);
            patterns.find_map(|(name, pattern)| {
                let sentence = format!("“{}” is not a pattern for dates. An example is %Y-%m-%d.", shorten(pattern));
                (long(pattern) || !is_pattern(pattern)).then_some((name, sentence))
            })
        }
        Transform::ValueMap { values, .. } => {
            if values.is_empty() {
                Some(("values", "List at least one value and what becomes of it.".to_owned()))
            } else if values.len() > PAIRS_MAX {
                Some(("values", "A value map has at most 500 pairs.".to_owned()))
            } else {
                None
            }
        }
    }
}

/// Whether a whole date with time and zone can be written this way, and something of it is.
fn is_pattern(pattern: &str) -> bool {
    let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    pattern.contains('%') && strtime::format(pattern, &sample).is_ok()
}

/// The transform that undoes this one; `Ok(None)` when nothing has to be done.
///
/// Upper and lower case cannot be undone but may be applied on both ways: what comes back is what was sent.
///
/// # Errors
/// A sentence saying why it cannot be undone.
pub fn reverse(transform: &Transform) -> Result<Option<Transform>, String> {
    match transform {
        Transform::None => Ok(None),
        Transform::Uppercase | Transform::Lowercase | Transform::Trim => Ok(Some(transform.clone())),
        // The value is there on the way back.
        Transform::Default { .. } => Ok(None),
        Transform::Split { separator, index: None } => Ok(Some(Transform::Join { separator: separator.clone() })),
        Transform::Split { .. } => {
            Err("Split keeps one part only, so the whole cannot be written back. Use it in one direction.".to_owned())
        }
        Transform::Join { separator } if separator.is_empty() => {
            Err("Join without a separator cannot be taken apart again. Give it one, or use it in one direction.".to_owned())
        }
        Transform::Join { separator } => Ok(Some(Transform::Split { separator: separator.clone(), index: None })),
        Transform::DateFormat { from, to } => {
            let has = parts(to);
            let wants = parts(from.as_deref().unwrap_or("%Y-%m-%dT%H:%M:%S%z"));
            let lost: Vec<&str> = wants.difference(&has).copied().collect();
            if lost.is_empty() {
                // An instant comes back as RFC 3339 in its own offset.
                let back = from.clone().unwrap_or_else(|| "%Y-%m-%dT%H:%M:%S%:z".to_owned());
                return Ok(Some(Transform::DateFormat { from: Some(to.clone()), to: back }));
            }
            let lost = lost.join(", ");
            Err(match from {
                Some(_) => format!("The pattern {to} drops the {lost}, so the date cannot be written back. Use it in one direction."),
                None => format!(
                    "The pattern {to} may drop the {lost}. Say which pattern the source has (such as %Y-%m-%d), or use it in one direction."
                ),
            })
        }
        Transform::ValueMap { default: Some(_), .. } => {
            Err("A value map with a value for everything else cannot be reversed. Use it in one direction.".to_owned())
        }
        Transform::ValueMap { values, default: None } => {
            let mut back = BTreeMap::new();
            for (from, to) in values {
                let Some(to) = text_of(to) else {
                    return Err("A value map that gives lists or nothing cannot be reversed. Use it in one direction.".to_owned());
                };
                if back.insert(to.clone(), Value::String(from.clone())).is_some() {
                    return Err(format!(
                        "Two values become “{}”, so it is not known which to write back. Use it in one direction.",
                        shorten(&to)
                    ));
                }
            }
            Ok(Some(Transform::ValueMap { values: back, default: None }))
        }
    }
}

/// The parts of a date that a pattern writes.
fn parts(pattern: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        // Flags, widths and colons stand before the letter.
        let Some(letter) = chars.by_ref().find(|c| c.is_ascii_alphabetic() || *c == '%') else { break };
        found.extend::<&[&str]>(match letter {
            'Y' => &["year"],
            'm' | 'b' | 'B' | 'h' => &["month"],
            'd' | 'e' => &["day"],
            'j' => &["month", "day"],
            'F' => &["year", "month", "day"],
            'H' | 'k' => &["hour"],
            'M' => &["minute"],
            'S' => &["second"],
            'R' => &["hour", "minute"],
            'T' => &["hour", "minute", "second"],
            'z' | 'Q' => &["zone"],
            's' => &["year", "month", "day", "hour", "minute", "second", "zone"],
            _ => &[],
        });
        // 12 hours need their half of the day, which may stand anywhere.
        if matches!(letter, 'I' | 'l') && (pattern.contains("%p") || pattern.contains("%P")) {
            found.insert("hour");
        }
    }
    found
}

#[cfg(test)]
#[path = "transform_tests.rs"]
pub(super) mod tests;
