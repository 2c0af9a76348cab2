//! Which calls are asked about: the queues and hotlines that the rules name, and calls that nothing else speaks of.

use std::collections::BTreeSet;

use crate::matching::outside;
use crate::number::{CallerPattern, Number, NumberPattern};
use crate::snapshot::{Conditions, Rule, Snapshot};

/// The rules that are switched on.
fn rules(snapshot: &Snapshot) -> impl Iterator<Item = &Rule> {
    snapshot
        .rules
        .iter()
        .map(|(_, rule)| rule)
        .filter(|rule| rule.enabled)
}

/// Every queue with each of its hotlines: those that a rule names together, or that a rule names for all queues.
///
/// A queue for which no rule names a hotline is looked at for calls to a number that no rule names. Queues are those of
/// the rules and of `queues`; if there are none, one that nothing names.
pub fn lines<'s>(
    snapshot: &'s Snapshot,
    only: Option<&str>,
) -> Vec<(Option<&'s str>, Option<&'s NumberPattern>)> {
    let named = rules(snapshot)
        .filter_map(|rule| rule.conditions.queues.as_deref())
        .flatten();
    let listed = snapshot.queue_names.keys();
    let queues: BTreeSet<&str> = named.chain(listed).map(|queue| &**queue).collect();
    let queues: Vec<Option<&str>> = if queues.is_empty() {
        vec![None]
    } else {
        queues.into_iter().map(Some).collect()
    };
    let wanted = queues
        .into_iter()
        .filter(|queue| only.is_none() || *queue == only);
    wanted
        .flat_map(|queue| {
            hotlines(snapshot, queue)
                .into_iter()
                .map(move |hotline| (queue, hotline))
        })
        .collect()
}

fn hotlines<'s>(snapshot: &'s Snapshot, queue: Option<&str>) -> Vec<Option<&'s NumberPattern>> {
    let is_for_queue = |conditions: &Conditions| {
        let named = conditions.queues.as_deref();
        named.is_none_or(|queues| queues.iter().any(|one| Some(&**one) == queue))
    };
    let meant = || {
        rules(snapshot)
            .map(|rule| &rule.conditions)
            .filter(|conditions| is_for_queue(conditions))
    };
    let has_own = meant().any(|conditions| {
        conditions.to.is_some() && (conditions.queues.is_some() || queue.is_none())
    });
    let mut hotlines: Vec<&NumberPattern> = meant()
        .filter_map(|conditions| conditions.to.as_deref())
        .flatten()
        .collect();
    hotlines.sort_by_cached_key(ToString::to_string);
    hotlines.dedup();
    let unnamed = (!has_own).then_some(None);
    hotlines.into_iter().map(Some).chain(unnamed).collect()
}

/// A number that a pattern means, and as few other patterns as can be.
pub fn example(snapshot: &Snapshot, hotline: &NumberPattern) -> Number<'static> {
    let patterns: Vec<_> = rules(snapshot)
        .filter_map(|rule| rule.conditions.to.as_deref())
        .flatten()
        .collect();
    let examples = ('0'..='9').map(|filler| hotline.example(filler));
    let others = |example: &Number<'_>| {
        patterns
            .iter()
            .filter(|pattern| pattern.matches(example))
            .count()
    };
    examples
        .min_by_key(others)
        .unwrap_or_else(|| hotline.example('0'))
}

/// The number of a caller whom neither `callers` nor any rule names. `None`, an anonymous caller, if there is none.
pub fn stranger(snapshot: &Snapshot) -> Option<Number<'static>> {
    let patterns = rules(snapshot)
        .filter_map(|rule| rule.conditions.from.as_deref())
        .flatten();
    // Whoever names all numbers names strangers.
    let patterns: Vec<&CallerPattern> = patterns.filter(|pattern| !pattern.is_any()).collect();
    let beginning = NumberPattern::Prefix(snapshot.settings.country_code.as_str().into());
    let is_strange = |number: &Number<'_>| {
        let is_known = snapshot
            .callers
            .find(number, jiff::civil::Date::MIN)
            .is_some();
        !is_known && !patterns.iter().any(|pattern| pattern.matches(Some(number)))
    };
    ('1'..='9')
        .rev()
        .map(|filler| beginning.example(filler))
        .find(is_strange)
}

/// The id of a call that is in no rule's share, or in as few as can be.
pub fn call_id_outside_shares(snapshot: &Snapshot) -> String {
    /// Even of the calls of three rules with 90 % each, one in a thousand is in no share.
    const TRIES: u32 = 4000;
    let shares: Vec<_> = rules(snapshot)
        .filter_map(|rule| rule.conditions.split.as_ref())
        .collect();
    let inside = |id: &String| {
        shares
            .iter()
            .filter(|share| outside(share, id).is_none())
            .count()
    };
    let mut best = (usize::MAX, String::new());
    for id in (0..TRIES).map(|number| format!("coverage-{number}")) {
        let count = inside(&id);
        if count < best.0 {
            best = (count, id);
        }
        if count == 0 {
            break;
        }
    }
    best.1
}
