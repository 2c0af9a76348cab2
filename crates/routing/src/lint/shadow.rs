//! Rules that can never match, because an earlier one answers every call that they would.

use super::situations::CALL;
use super::{Subject, Suspect};
use crate::call::Ask;
use crate::candidate::{Candidates, Gathering};
use crate::diagnosis::Advice;
use crate::explain::Silent;
use crate::moment::Moment;
use crate::number::{CallerPattern, NumberPattern};
use crate::problem::Problem;
use crate::snapshot::{Action, Conditions, Rule, Step};

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut always: Vec<&Rule> = Vec::new();
    let mut shares: Vec<&Rule> = Vec::new();
    for rule in subject.rules() {
        problems.extend(share_of_rest(rule, &shares));
        if rule.conditions.split.is_some() && always_answers(subject, rule) {
            shares.push(rule);
        }
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

/// A share that is drawn among the calls that other shares have left.
fn share_of_rest(rule: &Rule, shares: &[&Rule]) -> Option<Problem> {
    let own = rule.conditions.split.as_ref()?.percent;
    let mut first_share = None;
    let mut left = 1.0;
    for earlier in shares {
        if covers_but_split(&earlier.conditions, &rule.conditions)
            && let Some(split) = &earlier.conditions.split
        {
            first_share = Some(earlier.id);
            left *= 1.0 - f64::from(split.percent) / 100.0;
        }
    }
    let advice = Advice::ShareOfRest {
        first: first_share?,
        share: format!("{:.1}", f64::from(own) * left).replace(".0", ""),
    };
    Some(Suspect::rule(rule, "split_percent", own.to_string()).warn(advice))
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
    wide.split.is_none() && covers_but_split(wide, narrow)
}

fn covers_but_split(wide: &Conditions, narrow: &Conditions) -> bool {
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
    queues && to && from && tags && owner && hours
}

/// Whether each value of a narrow condition is included in one of a wide one. A condition that is not given is wide.
fn holds<T>(wide: Option<&[T]>, narrow: Option<&[T]>, includes: impl Fn(&T, &T) -> bool) -> bool {
    let Some(wide) = wide else { return true };
    let Some(narrow) = narrow else { return false };
    let mut narrow = narrow.iter();
    narrow.all(|value| wide.iter().any(|wide| includes(wide, value)))
}

/// Whether a rule answers whenever it matches, who ever is away and whatever else is closed.
fn always_answers(subject: Subject<'_>, rule: &Rule) -> bool {
    let worst = worst_moment(subject, rule);
    rule.action == Action::Nobody
        || rule
            .steps
            .iter()
            .any(|step| always_rings(subject, step, &worst))
}

/// Only the rule's own hours are open, and everybody is away who has an absence to come or to end.
fn worst_moment(subject: Subject<'_>, rule: &Rule) -> Moment {
    let Subject {
        snapshot,
        now,
        outlook,
    } = subject;
    let opened = match rule.conditions.hours {
        Some(hours) if hours.when_open => Some(hours.schedule),
        _ => None,
    };
    let schedules = snapshot.schedules.iter();
    let open = schedules.map(|(schedule, _)| Some(schedule) == opened);
    let mut away = Vec::new();
    for (agent, absence) in &snapshot.absences {
        if absence.until.is_none_or(|until| now < until) {
            away.push((*agent, None));
        }
    }
    for row in &snapshot.stand_ins {
        if row.is_to_come(outlook.today) {
            away.push((row.member, None));
        }
    }
    away.sort_unstable();
    away.dedup();
    Moment::supposed(outlook.today, open.collect(), away, Vec::new())
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
