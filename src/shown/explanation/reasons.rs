//! Why a rule does not match and why an agent is left out, in the words of the tables.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::named::{Named, schedule_id, tag_names};
use super::report::Asked;
use routing::arena::Index;
use routing::candidate::Dropped;
use routing::explain::Explanation;
use routing::matching::Mismatch;
use routing::number::Number;
use routing::snapshot::{Agent, Group, Rule, RuleHours, Snapshot, Step, Target};
use routing::spread::StandsFirst;

/// The column of `rules` that keeps a rule from matching.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reason {
    pub(crate) column: &'static str,
    /// What the column says, and what the call has.
    pub(crate) sentence: String,
}

/// Why a rule does not match.
pub(crate) fn mismatch(
    asked: &Asked<'_>,
    explanation: &Explanation<'_>,
    rule: &Rule,
    mismatch: Mismatch,
) -> Reason {
    let (call, conditions) = (asked.call, &rule.conditions);
    let (column, sentence) = match mismatch {
        Mismatch::Disabled => (
            "enabled",
            "enabled is 0: the rule is switched off".to_owned(),
        ),
        Mismatch::Queue => {
            let wanted = listed(conditions.queues.iter().flatten());
            (
                "queue_id",
                format!("queue_id is {wanted}; the call waits in {}", call.queue_id),
            )
        }
        Mismatch::To => {
            let wanted = listed(conditions.to.iter().flatten());
            (
                "to_number",
                format!("to_number is {wanted}; {}", called(call.to.as_ref())),
            )
        }
        Mismatch::From => {
            let wanted = listed(conditions.from.iter().flatten());
            (
                "from_number",
                format!("from_number is {wanted}; {}", calling(call.from.as_ref())),
            )
        }
        Mismatch::Tag => {
            let wanted = listed(tag_names(
                explanation.snapshot,
                conditions.tags.as_deref().unwrap_or_default(),
            ));
            (
                "caller_tag",
                format!("caller_tag is {wanted}; {}", tags_of_caller(explanation)),
            )
        }
        Mismatch::Owner { wanted } => (
            "has_owner",
            format!(
                "has_owner is {}; {}",
                u8::from(wanted),
                owner_of_caller(explanation)
            ),
        ),
        Mismatch::Hours(hours) => ("schedule_id", closed_or_open(explanation.snapshot, hours)),
        Mismatch::Split { percent, drawn } => {
            let chosen =
                format!("calls that draw a number below {percent}; this one has drawn {drawn}");
            (
                "split_percent",
                format!("split_percent is {percent}: only {chosen}"),
            )
        }
    };
    Reason { column, sentence }
}

fn called(to: Option<&Number<'_>>) -> String {
    to.map_or_else(
        || "the call has no called number".to_owned(),
        |to| format!("the call is to {}", to.as_str()),
    )
}

fn calling(from: Option<&Number<'_>>) -> String {
    from.map_or_else(
        || "the caller is anonymous".to_owned(),
        |from| format!("the call is from {}", from.as_str()),
    )
}

fn tags_of_caller(explanation: &Explanation<'_>) -> String {
    let tags = explanation
        .caller
        .map(|found| tag_names(explanation.snapshot, &found.caller.tags));
    match tags {
        None => "the caller is not in callers".to_owned(),
        Some(tags) if tags.is_empty() => "the caller has no tags".to_owned(),
        Some(tags) => format!("the caller has {}", listed(tags)),
    }
}

fn owner_of_caller(explanation: &Explanation<'_>) -> String {
    match explanation.caller.map(|found| found.caller.owner) {
        None => "the caller is not in callers, and so has no owner".to_owned(),
        Some(None) => "the caller has no owner".to_owned(),
        Some(Some(owner)) => format!(
            "the caller's owner is {}",
            Named::agent(explanation.snapshot, owner)
        ),
    }
}

fn closed_or_open(snapshot: &Snapshot, hours: RuleHours) -> String {
    let schedule = schedule_id(snapshot, hours.schedule);
    if hours.when_open {
        format!("schedule_id is {schedule}, which is closed")
    } else {
        format!("schedule_id is {schedule} with when_open 0, and {schedule} is open")
    }
}

/// Why an agent is not rung: a word for programs, and a sentence.
pub(crate) fn dropped(
    explanation: &Explanation<'_>,
    step: &Step,
    agent: Index<Agent>,
    reason: Dropped,
) -> (&'static str, String) {
    let snapshot = explanation.snapshot;
    let sentence = match reason {
        Dropped::Disabled => "switched off (agents.enabled is 0)".to_owned(),
        Dropped::Away => away(explanation, agent),
        Dropped::Replaced => replaced(explanation, step, agent),
        Dropped::OffShift => off_shift(snapshot, step, agent),
        Dropped::AboveMaxLevel => format!(
            "above the step's max_level {}",
            step.max_level.unwrap_or_default()
        ),
        Dropped::NotInGroup => format!("not in the step's group_id {}", group_of(snapshot, step)),
        Dropped::NotInSecondGroup => {
            let group = step
                .and_group
                .map_or("", |group| Named::group(snapshot, group).id);
            format!("not in the step's and_group_id {group}")
        }
        Dropped::NoPhoneNumber => "routing_type is 2, but there is no phone_number".to_owned(),
        Dropped::AlreadyListed => "in the list already".to_owned(),
        Dropped::OverStepMaximum => format!(
            "the step has its max_agents {}",
            step.max_agents.unwrap_or_default()
        ),
        Dropped::OverListMaximum => format!(
            "the list has the max_agents {} of settings",
            snapshot.settings.max_agents
        ),
    };
    (reason.code(), sentence)
}

fn away(explanation: &Explanation<'_>, agent: Index<Agent>) -> String {
    let zone = &explanation.snapshot.settings.time_zone;
    let local = |at: Timestamp| {
        at.to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    };
    match explanation.moment.away_until(agent) {
        Some(until) => format!("away until {}", local(until)),
        None => "away until further notice".to_owned(),
    }
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

fn replaced(explanation: &Explanation<'_>, step: &Step, agent: Index<Agent>) -> String {
    let stand_ins = group_index(step)
        .into_iter()
        .flat_map(|group| explanation.moment.stand_ins(group, agent));
    let names: Vec<String> = stand_ins
        .map(|by| Named::agent(explanation.snapshot, by).to_string())
        .collect();
    if names.is_empty() {
        "nobody takes this place today (stand_ins)".to_owned()
    } else {
        format!("{} stands in (stand_ins)", names.join(", "))
    }
}

fn off_shift(snapshot: &Snapshot, step: &Step, agent: Index<Agent>) -> String {
    let shift = group_index(step)
        .and_then(|group| snapshot.groups.get(group))
        .and_then(|group| group.member(agent))
        .and_then(|member| member.schedule);
    format!(
        "off shift, {} is closed",
        shift.map_or("the schedule", |shift| schedule_id(snapshot, shift))
    )
}

fn group_of<'s>(snapshot: &'s Snapshot, step: &Step) -> &'s str {
    match step.target {
        Target::Group(group) | Target::Owner(Some(group)) | Target::LastAgent(Some(group)) => {
            Named::group(snapshot, group).id
        }
        Target::Agent(_) | Target::Owner(None) | Target::LastAgent(None) => "",
    }
}

/// Several values as a sentence takes them; of many only the first few.
fn listed(values: impl IntoIterator<Item: Display>) -> String {
    const SHOWN: usize = 5;
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    let shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    let more = values.len() - shown.len();
    let list = shown.join(", ");
    if more > 0 {
        format!("{list} or {more} more")
    } else {
        list
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

/// Why somebody stands behind others who would come later.
pub(crate) fn stands_first(asked: &Asked<'_>, snapshot: &Snapshot, first: StandsFirst) -> String {
    let since = since(asked, snapshot, first.longest_wait_ms);
    let calls = match first.others {
        1 => format!("a call that waits since {since}"),
        calls => format!("{calls} calls, one of which waits since {since}"),
    };
    format!("stands first for {calls}, and so behind those who do not (groups.spread)")
}

/// Why somebody stands last.
pub(crate) fn rests(explanation: &Explanation<'_>, rings: u32) -> String {
    let minutes = explanation.snapshot.settings.missed_rest_minutes;
    format!(
        "has let {rings} rings in a row pass, and is last until {minutes} minutes after the last one, or until they take a call \
         (settings missed_rings)"
    )
}
