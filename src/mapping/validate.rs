//! Rules held against the fields both sides really have. Orientation follows the direction: inbound the source is the provider's
//! field; outbound and in both directions the source is ours.

use std::collections::HashMap;

use super::fields::{ProviderFields, nearest};
use super::in_force::directions;
use super::targets::{self, Target};
use crate::domain::error::FieldError;
use crate::domain::mapping::{Direction, Rule};
use crate::domain::status::RecordKind;

/// Everything that is wrong with these rules, with pointers below `/mappings`.
pub fn check(rules: &[Rule], direction: Direction, kind: RecordKind, provider: &ProviderFields) -> Vec<FieldError> {
    let mut errors = directions(rules, direction, kind).err().unwrap_or_default();
    for (index, rule) in rules.iter().enumerate() {
        let sides = Sides { rule, direction, kind, provider };
        for (name, detail) in [("sourceField", sides.source()), ("targetField", sides.target())] {
            let pointer = format!("/mappings/{index}/{name}");
            // What is no path at all was named already.
            if let Some(detail) = detail
                && !errors.iter().any(|error| error.pointer == pointer)
            {
                errors.push(FieldError { pointer, detail });
            }
        }
    }
    errors.extend(overlaps(rules, direction, kind));
    errors
}

struct Sides<'a> {
    rule: &'a Rule,
    direction: Direction,
    kind: RecordKind,
    provider: &'a ProviderFields,
}

impl Sides<'_> {
    fn source(&self) -> Option<String> {
        match self.direction {
            Direction::Inbound => self.provider_field(&self.rule.source_field, false, &self.rule.target_field),
            Direction::Outbound => self.local_field(&self.rule.source_field, false, &self.rule.target_field),
            Direction::Bidirectional => self.local_field(&self.rule.source_field, true, &self.rule.target_field),
        }
    }

    fn target(&self) -> Option<String> {
        match self.direction {
            Direction::Inbound => self.local_field(&self.rule.target_field, true, &self.rule.source_field),
            Direction::Outbound | Direction::Bidirectional => self.provider_field(&self.rule.target_field, true, &self.rule.source_field),
        }
    }

    /// What is wrong with a field of the provider's; `other` is the rule's other side.
    fn provider_field(&self, name: &str, written: bool, other: &str) -> Option<String> {
        let provider = &self.provider.provider;
        let Some(field) = self.provider.find(name) else {
            return Some(self.swapped(name, other).unwrap_or_else(|| {
                let hint = nearest(name, self.provider.names()).map_or_else(String::new, |near| format!(" Did you mean “{near}”?"));
                format!("{provider} has no field “{name}” on a {}.{hint}", self.kind)
            }));
        };
        if !written {
            return None;
        }
        if !field.writable {
            return Some(format!("{provider} does not let “{name}” be changed. Map it inbound, or choose another field."));
        }
        self.is_projection(name).then(|| format!("“{name}” stands for several values at once. Choose one, such as the first with .0."))
    }

    /// Whether a path goes through a list without saying which element.
    fn is_projection(&self, name: &str) -> bool {
        let is_list = |path: &str| self.provider.list.iter().any(|field| field.name == path && field.kind == "list");
        name.match_indices('.').any(|(dot, _)| {
            let next = name[dot + 1..].split('.').next().unwrap_or_default();
            next.parse::<usize>().is_err() && is_list(&name[..dot])
        })
    }

    /// What is wrong with a field of ours.
    fn local_field(&self, name: &str, written: bool, other: &str) -> Option<String> {
        let base = if written || name.starts_with(targets::CUSTOM) { name } else { name.split('.').next().unwrap_or(name) };
        match targets::find(self.kind, base) {
            Some(Target { writable: false, .. }) if written => {
                Some(format!("“{name}” is kept by Hirewire and cannot be filled by a mapping."))
            }
            Some(_) => None,
            None => Some(self.swapped(name, other).unwrap_or_else(|| {
                let names = targets::fields(self.kind).iter().filter(|field| field.writable || !written).map(|field| field.name);
                let hint = nearest(name, names).map_or_else(
                    || " A field of your own is written custom_fields.<name>.".to_owned(),
                    |near| format!(" Did you mean “{near}”?"),
                );
                format!("Hirewire has no field “{name}” on a {}.{hint}", self.kind)
            })),
        }
    }

    /// The sentence for a rule whose sides are the wrong way round.
    fn swapped(&self, name: &str, other: &str) -> Option<String> {
        let (source, target) = (&self.rule.source_field, &self.rule.target_field);
        let turned = match self.direction {
            Direction::Inbound => targets::find(self.kind, source).is_some() && self.provider.find(target).is_some(),
            Direction::Outbound | Direction::Bidirectional => {
                self.provider.find(source).is_some() && targets::find(self.kind, target).is_some()
            }
        };
        turned.then(|| {
            let provider = &self.provider.provider;
            match self.direction {
                Direction::Inbound => format!(
                    "“{name}” and “{other}” are the wrong way round: inbound the source is {provider}'s field and the target Hirewire's."
                ),
                _ => format!(
                    "“{name}” and “{other}” are the wrong way round: {} the source is Hirewire's field and the target {provider}'s.",
                    self.direction
                ),
            }
        })
    }
}

/// Two of our fields that are the same in truth, such as `email` and `emails`, cannot both be filled.
fn overlaps(rules: &[Rule], direction: Direction, kind: RecordKind) -> Vec<FieldError> {
    let mut taken: HashMap<&str, &str> = HashMap::new();
    let mut errors = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let (name, local) = match direction {
            Direction::Inbound => ("targetField", rule.target_field.as_str()),
            Direction::Outbound => continue,
            Direction::Bidirectional => ("sourceField", rule.source_field.as_str()),
        };
        let Some(target) = targets::find(kind, local) else { continue };
        let own = [local];
        let real = if target.view_of.is_empty() { own.as_slice() } else { target.view_of };
        for field in real {
            if let Some(first) = taken.insert(field, local)
                && (first != local || direction == Direction::Bidirectional)
            {
                let detail = if first == local {
                    format!("“{local}” is mapped twice. In both directions each field has one counterpart.")
                } else {
                    format!("“{local}” and “{first}” fill the same field. Keep one of them.")
                };
                errors.push(FieldError { pointer: format!("/mappings/{index}/{name}"), detail });
                break;
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::Origin;
    use super::*;
    use crate::domain::mapping::FieldInfo;

    fn provider() -> ProviderFields {
        let info = |name: &str, kind: &str, writable| FieldInfo {
            name: name.into(),
            label: name.into(),
            kind: kind.into(),
            custom: false,
            writable,
        };
        let list = vec![
            info("Full_Name", "string", true),
            info("Email", "string", true),
            info("Owner", "string", false),
            info("Phones", "list", true),
            info("Phones.value", "list", true),
            info("Phones.0.value", "string", true),
            info("title", "string", true),
        ];
        ProviderFields { provider: "Zoho CRM".into(), origin: Origin::Provider, note: None, stated: list.len(), list }
    }

    fn errors(direction: Direction, rules: serde_json::Value) -> Vec<(String, String)> {
        let rules: Vec<Rule> = serde_json::from_value(rules).unwrap();
        check(&rules, direction, RecordKind::Candidate, &provider()).into_iter().map(|error| (error.pointer, error.detail)).collect()
    }

    #[test]
    fn the_seeds_example_is_valid() {
        let rules = json!([{"sourceField": "name", "targetField": "Full_Name", "transform": "none"}, {"sourceField": "email", "targetField": "Email", "transform": "lowercase"}]);
        assert_eq!(errors(Direction::Bidirectional, rules.clone()), []);
        assert_eq!(errors(Direction::Outbound, rules), []);
        let inbound = json!([{"sourceField": "Phones.value", "targetField": "phones"}, {"sourceField": "Owner", "targetField": "custom_fields.owner"}, {"sourceField": "title", "targetField": "title"}]);
        assert_eq!(errors(Direction::Inbound, inbound), []);
        assert_eq!(
            errors(
                Direction::Outbound,
                json!([{"sourceField": "emails.0.value", "targetField": "Email"}, {"sourceField": "created_at", "targetField": "title"}])
            ),
            []
        );
    }

    #[test]
    fn wrong_fields_are_named_with_the_nearest_real_one() {
        use Direction::{Bidirectional, Inbound, Outbound};
        for (direction, source, target, pointer, word) in [
            (Inbound, "Emial", "emails", "sourceField", "Did you mean “Email”?"),
            (Inbound, "Email", "emials", "targetField", "Did you mean “emails”?"),
            (Inbound, "Email", "salary", "targetField", "custom_fields.<name>"),
            (Inbound, "Email", "created_at", "targetField", "kept by Hirewire"),
            (Inbound, "name", "Full_Name", "sourceField", "wrong way round"),
            (Outbound, "Full_Name", "name", "sourceField", "wrong way round"),
            (Outbound, "name", "Owner", "targetField", "does not let"),
            (Outbound, "phone", "Phones.value", "targetField", "several values"),
            (Bidirectional, "emails.0.value", "Email", "sourceField", "no field"),
            (Bidirectional, "created_at", "Email", "sourceField", "kept by Hirewire"),
        ] {
            let found = errors(direction, json!([{"sourceField": source, "targetField": target}]));
            let first =
                found.iter().find(|(at, _)| at == &format!("/mappings/0/{pointer}")).unwrap_or_else(|| panic!("{source}: {found:?}"));
            assert!(first.1.contains(word), "{}", first.1);
        }
    }

    #[test]
    fn one_field_is_filled_once() {
        let twice = json!([{"sourceField": "Email", "targetField": "emails"}, {"sourceField": "Phones.0.value", "targetField": "email"}]);
        assert!(errors(Direction::Inbound, twice)[0].1.contains("fill the same field"));
        let both = json!([{"sourceField": "name", "targetField": "Full_Name"}, {"sourceField": "name", "targetField": "title"}]);
        assert!(!errors(Direction::Bidirectional, both.clone()).is_empty());
        assert_eq!(errors(Direction::Outbound, both), []);
    }

    #[test]
    fn what_cannot_be_undone_is_refused_in_both_directions_only() {
        let rules =
            json!([{"sourceField": "name", "targetField": "Full_Name", "transform": {"type": "split", "separator": " ", "index": 0}}]);
        assert_eq!(errors(Direction::Outbound, rules.clone()), []);
        let found = errors(Direction::Bidirectional, rules);
        assert_eq!(found[0].0, "/mappings/0/transforms/0");
    }
}
