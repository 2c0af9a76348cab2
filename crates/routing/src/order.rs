//! The order of a step's candidates: by level, then by the group's strategy.
//!
//! ```text
//! ordered    position, then id                          the same for each call
//! weighted   -ln(u) / weight, u from (agent, callId)    a draw that each ask about a call repeats
//! sticky     the same with the caller's number          a caller meets the same agent again
//! rotate     position, beginning behind the last turn   a call keeps its turn
//! ```
//!
//! `weighted` is the draw of an exponential clock for each agent: who has twice the weight rings first twice as often, and
//! an agent who leaves does not change the order of the others. Nothing is stored for it, so two servers and a server
//! that was started anew give the same order.

use smallvec::SmallVec;

use super::activity::{Activity, AgentActivity, Standing};
use super::arena::Index;
use super::call::Call;
use super::candidate::{Candidate, USUAL_TEAM};
use super::explain::Observer;
use super::hash::{Salted, fraction, numerator};
use super::snapshot::{Agent, Group, Snapshot, Strategy};
use super::spread::{let_rest, spread};
use super::tickets::{Ring, Tickets};

/// A candidate's turn: the lower comes first. The candidates themselves stay where they were gathered, so that the next
/// call finds them there; what is sorted is a quarter as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// What was drawn, as [`Candidate::rank`] has it.
    rank: u64,
    agent: Index<Agent>,
    /// Where the candidate stands among those who were gathered.
    place: u32,
}

/// The turns of a step's candidates.
pub(super) type Turns = SmallVec<[Turn; USUAL_TEAM]>;

/// The turns of a group's candidates, who come by level, position and agent id.
pub(super) fn put_in_order<'s>(
    candidates: &mut [Candidate],
    turns: &mut Turns,
    group: &Group,
    call: &Call<'_>,
    snapshot: &Snapshot,
    tickets: &mut impl Tickets,
    observer: &mut impl Observer<'s>,
) {
    by_strategy(candidates, turns, group, call, snapshot, tickets);
    if group.spread {
        spread(candidates, turns, snapshot, &*tickets, observer);
    }
    if snapshot.settings.missed_rings > 0 {
        let_rest(candidates, turns, snapshot, &*tickets, observer);
    }
}

fn by_strategy(
    candidates: &mut [Candidate],
    turns: &mut Turns,
    group: &Group,
    call: &Call<'_>,
    snapshot: &Snapshot,
    tickets: &mut impl Tickets,
) {
    match group.strategy {
        Strategy::Ordered => as_gathered(candidates, turns),
        Strategy::Weighted => draw(candidates, turns, call.call_id, snapshot),
        Strategy::Sticky => {
            let salt = match &call.from {
                Some(from) => from.as_str(),
                None => call.call_id,
            };
            draw(candidates, turns, salt, snapshot);
        }
        Strategy::LongestIdle | Strategy::FewestCalls => {
            draw(candidates, turns, call.call_id, snapshot);
            by_standing(candidates, turns, group.strategy, snapshot, &*tickets);
        }
        Strategy::Rotate => {
            as_gathered(candidates, turns);
            let mut rest = &mut **turns;
            for members in candidates.chunk_by(|one, other| one.level == other.level) {
                let level = members.first().map_or(1, |member| member.level);
                let ring = Ring {
                    group: &group.id,
                    level,
                    members,
                    agents: &snapshot.agents,
                };
                let begin = tickets.begin_with(&ring) % members.len();
                let Some((of_level, others)) = rest.split_at_mut_checked(members.len()) else {
                    return;
                };
                of_level.rotate_left(begin);
                rest = others;
            }
        }
    }
}

/// The turns of candidates who are rung as they were gathered.
pub(super) fn as_gathered(candidates: &[Candidate], turns: &mut Turns) {
    turns.clear();
    turns.extend((0..).zip(candidates).map(|(place, candidate)| Turn {
        rank: 0,
        agent: candidate.agent,
        place,
    }));
}

/// Each candidate draws for itself (Efraimidis and Spirakis, 2006): shares follow the weights, and who is missing does
/// not change the order of the others.
fn draw(candidates: &mut [Candidate], turns: &mut Turns, salt: &str, snapshot: &Snapshot) {
    let mut salted = Salted::new(salt);
    let mut places = 0..;
    turns.clear();
    for level in candidates.chunk_by_mut(|one, other| one.level == other.level) {
        let weights_are_equal = level
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if one.weight == other.weight));
        let begin = turns.len();
        for (candidate, place) in level.iter_mut().zip(&mut places) {
            let agent = snapshot.agents.get(candidate.agent);
            candidate.hash = salted.hash(agent.map_or("", |agent| &agent.id));
            let rank = if weights_are_equal {
                candidate.rank_among_equals()
            } else {
                candidate.rank()
            };
            turns.push(Turn {
                rank,
                agent: candidate.agent,
                place,
            });
        }
        turns.get_mut(begin..).unwrap_or_default().sort_unstable();
    }
}

/// Puts those who have drawn into the order of what is known of each; whoever is alike stays in the order of the draw.
fn by_standing(
    candidates: &mut [Candidate],
    turns: &mut [Turn],
    strategy: Strategy,
    snapshot: &Snapshot,
    activity: &impl Activity,
) {
    for candidate in &mut *candidates {
        let known = match snapshot.agents.get(candidate.agent) {
            Some(agent) => activity.agent(&agent.id),
            None => AgentActivity::default(),
        };
        candidate.standing = Standing::of(strategy, known);
    }
    turns.sort_unstable_by_key(|turn| {
        let candidate = turn.of(candidates);
        candidate.map(|candidate| {
            (
                candidate.level,
                candidate.weight == 0,
                candidate.standing,
                *turn,
            )
        })
    });
}

impl Turn {
    /// Whose turn it is.
    pub(super) fn of(self, candidates: &[Candidate]) -> Option<&Candidate> {
        candidates.get(usize::try_from(self.place).ok()?)
    }
}

impl Candidate {
    /// What was drawn: the lower comes first. Weight 0 comes last.
    pub fn drawn(&self) -> f64 {
        match self.weight {
            0 => f64::INFINITY,
            weight => -fraction(self.hash).ln() / f64::from(weight),
        }
    }

    /// A number that orders candidates as [`Candidate::drawn`] does: the bits of a float that is not negative do.
    fn rank(&self) -> u64 {
        self.drawn().to_bits()
    }

    /// The same where all weights are equal: then the greater fraction draws the lower number, and the logarithm, the
    /// dearest part of a decision, says nothing more.
    fn rank_among_equals(&self) -> u64 {
        if self.weight == 0 {
            0
        } else {
            !numerator(self.hash)
        }
    }
}
