//! Field mappings: what goes from which field to which, and how it is changed on the way.

use serde::{Deserialize, Serialize};

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
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// The value as it is.
    None,
    /// Every letter upper case.
    Uppercase,
    /// Every letter lower case.
    Lowercase,
    /// Without white space at both ends.
    Trim,
    /// This value where the source has none (missing, null or empty).
    Default {
        /// The value to use.
        value: serde_json::Value,
    },
    /// One part of a text.
    Split {
        /// What stands between the parts; not empty.
        separator: String,
        /// Which part, from 0; -1 is the last.
        #[serde(default)]
        index: i32,
    },
    /// A list made one text.
    Join {
        /// What to put between the parts.
        separator: String,
    },
    /// A date or time in another notation (strftime).
    DateFormat {
        /// The pattern the source has; without one RFC 3339 and ISO 8601 dates are understood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The pattern wanted.
        to: String,
    },
    /// One value for another.
    ValueMap {
        /// From → to.
        values: std::collections::BTreeMap<String, serde_json::Value>,
        /// For a value that is not listed; without it such a value stays as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<serde_json::Value>,
    },
}

/// One line of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Field of the source, dots for nesting (`custom_fields.salary.value`).
    pub source_field: String,
    /// Field of the target.
    pub target_field: String,
    /// Changes, applied in order.
    #[serde(default)]
    pub transforms: Vec<Transform>,
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
