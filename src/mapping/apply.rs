//! A mapping ready for use: paths parsed, settings checked. Pure: the same record gives the same values.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::path::FieldPath;
use super::targets::{self, Shape};
use super::transform;
use crate::domain::error::FieldError;
use crate::domain::mapping::{Rule, Transform};
use crate::domain::status::RecordKind;

/// Most rules of a mapping.
pub const RULES_MAX: usize = 200;

/// Most transforms of a rule.
pub const TRANSFORMS_MAX: usize = 12;

/// A rule that could not be applied to a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{target}: {message}")]
pub struct ApplyError {
    /// Which rule, from 0.
    pub rule: usize,
    /// Its target field.
    pub target: String,
    /// What is wrong, as a sentence.
    pub message: String,
}

/// A mapping ready for use.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Which version of the stored mapping this is; 0 for one that is not stored.
    pub version: i64,
    rules: Vec<CompiledRule>,
}

#[derive(Debug, Clone)]
struct CompiledRule {
    source: FieldPath,
    rule: Rule,
    /// Set when the target is a field of ours.
    shape: Option<Shape>,
    view_of: &'static [&'static str],
}

impl Compiled {
    /// Checks and parses rules. Values go to the targets as they come out of the last transform.
    ///
    /// # Errors
    /// Every wrong field, with pointers below `/mappings`.
    pub fn new(rules: &[Rule]) -> Result<Self, Vec<FieldError>> {
        Self::compile(rules, None)
    }

    /// The same for rules whose targets are our own fields of this kind: each value is brought into its field's shape, and a field
    /// that is a view of others (`name`, `email`) is handed to those.
    ///
    /// # Errors
    /// As [`Compiled::new`]; a target that is none of our fields is not an error here but stays as it comes.
    pub fn inbound(kind: RecordKind, rules: &[Rule]) -> Result<Self, Vec<FieldError>> {
        Self::compile(rules, Some(kind))
    }

    fn compile(rules: &[Rule], kind: Option<RecordKind>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        if rules.len() > RULES_MAX {
            errors.push(FieldError { pointer: "/mappings".to_owned(), detail: "A mapping has at most 200 lines.".to_owned() });
        }
        let mut compiled = Vec::with_capacity(rules.len());
        let mut targets: HashMap<&str, usize> = HashMap::new();
        for (index, rule) in rules.iter().enumerate().take(RULES_MAX) {
            if let Some(first) = targets.insert(&rule.target_field, index) {
                errors.push(FieldError {
                    pointer: format!("/mappings/{index}/targetField"),
                    detail: format!("{} is filled by line {} already. Each target has one source.", rule.target_field, first + 1),
                });
            }
            match CompiledRule::new(index, rule, kind) {
                Ok(one) => compiled.push(one),
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(Self { version: 0, rules: compiled }) } else { Err(errors) }
    }

    /// The same as the stored version `version`.
    #[must_use]
    pub fn with_version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// The rules as they were given.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|one| &one.rule)
    }

    /// The targets and their values for one record. Null means that the field is to be emptied.
    ///
    /// # Errors
    /// The first rule that cannot be applied.
    pub fn apply(&self, record: &Value) -> Result<Vec<(String, Value)>, ApplyError> {
        let mut values = Vec::with_capacity(self.rules.len() + 1);
        for (index, rule) in self.rules.iter().enumerate() {
            let value = rule.after(rule.before(record).into_owned()).map_err(|message| ApplyError {
                rule: index,
                target: rule.rule.target_field.clone(),
                message,
            })?;
            targets::spread(&rule.rule.target_field, rule.view_of, value, &mut values);
        }
        Ok(values)
    }

    /// What each rule finds in a record and makes of it, for a preview: one entry per rule, in their order.
    pub fn explain<'r>(&'r self, record: &'r Value) -> impl Iterator<Item = (Cow<'r, Value>, Result<Value, String>)> + 'r {
        self.rules.iter().map(move |rule| {
            let before = rule.before(record);
            let after = rule.after(before.clone().into_owned());
            (before, after)
        })
    }

    /// The same mapping the other way round.
    ///
    /// # Errors
    /// One error per transform that cannot be undone.
    pub fn reverse(&self) -> Result<Self, Vec<FieldError>> {
        let rules: Vec<Rule> = self.rules().cloned().collect();
        Ok(Self::new(&reverse_rules(&rules)?)?.with_version(self.version))
    }
}

impl CompiledRule {
    fn new(index: usize, rule: &Rule, kind: Option<RecordKind>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut refuse = |name: String, detail: String| errors.push(FieldError { pointer: format!("/mappings/{index}/{name}"), detail });
        let source = FieldPath::parse(&rule.source_field).map_err(|detail| refuse("sourceField".to_owned(), detail.to_owned()));
        if let Err(detail) = FieldPath::parse(&rule.target_field) {
            refuse("targetField".to_owned(), detail.to_owned());
        }
        if rule.transforms.len() > TRANSFORMS_MAX {
            refuse("transforms".to_owned(), "A line has at most 12 transforms.".to_owned());
        }
        for (place, one) in rule.transforms.iter().enumerate().take(TRANSFORMS_MAX) {
            if let Some((setting, detail)) = transform::check(one) {
                refuse(format!("transforms/{place}/{setting}"), detail);
            }
        }
        let target = kind.and_then(|kind| targets::find(kind, &rule.target_field));
        let (shape, view_of) = target.map_or((None, [].as_slice()), |target| (Some(target.shape), target.view_of));
        match source {
            Ok(source) if errors.is_empty() => Ok(Self { source, rule: rule.clone(), shape, view_of }),
            _ => Err(errors),
        }
    }

    fn before<'v>(&self, record: &'v Value) -> Cow<'v, Value> {
        self.source.get(record).unwrap_or(Cow::Owned(Value::Null))
    }

    fn after(&self, mut value: Value) -> Result<Value, String> {
        for one in &self.rule.transforms {
            value = transform::apply(one, value)?;
        }
        match self.shape {
            Some(shape) => targets::shape(shape, value),
            None => Ok(value),
        }
    }
}

/// The rules the other way round: source and target swapped, the transforms undone from the last to the first.
///
/// # Errors
/// One error per transform that cannot be undone, as a sentence that names it.
pub fn reverse_rules(rules: &[Rule]) -> Result<Vec<Rule>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut reversed = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let mut transforms: Vec<Transform> = Vec::with_capacity(rule.transforms.len());
        for (place, one) in rule.transforms.iter().enumerate().rev() {
            match transform::reverse(one) {
                Ok(back) => transforms.extend(back),
                Err(detail) => errors.push(FieldError { pointer: format!("/mappings/{index}/transforms/{place}"), detail }),
            }
        }
        reversed.push(Rule { source_field: rule.target_field.clone(), target_field: rule.source_field.clone(), transforms });
    }
    if errors.is_empty() { Ok(reversed) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::transform::tests::{any_transform, any_value};
    use super::*;

    fn rules(value: Value) -> Vec<Rule> {
        serde_json::from_value(value).expect("rules")
    }

    #[test]
    fn a_record_goes_through_its_rules() {
        let mapping = Compiled::inbound(
            RecordKind::Candidate,
            &rules(json!([
                {"sourceField": "email_addresses.value", "targetField": "emails", "transform": "lowercase"},
                {"sourceField": "preferred_name", "targetField": "name", "transforms": ["trim"]},
                {"sourceField": "custom_fields.salary.value", "targetField": "custom_fields.salary"},
                {"sourceField": "tags", "targetField": "title", "transforms": [{"type": "join", "separator": " / "}]},
                {"sourceField": "nothing", "targetField": "company", "transforms": [{"type": "default", "value": "unknown"}]},
                {"sourceField": "nothing", "targetField": "location"},
            ])),
        )
        .expect("valid");
        let record = json!({
            "email_addresses": [{"value": "Ada@X.Example"}, {"value": "b@x.example"}], "preferred_name": " Ada Lovelace",
            "custom_fields": {"salary": {"value": 90_000}}, "tags": ["math", "engines"],
        });
        let values = mapping.apply(&record).expect("it applies");
        let expected = [
            ("emails", json!([{"value": "ada@x.example"}, {"value": "b@x.example"}])),
            ("first_name", json!("Ada")),
            ("last_name", json!("Lovelace")),
            ("custom_fields.salary", json!(90_000)),
            ("title", json!("math / engines")),
            ("company", json!("unknown")),
            ("location", Value::Null),
        ];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn the_failing_rule_is_named() {
        let mapping = Compiled::inbound(
            RecordKind::Candidate,
            &rules(json!([{"sourceField": "a", "targetField": "title"}, {"sourceField": "tags", "targetField": "company"}])),
        )
        .expect("valid");
        let error = mapping.apply(&json!({"a": "x", "tags": ["y", "z"]})).unwrap_err();
        assert_eq!((error.rule, error.target.as_str()), (1, "company"));
        assert!(error.message.contains("join"), "{error}");
        let record = json!({"a": "x", "tags": ["y", "z"]});
        let explained: Vec<_> = mapping.explain(&record).map(|(before, after)| (before.into_owned(), after.is_ok())).collect();
        assert_eq!(explained, [(json!("x"), true), (json!(["y", "z"]), false)]);
    }

    #[test]
    fn every_wrong_field_is_pointed_at() {
        let errors = Compiled::new(&rules(json!([
            {"sourceField": "", "targetField": "title"},
            {"sourceField": "a", "targetField": "title", "transforms": ["trim", {"type": "split", "separator": ""}]},
            {"sourceField": "a", "targetField": "b..c"},
        ])))
        .unwrap_err();
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/mappings/0/sourceField", "/mappings/1/targetField", "/mappings/1/transforms/1/separator", "/mappings/2/targetField"]
        );
        let many: Vec<Rule> =
            (0..201).map(|n| Rule { source_field: "a".into(), target_field: format!("t{n}"), transforms: Vec::new() }).collect();
        assert_eq!(Compiled::new(&many).unwrap_err()[0].pointer, "/mappings");
    }

    #[test]
    fn a_mapping_both_ways_brings_back_what_it_sent() {
        let forth = Compiled::new(&rules(json!([
            {"sourceField": "status", "targetField": "State", "transforms": ["trim", {"type": "value_map", "values": {"open": "O", "closed": "C"}}]},
            {"sourceField": "tags", "targetField": "Tags", "transforms": [{"type": "join", "separator": ";"}]},
        ])))
        .expect("valid");
        let back = forth.reverse().expect("it can be reversed");
        let there = forth.apply(&json!({"status": " open ", "tags": ["a", "b"]})).expect("it applies");
        let there: Value = there.into_iter().collect::<serde_json::Map<_, _>>().into();
        assert_eq!(there, json!({"State": "O", "Tags": "a;b"}));
        let again: Value = back.apply(&there).expect("it applies").into_iter().collect::<serde_json::Map<_, _>>().into();
        assert_eq!(again, json!({"status": "open", "tags": ["a", "b"]}));
        let one_way = rules(
            json!([{"sourceField": "a", "targetField": "b", "transforms": ["trim", {"type": "split", "separator": ",", "index": 0}]}]),
        );
        let errors = Compiled::new(&one_way).expect("valid").reverse().unwrap_err();
        assert_eq!(errors[0].pointer, "/mappings/0/transforms/1");
    }

    proptest! {
        #[test]
        fn no_mapping_and_no_record_panics(
            source in "[a-c0-9.]{0,8}", transforms in prop::collection::vec(any_transform(), 0..4), record in any_value(), target in "(emails|name|title|tags|custom_fields\\.x|starts_on)",
        ) {
            let rule = Rule { source_field: source, target_field: target, transforms };
            for kind in [RecordKind::Candidate, RecordKind::Offer] {
                if let Ok(mapping) = Compiled::inbound(kind, std::slice::from_ref(&rule)) {
                    let _ = mapping.apply(&record);
                    let _ = mapping.explain(&record).count();
                    let _ = mapping.reverse();
                }
            }
        }

        #[test]
        fn a_rule_without_transforms_hands_the_value_over(value in any_value()) {
            let rule = Rule { source_field: "a".into(), target_field: "b".into(), transforms: vec![Transform::None] };
            let mapping = Compiled::new(&[rule]).expect("valid");
            let record = json!({ "a": value.clone() });
            prop_assert_eq!(mapping.apply(&record), Ok(vec![("b".to_owned(), value)]));
        }
    }
}
