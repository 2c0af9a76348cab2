//! Readers of single fields: Stringee writes one thing in several ways.
//!
//! A field that is missing, null or of a wrong kind reads as absent: one odd field of one queue must not keep anybody
//! from seeing the others.

use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

/// A text; `""`, `0` and null mean none. A number is read as its digits.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(&Value::deserialize(deserializer)?))
}

/// Yes or no: `true`, `1`, `"1"` or `"true"`, and their opposites.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(flag_of(&Value::deserialize(deserializer)?))
}

/// A whole number, also as a text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = number_of(&Value::deserialize(deserializer)?) else {
        return Ok(None);
    };
    Ok(u32::try_from(number).ok())
}

/// See [`text`].
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.as_f64() != Some(0.0) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number, sent as a number or as a text.
pub fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if matches!(&**text, "true" | "false") => Some(text == "true"),
        other => Some(number_of(other)? != 0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_may_be_a_number_and_zero_is_none() {
        let check = |value: Value, expected: Option<&str>| {
            assert_eq!(text_of(&value).as_deref(), expected, "{value}");
        };
        check(json!("file-1.mp3"), Some("file-1.mp3"));
        check(json!(84_986_225_112_u64), Some("84986225112"));
        check(json!(""), None);
        check(json!(0), None);
        check(json!(null), None);
        check(json!(["a"]), None);
    }

    #[test]
    fn a_flag_may_be_a_number_or_a_text() {
        let check =
            |value: Value, expected: Option<bool>| assert_eq!(flag_of(&value), expected, "{value}");
        check(json!(true), Some(true));
        check(json!(1), Some(true));
        check(json!("1"), Some(true));
        check(json!("true"), Some(true));
        check(json!(false), Some(false));
        check(json!(0), Some(false));
        check(json!("0"), Some(false));
        check(json!(""), None);
        check(json!("maybe"), None);
        check(json!(null), None);
    }

    #[test]
    fn a_number_may_be_a_text() {
        let check = |value: Value, expected: Option<i64>| {
            assert_eq!(number_of(&value), expected, "{value}");
        };
        check(json!(15), Some(15));
        check(json!("15"), Some(15));
        check(json!(" 15 "), Some(15));
        check(json!("fifteen"), None);
        check(json!(1.5), None);
    }
}
