//! The naive model: a list of what has happened, looked through each time that somebody asks.

use std::cmp::Reverse;

use super::{AGENTS, MISSED_RINGS, REST_MS};
use routing::hash::{hash, numerator};

/// What can happen to a call; agents by their place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Did {
    /// It was asked about, and its list began with the agent.
    Asked(usize),
    Rung(usize),
    Took(usize),
    PartEnded(usize),
    Over,
}

/// All that has happened.
#[derive(Default)]
pub(super) struct NaiveHistory {
    pub(super) calls: Vec<Vec<(i64, Did)>>,
    /// The rings and calls of each agent: when, and which call.
    agents: [Vec<(i64, usize)>; AGENTS.len()],
}

/// From when until when an agent had a call.
struct TalkTime {
    began: i64,
    ended: Option<i64>,
}

impl NaiveHistory {
    pub(super) fn note(&mut self, at: i64, call: usize, did: Did) {
        self.calls[call].push((at, did));
        if let Did::Rung(agent) | Did::Took(agent) = did {
            self.agents[agent].push((at, call));
        }
    }

    fn after(&self, call: usize, at: i64) -> impl Iterator<Item = (i64, Did)> {
        let later = self.calls[call].iter().filter(move |(then, _)| *then > at);
        later.copied()
    }

    fn happened(&self, call: usize, at: i64) -> Did {
        let found = self.calls[call].iter().find(|(then, _)| *then == at);
        found.unwrap().1
    }

    /// The calls that an agent took, in order.
    fn spans(&self, agent: usize) -> Vec<TalkTime> {
        let took = self.agents[agent].iter();
        let took = took.filter(|(at, call)| self.happened(*call, *at) == Did::Took(agent));
        let spans = took.map(|(began, call)| TalkTime {
            began: *began,
            ended: self.after(*call, *began).find_map(|(at, did)| match did {
                Did::PartEnded(who) if who != agent => None,
                Did::Asked(_) | Did::Rung(_) => None,
                Did::PartEnded(_) | Did::Took(_) | Did::Over => Some(at),
            }),
        });
        spans.collect()
    }

    /// When the last call was taken that an agent has not ended, as far as anybody knows.
    fn open_since(&self, agent: usize) -> Option<i64> {
        let spans = self.spans(agent);
        let last = spans.last().filter(|span| span.ended.is_none());
        last.map(|span| span.began)
    }

    fn talks(&self, agent: usize, now: i64) -> bool {
        let since = self.open_since(agent);
        since.is_some_and(|since| now - since < 4 * 3_600_000)
    }

    fn idle_ms(&self, agent: usize, now: i64) -> Option<i64> {
        let ended = self.spans(agent).iter().filter_map(|span| span.ended).max();
        let rung = self.agents[agent].iter().rev();
        let mut rung = rung.filter(|(at, call)| self.happened(*call, *at) == Did::Rung(agent));
        let rung = rung.next().map(|(at, _)| *at);
        let since = self.open_since(agent).or(ended.max(rung));
        since.map(|since| now - since)
    }

    /// Whether an agent has let enough rings pass in a row, the last one not long ago.
    pub(super) fn rests(&self, agent: usize, now: i64) -> bool {
        let mut missed = Vec::new();
        for (rung, call) in self.agents[agent].iter().rev() {
            match self.happened(*call, *rung) {
                Did::Took(_) => break,
                _ if now - rung >= 10_000 && self.let_pass(agent, *call, *rung) => {
                    missed.push(*rung);
                }
                _ => {}
            }
        }
        missed.len() >= MISSED_RINGS && missed.first().is_some_and(|last| now - last < REST_MS)
    }

    fn let_pass(&self, agent: usize, call: usize, rung: i64) -> bool {
        let in_time = |at| at - rung < 10_000;
        self.after(call, rung).all(|(at, did)| match did {
            Did::Took(who) => who != agent && !in_time(at),
            Did::Over => !in_time(at),
            Did::Asked(_) | Did::Rung(_) | Did::PartEnded(_) => true,
        })
    }

    /// With whom a call that waits begins, and whether they were rung for it since.
    pub(super) fn first(&self, call: usize, now: i64) -> Option<(usize, bool)> {
        let (mut first, mut asked) = (None, 0);
        for (at, did) in &self.calls[call] {
            first = first.filter(|_| at - asked < 60_000);
            match *did {
                Did::Asked(agent) => {
                    asked = *at;
                    first = first
                        .filter(|(before, _)| *before == agent)
                        .or(Some((agent, false)));
                }
                Did::Rung(agent) => {
                    first = first.map(|(who, was_rung)| (who, was_rung || who == agent));
                }
                Did::Took(_) | Did::Over => first = None,
                Did::PartEnded(_) => {}
            }
        }
        first.filter(|_| now - asked < 60_000)
    }

    /// Whom a call rings, and in which order.
    pub(super) fn list(&self, queue: &str, call: usize, now: i64) -> Vec<usize> {
        // Those who have nothing known of them come by the draw.
        let drawn = |agent: usize| Reverse(numerator(hash(&[AGENTS[agent].0, &call_id(call)])));
        let by_strategy = |agent: usize| {
            let idle = self.idle_ms(agent, now);
            match queue {
                "ordered" => (false, 0, None, Reverse(0)),
                _ if self.talks(agent, now) => (true, 0, None, drawn(agent)),
                "longest_idle" => (false, 0, idle.map(Reverse), drawn(agent)),
                _ => {
                    let idle = Some(Reverse(idle.unwrap_or(i64::MAX)));
                    (false, self.spans(agent).len(), idle, drawn(agent))
                }
            }
        };
        let firsts: Vec<_> = (0..self.calls.len())
            .map(|call| self.first(call, now))
            .collect();
        let spread = |agent: usize| {
            let talks = queue != "ordered" && self.talks(agent, now);
            let is_first =
                |first: &&Option<(usize, bool)>| first.is_some_and(|(who, _)| who == agent);
            let all = firsts.iter().filter(is_first).count();
            let own = firsts[call].filter(|(who, _)| *who == agent);
            let stays = own.is_some_and(|(_, was_rung)| !was_rung);
            (talks, !stays, all - usize::from(own.is_some()))
        };
        let mut list: Vec<usize> = (0..AGENTS.len()).collect();
        // Each sort leaves those who are alike as the one before has put them.
        list.sort_by_cached_key(|agent| by_strategy(*agent));
        list.sort_by_cached_key(|agent| spread(*agent));
        list.sort_by_key(|agent| AGENTS[*agent].1);
        list.sort_by_cached_key(|agent| self.rests(*agent, now));
        list
    }
}

pub(super) fn call_id(call: usize) -> String {
    format!("call-{call}")
}
