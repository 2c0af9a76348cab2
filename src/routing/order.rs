//! The order of a step's candidates: by level, then by the group's strategy.

use super::activity::{Activity, Standing};
use super::call::Call;
use super::candidate::Candidate;
use super::hash::{Salted, fraction, numerator};
use super::snapshot::{Group, Snapshot, Strategy};
use super::tickets::{Ring, Tickets};

/// Puts a group's candidates, who come by level, position and agent id, into the order in which they are rung.
pub(super) fn put_in_order(
    candidates: &mut [Candidate],
    group: &Group,
    call: &Call<'_>,
    snapshot: &Snapshot,
    tickets: &mut impl Tickets,
) {
    match group.strategy {
        Strategy::Ordered => {}
        Strategy::Weighted => draw(candidates, call.call_id, snapshot),
        Strategy::Sticky => draw(candidates, call.from.as_ref().map_or(call.call_id, |from| from.as_str()), snapshot),
        Strategy::LongestIdle | Strategy::FewestCalls => {
            draw(candidates, call.call_id, snapshot);
            by_standing(candidates, group.strategy, snapshot, &*tickets);
        }
        Strategy::Rotate => {
            for members in candidates.chunk_by_mut(|one, other| one.level == other.level) {
                let level = members.first().map_or(1, |member| member.level);
                let ring = Ring { group: &group.id, level, members, agents: &snapshot.agents };
                let begin = tickets.begin_with(&ring) % members.len();
                members.rotate_left(begin);
            }
        }
    }
}

/// Each candidate draws for itself (Efraimidis and Spirakis, 2006): shares follow the weights, and who is missing does
/// not change the order of the others.
fn draw(candidates: &mut [Candidate], salt: &str, snapshot: &Snapshot) {
    let mut salted = Salted::new(salt);
    for candidate in &mut *candidates {
        candidate.hash = salted.hash(snapshot.agents.get(candidate.agent).map_or("", |agent| &agent.id));
    }
    for level in candidates.chunk_by_mut(|one, other| one.level == other.level) {
        let weights_are_equal = level.windows(2).all(|pair| matches!(pair, [one, other] if one.weight == other.weight));
        for candidate in &mut *level {
            candidate.rank = if weights_are_equal { candidate.rank_among_equals() } else { candidate.rank() };
        }
        level.sort_unstable_by_key(|candidate| (candidate.rank, candidate.agent));
    }
}

/// Puts those who have drawn into the order of what is known of each; whoever is alike stays in the order of the draw.
fn by_standing(candidates: &mut [Candidate], strategy: Strategy, snapshot: &Snapshot, activity: &impl Activity) {
    for candidate in &mut *candidates {
        let agent = snapshot.agents.get(candidate.agent);
        let known = agent.map(|agent| activity.agent(&agent.id)).unwrap_or_default();
        candidate.standing = Standing::of(strategy, known);
    }
    for level in candidates.chunk_by_mut(|one, other| one.level == other.level) {
        let key = |member: &Candidate| (member.weight == 0, member.standing, member.rank, member.agent);
        level.sort_unstable_by_key(key);
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
        if self.weight == 0 { 0 } else { !numerator(self.hash) }
    }
}
