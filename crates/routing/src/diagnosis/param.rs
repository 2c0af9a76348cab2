//! The parameters of a sentence: how they are said, and what programs get.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};

use super::Params;
use crate::number::Number;
use crate::problem::quoted_text;

/// A parameter as programs get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A count, an id of a rule, seconds.
    Number(i64),
    /// As it stands in the tables.
    Text(String),
    /// Whole numbers.
    Range {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// Yes or no.
    Flag(bool),
    /// There is none.
    Nothing,
    /// Several texts.
    List(Vec<String>),
    /// Several things that have parameters themselves.
    Each(Vec<Params>),
}

impl Param {
    /// What there is, or that there is none.
    pub(super) fn of_option<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nothing, make)
    }
}

/// A time in the rules' time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(pub DateTime);

/// Until when callers would be left alone, behind the time from which on; `None`: as far as was looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftAloneUntil(pub Option<DateTime>);

/// Texts with commas between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List(pub Vec<String>);

/// Ids as they stand in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(pub Vec<String>);

/// A text that is quoted, and cut if it is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted(pub String);

/// Whole numbers from the first to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeNumbers(pub RangeInclusive<i64>);

/// How many callers have a tag; said only of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfCallers(pub usize);

/// Who rings somebody by telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Telephone {
    /// A rule.
    Rule {
        /// `rules.id`.
        rule: i64,
        /// `rules.name`.
        name: String,
        /// Whom it rings.
        agent: String,
    },
    /// So many more rules.
    MoreRules(usize),
    /// The fallback group rings this agent.
    Fallback(String),
}

/// All who do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephones(pub Vec<Telephone>);

impl<T: AsRef<str>> FromIterator<T> for List {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let texts = texts.into_iter();
        Self(texts.map(|text| text.as_ref().to_owned()).collect())
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%d %H:%M").fmt(f)
    }
}

impl fmt::Display for LeftAloneUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(until) => write!(f, " to {}", LocalTime(until)),
            None => f.write_str(" on"),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.join(","))
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted_text(&self.0))
    }
}

impl fmt::Display for WholeNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")?;
        // The range of all numbers is not worth its digits.
        if self.0 == (i64::MIN..=i64::MAX) {
            return Ok(());
        }
        write!(f, " from {} to {}", self.0.start(), self.0.end())
    }
}

impl fmt::Display for OfCallers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => Ok(()),
            more => write!(f, ", of {more} callers"),
        }
    }
}

impl fmt::Display for Telephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, name, agent } => {
                let name = quoted_text(name);
                write!(f, "rule {rule} {name} rings {agent} by telephone")
            }
            Self::MoreRules(1) => f.write_str("1 more rule does so"),
            Self::MoreRules(more) => write!(f, "{more} more rules do so"),
            Self::Fallback(agent) => write!(f, "the fallback group rings {agent} by telephone"),
        }
    }
}

impl fmt::Display for Telephones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&said.join(", "))
    }
}

/// Numbers as parameters.
macro_rules! numbers {
    ($($type:ty),+) => {
        $(impl From<&$type> for Param {
            fn from(number: &$type) -> Self {
                Self::Number(i64::try_from(*number).unwrap_or(i64::MAX))
            }
        })+
    };
}
numbers!(i64, i16, u8, u16, u32, u64, usize);

impl From<&LocalTime> for Param {
    fn from(time: &LocalTime) -> Self {
        Self::Text(time.to_string())
    }
}

impl From<&LeftAloneUntil> for Param {
    fn from(until: &LeftAloneUntil) -> Self {
        Self::of_option(until.0, |until| Self::from(&LocalTime(until)))
    }
}

impl From<&String> for Param {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&&'static str> for Param {
    fn from(word: &&'static str) -> Self {
        Self::Text((*word).to_owned())
    }
}

impl From<&Quoted> for Param {
    fn from(quoted: &Quoted) -> Self {
        Self::from(&quoted.0)
    }
}

impl From<&List> for Param {
    fn from(list: &List) -> Self {
        Self::List(list.0.clone())
    }
}

impl From<&Ids> for Param {
    fn from(ids: &Ids) -> Self {
        Self::List(ids.0.clone())
    }
}

impl From<&Date> for Param {
    fn from(date: &Date) -> Self {
        Self::Text(date.to_string())
    }
}

impl From<&Number<'_>> for Param {
    fn from(number: &Number<'_>) -> Self {
        Self::Text(number.as_str().to_owned())
    }
}

impl From<&WholeNumbers> for Param {
    fn from(numbers: &WholeNumbers) -> Self {
        Self::Range {
            from: *numbers.0.start(),
            to: *numbers.0.end(),
        }
    }
}

impl From<&OfCallers> for Param {
    fn from(callers: &OfCallers) -> Self {
        Self::from(&callers.0)
    }
}

impl From<&Telephones> for Param {
    fn from(telephones: &Telephones) -> Self {
        let params = |telephone: &Telephone| match telephone {
            Telephone::Rule { rule, name, agent } => {
                let (rule, name) = (rule.into(), name.into());
                vec![("rule", rule), ("name", name), ("agent", agent.into())]
            }
            Telephone::MoreRules(more) => vec![("more_rules", more.into())],
            Telephone::Fallback(agent) => vec![("fallback_agent", agent.into())],
        };
        Self::Each(telephones.0.iter().map(params).collect())
    }
}
