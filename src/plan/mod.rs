//! What an edit would do, before it is done: which rows differ, which recorded calls would ring somebody else, and what
//! a server would say.
//!
//! Nothing here reads a database or a clock: a plan is made from the rows before and after, and from calls. Each call is
//! answered by both versions at the moments at which it is known to have been asked about, and at every time at which a
//! step of either version begins or ends, up to the longest wait that is known of it. So a group that joins ten seconds
//! later is seen, although the call was first asked about after one.

mod accept;
pub mod replay;
mod undo;

use std::collections::HashMap;
use std::time::Instant;

use crate::config::RuleTests;
use crate::exchange::{ChangeSet, RuleSet};
use replay::{Difference, DifferingCall, RecordedCall};
use routing::assess::assess;
use routing::problem::Problem;

pub use accept::with_accepted_tests;
pub use undo::{MovedOn, taken_back};

/// What an edit would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rows that differ.
    pub changes: ChangeSet,
    /// The calls that would be answered differently, in their order, each as often as its answers differ otherwise.
    pub calls: Vec<DifferingCall>,
    /// What is wrong with the rows after the edit.
    pub problems: Vec<Problem>,
    /// The errors among them that were not there before.
    pub new_errors: Vec<Problem>,
    /// The same number as a server gives the rows after the edit.
    pub fingerprint: u64,
    /// Whether an answer, before or after the edit, can depend on who took which calls. The plan knows of none.
    pub heeds_activity: bool,
}

impl Plan {
    /// Compares the rows before and after an edit, and answers the calls by both.
    ///
    /// `started` is any instant; the calls happen then and later, as far apart as they did.
    pub fn new(
        before: &RuleSet,
        after: &RuleSet,
        calls: &[RecordedCall],
        rule_tests: RuleTests,
        started: Instant,
    ) -> Self {
        let changes = ChangeSet::between(before, after);
        let before = assess(&before.tables(), rule_tests.severity());
        let after = assess(&after.tables(), rule_tests.severity());
        let versions = (&before.snapshot, &after.snapshot);
        let moments = replay::at_step_times(calls, [versions.0, versions.1]);
        let differing = replay::compare(versions.0, versions.1, &moments, started);
        Self {
            changes,
            calls: replay::without_repetitions(differing),
            new_errors: after.new_errors(&before).into_iter().cloned().collect(),
            problems: after.problems().cloned().collect(),
            fingerprint: after.fingerprint,
            heeds_activity: versions.0.heeds_activity() || versions.1.heeds_activity(),
        }
    }

    /// In which way each of the calls that differ does, at its worst.
    pub fn differences_of_calls(&self) -> Vec<Difference> {
        let mut worst: HashMap<&str, Difference> = HashMap::new();
        for differing in &self.calls {
            let found = differing.difference();
            worst
                .entry(&differing.call.call_id)
                .and_modify(|known| *known = found.max(*known))
                .or_insert(found);
        }
        worst.into_values().collect()
    }

    /// Whether a server refuses the rows after the edit.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }
}
