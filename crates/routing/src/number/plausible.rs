//! Whether a call can have a number, and what to write in place of one that none has.
//!
//! With Vietnam's code its numbering plan is known: a mobile is 84 and 9 digits that begin with 3, 5, 7, 8 or 9, a
//! landline 84, 2 and 9 more, a service number 1800 or 1900 with 8 or 10 digits in all. Of numbers elsewhere only the
//! length is judged. This is advice: calls are compared with what stands there in any case.

use std::fmt;
use std::ops::RangeInclusive;

use super::written::{is_digits, trimmed};
use super::{CountryCode, NATIONAL_DIGITS, Number, NumberPattern, VIETNAM};
use crate::diagnosis::{Diagnose as _, Implausible};
use crate::fold::folded;

/// Digits of a mobile without its code.
const MOBILE_DIGITS: usize = NATIONAL_DIGITS;
/// Digits of a landline without its code.
const LANDLINE_DIGITS: usize = 10;
/// Digits of any number with its code: E.164 has at most 15, and no country numbers of fewer than 7.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// How the mobiles of 11 digits begin today, without the 0.
const SINCE_2018: [(&str, &str); 21] = [
    ("120", "70"),
    ("121", "79"),
    ("122", "77"),
    ("126", "76"),
    ("128", "78"),
    ("123", "83"),
    ("124", "84"),
    ("125", "85"),
    ("127", "81"),
    ("129", "82"),
    ("162", "32"),
    ("163", "33"),
    ("164", "34"),
    ("165", "35"),
    ("166", "36"),
    ("167", "37"),
    ("168", "38"),
    ("169", "39"),
    ("186", "56"),
    ("188", "58"),
    ("199", "59"),
];

/// Says of a number in its one form why no call has it. An identity that is not a number may be anybody's.
///
/// # Errors
/// Why not.
pub fn plausible(number: &Number<'_>, country: &CountryCode) -> Result<(), Implausible> {
    let digits = number.as_str();
    if !is_digits(digits) {
        return Ok(());
    }
    if !country.is_vietnam() {
        return within(digits.len(), DIGITS, |digits| Implausible::Digits {
            digits,
        });
    }
    let begins_as_service = digits.starts_with("1800") || digits.starts_with("1900");
    // Those with more digits are American.
    if begins_as_service && digits.len() <= 10 {
        return match digits.len() {
            8 | 10 => Ok(()),
            other => Err(Implausible::ServiceDigits { digits: other }),
        };
    }
    match digits.strip_prefix(VIETNAM) {
        Some(national) => vietnamese(national),
        None if digits.starts_with('0') => Err(Implausible::Digits {
            digits: digits.len(),
        }),
        None => within(digits.len(), DIGITS, |digits| Implausible::Digits {
            digits,
        }),
    }
}

/// Says of what a table holds, a number as people type it or the beginning of some, why no call has it.
///
/// # Errors
/// Why not.
pub fn plausible_text(text: &str, country: &CountryCode) -> Result<(), Implausible> {
    let text = trimmed(text);
    if is_shortened(text) {
        return Err(Implausible::Shortened);
    }
    if text.ends_with('%') {
        let beginning = text.trim_matches('%');
        return Err(Implausible::SqlPattern {
            instead: format!("{beginning}*"),
        });
    }
    match NumberPattern::parse(text, country) {
        None => Ok(()),
        Some(NumberPattern::Prefix(beginning)) => plausible_beginning(&beginning, country),
        Some(NumberPattern::Exact(exact)) => plausible_exact(text, &exact, country),
    }
}

/// Every number in a text: itself, or what stands between commas, semicolons, slashes or blanks.
///
/// Empty if some part with digits is no number that a call can have; one of before 2018 counts.
pub fn numbers_in(text: &str, country: &CountryCode) -> Vec<Number<'static>> {
    /// What people write between two numbers; the surest first, for each may stand within one.
    const SEPARATORS: [fn(char) -> bool; 4] = [
        |c| matches!(c, ';' | ',' | '|' | '&' | ':' | '\n' | '\r'),
        |c| matches!(c, ';' | ',' | '|' | '&' | ':' | '\n' | '\r' | '/'),
        |c| matches!(c, '-' | '\u{2013}'),
        char::is_whitespace,
    ];
    if let Some(number) = usable(text, country) {
        return vec![number];
    }
    for separates in SEPARATORS {
        let parts = text.split(separates);
        let numbers = parts.filter(|part| part.contains(|c: char| c.is_ascii_digit()));
        let numbers: Option<Vec<_>> = numbers.map(|part| usable(part, country)).collect();
        if let Some(numbers) = numbers
            && !numbers.is_empty()
        {
            return numbers;
        }
    }
    Vec::new()
}

/// The number that took the place of one of before 2018.
pub fn number_since_2018(number: &Number<'_>) -> Option<Number<'static>> {
    let old = number.as_str().strip_prefix(VIETNAM)?;
    if old.len() != MOBILE_DIGITS + 1 {
        return None;
    }
    Some(Number(since_2018(old)?.into()))
}

/// A number that a call can have or could have before 2018.
fn usable(text: &str, country: &CountryCode) -> Option<Number<'static>> {
    let number = Number::from_table(text, country)?;
    if !is_digits(number.as_str()) {
        return None;
    }
    match plausible(&number, country) {
        Ok(()) | Err(Implausible::Old { .. }) => Some(number.into_owned()),
        Err(_) => None,
    }
}

/// What follows 84.
fn vietnamese(national: &str) -> Result<(), Implausible> {
    let digits = national.len();
    match national.bytes().next() {
        None => Err(Implausible::Digits {
            digits: VIETNAM.len(),
        }),
        Some(b'2') => within(digits, LANDLINE_DIGITS..=LANDLINE_DIGITS, |digits| {
            Implausible::LandlineDigits { digits }
        }),
        Some(b'3' | b'5' | b'7' | b'8' | b'9') => {
            within(digits, MOBILE_DIGITS..=MOBILE_DIGITS, |digits| {
                Implausible::MobileDigits { digits }
            })
        }
        Some(b'1') if digits == MOBILE_DIGITS + 1 => match since_2018(national) {
            Some(new) => Err(Implausible::Old { instead: new }),
            None => Err(Implausible::NoSuchNumbers),
        },
        Some(_) => Err(Implausible::NoSuchNumbers),
    }
}

fn plausible_exact(text: &str, exact: &str, country: &CountryCode) -> Result<(), Implausible> {
    let number = Number::from_table(text, country).ok_or(Implausible::NoNumber)?;
    let judged = plausible(&number, country);
    if judged.is_ok() && has_lost_its_zero(text, exact, country) {
        return Err(Implausible::LostZero {
            instead: format!("{VIETNAM}{exact}"),
        });
    }
    if is_digits(exact) && matches!(judged, Ok(()) | Err(Implausible::Old { .. })) {
        return judged;
    }
    if let Some(number) = before_extension(text, country) {
        return Err(Implausible::Extension { number });
    }
    let mut numbers = numbers_in(text, country);
    match (numbers.len(), numbers.pop()) {
        // User ids have no blanks.
        (1, Some(number)) if text.contains(char::is_whitespace) => {
            Err(Implausible::Words { number })
        }
        (2.., Some(last)) => {
            numbers.push(last);
            Err(Implausible::Several {
                count: numbers.len(),
                numbers: numbers.iter().map(Number::as_str).collect(),
            })
        }
        _ => judged,
    }
}

/// A landline as a number without quotes in SQL, or in a spreadsheet, leaves it. A mobile is read without its 0 anyway.
fn has_lost_its_zero(text: &str, exact: &str, country: &CountryCode) -> bool {
    let is_abroad = text.starts_with('+') || text.starts_with("00");
    let is_landline = exact.len() == LANDLINE_DIGITS && exact.starts_with('2') && is_digits(exact);
    country.is_vietnam() && is_landline && !is_abroad
}

/// Whether some number that a call can have begins so.
fn plausible_beginning(beginning: &str, country: &CountryCode) -> Result<(), Implausible> {
    if matches!(beginning, "00" | "+") {
        return Err(Implausible::OnlySign);
    }
    if !is_digits(beginning) {
        return Ok(());
    }
    let national = match beginning.strip_prefix(VIETNAM) {
        Some(national) if country.is_vietnam() => national,
        _ => {
            return within(beginning.len(), 0..=*DIGITS.end(), |digits| {
                Implausible::Digits { digits }
            });
        }
    };
    match national.bytes().next() {
        None => Ok(()),
        Some(b'0') => Err(Implausible::Beginning {
            instead: format!("{VIETNAM}{}*", national.trim_start_matches('0')),
        }),
        Some(b'1') if national.starts_with("1800") || national.starts_with("1900") => {
            Err(Implausible::Beginning {
                instead: format!("{national}*"),
            })
        }
        Some(b'1') => match since_2018(national) {
            Some(new) => Err(Implausible::Old {
                instead: format!("{new}*"),
            }),
            None => Err(Implausible::NoSuchNumbers),
        },
        Some(b'2') => within(national.len(), 0..=LANDLINE_DIGITS, |digits| {
            Implausible::LandlineDigits { digits }
        }),
        Some(b'4' | b'6') => Err(Implausible::NoSuchNumbers),
        Some(_) => within(national.len(), 0..=MOBILE_DIGITS, |digits| {
            Implausible::MobileDigits { digits }
        }),
    }
}

fn within(
    digits: usize,
    wanted: RangeInclusive<usize>,
    otherwise: fn(usize) -> Implausible,
) -> Result<(), Implausible> {
    if wanted.contains(&digits) {
        Ok(())
    } else {
        Err(otherwise(digits))
    }
}

/// What took the place of a number, or of the beginning of some, that stands without its code.
fn since_2018(national: &str) -> Option<String> {
    for (old, new) in SINCE_2018 {
        if let Some(rest) = national.strip_prefix(old) {
            return Some(format!("{VIETNAM}{new}{rest}"));
        }
    }
    None
}

/// `8.49868E+10`: the digits behind it are lost.
fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let is_fraction =
        digits.contains(['.', ',']) && digits.starts_with(|c: char| c.is_ascii_digit());
    let Some(exponent) = exponent.strip_prefix('+') else {
        return false;
    };
    is_digits(exponent) && (is_fraction || is_digits(digits))
}

/// The number before what people write for an extension.
fn before_extension(text: &str, country: &CountryCode) -> Option<Number<'static>> {
    const WORDS: [&str; 10] = [
        "#",
        "x",
        "ext",
        "extn",
        "extension",
        "máy lẻ",
        "số lẻ",
        "nhánh",
        "máy nhánh",
        "nội bộ",
    ];
    /// Digits of an extension.
    const MAX_DIGITS: usize = 6;
    let begin = text.find(|c: char| c.is_alphabetic() || c == '#')?;
    let (number, tail) = text.split_at_checked(begin)?;
    let word = tail.trim_end_matches(|c: char| c.is_ascii_digit());
    let extension = tail.strip_prefix(word)?;
    let word = folded(word.trim_end_matches([' ', '.', ':', '-', '\u{a0}']));
    let is_word = WORDS.iter().any(|known| folded(known) == word);
    if !is_word || !(1..=MAX_DIGITS).contains(&extension.len()) {
        return None;
    }
    usable(number.trim_end_matches([' ', ',', ';', '-', '(']), country)
}

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.fault(), self.remedy())
    }
}
