//! What a span of the journal adds up to: pure counting, of which `report` on the command line shows the result.

mod rests;
mod service;
mod spread;
mod tally;
mod weights;

pub use rests::{MissedRings, RingTally};
pub use service::{IN_TIME_SECONDS, Service, ServiceCount};
pub use spread::{Share, Spread};
pub use tally::Tally;
pub use weights::{Weighted, weighted};

use std::collections::BTreeMap;

/// What the answers of a span of time add up to.
///
/// A call counts once for each queue, hotline, rule and outcome that it met, so that such calls can add up to more than
/// all calls. Asks are counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All calls and asks.
    pub all: Count,
    /// By `rule`, `blocked`, `fallback` and `nobody`; one that did not occur is missing.
    pub outcomes: BTreeMap<String, Count>,
    /// By the queue's id.
    pub queues: BTreeMap<String, Count>,
    /// By the hotline; `None`: the platform did not say.
    pub hotlines: BTreeMap<Option<String>, Count>,
    /// By the rule's id, with the name that it had last.
    pub rules: BTreeMap<i64, (String, Count)>,
    /// How many calls were offered to whom first. A call's first answer that offers anybody counts, so that an
    /// agent to whom it goes later, because nobody took it, does not.
    pub first_offers: BTreeMap<String, u64>,
    /// How many of the calls each agent took, as far as call events have told.
    pub taken: BTreeMap<String, u64>,
    /// Who has let rings pass, as far as call events have told.
    pub missed: BTreeMap<String, MissedRings>,
    /// How often calls are asked about.
    pub again: Again,
    /// How soon calls were taken; `None`: call events have told of none that was.
    pub service: Option<Service>,
}

/// How many calls and asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Calls.
    pub calls: u64,
    /// Asks about them.
    pub asks: u64,
    /// Calls that only the fallback group was found for, at some ask.
    pub fallback_calls: u64,
    /// Calls that nobody was found for, at some ask.
    pub nobody_calls: u64,
}

/// How often the platform asks about the same call in the same queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Calls, each once per queue that it was in.
    pub calls: u64,
    /// Those of them that were asked about more than once.
    pub calls_asked_again: u64,
    /// Asks per call.
    pub asks: Option<Spread>,
    /// Milliseconds between two asks. The journal has no single asks, so this is the mean of each call that was asked
    /// about more than once: the time from its first to its last ask, by the number of gaps.
    pub gap_ms: Option<Spread>,
    /// For how many seconds a call had waited at its last ask.
    pub waited: Option<Spread>,
}
