//! The parameters of what is said of calls: which calls, who is rung, what a rule wants and what the call has.

use std::fmt;

use jiff::civil::DateTime;

use super::param::{LocalTime, Param};

/// The queue in which calls wait, behind "calls"; rules that name none are asked about one without a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InQueue(pub String);

/// The hotlines that were called, behind "calls".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hotlines(pub Vec<String>);

/// Who is rung, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People(pub Vec<String>);

/// Whether what is said of one time holds later again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeveralTimes(pub bool);

/// What a condition wants: one of several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOf(pub Vec<String>);

/// The number that was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledNumber(pub Option<String>);

/// The caller's number; `None`: anonymous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingNumber(pub Option<String>);

/// The caller's tags; `None`: there is no row of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallersTags(pub Option<Vec<String>>);

/// Whether a rule wants callers who have an owner, or those who have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerWanted(pub bool);

/// The caller's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallersOwner {
    /// There is no row of the caller.
    UnknownCaller,
    /// The row names none.
    None,
    /// Id and name.
    Agent(String),
}

/// When somebody is back; `None`: nobody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwayUntil(pub Option<DateTime>);

/// Who has a member's place, by id and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingIn(pub Vec<String>);

/// So many calls that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingCalls(pub u32);

/// The first three, and how many there are besides.
pub(super) fn first_few(names: &[String]) -> (String, usize) {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| name.escape_debug().to_string())
        .collect();
    (shown.join(", "), names.len().saturating_sub(SHOWN))
}

fn few(names: &[String]) -> String {
    match first_few(names) {
        (shown, 0) => shown,
        (shown, others) => format!("{shown} and {others} more"),
    }
}

impl OneOf {
    /// The first five, and how many there are besides.
    pub(super) fn listed(&self, or: &str, more: &str) -> String {
        const SHOWN: usize = 5;
        let shown: Vec<&str> = self.0.iter().take(SHOWN).map(String::as_str).collect();
        let list = shown.join(", ");
        match self.0.len().saturating_sub(SHOWN) {
            0 => list,
            others => format!("{list} {or} {others} {more}"),
        }
    }
}

impl fmt::Display for InQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            "" => Ok(()),
            queue => write!(f, " in queue '{}'", queue.escape_debug()),
        }
    }
}

impl fmt::Display for Hotlines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [] => Ok(()),
            hotlines => write!(f, " to {}", few(hotlines)),
        }
    }
}

impl fmt::Display for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [] => f.write_str("nobody"),
            ids => f.write_str(&few(ids)),
        }
    }
}

impl fmt::Display for SeveralTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { ", and later again" } else { "" })
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.listed("or", "more"))
    }
}

impl fmt::Display for CalledNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(number) => write!(f, "the call is to {number}"),
            None => f.write_str("the call has no called number"),
        }
    }
}

impl fmt::Display for CallingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(number) => write!(f, "the call is from {number}"),
            None => f.write_str("the caller is anonymous"),
        }
    }
}

impl fmt::Display for CallersTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("the caller is not in callers"),
            Some(tags) if tags.is_empty() => f.write_str("the caller has no tags"),
            Some(tags) => write!(f, "the caller has {}", OneOf(tags.clone())),
        }
    }
}

impl fmt::Display for OwnerWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "1" } else { "0" })
    }
}

impl fmt::Display for CallersOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCaller => f.write_str("the caller is not in callers, and so has no owner"),
            Self::None => f.write_str("the caller has no owner"),
            Self::Agent(agent) => write!(f, "the caller's owner is {agent}"),
        }
    }
}

impl fmt::Display for AwayUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(until) => LocalTime(until).fmt(f),
            None => f.write_str("further notice"),
        }
    }
}

impl fmt::Display for StandingIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [] => f.write_str("nobody takes this place today"),
            by => write!(f, "{} stands in", by.join(", ")),
        }
    }
}

impl fmt::Display for WaitingCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("a call that"),
            calls => write!(f, "{calls} calls, one of which"),
        }
    }
}

/// Lists of texts as parameters.
macro_rules! lists {
    ($($type:ident)+) => {
        $(impl From<&$type> for Param {
            fn from(texts: &$type) -> Self {
                Self::List(texts.0.clone())
            }
        })+
    };
}
lists!(Hotlines People OneOf StandingIn);

impl From<&InQueue> for Param {
    fn from(queue: &InQueue) -> Self {
        Self::from(&queue.0)
    }
}

impl From<&SeveralTimes> for Param {
    fn from(several: &SeveralTimes) -> Self {
        Self::Flag(several.0)
    }
}

impl From<&OwnerWanted> for Param {
    fn from(wanted: &OwnerWanted) -> Self {
        Self::Flag(wanted.0)
    }
}

impl From<&CalledNumber> for Param {
    fn from(number: &CalledNumber) -> Self {
        Self::of_option(number.0.clone(), Self::Text)
    }
}

impl From<&CallingNumber> for Param {
    fn from(number: &CallingNumber) -> Self {
        Self::of_option(number.0.clone(), Self::Text)
    }
}

impl From<&CallersTags> for Param {
    fn from(tags: &CallersTags) -> Self {
        Self::of_option(tags.0.clone(), Self::List)
    }
}

impl From<&CallersOwner> for Param {
    fn from(owner: &CallersOwner) -> Self {
        match owner {
            CallersOwner::Agent(agent) => Self::from(agent),
            CallersOwner::UnknownCaller | CallersOwner::None => Self::Nothing,
        }
    }
}

impl From<&AwayUntil> for Param {
    fn from(until: &AwayUntil) -> Self {
        Self::of_option(until.0, |until| Self::from(&LocalTime(until)))
    }
}

impl From<&WaitingCalls> for Param {
    fn from(calls: &WaitingCalls) -> Self {
        Self::from(&calls.0)
    }
}
