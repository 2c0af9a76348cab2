//! People, groups and schedules that nothing refers to.
//!
//! Rules that are switched off may be meant for later, so what they name counts as used.

use std::collections::HashSet;

use super::{Subject, Suspect};
use crate::arena::Index;
use crate::diagnosis::Advice;
use crate::problem::Problem;
use crate::schedule::Schedule;
use crate::snapshot::{Agent, Group, Snapshot, Target};
use crate::table::Table;

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    [schedules(snapshot), agents(snapshot), groups(snapshot)].concat()
}

fn schedules(snapshot: &Snapshot) -> Vec<Problem> {
    let mut used: HashSet<Index<Schedule>> = HashSet::new();
    for member in snapshot.members() {
        used.extend(member.schedule);
    }
    for rule in snapshot.rules.values() {
        if let Some(hours) = rule.conditions.hours {
            used.insert(hours.schedule);
        }
    }
    let mut problems = Vec::new();
    for (index, schedule) in snapshot.schedules.iter() {
        if !used.contains(&index) {
            let suspect = Suspect::row(Table::Schedules, &schedule.id);
            problems.push(suspect.warn(Advice::UnusedSchedule));
        }
    }
    problems
}

fn agents(snapshot: &Snapshot) -> Vec<Problem> {
    let mut used: HashSet<Index<Agent>> = snapshot.callers.owners().collect();
    for member in snapshot.members() {
        used.insert(member.agent);
    }
    for step in snapshot.rules.values().flat_map(|rule| &rule.steps) {
        if let Target::Agent(agent) = step.target {
            used.insert(agent);
        }
    }
    for agent in snapshot.agents.values() {
        used.extend(agent.cover);
    }
    for (_, absence) in &snapshot.absences {
        used.extend(absence.cover);
    }
    for row in &snapshot.stand_ins {
        used.extend(row.by);
    }
    let mut problems = Vec::new();
    for (index, agent) in snapshot.agents.iter() {
        if agent.enabled && !used.contains(&index) {
            let suspect = Suspect::row(Table::Agents, &agent.id);
            problems.push(suspect.warn(Advice::AgentNeverRung));
        }
    }
    problems
}

fn groups(snapshot: &Snapshot) -> Vec<Problem> {
    let mut used: HashSet<Index<Group>> = HashSet::from_iter(snapshot.settings.fallback);
    for step in snapshot.rules.values().flat_map(|rule| &rule.steps) {
        match step.target {
            Target::Group(group) => used.extend([group]),
            Target::Owner(group) | Target::LastAgent(group) => used.extend(group),
            Target::Agent(_) => {}
        }
        used.extend(step.and_group);
    }
    let mut problems = Vec::new();
    for (index, group) in snapshot.groups.iter() {
        if !used.contains(&index) {
            let suspect = Suspect::row(Table::Groups, &group.id);
            problems.push(suspect.warn(Advice::UnusedGroup));
        }
    }
    problems
}
