//! Which calls are asked about: the queues and hotlines that the rules name, and calls that nothing else speaks of.

use std::collections::BTreeSet;

use crate::matching::outside;
use crate::number::{CallerPattern, Number, NumberPattern};
use crate::snapshot::{Conditions, Snapshot};

/// Every queue with each of its hotlines: those that a rule names together, or that a rule names for all queues.
///
/// A queue for which no rule names a hotline is looked at for calls to a number that no rule names. Queues are those of
/// the rules and of `queues`; if there are none, one that nothing names.
pub fn lines<'s>(
    snapshot: &'s Snapshot,
    only: Option<&str>,
) -> Vec<(Option<&'s str>, Option<&'s NumberPattern>)> {
    let mut queues: BTreeSet<Option<&str>> = BTreeSet::new();
    for rule in snapshot.enabled_rules() {
        let named = rule.conditions.queues.iter().flatten();
        queues.extend(named.map(|queue| Some(&**queue)));
    }
    queues.extend(snapshot.queue_names.keys().map(|queue| Some(&**queue)));
    if queues.is_empty() {
        queues.insert(None);
    }
    let mut lines = Vec::new();
    for queue in queues {
        if only.is_none() || queue == only {
            let hotlines = hotlines(snapshot, queue);
            lines.extend(hotlines.into_iter().map(|hotline| (queue, hotline)));
        }
    }
    lines
}

fn hotlines<'s>(snapshot: &'s Snapshot, queue: Option<&str>) -> Vec<Option<&'s NumberPattern>> {
    let mut has_own = false;
    let mut named: Vec<&NumberPattern> = Vec::new();
    for rule in snapshot.enabled_rules() {
        let Conditions { queues, to, .. } = &rule.conditions;
        let is_for_queue = match queues {
            Some(queues) => queues.iter().any(|one| Some(&**one) == queue),
            None => true,
        };
        if let Some(to) = to
            && is_for_queue
        {
            has_own |= queues.is_some() || queue.is_none();
            named.extend(to);
        }
    }
    named.sort_by_cached_key(ToString::to_string);
    named.dedup();
    let mut hotlines: Vec<_> = named.into_iter().map(Some).collect();
    if !has_own {
        hotlines.push(None);
    }
    hotlines
}

/// A number that a pattern means, and as few other patterns as can be.
pub fn example(snapshot: &Snapshot, hotline: &NumberPattern) -> Number<'static> {
    let mut patterns: Vec<&NumberPattern> = Vec::new();
    for rule in snapshot.enabled_rules() {
        patterns.extend(rule.conditions.to.iter().flatten());
    }
    let others = |example: &Number<'_>| {
        let matching = patterns.iter().filter(|pattern| pattern.matches(example));
        matching.count()
    };
    let examples = ('0'..='9').map(|filler| hotline.example(filler));
    let best = examples.min_by_key(others);
    best.unwrap_or_else(|| hotline.example('0'))
}

/// The number of a caller whom neither `callers` nor any rule names. `None`, an anonymous caller, if there is none.
pub fn stranger(snapshot: &Snapshot) -> Option<Number<'static>> {
    let mut patterns: Vec<&CallerPattern> = Vec::new();
    for rule in snapshot.enabled_rules() {
        let named = rule.conditions.from.iter().flatten();
        // Whoever names all numbers names strangers.
        patterns.extend(named.filter(|pattern| !pattern.is_any()));
    }
    let beginning = NumberPattern::Prefix(snapshot.settings.country_code.as_str().into());
    for filler in ('1'..='9').rev() {
        let number = beginning.example(filler);
        let is_known = snapshot
            .callers
            .find(&number, jiff::civil::Date::MIN)
            .is_some();
        if !is_known
            && !patterns
                .iter()
                .any(|pattern| pattern.matches(Some(&number)))
        {
            return Some(number);
        }
    }
    None
}

/// The id of a call that is in no rule's share, or in as few as can be.
pub fn call_id_outside_shares(snapshot: &Snapshot) -> String {
    /// Even of the calls of three rules with 90 % each, one in a thousand is in no share.
    const TRIES: u32 = 4000;
    let mut shares = Vec::new();
    for rule in snapshot.enabled_rules() {
        shares.extend(&rule.conditions.split);
    }
    let mut best = (usize::MAX, String::new());
    for number in 0..TRIES {
        let id = format!("coverage-{number}");
        let inside = shares.iter().filter(|share| outside(share, &id).is_none());
        let count = inside.count();
        if count < best.0 {
            best = (count, id);
        }
        if count == 0 {
            break;
        }
    }
    best.1
}
