//! What is known of agents and callers from calls that were taken.
//!
//! The strategies `longest_idle` and `fewest_calls`, and steps that ring a caller's last agent, depend on it.
//!
//! Whoever talks is put last, not left out: the event that ends a call can get lost. A ring that nobody answers starts the
//! idle time anew; else whoever never picks up would be the longest idle for ever.

use std::cmp::Reverse;
use std::sync::Arc;

use super::snapshot::Strategy;

/// Knows who took which calls.
///
/// The core only asks; where it comes from and for how long it is kept is up to the caller. Whoever knows nothing need
/// not say anything.
pub trait Activity {
    /// What is known of an agent, by the agent's id.
    fn agent(&self, _id: &str) -> AgentActivity {
        AgentActivity::default()
    }

    /// The agent who took a caller's last call.
    fn last_agent(&self, _caller: &str) -> Option<LastAgent> {
        None
    }
}

/// What the last 24 hours tell of an agent. The default is an agent of whom nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentActivity {
    /// Whether a call that they took goes on.
    pub talking: bool,
    /// Milliseconds since their last call ended or they were last rung; `None`: neither has happened.
    pub idle_ms: Option<u64>,
    /// How many calls they took.
    pub calls_taken: u32,
    /// How many rings in a row they have let pass since they last took a call.
    pub missed_rings: u32,
    /// Milliseconds since the last of these began; 0 if there is none.
    pub missed_ms: u64,
}

/// The agent who took a caller's last call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAgent {
    /// The agent's id; the rules may not know it any more.
    pub id: Arc<str>,
    /// How long ago the call was taken, in seconds.
    pub seconds_ago: u64,
}

/// Where an agent stands among the members of a group by what is known of them: the lower comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing is known of them, or nobody asks.
    Unknown,
    /// Milliseconds since their last call ended or they were last rung.
    Idle(Reverse<u64>),
    /// How many calls they took; of those who took as many, the same as above.
    Took(u32, Reverse<u64>),
    /// A call that they took goes on.
    Talking,
}

impl Standing {
    /// What counts for a group with this strategy.
    pub(super) fn of(strategy: Strategy, known: AgentActivity) -> Self {
        match (strategy, known) {
            (Strategy::Ordered | Strategy::Weighted | Strategy::Rotate | Strategy::Sticky, _) => {
                Self::Unknown
            }
            (_, AgentActivity { talking: true, .. }) => Self::Talking,
            (
                Strategy::FewestCalls,
                AgentActivity {
                    calls_taken,
                    idle_ms,
                    ..
                },
            ) => Self::Took(calls_taken, Reverse(idle_ms.unwrap_or(u64::MAX))),
            (Strategy::LongestIdle, AgentActivity { idle_ms, .. }) => {
                idle_ms.map_or(Self::Unknown, |idle_ms| Self::Idle(Reverse(idle_ms)))
            }
        }
    }
}
