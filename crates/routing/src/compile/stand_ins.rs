//! `stand_ins`.

use super::Compiler;
use super::names::Names;
use super::row::Row;
use crate::arena::{Arena, Index};
use crate::diagnosis::RowFault;
use crate::schema::stand_ins;
use crate::snapshot::{Agent, Group, StandIn};
use crate::table::Table;

impl Compiler<'_> {
    /// All stand-ins, one for each group that a row counts in, by group and member.
    pub(super) fn stand_ins(
        &mut self,
        agents: &Names<Agent>,
        names: &Names<Group>,
        groups: &Arena<Group>,
    ) -> Vec<StandIn> {
        let mut seen: Vec<(Index<Agent>, Option<Index<Group>>, StandInDates)> = Vec::new();
        let judged = self.each(Table::StandIns, |row| {
            let id = row.number(stand_ins::ID, i64::MIN..=i64::MAX);
            let (agent, by, group, dates) = stand_in(row, agents, names)?;
            let is_same_place = |other: Option<Index<Group>>| match (other, group) {
                (Some(other), Some(group)) => other == group,
                _ => true,
            };
            let is_known = seen.iter().any(|(known, other, known_dates)| {
                *known == agent && is_same_place(*other) && known_dates.overlap(dates)
            });
            if is_known {
                row.refuse(stand_ins::AGENT_ID, RowFault::StandInTwice);
            } else if row.is_right() {
                seen.push((agent, group, dates));
            }
            if row.is_right() && places(groups, agent, group).next().is_none() {
                row.warn(stand_ins::AGENT_ID, RowFault::StandInWithoutPlace);
            }
            Some((id, agent, by, group, dates))
        });
        let mut all = Vec::new();
        for (id, member, by, group, StandInDates { from, to }) in judged.right {
            all.extend(places(groups, member, group).map(|group| StandIn {
                id,
                group,
                member,
                by,
                from,
                to,
            }));
        }
        all.sort_by_key(|stand_in| (stand_in.group, stand_in.member, stand_in.from));
        all
    }
}

/// The groups in which an agent has a place, of one or of all.
fn places(
    groups: &Arena<Group>,
    agent: Index<Agent>,
    only: Option<Index<Group>>,
) -> impl Iterator<Item = Index<Group>> {
    let has_place = move |(index, group): &(Index<Group>, &Group)| {
        only.unwrap_or(*index) == *index && group.member(agent).is_some()
    };
    let places = groups.iter().filter(has_place);
    places.map(|(index, _)| index)
}

/// From the first date to the last.
#[derive(Clone, Copy)]
struct StandInDates {
    from: jiff::civil::Date,
    to: jiff::civil::Date,
}

impl StandInDates {
    fn overlap(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

type Read = (
    Index<Agent>,
    Option<Index<Agent>>,
    Option<Index<Group>>,
    StandInDates,
);

fn stand_in(row: &mut Row<'_>, agents: &Names<Agent>, groups: &Names<Group>) -> Option<Read> {
    let agent = row.required_reference(stand_ins::AGENT_ID, agents);
    let by = row.reference(stand_ins::BY_ID, agents);
    let group = row.reference(stand_ins::GROUP_ID, groups);
    let from = row.required_date(stand_ins::DATE_FROM);
    let to = row.required_date(stand_ins::DATE_TO);
    if by.is_some() && by == agent {
        row.refuse(stand_ins::BY_ID, RowFault::OwnStandIn);
    }
    let (from, to) = (from?, to?);
    if to < from {
        row.refuse(stand_ins::DATE_TO, RowFault::LastDateBeforeFirst);
    }
    Some((agent?, by, group, StandInDates { from, to }))
}
