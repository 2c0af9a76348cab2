//! Telephone numbers, written in one way on both sides: international digits without a sign.
//!
//! The platform sends `84986776777`; people type `0986 776 777`, `+84 (0) 986 776 777` or `986776777`. Both are brought
//! to the same digits here, by rules of source and length rather than by a guess at the numbering plan. What is not a
//! number (a user id, `anonymous`) is kept as it stands and compared letter by letter.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

/// A caller's or a hotline's number in its one form, or an identity that is not a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number<'a>(Cow<'a, str>);

/// A number in a table's condition: exactly this one, or all that begin so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NumberPattern {
    /// This number and no other.
    Exact(Box<str>),
    /// Written with a trailing `*`: every number that begins with these characters.
    Prefix(Box<str>),
}

/// A country's calling code: 1 to 3 digits, the first not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryCode(Box<str>);

/// The code whose service numbers and 9-digit mobiles are known here.
const VIETNAM: &str = "84";

/// A website's call button puts this before the visitor's number.
const CALL_BUTTON: &str = "btncall_";

impl<'a> Number<'a> {
    /// A number from the platform. An empty one is an anonymous caller: `None`.
    pub fn from_wire(raw: &'a str, country: &CountryCode) -> Option<Self> {
        match Written::of(raw) {
            Written::Nothing => None,
            Written::Identity => Some(Self(Cow::Borrowed(raw))),
            Written::Digits { digits, .. } => Some(Self(country.international(digits))),
        }
    }

    /// A number that a person typed into a table, where 9 digits are a national number without its leading 0.
    pub fn from_table(raw: &'a str, country: &CountryCode) -> Option<Self> {
        let Written::Digits {
            digits,
            signed: false,
        } = Written::of(raw)
        else {
            return Self::from_wire(raw, country);
        };
        if digits.len() == NATIONAL_DIGITS && !country.is_abroad_or_service(&digits) {
            return Some(Self(Cow::Owned(format!("{}{digits}", country.0))));
        }
        Some(Self(country.international(digits)))
    }

    /// The same number, independent of the text it was read from.
    pub fn into_owned(self) -> Number<'static> {
        Number(Cow::Owned(self.0.into_owned()))
    }

    /// The digits, or the identity as it stands. Never empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many digits a Vietnamese number has without its leading 0.
const NATIONAL_DIGITS: usize = 9;

impl NumberPattern {
    /// A condition's value: a number as people type it, or the beginning of one with a trailing `*`.
    ///
    /// `None` for an empty one, and for a `*` elsewhere, which would never match anything.
    pub fn parse(raw: &str, country: &CountryCode) -> Option<Self> {
        let prefix = raw.trim().strip_suffix('*');
        if prefix.unwrap_or(raw).contains('*') {
            return None;
        }
        let Some(beginning) = prefix else {
            return Number::from_table(raw, country)
                .map(|number| Self::Exact(number.as_str().into()));
        };
        Some(Self::Prefix(match Written::of(beginning) {
            Written::Nothing => "".into(),
            Written::Identity => beginning.into(),
            Written::Digits { digits, .. } => match digits.strip_prefix('0') {
                Some(national) => format!("{}{national}", country.0).into(),
                None => digits.into(),
            },
        }))
    }

    /// A number that is meant, for a question about all of them: a beginning is filled up with one digit.
    pub(super) fn example(&self, filler: char) -> Number<'static> {
        /// As long as most of Vietnam's numbers with their country code.
        const DIGITS: usize = 11;
        Number(Cow::Owned(match self {
            Self::Exact(exact) => exact.to_string(),
            Self::Prefix(beginning) => {
                let missing = DIGITS.saturating_sub(beginning.len()).max(1);
                beginning
                    .chars()
                    .chain(std::iter::repeat_n(filler, missing))
                    .collect()
            }
        }))
    }

    /// Whether all numbers are meant.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Prefix(beginning) if beginning.is_empty())
    }

    /// Whether a number is meant.
    pub fn matches(&self, number: &Number<'_>) -> bool {
        match self {
            Self::Exact(exact) => **exact == *number.as_str(),
            Self::Prefix(prefix) => number.as_str().starts_with(&**prefix),
        }
    }
}

impl fmt::Display for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

impl CountryCode {
    /// A code from the settings: 1 to 3 digits, the first not 0.
    pub fn parse(code: &str) -> Option<Self> {
        let digits = is_digits(code) && code.len() <= 3 && !code.starts_with('0');
        digits.then(|| Self(code.into()))
    }

    /// The digits of the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Digits with this country's code in front where it is missing, and without it where it does not belong.
    fn international<'a>(&self, digits: Cow<'a, str>) -> Cow<'a, str> {
        if let Some(national) = digits
            .strip_prefix('0')
            .filter(|national| !national.is_empty())
        {
            if self.is_vietnam() && is_service(national) {
                return Cow::Owned(national.to_owned());
            }
            return Cow::Owned(format!("{}{national}", self.0));
        }
        if !self.is_vietnam() {
            return digits;
        }
        match digits.strip_prefix(VIETNAM) {
            // An 08x mobile without its leading 0, such as 844666531: no number in Vietnam is that short.
            Some(_) if digits.len() == NATIONAL_DIGITS => Cow::Owned(format!("{VIETNAM}{digits}")),
            Some(national) if is_service(national) => Cow::Owned(national.to_owned()),
            _ => digits,
        }
    }

    /// Whether 9 digits already have, or must not get, the code in front.
    fn is_abroad_or_service(&self, digits: &str) -> bool {
        digits.starts_with('0')
            || (self.is_vietnam() && (digits.starts_with(VIETNAM) || is_service(digits)))
    }

    fn is_vietnam(&self) -> bool {
        &*self.0 == VIETNAM
    }
}

impl Default for CountryCode {
    fn default() -> Self {
        Self(VIETNAM.into())
    }
}

/// What a text turns out to be once signs and blanks are gone.
enum Written<'a> {
    Nothing,
    /// `signed`: written with `+` or `00`, so the country code is there whatever the length.
    Digits {
        digits: Cow<'a, str>,
        signed: bool,
    },
    Identity,
}

impl<'a> Written<'a> {
    fn of(raw: &'a str) -> Self {
        if is_digits(raw) && !raw.starts_with("00") {
            return Self::Digits {
                digits: Cow::Borrowed(raw),
                signed: false,
            };
        }
        let decoded =
            percent_decode_str(raw.trim().trim_start_matches(CALL_BUTTON)).decode_utf8_lossy();
        let plain = without_punctuation(&decoded);
        let (digits, signed) = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
            Some(rest) => (rest, true),
            None => (&*plain, false),
        };
        if plain.is_empty() {
            Self::Nothing
        } else if is_digits(digits) {
            Self::Digits {
                digits: Cow::Owned(digits.to_owned()),
                signed,
            }
        } else {
            Self::Identity
        }
    }
}

/// Drops blanks, `-`, `.`, brackets, and the `(0)` that Europeans write between country code and number.
fn without_punctuation(text: &str) -> String {
    let (head, tail) = match text.split_once("(0)") {
        Some((head, tail)) if head.contains(|c: char| c.is_ascii_digit()) => (head, tail),
        _ => (text, ""),
    };
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '.' | '(' | ')');
    head.chars().chain(tail.chars()).filter(kept).collect()
}

/// A Vietnamese service number: 1800 or 1900, 8 to 10 digits in all, dialled without a country code.
fn is_service(digits: &str) -> bool {
    (digits.starts_with("1800") || digits.starts_with("1900")) && (8..=10).contains(&digits.len())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wire(raw: &str, expected: &str) {
        let number = Number::from_wire(raw, &CountryCode::default());
        assert_eq!(
            number.as_ref().map_or("", Number::as_str),
            expected,
            "from the wire: {raw}"
        );
    }

    #[track_caller]
    fn table(raw: &str, expected: &str) {
        let number = Number::from_table(raw, &CountryCode::default());
        assert_eq!(
            number.as_ref().map_or("", Number::as_str),
            expected,
            "in a table: {raw}"
        );
    }

    #[track_caller]
    fn both(raw: &str, expected: &str) {
        wire(raw, expected);
        table(raw, expected);
    }

    #[test]
    fn every_way_to_write_a_mobile_is_the_same_number() {
        for raw in [
            "84986776777",
            "0986776777",
            "0084986776777",
            "+84 98 677 6777",
            "+84 (0) 986 776 777",
            "(098) 677-6777",
            "098.677.6777",
            "btncall_84986776777",
            "btncall_0986776777",
            "btncall_%2B84986776777",
            "%2B84986776777",
            " 0986776777\u{a0}",
        ] {
            both(raw, "84986776777");
        }
    }

    #[test]
    fn nine_digits_are_national_only_where_people_type() {
        table("986776777", "84986776777");
        wire("986776777", "986776777");
        table("+376123456", "376123456");
    }

    #[test]
    fn a_mobile_beginning_with_84_is_not_taken_for_international() {
        both("844666531", "84844666531");
        both("0844666531", "84844666531");
        both("84844666531", "84844666531");
    }

    #[test]
    fn a_short_national_number_gets_its_code_once() {
        both("01234567", "841234567");
    }

    #[test]
    fn service_numbers_have_no_country_code() {
        for (raw, expected) in [
            ("19001234", "19001234"),
            ("8419001234", "19001234"),
            ("+841900561252", "1900561252"),
            ("019001234", "19001234"),
            ("1800123456", "1800123456"),
            ("190012345", "190012345"),
        ] {
            both(raw, expected);
        }
    }

    #[test]
    fn foreign_numbers_and_short_codes_stay() {
        for raw in ["12125550123", "842473082666", "113", "1900"] {
            both(raw, raw);
        }
        both("+1 212 555 0123", "12125550123");
        both("%2B9180123456789", "9180123456789");
    }

    #[test]
    fn what_is_not_a_number_stands_as_it_is() {
        for raw in [
            "user_1",
            "anonymous",
            "john.doe",
            "btncall_anna",
            "+",
            "84-abc",
        ] {
            both(raw, raw);
        }
        for raw in ["", "  ", "btncall_"] {
            both(raw, "");
        }
    }

    #[test]
    fn another_country_has_its_own_code_and_no_vietnamese_rules() {
        let germany = CountryCode::parse("49").unwrap();
        let number = |raw| {
            Number::from_table(raw, &germany)
                .unwrap()
                .as_str()
                .to_owned()
        };
        assert_eq!(number("030 901820"), "4930901820");
        assert_eq!(number("844666531"), "49844666531");
        assert_eq!(number("8419001234"), "8419001234");
    }

    #[test]
    fn a_country_code_is_one_to_three_digits() {
        for wrong in ["", "0", "084", "1234", "+84", "vn"] {
            assert_eq!(CountryCode::parse(wrong), None, "{wrong}");
        }
    }

    #[track_caller]
    fn pattern(raw: &str, expected: &str) {
        let pattern = NumberPattern::parse(raw, &CountryCode::default()).unwrap();
        assert_eq!(pattern.to_string(), expected, "{raw}");
    }

    #[test]
    fn a_pattern_gets_only_the_rules_that_hold_for_a_beginning() {
        pattern("0247*", "84247*");
        pattern("84779*", "84779*");
        pattern("+84 779*", "84779*");
        pattern("0084779*", "84779*");
        pattern("844666531*", "844666531*");
        pattern("841900*", "841900*");
        pattern("*", "*");
        pattern("0986776777", "84986776777");
        pattern("user_*", "user_*");
    }

    #[test]
    fn a_pattern_matches_what_begins_so() {
        let country = CountryCode::default();
        let number = Number::from_wire("0779123456", &country).unwrap();
        let matches = |raw| {
            NumberPattern::parse(raw, &country)
                .unwrap()
                .matches(&number)
        };
        assert!(matches("84779*") && matches("0779*") && matches("*") && matches("0779123456"));
        assert!(!matches("84778*") && !matches("0779"));
    }
}
