//! What a text turns out to be once all is dropped that people and programs put around digits.
//!
//! `+84 (0) 986 ...` loses the bracketed 0, and a `+` or `00` keeps a 9-digit number from being taken for a national one.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A text, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NumberText<'a> {
    /// Nothing at all, but for signs and blanks.
    Empty,
    /// A word for nothing, or what is no text: the caller or hotline is not known.
    Nothing,
    /// A word by which networks say that the caller does not want to be known.
    Withheld,
    /// A telephone number; `signed`: with `+` or `00`, so that the country code is there whatever the length.
    Digits { digits: Cow<'a, str>, signed: bool },
    /// Anything else, such as a user id: compared letter by letter, as it stands.
    Identity,
}

/// A website's call button puts this before the visitor's number.
const CALL_BUTTON: &str = "btncall_";

/// What databases, programs and spreadsheets write where there is no number.
const NOTHING: [&str; 2] = ["null", "none"];

/// What networks write in place of a number that is withheld.
const WITHHELD: [&str; 7] = [
    "anonymous",
    "restricted",
    "unknown",
    "unavailable",
    "private",
    "withheld",
    "blocked",
];

/// "ANONYMOUS" on a keypad, which some networks send because they send digits only.
pub(super) const KEYPAD_ANONYMOUS: &str = "266696687";

impl<'a> NumberText<'a> {
    /// Reads a text. Digits alone, as the platform sends them, are not copied.
    pub(super) fn from(raw: &'a str) -> Self {
        if is_digits(raw) && !raw.starts_with("00") {
            return Self::Digits {
                digits: Cow::Borrowed(raw),
                signed: false,
            };
        }
        let encoded = raw.trim().trim_start_matches(CALL_BUTTON);
        let Ok(decoded) = percent_decode_str(encoded).decode_utf8() else {
            return Self::Nothing;
        };
        let plain = without_punctuation(&decoded);
        let (digits, signed) = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
            Some(rest) => (rest, true),
            None => (&*plain, false),
        };
        let is = |word: &&str| plain.eq_ignore_ascii_case(word);
        if is_digits(digits) {
            Self::Digits {
                digits: Cow::Owned(digits.to_owned()),
                signed,
            }
        } else if plain.is_empty() {
            Self::Empty
        } else if NOTHING.iter().any(is) {
            Self::Nothing
        } else if WITHHELD.iter().any(is) {
            Self::Withheld
        } else {
            Self::Identity
        }
    }
}

/// Whether digits are no number: `0`, and "ANONYMOUS" on a keypad.
pub(super) fn is_no_number(digits: &str) -> bool {
    digits == KEYPAD_ANONYMOUS || digits.bytes().all(|digit| digit == b'0')
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Drops what stands between digits, the end of a float, a leading apostrophe, and the `(0)` that Europeans write
/// between country code and number.
fn without_punctuation(text: &str) -> String {
    let text = without_fraction(trimmed(text));
    let (head, tail) = match text.split_once("(0)") {
        Some((head, tail)) if head.contains(|c: char| c.is_ascii_digit()) => (head, tail),
        _ => (text, ""),
    };
    let plain: String = head
        .chars()
        .chain(tail.chars())
        .filter(|c| !is_between_digits(*c))
        .collect();
    // Spreadsheets take what follows an apostrophe for text; some put a curly one in its place.
    match plain.strip_prefix(['\'', '\u{2019}']) {
        Some(rest) => rest.to_owned(),
        None => plain,
    }
}

/// The text without what cannot be seen at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// `84977000777.0` is a number that went through a float, and not one digit more.
fn without_fraction(text: &str) -> &str {
    /// Fewer may be a group of digits in a number that is written with dots.
    const MIN_DIGITS: usize = 8;
    let Some((whole, fraction)) = text.rsplit_once('.') else {
        return text;
    };
    let is_zero = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    let digits = whole.bytes().rev().take_while(u8::is_ascii_digit).count();
    if is_zero && digits >= MIN_DIGITS {
        whole
    } else {
        text
    }
}

/// Blanks, dashes, dots, brackets, slashes, and what cannot be seen.
fn is_between_digits(character: char) -> bool {
    let is_sign = matches!(
        character,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '.'
                | '\u{b7}'
                | '\u{2022}'
                | '\u{2024}'
                | '\u{2027}'
                | '\u{ff0e}'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '\u{ff08}'
                | '\u{ff09}'
                | '\u{ff3b}'
                | '\u{ff3d}'
                | '/'
                | '\u{2044}'
                | '\u{2215}'
                | '\u{ff0f}'
    );
    is_sign || character.is_whitespace() || is_invisible(character)
}

/// Control and format characters (Unicode's Cc and Cf), and those that choose how another one looks.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'..='\u{e007f}'
        )
}
