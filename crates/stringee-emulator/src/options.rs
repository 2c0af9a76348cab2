//! How a contact center is played.

use std::collections::BTreeSet;
use std::time::Duration;

/// What is played, for how long, and how fast.
#[derive(Clone, Debug)]
pub struct Play {
    /// Emulated seconds from the first call to the end.
    pub seconds: u32,
    /// Emulated seconds per second of the clock.
    pub speed: u32,
    /// Calls per emulated second over all hotlines that `hotline_rates` does not name.
    pub calls_per_second: f64,
    /// Calls per emulated second of single hotlines.
    pub hotline_rates: Vec<(String, f64)>,
    /// The same seed plays the same calls and people again.
    pub seed: u64,
    /// A webhook for all queues; without one each queue's own `get_list_agents_url` is asked.
    pub url: Option<String>,
    /// Where call events are posted, if anywhere.
    pub events_url: Option<String>,
    /// The seconds of waiting at which the rules let an answer change, if they are known.
    pub step_seconds: Option<BTreeSet<u32>>,
    /// What of its list a call keeps until such a second.
    pub kept: Kept,
    /// How people behave.
    pub behaviour: Behaviour,
    /// What the platform does not document.
    pub assumptions: Assumptions,
}

/// What of its list a call keeps while no step of its rule begins or ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Who is on it, and in which order.
    #[default]
    Order,
    /// Who is on it: call events decide about the order.
    Agents,
    /// Nothing: call events also decide about who is on it.
    Nothing,
}

/// How callers and agents behave.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// In how many percent of the cases an agent who is rung picks up.
    pub pick_up_percent: u32,
    /// How many percent of the agents are offline, drawn anew every five minutes for each of them.
    pub offline_percent: u32,
    /// How long a call lasts on average, in seconds.
    pub talk_seconds: u32,
    /// How long a caller waits on average before hanging up, in seconds.
    pub patience_seconds: u32,
    /// How many different callers there are.
    pub callers: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            pick_up_percent: 85,
            offline_percent: 10,
            talk_seconds: 180,
            patience_seconds: 120,
            callers: 1000,
        }
    }
}

/// What Stringee does not document, and what is taken for it.
#[derive(Clone, Copy, Debug)]
pub struct Assumptions {
    /// Seconds between two questions about a queue; 3 unless given.
    pub ask_every_seconds: u32,
    /// Which calls a question is about.
    pub which_calls: WhichCalls,
    /// How many calls one question may be about; 50 unless given, as in the lists of the REST API.
    pub calls_per_question: usize,
    /// How long an answer is waited for; 2 s unless given, the documented limit of the customer info URL.
    pub answer_limit: Duration,
    /// In which order a list is rung.
    pub ringing: Ringing,
    /// What comes of ringing an agent who is rung for another call.
    pub when_rung: WhenRung,
    /// What an empty list means.
    pub on_empty_list: OnEmptyList,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            ask_every_seconds: 3,
            which_calls: WhichCalls::default(),
            calls_per_question: 50,
            answer_limit: Duration::from_secs(2),
            ringing: Ringing::default(),
            when_rung: WhenRung::default(),
            on_empty_list: OnEmptyList::default(),
        }
    }
}

/// Which calls a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichCalls {
    /// All that wait and ring nobody at the moment, each time.
    #[default]
    Waiting,
    /// Those that ring somebody as well.
    Ringing,
    /// Each call once.
    New,
}

/// In which order a list is rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ringing {
    /// One after the other, from the first.
    #[default]
    InOrder,
    /// All who are free at once; the first to pick up has the call.
    AtOnce,
}

/// What comes of ringing an agent who is rung for another call. Who talks, or has a pause, is never rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenRung {
    /// They are rung in vain: nobody picks up two telephones, and the time is lost.
    #[default]
    InVain,
    /// They are skipped, as if they talked.
    Skipped,
}

/// What an empty list means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEmptyList {
    /// The caller goes on waiting.
    #[default]
    Wait,
    /// The call ends.
    HangUp,
}
