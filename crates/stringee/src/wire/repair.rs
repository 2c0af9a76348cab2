//! Makes JSON readable in which some text cannot be, so that one odd value does not cost the question.

/// The body behind the mark with which some programs begin a UTF-8 text.
pub(super) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The JSON with each half of a surrogate pair that stands alone as an escaped U+FFFD; `None` if there is none.
///
/// JSON allows `"\ud800"`, JavaScript writes it, and no Rust text can hold it.
pub(super) fn lone_surrogates(json: &str) -> Option<String> {
    const ESCAPE_BYTES: usize = 6;
    let mut repaired = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = json.get(at..)?.find('\\') {
        at += found;
        let Some(unit) = escaped_unit(json, at) else {
            // Another escape: its second character may be a backslash as well.
            at += 1 + json.get(at + 1..)?.chars().next()?.len_utf8();
            continue;
        };
        let is_pair = match escaped_unit(json, at + ESCAPE_BYTES) {
            Some(next) => is_leading(unit) && is_trailing(next),
            None => false,
        };
        if !is_pair && (is_leading(unit) || is_trailing(unit)) {
            repaired.push_str(json.get(kept..at)?);
            repaired.push_str("\\ufffd");
            kept = at + ESCAPE_BYTES;
        }
        at += if is_pair { 2 } else { 1 } * ESCAPE_BYTES;
    }
    if repaired.is_empty() {
        return None;
    }
    repaired.push_str(json.get(kept..)?);
    Some(repaired)
}

/// The code unit of the escape that begins here: a backslash, `u` and four hexadecimal digits.
fn escaped_unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

const fn is_leading(unit: u16) -> bool {
    matches!(unit, 0xd800..=0xdbff)
}

const fn is_trailing(unit: u16) -> bool {
    matches!(unit, 0xdc00..=0xdfff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_that_stand_alone_are_replaced() {
        let check = |json: &str, expected: Option<&str>| {
            assert_eq!(lone_surrogates(json).as_deref(), expected, "{json}");
        };
        check(r#"["a", "\u00e9", "\ud83d\ude00"]"#, None);
        check(r#"["\\ud800", "\\"]"#, None);
        check(r#"["\ud800"]"#, Some(r#"["\ufffd"]"#));
        check(r#"["\uDC00é\\", 1]"#, Some(r#"["\ufffdé\\", 1]"#));
        check(
            r#"["\ud83d\ud83d\ude00"]"#,
            Some(r#"["\ufffd\ud83d\ude00"]"#),
        );
        check(r#"["\ud800\u0041"]"#, Some(r#"["\ufffd\u0041"]"#));
        check(r#"["\ud8"#, None);
        check(r#"["\"#, None);
    }
}
