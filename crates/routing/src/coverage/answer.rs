//! What happens to one call at one moment, however long it waits.

use super::{Answer, FirstChoice, Reach};
use crate::arena::Index;
use crate::call::{Ask, Call};
use crate::candidate::Dropped;
use crate::explain::{Explanation, Note, Silent, Verdict};
use crate::moment::Moment;
use crate::route::{Outcome, Router};
use crate::snapshot::{Agent, Group, Rule, Snapshot, Strategy, Target};
use crate::tickets::FirstTicket;

/// Asks about a call that has just come in, and about what comes of it later if no rule rings anybody yet.
pub fn answer(snapshot: &Snapshot, moment: &Moment, call: &Call<'_>) -> Answer {
    let mut router = Router::new(snapshot, moment);
    let now = router.explain_matches(call, 0, &mut FirstTicket);
    let passed = now
        .rules
        .iter()
        .filter(|trial| trial.verdict == Verdict::FoundNobody)
        .map(|trial| trial.rule);
    let passed: Vec<Index<Rule>> = passed.collect();
    let empty_rules = passed
        .iter()
        .filter(|rule| is_empty(snapshot, &mut router, &now, call, **rule))
        .copied()
        .collect();
    let later = if now.decision.rule().is_none() {
        later(snapshot, &mut router, call, &passed)
    } else {
        None
    };
    let reach = match (now.decision.outcome, &later) {
        (Outcome::Rule(_), _) => Reach::Rung,
        (Outcome::Blocked(_), _) => Reach::Blocked,
        (_, Some((after_seconds, _))) => Reach::Later {
            after_seconds: *after_seconds,
        },
        (Outcome::Fallback, None) => Reach::Fallback,
        (Outcome::Nobody, None) => Reach::Nobody,
    };
    let answering = later.map_or(now, |(_, explanation)| explanation);
    let decision = &answering.decision;
    Answer {
        reach,
        rule: decision.rule(),
        first: first(&answering),
        agents: decision.offers.len(),
        empty_rules,
    }
}

/// The seconds at which steps of some rules begin, but the first.
fn waits(snapshot: &Snapshot, rules: &[Index<Rule>]) -> Vec<u32> {
    let steps = rules
        .iter()
        .filter_map(|rule| snapshot.rules.get(*rule))
        .flat_map(|rule| &rule.steps);
    let mut waits: Vec<u32> = steps
        .map(|step| step.after_seconds)
        .filter(|seconds| *seconds > 0)
        .collect();
    waits.sort_unstable();
    waits.dedup();
    waits
}

/// The first waiting time at which a rule rings somebody, and how.
fn later<'s>(
    snapshot: &Snapshot,
    router: &mut Router<'s>,
    call: &Call<'_>,
    passed: &[Index<Rule>],
) -> Option<(u32, Explanation<'s>)> {
    let waits = waits(snapshot, passed).into_iter();
    let mut trials = waits.map(|seconds| {
        (
            seconds,
            router.explain_matches(call, seconds, &mut FirstTicket),
        )
    });
    trials.find(|(_, trial)| matches!(trial.decision.outcome, Outcome::Rule(_)))
}

/// Whether a rule that matches finds nobody, however long the call waits.
fn is_empty<'s>(
    snapshot: &'s Snapshot,
    router: &mut Router<'s>,
    now: &Explanation<'s>,
    call: &Call<'_>,
    rule: Index<Rule>,
) -> bool {
    let Some(steps) = snapshot.rules.get(rule) else {
        return true;
    };
    waits(snapshot, &[rule]).into_iter().all(|waited| {
        let ask = Ask {
            call,
            waited,
            caller: now.caller,
        };
        router
            .ring(steps, &ask, &mut FirstTicket, &mut Silent)
            .is_empty()
    })
}

/// Everybody who may be rung first, by id.
fn first(explanation: &Explanation<'_>) -> Vec<Index<Agent>> {
    let agents = first_choice(explanation).agents.into_iter();
    agents.map(|(agent, _)| agent).collect()
}

/// Who may be rung first for a call like the one that is explained.
pub fn first_choice(explanation: &Explanation<'_>) -> FirstChoice {
    let snapshot = explanation.snapshot;
    let Some(rule) = explanation.decision.rule() else {
        let fallback = explanation.fallback.as_ref();
        return fallback
            .map(|(group, notes)| first_of(snapshot.groups.get(*group), notes))
            .unwrap_or_default();
    };
    let trial = explanation.rules.iter().find(|trial| trial.rule == rule);
    let is_kept = |note: &Note| matches!(note, Note::Kept(_));
    let step = trial.and_then(|trial| {
        trial
            .steps
            .iter()
            .find(|step| step.notes.iter().any(is_kept))
    });
    let rule = snapshot.rules.get(rule);
    let (Some(step), Some(rule)) = (step, rule) else {
        return FirstChoice::default();
    };
    let target = rule
        .steps
        .iter()
        .find(|other| other.number == step.number)
        .map(|step| step.target);
    let group = match target {
        Some(Target::Group(group)) => snapshot.groups.get(group),
        _ => None,
    };
    first_of(group, &step.notes)
}

/// Of the agents that a step adds, and of those it would add if it could add more.
fn first_of(group: Option<&Group>, notes: &[Note]) -> FirstChoice {
    let kept = notes.iter().find_map(|note| match note {
        Note::Kept(candidate) => Some(candidate),
        _ => None,
    });
    let Some(leader) = kept else {
        return FirstChoice::default();
    };
    let Some(group) = group.filter(|group| group.strategy != Strategy::Ordered) else {
        return FirstChoice {
            strategy: Strategy::Ordered,
            agents: vec![(leader.agent, leader.weight)],
        };
    };
    let by_weight = group.strategy != Strategy::Rotate && leader.weight > 0;
    let takes_part = |level: u8, weight: u16| level == leader.level && (!by_weight || weight > 0);
    let candidates = notes.iter().filter_map(|note| match note {
        Note::Kept(candidate) => takes_part(candidate.level, candidate.weight)
            .then_some((candidate.agent, candidate.weight)),
        Note::Dropped {
            agent,
            level: Some(level),
            reason: Dropped::OverStepMaximum | Dropped::OverListMaximum,
        } => {
            // Who stands in has the weight of another member, which a note does not say.
            let weight = group.member(*agent).map_or(1, |member| member.weight);
            takes_part(*level, weight).then_some((*agent, weight))
        }
        _ => None,
    });
    let mut agents: Vec<(Index<Agent>, u16)> = candidates.collect();
    agents.sort_unstable();
    FirstChoice {
        strategy: group.strategy,
        agents,
    }
}

impl Default for FirstChoice {
    fn default() -> Self {
        Self {
            strategy: Strategy::Ordered,
            agents: Vec::new(),
        }
    }
}

impl FirstChoice {
    /// The percentage of such calls that begins with each of the agents; `None` where it depends on who is free.
    pub fn shares(&self) -> Option<Vec<f64>> {
        let weight = |(_, weight): &(Index<Agent>, u16)| match self.strategy {
            Strategy::Weighted | Strategy::Sticky => f64::from(*weight),
            _ => 1.0,
        };
        if self.strategy.heeds_activity() {
            return None;
        }
        let weights: Vec<f64> = self.agents.iter().map(weight).collect();
        let total: f64 = weights.iter().sum();
        let equal = total <= 0.0;
        let count = weights.iter().fold(0.0, |count, _| count + 1.0);
        let share = |weight: &f64| {
            if equal {
                100.0 / count
            } else {
                weight * 100.0 / total
            }
        };
        Some(weights.iter().map(share).collect())
    }
}
