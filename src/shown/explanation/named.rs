//! Rows as a person names them: by id, with the name behind it.

use std::fmt;

use serde::Serialize;

use routing::arena::Index;
use routing::schedule::Schedule;
use routing::snapshot::{Agent, Group, Snapshot, Tag};

/// A row's id and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Named<'s> {
    pub(crate) id: &'s str,
    pub(crate) name: &'s str,
}

impl<'s> Named<'s> {
    pub(crate) fn agent(snapshot: &'s Snapshot, agent: Index<Agent>) -> Self {
        match snapshot.agents.get(agent) {
            None => Self::NOBODY,
            Some(agent) => Self {
                id: &agent.id,
                name: &agent.name,
            },
        }
    }

    pub(crate) fn group(snapshot: &'s Snapshot, group: Index<Group>) -> Self {
        match snapshot.groups.get(group) {
            None => Self::NOBODY,
            Some(group) => Self {
                id: &group.id,
                name: &group.name,
            },
        }
    }

    /// Stands for an index of another snapshot, which nobody makes.
    const NOBODY: Self = Self { id: "", name: "" };
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { id, name } if id == name => f.write_str(id),
            Self { id, name } => write!(f, "{id} ({name})"),
        }
    }
}

/// The names of tags, sorted.
pub(crate) fn tag_names<'s>(snapshot: &'s Snapshot, tags: &[Index<Tag>]) -> Vec<&'s str> {
    let mut names = Vec::with_capacity(tags.len());
    for tag in tags {
        if let Some(tag) = snapshot.tags.get(*tag) {
            names.push(&*tag.0);
        }
    }
    names.sort_unstable();
    names
}

pub(crate) fn schedule_id(snapshot: &Snapshot, schedule: Index<Schedule>) -> &str {
    let schedule = snapshot.schedules.get(schedule);
    schedule.map_or("", |schedule| &schedule.id)
}
