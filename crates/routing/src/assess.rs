//! What a server would say of some rows.
//!
//! One answer for everybody: the server itself before it serves a version, and whoever asks beforehand. Rows that are
//! wrong keep a version from being served; so do tests that fail, unless the server only warns of them.

use std::collections::HashSet;

use super::compile::{Compiled, Unread, compile, compile_after, compile_edit};
use super::problem::{Problem, Problems, Severity, Unnamed};
use super::rule_test::{self, Failure};
use super::snapshot::Snapshot;
use super::table::{Rows, Table, Tables};

/// Rows, compiled and tested.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    /// Made of every row that is right.
    pub snapshot: Snapshot,
    /// What is wrong with rows, in the order of the tables.
    pub of_rows: Vec<Problem>,
    /// What tests expect that fail.
    pub of_tests: Vec<Problem>,
    /// How many more problems there are.
    pub unnamed: Unnamed,
    /// The same number for the same rows.
    pub fingerprint: u64,
    were_tests_run: bool,
}

/// Compiles rows and runs their tests. `failed_tests` is what the server makes of a test that fails.
///
/// No test is run while a row is in error: what a part of the rules says would hide what is wrong with the rest.
pub fn assess(tables: &Tables, failed_tests: Severity) -> Assessment {
    tested(compile(tables), tables.fingerprint(), failed_tests)
}

/// The same, which takes over from the version before what would be made of the same rows.
///
/// # Errors
/// A table was not read, and what is made of it cannot be taken over.
pub fn assess_after(
    tables: &Tables,
    failed_tests: Severity,
    before: &Snapshot,
) -> Result<Assessment, Unread> {
    let compiled = compile_after(tables, before)?;
    Ok(tested(compiled, tables.fingerprint(), failed_tests))
}

/// The same for an edit of the version before, as [`compile_edit`] has it. The fingerprint is of the rows at hand.
pub fn assess_edit(
    tables: &Tables,
    failed_tests: Severity,
    before: &Snapshot,
    gone: &Rows,
) -> Assessment {
    tested(
        compile_edit(tables, before, gone),
        tables.fingerprint(),
        failed_tests,
    )
}

fn tested(compiled: Compiled, fingerprint: u64, failed_tests: Severity) -> Assessment {
    let were_tests_run = !compiled.has_errors();
    let Compiled {
        snapshot,
        problems,
        unnamed,
    } = compiled;
    let mut assessment = Assessment {
        snapshot,
        of_rows: problems,
        of_tests: Vec::new(),
        unnamed,
        fingerprint,
        were_tests_run,
    };
    let mut problems = Problems::default();
    for failure in assessment.failed_tests() {
        problems.extend(failure.problems(failed_tests));
    }
    assessment.unnamed = unnamed + problems.unnamed();
    assessment.of_tests = problems.named;
    assessment
}

impl Assessment {
    /// What keeps a server from taking these rows.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.of(Severity::Error)
    }

    /// Everything that is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.of_rows.iter().chain(&self.of_tests)
    }

    /// The problems that are as bad as this.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Problem> {
        self.problems()
            .filter(move |problem| problem.severity == severity)
    }

    /// Whether a server refuses these rows.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The tests that do not hold; none while a row is in error.
    pub fn failed_tests(&self) -> Vec<Failure<'_>> {
        if self.were_tests_run {
            rule_test::failed(&self.snapshot)
        } else {
            Vec::new()
        }
    }

    /// The errors that other rows did not have, as far as that can be told: where tests were not run before, nobody
    /// knows which of them failed. A test that failed before is known, whatever its answer is now.
    pub fn new_errors(&self, before: &Self) -> Vec<&Problem> {
        let known: HashSet<String> = before.errors().map(identity).collect();
        let is_new = |problem: &&Problem| {
            (before.were_tests_run || problem.table != Table::RuleTests || !self.were_tests_run)
                && !known.contains(&identity(problem))
        };
        self.errors().filter(is_new).collect()
    }
}

/// What makes two problems the same one.
fn identity(problem: &Problem) -> String {
    match problem.table {
        Table::RuleTests => format!("{} {}", problem.key, problem.column),
        _ => problem.to_string(),
    }
}
