//! Queues whose calls ring telephones, although Stringee has no number to show there.

use jiff::Timestamp;

use super::outlook::Outlook;
use super::situations::{callers, situations, waits};
use super::{Subject, Suspect};
use crate::diagnosis::{Advice, Telephone, Telephones};
use crate::explain::Silent;
use crate::problem::Problem;
use crate::route::{Offer, Router};
use crate::snapshot::{Action, RoutingType, Rule, Snapshot};
use crate::table::Table;
use crate::tickets::FirstTicket;

/// What of these queues would ring telephones (`routing_type` 2), as a warning for each queue that does.
///
/// `queues` are those of which Stringee says that they have no `from_number_callout_to_agent`, the number that agents
/// see then. For rows without errors, as [`lint`](super::lint).
pub fn phones_without_callout(
    snapshot: &Snapshot,
    queues: &[&str],
    now: Timestamp,
) -> Vec<Problem> {
    let outlook = Outlook::of(snapshot, now);
    let subject = Subject {
        snapshot,
        now,
        outlook: &outlook,
    };
    let mut by_phone = Vec::new();
    for rule in subject.rules() {
        by_phone.extend(ByPhone::of(subject, rule));
    }
    let mut problems = Vec::new();
    for queue in queues {
        problems.extend(warning(queue, &by_phone, fallback(snapshot)));
    }
    problems
}

/// A rule, and one of those whom it rings by telephone at some time.
struct ByPhone<'s> {
    rule: &'s Rule,
    agent: &'s str,
}

impl<'s> ByPhone<'s> {
    fn of(subject: Subject<'s>, rule: &'s Rule) -> Option<Self> {
        if rule.action != Action::Ring {
            return None;
        }
        let (callers, waits) = (callers(subject, rule), waits(rule));
        for situation in situations(subject, rule, &callers, &waits) {
            let mut router = Router::new(subject.snapshot, situation.moment);
            let offers = router.ring(rule, &situation.ask(), &mut FirstTicket, &mut Silent);
            let by_phone = |offer: &&Offer| offer.routing_type == RoutingType::Phone;
            if let Some(offer) = offers.iter().find(by_phone) {
                let agent = &subject.snapshot.agents.get(offer.agent)?.id;
                return Some(Self { rule, agent });
            }
        }
        None
    }

    fn serves(&self, queue: &str) -> bool {
        match &self.rule.conditions.queues {
            Some(queues) => queues.iter().any(|other| **other == *queue),
            None => true,
        }
    }
}

/// Somebody whom the fallback group rings by telephone.
fn fallback(snapshot: &Snapshot) -> Option<&str> {
    let members = &snapshot.groups.get(snapshot.settings.fallback?)?.members;
    for member in members {
        let Some(agent) = snapshot.agents.get(member.agent) else {
            continue;
        };
        let routing_type = member.routing_type.unwrap_or(agent.routing_type);
        let has_phone = agent.enabled && agent.phone_number.is_some();
        if has_phone && routing_type == RoutingType::Phone {
            return Some(&agent.id);
        }
    }
    None
}

fn warning(queue: &str, by_phone: &[ByPhone<'_>], fallback: Option<&str>) -> Option<Problem> {
    /// More rules than these are counted.
    const NAMED: usize = 3;
    let mut telephones = Vec::new();
    let mut more = 0;
    for ByPhone { rule, agent } in by_phone.iter().filter(|rule| rule.serves(queue)) {
        if telephones.len() == NAMED {
            more += 1;
            continue;
        }
        telephones.push(Telephone::Rule {
            rule: rule.id,
            name: rule.name.to_string(),
            agent: (*agent).to_owned(),
        });
    }
    if more > 0 {
        telephones.push(Telephone::MoreRules(more));
    }
    if let Some(agent) = fallback {
        telephones.push(Telephone::Fallback(agent.to_owned()));
    }
    if telephones.is_empty() {
        return None;
    }
    let advice = Advice::NoCalloutNumber {
        queue: queue.to_owned(),
        telephones: Telephones(telephones),
    };
    Some(Suspect::row(Table::Queues, queue).warn(advice))
}
