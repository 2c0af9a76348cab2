//! Numbers in conditions and in `callers`: one, or all that begin so.

use std::borrow::Cow;
use std::fmt;

use super::written::{KEYPAD_ANONYMOUS, NumberText, trimmed};
use super::{CountryCode, Number};

/// A number in a table: exactly this one, or all that begin so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NumberPattern {
    /// This number and no other.
    Exact(Box<str>),
    /// Written with a trailing `*`: every number that begins with these characters.
    Prefix(Box<str>),
}

/// Whom `rules.from_number` means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallerPattern {
    /// Written as `anonymous`: every caller without a number.
    Anonymous,
    /// Callers with such a number.
    Number(NumberPattern),
}

impl NumberPattern {
    /// A number as people type it, or the beginning of one with a trailing `*`.
    ///
    /// `None` for an empty one, and for a `*` elsewhere. A word for "no number" is kept as it stands, and no number
    /// matches it. A beginning gets only those rules that hold whatever follows.
    pub fn parse(raw: &str, country: &CountryCode) -> Option<Self> {
        let text = trimmed(raw);
        let prefix = text.strip_suffix('*');
        if prefix.unwrap_or(text).contains('*') {
            return None;
        }
        if let Some(beginning) = prefix {
            return Some(Self::Prefix(beginning_of(beginning, country)));
        }
        match Number::from_table(raw, country) {
            Some(number) => Some(Self::Exact(number.as_str().into())),
            None if NumberText::from(raw) == NumberText::Empty => None,
            None => Some(Self::Exact(text.into())),
        }
    }

    /// The text that a table must hold so that it is read as this pattern.
    pub fn in_table(&self, country: &CountryCode) -> String {
        match self {
            Self::Exact(exact) => Number(Cow::Borrowed(exact)).in_table(country).into_owned(),
            Self::Prefix(_) => self.to_string(),
        }
    }

    /// A number that is meant, for a question about all of them: a beginning is filled up with one digit.
    pub(crate) fn example(&self, filler: char) -> Number<'static> {
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
    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Self::Prefix(beginning) if beginning.is_empty())
    }

    /// Whether every number that another pattern means is meant by this one too.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(wide), Self::Exact(narrow)) => wide == narrow,
            (Self::Exact(_), Self::Prefix(_)) => false,
            (Self::Prefix(wide), Self::Exact(narrow) | Self::Prefix(narrow)) => {
                narrow.starts_with(&**wide)
            }
        }
    }

    /// Whether a number is meant.
    pub fn matches(&self, number: &Number<'_>) -> bool {
        match self {
            Self::Exact(exact) => **exact == *number.as_str(),
            Self::Prefix(prefix) => number.as_str().starts_with(&**prefix),
        }
    }
}

/// What the numbers begin with, in their one form.
fn beginning_of(raw: &str, country: &CountryCode) -> Box<str> {
    let text = trimmed(raw);
    match NumberText::from(text) {
        NumberText::Empty => "".into(),
        NumberText::Digits { digits, .. } => match digits.strip_prefix('0') {
            Some(national) => format!("{}{}", country.0, national.trim_start_matches('0')).into(),
            None => digits.into(),
        },
        NumberText::Nothing | NumberText::Withheld | NumberText::Identity => text.into(),
    }
}

impl CallerPattern {
    /// Like [`NumberPattern::parse`]; the words for a withheld number mean all callers without one.
    pub fn parse(raw: &str, country: &CountryCode) -> Option<Self> {
        let is_withheld = match NumberText::from(raw) {
            NumberText::Withheld => true,
            NumberText::Digits { digits, .. } => digits == KEYPAD_ANONYMOUS,
            NumberText::Empty | NumberText::Nothing | NumberText::Identity => false,
        };
        if is_withheld {
            return Some(Self::Anonymous);
        }
        Some(Self::Number(NumberPattern::parse(raw, country)?))
    }

    /// Whether all numbers are meant.
    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Self::Number(pattern) if pattern.is_any())
    }

    /// Whether every caller whom another pattern means is meant by this one too.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anonymous, Self::Anonymous) => true,
            (Self::Number(wide), Self::Number(narrow)) => wide.includes(narrow),
            _ => false,
        }
    }

    /// Whether a caller is meant; one without a number is not one with any.
    pub fn matches(&self, number: Option<&Number<'_>>) -> bool {
        match (self, number) {
            (Self::Anonymous, None) => true,
            (Self::Number(pattern), Some(number)) => pattern.matches(number),
            _ => false,
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

impl fmt::Display for CallerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Number(pattern) => pattern.fmt(f),
        }
    }
}
