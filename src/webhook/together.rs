//! The calls of one question that choose one after the other: because groups spread, or because rules have a priority.

use std::cmp::Reverse;
use std::time::Instant;

use jiff::Timestamp;

use super::core_call;
use super::gate::Authentic;
use crate::calls::activity::Past;
use crate::calls::memory::Circumstances;
use crate::rules::ActiveRules;
use routing::route::{Decision, Router};

/// The decisions in the order asked. Who chooses first: the higher priority, then the longer wait, then the order
/// asked. Empty if no call of these rules depends on the others.
pub(super) fn choose_in_turn(
    authentic: &Authentic<'_>,
    served: &ActiveRules,
    router: &mut Router<'_>,
    began: Instant,
    now: Timestamp,
) -> Vec<Decision> {
    let (question, project) = (&authentic.question, &*authentic.project);
    if !served.snapshot.ranks_calls_of(&question.queue_id) {
        return Vec::new();
    }
    let country = &served.snapshot.settings.country_code;
    let mut turns = Vec::with_capacity(question.calls.len());
    for (place, asked) in question.calls.iter().enumerate() {
        let call = core_call(question, asked, country);
        let circumstances = Circumstances::new(&call, served.version, now);
        let seen = project.seen.call(call.queue_id, call.call_id, began);
        let (waited, _) = seen.ask(&circumstances);
        let priority = router.priority(&call, waited);
        turns.push((Reverse(priority), Reverse(waited), place, call, seen));
    }
    turns.sort_by_key(|(priority, waited, place, ..)| (*priority, *waited, *place));
    let mut decided = Vec::with_capacity(turns.len());
    for (_, Reverse(waited), place, call, seen) in &turns {
        let mut past = Past {
            tickets: seen.together(),
            ledger: project.journal.ledger(),
            now,
        };
        decided.push((*place, router.route(call, *waited, &mut past).clone()));
    }
    decided.sort_unstable_by_key(|(place, _)| *place);
    decided.into_iter().map(|(_, decision)| decision).collect()
}
