//! What is open and who is away, by two versions at the same times.

use jiff::Timestamp;

use crate::moment::Moment;
use crate::snapshot::Snapshot;

/// Times at which the same schedules are open and the same agents away, by each of two versions: a call is answered
/// alike at all of them, unless its caller's row expires in between.
#[derive(Debug)]
pub struct SharedSituation {
    /// By the version before.
    pub before: Moment,
    /// By the version after.
    pub after: Moment,
    /// The places of the times in the list that was given.
    pub times: Vec<usize>,
}

/// The situations at some times, in the order in which they come up. The first time is always looked at; the others
/// until `is_over` says so.
pub fn shared_situations(
    before: &Snapshot,
    after: &Snapshot,
    times: &[Timestamp],
    is_over: &dyn Fn() -> bool,
) -> Vec<SharedSituation> {
    let mut situations: Vec<SharedSituation> = Vec::new();
    for (place, at) in times.iter().enumerate() {
        if place > 0 && is_over() {
            break;
        }
        let moments = (Moment::of(before, *at), Moment::of(after, *at));
        let is_like = |known: &&mut SharedSituation| {
            known.before.is_like(&moments.0) && known.after.is_like(&moments.1)
        };
        match situations.iter_mut().find(is_like) {
            Some(known) => known.times.push(place),
            None => situations.push(SharedSituation {
                before: moments.0,
                after: moments.1,
                times: vec![place],
            }),
        }
    }
    situations
}
