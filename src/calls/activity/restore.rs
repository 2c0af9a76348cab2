//! Takes over what the journal has of the time before a restart, while events come in already.
//!
//! What is known by then is newer, so it stays as it is.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use jiff::Timestamp;

use super::{CALL_REMEMBERED, Call, LastCall, Ledger, State, known, period_ms};
use crate::generations::Generations;
use crate::store::{LastTaken, TakenCall};

impl Ledger {
    /// Takes over a call that was taken before a start. Of one whose end has come since, the end is to be written.
    pub fn restore_call(&self, mut taken: TakenCall, start: Timestamp) {
        let key = self.hasher.hash_one(&*taken.call_id);
        let mut state = self.write();
        let State {
            agents,
            calls,
            callers,
            changes,
        } = &mut *state;
        // A day of older ones could push out those of now.
        if start.duration_since(taken.answered_at).unsigned_abs() < CALL_REMEMBERED {
            let call = calls.entry(key, period_ms(taken.answered_at), Call::default);
            if call.restore(&mut taken) {
                self.note(changes, &taken);
            }
        }
        let agent = known(agents, &taken.agent);
        let (at, end) = (
            taken.answered_at.as_millisecond(),
            taken.ended_at.map(Timestamp::as_millisecond),
        );
        agents
            .entry(Arc::clone(&agent))
            .or_default()
            .restore(key, at, end);
        if let Some(from) = &taken.from {
            self.remember_unless_newer(callers, from, agent, taken.answered_at);
        }
    }

    /// Takes over who took a caller's last call.
    pub fn restore_last(&self, last: &LastTaken) {
        let mut state = self.write();
        let State {
            agents, callers, ..
        } = &mut *state;
        let agent = known(agents, &last.agent);
        self.remember_unless_newer(callers, &last.from, agent, last.at);
    }

    /// Masked numbers are nobody's.
    fn remember_unless_newer(
        &self,
        callers: &mut Generations<u64, LastCall>,
        from: &str,
        agent: Arc<str>,
        at: Timestamp,
    ) {
        let is_older = |known: &LastCall| known.at < at.as_millisecond();
        if !from.starts_with('…') && callers.get(self.hasher.hash_one(from)).is_none_or(is_older)
        {
            self.remember(callers, from, agent, at);
        }
    }
}

impl Call {
    /// Takes over an agent's part unless somebody has a later one; true if it has ended by what is known already.
    fn restore(&mut self, part: &mut TakenCall) -> bool {
        let later = self
            .taken
            .as_ref()
            .map(|taken| taken.answered_at)
            .filter(|later| *later >= part.answered_at);
        let has_ended = part.ended_at.is_none() && later.or(self.ended_at).is_some();
        if has_ended {
            part.ended_at = later.or(self.ended_at);
        }
        if later.is_none() {
            // What has ended may be the agent's part alone: somebody else can still take the call.
            self.taken = Some(part.clone());
        }
        has_ended
    }
}
