//! Hours that never come.

use super::{DAYS_AHEAD, Subject, Suspect};
use crate::diagnosis::Advice;
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
    let warn =
        |id: &str| Suspect::row(Table::Schedules, id).warn(Advice::NeverOpen { days: DAYS_AHEAD });
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
        let advice = Advice::NeverClosed {
            rule: rule.name.to_string(),
        };
        Some(Suspect::rule(rule, "schedule_id", quoted_text(&schedule.id)).warn(advice))
    };
    waiting.filter_map(warn).collect()
}
