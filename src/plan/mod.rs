//! What an edit would do, before it is done: which rows differ, which recorded calls would ring somebody else, and what
//! would be wrong.
//!
//! Nothing here reads a database or a clock: a plan is made from the rows before and after, and from calls.

pub mod replay;
mod rows;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use crate::config::RuleTests;
use crate::exchange::RuleSet;
use replay::{Difference, DifferingCall, RecordedCall};
use routing::assess::assess;
use routing::problem::{Problem, Severity};
use routing::snapshot::Snapshot;
use routing::table::Tables;
pub use rows::{Edit, RowDifference, differences};

/// What an edit would do.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    /// The rows that differ, table by table, by their keys.
    pub rows: Vec<RowDifference<'p>>,
    /// The calls that would be answered differently, in their order, each as often as it was asked about.
    pub calls: Vec<DifferingCall<'p>>,
    /// What is wrong with the rows after the edit.
    pub problems: Vec<Problem>,
    /// How many of these errors were not there before.
    pub new_errors: usize,
    /// The same number as a server gives the rows after the edit.
    pub fingerprint: u64,
    /// Whether an answer, before or after the edit, can depend on who took which calls. The plan knows of none.
    pub heeds_activity: bool,
}

impl<'p> Plan<'p> {
    /// Compares the rows before and after an edit, and answers the calls by both. They are given oldest first.
    ///
    /// `started` is any instant; the calls happen then and later, as far apart as they did.
    pub fn of(
        before: &'p RuleSet,
        after: &'p RuleSet,
        calls: &'p [RecordedCall],
        rule_tests: RuleTests,
        started: Instant,
    ) -> Self {
        let rows = differences(before, after);
        let (before, after) = (
            Judged::of(&before.tables(), rule_tests),
            Judged::of(&after.tables(), rule_tests),
        );
        Self {
            rows,
            calls: replay::compare(&before.snapshot, &after.snapshot, calls, started),
            new_errors: after.errors_unknown_to(&before),
            fingerprint: after.fingerprint,
            heeds_activity: before.snapshot.heeds_activity() || after.snapshot.heeds_activity(),
            problems: [after.of_rows, after.of_tests].concat(),
        }
    }

    /// In which way each of the calls that differ does, at its worst: most are asked about more than once.
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

    /// How many errors keep a server from taking the rows after the edit.
    pub fn errors(&self) -> usize {
        errors(&self.problems).count()
    }
}

/// What keeps a server from taking these rows.
pub fn errors_of(tables: &Tables, rule_tests: RuleTests) -> Vec<Problem> {
    let Judged {
        of_rows, of_tests, ..
    } = Judged::of(tables, rule_tests);
    errors(&of_rows).chain(errors(&of_tests)).cloned().collect()
}

/// Rows as a server sees them.
struct Judged {
    snapshot: Snapshot,
    of_rows: Vec<Problem>,
    /// Tests that fail. They are not run while a row is in error.
    of_tests: Vec<Problem>,
    fingerprint: u64,
}

impl Judged {
    /// Compiles rows and runs their tests, as a server does.
    fn of(tables: &Tables, rule_tests: RuleTests) -> Self {
        let assessment = assess(tables, rule_tests.severity());
        Self {
            snapshot: assessment.snapshot,
            of_rows: assessment.of_rows,
            of_tests: assessment.of_tests,
            fingerprint: assessment.fingerprint,
        }
    }

    /// How many errors there are that were not there before, as far as that can be told.
    fn errors_unknown_to(&self, before: &Self) -> usize {
        let known: HashSet<String> = errors(&before.of_rows)
            .chain(errors(&before.of_tests))
            .map(ToString::to_string)
            .collect();
        let unknown = |problems| {
            errors(problems)
                .filter(|error| !known.contains(&error.to_string()))
                .count()
        };
        let were_tests_run = errors(&before.of_rows).next().is_none();
        unknown(&self.of_rows)
            + if were_tests_run {
                unknown(&self.of_tests)
            } else {
                0
            }
    }
}

fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
}
