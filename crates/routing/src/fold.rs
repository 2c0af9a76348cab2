//! Words that people type, compared as people read them.

use unicode_normalization::UnicodeNormalization as _;

/// A text without regard to case and to the blanks around it, its accents in one form (NFC).
///
/// Some keyboards and file systems write `ế` as one character, others as three; a person cannot tell them apart.
pub fn folded(text: &str) -> String {
    text.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (one, other) in [
            (" VIP ", "vip"),
            ("Khách Quý", "KHA\u{301}CH QUY\u{301}"),
            ("tie\u{302}\u{301}ng anh", "Tiếng Anh\u{a0}"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("tieng anh"), folded("tiếng anh"));
        assert_ne!(folded("khách vip"), folded("kháchvip"));
    }
}
