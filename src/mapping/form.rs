//! A mapping as a form carries it: lines of text to rules and back, and a draft in a page's address, so that the page can be edited
//! without a script and nothing typed is lost.

use std::collections::BTreeMap;

use serde_json::Value;
use url::form_urlencoded;

use crate::domain::error::FieldError;
use crate::domain::mapping::{Direction, Rule, Transform};
use crate::domain::mapping_form::{Change, Line};

/// A mapping being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which way it shall apply.
    pub direction: Direction,
    /// The version it builds on.
    pub base: i64,
    /// The lines, blank ones among them.
    pub lines: Vec<Line>,
    /// Which sample record is looked at, from 0.
    pub sample: usize,
    /// The target of a suggestion that was just taken.
    pub take: Option<String>,
}

/// Most lines a draft keeps.
const LINES_MAX: usize = 200;

/// Most changes of a line a draft keeps.
const CHANGES_MAX: usize = 12;

impl Draft {
    /// The draft in a query string; `None` if there is none in it.
    pub fn parse(query: &str) -> Option<Self> {
        let mut draft = Self { direction: Direction::Inbound, base: 0, lines: Vec::new(), sample: 0, take: None };
        let mut oriented = None;
        let mut operation = None;
        let mut lines: BTreeMap<usize, (Line, BTreeMap<usize, Change>)> = BTreeMap::new();
        let mut is_draft = false;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "direction" => draft.direction = value.parse().unwrap_or(Direction::Inbound),
                "oriented" => oriented = value.parse::<Direction>().ok(),
                "base" => {
                    is_draft = true;
                    draft.base = value.parse().unwrap_or(0);
                }
                "sample" => draft.sample = value.parse().unwrap_or(0),
                "op" => operation = Some(value.into_owned()),
                other => {
                    if let Some((index, rest)) =
                        bracket(other.strip_prefix("lines").unwrap_or_default()).filter(|(index, _)| *index < LINES_MAX * 2)
                    {
                        let (line, changes) = lines.entry(index).or_default();
                        set(line, changes, rest, value.into_owned());
                    }
                }
            }
        }
        if !is_draft {
            return None;
        }
        let mut kept: Vec<(usize, Line)> = lines
            .into_iter()
            .take(LINES_MAX)
            .map(|(index, (line, changes))| (index, Line { changes: changes.into_values().take(CHANGES_MAX).collect(), ..line }))
            .collect();
        match operation.as_deref().map(|operation| operation.split_once('-').unwrap_or((operation, ""))) {
            Some(("remove", index)) => kept.retain(|(other, _)| other.to_string() != index),
            Some(("sample", index)) => draft.sample = index.parse().unwrap_or(draft.sample),
            Some(("take", target)) => draft.take = Some(target.to_owned()),
            Some(("add", _)) => kept.push((usize::MAX, Line::default())),
            _ => {}
        }
        draft.lines = kept.into_iter().map(|(_, line)| line).collect();
        if let Some(oriented) = oriented {
            draft.turn(oriented);
        }
        Some(draft)
    }

    /// Changes source and target over if the lines were written for a direction of the other orientation.
    pub fn turn(&mut self, oriented: Direction) {
        if (oriented == Direction::Inbound) != (self.direction == Direction::Inbound) {
            for line in &mut self.lines {
                std::mem::swap(&mut line.source, &mut line.target);
            }
        }
    }

    /// The draft as a query string.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("direction", self.direction.as_str()).append_pair("oriented", self.direction.as_str());
        query.append_pair("base", &self.base.to_string()).append_pair("sample", &self.sample.to_string());
        for (index, line) in self.lines.iter().filter(|line| !line.is_blank()).enumerate() {
            query.append_pair(&format!("lines[{index}][source]"), &line.source);
            query.append_pair(&format!("lines[{index}][target]"), &line.target);
            for (place, change) in line.tidy().changes.iter().enumerate() {
                for (name, value) in [("kind", &change.kind), ("a", &change.a), ("b", &change.b)] {
                    query.append_pair(&format!("lines[{index}][changes][{place}][{name}]"), value);
                }
            }
        }
        query.finish()
    }
}

/// `[3][source]` → 3 and `[source]`.
fn bracket(text: &str) -> Option<(usize, &str)> {
    let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

fn set(line: &mut Line, changes: &mut BTreeMap<usize, Change>, rest: &str, value: String) {
    match rest {
        "[source]" => line.source = value,
        "[target]" => line.target = value,
        _ => {
            let Some((place, name)) = bracket(rest.strip_prefix("[changes]").unwrap_or_default()) else { return };
            let change = changes.entry(place).or_default();
            match name {
                "[kind]" => change.kind = value,
                "[a]" => change.a = value,
                "[b]" => change.b = value,
                _ => {}
            }
        }
    }
}

/// The lines that rules are shown as.
pub fn lines(rules: &[Rule]) -> Vec<Line> {
    rules
        .iter()
        .map(|rule| Line {
            source: rule.source_field.clone(),
            target: rule.target_field.clone(),
            changes: rule.transforms.iter().map(change).collect(),
        })
        .collect()
}

fn change(transform: &Transform) -> Change {
    let (a, b) = match transform {
        Transform::None | Transform::Uppercase | Transform::Lowercase | Transform::Trim => (String::new(), String::new()),
        Transform::Default { value } => (write(value), String::new()),
        Transform::Split { separator, index } => (separator.clone(), index.map_or_else(String::new, |index| index.to_string())),
        Transform::Join { separator } => (separator.clone(), String::new()),
        Transform::DateFormat { from, to } => (to.clone(), from.clone().unwrap_or_default()),
        Transform::ValueMap { values, default } => {
            let pairs: Vec<String> = values.iter().map(|(from, to)| format!("{} = {}", escape(from), escape(&write(to)))).collect();
            (pairs.join("; "), default.as_ref().map_or_else(String::new, write))
        }
    };
    Change { kind: transform.name().to_owned(), a, b }
}

/// A value as a person types it: texts as they are, unless they read as something else or begin or end with a space.
fn write(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && read(text) == *value => text.clone(),
        other => other.to_string(),
    }
}

/// A typed value: a number, true, false, something in quotes or brackets as JSON, all else as text.
fn read(text: &str) -> Value {
    let text = text.trim();
    let looks_typed = text.starts_with(['"', '[', '{', '-'])
        || text.starts_with(|c: char| c.is_ascii_digit())
        || matches!(text, "true" | "false" | "null");
    // What would be written differently (007, +49) is a text after all.
    let typed = looks_typed.then(|| serde_json::from_str::<Value>(text).ok()).flatten();
    typed.filter(|value| !value.is_number() || format!("{value}").as_str() == text).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | ';' | '=' | '\n') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The pairs of a value map: `from = to; from = to`, a backslash before `;`, `=` or itself taking their meaning away.
fn pairs(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let mut all = BTreeMap::new();
    let (mut from, mut current) = (None::<String>, String::new());
    let mut chars = text.chars().chain([';']);
    while let Some(c) = chars.next() {
        match c {
            '\\' => current.extend(chars.next()),
            '=' if from.is_none() => from = Some(std::mem::take(&mut current)),
            ';' | '\n' => {
                let to = std::mem::take(&mut current);
                match from.take() {
                    Some(from) => drop(all.insert(from.trim().to_owned(), read(&to))),
                    None if to.trim().is_empty() => {}
                    None => return Err(format!("“{}” is no pair. Write what it becomes, as in: open = Open.", to.trim())),
                }
            }
            c => current.push(c),
        }
    }
    Ok(all)
}

/// The rules that lines stand for. Blank lines are left out; the second list says which line each rule comes from. The errors' pointers
/// are below `/mappings`, by rule.
pub fn rules(lines: &[Line]) -> (Vec<Rule>, Vec<usize>, Vec<FieldError>) {
    let (mut rules, mut places, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_blank()) {
        let line = line.tidy();
        let index = rules.len();
        let mut transforms = Vec::with_capacity(line.changes.len());
        for (step, change) in line.changes.iter().enumerate() {
            match transform(change) {
                Ok(one) => transforms.push(one),
                Err(detail) => errors.push(FieldError { pointer: format!("/mappings/{index}/transforms/{step}"), detail }),
            }
        }
        rules.push(Rule { source_field: line.source, target_field: line.target, transforms });
        places.push(place);
    }
    (rules, places, errors)
}

fn transform(change: &Change) -> Result<Transform, String> {
    let b = change.b.trim();
    Ok(match change.kind.as_str() {
        "uppercase" => Transform::Uppercase,
        "lowercase" => Transform::Lowercase,
        "trim" => Transform::Trim,
        "default" => Transform::Default { value: if change.a.trim().is_empty() { Value::Null } else { read(&change.a) } },
        "split" => {
            let index = if b.is_empty() {
                None
            } else {
                Some(b.parse().map_err(|_| format!("“{b}” is not the number of a part. The first is 0, the last -1."))?)
            };
            Transform::Split { separator: change.a.clone(), index }
        }
        "join" => Transform::Join { separator: change.a.clone() },
        "date_format" => Transform::DateFormat { from: Some(b.to_owned()).filter(|from| !from.is_empty()), to: change.a.trim().to_owned() },
        "value_map" => Transform::ValueMap { values: pairs(&change.a)?, default: Some(b).filter(|b| !b.is_empty()).map(read) },
        other => return Err(format!("There is no change “{other}”.")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::transform::tests::any_transform;
    use super::*;

    #[test]
    fn rules_survive_the_form_and_the_address() {
        let all: Vec<Rule> = serde_json::from_value(json!([
            {"sourceField": "a", "targetField": "x", "transforms": ["trim", {"type": "default", "value": "007"}]},
            {"sourceField": "b.0.c", "targetField": "y", "transforms": [{"type": "split", "separator": ", ", "index": -1}, {"type": "join", "separator": " "}]},
            {"sourceField": "c", "targetField": "z", "transforms": [{"type": "value_map", "values": {"a;b=c\\": "true", "x": true, "": 3}, "default": " padded "}]},
            {"sourceField": "d", "targetField": "w", "transforms": [{"type": "date_format", "to": "%d.%m.%Y"}, {"type": "default", "value": ["a", 1]}]},
        ]))
        .expect("rules");
        let (again, places, errors) = rules(&lines(&all));
        assert_eq!((again, places, errors), (all.clone(), vec![0, 1, 2, 3], Vec::new()));
        let draft = Draft { direction: Direction::Outbound, base: 3, lines: lines(&all), sample: 2, take: None };
        assert_eq!(Draft::parse(&draft.query()), Some(draft));
        assert_eq!(Draft::parse("object=job"), None);
    }

    #[test]
    fn buttons_of_the_page_add_and_remove_lines_and_turn_them() {
        let base = "base=1&direction=inbound&oriented=inbound&lines[4][source]=a&lines[4][target]=b&lines[7][source]=c&lines[7][target]=d";
        let lines = |more: &str| {
            let draft = Draft::parse(&format!("{base}{more}")).expect("a draft");
            (draft.lines.iter().map(|line| format!("{}>{}", line.source, line.target)).collect::<Vec<_>>().join(" "), draft.sample)
        };
        assert_eq!(lines("&op=remove-4"), ("c>d".into(), 0));
        assert_eq!(lines("&op=add"), ("a>b c>d >".into(), 0));
        assert_eq!(lines("&op=sample-5"), ("a>b c>d".into(), 5));
        assert_eq!(lines("&direction=outbound"), ("b>a d>c".into(), 0));
        assert_eq!(lines("&lines[99999999999]=x&lines[x]=y&lines=z&op=remove-x"), ("a>b c>d".into(), 0));
    }

    #[test]
    fn what_is_typed_wrong_is_named() {
        let line = |kind: &str, a: &str, b: &str| Line {
            source: "a".into(),
            target: "b".into(),
            changes: vec![Change::default(), Change { kind: kind.into(), a: a.into(), b: b.into() }],
        };
        for (line, word) in
            [(line("split", ",", "first"), "first"), (line("value_map", "open", ""), "no pair"), (line("rot13", "", ""), "rot13")]
        {
            let (_, places, errors) = rules(&[Line::default(), line]);
            assert_eq!((places, errors[0].pointer.as_str()), (vec![1], "/mappings/0/transforms/0"));
            assert!(errors[0].detail.contains(word), "{}", errors[0].detail);
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(query in ".{0,80}", lines in "(lines%5B[0-9]%5D%5B(source|target|changes)%5D=[a-z]{0,3}&){0,4}") {
            let _ = Draft::parse(&query);
            if let Some(draft) = Draft::parse(&format!("base=1&{lines}")) {
                let _ = rules(&draft.lines);
                prop_assert_eq!(Draft::parse(&draft.query()).map(|again| again.query()), Some(draft.query()));
            }
        }

        #[test]
        fn every_valid_transform_survives_the_form(transform in any_transform()) {
            prop_assume!(super::super::transform::check(&transform).is_none() && transform != Transform::None);
            // A map's keys and patterns are typed without spaces around them.
            let is_typed = match &transform {
                Transform::ValueMap { values, .. } => values.keys().all(|key| key.trim() == key),
                Transform::DateFormat { from, to } => to.trim() == to && from.as_ref().is_none_or(|from| from.trim() == from && !from.is_empty()),
                _ => true,
            };
            prop_assume!(is_typed);
            // Not every float survives JSON to its last bit, so it does not survive being stored either.
            let stored: Option<Transform> = serde_json::to_string(&transform).ok().and_then(|text| serde_json::from_str(&text).ok());
            prop_assume!(stored.as_ref() == Some(&transform));
            let rule = Rule { source_field: "a".into(), target_field: "b".into(), transforms: vec![transform] };
            let (again, _, errors) = rules(&lines(std::slice::from_ref(&rule)));
            prop_assert_eq!((again, errors), (vec![rule], Vec::new()));
        }
    }
}
