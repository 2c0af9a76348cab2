//! People who are to be rung on the phone, but have no number.

use super::situations::CALL;
use super::{Subject, Suspect};
use crate::arena::Index;
use crate::call::Ask;
use crate::candidate::{Candidates, Dropped, Gathering};
use crate::diagnosis::{Advice, List};
use crate::explain::{Event, Observer};
use crate::moment::Moment;
use crate::problem::Problem;
use crate::snapshot::{Agent, RoutingType, Rule, Step};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let mut problems = members(subject);
    for rule in subject.rules() {
        for step in &rule.steps {
            if step.routing_type == Some(RoutingType::Phone) {
                problems.extend(step_without(subject, rule, step));
            }
        }
    }
    problems
}

const VALUE: &str = "2";

/// Members whose own row says that they are rung on the phone.
fn members(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let mut problems = Vec::new();
    for group in snapshot.groups.values() {
        for member in &group.members {
            let Some(agent) = snapshot.agents.get(member.agent) else {
                continue;
            };
            let is_by_phone = member.routing_type == Some(RoutingType::Phone);
            if is_by_phone && agent.enabled && agent.phone_number.is_none() {
                let suspect = Suspect {
                    table: Table::GroupMembers,
                    key: format!("{}/{}", group.id, agent.id),
                    column: "routing_type",
                    value: VALUE.to_owned(),
                };
                let agent = agent.id.to_string();
                problems.push(suspect.warn(Advice::MemberWithoutNumber { agent }));
            }
        }
    }
    problems
}

/// A step that rings phones, and leaves out those who have none.
fn step_without(subject: Subject<'_>, rule: &Rule, step: &Step) -> Option<Problem> {
    let snapshot = subject.snapshot;
    let all_open = Moment::supposed(
        subject.outlook.today,
        vec![true; snapshot.schedules.len()],
        Vec::new(),
        Vec::new(),
    );
    let mut phoneless = Phoneless::default();
    let ask = Ask {
        call: &CALL,
        waited: 0,
        caller: None,
    };
    let gathering = Gathering {
        snapshot,
        moment: &all_open,
        step,
        last_agent: None,
    };
    gathering.gather(&ask, &mut Candidates::new(), &mut phoneless);
    let agents: List = phoneless
        .0
        .iter()
        .filter_map(|agent| Some(&*snapshot.agents.get(*agent)?.id))
        .collect();
    if agents.0.is_empty() {
        return None;
    }
    let suspect = Suspect::step(rule, step, "routing_type", VALUE.to_owned());
    Some(suspect.warn(Advice::AgentsWithoutNumber { agents }))
}

/// Hears who is left out for want of a number.
#[derive(Default)]
struct Phoneless(Vec<Index<Agent>>);

impl Observer<'_> for Phoneless {
    const HEARS_ALL: bool = true;

    fn note(&mut self, event: Event<'_>) {
        if let Event::Dropped {
            agent,
            reason: Dropped::NoPhoneNumber,
            ..
        } = event
        {
            self.0.push(agent);
        }
    }
}
