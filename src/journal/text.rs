//! Texts as the journal keeps them: a stranger can send long ones.

use std::borrow::Cow;

use routing::hash::hash;

/// How long a text may be, in bytes. The platform's ids have some 40.
const MAX_BYTES: usize = 256;

/// The text, or the beginning of a longer one and a hash of all of it: two long texts stay two.
pub(super) fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_BYTES {
        return Cow::Borrowed(text);
    }
    let hash = format!("…{:016x}", hash(&[text]));
    let begin = text.floor_char_boundary(MAX_BYTES - hash.len());
    Cow::Owned(text.get(..begin).unwrap_or_default().to_owned() + &hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_two_long_ones_stay_two() {
        let longest = "x".repeat(MAX_BYTES);
        assert_eq!(bounded(&longest), longest);
        let (one, other) = ("ế".repeat(10_000) + "1", "ế".repeat(10_000) + "2");
        assert!(bounded(&one).len() <= MAX_BYTES && bounded(&one).starts_with("ếế"));
        assert_eq!(bounded(&one), bounded(&one));
        assert_ne!(bounded(&one), bounded(&other));
    }
}
