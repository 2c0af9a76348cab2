//! The order of a step's candidates: by level, then by the group's strategy.

use super::call::Call;
use super::candidate::Candidate;
use super::hash::{fraction, hash};
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
    for candidate in &mut *candidates {
        let id = snapshot.agents.get(candidate.agent).map_or("", |agent| &agent.id);
        candidate.draw = match candidate.weight {
            0 => f64::INFINITY,
            weight => -fraction(hash(&[id, salt])).ln() / f64::from(weight),
        };
    }
    candidates.sort_unstable_by(|one, other| {
        let by_draw = one.level.cmp(&other.level).then(one.draw.total_cmp(&other.draw));
        by_draw.then(one.agent.cmp(&other.agent))
    });
}
