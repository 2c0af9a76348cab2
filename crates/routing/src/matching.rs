//! Whether a rule's conditions hold for a call.

use super::call::Ask;
use super::hash::hash;
use super::moment::Moment;
use super::number::{Number, NumberPattern};
use super::snapshot::{Rule, RuleHours, Split};

/// The first condition of a rule that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The rule is switched off.
    Disabled,
    /// `queue_id`: another queue.
    Queue,
    /// `to_number`: another hotline.
    To,
    /// `from_number`: another caller.
    From,
    /// `caller_tag`: the caller has none of the tags.
    Tag,
    /// `has_owner`: the caller has an owner, or has none.
    Owner {
        /// What the rule asks for.
        wanted: bool,
    },
    /// `schedule_id`, `when_open`: the schedule is closed, or open.
    Hours(RuleHours),
    /// `split_percent`: the call is not in the share.
    Split {
        /// The rule's share.
        percent: u8,
        /// What the call has drawn, 0 to 99.
        drawn: u8,
    },
}

/// Checks the conditions in the order of the table's columns.
pub(super) fn mismatch(rule: &Rule, ask: &Ask<'_, '_>, moment: &Moment) -> Option<Mismatch> {
    let conditions = &rule.conditions;
    let caller = ask.caller.map(|found| found.caller);
    if !rule.enabled {
        return Some(Mismatch::Disabled);
    }
    if let Some(queues) = &conditions.queues
        && !queues.iter().any(|queue| **queue == *ask.call.queue_id)
    {
        return Some(Mismatch::Queue);
    }
    if lacks(conditions.to.as_deref(), ask.call.to.as_ref()) {
        return Some(Mismatch::To);
    }
    let from = ask.call.from.as_ref();
    if let Some(patterns) = &conditions.from
        && !patterns.iter().any(|pattern| pattern.matches(from))
    {
        return Some(Mismatch::From);
    }
    if let Some(tags) = &conditions.tags
        && !caller.is_some_and(|caller| caller.tags.iter().any(|tag| tags.contains(tag)))
    {
        return Some(Mismatch::Tag);
    }
    if let Some(wanted) = conditions.has_owner
        && wanted != caller.is_some_and(|caller| caller.owner.is_some())
    {
        return Some(Mismatch::Owner { wanted });
    }
    if let Some(hours) = conditions.hours
        && !hours.hold(moment)
    {
        return Some(Mismatch::Hours(hours));
    }
    outside(conditions.split.as_ref()?, ask.call.call_id)
}

impl RuleHours {
    /// Whether the schedule is open, or closed, as the rule wants it.
    pub(super) fn hold(self, moment: &Moment) -> bool {
        self.when_open == moment.is_open(self.schedule)
    }
}

fn lacks(condition: Option<&[NumberPattern]>, number: Option<&Number<'_>>) -> bool {
    match (condition, number) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(patterns), Some(number)) => !patterns.iter().any(|one| one.matches(number)),
    }
}

/// Why a call is not in a share.
pub(super) fn outside(split: &Split, call_id: &str) -> Option<Mismatch> {
    let drawn = u8::try_from(hash(&["split", &split.salt, call_id]) % 100).unwrap_or(u8::MAX);
    if drawn < split.percent {
        return None;
    }
    Some(Mismatch::Split {
        percent: split.percent,
        drawn,
    })
}
