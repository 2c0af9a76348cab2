//! Words that people type, compared as people read them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

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

/// A text as people search for it who leave accents out: small letters, `đ` as `d`, and no accents.
pub fn unaccented(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd().flat_map(char::to_lowercase) {
        match letter {
            'đ' => plain.push('d'),
            mark if is_combining_mark(mark) => {}
            letter => plain.push(letter),
        }
    }
    plain
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
        assert_eq!(unaccented("Đỗ Anh TUẤN"), "do anh tuan");
        assert_eq!(
            unaccented("Nguye\u{302}\u{303}n Thị Hoa 0912"),
            "nguyen thi hoa 0912"
        );
        assert_ne!(folded("tieng anh"), folded("tiếng anh"));
        assert_ne!(folded("khách vip"), folded("kháchvip"));
    }
}
