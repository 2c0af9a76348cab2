//! People, groups and schedules that nothing refers to.

use std::collections::HashSet;

use super::{Subject, Suspect};
use crate::arena::{Arena, Index};
use crate::diagnosis::Advice;
use crate::problem::Problem;
use crate::schedule::Schedule;
use crate::snapshot::{Agent, Group, Rule, Snapshot, Step, Target};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    [schedules(snapshot), agents(snapshot), groups(snapshot)].concat()
}

/// Rules that are switched off may be meant for later, so what they name counts as used.
fn rules(snapshot: &Snapshot) -> impl Iterator<Item = &Rule> {
    snapshot.rules.iter().map(|(_, rule)| rule)
}

fn steps(snapshot: &Snapshot) -> impl Iterator<Item = &Step> {
    rules(snapshot).flat_map(|rule| &rule.steps)
}

fn schedules(snapshot: &Snapshot) -> Vec<Problem> {
    let of_members = snapshot
        .groups
        .iter()
        .flat_map(|(_, group)| &group.members)
        .filter_map(|member| member.schedule);
    let of_rules = rules(snapshot)
        .filter_map(|rule| rule.conditions.hours)
        .map(|hours| hours.schedule);
    let used: HashSet<Index<Schedule>> = of_members.chain(of_rules).collect();
    let unused = rest(&snapshot.schedules, &used);
    let warn = |schedule: &Schedule| {
        Suspect::row(Table::Schedules, &schedule.id).warn(Advice::UnusedSchedule)
    };
    unused.map(warn).collect()
}

fn agents(snapshot: &Snapshot) -> Vec<Problem> {
    let members = snapshot
        .groups
        .iter()
        .flat_map(|(_, group)| &group.members)
        .map(|member| member.agent);
    let targets = steps(snapshot).filter_map(|step| match step.target {
        Target::Agent(agent) => Some(agent),
        Target::Group(_) | Target::Owner(_) | Target::LastAgent(_) => None,
    });
    let covers = snapshot.agents.iter().filter_map(|(_, agent)| agent.cover);
    let absences = snapshot.absences.iter();
    let covers = covers.chain(absences.filter_map(|(_, absence)| absence.cover));
    let covers = covers.chain(snapshot.stand_ins.iter().filter_map(|row| row.by));
    let used: HashSet<Index<Agent>> = members
        .chain(targets)
        .chain(covers)
        .chain(snapshot.callers.owners())
        .collect();
    let unused = rest(&snapshot.agents, &used).filter(|agent| agent.enabled);
    let warn = |agent: &Agent| Suspect::row(Table::Agents, &agent.id).warn(Advice::AgentNeverRung);
    unused.map(warn).collect()
}

fn groups(snapshot: &Snapshot) -> Vec<Problem> {
    let targets = steps(snapshot).filter_map(|step| match step.target {
        Target::Group(group) => Some(group),
        Target::Owner(group) | Target::LastAgent(group) => group,
        Target::Agent(_) => None,
    });
    let second = steps(snapshot).filter_map(|step| step.and_group);
    let used: HashSet<Index<Group>> = targets
        .chain(second)
        .chain(snapshot.settings.fallback)
        .collect();
    let unused = rest(&snapshot.groups, &used);
    let warn = |group: &Group| Suspect::row(Table::Groups, &group.id).warn(Advice::UnusedGroup);
    unused.map(warn).collect()
}

/// The values that are not among the used ones.
fn rest<'s, T>(all: &'s Arena<T>, used: &HashSet<Index<T>>) -> impl Iterator<Item = &'s T> {
    all.iter()
        .filter(|(index, _)| !used.contains(index))
        .map(|(_, value)| value)
}
