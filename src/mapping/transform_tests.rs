//! What every transform makes of every kind of value.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn parse(value: Value) -> Transform {
    serde_json::from_value(value).expect("a transform")
}

#[test]
fn every_transform_does_what_it_says() {
    let split = |index: Value| json!({"type": "split", "separator": ",", "index": index});
    let join = json!({"type": "join", "separator": ", "});
    let map = json!({"type": "value_map", "values": {"Sr": "Senior", "7": true}});
    let mapped = json!({"type": "value_map", "values": {"Sr": "Senior"}, "default": "Other"});
    let day = json!({"type": "date_format", "to": "%d.%m.%Y"});
    let american = json!({"type": "date_format", "from": "%m/%d/%Y", "to": "%A, %Y-%m-%d"});
    let default = json!({"type": "default", "value": "unknown"});
    for (transform, before, after) in [
        (json!("none"), json!({"a": [1]}), json!({"a": [1]})),
        (json!("uppercase"), json!("straße"), json!("STRASSE")),
        (json!("lowercase"), json!(["Ada@X.Example", 7, null]), json!(["ada@x.example", 7, null])),
        (json!("trim"), json!("  Ada \n"), json!("Ada")),
        (json!("trim"), json!(4.5), json!(4.5)),
        (json!("uppercase"), Value::Null, Value::Null),
        (default.clone(), Value::Null, json!("unknown")),
        (default.clone(), json!("  "), json!("unknown")),
        (default.clone(), json!([]), json!("unknown")),
        (default.clone(), json!(false), json!(false)),
        (default, json!(0), json!(0)),
        (split(json!(0)), json!("Paris, FR"), json!("Paris")),
        (split(json!(1)), json!("Paris, FR"), json!("FR")),
        (split(json!(-1)), json!("a,b,c"), json!("c")),
        (split(json!(-3)), json!("a,b,c"), json!("a")),
        (split(json!(9)), json!("a,b"), Value::Null),
        (split(json!(-9)), json!("a,b"), Value::Null),
        (split(json!(i32::MIN)), json!("a,b"), Value::Null),
        (split(Value::Null), json!("a, b ,c"), json!(["a", "b", "c"])),
        (split(Value::Null), json!(["a,b", "c"]), json!(["a", "b", "c"])),
        (split(Value::Null), json!(""), Value::Null),
        (split(json!(0)), json!(12), json!("12")),
        (join.clone(), json!(["a", null, 2]), json!("a, 2")),
        (join.clone(), json!([]), Value::Null),
        (join, json!("a"), json!("a")),
        (map.clone(), json!("Sr"), json!("Senior")),
        (map.clone(), json!(7), json!(true)),
        (map.clone(), json!("Jr"), json!("Jr")),
        (map.clone(), json!(["Sr", "x"]), json!(["Senior", "x"])),
        (map, Value::Null, Value::Null),
        (mapped, json!("Jr"), json!("Other")),
        (day.clone(), json!("2026-11-30"), json!("30.11.2026")),
        (day.clone(), json!("2026-11-30T23:30:00-05:00"), json!("30.11.2026")),
        (day.clone(), json!("2026-11-30T09:00:00.123Z"), json!("30.11.2026")),
        (day.clone(), json!("2026-11-30T09:00:00"), json!("30.11.2026")),
        (day, json!(" "), Value::Null),
        (json!({"type": "date_format", "to": "%F %H:%M"}), json!("2026-11-30"), json!("2026-11-30 00:00")),
        (american, json!("11/30/2026"), json!("Monday, 2026-11-30")),
        (json!({"type": "date_format", "from": "%s", "to": "%Y-%m-%d"}), json!(1_796_000_000), json!("2026-11-30")),
        (json!({"type": "date_format", "from": "%H:%M", "to": "%I:%M %p"}), json!("17:05"), json!("05:05 PM")),
    ] {
        assert_eq!(apply(&parse(transform.clone()), before.clone()), Ok(after), "{transform} of {before}");
    }
}

#[test]
fn a_value_that_cannot_be_changed_is_explained() {
    for (transform, before, word) in [
        (json!("trim"), json!({"a": 1}), "object"),
        (json!({"type": "join", "separator": ","}), json!([{"value": "a"}]), "emails.value"),
        (json!({"type": "split", "separator": ","}), json!({}), "object"),
        (json!({"type": "value_map", "values": {"a": "b"}}), json!({"a": 1}), "object"),
        (json!({"type": "date_format", "to": "%Y"}), json!("soon"), "soon"),
        (json!({"type": "date_format", "from": "%d.%m.%Y", "to": "%Y"}), json!("2026-11-30"), "%d.%m.%Y"),
        (json!({"type": "date_format", "to": "%H:%M %z"}), json!("2026-11-30"), "lacks"),
        (json!({"type": "date_format", "from": "%H:%M", "to": "%Y"}), json!("17:05"), "lacks"),
    ] {
        let sentence = apply(&parse(transform.clone()), before).unwrap_err();
        assert!(sentence.contains(word) && sentence.ends_with('.'), "{transform}: {sentence}");
    }
}

#[test]
fn wrong_settings_are_named() {
    for (transform, name) in [
        (json!({"type": "default", "value": null}), Some("value")),
        (json!({"type": "default", "value": 0}), None),
        (json!({"type": "split", "separator": ""}), Some("separator")),
        (json!({"type": "join", "separator": ""}), None),
        (json!({"type": "join", "separator": "x".repeat(101)}), Some("separator")),
        (json!({"type": "date_format", "to": ""}), Some("to")),
        (json!({"type": "date_format", "to": "%"}), Some("to")),
        (json!({"type": "date_format", "to": "soon"}), Some("to")),
        (json!({"type": "date_format", "from": "%!", "to": "%Y"}), Some("from")),
        (json!({"type": "date_format", "from": "%d/%m/%y", "to": "%A %-d %B %Y, %H:%M:%S %:z"}), None),
        (json!({"type": "value_map", "values": {}}), Some("values")),
    ] {
        assert_eq!(check(&parse(transform.clone())).map(|found| found.0), name, "{transform}");
    }
}

#[test]
fn what_can_be_undone_comes_back() {
    for (transform, value) in [
        (json!("trim"), json!("a")),
        (json!("uppercase"), json!("A")),
        (json!({"type": "default", "value": "x"}), json!("a")),
        (json!({"type": "split", "separator": ";"}), json!("a;b")),
        (json!({"type": "join", "separator": ", "}), json!(["a", "b"])),
        (json!({"type": "value_map", "values": {"a": "b", "c": "d"}}), json!("c")),
        (json!({"type": "date_format", "from": "%Y-%m-%d", "to": "%d/%m/%Y"}), json!("2026-11-30")),
        (json!({"type": "date_format", "to": "%d.%m.%Y %H:%M:%S %z"}), json!("2026-11-30T09:00:00+01:00")),
    ] {
        let transform = parse(transform);
        let there = apply(&transform, value.clone()).expect("it applies");
        let back = match reverse(&transform).expect("it can be undone") {
            Some(back) => apply(&back, there).expect("it applies"),
            None => there,
        };
        assert_eq!(back, value, "{transform:?}");
    }
}

#[test]
fn what_cannot_be_undone_is_refused_with_a_sentence() {
    for transform in [
        json!({"type": "split", "separator": ",", "index": 0}),
        json!({"type": "join", "separator": ""}),
        json!({"type": "value_map", "values": {"a": "x", "b": "x"}}),
        json!({"type": "value_map", "values": {"a": "x"}, "default": "y"}),
        json!({"type": "value_map", "values": {"a": ["x"]}}),
        json!({"type": "date_format", "to": "%d.%m.%Y"}),
        json!({"type": "date_format", "from": "%Y-%m-%d %H:%M", "to": "%d.%m.%Y"}),
        json!({"type": "date_format", "from": "%Y-%m-%d", "to": "%d.%m."}),
    ] {
        let sentence = reverse(&parse(transform.clone())).unwrap_err();
        assert!(sentence.ends_with("in one direction."), "{transform}: {sentence}");
    }
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,20}".prop_map(Value::String),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\\+[0-9]{2}:[0-9]{2}))?".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::hash_map("(value|type|name|[a-c.]{1,3}|[0-9])", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

pub(crate) fn any_transform() -> impl Strategy<Value = Transform> {
    prop_oneof![
        Just(Transform::None),
        Just(Transform::Uppercase),
        Just(Transform::Lowercase),
        Just(Transform::Trim),
        any_value().prop_map(|value| Transform::Default { value }),
        (".{0,3}", any::<Option<i32>>()).prop_map(|(separator, index)| Transform::Split { separator, index }),
        ".{0,3}".prop_map(|separator| Transform::Join { separator }),
        (prop::option::of("(%[-_0^#:]?[a-zA-Z%]|.){0,6}"), "(%[-_0^#:]?[a-zA-Z%]|.){0,6}")
            .prop_map(|(from, to)| Transform::DateFormat { from, to }),
        (prop::collection::btree_map(".{0,3}", any_value(), 0..4), prop::option::of(any_value()))
            .prop_map(|(values, default)| Transform::ValueMap { values, default }),
    ]
}

proptest! {
    #[test]
    fn nothing_panics(transform in any_transform(), value in any_value()) {
        let _ = check(&transform);
        let _ = reverse(&transform);
        let _ = apply(&transform, value);
    }

    #[test]
    fn none_is_the_identity(value in any_value()) {
        prop_assert_eq!(apply(&Transform::None, value.clone()), Ok(value));
    }

    #[test]
    fn trim_and_uppercase_applied_twice_change_nothing_more(value in any_value()) {
        for transform in [Transform::Trim, Transform::Uppercase] {
            if let Ok(once) = apply(&transform, value.clone()) {
                prop_assert_eq!(apply(&transform, once.clone()), Ok(once));
            }
        }
    }

    #[test]
    fn a_reversible_value_map_gives_the_key_back(values in prop::collection::btree_map("[a-z]{1,4}", "[A-Z]{1,4}", 1..6)) {
        let forth = Transform::ValueMap { values: values.iter().map(|(k, v)| (k.clone(), json!(v))).collect(), default: None };
        if let Ok(Some(back)) = reverse(&forth) {
            for key in values.keys() {
                let there = apply(&forth, json!(key)).expect("it applies");
                prop_assert_eq!(apply(&back, there), Ok(json!(key)));
            }
        }
    }
}
