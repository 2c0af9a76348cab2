//! Rules that can never match, because an earlier one answers every call that they would.

use super::situations::CALL;
use super::{Subject, Suspect};
use crate::arena::Index;
use crate::call::Ask;
use crate::candidate::{Candidates, Gathering};
use crate::diagnosis::Advice;
use crate::explain::Silent;
use crate::moment::Moment;
use crate::number::{CallerPattern, NumberPattern};
use crate::problem::Problem;
use crate::snapshot::{Action, Agent, Conditions, Rule, Step};

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut always: Vec<&Rule> = Vec::new();
    for rule in subject.rules() {
        if let Some(first) = always
            .iter()
            .find(|first| covers(&first.conditions, &rule.conditions))
        {
            problems.push(shadowed(rule, first));
        } else if always_answers(subject, rule) {
            always.push(rule);
        }
    }
    problems
}

fn shadowed(rule: &Rule, first: &Rule) -> Problem {
    let advice = Advice::RuleBehindRule {
        rule: rule.name.to_string(),
        first: first.id,
        first_name: first.name.to_string(),
        first_position: first.position,
    };
    Suspect::rule(rule, "position", rule.position.to_string()).warn(advice)
}

/// Whether every call that meets the second conditions meets the first ones too.
fn covers(wide: &Conditions, narrow: &Conditions) -> bool {
    let queues = holds(
        wide.queues.as_deref(),
        narrow.queues.as_deref(),
        |one, other| one == other,
    );
    let to = holds(
        wide.to.as_deref(),
        narrow.to.as_deref(),
        NumberPattern::includes,
    );
    let from = holds(
        wide.from.as_deref(),
        narrow.from.as_deref(),
        CallerPattern::includes,
    );
    let tags = holds(
        wide.tags.as_deref(),
        narrow.tags.as_deref(),
        |one, other| one == other,
    );
    let owner = wide.has_owner.is_none() || wide.has_owner == narrow.has_owner;
    let hours = wide.hours.is_none() || wide.hours == narrow.hours;
    queues && to && from && tags && owner && hours && wide.split.is_none()
}

/// Whether each value of a narrow condition is included in one of a wide one. A condition that is not given is wide.
fn holds<T>(wide: Option<&[T]>, narrow: Option<&[T]>, includes: impl Fn(&T, &T) -> bool) -> bool {
    let Some(wide) = wide else { return true };
    narrow.is_some_and(|narrow| {
        narrow
            .iter()
            .all(|value| wide.iter().any(|wide| includes(wide, value)))
    })
}

/// Whether a rule answers whenever it matches, who ever is on leave and whatever else is closed.
fn always_answers(subject: Subject<'_>, rule: &Rule) -> bool {
    let worst = worst_moment(subject, rule);
    rule.action == Action::Nobody
        || rule
            .steps
            .iter()
            .any(|step| always_rings(subject, step, &worst))
}

/// Only the rule's own hours are open, and everybody is away who has a leave to come or to end.
fn worst_moment(subject: Subject<'_>, rule: &Rule) -> Moment {
    let Subject {
        snapshot,
        now,
        outlook,
    } = subject;
    let opened = rule
        .conditions
        .hours
        .filter(|hours| hours.when_open)
        .map(|hours| hours.schedule);
    let open = snapshot
        .schedules
        .iter()
        .map(|(schedule, _)| Some(schedule) == opened)
        .collect();
    let leaves = snapshot
        .leaves
        .iter()
        .filter(|(_, leave)| leave.until.is_none_or(|until| now < until));
    let away: Vec<Index<Agent>> = leaves.map(|(agent, _)| *agent).collect();
    Moment::supposed(outlook.today, open, away)
}

fn always_rings(subject: Subject<'_>, step: &Step, worst: &Moment) -> bool {
    let mut candidates = Candidates::new();
    let ask = Ask {
        call: &CALL,
        waited: 0,
        caller: None,
    };
    let gathering = Gathering {
        snapshot: subject.snapshot,
        moment: worst,
        step,
        last_agent: None,
    };
    gathering.gather(&ask, &mut candidates, &mut Silent);
    step.after_seconds == 0 && step.until_seconds.is_none() && !candidates.is_empty()
}
