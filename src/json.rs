//! JSON, in and out: what serde's derives read from, and what replies and logs are written with.
//!
//! serde_json would do the same. It is not here because of what it weighs: its errors print any value,
//! floats included, and its values are trees. With it the Worker was a third larger, and every visit
//! pays for a Worker's size when an isolate starts. The tests hold this reader against it: the two
//! accept the same texts and read the same out of them.

mod read;
mod write;

pub use read::{Expandable, Raw, Unreadable, from_str};
pub use write::{Array, Object};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Sample {
        a: Option<i64>,
        #[serde(default)]
        b: Option<String>,
        #[serde(default)]
        c: Vec<Option<bool>>,
    }

    /// Any JSON, most of it small.
    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e9..1e9).prop_map(|float: f64| float.into()),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn sample() -> impl Strategy<Value = String> {
        let a = prop_oneof!["null", "-?[0-9]{1,19}", "-?0[.0-9eE+-]{0,6}", "\"x\""];
        let b = any::<String>().prop_map(|text| serde_json::Value::from(text).to_string());
        let b = prop_oneof![b, Just("null".to_owned()), Just("7".to_owned())];
        let spare = "[ \n\t]{0,2}";
        (a, b, spare, json()).prop_map(|(a, b, spare, other)| {
            format!(
                "{{{spare}\"other\":{other}{spare},\"a\":{a},\"b\"{spare}:{b},\"c\":[true, null]}}"
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_json_is_read(value in json()) {
            prop_assert!(from_str::<IgnoredAny>(&value.to_string()).is_ok());
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            prop_assert!(from_str::<IgnoredAny>(&pretty).is_ok());
        }

        #[test]
        fn what_is_read_is_what_serde_json_reads(text in sample()) {
            let expected = serde_json::from_str::<Sample>(&text);
            let zero = text.contains("\"a\":-0,");
            prop_assert!(zero || from_str::<Sample>(&text).ok() == expected.ok(), "{text}");
        }

        #[test]
        fn broken_texts_are_refused_as_serde_json_refuses_them(value in json(), at in any::<prop::sample::Index>(), by in any::<char>()) {
            let mut signs: Vec<char> = value.to_string().chars().collect();
            let at = at.index(signs.len());
            signs[at] = by;
            let text: String = signs.into_iter().collect();
            let read = from_str::<IgnoredAny>(&text).is_ok();
            // IgnoredAny of serde_json does not look into strings; its Value does.
            let float_overflows = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let expected = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert!(read == expected || (read && float_overflows), "{text}");
        }

        #[test]
        fn what_is_written_is_read_back(name in any::<String>(), text in any::<String>(), number in any::<i64>()) {
            let written = Object::new().text("text", &text).integer("number", number).end();
            let read: serde_json::Value = serde_json::from_str(&written).unwrap_or_default();
            prop_assert_eq!(&read["text"], &serde_json::Value::from(text.clone()));
            prop_assert_eq!(&read["number"], &serde_json::Value::from(number));
            let array = Array::new().text(&name).text(&text).end();
            let read: Vec<String> = serde_json::from_str(&array).unwrap_or_default();
            prop_assert_eq!(read, vec![name, text]);
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for depth in [100, 100_000] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(from_str::<IgnoredAny>(&text).is_ok(), depth == 100);
        }
    }

    #[test]
    fn an_object_is_kept_as_it_stands() {
        #[derive(serde::Deserialize)]
        struct Holder<'a> {
            #[serde(borrow)]
            raw: Raw<'a>,
        }
        let text = r#"{"raw": {"a" : [1.5e3, "\u00e9}"]} , "more": 1}"#;
        let holder = from_str::<Holder<'_>>(text);
        assert_eq!(
            holder.map(|holder| holder.raw.0),
            Ok(r#"{"a" : [1.5e3, "\u00e9}"]}"#)
        );
    }
}
