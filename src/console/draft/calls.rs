//! What edits do to calls of the journal: those that would ring somebody else, put together by what changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use serde::Serialize;

use crate::plan::replay::{
    Answer, Difference, DifferingCall, RecordedCall, ReplayedAgent, answer_both, at_step_times,
    without_repetitions,
};
use routing::snapshot::Snapshot;

/// What would become of recorded calls.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct TriedCalls {
    /// How many calls were tried.
    pub(crate) tried: usize,
    /// At how many moments.
    pub(crate) moments: usize,
    /// When the oldest was asked about.
    pub(crate) since: Option<String>,
    pub(crate) same: usize,
    pub(crate) other_terms: usize,
    pub(crate) somebody_else: usize,
    pub(crate) nobody: usize,
    /// Whether answers can depend on who took which calls, of which this knows nothing.
    pub(crate) heeds_activity: bool,
    /// Whether the journal does not have callers' numbers, so that nobody is recognised.
    pub(crate) numbers_masked: bool,
    pub(crate) groups: Vec<CallGroup>,
    #[serde(skip)]
    pub(crate) first: Vec<FirstCount>,
}

/// Calls that change alike.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallGroup {
    pub(crate) calls: usize,
    /// When the change begins to show.
    pub(crate) waited: u32,
    pub(crate) rule: BeforeAfter<Option<i64>>,
    pub(crate) added: Vec<ChangedAgent>,
    pub(crate) removed: Vec<ChangedAgent>,
    pub(crate) first_changes: bool,
    pub(crate) sample: SampleCall,
}

/// Somebody who would be rung, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub(crate) struct ChangedAgent {
    pub(crate) agent: String,
    pub(crate) routing_type: u8,
    /// For how many of the calls.
    pub(crate) calls: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub(crate) struct BeforeAfter<T> {
    pub(crate) before: T,
    pub(crate) after: T,
}

/// One of the calls.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SampleCall {
    pub(crate) call_id: String,
    pub(crate) at: String,
    pub(crate) from: Option<String>,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

/// How many calls would begin with somebody.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FirstCount {
    pub(crate) agent: String,
    pub(crate) before: usize,
    pub(crate) after: usize,
}

/// More groups than these nobody reads; the largest come first.
const MAX_GROUPS: usize = 20;

/// By what calls are put together.
type GroupKey = (
    u32,
    BeforeAfter<Option<i64>>,
    Vec<(String, u8)>,
    Vec<(String, u8)>,
    bool,
);

impl TriedCalls {
    /// Asks both versions about the calls, which come oldest first.
    pub(crate) fn new(
        before: &Snapshot,
        after: &Snapshot,
        calls: &[RecordedCall],
        started: Instant,
    ) -> Self {
        let moments = at_step_times(calls, [before, after]);
        let mut first = FirstCounts::default();
        let mut differing = Vec::new();
        answer_both(before, after, &moments, started, |call, answers| {
            first.add(call, &answers);
            if answers[0].offers != answers[1].offers {
                let [before, after] = answers;
                differing.push(DifferingCall {
                    call: call.clone(),
                    before,
                    after,
                });
            }
        });
        let tried: HashSet<&str> = calls.iter().map(|call| &*call.call_id).collect();
        let differing = without_repetitions(differing);
        let mut worst: HashMap<&str, Difference> = HashMap::new();
        for call in &differing {
            let found = call.difference();
            let known = worst.entry(&call.call.call_id).or_insert(found);
            *known = found.max(*known);
        }
        let count = |meant| worst.values().filter(|found| **found == meant).count();
        let zone = &before.settings.time_zone;
        Self {
            tried: tried.len(),
            moments: moments.len(),
            since: calls.first().map(|call| crate::shown::local(call.at, zone)),
            same: tried.len() - worst.len(),
            other_terms: count(Difference::OtherTerms),
            somebody_else: count(Difference::SomebodyElse),
            nobody: count(Difference::Nobody),
            heeds_activity: before.heeds_activity() || after.heeds_activity(),
            numbers_masked: calls.iter().any(RecordedCall::is_masked),
            groups: groups(before, &differing),
            first: first.changed(),
        }
    }
}

/// Puts calls together that change alike, each by its first moment that does.
fn groups(before: &Snapshot, differing: &[DifferingCall]) -> Vec<CallGroup> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut groups: BTreeMap<GroupKey, Vec<&DifferingCall>> = BTreeMap::new();
    for call in differing {
        if call.difference() != Difference::OtherTerms && seen.insert(&call.call.call_id) {
            groups.entry(key(call)).or_default().push(call);
        }
    }
    let zone = &before.settings.time_zone;
    let mut found = Vec::new();
    for ((waited, rule, added, removed, first_changes), calls) in groups {
        let Some(one) = calls.first() else {
            continue;
        };
        let count = calls.len();
        let changed = |agents: Vec<(String, u8)>| {
            let agents = agents
                .into_iter()
                .map(|(agent, routing_type)| ChangedAgent {
                    agent,
                    routing_type,
                    calls: count,
                });
            agents.collect()
        };
        let ids = |answer: &Answer| answer.offers.iter().map(|offer| offer.id.clone()).collect();
        found.push(CallGroup {
            calls: count,
            waited,
            rule,
            added: changed(added),
            removed: changed(removed),
            first_changes,
            sample: SampleCall {
                call_id: one.call.call_id.clone(),
                at: crate::shown::local(one.call.at, zone),
                from: one.call.from.clone(),
                before: ids(&one.before),
                after: ids(&one.after),
            },
        });
    }
    found.sort_by_key(|group| std::cmp::Reverse(group.calls));
    found.truncate(MAX_GROUPS);
    found
}

fn key(call: &DifferingCall) -> GroupKey {
    let agents = |answer: &Answer| -> Vec<(String, u8)> {
        let agents = answer.offers.iter();
        agents
            .map(|offer| (offer.id.clone(), offer.routing_type.number()))
            .collect()
    };
    let (before, after) = (agents(&call.before), agents(&call.after));
    let without = |all: &[(String, u8)], others: &[(String, u8)]| {
        let mut rest: Vec<(String, u8)> = all
            .iter()
            .filter(|one| !others.contains(one))
            .cloned()
            .collect();
        rest.sort();
        rest
    };
    (
        call.call.waited,
        BeforeAfter {
            before: call.before.rule_id,
            after: call.after.rule_id,
        },
        without(&after, &before),
        without(&before, &after),
        before.first().map(|one| &one.0) != after.first().map(|one| &one.0),
    )
}

/// Who is first at each call's first moment.
#[derive(Default)]
struct FirstCounts {
    seen: HashSet<String>,
    counts: BTreeMap<String, BeforeAfter<usize>>,
}

impl FirstCounts {
    fn add(&mut self, call: &RecordedCall, answers: &[Answer; 2]) {
        if !self.seen.insert(call.call_id.clone()) {
            return;
        }
        let first = |answer: &Answer| {
            answer
                .offers
                .first()
                .map(|one: &ReplayedAgent| one.id.clone())
        };
        let zero = BeforeAfter {
            before: 0,
            after: 0,
        };
        if let Some(agent) = first(&answers[0]) {
            self.counts.entry(agent).or_insert(zero).before += 1;
        }
        if let Some(agent) = first(&answers[1]) {
            self.counts.entry(agent).or_insert(zero).after += 1;
        }
    }

    fn changed(self) -> Vec<FirstCount> {
        let counts = self.counts.into_iter();
        let changed = counts.filter(|(_, count)| count.before != count.after);
        changed
            .map(|(agent, BeforeAfter { before, after })| FirstCount {
                agent,
                before,
                after,
            })
            .collect()
    }
}
