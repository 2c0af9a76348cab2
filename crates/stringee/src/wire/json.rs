//! JSON put together from pieces, where a serializer would cost more than the decision that is written down.

/// Adds a string. Ids and numbers hardly ever hold a character that needs an escape.
pub fn push_text(json: &mut String, text: &str) {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Every byte is looked at, sixteen at a time, rather than one after the other until one is found.
    if text
        .bytes()
        .fold(false, |any, byte| any | needs_escape(byte))
    {
        json.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    json.push('"');
    json.push_str(text);
    json.push('"');
}

/// Adds a number.
pub fn push_number(json: &mut String, number: u8) {
    let digit = |number: u8| char::from(b'0' + number % 10);
    if number >= 100 {
        json.push(digit(number / 100));
    }
    if number >= 10 {
        json.push(digit(number / 10));
    }
    json.push(digit(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_written_in_decimal() {
        for number in 0..=u8::MAX {
            let mut json = String::new();
            push_number(&mut json, number);
            assert_eq!(json, number.to_string());
        }
    }

    #[test]
    fn every_text_is_a_json_string() {
        for text in [
            "",
            "agent_1",
            "é",
            "a\"b",
            "a\\b",
            "a\nb",
            "\u{0}",
            "\u{7f}\u{2028}",
        ] {
            let mut json = String::new();
            push_text(&mut json, text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
