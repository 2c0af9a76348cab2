//! `groups` and `group_members`.

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use super::names::Names;
use super::parts::{PartKey, PartSources};
use super::row::Row;
use super::{ANSWER_TIMEOUT_SECONDS, Compiler};
use crate::arena::{Arena, Index};
use crate::diagnosis::RowFault;
use crate::schedule::Schedule;
use crate::schema::{group_members, groups};
use crate::snapshot::{Agent, Group, Member, Strategy};
use crate::table::Table;

impl Compiler<'_> {
    /// All groups with their members, who are agents and may have shifts.
    pub(super) fn groups(
        &mut self,
        agents: &Names<Agent>,
        schedules: &Names<Schedule>,
        sources: &mut PartSources,
    ) -> (Arena<Group>, Names<Group>) {
        let before = self.before;
        let mut key = PartKey::new();
        key.add_rows(self.tables.mark(Table::Groups));
        key.add_rows(self.tables.mark(Table::GroupMembers));
        key.add(agents.digest());
        key.add(schedules.digest());
        let take_over = |_: &mut Self| {
            let groups = before.groups.clone();
            let names = Names::of_all(Table::Groups, groups.values().map(|group| &*group.id));
            (groups, names)
        };
        let make = |compiler: &mut Self| compiler.all_groups(agents, schedules);
        let (groups, source) = self.part(&key, before.sources.groups.as_ref(), take_over, make);
        sources.groups = source;
        groups
    }

    fn all_groups(
        &mut self,
        agents: &Names<Agent>,
        schedules: &Names<Schedule>,
    ) -> (Arena<Group>, Names<Group>) {
        let judged = self.each(Table::Groups, group);
        let (groups, left_out) = self.sorted(Table::Groups, judged, |group| &group.id);
        let names = Names::new(
            Table::Groups,
            groups.iter().map(|group| &*group.id),
            left_out,
        );
        let mut seen: HashSet<_, FxBuildHasher> = HashSet::default();
        let members = self.each(Table::GroupMembers, |row| {
            let (group, member) = member(row, &names, agents, schedules)?;
            if !seen.insert((group, member.agent)) {
                row.refuse(group_members::AGENT_ID, RowFault::MemberTwice);
            }
            Some((group, member))
        });
        let mut members_of: Vec<Vec<Member>> = vec![Vec::new(); groups.len()];
        for (group, member) in members.right {
            if let Some(members) = members_of.get_mut(group.place()) {
                members.push(member);
            }
        }
        let with_members = groups.into_iter().zip(members_of).map(|(group, members)| {
            Group::new(group.id, group.name, group.strategy, group.spread, members)
        });
        (Arena::new(with_members.collect()), names)
    }
}

fn group(row: &mut Row<'_>) -> Option<Group> {
    let strategies = [
        ("ordered", Strategy::Ordered),
        ("weighted", Strategy::Weighted),
        ("rotate", Strategy::Rotate),
        ("sticky", Strategy::Sticky),
        ("longest_idle", Strategy::LongestIdle),
        ("fewest_calls", Strategy::FewestCalls),
    ];
    let (id, name) = (row.text(groups::ID), row.text(groups::NAME));
    let strategy = row.choice(groups::STRATEGY, &strategies);
    let spread = row.optional_number::<u8>(groups::SPREAD, 0..=1);
    let strategy = strategy?;
    let spread = match spread {
        Some(spread) => spread == 1,
        None => strategy.heeds_activity(),
    };
    Some(Group::new(
        id.into(),
        name.into(),
        strategy,
        spread,
        Vec::new(),
    ))
}

fn member(
    row: &mut Row<'_>,
    groups: &Names<Group>,
    agents: &Names<Agent>,
    schedules: &Names<Schedule>,
) -> Option<(Index<Group>, Member)> {
    let group = row.required_reference(group_members::GROUP_ID, groups);
    let agent = row.required_reference(group_members::AGENT_ID, agents);
    let schedule = row.reference(group_members::SCHEDULE_ID, schedules);
    let level = row.number(group_members::LEVEL, 1..=9);
    let position = row.number(group_members::POSITION, i64::MIN..=i64::MAX);
    let weight = row.number(group_members::WEIGHT, 0..=1000);
    let routing_type = row.routing_type(group_members::ROUTING_TYPE);
    let answer_timeout = row.optional_number(group_members::ANSWER_TIMEOUT, ANSWER_TIMEOUT_SECONDS);
    let member = Member {
        agent: agent?,
        level,
        position,
        weight,
        schedule,
        routing_type,
        answer_timeout,
    };
    Some((group?, member))
}
