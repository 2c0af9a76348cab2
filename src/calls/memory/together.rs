//! With which agent each call that waits begins, so that others begin with somebody else.
//!
//! An agent is set free when the call is answered, over, or not asked about for a minute, and when its list begins with
//! somebody else. Whoever lets a ring for a call pass is not kept as its first any more.

use std::collections::HashMap;
use std::mem;

use routing::spread::StandsFirst;
use rustc_hash::FxBuildHasher;

use crate::facts::{FactOfCalls, FirstAgent, SharedFact};

/// How long an agent stands first for a call that nobody asks about.
const SET_FREE_MS: u64 = 60_000;

/// How often it is looked for such calls.
const LOOK_MS: u64 = 1_000;

/// For how many calls agents stand first at once; for more it is not noted.
const MAX_WAITING: usize = 16_384;

/// How often it is told anew that a call still begins with the same agent.
const TOLD_AGAIN_MS: u64 = 20_000;

/// Nobody, as an agent.
const NOBODY: u64 = 0;

/// By hashes of calls and agents.
#[derive(Debug, Default)]
pub(super) struct FirstAgents {
    calls: HashMap<u64, First, FxBuildHasher>,
    /// For how many of `calls` each agent stands first.
    agents: HashMap<u64, u32, FxBuildHasher>,
    looked_ms: u64,
    /// The calls of which something is new.
    to_write: Vec<u64>,
    /// The same for other servers, if there are any.
    to_tell: Option<Vec<u64>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    /// [`NOBODY`] is remembered as well: what is heard late must not put somebody back.
    agent: u64,
    asked_ms: u64,
    /// Whether they were rung for the call since they stand first.
    was_rung: bool,
    told_ms: u64,
}

impl FirstAgents {
    /// For which calls an agent stands first when this call is asked about.
    pub(super) fn of(&mut self, call: u64, agent: u64, now_ms: u64) -> StandsFirst {
        self.set_free(now_ms);
        let all = self.agents.get(&agent).copied().unwrap_or(0);
        let own = self.calls.get(&call).filter(|first| first.agent == agent);
        StandsFirst {
            others: all - u32::from(own.is_some()),
            longest_wait_ms: 0,
            for_this_call: own.is_some_and(|first| !first.was_rung),
        }
    }

    /// The call's list begins with this agent; `None`: with nobody who matters.
    pub(super) fn begins_with(&mut self, call: u64, agent: Option<u64>, now_ms: u64) {
        let before = self.calls.get(&call).copied();
        let agent = match (agent, before) {
            (None, None) => return,
            (agent, _) => agent.unwrap_or(NOBODY),
        };
        let before = before.filter(|first| first.agent == agent);
        let mut first = First {
            agent,
            asked_ms: now_ms,
            was_rung: before.is_some_and(|first| first.was_rung),
            told_ms: before.map_or(0, |first| first.told_ms),
        };
        let is_news = before.is_none() || now_ms.saturating_sub(first.told_ms) >= TOLD_AGAIN_MS;
        if is_news {
            first.told_ms = now_ms;
        }
        if self.put(call, first) && is_news {
            self.note(call);
        }
    }

    /// The agent is rung for the call.
    pub(super) fn is_rung(&mut self, call: u64, agent: u64) {
        if let Some(first) = self.calls.get_mut(&call)
            && first.agent == agent
        {
            first.was_rung = true;
        }
    }

    /// The call does not wait any more. Whoever tells others of the event tells that as well.
    pub(super) fn remove(&mut self, call: u64, at_ms: u64) {
        let Some(first) = self.calls.get(&call).copied() else {
            return;
        };
        // What was asked before the event may be heard after it.
        let ended = First {
            agent: NOBODY,
            asked_ms: first.asked_ms.max(at_ms),
            ..first
        };
        self.put(call, ended);
    }

    /// Takes in with whom a call began anywhere. The later counts.
    pub(super) fn hear(&mut self, heard: &FirstAgent, asked_ms: u64) {
        let first = First {
            agent: heard.agent,
            asked_ms,
            was_rung: heard.was_rung,
            told_ms: asked_ms,
        };
        let known = self.calls.get(&heard.call).copied();
        if let Some(known) = known {
            if (known.asked_ms, known.agent) > (asked_ms, heard.agent) {
                return;
            }
            let was_rung = known.agent == heard.agent && known.was_rung;
            self.put(
                heard.call,
                First {
                    was_rung: was_rung || first.was_rung,
                    ..first
                },
            );
        } else if heard.agent != NOBODY {
            self.put(heard.call, first);
        }
    }

    /// Puts it in its place; false if there is no room.
    fn put(&mut self, call: u64, first: First) -> bool {
        if self.calls.len() >= MAX_WAITING && !self.calls.contains_key(&call) {
            return false;
        }
        let before = self.calls.insert(call, first);
        if let Some(before) = before {
            self.count_off(before.agent);
        }
        if first.agent != NOBODY {
            *self.agents.entry(first.agent).or_default() += 1;
        }
        true
    }

    fn count_off(&mut self, agent: u64) {
        if let Some(calls) = self.agents.get_mut(&agent) {
            *calls -= 1;
            if *calls == 0 {
                self.agents.remove(&agent);
            }
        }
    }

    fn note(&mut self, call: u64) {
        if self.to_write.len() < MAX_WAITING {
            self.to_write.push(call);
        }
        if let Some(to_tell) = &mut self.to_tell
            && to_tell.len() < MAX_WAITING
        {
            to_tell.push(call);
        }
    }

    /// From now on, other servers are told as well.
    pub(super) fn tell(&mut self) {
        self.to_tell = Some(Vec::new());
    }

    pub(super) const fn has_learned(&self) -> bool {
        !self.to_write.is_empty()
    }

    /// Takes out what is to be written.
    pub(super) fn take_learned(&mut self, now_ms: u64) -> Vec<SharedFact> {
        let calls = mem::take(&mut self.to_write);
        self.facts(&calls, now_ms)
    }

    /// Takes out what others are to be told.
    pub(super) fn take_to_tell(&mut self, now_ms: u64) -> Vec<SharedFact> {
        let calls = self.to_tell.as_mut().map(mem::take).unwrap_or_default();
        self.facts(&calls, now_ms)
    }

    /// All that is remembered.
    pub(super) fn all(&self, now_ms: u64) -> Vec<SharedFact> {
        let calls: Vec<u64> = self.calls.keys().copied().collect();
        self.facts(&calls, now_ms)
    }

    fn facts(&self, calls: &[u64], now_ms: u64) -> Vec<SharedFact> {
        let mut facts = Vec::with_capacity(calls.len());
        for call in calls {
            let Some(first) = self.calls.get(call) else {
                continue;
            };
            let what = FactOfCalls::Begins(FirstAgent {
                call: *call,
                agent: first.agent,
                was_rung: first.was_rung,
            });
            facts.push(SharedFact::since(first.asked_ms, now_ms, what));
        }
        facts
    }

    fn set_free(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.looked_ms) < LOOK_MS {
            return;
        }
        self.looked_ms = now_ms;
        let is_old = |first: &First| now_ms.saturating_sub(first.asked_ms) >= SET_FREE_MS;
        let old = self.calls.iter().filter(|(_, first)| is_old(first));
        let old: Vec<u64> = old.map(|(call, _)| *call).collect();
        for call in old {
            if let Some(first) = self.calls.remove(&call) {
                self.count_off(first.agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use routing::hash::hash;

    const AGENTS: u64 = 6;

    #[derive(Clone, Copy, Debug)]
    enum Did {
        BeginsWith(u64),
        Rung(u64),
        Over,
    }

    /// What happened when to which call, all of it, looked through from the beginning each time.
    #[derive(Default)]
    struct Naive(Vec<(u64, u64, Did)>);

    impl Naive {
        /// With whom a call begins, and whether they were rung since.
        fn first(&self, call: u64, now_ms: u64) -> Option<(u64, bool)> {
            let mut first = None;
            let mut asked_ms = 0;
            for (at_ms, of, did) in &self.0 {
                if *of != call {
                    continue;
                }
                if at_ms - asked_ms >= SET_FREE_MS {
                    first = None;
                }
                match (*did, first) {
                    (Did::BeginsWith(agent), Some((before, _))) if agent == before => {}
                    (Did::BeginsWith(agent), _) => first = Some((agent, false)),
                    (Did::Rung(agent), Some((before, _))) if agent == before => {
                        first = Some((agent, true));
                    }
                    (Did::Rung(_), _) => {}
                    (Did::Over, _) => first = None,
                }
                if matches!(did, Did::BeginsWith(_)) {
                    asked_ms = *at_ms;
                }
            }
            first.filter(|_| now_ms - asked_ms < SET_FREE_MS)
        }

        fn of(&self, call: u64, agent: u64, calls: u64, now_ms: u64) -> StandsFirst {
            let is_first = |of: &u64| {
                self.first(*of, now_ms)
                    .is_some_and(|(first, _)| first == agent)
            };
            let others = (0..calls).filter(|of| *of != call && is_first(of)).count();
            StandsFirst {
                others: u32::try_from(others).unwrap(),
                longest_wait_ms: 0,
                for_this_call: self.first(call, now_ms) == Some((agent, false)),
            }
        }
    }

    /// Eight hours in which something happens each second to one of the calls of the time.
    #[test]
    fn eight_hours_of_calls_are_as_a_naive_model_says() {
        let (mut firsts, mut naive) = (FirstAgents::default(), Naive::default());
        let mut checked = 0_u32;
        for second in 0..8 * 3_600_u64 {
            let now_ms = second * 1_000;
            let chance = |of: &str, below: u64| hash(&[of, &second.to_string()]) % below;
            // Ten calls at a time; each number is another call every ten minutes, when all of it is forgotten.
            let (call, agent) = (chance("call", 10), 1 + chance("agent", AGENTS));
            if second % 600 == 0 {
                naive.0.clear();
                firsts = FirstAgents::default();
            }
            let did = match chance("did", 10) {
                0..=5 => Did::BeginsWith(agent),
                6..=8 => Did::Rung(agent),
                _ => Did::Over,
            };
            // Nothing happens for a while now and then.
            if second % 600 < 500 || second % 600 > 570 {
                for agent in 1..=AGENTS {
                    let known = firsts.of(call, agent, now_ms);
                    let expected = naive.of(call, agent, 10, now_ms);
                    assert_eq!(
                        known, expected,
                        "call {call}, agent {agent}, second {second}"
                    );
                    checked += u32::from(expected.others > 1);
                }
                naive.0.push((now_ms, call, did));
                match did {
                    Did::BeginsWith(agent) => firsts.begins_with(call, Some(agent), now_ms),
                    Did::Rung(agent) => firsts.is_rung(call, agent),
                    Did::Over => firsts.remove(call, now_ms),
                }
            }
        }
        assert!(checked > 10_000, "{checked} agents stood first for several");
    }

    #[test]
    fn memory_is_bounded_and_room_comes_back() {
        let mut firsts = FirstAgents::default();
        for call in 0..50_000 {
            firsts.begins_with(call, Some(1 + call % 7), 0);
        }
        assert_eq!(firsts.calls.len(), MAX_WAITING);
        assert_eq!(firsts.take_learned(0).len(), MAX_WAITING);
        firsts.of(0, 1, SET_FREE_MS);
        assert!(firsts.calls.is_empty() && firsts.agents.is_empty());
    }

    #[test]
    fn what_is_heard_is_as_if_it_had_been_asked_here() {
        let (mut one, mut other) = (FirstAgents::default(), FirstAgents::default());
        one.tell();
        one.begins_with(1, Some(7), 1_000);
        for asked_ms in [2_000, 15_000, 22_000] {
            one.begins_with(1, Some(7), asked_ms);
        }
        let told = one.take_to_tell(30_000);
        assert_eq!(told.len(), 2, "anew after 20 s");
        for fact in &told {
            let FactOfCalls::Begins(first) = &fact.what else {
                panic!("{fact:?}");
            };
            other.hear(first, 30_000 - u64::from(fact.age_ms));
        }
        assert_eq!(other.of(2, 7, 30_000).others, 1);
        assert_eq!(
            other.of(2, 7, 82_000).others,
            0,
            "not asked about for a minute"
        );
        other.hear(
            &FirstAgent {
                call: 1,
                agent: 7,
                was_rung: false,
            },
            90_000,
        );
        other.remove(1, 91_020);
        for asked_ms in [89_000, 91_000] {
            other.hear(
                &FirstAgent {
                    call: 1,
                    agent: 7,
                    was_rung: false,
                },
                asked_ms,
            );
            assert_eq!(
                other.of(2, 7, 91_050).others,
                0,
                "what was asked before the event does not count: {asked_ms}"
            );
        }
    }
}
