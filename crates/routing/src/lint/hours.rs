//! Hours that never come.

use super::{DAYS_AHEAD, Subject, Suspect};
use crate::problem::{Problem, quoted_text};
use crate::snapshot::Rule;
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    never_open(subject)
        .into_iter()
        .chain(never_closed(subject))
        .collect()
}

fn never_open(subject: Subject<'_>) -> Vec<Problem> {
    let moments = subject.outlook.moments();
    let schedules = subject.snapshot.schedules.iter();
    let closed =
        schedules.filter(|(index, _)| !moments.iter().any(|moment| moment.is_open(*index)));
    let warn = |id: &str| {
        let fault = format!("is not open once in the next {DAYS_AHEAD} days");
        Suspect::row(Table::Schedules, id)
            .warn(fault, "add rows to schedule_hours, or delete the schedule")
    };
    closed.map(|(_, schedule)| warn(&schedule.id)).collect()
}

/// Rules for the time when a schedule is closed, which it never is.
fn never_closed(subject: Subject<'_>) -> Vec<Problem> {
    let waiting = subject
        .rules()
        .filter(|rule| subject.outlook.of_rule(rule).next().is_none());
    let warn = |rule: &Rule| {
        let hours = rule.conditions.hours.filter(|hours| !hours.when_open)?;
        let schedule = subject.snapshot.schedules.get(hours.schedule)?;
        let fault = format!(
            "with when_open 0 keeps the rule '{}' from ever matching: it never closes",
            rule.name
        );
        let remedy = "write when_open 1 or schedule_id NULL, or delete the rule";
        Some(Suspect::rule(rule, "schedule_id", quoted_text(&schedule.id)).warn(fault, remedy))
    };
    waiting.filter_map(warn).collect()
}
