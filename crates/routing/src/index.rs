//! Finds the rules that a call can match without looking at the others.
//!
//! Rules are sorted by the shape of their conditions: which of queue, hotline, caller and tag they name, and for a
//! prefix how long it is. A rule set has few shapes however many rules it has, so a call looks up one key per shape
//! and merges what it finds in the rules' order. What is found may still not match (schedules, shares, two keys with
//! one hash): the index only leaves out rules that cannot.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

use super::arena::{Arena, Index};
use super::call::Ask;
use super::number::{CallerPattern, Number, NumberPattern};
use super::snapshot::{Conditions, Rule, Tag};

/// All enabled rules by the shape and the values of their conditions.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleIndex {
    shapes: Vec<(Shape, ByKey)>,
    /// The shapes of rules that name no queue.
    of_any_queue: Shapes,
    /// The shapes of rules that name a queue, by its hash: a queue's rules have fewer shapes than all rules together.
    of_queue: HashMap<u64, Shapes, FxBuildHasher>,
}

/// Some of the shapes: a bit for each, the last one for all that come after.
#[derive(Clone, Copy, Debug, Default)]
struct Shapes(u64);

/// The rules of one shape by the hash of their key.
type ByKey = HashMap<u64, Vec<Index<Rule>>, FxBuildHasher>;

/// The rules that a call can match, in their order.
pub(super) struct Matches<'c, 's>(&'c mut Lists<'s>);

/// What was found under the keys of a call.
pub(super) type Lists<'s> = SmallVec<[&'s [Index<Rule>]; USUAL_SHAPES]>;

/// Rules have hardly ever more shapes.
const USUAL_SHAPES: usize = 8;

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
    /// That there is no number.
    Absence,
}

/// Queue, hotline, caller and tag; one that the shape does not name is empty.
type Key<'k> = (&'k str, &'k str, &'k str, Option<Index<Tag>>);

/// What a call has for all shapes alike, hashed once.
struct Hashed {
    queue: u64,
    to: u64,
    from: u64,
}

impl RuleIndex {
    /// An index over rules that are sorted already.
    pub(super) fn of(rules: &Arena<Rule>) -> Self {
        let mut index = Self::default();
        for (place, rule) in rules.iter() {
            if rule.enabled {
                for (shape, key) in keys(&rule.conditions) {
                    index.add(shape, &key, place);
                }
            }
        }
        index
    }

    /// The rules that a call can match. `lists` is scratch space, kept by the caller so that it is allocated once.
    pub(super) fn matches<'c, 's>(
        &'s self,
        ask: &Ask<'_, '_>,
        lists: &'c mut Lists<'s>,
    ) -> Matches<'c, 's> {
        lists.clear();
        let tags = ask.caller.map_or(&[][..], |found| &found.caller.tags);
        let hashed = Hashed::of(ask);
        let worth_it = self.of_any_queue.or(self
            .of_queue
            .get(&hashed.queue)
            .copied()
            .unwrap_or_default());
        for (_, (shape, rules)) in (0..)
            .zip(&self.shapes)
            .filter(|(place, _)| worth_it.has(*place))
        {
            let Some(parts) = shape.parts_of(ask, &hashed) else {
                continue;
            };
            let mut look_up = |tag| lists.extend(rules.get(&joined(parts, tag)).map(Vec::as_slice));
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
        let known = self.shapes.iter().position(|(other, _)| *other == shape);
        let place = known.unwrap_or(self.shapes.len());
        if known.is_none() {
            self.shapes.push((shape, HashMap::default()));
        }
        let shapes = if shape.queue {
            self.of_queue.entry(hash(key.0)).or_default()
        } else {
            &mut self.of_any_queue
        };
        *shapes = shapes.with(place);
        if let Some((_, rules)) = self.shapes.get_mut(place) {
            let (queue, to, from, tag) = *key;
            let list = rules
                .entry(joined([queue, to, from].map(hash), tag))
                .or_default();
            if list.last() != Some(&rule) {
                list.push(rule);
            }
        }
    }
}

impl Iterator for Matches<'_, '_> {
    type Item = Index<Rule>;

    fn next(&mut self) -> Option<Index<Rule>> {
        let next = self
            .0
            .iter()
            .filter_map(|list| list.first().copied())
            .min()?;
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

impl Shapes {
    const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    fn with(self, place: usize) -> Self {
        Self(self.0 | Self::bit(place))
    }

    fn has(self, place: usize) -> bool {
        self.0 & Self::bit(place) != 0
    }

    fn bit(place: usize) -> u64 {
        const LAST: u32 = u64::BITS - 1;
        1 << u32::try_from(place).map_or(LAST, |place| place.min(LAST))
    }
}

impl Hashed {
    fn of(ask: &Ask<'_, '_>) -> Self {
        let number = |number: Option<&Number<'_>>| hash(number.map_or("", Number::as_str));
        Self {
            queue: hash(ask.call.queue_id),
            to: number(ask.call.to.as_ref()),
            from: number(ask.call.from.as_ref()),
        }
    }
}

impl Shape {
    /// A call's values for the shape's conditions but the tag; `None` if the call lacks one.
    fn parts_of(self, ask: &Ask<'_, '_>, hashed: &Hashed) -> Option<[u64; 3]> {
        let queue = if self.queue { hashed.queue } else { hash("") };
        Some([
            queue,
            self.to.of(ask.call.to.as_ref(), hashed.to)?,
            self.from.of(ask.call.from.as_ref(), hashed.from)?,
        ])
    }
}

impl Part {
    /// The hash of as much of a number, `whole` that of all of it; `None` if the number is missing or too short.
    fn of(self, number: Option<&Number<'_>>, whole: u64) -> Option<u64> {
        match self {
            Self::Nothing => Some(hash("")),
            Self::Everything => number.map(|_| whole),
            Self::Beginning(length) => number?.as_str().get(..length).map(hash),
            Self::Absence => number.is_none().then(|| hash("")),
        }
    }
}

/// Every shape and key under which a rule must be found.
fn keys(conditions: &Conditions) -> Vec<(Shape, Key<'_>)> {
    let mut values = Values::of(conditions);
    while values.combinations() > MAX_KEYS {
        values.loosen();
    }
    let mut keys = Vec::with_capacity(values.combinations());
    for queue in &values.queues {
        for (to_part, to) in &values.to {
            for (from_part, from) in &values.from {
                for tag in &values.tags {
                    let shape = Shape {
                        queue: !queue.is_empty(),
                        to: *to_part,
                        from: *from_part,
                        tag: tag.is_some(),
                    };
                    keys.push((shape, (*queue, *to, *from, *tag)));
                }
            }
        }
    }
    keys
}

/// More keys than this for one rule cost more memory than they save time.
const MAX_KEYS: usize = 256;

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
            from: values(conditions.from.as_deref(), part_of_caller),
            tags: values(conditions.tags.as_deref(), |tag| Some(*tag)),
        }
    }

    fn combinations(&self) -> usize {
        let by_number = self.to.len().saturating_mul(self.from.len());
        let others = self.queues.len().saturating_mul(self.tags.len());
        by_number.saturating_mul(others)
    }

    /// Leaves the longest list out of the key; it is still checked when the rule is tried.
    fn loosen(&mut self) {
        let longest = self
            .queues
            .len()
            .max(self.to.len())
            .max(self.from.len())
            .max(self.tags.len());
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
    match condition {
        Some(values) => values.iter().map(value).collect(),
        None => vec![V::default()],
    }
}

fn part(pattern: &NumberPattern) -> (Part, &str) {
    match pattern {
        NumberPattern::Exact(exact) => (Part::Everything, exact),
        NumberPattern::Prefix(prefix) => (Part::Beginning(prefix.len()), prefix),
    }
}

fn part_of_caller(pattern: &CallerPattern) -> (Part, &str) {
    match pattern {
        CallerPattern::Anonymous => (Part::Absence, ""),
        CallerPattern::Number(number) => part(number),
    }
}

/// The hash of one value of a key.
fn hash(value: &str) -> u64 {
    if value.is_empty() {
        0
    } else {
        FxBuildHasher.hash_one(value)
    }
}

/// The hash of a key, of its values' hashes and its tag.
fn joined(values: [u64; 3], tag: Option<Index<Tag>>) -> u64 {
    FxBuildHasher.hash_one((values, tag))
}
