//! Who is on the floor, and what can happen there.

use std::collections::BTreeSet;

use super::call_event::Status;
use stringee::ask::OfferedAgent;

/// Milliseconds of emulated time since the beginning.
pub(super) type Millis = u64;

/// A call, by its number from 0.
pub(super) type CallNumber = usize;

/// A number that people call.
#[derive(Clone, Debug)]
pub(super) struct Hotline {
    pub(super) number: String,
    pub(super) queue: String,
    /// The pause of an agent after a call of this queue.
    pub(super) wrap_up_seconds: u32,
    /// Calls per emulated second.
    pub(super) rate: f64,
}

/// A call and what has become of it.
#[derive(Clone, Debug)]
pub(super) struct EmulatedCall {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) hotline: usize,
    pub(super) arrived: Millis,
    pub(super) state: CallState,
    pub(super) list: Vec<OfferedAgent>,
    pub(super) tried: BTreeSet<usize>,
    pub(super) attempt: u32,
    pub(super) asked: bool,
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    /// It rings nobody at the moment.
    Waiting,
    /// These agents' telephones ring.
    Ringing(Vec<String>),
    /// Somebody has picked up.
    Talking { agent: String, since: Millis },
    /// It was answered and is over.
    Served { agent: String, since: Millis },
    /// The caller has hung up, or was sent away.
    Lost { at: Millis },
}

/// An agent as the platform sees them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentState {
    /// Rings, talks or has a pause until then.
    pub(super) busy_until: Millis,
    /// Rings, and has not picked up yet.
    pub(super) is_rung: bool,
}

/// Something that is going to happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A caller dials.
    Arrival { hotline: usize, nth: u32 },
    /// It is time to ask about a queue.
    AskTime { queue: String },
    /// An agent picks up, if the call still rings as it did.
    PickUp {
        call: CallNumber,
        attempt: u32,
        agent: String,
    },
    /// Nobody has picked up in time.
    RingEnds { call: CallNumber, attempt: u32 },
    /// A conversation is over.
    TalkEnds { call: CallNumber },
    /// A caller's patience is at its end.
    Patience { call: CallNumber },
    /// An agent can be rung again.
    Free { agent: String },
}

/// Something that has happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) at: Millis,
    pub(super) call: CallNumber,
    pub(super) status: Status,
    pub(super) agent: Option<String>,
}
