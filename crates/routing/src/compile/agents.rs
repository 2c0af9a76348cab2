//! `agents`.

use std::sync::Arc;

use super::names::Names;
use super::parts::{PartKey, PartSources};
use super::row::Row;
use super::{ANSWER_TIMEOUT_SECONDS, Compiler};
use crate::arena::{Arena, Index};
use crate::diagnosis::RowFault;
use crate::number::{CountryCode, Number};
use crate::schema::agents;
use crate::snapshot::{Agent, RoutingType};
use crate::table::{CellRef, Table};

/// The agents of a version.
pub(super) struct KnownAgents {
    /// By id.
    pub(super) agents: Arena<Agent>,
    /// Those who have a telephone, by its number, then id.
    pub(super) by_telephone: Arc<[Index<Agent>]>,
    pub(super) names: Names<Agent>,
}

impl Compiler<'_> {
    /// All agents. Their numbers are checked by the country code.
    pub(super) fn agents(
        &mut self,
        country: &CountryCode,
        sources: &mut PartSources,
    ) -> KnownAgents {
        let before = self.before;
        let mut key = PartKey::new();
        key.add_rows(self.tables.mark(Table::Agents));
        key.add_text(country.as_str());
        let take_over = |_: &mut Self| {
            let agents = before.agents.clone();
            KnownAgents {
                names: Names::of_all(Table::Agents, agents.values().map(|agent| &*agent.id)),
                by_telephone: Arc::clone(&before.by_telephone),
                agents,
            }
        };
        let make = |compiler: &mut Self| {
            let (agents, names) = compiler.all_agents(country);
            KnownAgents {
                by_telephone: by_telephone(&agents),
                agents,
                names,
            }
        };
        let (agents, source) = self.part(&key, before.sources.agents.as_ref(), take_over, make);
        sources.agents = source;
        agents
    }

    fn all_agents(&mut self, country: &CountryCode) -> (Arena<Agent>, Names<Agent>) {
        let judged = self.each(Table::Agents, |row| agent(row, country));
        let (agents, left_out) = self.sorted(Table::Agents, judged, |agent| &agent.id);
        let names = Names::new(
            Table::Agents,
            agents.iter().map(|agent| &*agent.id),
            left_out,
        );
        (Arena::new(self.with_covers(agents, &names)), names)
    }
}

fn by_telephone(agents: &Arena<Agent>) -> Arc<[Index<Agent>]> {
    let mut numbers = Vec::new();
    for (index, agent) in agents.iter() {
        if let Some(number) = &agent.phone_number {
            numbers.push((number, index));
        }
    }
    numbers.sort_unstable();
    numbers.into_iter().map(|(_, index)| index).collect()
}

fn agent(row: &mut Row<'_>, country: &CountryCode) -> Option<Agent> {
    let id = row.text(agents::ID).into();
    let name = row.text(agents::NAME).into();
    let phone_number = phone_number(row, country);
    let routing_type = row.number(agents::ROUTING_TYPE, 1..=2);
    let answer_timeout = row.optional_number(agents::ANSWER_TIMEOUT, ANSWER_TIMEOUT_SECONDS);
    let enabled = row.flag(agents::ENABLED);
    let routing_type = RoutingType::from_number(routing_type)?;
    if routing_type == RoutingType::Phone && row.cell(agents::PHONE_NUMBER) == CellRef::Null {
        row.refuse(agents::PHONE_NUMBER, RowFault::MissingPhoneNumber);
    }
    Some(Agent {
        id,
        name,
        phone_number,
        routing_type,
        answer_timeout,
        enabled,
        cover: None,
    })
}

/// The number as it is sent to the platform, so it must be written as the platform wants it.
fn phone_number(row: &mut Row<'_>, country: &CountryCode) -> Option<Box<str>> {
    /// E.164 has at most 15 digits; no country's numbers have fewer than 7 with their code.
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
    let text = row.optional_text(agents::PHONE_NUMBER)?;
    let is_right = |text: &str| {
        DIGITS.contains(&text.len())
            && !text.starts_with('0')
            && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    // Nine digits alone could be sent, but are a national number that has lost its 0, as spreadsheets do it.
    let fault = match Number::from_table(text, country) {
        Some(number) if number.as_str() == text && is_right(text) => return Some(text.into()),
        Some(number) if is_right(number.as_str()) => RowFault::NumberNotInternational {
            instead: number.as_str().to_owned(),
        },
        _ => RowFault::NotAPhoneNumber,
    };
    row.refuse(agents::PHONE_NUMBER, fault);
    None
}
