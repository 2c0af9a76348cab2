//! Calls that wait together begin with different agents, and whoever lets rings pass comes last.
//!
//! Three calls wait, all for a group of `an`, `binh` and `chi`. The first one begins with `an`. The second one finds that
//! `an` stands first for another call and puts them behind the others: it begins with `binh`, the third with `chi`. A
//! fourth call finds each of them once, and begins with `an` again. No ring is in vain, and nobody waits for the ring of
//! another call to end.

use smallvec::SmallVec;

use super::activity::{Activity, Standing};
use super::arena::{Arena, Index};
use super::candidate::{Candidate, USUAL_TEAM};
use super::explain::{Event, Observer};
use super::order::Turn;
use super::snapshot::{Agent, Group, Rule, Settings, Snapshot, Step, Target};
use super::tickets::Tickets;

/// For which calls that wait an agent stands first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandsFirst {
    /// For how many others.
    pub others: u32,
    /// For how many milliseconds that one of them has waited that waits longest; 0 if nobody wants to know.
    pub longest_wait_ms: u64,
    /// Whether for the call itself, since it was asked about before, and they have not let a ring for it pass.
    pub for_this_call: bool,
}

/// What comes before what inside a level; what is alike stays in order.
type SpreadKey = (bool, bool, u32);

/// Inside each level, puts the agent first with whom the call began before, and those behind with whom others begin.
pub(super) fn spread<'s>(
    candidates: &[Candidate],
    mut turns: &mut [Turn],
    snapshot: &Snapshot,
    tickets: &impl Tickets,
    observer: &mut impl Observer<'s>,
) {
    let mut keyed: SmallVec<[(SpreadKey, Turn); USUAL_TEAM]> = SmallVec::new();
    for members in candidates.chunk_by(|one, other| one.level == other.level) {
        let Some((level, rest)) = turns.split_at_mut_checked(members.len()) else {
            return;
        };
        turns = rest;
        keyed.clear();
        let mut is_any = false;
        for turn in &*level {
            let candidate = turn.of(candidates);
            let first = candidate
                .and_then(|candidate| snapshot.agents.get(candidate.agent))
                .map(|agent| tickets.stands_first(&agent.id))
                .unwrap_or_default();
            if first.others > 0
                && let Some(Candidate { agent, .. }) = candidate
            {
                observer.note(Event::StandsFirst {
                    agent: *agent,
                    first,
                });
            }
            is_any |= first.others > 0 || first.for_this_call;
            let talks = candidate.is_some_and(|known| known.standing == Standing::Talking);
            keyed.push(((talks, !first.for_this_call, first.others), *turn));
        }
        if is_any {
            // A stable sort: what is alike stays in the strategy's order.
            keyed.sort_by_key(|(key, _)| *key);
            for (place, (_, turn)) in level.iter_mut().zip(&keyed) {
                *place = *turn;
            }
        }
    }
}

/// Puts those last who have let so many rings in a row pass, for a while, and leaves all else as it is.
pub(super) fn let_rest<'s>(
    candidates: &[Candidate],
    turns: &mut [Turn],
    snapshot: &Snapshot,
    activity: &impl Activity,
    observer: &mut impl Observer<'s>,
) {
    let rests = |turn: &Turn| {
        let candidate = turn.of(candidates)?;
        let agent: &Agent = snapshot.agents.get(candidate.agent)?;
        let known = activity.agent(&agent.id);
        let rests = snapshot.settings.rests(known.missed_rings, known.missed_ms);
        rests.then_some(Event::Rests {
            agent: candidate.agent,
            rings: known.missed_rings,
            missed_ms: known.missed_ms,
        })
    };
    let mut resting: SmallVec<[bool; USUAL_TEAM]> = SmallVec::new();
    for turn in &*turns {
        let rest = rests(turn);
        resting.push(rest.is_some());
        if let Some(rests) = rest {
            observer.note(rests);
        }
    }
    if resting.contains(&true) {
        let mut keyed: SmallVec<[(bool, Turn); USUAL_TEAM]> =
            resting.into_iter().zip(turns.iter().copied()).collect();
        keyed.sort_by_key(|(rests, _)| *rests);
        for (place, (_, turn)) in turns.iter_mut().zip(&keyed) {
            *place = *turn;
        }
    }
}

/// The queues whose calls choose one after the other, because a rule for them has a priority or rings a group that spreads.
#[derive(Clone, Debug, Default)]
pub(super) struct RankedQueues {
    all: bool,
    queues: Vec<Box<str>>,
}

impl RankedQueues {
    pub(super) fn new(
        rules: &Arena<Rule>,
        groups: &Arena<Group>,
        fallback: Option<Index<Group>>,
    ) -> Self {
        let spreads = |group| match groups.get(group) {
            Some(group) => group.spread,
            None => false,
        };
        let mut ranked = Self {
            all: fallback.is_some_and(spreads),
            queues: Vec::new(),
        };
        for rule in rules.values() {
            let rings = |step: &Step| matches!(step.target, Target::Group(group) if spreads(group));
            if !rule.enabled || rule.priority == 0 && !rule.steps.iter().any(rings) {
                continue;
            }
            match &rule.conditions.queues {
                None => ranked.all = true,
                Some(queues) => ranked.queues.extend(queues.iter().cloned()),
            }
        }
        ranked.queues.sort_unstable();
        ranked.queues.dedup();
        ranked
    }

    pub(super) const fn is_any(&self) -> bool {
        self.all || !self.queues.is_empty()
    }

    pub(super) fn contains(&self, queue_id: &str) -> bool {
        self.all
            || self
                .queues
                .binary_search_by(|queue| (**queue).cmp(queue_id))
                .is_ok()
    }
}

impl Settings {
    /// Whether an agent who has let so many rings in a row pass, the last one so long ago, is put last.
    pub(super) fn rests(&self, missed_rings: u32, missed_ms: u64) -> bool {
        const MS_PER_MINUTE: u64 = 60_000;
        self.missed_rings > 0
            && missed_rings >= u32::from(self.missed_rings)
            && missed_ms < u64::from(self.missed_rest_minutes) * MS_PER_MINUTE
    }
}
