//! `agents`.

use jiff::tz::TimeZone;

use super::names::Names;
use super::row::Row;
use super::{ANSWER_TIMEOUT_SECONDS, Compiler};
use crate::arena::{Arena, Index};
use crate::diagnosis::RowFault;
use crate::number::{CountryCode, Number};
use crate::schema::agents;
use crate::snapshot::{Agent, Leave, RoutingType};
use crate::table::{CellRef, Table};

/// All agents, by id, and who of them has a leave.
type Agents = (Arena<Agent>, Vec<(Index<Agent>, Leave)>, Names<Agent>);

impl Compiler<'_> {
    /// All agents; leaves are in the installation's time zone.
    pub(super) fn agents(&mut self, zone: &TimeZone, country: &CountryCode) -> Agents {
        let judged = self.each(Table::Agents, |row| agent(row, zone, country));
        let (agents, left_out) = self.sorted(Table::Agents, judged, |(agent, _)| &agent.id);
        let (agents, leaves): (Vec<_>, Vec<_>) = agents.into_iter().unzip();
        let leaves = leaves_of(&leaves);
        let names = Names::new(
            Table::Agents,
            agents.iter().map(|agent| &*agent.id),
            left_out,
        );
        (Arena::new(self.with_covers(agents, &names)), leaves, names)
    }
}

/// The agents who have a telephone, by its number, then id.
pub(super) fn by_telephone(agents: &Arena<Agent>) -> Vec<Index<Agent>> {
    let mut numbers: Vec<_> = agents
        .iter()
        .filter_map(|(index, agent)| Some((agent.phone_number.as_deref()?, index)))
        .collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|(_, index)| index).collect()
}

fn agent(
    row: &mut Row<'_>,
    zone: &TimeZone,
    country: &CountryCode,
) -> Option<(Agent, Option<Leave>)> {
    let id = row.text(agents::ID).into();
    let name = row.text(agents::NAME).into();
    let phone_number = phone_number(row, country);
    let routing_type = row.number(agents::ROUTING_TYPE, 1..=2);
    let answer_timeout = row.optional_number(agents::ANSWER_TIMEOUT, ANSWER_TIMEOUT_SECONDS);
    let enabled = row.flag(agents::ENABLED);
    let leave = leave(row, zone);
    let routing_type = RoutingType::from_number(routing_type)?;
    if routing_type == RoutingType::Phone && row.cell(agents::PHONE_NUMBER) == CellRef::Null {
        row.refuse(agents::PHONE_NUMBER, RowFault::MissingPhoneNumber);
    }
    let agent = Agent {
        id,
        name,
        phone_number,
        routing_type,
        answer_timeout,
        enabled,
        cover: None,
    };
    Some((agent, leave))
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
    let meant = Number::from_table(text, country).filter(|number| is_right(number.as_str()));
    let fault = match meant {
        Some(number) if number.as_str() == text => return Some(text.into()),
        Some(number) => RowFault::NumberNotInternational {
            instead: number.as_str().to_owned(),
        },
        None => RowFault::NotAPhoneNumber,
    };
    row.refuse(agents::PHONE_NUMBER, fault);
    None
}

fn leave(row: &mut Row<'_>, zone: &TimeZone) -> Option<Leave> {
    let leave = Leave {
        from: row.optional_instant(agents::AWAY_FROM, zone),
        until: row.optional_instant(agents::AWAY_UNTIL, zone),
    };
    // As written: a zone may skip the hours that a short leave names, and then it is over before it begins.
    if let (Some(from), Some(until)) = (
        row.raw_text(agents::AWAY_FROM),
        row.raw_text(agents::AWAY_UNTIL),
    ) && until <= from
    {
        row.refuse(agents::AWAY_UNTIL, RowFault::BackBeforeAway);
    }
    (leave.from.is_some() || leave.until.is_some()).then_some(leave)
}

fn leaves_of(leaves: &[Option<Leave>]) -> Vec<(Index<Agent>, Leave)> {
    (0..)
        .map(Index::new)
        .zip(leaves)
        .filter_map(|(agent, leave)| Some((agent, (*leave)?)))
        .collect()
}
