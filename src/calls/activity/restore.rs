//! Takes over what the journal has of the time before a restart, while events come in already: these are facts as well.

use std::sync::Arc;

use jiff::Timestamp;

use super::facts::{CallFacts, EventTime, Fact, FactKind, MissedRing, Part};
use super::{CALL_REMEMBERED, LearnedEvent, Ledger, agent_mut, known, remember};
use crate::store::{LastTaken, MissedRingRow, TakenCall};

impl Ledger {
    /// Takes over a call that was taken before a start. Of one whose end has come since, the end is to be written.
    pub fn restore_call(&self, taken: &TakenCall, start: Timestamp) {
        let mut state = self.write();
        let part = Part {
            agent: known(&mut state.agents, &taken.agent),
            began: event_time(taken.answered_at),
            ended: taken.ended_at.map(event_time),
        };
        let (id, from) = (&*taken.call_id, taken.from.as_deref());
        // A day of older ones could push out those of now.
        if start.duration_since(taken.answered_at).unsigned_abs() < CALL_REMEMBERED {
            let written = Some(&part);
            let event = LearnedEvent {
                written,
                ..self.event(id, from)
            };
            self.learn(&mut state, &event, part.facts(), part.began);
        } else {
            agent_mut(&mut state.agents, &part.agent).add(self.key(id), &part);
            if let Some(caller) = self.event(id, from).caller {
                remember(&mut state.callers, caller, &part);
            }
        }
    }

    /// Takes over a ring that was let pass before a start.
    pub fn restore_missed(&self, missed: &MissedRingRow) {
        let mut state = self.write();
        let ring = MissedRing {
            agent: known(&mut state.agents, &missed.agent),
            stamp: event_time(missed.rung_at),
        };
        let calls = agent_mut(&mut state.agents, &ring.agent);
        calls.ring(ring.stamp.at);
        calls.miss(self.key(&missed.call_id), &ring);
    }

    /// Takes over who took a caller's last call.
    pub fn restore_last(&self, last: &LastTaken) {
        let mut state = self.write();
        let part = Part {
            agent: known(&mut state.agents, &last.agent),
            began: event_time(last.at),
            ended: None,
        };
        if let Some(caller) = self.event("", Some(&last.from)).caller {
            remember(&mut state.callers, caller, &part);
        }
    }
}

impl Part {
    /// The facts that such a part follows from.
    pub(super) fn facts(&self) -> CallFacts {
        let fact = |what, stamp| {
            CallFacts::of(Fact {
                what,
                agent: Arc::clone(&self.agent),
                stamp,
            })
        };
        let mut facts = fact(FactKind::Took, self.began);
        if let Some(ended) = self.ended {
            facts.merge(fact(FactKind::PartEnded, ended));
        }
        facts
    }
}

fn event_time(at: Timestamp) -> EventTime {
    EventTime::new(None, at.as_millisecond())
}
