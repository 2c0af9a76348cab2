//! Whether the telephones of many have become one.

use std::collections::BTreeMap;

use crate::telemetry::masked;
use routing::compare::FirstAnswer;
use routing::diagnosis::Objection;
use routing::snapshot::{RoutingType, Snapshot};

/// So many agents share a telephone by a slip, not because they take turns with it.
const MANY: usize = 3;

/// The telephones that would ring, by the agents' ids.
#[derive(Debug, Default)]
pub(super) struct Phones<'s> {
    by_agent: BTreeMap<&'s str, &'s str>,
}

impl<'s> Phones<'s> {
    /// Adds those of an answer.
    pub(super) fn add(&mut self, answer: &FirstAnswer<'s>) {
        for ringing in &answer.ringing {
            if ringing.routing_type == RoutingType::Phone
                && let Some(number) = ringing.phone_number
            {
                self.by_agent.insert(ringing.id, number);
            }
        }
    }

    /// What is wrong if most of the telephones are one, and were not by the version before.
    pub(super) fn objection(&self, before: &Snapshot) -> Option<Objection> {
        let mut moved: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, number) in &self.by_agent {
            let agent = before.agent(id).and_then(|agent| before.agents.get(agent));
            if agent.is_some_and(|agent| agent.phone_number.as_deref() != Some(number)) {
                *moved.entry(number).or_default() += 1;
            }
        }
        let (number, agents) = moved.into_iter().max_by_key(|(_, agents)| *agents)?;
        (agents >= MANY && agents * 2 > self.by_agent.len()).then(|| Objection::OneTelephone {
            agents,
            number: masked(number).to_string(),
        })
    }
}
