//! Why a rule does not match and why an agent is left out, in the words of the tables.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::named::{Named, schedule_id, tag_names};
use super::report::Asked;
use crate::params::object;
use routing::arena::Index;
use routing::candidate::Dropped;
use routing::diagnosis::{
    AgentReason, AwayUntil, CalledNumber, CallersOwner, CallersTags, CallingNumber, Coded as _,
    MismatchReason, OneOf, OwnerWanted, StandingIn, WaitingCalls,
};
use routing::explain::Explanation;
use routing::language::Language;
use routing::matching::Mismatch;
use routing::number::Number;
use routing::snapshot::{Agent, Group, Rule, RuleHours, Snapshot, Step, Target};
use routing::spread::StandsFirst;

/// What keeps a rule from matching.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reason {
    /// The column of `rules`.
    pub(crate) column: &'static str,
    pub(crate) code: &'static str,
    pub(crate) params: Map<String, Value>,
    /// What the column says, and what the call has.
    pub(crate) sentence: String,
}

/// What keeps an agent from being rung, or from being rung sooner.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AgentWhy {
    pub(crate) reason: &'static str,
    pub(crate) params: Map<String, Value>,
    pub(crate) why: String,
}

impl AgentWhy {
    pub(crate) fn new(reason: &AgentReason, language: Language) -> Self {
        Self {
            reason: reason.code(),
            params: object(reason.params()),
            why: reason.said(language),
        }
    }
}

impl Reason {
    /// Why a rule does not match.
    pub(crate) fn new(
        asked: &Asked<'_>,
        explanation: &Explanation<'_>,
        rule: &Rule,
        mismatch: Mismatch,
    ) -> Self {
        let (column, reason) = mismatched(asked, explanation, rule, mismatch);
        Self {
            column,
            code: reason.code(),
            params: object(reason.params()),
            sentence: reason.said(asked.language),
        }
    }
}

fn mismatched(
    asked: &Asked<'_>,
    explanation: &Explanation<'_>,
    rule: &Rule,
    mismatch: Mismatch,
) -> (&'static str, MismatchReason) {
    let (call, conditions) = (asked.call, &rule.conditions);
    let snapshot = explanation.snapshot;
    let text = |number: &Number<'_>| number.as_str().to_owned();
    match mismatch {
        Mismatch::Disabled => ("enabled", MismatchReason::Disabled),
        Mismatch::Queue => {
            let wanted = one_of(conditions.queues.iter().flatten());
            let queue = call.queue_id.to_owned();
            ("queue_id", MismatchReason::OtherQueue { wanted, queue })
        }
        Mismatch::To => {
            let wanted = one_of(conditions.to.iter().flatten());
            let called = CalledNumber(call.to.as_ref().map(text));
            ("to_number", MismatchReason::OtherHotline { wanted, called })
        }
        Mismatch::From => {
            let wanted = one_of(conditions.from.iter().flatten());
            let calling = CallingNumber(call.from.as_ref().map(text));
            let reason = MismatchReason::OtherCaller { wanted, calling };
            ("from_number", reason)
        }
        Mismatch::Tag => {
            let wanted = conditions.tags.as_deref().unwrap_or_default();
            let wanted = one_of(tag_names(snapshot, wanted));
            let found = explanation.caller;
            let tags = found.map(|found| one_of(tag_names(snapshot, &found.caller.tags)).0);
            let tags = CallersTags(tags);
            ("caller_tag", MismatchReason::OtherTag { wanted, tags })
        }
        Mismatch::Owner { wanted } => {
            let owner = match explanation.caller.map(|found| found.caller.owner) {
                None => CallersOwner::UnknownCaller,
                Some(None) => CallersOwner::None,
                Some(Some(owner)) => CallersOwner::Agent(Named::agent(snapshot, owner).to_string()),
            };
            let wanted = OwnerWanted(wanted);
            ("has_owner", MismatchReason::OtherOwner { wanted, owner })
        }
        Mismatch::Hours(hours) => ("schedule_id", closed_or_open(snapshot, hours)),
        Mismatch::Split { percent, drawn } => {
            let reason = MismatchReason::OutsideShare { percent, drawn };
            ("split_percent", reason)
        }
    }
}

fn closed_or_open(snapshot: &Snapshot, hours: RuleHours) -> MismatchReason {
    let schedule = schedule_id(snapshot, hours.schedule).to_owned();
    if hours.when_open {
        MismatchReason::Closed { schedule }
    } else {
        MismatchReason::Open { schedule }
    }
}

fn one_of(values: impl IntoIterator<Item: ToString>) -> OneOf {
    let values = values.into_iter();
    OneOf(values.map(|value| value.to_string()).collect())
}

/// Why an agent is not rung.
pub(crate) fn dropped(
    explanation: &Explanation<'_>,
    step: &Step,
    agent: Index<Agent>,
    reason: Dropped,
) -> AgentReason {
    let snapshot = explanation.snapshot;
    let group = |group| Named::group(snapshot, group).id.to_owned();
    match reason {
        Dropped::Disabled => AgentReason::Disabled,
        Dropped::Away => {
            let until = explanation.moment.away_until(agent);
            let until = AwayUntil(until.map(|until| local(snapshot, until)));
            AgentReason::Away { until }
        }
        Dropped::Replaced => AgentReason::Replaced {
            by: stand_ins(explanation, step, agent),
        },
        Dropped::OffShift => AgentReason::OffShift {
            schedule: shift(snapshot, step, agent),
        },
        Dropped::AboveMaxLevel => AgentReason::AboveMaxLevel {
            max_level: step.max_level.unwrap_or_default(),
        },
        Dropped::NotInGroup => AgentReason::NotInGroup {
            group: group_index(step).map(group).unwrap_or_default(),
        },
        Dropped::NotInSecondGroup => AgentReason::NotInSecondGroup {
            group: step.and_group.map(group).unwrap_or_default(),
        },
        Dropped::NoPhoneNumber => AgentReason::NoPhoneNumber,
        Dropped::AlreadyListed => AgentReason::AlreadyListed,
        Dropped::OverStepMaximum => AgentReason::OverStepMaximum {
            max_agents: step.max_agents.unwrap_or_default(),
        },
        Dropped::OverListMaximum => AgentReason::OverListMaximum {
            max_agents: snapshot.settings.max_agents,
        },
    }
}

fn local(snapshot: &Snapshot, at: Timestamp) -> DateTime {
    at.to_zoned(snapshot.settings.time_zone.clone()).datetime()
}

/// The group that a step rings, or in which it looks for somebody.
const fn group_index(step: &Step) -> Option<Index<Group>> {
    match step.target {
        Target::Group(group) | Target::Owner(Some(group)) | Target::LastAgent(Some(group)) => {
            Some(group)
        }
        Target::Agent(_) | Target::Owner(None) | Target::LastAgent(None) => None,
    }
}

fn stand_ins(explanation: &Explanation<'_>, step: &Step, agent: Index<Agent>) -> StandingIn {
    let by = group_index(step)
        .into_iter()
        .flat_map(|group| explanation.moment.stand_ins(group, agent));
    StandingIn(
        by.map(|by| Named::agent(explanation.snapshot, by).to_string())
            .collect(),
    )
}

fn shift(snapshot: &Snapshot, step: &Step, agent: Index<Agent>) -> String {
    let shift = group_index(step)
        .and_then(|group| snapshot.groups.get(group))
        .and_then(|group| group.member(agent))
        .and_then(|member| member.schedule);
    let id = shift.map_or("the schedule", |shift| schedule_id(snapshot, shift));
    id.to_owned()
}

/// Why somebody stands behind others who would come later.
pub(crate) fn stands_first(
    asked: &Asked<'_>,
    snapshot: &Snapshot,
    first: StandsFirst,
) -> AgentReason {
    AgentReason::StandsFirst {
        calls: WaitingCalls(first.others),
        since: since(asked, snapshot, first.longest_wait_ms),
    }
}

/// The time of day so long before the question; with its date, if that is another one.
pub(crate) fn since(asked: &Asked<'_>, snapshot: &Snapshot, ms: u64) -> String {
    let ago = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    let local = |at: Timestamp| at.to_zoned(snapshot.settings.time_zone.clone());
    let then = local(asked.at.checked_sub(ago).unwrap_or(Timestamp::MIN));
    let format = if then.date() == local(asked.at).date() {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    then.strftime(format).to_string()
}

/// Why somebody stands last.
pub(crate) fn rests(
    asked: &Asked<'_>,
    snapshot: &Snapshot,
    rings: u32,
    missed_ms: u64,
) -> AgentReason {
    AgentReason::Rests {
        rings,
        minutes: snapshot.settings.missed_rest_minutes,
        since: since(asked, snapshot, missed_ms),
    }
}
