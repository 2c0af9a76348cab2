//! Lints and coverage, whatever the rules are: what a lint is certain of never happens, and coverage says what calls get.

use std::collections::HashSet;

use jiff::civil::Date;
use proptest::prelude::*;

use super::fixture::{Asked, Rules};
use super::generate::{any_call, any_rules, right_rules, spoiled_rules};
use crate::coverage::{Question, Reach, coverage};
use crate::explain::{Note, Verdict};
use crate::lint::lint;
use crate::number::Number;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::tickets::FirstTicket;

/// Before all generated calls, and less than 400 days.
const NOW: &str = "2026-11-22T17:00:00Z";

/// The first generated date.
fn two_days() -> Question<'static> {
    Question {
        from: Date::constant(2026, 11, 23),
        days: 2,
        queue: None,
        caller: None,
    }
}

/// The keys of the rows that a lint complains of with certain words.
fn complained(snapshot: &Snapshot, table: Table, words: &str) -> HashSet<String> {
    let problems = lint(snapshot, NOW.parse().unwrap());
    let meant = problems
        .into_iter()
        .filter(|problem| problem.table == table && problem.diagnosis.fault().contains(words));
    meant.map(|problem| problem.key).collect()
}

/// A rule that never matches answers nothing, and a step that adds nobody adds nobody.
fn lints_hold(snapshot: &Snapshot, calls: &[Asked]) {
    let dead_rules = complained(
        snapshot,
        Table::Rules,
        "which answers every call that this one would",
    );
    let idle_steps = complained(snapshot, Table::RuleSteps, "adds nobody");
    for asked in calls {
        asked.explained(snapshot, |explanation| {
            for trial in &explanation.rules {
                let id = snapshot
                    .rules
                    .get(trial.rule)
                    .expect("a rule of the snapshot")
                    .id;
                let answers = matches!(trial.verdict, Verdict::Answered | Verdict::Blocked);
                assert!(
                    !(answers && dead_rules.contains(&id.to_string())),
                    "rule {id} answers {asked:?}"
                );
                for step in &trial.steps {
                    let adds = step.notes.iter().any(|note| matches!(note, Note::Kept(_)));
                    let key = format!("{id}/{}", step.number);
                    assert!(
                        !(adds && idle_steps.contains(&key)),
                        "step {key} adds somebody to {asked:?}"
                    );
                }
            }
        });
    }
}

proptest! {
    // Looking 400 days ahead takes its time in a debug build.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_lint_is_certain_of_never_happens(rules in right_rules(), calls in prop::collection::vec(any_call(), 1..9)) {
        lints_hold(&rules.compiled().snapshot, &calls);
    }

    #[test]
    fn whatever_the_rows_are_there_are_lints_and_coverage(rules in prop_oneof![spoiled_rules(), any_rules()]) {
        let snapshot = rules.compiled().snapshot;
        for problem in lint(&snapshot, NOW.parse().unwrap()) {
            prop_assert!(!problem.to_string().contains(char::is_control), "{problem:?}");
        }
        for line in coverage(&snapshot, &two_days()).lines {
            prop_assert_eq!(line.answers().count(), 96);
        }
    }

    #[test]
    fn coverage_says_what_a_call_gets(rules in right_rules(), asked in any_call()) {
        coverage_holds(&rules.without(Table::Rules, "split_percent"), &asked);
    }
}

/// The rule, the number of agents and who may be first are those of a call that is asked about then.
fn coverage_holds(rules: &Rules, asked: &Asked) {
    let snapshot = rules.compiled().snapshot;
    let asked = asked.clone().to("").waited(0).at("2026-11-23 00:00");
    let caller = Number::from_wire("84986776777", &snapshot.settings.country_code);
    let decision = asked
        .clone()
        .from("84986776777")
        .decision(&snapshot, &mut FirstTicket);
    let coverage = coverage(
        &snapshot,
        &Question {
            queue: Some(asked.queue_id()),
            caller,
            ..two_days()
        },
    );
    let line = coverage.lines.iter().find(|line| line.hotline.is_none());
    let Some(midnight) = line.and_then(|line| line.answers().next()) else {
        return;
    };
    if matches!(midnight.reach, Reach::Later { .. }) {
        assert_eq!(decision.rule(), None);
        return;
    }
    assert_eq!(
        (midnight.rule, midnight.agents),
        (decision.rule(), decision.offers.len())
    );
    let first = decision.offers.first().map(|offer| offer.agent);
    assert!(
        first.is_none_or(|first| midnight.first.contains(&first)),
        "{first:?} is not in {:?}",
        midnight.first
    );
}
