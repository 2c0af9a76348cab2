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
    let steps = subject
        .rules()
        .flat_map(|rule| rule.steps.iter().map(move |step| (rule, step)));
    let by_phone = steps.filter(|(_, step)| step.routing_type == Some(RoutingType::Phone));
    members(subject)
        .into_iter()
        .chain(by_phone.filter_map(|(rule, step)| step_without(subject, rule, step)))
        .collect()
}

const VALUE: &str = "2";

/// Members whose own row says that they are rung on the phone.
fn members(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let members = snapshot
        .groups
        .iter()
        .flat_map(|(_, group)| group.members.iter().map(move |member| (group, member)));
    let by_phone = members.filter(|(_, member)| member.routing_type == Some(RoutingType::Phone));
    let without = by_phone.filter_map(|(group, member)| {
        let agent = snapshot
            .agents
            .get(member.agent)
            .filter(|agent| agent.enabled && agent.phone_number.is_none())?;
        let key = format!("{}/{}", group.id, agent.id);
        let suspect = Suspect {
            table: Table::GroupMembers,
            key,
            column: "routing_type",
            value: VALUE.to_owned(),
        };
        let agent = agent.id.to_string();
        Some(suspect.warn(Advice::MemberWithoutNumber { agent }))
    });
    without.collect()
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
    (!agents.0.is_empty()).then(|| {
        Suspect::step(rule, step, "routing_type", VALUE.to_owned())
            .warn(Advice::AgentsWithoutNumber { agents })
    })
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
