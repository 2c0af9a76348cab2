//! Telephone numbers, written in one way on both sides: international digits without a sign.
//!
//! The platform sends `84986776777`; people type `0986 776 777`, `+84 (0) 986 776 777` or `986776777`. Both are brought
//! to the same digits here, by rules of source and length rather than by a guess at the numbering plan; whether a call
//! can have such a number is another question ([`plausible`]). What is not a number (a user id) is kept as it stands
//! and compared letter by letter; `anonymous` and its like are no number at all.
//!
//! What comes out of [`Number::from_wire`] goes in again unchanged, and so does what comes out of
//! [`Number::from_table`] if it is written with [`Number::in_table`].

mod pattern;
mod plausible;
mod written;

use std::borrow::Cow;
use std::fmt;

pub use pattern::{CallerPattern, NumberPattern};
pub use plausible::{number_since_2018, numbers_in, plausible, plausible_text};
use written::{NumberText, is_digits, is_no_number};

/// A caller's or a hotline's number in its one form, or an identity that is not a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number<'a>(Cow<'a, str>);

/// A country's calling code: 1 to 3 digits, the first not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryCode(Box<str>);

/// The code whose service numbers and mobiles are known here.
const VIETNAM: &str = "84";

/// How many digits a mobile number has without its leading 0.
const NATIONAL_DIGITS: usize = 9;

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> Number<'a> {
    /// A number from the platform; `None` for an anonymous caller.
    pub fn from_wire(raw: &'a str, country: &CountryCode) -> Option<Self> {
        // What the platform sends, but for a few.
        if is_digits(raw) && country.is_one_form(raw) {
            return Some(Self(Cow::Borrowed(raw)));
        }
        match NumberText::from(raw) {
            NumberText::Empty | NumberText::Nothing | NumberText::Withheld => None,
            NumberText::Identity => Some(Self(Cow::Borrowed(raw))),
            NumberText::Digits { digits, .. } => Self::from_digits(digits, country),
        }
    }

    /// A number that a person typed into a table, where 9 digits are a national number without its leading 0.
    pub fn from_table(raw: &'a str, country: &CountryCode) -> Option<Self> {
        match NumberText::from(raw) {
            NumberText::Digits {
                digits,
                signed: false,
            } if country.is_national(&digits) => {
                Some(Self(Cow::Owned(format!("{}{digits}", country.0))))
            }
            _ => Self::from_wire(raw, country),
        }
    }

    fn from_digits(digits: Cow<'a, str>, country: &CountryCode) -> Option<Self> {
        if is_no_number(&digits) {
            return None;
        }
        let digits = country.international(digits);
        // A country's own code can make the digits that stand for "anonymous".
        if is_no_number(&digits) {
            return None;
        }
        Some(Self(digits))
    }

    /// The text that a table must hold so that [`Number::from_table`] reads this number: a foreign one of 9 digits needs
    /// its `+`.
    pub fn in_table(&self, country: &CountryCode) -> Cow<'_, str> {
        if is_digits(&self.0) && country.is_national(&self.0) {
            return Cow::Owned(format!("+{}", self.0));
        }
        Cow::Borrowed(&self.0)
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

impl CountryCode {
    /// A code from the settings: 1 to 3 digits, the first not 0.
    pub fn parse(code: &str) -> Option<Self> {
        if !is_digits(code) || code.len() > 3 || code.starts_with('0') {
            return None;
        }
        Some(Self(code.into()))
    }

    /// The digits of the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Digits with this country's code in front where it is missing, and without it where it does not belong.
    fn international<'a>(&self, digits: Cow<'a, str>) -> Cow<'a, str> {
        let Some(national) = self.national_part(&digits) else {
            return digits;
        };
        if self.is_vietnam() && is_service(national) {
            return Cow::Owned(national.to_owned());
        }
        // With the code in front it would be read as a mobile that begins with 84 and lacks its 0.
        if self.is_vietnam() && VIETNAM.len() + national.len() == NATIONAL_DIGITS {
            return Cow::Owned(format!("0{national}"));
        }
        Cow::Owned(format!("{}{national}", self.0))
    }

    /// Whether digits are a number, and stay as they are.
    fn is_one_form(&self, digits: &str) -> bool {
        self.national_part(digits).is_none() && !is_no_number(digits)
    }

    /// The number inside the country, where the code in front of it is missing, wrong, or followed by a 0.
    fn national_part<'d>(&self, digits: &'d str) -> Option<&'d str> {
        if let Some(national) = digits.strip_prefix('0') {
            return Some(national.trim_start_matches('0'));
        }
        let rest = digits.strip_prefix(&*self.0)?;
        // An 08x mobile without its 0, such as 844666531: no number in Vietnam is as short as the rest of it.
        if self.is_vietnam() && digits.len() == NATIONAL_DIGITS {
            return Some(digits);
        }
        if rest.starts_with('0') {
            return Some(rest.trim_start_matches('0'));
        }
        if self.is_vietnam() && is_service(rest) {
            return Some(rest);
        }
        None
    }

    /// Whether a table means a number inside the country by digits that the platform would send for one abroad.
    fn is_national(&self, digits: &str) -> bool {
        let has_its_form = self.is_vietnam() && (digits.starts_with(VIETNAM) || is_service(digits));
        let is_number = !digits.starts_with('0') && !is_no_number(digits);
        digits.len() == NATIONAL_DIGITS && is_number && !has_its_form
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

/// A Vietnamese service number: 1800 or 1900, 8 to 10 digits in all, dialled without a country code.
fn is_service(digits: &str) -> bool {
    (digits.starts_with("1800") || digits.starts_with("1900")) && (8..=10).contains(&digits.len())
}
