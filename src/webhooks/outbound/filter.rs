//! Subscription filters: which events of a kind a receiver wants, by their content.
//!
//! A filter is a JSON object. Each name is a path into the body that would be sent, each value says what must hold there, and all of them
//! must hold:
//!
//! ```json
//! {
//!   "data.department": "Sales",
//!   "data.stage.name": {"in": ["Offer", "Hired"]},
//!   "data.salary": {"gte": 50000, "lt": 90000},
//!   "/data/odd.name": {"exists": true}
//! }
//! ```
//!
//! - A path is names joined by dots (`data.stage.name`, `data.tags.0`), or, for names with dots in them, a JSON pointer beginning with `/`.
//! - A bare value must be equal. Numbers compare as numbers (1 equals 1.0), everything else by type and content.
//! - Conditions: `eq`, `ne`, `in`, `nin` (a list of values), `exists` (true or false), `gt`, `gte`, `lt`, `lte` (two numbers, or two texts in
//!   the order of their characters, which puts RFC 3339 times in order too), `prefix` (of a text), `contains` (a part of a text, or an
//!   element of a list). Several in one object must all hold.
//! - Where nothing stands at the path, only `ne`, `nin` and `"exists": false` hold.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::error::FieldError;

/// The most paths in a filter.
pub const MAX_PATHS: usize = 32;
/// The most conditions at one path.
const MAX_CONDITIONS: usize = 8;
/// The most values in a list.
const MAX_VALUES: usize = 200;
/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 256;
/// The deepest path.
const MAX_DEPTH: usize = 16;

/// A filter that was checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    path: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Eq(Value),
    Ne(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Exists(bool),
    Compare(Order, Value),
    Prefix(String),
    Contains(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Gt,
    Gte,
    Lt,
    Lte,
}

/// What each condition's name is called in the documentation and in errors.
const NAMES: &str = "eq, ne, in, nin, exists, gt, gte, lt, lte, prefix, contains";

impl Filter {
    /// Reads a filter; `null` and `{}` let everything pass. `root` is the pointer under which the filter stands in the input, e.g. `/filter`.
    ///
    /// # Errors
    /// Every mistake, each with its pointer.
    pub fn parse(json: &Value, root: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut rules = Vec::new();
        match json {
            Value::Null => {}
            Value::Object(paths) => {
                if paths.len() > MAX_PATHS {
                    errors.push(field(root, format!("Give at most {MAX_PATHS} paths.")));
                }
                for (path, wanted) in paths.iter().take(MAX_PATHS) {
                    let here = join(root, path);
                    match parse_path(path) {
                        Ok(path) => rules.push(Rule { path, conditions: parse_conditions(wanted, &here, &mut errors) }),
                        Err(detail) => errors.push(field(&here, detail)),
                    }
                }
            }
            _ => errors.push(field(root, "A filter is an object of paths and what must hold there.")),
        }
        if errors.is_empty() { Ok(Self { rules }) } else { Err(errors) }
    }

    /// Whether it lets everything pass.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a body passes.
    pub fn matches(&self, body: &Value) -> bool {
        self.rules.iter().all(|rule| rule.holds(body))
    }

    /// What stands at each path and whether its conditions hold, for the test box.
    pub fn checks(&self, body: &Value) -> Vec<Check> {
        let check = |rule: &Rule| Check { path: rule.path.join("."), found: rule.found(body).cloned(), holds: rule.holds(body) };
        self.rules.iter().map(check).collect()
    }
}

/// One path of a filter, tried on a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// The path, its names joined by dots.
    pub path: String,
    /// What stands there; `null` for nothing.
    #[schema(value_type = Option<Object>)]
    pub found: Option<Value>,
    /// Whether the conditions hold.
    pub holds: bool,
}

impl Rule {
    fn found<'a>(&self, body: &'a Value) -> Option<&'a Value> {
        self.path.iter().try_fold(body, |at, name| match at {
            Value::Object(map) => map.get(name),
            Value::Array(list) => name.parse::<usize>().ok().and_then(|index| list.get(index)),
            _ => None,
        })
    }

    fn holds(&self, body: &Value) -> bool {
        let found = self.found(body);
        self.conditions.iter().all(|condition| condition.holds(found))
    }
}

impl Condition {
    fn holds(&self, found: Option<&Value>) -> bool {
        let Some(value) = found else {
            return matches!(self, Self::Ne(_) | Self::NotIn(_) | Self::Exists(false));
        };
        match self {
            Self::Eq(wanted) => is_equal(value, wanted),
            Self::Ne(wanted) => !is_equal(value, wanted),
            Self::In(list) => list.iter().any(|wanted| is_equal(value, wanted)),
            Self::NotIn(list) => !list.iter().any(|wanted| is_equal(value, wanted)),
            Self::Exists(wanted) => *wanted,
            Self::Compare(order, wanted) => compare(value, wanted).is_some_and(|found| match order {
                Order::Gt => found == Ordering::Greater,
                Order::Gte => found != Ordering::Less,
                Order::Lt => found == Ordering::Less,
                Order::Lte => found != Ordering::Greater,
            }),
            Self::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Contains(wanted) => match (value, wanted) {
                (Value::Array(list), _) => list.iter().any(|element| is_equal(element, wanted)),
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                _ => false,
            },
        }
    }
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => compare(left, right) == Some(Ordering::Equal),
        _ => left == right,
    }
}

/// The order of two numbers or two texts. Whole numbers compare exactly, whatever their size.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(l), Value::Number(r)) => match (l.as_i128(), r.as_i128()) {
            (Some(l), Some(r)) => Some(l.cmp(&r)),
            _ => l.as_f64()?.partial_cmp(&r.as_f64()?),
        },
        (Value::String(l), Value::String(r)) => Some(l.cmp(r)),
        _ => None,
    }
}

fn parse_path(text: &str) -> Result<Vec<String>, String> {
    if text.len() > MAX_PATH_BYTES {
        return Err(format!("A path may have at most {MAX_PATH_BYTES} characters."));
    }
    let path: Vec<String> = match text.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect(),
        None if text.is_empty() || text.split('.').any(str::is_empty) => {
            return Err("A path is names joined by single dots, such as data.stage.name.".to_owned());
        }
        None => text.split('.').map(str::to_owned).collect(),
    };
    if path.len() > MAX_DEPTH {
        return Err(format!("A path may be at most {MAX_DEPTH} names deep."));
    }
    Ok(path)
}

fn parse_conditions(wanted: &Value, here: &str, errors: &mut Vec<FieldError>) -> Vec<Condition> {
    let Value::Object(conditions) = wanted else {
        return vec![Condition::Eq(wanted.clone())];
    };
    if conditions.is_empty() || conditions.len() > MAX_CONDITIONS {
        errors.push(field(here, format!("Give 1 to {MAX_CONDITIONS} conditions: {NAMES}.")));
        return Vec::new();
    }
    parse_each(conditions, here, errors)
}

fn parse_each(conditions: &Map<String, Value>, here: &str, errors: &mut Vec<FieldError>) -> Vec<Condition> {
    let mut parsed = Vec::with_capacity(conditions.len());
    for (name, value) in conditions {
        match parse_condition(name, value) {
            Ok(condition) => parsed.push(condition),
            Err(detail) => errors.push(field(&join(here, name), detail)),
        }
    }
    parsed
}

fn parse_condition(name: &str, value: &Value) -> Result<Condition, String> {
    let list = || match value {
        Value::Array(list) if !list.is_empty() && list.len() <= MAX_VALUES => Ok(list.clone()),
        _ => Err(format!("Give a list of 1 to {MAX_VALUES} values.")),
    };
    let order = |order| match value {
        Value::Number(_) | Value::String(_) => Ok(Condition::Compare(order, value.clone())),
        _ => Err("Give a number or a text.".to_owned()),
    };
    match name {
        "eq" => Ok(Condition::Eq(value.clone())),
        "ne" => Ok(Condition::Ne(value.clone())),
        "in" => list().map(Condition::In),
        "nin" => list().map(Condition::NotIn),
        "exists" => value.as_bool().map(Condition::Exists).ok_or_else(|| "Give true or false.".to_owned()),
        "gt" => order(Order::Gt),
        "gte" => order(Order::Gte),
        "lt" => order(Order::Lt),
        "lte" => order(Order::Lte),
        "prefix" => value.as_str().map(|text| Condition::Prefix(text.to_owned())).ok_or_else(|| "Give a text.".to_owned()),
        "contains" => match value {
            Value::Object(_) | Value::Array(_) => Err("Give a single value.".to_owned()),
            _ => Ok(Condition::Contains(value.clone())),
        },
        _ => Err(format!("This condition is not known. Use one of: {NAMES}.")),
    }
}

fn field(pointer: &str, detail: impl Into<String>) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail: detail.into() }
}

fn join(root: &str, name: &str) -> String {
    format!("{root}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn passes(filter: Value, body: &Value) -> bool {
        Filter::parse(&filter, "/filter").expect("a valid filter").matches(body)
    }

    #[test]
    fn conditions_hold_as_documented() {
        let body = json!({"event": "job.opened", "data": {
            "department": "Sales", "stage": {"name": "Offer"}, "salary": 60000, "rate": 1.0, "tags": ["remote", 7], "remote": true, "note": null,
            "at": "2026-01-02T00:00:00Z", "odd.name": 1, "a/b": 2, "big": 9_007_199_254_740_993i64,
        }});
        for (filter, expected) in [
            (json!(null), true),
            (json!({}), true),
            (json!({"data.department": "Sales"}), true),
            (json!({"data.department": "sales"}), false),
            (json!({"event": "job.opened", "data.remote": true}), true),
            (json!({"event": "job.closed", "data.remote": true}), false),
            (json!({"data.stage": {"eq": {"name": "Offer"}}}), true),
            (json!({"data.stage.name": {"in": ["Offer", "Hired"]}}), true),
            (json!({"data.stage.name": {"nin": ["Offer", "Hired"]}}), false),
            (json!({"data.stage.name": {"ne": "Offer"}}), false),
            (json!({"data.salary": {"gte": 60000, "lt": 60000.5}}), true),
            (json!({"data.salary": {"gt": 60000}}), false),
            (json!({"data.salary": {"lte": 59999}}), false),
            (json!({"data.salary": {"gt": "1"}}), false),
            (json!({"data.rate": 1}), true),
            (json!({"data.big": 9_007_199_254_740_992i64}), false),
            (json!({"data.at": {"gt": "2026-01-01", "lt": "2027"}}), true),
            (json!({"data.department": {"prefix": "Sa"}}), true),
            (json!({"data.department": {"prefix": "al"}}), false),
            (json!({"data.department": {"contains": "ale"}}), true),
            (json!({"data.tags": {"contains": "remote"}}), true),
            (json!({"data.tags": {"contains": 7.0}}), true),
            (json!({"data.tags": {"contains": "rem"}}), false),
            (json!({"data.tags.1": 7}), true),
            (json!({"data.tags.2": {"exists": false}}), true),
            (json!({"data.note": null}), true),
            (json!({"data.note": {"exists": true}}), true),
            (json!({"data.missing": null}), false),
            (json!({"data.missing": {"exists": true}}), false),
            (json!({"data.missing": {"exists": false, "ne": 1, "nin": [1]}}), true),
            (json!({"data.missing.deeper": {"eq": 1}}), false),
            (json!({"data.department.deeper": {"exists": false}}), true),
            (json!({"/data/odd.name": 1}), true),
            (json!({"/data/a~1b": 2}), true),
        ] {
            assert_eq!(passes(filter.clone(), &body), expected, "{filter}");
        }
    }

    #[test]
    fn mistakes_are_all_named_with_their_pointers() {
        let filter = json!({
            "data.a": {"like": "x"}, "data.b": {"in": []}, "data.c": {"exists": "yes"}, "data.d": {"gt": true}, "data.e": {}, "data..f": 1, "": 1,
            "data.g": {"prefix": 1}, "/x~1y": {"contains": [1]},
        });
        let errors = Filter::parse(&filter, "/filter").expect_err("mistakes");
        let mut pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/filter/",
                "/filter/data..f",
                "/filter/data.a/like",
                "/filter/data.b/in",
                "/filter/data.c/exists",
                "/filter/data.d/gt",
                "/filter/data.e",
                "/filter/data.g/prefix",
                "/filter/~1x~01y/contains",
            ]
        );
        assert_eq!(Filter::parse(&json!(["x"]), "/filter").expect_err("a list")[0].pointer, "/filter");
        let many: Map<String, Value> = (0..=MAX_PATHS).map(|n| (format!("data.{n}"), json!(1))).collect();
        assert_eq!(Filter::parse(&many.into(), "/filter").expect_err("many")[0].pointer, "/filter");
        assert!(Filter::parse(&json!({ vec!["a"; 17].join("."): 1 }), "/f").is_err());
    }

    #[test]
    fn the_test_box_learns_what_stands_at_each_path() {
        let filter = Filter::parse(&json!({"data.a": 1, "data.b": 2, "data.c": {"ne": 3}}), "/filter").expect("valid");
        let checks = filter.checks(&json!({"data": {"a": 1, "b": 3}}));
        let seen: Vec<_> = checks.iter().map(|check| (check.path.as_str(), check.found.clone(), check.holds)).collect();
        assert_eq!(seen, [("data.a", Some(json!(1)), true), ("data.b", Some(json!(3)), false), ("data.c", None, true)]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_and_matching_never_panic(filter in any_json(), body in any_json()) {
            if let Ok(filter) = Filter::parse(&filter, "/filter") {
                prop_assert_eq!(filter.matches(&body), filter.checks(&body).iter().all(|check| check.holds));
            }
        }

        #[test]
        fn ne_is_the_opposite_of_eq_and_nin_of_in(value in any_json(), other in any_json()) {
            let body = json!({"v": value});
            let holds = |name: &str, wanted: Value| passes(json!({"v": {name: wanted}}), &body);
            prop_assert!(holds("eq", value.clone()));
            prop_assert_ne!(holds("eq", other.clone()), holds("ne", other.clone()));
            prop_assert_ne!(holds("in", json!([other.clone()])), holds("nin", json!([other])));
        }
    }
}
