//! Ids that are not what Stringee sends, or that people take for one another.

use std::collections::HashMap;

use super::{Subject, Suspect};
use crate::diagnosis::Advice;
use crate::problem::{Problem, quoted_text};
use crate::table::Table;

/// What the ids of agents in Stringee's console begin with, which no call is routed by.
const CONSOLE: &str = "AG_";

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    let agents = || snapshot.agents.values().map(|agent| &*agent.id);
    let groups = snapshot.groups.values().map(|group| &*group.id);
    let schedules = snapshot.schedules.values().map(|schedule| &*schedule.id);
    let queues = snapshot.queue_names.keys().map(|id| &**id);
    let mut problems = Vec::new();
    for id in agents() {
        if id.starts_with(CONSOLE) {
            problems.push(Suspect::row(Table::Agents, id).warn(Advice::AgentIdOfConsole));
        }
    }
    problems.extend(alike(Table::Agents, agents()));
    problems.extend(alike(Table::Groups, groups));
    problems.extend(alike(Table::Schedules, schedules));
    problems.extend(alike(Table::Queues, queues));
    problems
}

/// Ids of a table that differ from the first of their kind by case alone.
fn alike<'i>(table: Table, ids: impl Iterator<Item = &'i str>) -> Vec<Problem> {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let mut firsts: HashMap<String, &str> = HashMap::with_capacity(ids.len());
    let mut problems = Vec::new();
    for id in ids {
        let first = *firsts.entry(id.to_lowercase()).or_insert(id);
        if first != id {
            let other = quoted_text(first);
            problems.push(Suspect::row(table, id).warn(Advice::IdLikeAnother { other }));
        }
    }
    problems
}
