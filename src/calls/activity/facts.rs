//! What events have told of one call: a set, so that it does not matter in which order they come, or how often.
//!
//! Two sets are joined by [`CallFacts::merge`], which is commutative, associative and idempotent. Who has the call, from
//! when until when, and who was rung for it in vain is worked out from the set alone.

use std::sync::Arc;

use super::Millis;
use crate::facts::{EventFactKind, EventOrder};

/// How many facts of one call are kept; of more, those that happened last.
const MAX_FACTS: usize = 32;

/// How long an event may be under way. A stamp outside of that is from a clock that is set otherwise.
const LONGEST_WAY_MS: Millis = 600_000;

/// Whoever has not answered after so long has let the ring pass. If the call is taken or given up before, nobody has.
pub(super) const RING_PASSES_MS: Millis = 10_000;

/// When something happened: the lower, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventTime {
    /// By the platform's clock. It only says what came before what.
    order: Millis,
    /// When we were told, by our clock.
    pub(super) at: Millis,
}

impl EventTime {
    /// What the platform's clock says of an event that arrives now, if it says something that can be.
    pub fn new(stamp: Option<Millis>, at: Millis) -> Self {
        let order = stamp.unwrap_or(at).clamp(at - LONGEST_WAY_MS, at);
        Self { order, at }
    }

    /// As others are told: a stamp of the platform's is the same everywhere, our clock's times are not.
    pub(super) fn told_as(self) -> EventOrder {
        let before = self.at - self.order;
        if before == 0 || before == LONGEST_WAY_MS {
            return EventOrder::BeforeArrival(u32::try_from(before).unwrap_or(0));
        }
        EventOrder::Stamp(self.order)
    }

    /// As told by another server, when it arrived there by our clock.
    pub(super) fn heard(order: EventOrder, at: Millis) -> Self {
        let order = match order {
            EventOrder::Stamp(order) => order,
            EventOrder::BeforeArrival(before) => at - Millis::from(before),
        };
        Self { order, at }
    }
}

/// What can happen to a call that an agent has part in. Of the same instant, what comes first here came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FactKind {
    Rung,
    Took,
    PartEnded,
}

impl FactKind {
    pub(super) const fn told_as(self) -> EventFactKind {
        match self {
            Self::Rung => EventFactKind::Rung,
            Self::Took => EventFactKind::Took,
            Self::PartEnded => EventFactKind::PartEnded,
        }
    }
}

/// One thing that an event has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) what: FactKind,
    pub(super) agent: Arc<str>,
    pub(super) stamp: EventTime,
}

/// All that events have told of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CallFacts {
    /// By [`Fact::key`], each once.
    facts: Vec<Fact>,
    /// The earliest end.
    over: Option<EventTime>,
}

/// An agent's part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) agent: Arc<str>,
    pub(super) began: EventTime,
    pub(super) ended: Option<EventTime>,
}

/// A ring that an agent has let pass, unless they answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedRing {
    pub(super) agent: Arc<str>,
    pub(super) stamp: EventTime,
}

impl Fact {
    fn key(&self) -> (Millis, FactKind, &str) {
        (self.stamp.order, self.what, &self.agent)
    }
}

impl CallFacts {
    /// A set of one.
    pub(super) fn of(fact: Fact) -> Self {
        Self {
            facts: vec![fact],
            over: None,
        }
    }

    /// That the call is over.
    pub(super) const fn over(at: EventTime) -> Self {
        Self {
            facts: Vec::new(),
            over: Some(at),
        }
    }

    /// Takes in what is known elsewhere. Of what is known twice, the earlier arrival counts.
    pub(super) fn merge(&mut self, other: Self) {
        for fact in other.facts {
            match self.facts.binary_search_by_key(&fact.key(), Fact::key) {
                Ok(place) => {
                    if let Some(known) = self.facts.get_mut(place) {
                        known.stamp.at = known.stamp.at.min(fact.stamp.at);
                    }
                }
                Err(place) => self.facts.insert(place, fact),
            }
        }
        let too_many = self.facts.len().saturating_sub(MAX_FACTS);
        self.facts.drain(..too_many);
        self.over = self.over.into_iter().chain(other.over).min();
    }

    /// Who was rung for it.
    pub(super) fn rings(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(|fact| fact.what == FactKind::Rung)
    }

    /// Who took the call, one after the other. A part ends with the agent's own end, with the next agent's beginning, or
    /// with the call. Of a call that is over, nobody takes a second part: that is the first one, told late.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for Fact { what, agent, stamp } in &self.facts {
            let open = match parts.last_mut() {
                Some(part) if part.ended.is_none() => Some(part),
                _ => None,
            };
            match (what, open) {
                (FactKind::Took, Some(open)) if open.agent == *agent => {
                    open.began.at = open.began.at.min(stamp.at);
                }
                (FactKind::Took, open) => {
                    if let Some(open) = open {
                        open.ended = Some(*stamp);
                    }
                    let is_over = match self.over {
                        Some(over) => over.order <= stamp.order,
                        None => false,
                    };
                    if !is_over || parts.iter().all(|part| part.agent != *agent) {
                        parts.push(Part {
                            agent: Arc::clone(agent),
                            began: *stamp,
                            ended: None,
                        });
                    }
                }
                (FactKind::PartEnded, Some(open)) if open.agent == *agent => {
                    open.ended = Some(*stamp);
                }
                _ => {}
            }
        }
        for part in &mut parts {
            part.ended = part.ended.into_iter().chain(self.over).min();
        }
        parts
    }

    /// Who was rung and did not answer, though there was time to.
    pub(super) fn missed_rings(&self) -> impl Iterator<Item = MissedRing> {
        let missed = self.rings().filter(|fact| self.is_missed(fact));
        missed.map(|fact| MissedRing {
            agent: Arc::clone(&fact.agent),
            stamp: fact.stamp,
        })
    }

    fn is_missed(&self, rung: &Fact) -> bool {
        let from = rung.stamp.order;
        let in_time = |order: Millis| (from..from + RING_PASSES_MS).contains(&order);
        let took = |fact: &Fact| {
            let order = fact.stamp.order;
            fact.what == FactKind::Took
                && (in_time(order) || fact.agent == rung.agent && order >= from)
        };
        if let Some(over) = self.over
            && in_time(over.order)
        {
            return false;
        }
        !self.facts.iter().any(took)
    }
}

impl Part {
    /// When it was, among the agent's other parts: one that is learned of after its end was before that.
    pub(super) fn position(&self) -> Millis {
        match self.ended {
            Some(ended) => self.began.order.min(ended.order),
            None => self.began.order,
        }
    }
}

impl MissedRing {
    /// When it was, on the same scale as [`Part::position`].
    pub(super) const fn position(&self) -> Millis {
        self.stamp.order
    }
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
