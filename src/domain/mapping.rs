//! Field mappings: what goes from which field to which, and how it is changed on the way.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::role::{UnknownText, text_enum};

text_enum! {
    /// Which way a mapping applies.
    Direction {
        /// From the provider to us.
        Inbound = "inbound",
        /// From us to the provider.
        Outbound = "outbound",
        /// Both.
        Bidirectional = "bidirectional",
    }
}

/// A change of one value. In JSON either a bare name (`"lowercase"`) or an object with `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
// `remote` keeps the derived code as `Transform::serialize` and `Transform::deserialize`, which the implementations below call.
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields, remote = "Self")]
pub enum Transform {
    /// The value as it is.
    None,
    /// Every letter upper case.
    #[serde(alias = "upper")]
    Uppercase,
    /// Every letter lower case.
    #[serde(alias = "lower")]
    Lowercase,
    /// Without white space at both ends.
    Trim,
    /// This value where the source has none (missing, null or empty).
    Default {
        /// The value to use.
        value: serde_json::Value,
    },
    /// A text cut into its parts.
    Split {
        /// What stands between the parts; not empty.
        separator: String,
        /// Which part, from 0; -1 is the last. Without it the result is the list of all parts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<i32>,
    },
    /// A list made one text.
    Join {
        /// What to put between the parts.
        separator: String,
    },
    /// A date or time in another notation (strftime).
    #[serde(alias = "dateFormat", alias = "date")]
    DateFormat {
        /// The pattern the source has; without one RFC 3339 and ISO 8601 dates are understood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The pattern wanted.
        to: String,
    },
    /// One value for another.
    #[serde(alias = "valueMap")]
    ValueMap {
        /// From → to.
        values: std::collections::BTreeMap<String, serde_json::Value>,
        /// For a value that is not listed; without it such a value stays as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<serde_json::Value>,
    },
}

impl Transform {
    /// The transform's name, as in `type`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Uppercase => "uppercase",
            Self::Lowercase => "lowercase",
            Self::Trim => "trim",
            Self::Default { .. } => "default",
            Self::Split { .. } => "split",
            Self::Join { .. } => "join",
            Self::DateFormat { .. } => "date_format",
            Self::ValueMap { .. } => "value_map",
        }
    }
}

impl Serialize for Transform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Transform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Transform;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a transform: a name such as \"trim\", or an object with \"type\"")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Transform, E> {
                Ok(Transform::None)
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Transform, E> {
                match name {
                    "none" | "" => Ok(Transform::None),
                    "uppercase" | "upper" => Ok(Transform::Uppercase),
                    "lowercase" | "lower" => Ok(Transform::Lowercase),
                    "trim" => Ok(Transform::Trim),
                    "default" | "split" | "join" | "date_format" | "value_map" => {
                        Err(E::custom(format_args!("{name} needs settings: write it as an object, {{\"type\": \"{name}\", ...}}")))
                    }
                    other => Err(E::unknown_variant(other, NAMES)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Transform, A::Error> {
                Transform::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Every transform's name, in the order in which they are offered.
pub const NAMES: &[&str] = &["none", "uppercase", "lowercase", "trim", "default", "split", "join", "date_format", "value_map"];

/// One line of a mapping. Inbound the source is the provider's field and the target ours; outbound and in both directions it is the other
/// way round, as a mapping is then written from our side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Field of the source, dots for nesting (`custom_fields.salary.value`), a number for one of a list (`emails.0.value`), no number for
    /// all of it (`emails.value`).
    #[serde(alias = "source_field")]
    pub source_field: String,
    /// Field of the target.
    #[serde(alias = "target_field")]
    pub target_field: String,
    /// Changes, applied in order. A single one may also be given as `transform`; `none` leaves no trace.
    #[serde(default, alias = "transform", deserialize_with = "one_or_many")]
    pub transforms: Vec<Transform>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Transform>, D::Error> {
    struct OneOrMany;
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<Transform>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a transform or a list of transforms")
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
            Deserialize::deserialize(StrDeserializer::new(name)).map(|one| vec![one])
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Transform::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }
    let mut all = deserializer.deserialize_any(OneOrMany)?;
    all.retain(|one| *one != Transform::None);
    Ok(all)
}

/// A field that can be mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldInfo {
    /// Its path, as used in a rule.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// `string`, `number`, `boolean`, `datetime`, `date`, `list`, `object`.
    pub kind: String,
    /// Whether the customer made it.
    pub custom: bool,
    /// Whether it may be written.
    pub writable: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_transform_by_name_an_object_or_a_list_are_all_accepted() {
        let seed: Rule = serde_json::from_value(json!({"sourceField": "email", "targetField": "Email", "transform": "lowercase"})).unwrap();
        assert_eq!(seed.transforms, [Transform::Lowercase]);
        let none: Rule = serde_json::from_value(json!({"sourceField": "name", "targetField": "Full_Name", "transform": "none"})).unwrap();
        assert_eq!(none.transforms, []);
        let object: Rule =
            serde_json::from_value(json!({"source_field": "a", "target_field": "b", "transform": {"type": "split", "separator": ","}}))
                .unwrap();
        assert_eq!(object.transforms, [Transform::Split { separator: ",".into(), index: None }]);
        let chain: Rule = serde_json::from_value(json!({"sourceField": "a", "targetField": "b",
            "transforms": ["trim", "none", {"type": "valueMap", "values": {"x": 1}}, {"type": "default", "value": "?"}]}))
        .unwrap();
        assert_eq!(chain.transforms.iter().map(Transform::name).collect::<Vec<_>>(), ["trim", "value_map", "default"]);
        let bare: Rule = serde_json::from_value(json!({"sourceField": "a", "targetField": "b", "transform": null})).unwrap();
        assert_eq!(bare.transforms, []);
        for rule in [seed, none, object, chain] {
            let again: Rule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
            assert_eq!(again, rule);
        }
    }

    #[test]
    fn a_wrong_transform_is_named() {
        let refused = |transform: serde_json::Value| {
            serde_json::from_value::<Rule>(json!({"sourceField": "a", "targetField": "b", "transform": transform})).unwrap_err().to_string()
        };
        assert!(refused(json!("uper")).contains("uppercase"));
        assert!(refused(json!("split")).contains("needs settings"));
        assert!(refused(json!({"type": "split", "separtor": ","})).contains("separtor"));
        assert!(refused(json!(3)).contains("a transform or a list"));
    }
}
