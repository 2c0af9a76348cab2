//! The calls of one agent within a day.

use std::collections::VecDeque;

use super::Millis;
use routing::activity::AgentActivity;

/// What is longer ago does not count.
const DAY_MS: Millis = 24 * 3_600_000;

/// Nobody talks longer: the event that the call is over got lost.
const LONGEST_CALL_MS: Millis = 4 * 3_600_000;

/// How many calls of a day are counted, one every 20 seconds: more would be a machine's.
const MAX_CALLS: usize = 4_320;

/// What is remembered of an agent.
#[derive(Debug, Default)]
pub(super) struct AgentCalls {
    /// The call that goes on, by its key, and since when.
    talking: Option<(u64, Millis)>,
    /// When the last one ended, or when they were last rung: whoever does not answer goes to the end of the queue.
    free_since: Option<Millis>,
    /// When each call was taken, the oldest first.
    taken: VecDeque<Millis>,
}

impl AgentCalls {
    /// The agent has taken a call. Nobody talks to two callers, so an earlier call is over.
    pub(super) fn begin(&mut self, call: u64, at: Millis) {
        if self.talking.is_some() {
            self.free_since = Some(at);
        }
        self.talking = Some((call, at));
        self.count(at);
    }

    /// The agent had taken a call that is over, as is learned only now. They may have taken the next one since.
    pub(super) fn had(&mut self, at: Millis, ended_at: Millis) {
        if self.talking.is_none() {
            self.free_since = self.free_since.max(Some(ended_at));
        }
        self.count(at);
    }

    /// The agent is rung.
    pub(super) fn ring(&mut self, at: Millis) {
        self.free_since = Some(at);
    }

    /// A call of theirs is over.
    pub(super) fn end(&mut self, call: u64, at: Millis) {
        if self.talking.is_some_and(|(talking, _)| talking == call) {
            self.talking = None;
            self.free_since = Some(at);
        }
    }

    /// A call that they took before the restart. What is known already came later.
    pub(super) fn restore(&mut self, call: u64, at: Millis, ended_at: Option<Millis>) {
        if self.taken.back().is_none_or(|last| *last <= at) {
            self.talking = ended_at.is_none().then_some((call, at));
        }
        self.free_since = self.free_since.max(ended_at);
        self.count(at);
    }

    /// What comes late is put in its place.
    fn count(&mut self, at: Millis) {
        let place = self.taken.partition_point(|taken| *taken <= at);
        self.taken.insert(place, at);
        while self.taken.len() > MAX_CALLS
            || self
                .taken
                .front()
                .is_some_and(|taken| *taken <= at - DAY_MS)
        {
            self.taken.pop_front();
        }
    }

    /// What there is to know at a time.
    pub(super) fn at(&self, now: Millis) -> AgentActivity {
        let talking = self
            .talking
            .filter(|(_, since)| now - since < LONGEST_CALL_MS);
        let day_ago = now - DAY_MS;
        let lost = self
            .talking
            .filter(|_| talking.is_none())
            .map(|(_, since)| since);
        let free_since = lost.or(self.free_since).filter(|since| *since > day_ago);
        let taken = self.taken.len() - self.taken.partition_point(|taken| *taken <= day_ago);
        AgentActivity {
            talking: talking.is_some(),
            idle_ms: free_since.map(|since| u64::try_from(now - since).unwrap_or(0)),
            calls_taken: u32::try_from(taken).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        agent: &AgentCalls,
        now: Millis,
        talking: bool,
        idle_ms: Option<u64>,
        calls_taken: u32,
    ) {
        assert_eq!(
            agent.at(now),
            AgentActivity {
                talking,
                idle_ms,
                calls_taken
            }
        );
    }

    #[test]
    fn an_agent_is_idle_since_the_last_call_ended() {
        let mut agent = AgentCalls::default();
        check(&agent, 0, false, None, 0);
        agent.begin(1, 1_000);
        check(&agent, 2_000, true, None, 1);
        agent.end(2, 3_000);
        check(&agent, 3_000, true, None, 1);
        agent.end(1, 4_000);
        check(&agent, 9_000, false, Some(5_000), 1);
        agent.end(1, 8_000);
        check(&agent, 9_000, false, Some(5_000), 1);
    }

    #[test]
    fn who_does_not_answer_begins_anew() {
        let mut agent = AgentCalls::default();
        agent.ring(1_000);
        check(&agent, 9_000, false, Some(8_000), 0);
        agent.begin(1, 9_000);
        agent.end(1, 10_000);
        agent.ring(15_000);
        check(&agent, 16_000, false, Some(1_000), 1);
    }

    #[test]
    fn what_is_a_day_old_does_not_count() {
        let mut agent = AgentCalls::default();
        agent.begin(1, 0);
        agent.end(1, 1_000);
        agent.begin(2, 2_000);
        agent.end(2, 3_000);
        check(&agent, DAY_MS, false, Some(86_397_000), 1);
        check(&agent, DAY_MS + 2_999, false, Some(86_399_999), 0);
        check(&agent, DAY_MS + 3_000, false, None, 0);
    }

    #[test]
    fn an_end_that_never_came_is_made_up_for() {
        let mut agent = AgentCalls::default();
        agent.begin(1, 0);
        check(&agent, LONGEST_CALL_MS - 1, true, None, 1);
        check(&agent, LONGEST_CALL_MS, false, Some(14_400_000), 1);
        agent.begin(2, LONGEST_CALL_MS);
        agent.end(1, LONGEST_CALL_MS + 1);
        check(&agent, LONGEST_CALL_MS + 2, true, Some(2), 2);
    }

    #[test]
    fn a_clock_that_was_set_back_does_no_harm() {
        let mut agent = AgentCalls::default();
        agent.begin(1, 5_000);
        agent.end(1, 6_000);
        check(&agent, 1_000, false, Some(0), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut agent = AgentCalls::default();
        for call in 0..10_000 {
            agent.begin(call, 0);
        }
        assert_eq!(agent.taken.len(), MAX_CALLS);
    }
}
