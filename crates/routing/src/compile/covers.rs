//! `agents.cover_id`: who takes whose callers, and which covers lead back to where they began.

use super::Compiler;
use super::names::Names;
use crate::arena::Index;
use crate::diagnosis::RowFault;
use crate::problem::{Problem, Severity, quoted_text};
use crate::schema::agents;
use crate::snapshot::Agent;
use crate::table::{CellRef, Table};

impl Compiler<'_> {
    /// Fills in who covers for whom. A cover that is wrong is left out, the agent is not.
    pub(super) fn with_covers(
        &mut self,
        mut agents: Vec<Agent>,
        names: &Names<Agent>,
    ) -> Vec<Agent> {
        let covers = self.each(Table::Agents, |row| {
            let CellRef::Text(id) = row.cell(agents::ID) else {
                return None;
            };
            let cover = row.weak_reference(agents::COVER_ID, names)?;
            Some((names.index(id)?, cover))
        });
        for (agent, cover) in covers.right {
            if let Some(agent) = agents.get_mut(agent.place()) {
                agent.cover = Some(cover);
            }
        }
        for circle in circles(&agents) {
            self.problems.extend(problem(&agents, &circle));
        }
        agents
    }
}

/// Each circle of covers once. An evaluation ends in one as well, but whoever wrote it meant something else.
fn circles(agents: &[Agent]) -> Vec<Vec<Index<Agent>>> {
    let cover = |agent: Index<Agent>| agents.get(agent.place())?.cover;
    let mut circles = Vec::new();
    // The start of the walk that has passed each agent: whoever meets only their own trail has walked in a circle.
    let mut passed: Vec<Option<Index<Agent>>> = vec![None; agents.len()];
    for start in (0..).map(Index::new).take(agents.len()) {
        let mut next = Some(start);
        while let Some(trail) = next.and_then(|agent| passed.get_mut(agent.place()))
            && trail.is_none()
        {
            *trail = Some(start);
            next = next.and_then(cover);
        }
        if let Some(met) = next
            && passed.get(met.place()) == Some(&Some(start))
        {
            let mut circle = vec![met];
            let mut other = cover(met);
            while let Some(agent) = other
                && agent != met
            {
                circle.push(agent);
                other = cover(agent);
            }
            circles.push(circle);
        }
    }
    circles
}

fn problem(agents: &[Agent], circle: &[Index<Agent>]) -> Option<Problem> {
    /// Longer circles are cut: a problem is one line of a log.
    const SHOWN: usize = 6;
    let ids: Vec<&str> = circle
        .iter()
        .filter_map(|agent| Some(&*agents.get(agent.place())?.id))
        .collect();
    let first = *ids.first()?;
    let fault = match ids.get(1..).unwrap_or_default() {
        [] => RowFault::OwnCover,
        others => {
            let more = (others.len() > SHOWN).then_some("…");
            RowFault::CircleOfCovers {
                first: first.to_owned(),
                others: others.iter().copied().take(SHOWN).chain(more).collect(),
            }
        }
    };
    Some(Problem {
        severity: Severity::Warning,
        table: Table::Agents,
        key: first.to_owned(),
        column: "cover_id",
        value: quoted_text(ids.get(1).unwrap_or(&first)),
        diagnosis: fault.into(),
    })
}
