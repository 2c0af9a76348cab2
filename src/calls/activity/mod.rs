//! Who took which call: what the platform's call events leave behind, in memory.
//!
//! ```text
//! event -> Ledger -> the order of `longest_idle` and `fewest_calls`, a caller's last agent
//!            \-> changes ... every 100 ms ... the journal's writer -> state/journal.db -> restored after a start
//! ```
//!
//! Events may come twice, late, in another order, or not at all: what is known is a function of the set of them
//! (`facts.rs`, pure). What came before what is told by the platform's stamps; how long ago something was, by our own
//! clock when the event arrived. Everything is bounded: what was not used for longest goes first.

mod facts;
mod agent;
mod past;
mod restore;
mod shared;
mod who;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;

use crate::config::JournalConfig;
use crate::facts::{EventFactKind, hash_of};
use crate::generations::Generations;
use crate::store::{MissedRingRow, TakenCall};
use crate::telemetry::masked;
use agent::AgentCalls;
use facts::{CallFacts, Fact, FactKind, Part};
use routing::activity::{AgentActivity, LastAgent};
use shared::ToTell;

pub use facts::EventTime;
pub use past::Past;
pub use who::{NoAgent, agent_of};

/// Milliseconds since 1970.
type Millis = i64;

/// How many calls are remembered to match their ends with, and as many again until they are forgotten; with very many
/// agents more.
const MAX_CALLS: usize = 50_000;

/// The same by agents: two of each, the one that goes on and the one before.
const MAX_CALLS_PER_AGENT: usize = 2;

/// How long a call is remembered at least, unless there are too many.
const CALL_REMEMBERED: Duration = Duration::from_hours(4);

/// How many callers' last agents are remembered, and as many again until they are forgotten: some 50 MB.
pub const MAX_CALLERS: u32 = 500_000;

/// How many changes wait for the writer before they are dropped: minutes of a large center.
const MAX_CHANGES: usize = 16_384;

/// After so long a ring is over, whatever the agent's `answer_timeout` is: whoever has not answered by then does not.
const LONGEST_RING_MS: Millis = 120_000;

/// What is known of calls that were taken.
#[derive(Debug)]
pub struct Ledger {
    /// Chosen at start, so that nobody can make up calls that fall into one place; servers that tell each other have the same.
    seed: u64,
    is_written: bool,
    masks: bool,
    /// How many ledgers share the room for calls and callers.
    parts: usize,
    state: RwLock<ActivityState>,
}

#[derive(Debug)]
struct ActivityState {
    agents: HashMap<Arc<str>, AgentCalls>,
    calls: Generations<u64, Call>,
    callers: Generations<u64, LastCall>,
    changes: Changes,
    /// What other servers are to be told, if there are any.
    to_tell: Option<ToTell>,
    /// When rings began, and of which calls: the writer gets those that were let pass.
    rings: VecDeque<(Millis, u64)>,
}

/// A call that events have told of.
#[derive(Debug)]
struct Call {
    /// Empty: only other servers have told of it.
    id: Box<str>,
    /// Who calls, as far as it is known; of two names the greater.
    from: Option<Box<str>>,
    facts: CallFacts,
}

/// A caller's last call. Of two the greater counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LastCall {
    began: EventTime,
    agent: Arc<str>,
}

/// What an event tells of which call.
#[derive(Clone, Copy, Debug)]
struct LearnedEvent<'e> {
    call: u64,
    /// `None`: another server was told.
    id: Option<&'e str>,
    from: Option<&'e str>,
    /// By whom the call is the last one, if anybody.
    caller: Option<u64>,
    /// What is written down already.
    written: Option<&'e Part>,
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
            seed: RandomState::new().hash_one("ledger"),
            is_written: config.enabled,
            masks: config.mask_numbers,
            parts: 1,
            state: RwLock::new(ActivityState {
                agents: HashMap::new(),
                calls: Generations::new(MAX_CALLS, CALL_REMEMBERED),
                callers: Generations::new(most_callers, config.retention().unsigned_abs()),
                changes: Changes::default(),
                to_tell: None,
                rings: VecDeque::new(),
            }),
        }
    }

    /// An agent is rung for a call. Only if they let it pass, it is written down.
    pub fn ringing(&self, call_id: &str, agent: &str, at: EventTime) {
        self.agent_did(call_id, None, FactKind::Rung, agent, at);
    }

    /// An agent has taken a call.
    pub fn answered(&self, call_id: &str, agent: &str, from: Option<&str>, at: EventTime) {
        self.agent_did(call_id, from, FactKind::Took, agent, at);
    }

    /// An agent's part in a call is over; somebody else may take it yet.
    pub fn agent_ended(&self, call_id: &str, agent: &str, at: EventTime) {
        self.agent_did(call_id, None, FactKind::PartEnded, agent, at);
    }

    /// A call is over.
    pub fn ended(&self, call_id: &str, at: EventTime) {
        let mut state = self.write();
        let event = self.event(call_id, None);
        if self.learn(&mut state, &event, CallFacts::over(at), at) {
            state.note_to_tell(EventFactKind::Over, &event, "", at);
        }
    }

    fn agent_did(
        &self,
        call_id: &str,
        from: Option<&str>,
        what: FactKind,
        agent: &str,
        stamp: EventTime,
    ) {
        let mut state = self.write();
        let id = known(&mut state.agents, agent);
        let fact = Fact {
            what,
            agent: id,
            stamp,
        };
        let event = self.event(call_id, from);
        if self.learn(&mut state, &event, CallFacts::of(fact), stamp) {
            state.note_to_tell(what.told_as(), &event, agent, stamp);
        }
    }

    /// An event that has come here.
    fn event<'e>(&self, call_id: &'e str, from: Option<&'e str>) -> LearnedEvent<'e> {
        LearnedEvent {
            call: self.key(call_id),
            id: Some(call_id),
            from,
            // Masked numbers are nobody's.
            caller: from
                .filter(|from| !from.starts_with('…'))
                .map(|from| self.key(from)),
            written: None,
        }
    }

    /// Adds to what is known of a call, has what is new of who had it written down unless it is already. False if nothing
    /// is new.
    fn learn(
        &self,
        state: &mut ActivityState,
        event: &LearnedEvent<'_>,
        facts: CallFacts,
        at: EventTime,
    ) -> bool {
        let key = event.call;
        let call = state.calls.entry(key, period_ms(at.at), || Call {
            id: Box::default(),
            from: None,
            facts: CallFacts::default(),
        });
        if call.id.is_empty() {
            call.id = event.id.unwrap_or_default().into();
        }
        if call.from.as_deref() < event.from {
            call.from = event.from.map(Into::into);
        }
        for rung in facts.rings() {
            agent_mut(&mut state.agents, &rung.agent).ring(rung.stamp.at);
            // Of what only other servers were told, one of those writes.
            if self.is_written && event.id.is_some() && state.rings.len() < MAX_CHANGES {
                state.rings.push_back((rung.stamp.at, key));
            }
        }
        let before = call.facts.clone();
        call.facts.merge(facts);
        if call.facts == before {
            return false;
        }
        let (parts, known) = (call.facts.parts(), before.parts());
        for ring in before.missed_rings() {
            agent_mut(&mut state.agents, &ring.agent).forgive(key, &ring);
        }
        for part in &known {
            agent_mut(&mut state.agents, &part.agent).remove(key, part);
        }
        for part in &parts {
            agent_mut(&mut state.agents, &part.agent).add(key, part);
        }
        for ring in call.facts.missed_rings() {
            agent_mut(&mut state.agents, &ring.agent).miss(key, &ring);
        }
        for part in parts.iter().filter(|part| !known.contains(part)) {
            // Of a call whose id only other servers were told, one of those writes.
            if !call.id.is_empty() && Some(part) != event.written {
                self.note(&mut state.changes, &call.taken(part));
            }
            if let Some(caller) = event.caller {
                remember(&mut state.callers, caller, part);
            }
        }
        true
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
        let last = state.callers.get(self.key(caller))?;
        let ago = now.as_millisecond().saturating_sub(last.began.at) / 1000;
        Some(LastAgent {
            id: Arc::clone(&last.agent),
            seconds_ago: u64::try_from(ago).unwrap_or(0),
        })
    }

    /// Remembers as many calls as so many agents need.
    pub fn make_room_for(&self, agents: usize) {
        let most = agents.saturating_mul(MAX_CALLS_PER_AGENT);
        let most = most.max(MAX_CALLS / self.parts);
        if self.read().calls.most() != most {
            self.write().calls.hold(most);
        }
    }

    /// Takes out what is to be written.
    pub fn take_changes(&self) -> Changes {
        // Most of the time there is nothing, and then nobody is kept from reading.
        if self.read().changes.calls.is_empty() {
            return Changes::default();
        }
        std::mem::take(&mut self.write().changes)
    }

    /// Takes out the rings that were let pass and are over.
    pub fn take_missed(&self, now: Timestamp) -> Vec<MissedRingRow> {
        let until = now.as_millisecond() - LONGEST_RING_MS;
        let is_over =
            |state: &ActivityState| state.rings.front().is_some_and(|(at, _)| *at <= until);
        if !is_over(&self.read()) {
            return Vec::new();
        }
        let (mut state, mut missed) = (self.write(), Vec::new());
        while is_over(&state) {
            let Some((at, key)) = state.rings.pop_front() else {
                break;
            };
            let Some(call) = state.calls.get(key) else {
                continue;
            };
            let rings = call.facts.missed_rings();
            missed.extend(
                rings
                    .filter(|ring| ring.stamp.at == at)
                    .map(|ring| MissedRingRow {
                        call_id: call.id.to_string(),
                        agent: ring.agent.to_string(),
                        rung_at: time(ring.stamp),
                    }),
            );
        }
        missed
    }

    /// Frees what is forgotten, without keeping anybody from reading meanwhile.
    pub fn free_forgotten(&self) {
        let is_any = |ActivityState { calls, callers, .. }: &ActivityState| {
            calls.has_forgotten() || callers.has_forgotten()
        };
        if !is_any(&self.read()) {
            return;
        }
        let mut state = self.write();
        let forgotten = (state.calls.take_forgotten(), state.callers.take_forgotten());
        drop(state);
        drop(forgotten);
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

    fn key(&self, id: &str) -> u64 {
        hash_of(id, self.seed)
    }

    /// A panic elsewhere leaves the maps whole, so its poison is no reason to stop answering.
    fn read(&self) -> RwLockReadGuard<'_, ActivityState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, ActivityState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// An agent's part in it, as the journal has it.
    fn taken(&self, part: &Part) -> TakenCall {
        TakenCall {
            call_id: self.id.clone().into(),
            agent: String::from(&*part.agent),
            from: self.from.clone().map(Into::into),
            answered_at: time(part.began),
            ended_at: part.ended.map(time),
        }
    }
}

/// Who took a caller's call, unless a later one is known.
fn remember(callers: &mut Generations<u64, LastCall>, caller: u64, part: &Part) {
    let call = LastCall {
        began: part.began,
        agent: Arc::clone(&part.agent),
    };
    let last = callers.entry(caller, period_ms(part.began.at), || call.clone());
    if *last < call {
        *last = call;
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

fn agent_mut<'s>(
    agents: &'s mut HashMap<Arc<str>, AgentCalls>,
    id: &Arc<str>,
) -> &'s mut AgentCalls {
    agents.entry(Arc::clone(id)).or_default()
}

fn time(stamp: EventTime) -> Timestamp {
    Timestamp::from_millisecond(stamp.at).unwrap_or_default()
}

fn period_ms(at: Millis) -> u64 {
    u64::try_from(at).unwrap_or(0)
}
