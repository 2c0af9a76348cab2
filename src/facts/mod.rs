//! What servers learn of calls and tell each other, and a server its next start: facts, as bytes, and how two of them
//! that speak of the same are joined. Pure.
//!
//! A fact is never taken back. Each way of joining is commutative, associative and idempotent, so it does not matter in
//! which order facts come, from whom, or how often:
//!
//! | fact | of two |
//! |---|---|
//! | a call waits in a queue | the earlier first ask |
//! | a call drew a place in a ring | of that call and ring the lower drawer; of the ring the newer draw is the last turn |
//! | a call's list begins with an agent | the later |
//! | an agent is rung, took a call, has left it; a call is over | a set; of the same one the earlier arrival |
//! | a line was asked about in a minute | the later |
//!
//! A fact says how old it is, not when it was: the clocks of servers differ. Calls, callers and rings go by their hashes.

mod encoding;

use routing::tickets::Place;
use xxhash_rust::xxh3::xxh3_64_with_seed;

#[cfg(test)]
pub(crate) use encoding::tests;
pub use encoding::{decode, encode};
pub(crate) use encoding::{push_sections, take_sections};

/// What was learned, and how long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFact {
    /// How long ago: milliseconds.
    pub age_ms: u32,
    /// What.
    pub what: FactOfCalls,
}

/// What is told among servers: of which project it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldFact {
    /// The project's number in PostgreSQL.
    pub project: i64,
    /// What was learned there.
    pub fact: SharedFact,
}

/// What can be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactOfCalls {
    /// A call was first asked about in a queue: the hash of both.
    Waits(u64),
    /// A call drew its ticket.
    Drew(Box<Draw>),
    /// With whom a call's list began when it was last asked about.
    Begins(FirstAgent),
    /// What a call event has told.
    Event(Box<EventFact>),
    /// A queue and hotline were asked about.
    Asked(Box<AskedLine>),
}

/// A call's ticket in a group that rotates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The group and the level.
    pub ring: u64,
    /// The call.
    pub call: u64,
    /// The start of a server that drew it.
    pub drawer: u64,
    /// With which member the call begins.
    pub place: Place,
}

/// With whom a call begins, so that others begin with somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstAgent {
    /// The call.
    pub call: u64,
    /// The agent; 0: nobody who matters.
    pub agent: u64,
    /// Whether they were rung for the call since.
    pub was_rung: bool,
}

/// What a call event has told. Its age is that of its arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFact {
    /// What happened.
    pub kind: EventFactKind,
    /// The call.
    pub call: u64,
    /// The caller, if known.
    pub caller: Option<u64>,
    /// Whose part it is; empty: the call's end is nobody's.
    pub agent: Box<str>,
    /// What came before what.
    pub order: EventOrder,
}

/// What can have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventFactKind {
    /// An agent is rung.
    Rung,
    /// An agent took the call.
    Took,
    /// An agent's part is over.
    PartEnded,
    /// The call is over.
    Over,
}

/// The order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOrder {
    /// By the platform's stamp: milliseconds since 1970, the same whoever was told.
    Stamp(i64),
    /// So many milliseconds before its arrival: it had no stamp, or one that could not be.
    BeforeArrival(u32),
}

/// A queue and hotline that were asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedLine {
    /// The platform's id of the queue.
    pub queue_id: Box<str>,
    /// The hotline, if it has a number.
    pub hotline: Option<Box<str>>,
}

/// The hash of an id, as all servers with this seed have it.
pub fn hash_of(id: &str, seed: u64) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), seed)
}

/// Whether the one of two tickets of the same call and ring counts: drawer and place of each.
pub fn draw_counts(one: (u64, &Place), other: (u64, &Place)) -> bool {
    one < other
}

/// Since when a call waits that was first asked about at both times.
pub const fn first_ask(one_ms: u64, other_ms: u64) -> u64 {
    if one_ms < other_ms { one_ms } else { other_ms }
}

impl ToldFact {
    /// What was learned in a project, to be told.
    pub fn of(project: i64, facts: Vec<SharedFact>) -> impl Iterator<Item = Self> {
        facts.into_iter().map(move |fact| Self { project, fact })
    }
}

impl SharedFact {
    /// So many milliseconds have passed.
    pub fn age(&mut self, by_ms: u64) {
        let by_ms = u32::try_from(by_ms).unwrap_or(u32::MAX);
        self.age_ms = self.age_ms.saturating_add(by_ms);
    }

    /// With its age, told by two times of one clock.
    pub fn since(then_ms: u64, now_ms: u64, what: FactOfCalls) -> Self {
        let age_ms = u32::try_from(now_ms.saturating_sub(then_ms)).unwrap_or(u32::MAX);
        Self { age_ms, what }
    }
}
