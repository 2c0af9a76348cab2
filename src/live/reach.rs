//! Whom the rules can ring at all, at whatever time: what the guard compares between two versions.

use std::collections::{HashMap, HashSet};

use routing::arena::Index;
use routing::snapshot::{Action, Agent, Group, Rule, Snapshot, Step, Target};

/// The agents whom some rule or the fallback can ring, and the queues whose calls can reach somebody.
///
/// Agents are known by their ids: the indices of one version mean nothing in another.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    pub(super) agents: HashSet<Box<str>>,
    /// The queues named by rules that ring somebody.
    queues: HashSet<Box<str>>,
    /// A rule for all queues, or the fallback, rings somebody.
    any_queue: bool,
}

impl Reach {
    /// Looks through all rules.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut reach = Self::default();
        let mut agents = HashSet::new();
        let owners = owners(snapshot);
        // Many rules have steps that ring the same: each of these is looked at once.
        let mut is_anybody_rung = HashMap::new();
        for (_, rule) in snapshot
            .rules
            .iter()
            .filter(|(_, rule)| rule.enabled && rule.action == Action::Ring)
        {
            let mut rings_somebody = false;
            for step in &rule.steps {
                rings_somebody |= *is_anybody_rung.entry(whom(step)).or_insert_with(|| {
                    let rung = rung_by(snapshot, &owners, step);
                    agents.extend(rung.iter().copied());
                    !rung.is_empty()
                });
            }
            if rings_somebody {
                reach.add_queues(rule);
            }
        }
        let fallback = snapshot
            .settings
            .fallback
            .map(|group| members(snapshot, group, None));
        let fallback: Vec<_> = fallback
            .into_iter()
            .flatten()
            .filter(|agent| is_enabled(snapshot, *agent))
            .collect();
        reach.any_queue |= !fallback.is_empty();
        agents.extend(fallback);
        let known = agents
            .into_iter()
            .filter_map(|agent| snapshot.agents.get(agent));
        reach.agents = known.map(|agent| agent.id.clone()).collect();
        reach
    }

    /// Whether a call in a queue can reach somebody.
    pub(super) fn has_queue(&self, queue: &str) -> bool {
        self.any_queue || self.queues.contains(queue)
    }

    fn add_queues(&mut self, rule: &Rule) {
        match &rule.conditions.queues {
            Some(queues) => self.queues.extend(queues.iter().cloned()),
            None => self.any_queue = true,
        }
    }
}

/// All that [`rung_by`] looks at: of two steps with the same, both can ring the same agents.
const fn whom(step: &Step) -> (Target, Option<Index<Group>>, Option<u8>) {
    (step.target, step.and_group, step.max_level)
}

/// The enabled agents whom a step can ring.
fn rung_by(snapshot: &Snapshot, owners: &HashSet<Index<Agent>>, step: &Step) -> Vec<Index<Agent>> {
    let targets = match step.target {
        Target::Agent(agent) => vec![agent],
        Target::Group(group) | Target::LastAgent(Some(group)) => {
            members(snapshot, group, step.max_level)
        }
        // Anybody or nobody: it is not the rules that say so.
        Target::LastAgent(None) => Vec::new(),
        Target::Owner(group) => {
            let in_group =
                |agent: &Index<Agent>| group.is_none_or(|group| is_member(snapshot, group, *agent));
            owners.iter().copied().filter(in_group).collect()
        }
    };
    let is_rung = |agent: &Index<Agent>| {
        is_enabled(snapshot, *agent)
            && step
                .and_group
                .is_none_or(|group| is_member(snapshot, group, *agent))
    };
    targets.into_iter().filter(is_rung).collect()
}

fn members(snapshot: &Snapshot, group: Index<Group>, max_level: Option<u8>) -> Vec<Index<Agent>> {
    let members = snapshot
        .groups
        .get(group)
        .map_or(&[][..], |group| &group.members);
    let in_reach = members
        .iter()
        .filter(|member| max_level.is_none_or(|highest| member.level <= highest));
    in_reach.map(|member| member.agent).collect()
}

/// Everybody who looks after a caller or may come to stand in for an owner: a million callers have far fewer of them.
fn owners(snapshot: &Snapshot) -> HashSet<Index<Agent>> {
    let owners: HashSet<_> = snapshot.callers.owners().collect();
    owners
        .into_iter()
        .flat_map(|owner| with_covers(snapshot, owner))
        .collect()
}

/// An owner, and who may come to stand in for them.
fn with_covers(snapshot: &Snapshot, owner: Index<Agent>) -> impl Iterator<Item = Index<Agent>> {
    /// As many covers as the evaluation follows.
    const COVERS: usize = 5;
    let cover = |agent: &Index<Agent>| snapshot.agents.get(*agent).and_then(|agent| agent.cover);
    std::iter::successors(Some(owner), cover).take(1 + COVERS)
}

fn is_member(snapshot: &Snapshot, group: Index<Group>, agent: Index<Agent>) -> bool {
    snapshot
        .groups
        .get(group)
        .is_some_and(|group| group.member(agent).is_some())
}

fn is_enabled(snapshot: &Snapshot, agent: Index<Agent>) -> bool {
    snapshot
        .agents
        .get(agent)
        .is_some_and(|agent| agent.enabled)
}
