//! Queues whose calls ring telephones, although Stringee has no number to show there.

use jiff::Timestamp;

use super::outlook::Outlook;
use super::situations::{callers, situations, waits};
use super::{Subject, Suspect};
use crate::diagnosis::{Advice, Telephone, Telephones};
use crate::explain::Silent;
use crate::problem::Problem;
use crate::route::Router;
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
    let by_phone: Vec<ByPhone<'_>> = subject
        .rules()
        .filter_map(|rule| ByPhone::of(subject, rule))
        .collect();
    queues
        .iter()
        .filter_map(|queue| warning(queue, &by_phone, fallback(snapshot)))
        .collect()
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
        let agent = situations(subject, rule, &callers, &waits).find_map(|situation| {
            let mut router = Router::new(subject.snapshot, situation.moment);
            let offers = router.ring(rule, &situation.ask(), &mut FirstTicket, &mut Silent);
            offers
                .iter()
                .find(|offer| offer.routing_type == RoutingType::Phone)
                .map(|offer| offer.agent)
        })?;
        Some(Self {
            rule,
            agent: &subject.snapshot.agents.get(agent)?.id,
        })
    }

    fn serves(&self, queue: &str) -> bool {
        let queues = self.rule.conditions.queues.as_ref();
        queues.is_none_or(|queues| queues.iter().any(|other| **other == *queue))
    }
}

/// Somebody whom the fallback group rings by telephone.
fn fallback(snapshot: &Snapshot) -> Option<&str> {
    let members = &snapshot.groups.get(snapshot.settings.fallback?)?.members;
    members.iter().find_map(|member| {
        let agent = snapshot
            .agents
            .get(member.agent)
            .filter(|agent| agent.enabled && agent.phone_number.is_some())?;
        let routing_type = member.routing_type.unwrap_or(agent.routing_type);
        (routing_type == RoutingType::Phone).then_some(&*agent.id)
    })
}

fn warning(queue: &str, by_phone: &[ByPhone<'_>], fallback: Option<&str>) -> Option<Problem> {
    /// More rules than these are counted.
    const NAMED: usize = 3;
    let rules: Vec<&ByPhone<'_>> = by_phone
        .iter()
        .filter(|by_phone| by_phone.serves(queue))
        .collect();
    let named = rules
        .iter()
        .take(NAMED)
        .map(|ByPhone { rule, agent }| Telephone::Rule {
            rule: rule.id,
            name: rule.name.to_string(),
            agent: (*agent).to_owned(),
        });
    let more = rules.len().saturating_sub(NAMED);
    let more = (more > 0).then_some(Telephone::MoreRules(more));
    let fallback = fallback.map(|agent| Telephone::Fallback(agent.to_owned()));
    let telephones = Telephones(named.chain(more).chain(fallback).collect());
    (!telephones.0.is_empty()).then(|| {
        let queue_id = queue.to_owned();
        let advice = Advice::NoCalloutNumber {
            queue: queue_id,
            telephones,
        };
        Suspect::row(Table::Queues, queue).warn(advice)
    })
}
