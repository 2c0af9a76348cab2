//! Hours that never come.

use super::{DAYS_AHEAD, Subject, Suspect};
use crate::diagnosis::Advice;
use crate::problem::{Problem, quoted_text};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    never_open(subject)
        .into_iter()
        .chain(never_closed(subject))
        .collect()
}

fn never_open(subject: Subject<'_>) -> Vec<Problem> {
    let moments = subject.outlook.moments();
    let mut problems = Vec::new();
    for (index, schedule) in subject.snapshot.schedules.iter() {
        if !moments.iter().any(|moment| moment.is_open(index)) {
            let advice = Advice::NeverOpen { days: DAYS_AHEAD };
            problems.push(Suspect::row(Table::Schedules, &schedule.id).warn(advice));
        }
    }
    problems
}

/// Rules for the time when a schedule is closed, which it never is.
fn never_closed(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in subject.rules() {
        if let Some(hours) = rule.conditions.hours
            && !hours.when_open
            && subject.outlook.of_rule(rule).next().is_none()
            && let Some(schedule) = subject.snapshot.schedules.get(hours.schedule)
        {
            let advice = Advice::NeverClosed {
                rule: rule.name.to_string(),
            };
            let suspect = Suspect::rule(rule, "schedule_id", quoted_text(&schedule.id));
            problems.push(suspect.warn(advice));
        }
    }
    problems
}
