//! What is allowed, and most likely not meant: advice to whoever writes the rules.
//!
//! A lint is a warning, never a reason to refuse a version, and it is only looked for when somebody asks (`check`):
//! serving calls does not depend on it. Each lint says nothing unless it is certain, because advice that is wrong once is
//! not read a second time. "Certain" looks ahead: for [`DAYS_AHEAD`] days from `now`, which the caller passes in.

mod outlook;
mod situations;
mod shadow;
mod steps;
mod ringing;
mod phones;
mod numbers;
mod callout;
mod hours;
mod tet;
mod people;
mod ids;
mod unused;
mod unknown;
mod calls;

use jiff::Timestamp;

use super::diagnosis::Diagnosis;
use super::problem::{Problem, Severity, quoted_text};
use super::snapshot::{Rule, Snapshot, Step};
use super::table::Table;
pub use callout::phones_without_callout;
use outlook::Outlook;

pub use calls::unheard_of_calls;
pub use numbers::implausible_numbers;

/// How many days a lint looks ahead: a year, and the holidays at its end once more.
pub const DAYS_AHEAD: i16 = 400;

/// Everything that looks wrong in rules that are right, as warnings in the order of the tables.
///
/// For rows without errors: what refers to a row in error is left out of the snapshot, and would look unused.
pub fn lint(snapshot: &Snapshot, now: Timestamp) -> Vec<Problem> {
    let outlook = Outlook::of(snapshot, now);
    let subject = Subject {
        snapshot,
        now,
        outlook: &outlook,
    };
    let families: [fn(Subject<'_>) -> Vec<Problem>; 10] = [
        hours::lint,
        tet::lint,
        people::lint,
        ids::lint,
        unused::lint,
        unknown::lint,
        shadow::lint,
        steps::lint,
        ringing::lint,
        phones::lint,
    ];
    let mut problems = Vec::new();
    for family in families {
        problems.extend(family(subject));
    }
    problems.sort_by_key(|problem| problem.table);
    problems
}

/// What is looked at.
#[derive(Clone, Copy)]
struct Subject<'s> {
    snapshot: &'s Snapshot,
    now: Timestamp,
    outlook: &'s Outlook,
}

impl<'s> Subject<'s> {
    /// The rules that are switched on, in their order.
    fn rules(self) -> impl Iterator<Item = &'s Rule> {
        self.snapshot.enabled_rules()
    }
}

/// A row that looks wrong.
struct Suspect {
    table: Table,
    key: String,
    column: &'static str,
    /// As a person would write it.
    value: String,
}

impl Suspect {
    /// A row that is named by one id.
    fn row(table: Table, id: &str) -> Self {
        Self {
            table,
            key: id.to_owned(),
            column: "id",
            value: quoted_text(id),
        }
    }

    /// A row of `rules`.
    fn rule(rule: &Rule, column: &'static str, value: String) -> Self {
        Self {
            table: Table::Rules,
            key: rule.id.to_string(),
            column,
            value,
        }
    }

    /// A row of `rule_steps`.
    fn step(rule: &Rule, step: &Step, column: &'static str, value: String) -> Self {
        Self {
            table: Table::RuleSteps,
            key: format!("{}/{}", rule.id, step.number),
            column,
            value,
        }
    }

    /// Says what is wrong with it and what to do.
    fn warn(self, diagnosis: impl Into<Diagnosis>) -> Problem {
        let Self {
            table,
            key,
            column,
            value,
        } = self;
        Problem {
            severity: Severity::Warning,
            table,
            key,
            column,
            value,
            diagnosis: diagnosis.into(),
        }
    }
}
