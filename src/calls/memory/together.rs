//! With which agent each call that waits begins, so that others begin with somebody else.
//!
//! An agent is set free when the call is answered, over, or not asked about for a minute, and when its list begins with
//! somebody else. Whoever lets a ring for a call pass is not kept as its first any more.

use std::collections::HashMap;

use routing::spread::StandsFirst;
use rustc_hash::FxBuildHasher;

/// How long an agent stands first for a call that nobody asks about.
const SET_FREE_MS: u64 = 60_000;

/// How often it is looked for such calls.
const LOOK_MS: u64 = 1_000;

/// For how many calls agents stand first at once; for more it is not noted.
const MAX_WAITING: usize = 16_384;

/// By hashes of calls and agents.
#[derive(Debug, Default)]
pub(super) struct FirstAgents {
    calls: HashMap<u64, First, FxBuildHasher>,
    /// For how many of `calls` each agent stands first.
    agents: HashMap<u64, u32, FxBuildHasher>,
    looked_ms: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    agent: u64,
    asked_ms: u64,
    /// Whether they were rung for the call since they stand first.
    was_rung: bool,
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
        let before = self.remove(call);
        let Some(agent) = agent else {
            return;
        };
        if self.calls.len() >= MAX_WAITING {
            return;
        }
        let was_rung = before.is_some_and(|first| first.agent == agent && first.was_rung);
        let first = First {
            agent,
            asked_ms: now_ms,
            was_rung,
        };
        self.calls.insert(call, first);
        *self.agents.entry(agent).or_default() += 1;
    }

    /// The agent is rung for the call.
    pub(super) fn is_rung(&mut self, call: u64, agent: u64) {
        if let Some(first) = self.calls.get_mut(&call)
            && first.agent == agent
        {
            first.was_rung = true;
        }
    }

    /// The call does not wait any more.
    pub(super) fn remove(&mut self, call: u64) -> Option<First> {
        let first = self.calls.remove(&call)?;
        if let Some(calls) = self.agents.get_mut(&first.agent) {
            *calls -= 1;
            if *calls == 0 {
                self.agents.remove(&first.agent);
            }
        }
        Some(first)
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
            self.remove(call);
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
            let (call, agent) = (chance("call", 10), chance("agent", AGENTS));
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
                for agent in 0..AGENTS {
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
                    Did::Over => drop(firsts.remove(call)),
                }
            }
        }
        assert!(checked > 10_000, "{checked} agents stood first for several");
    }

    #[test]
    fn memory_is_bounded_and_room_comes_back() {
        let mut firsts = FirstAgents::default();
        for call in 0..50_000 {
            firsts.begins_with(call, Some(call % 7), 0);
        }
        assert_eq!(firsts.calls.len(), MAX_WAITING);
        firsts.of(0, 0, SET_FREE_MS);
        assert!(firsts.calls.is_empty() && firsts.agents.is_empty());
    }
}
