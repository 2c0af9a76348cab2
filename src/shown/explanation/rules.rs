//! The rules that were tried, their steps, and the agents considered.

use std::cmp::Reverse;

use serde::Serialize;

use super::named::Named;
use super::reasons::{self, AgentWhy, Reason};
use super::report::Asked;
use routing::activity::Standing;
use routing::candidate::Candidate;
use routing::explain::{Explanation, Note, RuleTrial, StepState, StepTrial, Verdict};
use routing::snapshot::{RoutingType, Snapshot, Step, Strategy, Target};

/// What came of a rule.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RuleReport<'a> {
    pub(crate) id: i64,
    pub(crate) position: i64,
    pub(crate) name: &'a str,
    pub(crate) verdict: VerdictReport,
    /// The first column whose condition does not hold.
    pub(crate) mismatch: Option<Reason>,
    pub(crate) steps: Vec<StepReport<'a>>,
}

/// How a rule's trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictReport {
    NoMatch,
    FoundNobody,
    Answers,
    Blocks,
}

/// What came of a step. What it asks for stands as in `rule_steps`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StepReport<'a> {
    pub(crate) step: i64,
    pub(crate) after_seconds: u32,
    pub(crate) until_seconds: Option<u32>,
    pub(crate) target: TargetReport,
    pub(crate) group: Option<Named<'a>>,
    pub(crate) agent: Option<Named<'a>>,
    pub(crate) and_group: Option<Named<'a>>,
    pub(crate) max_level: Option<u8>,
    pub(crate) max_agents: Option<usize>,
    pub(crate) routing_type: Option<u8>,
    pub(crate) answer_timeout: Option<u8>,
    pub(crate) state: StateReport,
    pub(crate) strategy: Option<StrategyReport>,
    pub(crate) agents: Vec<AgentTrial<'a>>,
}

/// Whom a step rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetReport {
    Group,
    Agent,
    Owner,
    LastAgent,
}

/// Whether a step counts for a call that has waited so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateReport {
    NotYet,
    Counts,
    Over,
}

/// How a group's members are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum StrategyReport {
    Ordered,
    Weighted,
    Rotate,
    Sticky,
    LongestIdle,
    FewestCalls,
}

/// What became of an agent.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "fate", rename_all = "snake_case")]
pub(crate) enum AgentTrial<'a> {
    /// In the list.
    Rung {
        /// Place in the list, from 1.
        place: usize,
        agent: Named<'a>,
        #[serde(flatten)]
        rank: Option<Rank>,
        routing_type: u8,
        answer_timeout: u8,
    },
    /// Not in the list.
    LeftOut {
        agent: Named<'a>,
        level: Option<u8>,
        #[serde(flatten)]
        why: AgentWhy,
    },
    /// Not in the list, but somebody else is considered in their place.
    Covered {
        agent: Named<'a>,
        #[serde(flatten)]
        why: AgentWhy,
        by: Named<'a>,
    },
    /// In the list, behind those who stand first for fewer calls that wait.
    StandsFirst {
        agent: Named<'a>,
        calls: u32,
        #[serde(flatten)]
        why: AgentWhy,
    },
    /// In the list, and last.
    Rests {
        agent: Named<'a>,
        #[serde(flatten)]
        why: AgentWhy,
    },
    /// The step rings owners, and the caller has none.
    NoOwner,
    /// The step rings last agents, and none is known for the caller.
    NoLastAgent {
        /// For how many days they would be.
        days: u16,
    },
}

/// What an agent's place in a group depends on.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Rank {
    pub(crate) level: u8,
    pub(crate) position: i64,
    pub(crate) weight: u16,
    /// The lower comes first; none for weight 0, which comes last, and where nobody draws.
    pub(crate) draw: Option<f64>,
    /// With a strategy that heeds it: what is known of the agent's calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls: Option<CallsReport>,
    /// The time of day since when they are free, for people.
    #[serde(skip)]
    pub(crate) free_since: Option<String>,
}

/// What is known of an agent's calls of the last 24 hours.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallsReport {
    None,
    IdleSeconds(u64),
    Taken(u32),
    Talking,
}

impl<'a> RuleReport<'a> {
    pub(crate) fn of(
        asked: &Asked<'a>,
        explanation: &Explanation<'a>,
        trial: &RuleTrial,
    ) -> Option<Self> {
        let snapshot = explanation.snapshot;
        let rule = snapshot.rules.get(trial.rule)?;
        let mut places = 1..;
        let mut steps = Vec::new();
        for (trial, step) in trial.steps.iter().zip(&rule.steps) {
            steps.push(StepReport::of(asked, explanation, step, trial, &mut places));
        }
        Some(Self {
            id: rule.id,
            position: rule.position,
            name: &rule.name,
            verdict: VerdictReport::of(trial.verdict),
            mismatch: match trial.verdict {
                Verdict::Mismatch(mismatch) => {
                    Some(Reason::new(asked, explanation, rule, mismatch))
                }
                Verdict::FoundNobody | Verdict::Answered | Verdict::Blocked => None,
            },
            steps,
        })
    }

    /// Whether it is a rule for other calls altogether, which nobody wonders about.
    pub(crate) fn is_for_other_calls(&self) -> bool {
        const COLUMNS: [&str; 3] = ["queue_id", "to_number", "from_number"];
        matches!(&self.mismatch, Some(reason) if COLUMNS.contains(&reason.column))
    }
}

impl<'a> StepReport<'a> {
    fn of(
        asked: &Asked<'a>,
        explanation: &Explanation<'a>,
        step: &Step,
        trial: &StepTrial,
        places: &mut impl Iterator<Item = usize>,
    ) -> Self {
        let snapshot = explanation.snapshot;
        let (target, group, agent) = match step.target {
            Target::Group(group) => (TargetReport::Group, Some(group), None),
            Target::Agent(agent) => (TargetReport::Agent, None, Some(agent)),
            Target::Owner(group) => (TargetReport::Owner, group, None),
            Target::LastAgent(group) => (TargetReport::LastAgent, group, None),
        };
        Self {
            step: step.number,
            after_seconds: step.after_seconds,
            until_seconds: step.until_seconds,
            target,
            group: group.map(|group| Named::group(snapshot, group)),
            agent: agent.map(|agent| Named::agent(snapshot, agent)),
            and_group: step.and_group.map(|group| Named::group(snapshot, group)),
            max_level: step.max_level,
            max_agents: step.max_agents,
            routing_type: step.routing_type.map(RoutingType::number),
            answer_timeout: step.answer_timeout,
            state: StateReport::of(trial.state),
            strategy: StrategyReport::of(snapshot, step),
            agents: agent_trials(asked, explanation, step, &trial.notes, places),
        }
    }
}

/// What became of the agents of a step. Those in the list take the next places.
pub(crate) fn agent_trials<'a>(
    asked: &Asked<'_>,
    explanation: &Explanation<'a>,
    step: &Step,
    notes: &[Note],
    places: &mut impl Iterator<Item = usize>,
) -> Vec<AgentTrial<'a>> {
    let (snapshot, language) = (explanation.snapshot, asked.language);
    let named = |agent| Named::agent(snapshot, agent);
    let trial = |note: &Note| match *note {
        Note::NoOwner => AgentTrial::NoOwner,
        Note::NoLastAgent => AgentTrial::NoLastAgent {
            days: snapshot.settings.last_agent_days,
        },
        Note::Covered { agent, reason, by } => {
            let why = reasons::dropped(explanation, step, agent, reason);
            AgentTrial::Covered {
                agent: named(agent),
                why: AgentWhy::new(&why, language),
                by: named(by),
            }
        }
        Note::Dropped {
            agent,
            level,
            reason,
        } => {
            let why = reasons::dropped(explanation, step, agent, reason);
            AgentTrial::LeftOut {
                agent: named(agent),
                level,
                why: AgentWhy::new(&why, language),
            }
        }
        Note::StandsFirst { agent, first } => AgentTrial::StandsFirst {
            agent: named(agent),
            calls: first.others,
            why: AgentWhy::new(&reasons::stands_first(asked, snapshot, first), language),
        },
        Note::Rests {
            agent,
            rings,
            missed_ms,
        } => AgentTrial::Rests {
            agent: named(agent),
            why: AgentWhy::new(&reasons::rests(asked, snapshot, rings, missed_ms), language),
        },
        Note::Kept(candidate) => AgentTrial::Rung {
            place: places.next().unwrap_or_default(),
            agent: named(candidate.agent),
            rank: Rank::of(asked, snapshot, step, &candidate),
            routing_type: candidate.routing_type.number(),
            answer_timeout: candidate.answer_timeout,
        },
    };
    notes.iter().map(trial).collect()
}

impl Rank {
    /// The candidate's rank, if it was a group that was rung.
    fn of(
        asked: &Asked<'_>,
        snapshot: &Snapshot,
        step: &Step,
        candidate: &Candidate,
    ) -> Option<Self> {
        let strategy = StrategyReport::of(snapshot, step)?;
        let draws = !matches!(strategy, StrategyReport::Ordered | StrategyReport::Rotate)
            && candidate.weight > 0;
        let heeds_calls = matches!(
            strategy,
            StrategyReport::LongestIdle | StrategyReport::FewestCalls
        );
        let Candidate {
            level,
            position,
            weight,
            ..
        } = *candidate;
        let calls = heeds_calls.then(|| CallsReport::of(candidate.standing));
        let free_since = match candidate.standing {
            Standing::Idle(Reverse(idle_ms)) => Some(reasons::since(asked, snapshot, idle_ms)),
            Standing::Unknown | Standing::Took(..) | Standing::Talking => None,
        };
        Some(Self {
            level,
            position,
            weight,
            draw: draws.then(|| candidate.drawn()),
            calls,
            free_since,
        })
    }
}

impl CallsReport {
    const fn of(standing: Standing) -> Self {
        match standing {
            Standing::Unknown => Self::None,
            Standing::Idle(Reverse(idle_ms)) => Self::IdleSeconds(idle_ms / 1000),
            Standing::Took(calls, _) => Self::Taken(calls),
            Standing::Talking => Self::Talking,
        }
    }
}

impl VerdictReport {
    const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Mismatch(_) => Self::NoMatch,
            Verdict::FoundNobody => Self::FoundNobody,
            Verdict::Answered => Self::Answers,
            Verdict::Blocked => Self::Blocks,
        }
    }
}

impl StateReport {
    const fn of(state: StepState) -> Self {
        match state {
            StepState::NotYet { .. } => Self::NotYet,
            StepState::Open => Self::Counts,
            StepState::Over { .. } => Self::Over,
        }
    }
}

impl StrategyReport {
    /// How a step's agents are put in order, if it is a group that it rings.
    pub(crate) fn of(snapshot: &Snapshot, step: &Step) -> Option<Self> {
        let Target::Group(group) = step.target else {
            return None;
        };
        Some(snapshot.groups.get(group)?.strategy.into())
    }
}

impl From<Strategy> for StrategyReport {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Ordered => Self::Ordered,
            Strategy::Weighted => Self::Weighted,
            Strategy::Rotate => Self::Rotate,
            Strategy::Sticky => Self::Sticky,
            Strategy::LongestIdle => Self::LongestIdle,
            Strategy::FewestCalls => Self::FewestCalls,
        }
    }
}
