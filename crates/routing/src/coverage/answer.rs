//! What happens to one call at one moment, however long it waits.

use super::{Answer, FirstChoice, Reach};
use crate::arena::Index;
use crate::call::{Ask, Call};
use crate::candidate::{Candidate, Dropped};
use crate::explain::{Explanation, Note, Silent, Verdict};
use crate::moment::Moment;
use crate::route::{Outcome, Router};
use crate::snapshot::{Agent, Group, Rule, Snapshot, Strategy, Target};
use crate::tickets::FirstTicket;

/// Asks about a call that has just come in, and about what comes of it later if no rule rings anybody yet.
pub fn answer(snapshot: &Snapshot, moment: &Moment, call: &Call<'_>) -> Answer {
    let mut router = Router::new(snapshot, moment);
    let now = router.explain_matches(call, 0, &mut FirstTicket);
    let mut passed = Vec::new();
    let mut empty_rules = Vec::new();
    for trial in &now.rules {
        if trial.verdict != Verdict::FoundNobody {
            continue;
        }
        passed.push(trial.rule);
        if is_empty(snapshot, &mut router, &now, call, trial.rule) {
            empty_rules.push(trial.rule);
        }
    }
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
    let answering = match later {
        Some((_, explanation)) => explanation,
        None => now,
    };
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
    let mut waits = Vec::new();
    for rule in rules {
        if let Some(rule) = snapshot.rules.get(*rule) {
            let after = rule.steps.iter().map(|step| step.after_seconds);
            waits.extend(after.filter(|seconds| *seconds > 0));
        }
    }
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
    for seconds in waits(snapshot, passed) {
        let trial = router.explain_matches(call, seconds, &mut FirstTicket);
        if let Outcome::Rule(_) = trial.decision.outcome {
            return Some((seconds, trial));
        }
    }
    None
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
    let Some(index) = explanation.decision.rule() else {
        return match &explanation.fallback {
            Some((group, notes)) => first_of(snapshot.groups.get(*group), notes),
            None => FirstChoice::default(),
        };
    };
    let trial = explanation.rules.iter().find(|trial| trial.rule == index);
    let (Some(trial), Some(rule)) = (trial, snapshot.rules.get(index)) else {
        return FirstChoice::default();
    };
    let is_kept = |note: &Note| matches!(note, Note::Kept(_));
    let mut steps = trial.steps.iter();
    let Some(tried) = steps.find(|step| step.notes.iter().any(is_kept)) else {
        return FirstChoice::default();
    };
    let step = rule.steps.iter().find(|step| step.number == tried.number);
    let group = match step.map(|step| step.target) {
        Some(Target::Group(group)) => snapshot.groups.get(group),
        _ => None,
    };
    first_of(group, &tried.notes)
}

/// Of the agents that a step adds, and of those it would add if it could add more.
fn first_of(group: Option<&Group>, notes: &[Note]) -> FirstChoice {
    let Some(leader) = notes.iter().find_map(kept) else {
        return FirstChoice::default();
    };
    let group = match group {
        Some(group) if group.strategy != Strategy::Ordered => group,
        _ => {
            return FirstChoice {
                strategy: Strategy::Ordered,
                agents: vec![(leader.agent, leader.weight)],
            };
        }
    };
    let by_weight = group.strategy != Strategy::Rotate && leader.weight > 0;
    let mut agents = Vec::new();
    for note in notes {
        let (agent, level, weight) = match note {
            Note::Kept(candidate) => (candidate.agent, candidate.level, candidate.weight),
            Note::Dropped {
                agent,
                level: Some(level),
                reason: Dropped::OverStepMaximum | Dropped::OverListMaximum,
            } => {
                // Who stands in has the weight of another member, which a note does not say.
                let member = group.member(*agent);
                (*agent, *level, member.map_or(1, |member| member.weight))
            }
            _ => continue,
        };
        if level == leader.level && (!by_weight || weight > 0) {
            agents.push((agent, weight));
        }
    }
    agents.sort_unstable();
    FirstChoice {
        strategy: group.strategy,
        agents,
    }
}

fn kept(note: &Note) -> Option<&Candidate> {
    match note {
        Note::Kept(candidate) => Some(candidate),
        _ => None,
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
        if self.strategy.heeds_activity() {
            return None;
        }
        let weight = |weight: u16| match self.strategy {
            Strategy::Weighted | Strategy::Sticky => f64::from(weight),
            _ => 1.0,
        };
        let (mut total, mut count) = (0.0, 0.0);
        for (_, own) in &self.agents {
            total += weight(*own);
            count += 1.0;
        }
        let share = |(_, own): &(Index<Agent>, u16)| {
            if total <= 0.0 {
                100.0 / count
            } else {
                weight(*own) * 100.0 / total
            }
        };
        Some(self.agents.iter().map(share).collect())
    }
}
