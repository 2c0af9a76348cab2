//! Who took which call: what the platform's call events leave behind, in memory.
//!
//! ```text
//! event -> Ledger -> the order of `longest_idle` and `fewest_calls`, a caller's last agent
//!            \-> changes ... every 100 ms ... the journal's writer -> state/journal.db -> restored after a start
//! ```
//!
//! All times are those of our own clock when the event arrived: the platform's may differ, and all that matters is
//! what came before what. Events may come twice, in another order, or not at all. Everything is bounded: what was not
//! used for longest goes first.

mod agent;
mod past;
mod restore;
mod who;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;

use crate::config::JournalConfig;
use crate::generations::Generations;
use crate::store::TakenCall;
use crate::telemetry::masked;
use agent::AgentCalls;
use routing::activity::{AgentActivity, LastAgent};

pub use past::Past;
pub use who::{NoAgent, agent_of};

/// Milliseconds since 1970.
type Millis = i64;

/// How many calls are remembered to match their ends with, and as many again until they are forgotten.
const MAX_CALLS: usize = 50_000;

/// How long a call is remembered at least, unless there are too many.
const CALL_REMEMBERED: Duration = Duration::from_hours(4);

/// How many callers' last agents are remembered, and as many again until they are forgotten: some 50 MB.
pub const MAX_CALLERS: u32 = 500_000;

/// How many changes wait for the writer before they are dropped: minutes of a large center.
const MAX_CHANGES: usize = 16_384;

/// What is known of calls that were taken.
#[derive(Debug)]
pub struct Ledger {
    /// Chosen at start, so that nobody can make up calls that fall into one place.
    hasher: RandomState,
    is_written: bool,
    masks: bool,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    agents: HashMap<Arc<str>, AgentCalls>,
    calls: Generations<u64, Call>,
    callers: Generations<u64, LastCall>,
    changes: Changes,
}

/// A call that events have told of.
#[derive(Debug, Default)]
struct Call {
    taken: Option<TakenCall>,
    /// When it ended. An end can arrive before the answer.
    ended_at: Option<Timestamp>,
}

/// A caller's last call.
#[derive(Clone, Debug)]
struct LastCall {
    agent: Arc<str>,
    at: Millis,
}

/// What the writer has not fetched yet.
#[derive(Debug, Default)]
pub struct Changes {
    /// Calls that were taken, or have ended; of one call the later state comes later.
    pub calls: Vec<TakenCall>,
    /// How many there was no room for.
    pub dropped: u64,
}

impl Ledger {
    /// Knows nothing yet.
    pub fn new(config: &JournalConfig) -> Self {
        let most_callers = usize::try_from(MAX_CALLERS).unwrap_or(usize::MAX);
        Self {
            hasher: RandomState::new(),
            is_written: config.enabled,
            masks: config.mask_numbers,
            state: RwLock::new(State {
                agents: HashMap::new(),
                calls: Generations::new(MAX_CALLS, CALL_REMEMBERED),
                callers: Generations::new(most_callers, config.retention().unsigned_abs()),
                changes: Changes::default(),
            }),
        }
    }

    /// An agent is rung. It is not written down: it matters for minutes.
    pub fn ringing(&self, agent: &str, at: Timestamp) {
        let mut state = self.write();
        let agent = known(&mut state.agents, agent);
        state
            .agents
            .entry(agent)
            .or_default()
            .ring(at.as_millisecond());
    }

    /// An agent has taken a call. The same said again changes nothing; of two agents the first one's part is over.
    /// Of a call that is over, only who took it is news.
    pub fn answered(&self, call_id: &str, agent: &str, from: Option<&str>, at: Timestamp) {
        let key = self.hasher.hash_one(call_id);
        let mut state = self.write();
        let State {
            agents,
            calls,
            callers,
            changes,
        } = &mut *state;
        let call = calls.entry(key, period_ms(at), Call::default);
        if call.is_taken_by(agent) {
            return;
        }
        if let Some(earlier) = call.end_part(at) {
            end(agents, &earlier.agent, key, at);
            self.note(changes, earlier);
        }
        let agent = known(agents, agent);
        let taken = TakenCall {
            call_id: call_id.to_owned(),
            agent: String::from(&*agent),
            from: from.map(str::to_owned),
            answered_at: at,
            ended_at: call.ended_at,
        };
        call.taken = Some(taken.clone());
        let calls_of_agent = agents.entry(Arc::clone(&agent)).or_default();
        match call.ended_at {
            None => calls_of_agent.begin(key, at.as_millisecond()),
            Some(ended_at) => calls_of_agent.had(at.as_millisecond(), ended_at.as_millisecond()),
        }
        self.note(changes, &taken);
        if let Some(from) = from {
            self.remember(callers, from, agent, at);
        }
    }

    /// The agent's part in a call is over; somebody else may take it yet.
    pub fn agent_ended(&self, call_id: &str, at: Timestamp) {
        self.end(call_id, at, |_| ());
    }

    /// A call is over.
    pub fn ended(&self, call_id: &str, at: Timestamp) {
        self.end(call_id, at, |call| {
            call.ended_at.get_or_insert(at);
        });
    }

    fn end(&self, call_id: &str, at: Timestamp, and: impl FnOnce(&mut Call)) {
        let key = self.hasher.hash_one(call_id);
        let mut state = self.write();
        let State {
            agents,
            calls,
            changes,
            ..
        } = &mut *state;
        let call = calls.entry(key, period_ms(at), Call::default);
        and(call);
        if let Some(taken) = call.end_part(at) {
            end(agents, &taken.agent, key, at);
            self.note(changes, taken);
        }
    }

    /// What is known of an agent at a time.
    pub fn agent(&self, id: &str, now: Timestamp) -> AgentActivity {
        self.read()
            .agents
            .get(id)
            .map(|agent| agent.at(now.as_millisecond()))
            .unwrap_or_default()
    }

    /// The agent who took a caller's last call.
    pub fn last_agent(&self, caller: &str, now: Timestamp) -> Option<LastAgent> {
        let state = self.read();
        let last = state.callers.get(self.hasher.hash_one(caller))?;
        let ago = now.as_millisecond().saturating_sub(last.at) / 1000;
        Some(LastAgent {
            id: Arc::clone(&last.agent),
            seconds_ago: u64::try_from(ago).unwrap_or(0),
        })
    }

    /// Takes out what is to be written.
    pub fn take_changes(&self) -> Changes {
        // Most of the time there is nothing, and then nobody is kept from reading.
        if self.read().changes.calls.is_empty() {
            return Changes::default();
        }
        std::mem::take(&mut self.write().changes)
    }

    /// Frees what is forgotten, without keeping anybody from reading meanwhile.
    pub fn free_forgotten(&self) {
        let is_any =
            |State { calls, callers, .. }: &State| calls.has_forgotten() || callers.has_forgotten();
        if !is_any(&self.read()) {
            return;
        }
        let mut state = self.write();
        let forgotten = (state.calls.take_forgotten(), state.callers.take_forgotten());
        drop(state);
        drop(forgotten);
    }

    fn remember(
        &self,
        callers: &mut Generations<u64, LastCall>,
        from: &str,
        agent: Arc<str>,
        at: Timestamp,
    ) {
        let last = LastCall {
            agent,
            at: at.as_millisecond(),
        };
        let key = self.hasher.hash_one(from);
        *callers.entry(key, period_ms(at), || last.clone()) = last.clone();
    }

    fn note(&self, changes: &mut Changes, taken: &TakenCall) {
        if !self.is_written {
            return;
        }
        if changes.calls.len() >= MAX_CHANGES {
            changes.dropped += 1;
            return;
        }
        let from = taken.from.as_ref().map(|from| {
            if self.masks {
                masked(from).to_string()
            } else {
                from.clone()
            }
        });
        changes.calls.push(TakenCall {
            from,
            ..taken.clone()
        });
    }

    /// A panic elsewhere leaves the maps whole, so its poison is no reason to stop answering.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Whether that was known already. An agent can take a call again whose part in it was over, but no call that is.
    fn is_taken_by(&self, agent: &str) -> bool {
        let is_last = |taken: &TakenCall| taken.ended_at.is_none() || self.ended_at.is_some();
        self.taken
            .as_ref()
            .is_some_and(|taken| taken.agent == agent && is_last(taken))
    }

    /// Ends the part of whoever has the call, if anybody has.
    fn end_part(&mut self, at: Timestamp) -> Option<&TakenCall> {
        let taken = self
            .taken
            .as_mut()
            .filter(|taken| taken.ended_at.is_none())?;
        taken.ended_at = Some(at);
        Some(taken)
    }
}

/// The id as it is kept; each is kept once.
fn known(agents: &mut HashMap<Arc<str>, AgentCalls>, id: &str) -> Arc<str> {
    if let Some((known, _)) = agents.get_key_value(id) {
        return Arc::clone(known);
    }
    let id = Arc::from(id);
    agents.insert(Arc::clone(&id), AgentCalls::default());
    id
}

fn end(agents: &mut HashMap<Arc<str>, AgentCalls>, agent: &str, call: u64, at: Timestamp) {
    if let Some(agent) = agents.get_mut(agent) {
        agent.end(call, at.as_millisecond());
    }
}

fn period_ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
