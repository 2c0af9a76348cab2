//! The calls of one agent within a day, worked out from the facts of each call: a set as well, so their order is nothing.

use std::collections::BTreeMap;

use super::Millis;
use super::facts::{MissedRing, Part, RING_PASSES_MS};
use routing::activity::AgentActivity;

/// What is longer ago does not count.
const DAY_MS: Millis = 24 * 3_600_000;

/// Nobody talks longer: the event that the call is over got lost.
const LONGEST_CALL_MS: Millis = 4 * 3_600_000;

/// How many calls of a day are counted, one every 20 seconds: more would be a machine's.
const MAX_CALLS: usize = 4_320;

/// How many rings that were let pass are remembered; more in a row make no difference.
const MAX_MISSED: usize = 100;

/// What is remembered of an agent. Calls go by their hash.
#[derive(Debug, Default)]
pub(super) struct AgentCalls {
    /// By when they were.
    parts: BTreeMap<(Millis, u64), TalkSpan>,
    /// When the agent was told of having taken each of `parts`, in order: these are counted.
    taken: Vec<Millis>,
    /// The last of all ends.
    ended: Option<Millis>,
    /// The last ring: whoever does not answer goes to the end of the queue.
    rung: Option<Millis>,
    /// The rings that they let pass, since when each goes on.
    missed: BTreeMap<(Millis, u64), Millis>,
}

/// From when until when an agent had a call.
#[derive(Clone, Copy, Debug)]
struct TalkSpan {
    began: Millis,
    ended: Option<Millis>,
}

impl AgentCalls {
    /// The agent is rung.
    pub(super) fn ring(&mut self, at: Millis) {
        self.rung = self.rung.max(Some(at));
    }

    /// The agent had, or has, part in a call.
    pub(super) fn add(&mut self, call: u64, part: &Part) {
        let span = TalkSpan {
            began: part.began.at,
            ended: part.ended.map(|ended| ended.at),
        };
        let before = self.parts.insert((part.position(), call), span);
        self.uncount(before);
        let place = self.taken.partition_point(|taken| *taken <= span.began);
        self.taken.insert(place, span.began);
        self.ended = self.ended.max(span.ended);
        while self.parts.len() > MAX_CALLS || self.first_is_a_day_before(span.began) {
            let first = self.parts.pop_first();
            self.uncount(first.map(|(_, span)| span));
        }
    }

    /// What is known of that part is no longer so.
    pub(super) fn remove(&mut self, call: u64, part: &Part) {
        let Some(span) = self.parts.remove(&(part.position(), call)) else {
            return;
        };
        self.uncount(Some(span));
        if self.ended == span.ended {
            self.ended = self.parts.values().filter_map(|span| span.ended).max();
        }
    }

    /// The agent has let a ring pass.
    pub(super) fn miss(&mut self, call: u64, ring: &MissedRing) {
        self.missed.insert((ring.position(), call), ring.stamp.at);
        while self.missed.len() > MAX_MISSED {
            self.missed.pop_first();
        }
    }

    /// They have not.
    pub(super) fn forgive(&mut self, call: u64, ring: &MissedRing) {
        self.missed.remove(&(ring.position(), call));
    }

    fn first_is_a_day_before(&self, at: Millis) -> bool {
        match self.parts.values().next() {
            Some(span) => span.began <= at - DAY_MS,
            None => false,
        }
    }

    fn uncount(&mut self, span: Option<TalkSpan>) {
        if let Some(span) = span
            && let Ok(place) = self.taken.binary_search(&span.began)
        {
            self.taken.remove(place);
        }
    }

    /// What there is to know at a time. Nobody talks to two callers, so whatever came before the last call is over.
    pub(super) fn at(&self, now: Millis) -> AgentActivity {
        let open = self.open_call();
        let mut talking = false;
        let mut free_since = self.ended.max(self.rung);
        if let Some(since) = open {
            talking = now - since < LONGEST_CALL_MS;
            if !talking {
                // The end of that call got lost.
                free_since = Some(since);
            }
        }
        let day_ago = now - DAY_MS;
        free_since.take_if(|since| *since <= day_ago);
        let taken = self.taken.len() - self.taken.partition_point(|taken| *taken <= day_ago);
        let (missed_rings, missed_at) = self.missed(now);
        AgentActivity {
            talking,
            idle_ms: free_since.map(|since| since_ms(now, since)),
            calls_taken: u32::try_from(taken).unwrap_or(u32::MAX),
            missed_rings,
            missed_ms: missed_at.map_or(0, |missed_at| since_ms(now, missed_at)),
        }
    }

    /// When the last part was, among the parts. Which of several calls of that instant came last, nothing tells.
    fn last_position(&self) -> Option<Millis> {
        let (position, _) = self.parts.keys().next_back()?;
        Some(*position)
    }

    /// Since when they talk, if the last part goes on.
    fn open_call(&self) -> Option<Millis> {
        let last = self.last_position()?;
        let mut open = None;
        for ((position, _), span) in self.parts.iter().rev() {
            if *position < last {
                break;
            }
            if span.ended.is_none() {
                open = open.max(Some(span.began));
            }
        }
        open
    }

    /// How many rings in a row they let pass since their last call, and when the last of them was.
    fn missed(&self, now: Millis) -> (u32, Option<Millis>) {
        let last_part = self.last_position();
        let (mut rings, mut last) = (0, None);
        for ((position, _), at) in self.missed.iter().rev() {
            if Some(*position) <= last_part {
                break;
            }
            if now - at >= RING_PASSES_MS {
                rings += 1;
                last = last.max(Some(*at));
            }
        }
        (rings, last)
    }
}

fn since_ms(now: Millis, then: Millis) -> u64 {
    u64::try_from(now - then).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::facts::EventTime;
    use super::*;

    fn stamp(at: Millis) -> EventTime {
        EventTime::new(None, at)
    }

    fn part(began: Millis, ended: Option<Millis>) -> Part {
        Part {
            agent: "hoa".into(),
            began: stamp(began),
            ended: ended.map(stamp),
        }
    }

    fn agent(parts: &[(u64, Millis, Option<Millis>)]) -> AgentCalls {
        let mut agent = AgentCalls::default();
        for (call, began, ended) in parts {
            agent.add(*call, &part(*began, *ended));
        }
        agent
    }

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
                calls_taken,
                ..AgentActivity::default()
            }
        );
    }

    #[test]
    fn an_agent_is_idle_since_the_last_call_ended() {
        check(&AgentCalls::default(), 0, false, None, 0);
        let mut agent = agent(&[(1, 1_000, None)]);
        check(&agent, 2_000, true, None, 1);
        agent.remove(1, &part(1_000, None));
        agent.add(1, &part(1_000, Some(4_000)));
        check(&agent, 9_000, false, Some(5_000), 1);
        agent.remove(1, &part(1_000, Some(4_000)));
        agent.add(1, &part(1_000, Some(3_000)));
        check(&agent, 9_000, false, Some(6_000), 1);
    }

    #[test]
    fn who_does_not_answer_begins_anew() {
        let mut agent = agent(&[(1, 9_000, Some(10_000))]);
        agent.ring(15_000);
        agent.ring(14_000);
        check(&agent, 16_000, false, Some(1_000), 1);
    }

    #[test]
    fn what_is_a_day_old_does_not_count() {
        let agent = agent(&[(1, 0, Some(1_000)), (2, 2_000, Some(3_000))]);
        check(&agent, DAY_MS, false, Some(86_397_000), 1);
        check(&agent, DAY_MS + 2_999, false, Some(86_399_999), 0);
        check(&agent, DAY_MS + 3_000, false, None, 0);
    }

    #[test]
    fn an_end_that_never_came_is_made_up_for() {
        let mut agent = agent(&[(1, 0, None)]);
        check(&agent, LONGEST_CALL_MS - 1, true, None, 1);
        check(&agent, LONGEST_CALL_MS, false, Some(14_400_000), 1);
        agent.add(2, &part(LONGEST_CALL_MS, Some(LONGEST_CALL_MS + 1)));
        check(&agent, LONGEST_CALL_MS + 2, false, Some(1), 2);
    }

    #[test]
    fn a_clock_that_was_set_back_does_no_harm() {
        check(&agent(&[(1, 5_000, Some(6_000))]), 1_000, false, Some(0), 1);
    }

    #[test]
    fn rings_that_were_let_pass_count_from_the_last_call_on() {
        let mut agent = AgentCalls::default();
        let miss = |agent: &mut AgentCalls, call, at| {
            let ring = MissedRing {
                agent: "hoa".into(),
                stamp: stamp(at),
            };
            agent.miss(call, &ring);
            ring
        };
        let missed = |agent: &AgentCalls, now| {
            let known = agent.at(now);
            (known.missed_rings, known.missed_ms)
        };
        miss(&mut agent, 1, 1_000);
        let second = miss(&mut agent, 2, 30_000);
        assert_eq!(missed(&agent, 10_999), (0, 0), "it may still be answered");
        assert_eq!(missed(&agent, 11_000), (1, 10_000));
        assert_eq!(missed(&agent, 90_000), (2, 60_000));
        agent.forgive(2, &second);
        assert_eq!(missed(&agent, 90_000), (1, 89_000));
        agent.add(3, &part(50_000, None));
        miss(&mut agent, 2, 30_000);
        assert_eq!(missed(&agent, 90_000), (0, 0));
        miss(&mut agent, 4, 60_000);
        assert_eq!(missed(&agent, 90_000), (1, 30_000));
    }

    #[test]
    fn calls_of_one_instant_go_by_nothing_that_differs_between_servers() {
        for (ringing, talking) in [(1, 2), (2, 1)] {
            let mut agent = agent(&[(ringing, 5_000, Some(5_000)), (talking, 5_000, None)]);
            let stamp = stamp(5_000);
            agent.miss(
                ringing,
                &MissedRing {
                    agent: "hoa".into(),
                    stamp,
                },
            );
            let known = agent.at(60_000);
            assert!(known.talking, "{ringing} {talking}");
            assert_eq!(known.missed_rings, 0, "{ringing} {talking}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut agent = AgentCalls::default();
        for call in 0..10_000 {
            agent.add(call, &part(0, None));
            agent.miss(
                call,
                &MissedRing {
                    agent: "hoa".into(),
                    stamp: stamp(0),
                },
            );
        }
        assert_eq!(
            (agent.parts.len(), agent.taken.len()),
            (MAX_CALLS, MAX_CALLS)
        );
        assert_eq!(agent.missed.len(), MAX_MISSED);
    }
}
