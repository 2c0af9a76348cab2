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
    let moments = subject.outlook.of_rule(rule);
    moments.flat_map(move |moment| {
        callers.iter().flat_map(move |caller| {
            waits.iter().map(move |waited| Situation {
                moment,
                caller: *caller,
                waited: *waited,
            })
        })
    })
}

/// The waiting times at which a rule's steps begin or end.
pub(super) fn waits(rule: &Rule) -> Vec<u32> {
    let edges = rule
        .steps
        .iter()
        .flat_map(|step| [Some(step.after_seconds), step.until_seconds])
        .flatten();
    let mut waits: Vec<u32> = std::iter::once(0).chain(edges).collect();
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
    let owned = rings_owners(rule).then(|| {
        let wanted = |caller: &&Caller| can_match(subject, rule, caller);
        let callers = subject.snapshot.callers.profiles().filter(wanted);
        let by_owner: BTreeMap<_, _> = callers
            .filter_map(|caller| Some((caller.owner?, caller)))
            .collect();
        by_owner.into_values().map(|caller| {
            Some(Found {
                caller,
                prefix_length: None,
            })
        })
    });
    let stranger = (rule.conditions.has_owner != Some(true)).then_some(None);
    stranger
        .into_iter()
        .chain(owned.into_iter().flatten())
        .collect()
}

/// Whether a caller's row meets the conditions of a rule.
fn can_match(subject: Subject<'_>, rule: &Rule, caller: &Caller) -> bool {
    let conditions = &rule.conditions;
    let has_tag = conditions
        .tags
        .as_ref()
        .is_none_or(|tags| caller.tags.iter().any(|tag| tags.contains(tag)));
    let owner_is_right = conditions
        .has_owner
        .is_none_or(|wanted| wanted == caller.owner.is_some());
    has_tag && owner_is_right && caller.counts_on(subject.outlook.today)
}
