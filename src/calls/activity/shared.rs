//! What call events have told here, for other servers; and what they have told there.

use jiff::Timestamp;

use super::facts::{CallFacts, EventTime, Fact, FactKind};
use super::{ActivityState, LearnedEvent, Ledger, MAX_CHANGES, known};
use crate::facts::{EventFact, EventFactKind, FactOfCalls, SharedFact};

/// What is to be told, with when it arrived.
pub(super) type ToTell = Vec<(i64, EventFact)>;

impl ActivityState {
    /// Has other servers told, if there are any.
    pub(super) fn note_to_tell(
        &mut self,
        kind: EventFactKind,
        event: &LearnedEvent<'_>,
        agent: &str,
        at: EventTime,
    ) {
        let Some(to_tell) = &mut self.to_tell else {
            return;
        };
        if to_tell.len() < MAX_CHANGES {
            let fact = EventFact {
                kind,
                call: event.call,
                caller: event.caller,
                agent: agent.into(),
                order: at.told_as(),
            };
            to_tell.push((at.at, fact));
        }
    }
}

impl Ledger {
    /// The same with room for a part of the calls and callers: there are so many ledgers in this process.
    #[must_use]
    pub fn in_part(mut self, parts: usize) -> Self {
        self.parts = parts;
        let mut state = self.write();
        let (calls, callers) = (state.calls.most() / parts, state.callers.most() / parts);
        state.calls.hold(calls);
        state.callers.hold(callers);
        drop(state);
        self
    }

    /// Shares what it learns with other servers, which hash calls with the same seed.
    #[must_use]
    pub fn shared(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.write().to_tell = Some(ToTell::new());
        self
    }

    /// Whether other servers are told.
    pub fn is_shared(&self) -> bool {
        self.read().to_tell.is_some()
    }

    /// Takes out what other servers are to be told.
    pub fn take_to_tell(&self, now: Timestamp) -> Vec<SharedFact> {
        // Most of the time there is nothing, and then nobody is kept from reading.
        let is_nothing = self.read().to_tell.as_ref().is_none_or(Vec::is_empty);
        if is_nothing {
            return Vec::new();
        }
        let taken = self.write().to_tell.as_mut().map(std::mem::take);
        let mut facts = Vec::new();
        for (at, event) in taken.unwrap_or_default() {
            let age_ms = now.as_millisecond().saturating_sub(at).max(0);
            let age_ms = u32::try_from(age_ms).unwrap_or(u32::MAX);
            let what = FactOfCalls::Event(Box::new(event));
            facts.push(SharedFact { age_ms, what });
        }
        facts
    }

    /// Takes in what another server was told, when it arrived there by our clock.
    pub fn hear(&self, event: &EventFact, at: Timestamp) {
        let stamp = EventTime::heard(event.order, at.as_millisecond());
        let mut state = self.write();
        let what = match event.kind {
            EventFactKind::Rung => Some(FactKind::Rung),
            EventFactKind::Took => Some(FactKind::Took),
            EventFactKind::PartEnded => Some(FactKind::PartEnded),
            EventFactKind::Over => None,
        };
        let facts = match what {
            Some(what) => CallFacts::of(Fact {
                what,
                agent: known(&mut state.agents, &event.agent),
                stamp,
            }),
            None => CallFacts::over(stamp),
        };
        let heard = LearnedEvent {
            call: event.call,
            id: None,
            from: None,
            caller: event.caller,
            written: None,
        };
        self.learn(&mut state, &heard, facts, stamp);
    }
}
