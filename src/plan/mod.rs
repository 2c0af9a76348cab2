//! What an edit would do, before it is done: which rows differ, which recorded calls would ring somebody else, and what
//! would be wrong.
//!
//! Nothing here reads a database or a clock: a plan is made from the rows before and after, and from calls.

pub mod replay;
mod rows;

use std::collections::HashSet;
use std::time::Instant;

use crate::config::RuleTests;
use crate::exchange::RuleSet;
use crate::routing::compile::{Compiled, compile};
use crate::routing::problem::{Problem, Severity};
use crate::routing::rule_test;
use crate::routing::snapshot::Snapshot;
use replay::{DifferingCall, RecordedCall};
pub use rows::{Edit, RowDifference, differences};

/// What an edit would do.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    /// The rows that differ, table by table, by their keys.
    pub rows: Vec<RowDifference<'p>>,
    /// The calls that would be answered differently, in their order.
    pub calls: Vec<DifferingCall<'p>>,
    /// What is wrong with the rows after the edit.
    pub problems: Vec<Problem>,
    /// How many of these errors were not there before.
    pub new_errors: usize,
    /// The same number as a server gives the rows after the edit.
    pub fingerprint: u64,
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
        let (before, _) = judge(before, rule_tests);
        let (after, fingerprint) = judge(after, rule_tests);
        let known: HashSet<String> = errors(&before.problems).map(ToString::to_string).collect();
        Self {
            rows,
            calls: replay::compare(&before.snapshot, &after.snapshot, calls, started),
            new_errors: errors(&after.problems).filter(|error| !known.contains(&error.to_string())).count(),
            problems: after.problems,
            fingerprint,
        }
    }

    /// How many errors keep a server from taking the rows after the edit.
    pub fn errors(&self) -> usize {
        errors(&self.problems).count()
    }
}

/// Compiles rows and runs their tests, as a server does.
fn judge(rules: &RuleSet, rule_tests: RuleTests) -> (Judged, u64) {
    let tables = rules.tables();
    let compiled = compile(&tables);
    let failures = rule_test::failures(&compiled);
    let Compiled { snapshot, mut problems } = compiled;
    problems.extend(failures.into_iter().map(|failure| match rule_tests {
        RuleTests::Refuse => failure,
        RuleTests::Warn => Problem { severity: Severity::Warning, ..failure },
    }));
    (Judged { snapshot, problems }, tables.fingerprint())
}

/// Rows as a server sees them.
struct Judged {
    snapshot: Snapshot,
    problems: Vec<Problem>,
}

fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Error)
}
