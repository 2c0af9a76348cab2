//! What serde says of a mistake, in words for whoever writes the file.
//!
//! Its messages repeat what was found, before they say what was expected. That may be a secret in the wrong place, so only
//! what comes behind it is kept.

/// How the sentence about a key that nobody knows begins.
pub(super) const NO_SUCH_SETTING: &str = "no such setting";

/// A message of serde's in our words; one of our own as it is.
pub(super) fn in_words(message: &str) -> String {
    // The last one is serde's own; what is repeated may hold such words as well.
    let (_, expected) = message.rsplit_once(", expected ").unwrap_or_default();
    let choice = expected.strip_prefix("one of ").unwrap_or(expected);
    if message.starts_with("unknown field") {
        return format!("{NO_SUCH_SETTING}; there is {choice}");
    }
    if message.starts_with("unknown variant") {
        return format!("no such word; write {}", choice.replace('`', "\""));
    }
    if message.starts_with("invalid type") || message.starts_with("invalid value") {
        return format!("write {}", in_words_of_files(expected));
    }
    message.to_owned()
}

/// A type of Rust as what is to be written.
fn in_words_of_files(expected: &str) -> &str {
    match expected {
        "a string" | "path string" => "a text in quotes",
        "a boolean" => "true or false, without quotes",
        "a sequence" => "a list, such as [\"one\", \"two\"]",
        "string or table" => "one of its words in quotes",
        _ if expected.starts_with("struct ") => "a section with settings of its own",
        _ if is_integer(expected) => "a whole number, 0 or more, without quotes",
        other => other,
    }
}

fn is_integer(expected: &str) -> bool {
    matches!(expected, "usize" | "u64" | "u32" | "u16" | "u8")
}
