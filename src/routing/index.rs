//! Finds the rules that a call can match without looking at the others.
//!
//! Rules are sorted by the shape of their conditions: which of queue, hotline, caller and tag they name, and for a
//! prefix how long it is. A rule set has few shapes however many rules it has, so a call looks up one key per shape
//! and merges what it finds in the rules' order. What is found may still not match (schedules, shares, two keys with
//! one hash): the index only leaves out rules that cannot.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use rustc_hash::FxBuildHasher;

use super::arena::{Arena, Index};
use super::call::Ask;
use super::number::{Number, NumberPattern};
use super::snapshot::{Conditions, Rule, Tag};

/// All enabled rules by the shape and the values of their conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleIndex(Vec<(Shape, ByKey)>);

/// The rules of one shape by the hash of their key.
type ByKey = HashMap<u64, Vec<Index<Rule>>, FxBuildHasher>;

/// The rules that a call can match, in their order.
pub(super) struct Matches<'c, 's>(&'c mut Vec<&'s [Index<Rule>]>);

/// Which conditions rules have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    queue: bool,
    to: Part,
    from: Part,
    tag: bool,
}

/// How much of a number a condition names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Nothing,
    Beginning(usize),
    Everything,
}

/// Queue, hotline, caller and tag; one that the shape does not name is empty.
type Key<'k> = (&'k str, &'k str, &'k str, Option<Index<Tag>>);

impl RuleIndex {
    /// An index over rules that are sorted already.
    pub(super) fn of(rules: &Arena<Rule>) -> Self {
        let mut index = Self::default();
        for (place, rule) in rules.iter().filter(|(_, rule)| rule.enabled) {
            for (shape, key) in keys(&rule.conditions) {
                index.add(shape, &key, place);
            }
        }
        index
    }

    /// The rules that a call can match. `lists` is scratch space, kept by the caller so that it is allocated once.
    pub(super) fn matches<'c, 's>(
        &'s self,
        ask: &Ask<'_, '_>,
        lists: &'c mut Vec<&'s [Index<Rule>]>,
    ) -> Matches<'c, 's> {
        lists.clear();
        let tags = ask.caller.map_or(&[][..], |found| &found.caller.tags);
        for (shape, rules) in &self.0 {
            let Some((queue, to, from)) = shape.values_of(ask) else { continue };
            let mut look_up = |tag| lists.extend(rules.get(&hash(&(queue, to, from, tag))).map(Vec::as_slice));
            if !shape.tag {
                look_up(None);
                continue;
            }
            for tag in tags {
                look_up(Some(*tag));
            }
        }
        Matches(lists)
    }

    fn add(&mut self, shape: Shape, key: &Key<'_>, rule: Index<Rule>) {
        let place = self.0.iter().position(|(other, _)| *other == shape).unwrap_or_else(|| {
            self.0.push((shape, HashMap::default()));
            self.0.len() - 1
        });
        if let Some((_, rules)) = self.0.get_mut(place) {
            let list = rules.entry(hash(key)).or_default();
            if list.last() != Some(&rule) {
                list.push(rule);
            }
        }
    }
}

impl Iterator for Matches<'_, '_> {
    type Item = Index<Rule>;

    fn next(&mut self) -> Option<Index<Rule>> {
        let next = self.0.iter().filter_map(|list| list.first().copied()).min()?;
        for list in self.0.iter_mut() {
            if let Some((first, rest)) = list.split_first()
                && *first == next
            {
                *list = rest;
            }
        }
        Some(next)
    }
}

impl Shape {
    /// A call's values for the shape's conditions; `None` if the call lacks one.
    fn values_of<'k>(self, ask: &Ask<'k, '_>) -> Option<(&'k str, &'k str, &'k str)> {
        let queue = if self.queue { ask.call.queue_id } else { "" };
        Some((queue, self.to.of(ask.call.to.as_ref())?, self.from.of(ask.call.from.as_ref())?))
    }
}

impl Part {
    /// As much of a number; `None` if the number is missing or too short.
    fn of<'n>(self, number: Option<&'n Number<'_>>) -> Option<&'n str> {
        match self {
            Self::Nothing => Some(""),
            Self::Everything => number.map(Number::as_str),
            Self::Beginning(length) => number?.as_str().get(..length),
        }
    }
}

/// Every shape and key under which a rule must be found.
fn keys(conditions: &Conditions) -> Vec<(Shape, Key<'_>)> {
    let mut values = Values::of(conditions);
    while values.combinations() > MOST_KEYS {
        values.loosen();
    }
    let mut keys = Vec::with_capacity(values.combinations());
    for queue in &values.queues {
        for (to_part, to) in &values.to {
            for (from_part, from) in &values.from {
                for tag in &values.tags {
                    let shape = Shape { queue: !queue.is_empty(), to: *to_part, from: *from_part, tag: tag.is_some() };
                    keys.push((shape, (*queue, *to, *from, *tag)));
                }
            }
        }
    }
    keys
}

/// More keys than this for one rule cost more memory than they save time.
const MOST_KEYS: usize = 256;

/// The values of each condition; a condition that is not given has the one value "any".
struct Values<'k> {
    queues: Vec<&'k str>,
    to: Vec<(Part, &'k str)>,
    from: Vec<(Part, &'k str)>,
    tags: Vec<Option<Index<Tag>>>,
}

impl<'k> Values<'k> {
    fn of(conditions: &'k Conditions) -> Self {
        Self {
            queues: values(conditions.queues.as_deref(), |queue| &**queue),
            to: values(conditions.to.as_deref(), part),
            from: values(conditions.from.as_deref(), part),
            tags: values(conditions.tags.as_deref(), |tag| Some(*tag)),
        }
    }

    fn combinations(&self) -> usize {
        [self.to.len(), self.from.len(), self.tags.len()].into_iter().fold(self.queues.len(), usize::saturating_mul)
    }

    /// Leaves the longest list out of the key; it is still checked when the rule is tried.
    fn loosen(&mut self) {
        let longest = self.queues.len().max(self.to.len()).max(self.from.len()).max(self.tags.len());
        if self.from.len() == longest {
            self.from = vec![Default::default()];
        } else if self.tags.len() == longest {
            self.tags = vec![None];
        } else if self.to.len() == longest {
            self.to = vec![Default::default()];
        } else {
            self.queues = vec![""];
        }
    }
}

fn values<'k, T, V: Default>(condition: Option<&'k [T]>, value: impl Fn(&'k T) -> V) -> Vec<V> {
    condition.map_or_else(|| vec![V::default()], |values| values.iter().map(value).collect())
}

fn part(pattern: &NumberPattern) -> (Part, &str) {
    match pattern {
        NumberPattern::Exact(exact) => (Part::Everything, exact),
        NumberPattern::Prefix(prefix) => (Part::Beginning(prefix.len()), prefix),
    }
}

fn hash(key: &impl Hash) -> u64 {
    FxBuildHasher.hash_one(key)
}
