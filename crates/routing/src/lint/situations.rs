//! The situations in which a rule may find itself: what is open, whose owner calls, how long they have waited.

use std::collections::BTreeMap;

use super::Subject;
use crate::call::{Ask, Call};
use crate::callers::{Caller, Found};
use crate::moment::Moment;
use crate::snapshot::{Rule, Target};

/// The call that is supposed to come in.
pub(super) const CALL: Call<'static> = Call {
    queue_id: "",
    call_id: "lint",
    from: None,
    to: None,
};

/// One situation in which a rule matches.
#[derive(Clone, Copy)]
pub(super) struct Situation<'s> {
    pub(super) moment: &'s Moment,
    caller: Option<Found<'s>>,
    waited: u32,
}

impl<'s> Situation<'s> {
    /// The question that is asked in it.
    pub(super) fn ask(self) -> Ask<'static, 's> {
        Ask {
            call: &CALL,
            waited: self.waited,
            caller: self.caller,
        }
    }
}

/// Every situation of a rule that some callers get into, at each of some waiting times.
pub(super) fn situations<'s>(
    subject: Subject<'s>,
    rule: &'s Rule,
    callers: &[Option<Found<'s>>],
    waits: &[u32],
) -> impl Iterator<Item = Situation<'s>> {
    let of_moment = move |moment| {
        let of_caller = move |caller: &Option<Found<'s>>| {
            let caller = *caller;
            waits.iter().map(move |waited| Situation {
                moment,
                caller,
                waited: *waited,
            })
        };
        callers.iter().flat_map(of_caller)
    };
    subject.outlook.of_rule(rule).flat_map(of_moment)
}

/// The waiting times at which a rule's steps begin or end.
pub(super) fn waits(rule: &Rule) -> Vec<u32> {
    let mut waits = vec![0];
    for step in &rule.steps {
        waits.push(step.after_seconds);
        waits.extend(step.until_seconds);
    }
    waits.sort_unstable();
    waits.dedup();
    waits
}

/// Whether a rule has a step that rings the caller's owner.
pub(super) fn rings_owners(rule: &Rule) -> bool {
    rule.steps
        .iter()
        .any(|step| matches!(step.target, Target::Owner(_)))
}

/// The callers who make a difference to a rule: one without an owner, and one per owner.
pub(super) fn callers<'s>(subject: Subject<'s>, rule: &Rule) -> Vec<Option<Found<'s>>> {
    let mut callers = Vec::new();
    if rule.conditions.has_owner != Some(true) {
        callers.push(None);
    }
    if !rings_owners(rule) {
        return callers;
    }
    let mut by_owner = BTreeMap::new();
    for caller in subject.snapshot.callers.profiles() {
        if let Some(owner) = caller.owner
            && can_match(subject, rule, caller)
        {
            by_owner.insert(owner, caller);
        }
    }
    let found = |caller| Found {
        caller,
        prefix_length: None,
    };
    callers.extend(by_owner.into_values().map(|caller| Some(found(caller))));
    callers
}

/// Whether a caller's row meets the conditions of a rule.
fn can_match(subject: Subject<'_>, rule: &Rule, caller: &Caller) -> bool {
    let conditions = &rule.conditions;
    let has_tag = match &conditions.tags {
        Some(tags) => caller.tags.iter().any(|tag| tags.contains(tag)),
        None => true,
    };
    let has_owner = caller.owner.is_some();
    let owner_is_right = conditions.has_owner.unwrap_or(has_owner) == has_owner;
    has_tag && owner_is_right && caller.counts_on(subject.outlook.today)
}
