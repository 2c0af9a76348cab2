//! Steps that ring nobody whatever happens, and owners who are rung alone.

use std::collections::BTreeSet;

use super::situations::{callers, rings_owners, situations, waits};
use super::{Subject, Suspect};
use crate::candidate::Dropped;
use crate::diagnosis::Advice;
use crate::explain::{Event, Observer};
use crate::problem::{Problem, quoted_text};
use crate::route::Router;
use crate::snapshot::{Action, Rule, Snapshot, Step, Target};
use crate::tickets::FirstTicket;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in subject.rules() {
        if rule.action == Action::Ring {
            problems.extend(idle_steps(subject, rule));
            problems.extend(owner_alone(rule));
        }
    }
    problems
}

/// The steps that add nobody in any situation. A rule that never has its hours is another lint's matter.
fn idle_steps(subject: Subject<'_>, rule: &Rule) -> Vec<Problem> {
    let mut busy = BusySteps::of(subject.snapshot, rule);
    let (callers, waits) = (callers(subject, rule), waits(rule));
    let mut situations = situations(subject, rule, &callers, &waits).peekable();
    let has_hours = situations.peek().is_some();
    for situation in situations {
        if busy.steps.len() == rule.steps.len() {
            break;
        }
        Router::new(subject.snapshot, situation.moment).ring(
            rule,
            &situation.ask(),
            &mut FirstTicket,
            &mut busy,
        );
    }
    let mut problems = Vec::new();
    for step in &rule.steps {
        if has_hours && !busy.steps.contains(&step.number) {
            problems.push(idle_step(subject.snapshot, rule, step, &busy));
        }
    }
    problems
}

fn idle_step(snapshot: &Snapshot, rule: &Rule, step: &Step, busy: &BusySteps) -> Problem {
    let (column, value) = named(snapshot, step);
    let advice = if busy.repeating.contains(&step.number) {
        Advice::StepRepeats
    } else if matches!(step.target, Target::Owner(_)) {
        Advice::StepWithoutOwners
    } else if matches!(step.target, Target::Agent(_)) {
        Advice::StepWithoutAgent
    } else {
        Advice::StepWithoutMembers
    };
    Suspect::step(rule, step, column, value).warn(advice)
}

/// The column that says whom a step rings.
fn named(snapshot: &Snapshot, step: &Step) -> (&'static str, String) {
    let (column, id) = match step.target {
        Target::Group(group) => (
            "group_id",
            snapshot.groups.get(group).map(|group| &*group.id),
        ),
        Target::Agent(agent) => (
            "agent_id",
            snapshot.agents.get(agent).map(|agent| &*agent.id),
        ),
        Target::Owner(_) => ("target", Some("owner")),
        Target::LastAgent(_) => ("target", Some("last_agent")),
    };
    (column, id.map(quoted_text).unwrap_or_default())
}

/// Whether nobody but the owner is ever rung, also while the owner does not answer.
fn owner_alone(rule: &Rule) -> Option<Problem> {
    let step = rule.steps.first()?;
    let is_owner = |step: &Step| matches!(step.target, Target::Owner(_));
    if !rule.steps.iter().all(is_owner) {
        return None;
    }
    let suspect = Suspect::step(rule, step, "target", quoted_text("owner"));
    Some(suspect.warn(Advice::OwnerAlone))
}

/// Hears which steps add somebody, or would if the list were shorter or others were away.
struct BusySteps {
    steps: BTreeSet<i64>,
    /// The steps that met somebody who was in the list already.
    repeating: BTreeSet<i64>,
    current: i64,
    /// The steps that may add somebody else as soon as somebody is away.
    changing: BTreeSet<i64>,
}

impl BusySteps {
    fn of(snapshot: &Snapshot, rule: &Rule) -> Self {
        let is_limited = rule.steps.iter().any(|step| step.max_agents.is_some());
        let has_cover = |owner| match snapshot.agents.get(owner) {
            Some(agent) => agent.cover.is_some(),
            None => false,
        };
        let is_covered = rings_owners(rule) && snapshot.callers.owners().any(has_cover);
        let mut changing = BTreeSet::new();
        for step in &rule.steps {
            if is_limited || is_covered && matches!(step.target, Target::Owner(_)) {
                changing.insert(step.number);
            }
        }
        Self {
            steps: BTreeSet::new(),
            repeating: BTreeSet::new(),
            current: 0,
            changing,
        }
    }
}

impl Observer<'_> for BusySteps {
    const HEARS_ALL: bool = true;

    fn note(&mut self, event: Event<'_>) {
        let is_busy = match event {
            Event::Step(number, _) => {
                self.current = number;
                return;
            }
            Event::Dropped {
                reason: Dropped::AlreadyListed,
                ..
            } => {
                self.repeating.insert(self.current);
                self.changing.contains(&self.current)
            }
            Event::Dropped {
                reason: Dropped::NotInGroup,
                ..
            } => self.changing.contains(&self.current),
            // Whom a step with target last_agent rings shows when people call again.
            Event::NoLastAgent
            | Event::Kept(_)
            | Event::Dropped {
                reason: Dropped::OverStepMaximum | Dropped::OverListMaximum,
                ..
            } => true,
            _ => false,
        };
        if is_busy {
            self.steps.insert(self.current);
        }
    }
}
