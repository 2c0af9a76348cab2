//! Known callers, found by their number: a million of them in a few bytes each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rustc_hash::FxBuildHasher;

use super::arena::{Arena, Index};
use super::number::{Number, NumberPattern};
use super::snapshot::{Agent, Tag};

/// What is known of a caller. Callers with the same data share one of these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The agent who looks after them.
    pub owner: Option<Index<Agent>>,
    /// Their tags, in no particular order.
    pub tags: Box<[Index<Tag>]>,
    /// The last date on which the row counts.
    pub expires_on: Option<Date>,
}

/// All rows of `callers`.
#[derive(Clone, Debug, Default)]
pub struct Callers {
    profiles: Arena<Caller>,
    /// Numbers of up to 18 digits, packed.
    digits: HashMap<u64, Index<Caller>, FxBuildHasher>,
    /// Longer numbers and identities that are not numbers.
    others: HashMap<Box<str>, Index<Caller>, FxBuildHasher>,
    /// Beginnings of numbers by their length in bytes, longest first.
    prefixes: BTreeMap<Reverse<usize>, HashMap<Box<str>, Index<Caller>, FxBuildHasher>>,
}

/// How a caller was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'s> {
    /// What is known.
    pub caller: &'s Caller,
    /// How many bytes of the number the row names; `None`: all of them.
    pub prefix_length: Option<usize>,
}

impl Callers {
    /// The exact row of a number, else its longest matching prefix row, among those that have not expired.
    pub fn find(&self, number: &Number<'_>, today: Date) -> Option<Found<'_>> {
        self.exact(number.as_str())
            .filter(|caller| caller.counts_on(today))
            .map(|caller| Found { caller, prefix_length: None })
            .or_else(|| self.by_prefix(number.as_str(), today))
    }

    /// Every agent who is somebody's owner; one may come more than once.
    pub fn owners(&self) -> impl Iterator<Item = Index<Agent>> {
        self.profiles.iter().filter_map(|(_, caller)| caller.owner)
    }

    /// What is known of callers, each combination once.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &Caller> {
        self.profiles.iter().map(|(_, caller)| caller)
    }

    fn exact(&self, number: &str) -> Option<&Caller> {
        let index = match packed(number) {
            Some(packed) => self.digits.get(&packed),
            None => self.others.get(number),
        };
        self.profiles.get(*index?)
    }

    fn by_prefix(&self, number: &str, today: Date) -> Option<Found<'_>> {
        self.prefixes.iter().find_map(|(Reverse(length), rows)| {
            let caller = self.profiles.get(*rows.get(number.get(..*length)?)?)?;
            caller.counts_on(today).then_some(Found { caller, prefix_length: Some(*length) })
        })
    }
}

impl Caller {
    /// Whether the row counts on a date.
    pub(super) fn counts_on(&self, today: Date) -> bool {
        self.expires_on.is_none_or(|last| today <= last)
    }
}

/// Collects rows and shares what they have in common.
#[derive(Debug, Default)]
pub(super) struct CallersBuilder {
    profiles: Vec<Caller>,
    known: HashMap<Caller, Index<Caller>>,
    callers: Callers,
}

impl CallersBuilder {
    /// Makes room, so that a million rows are not moved again and again.
    pub(super) fn with_capacity(rows: usize) -> Self {
        let mut builder = Self::default();
        builder.callers.digits.reserve(rows);
        builder
    }

    /// Adds a row. Returns false, and keeps the row that came first, if the number has one already.
    pub(super) fn add(&mut self, number: &NumberPattern, caller: Caller) -> bool {
        let index = self.share(caller);
        match number {
            NumberPattern::Exact(exact) => match packed(exact) {
                Some(packed) => insert(&mut self.callers.digits, packed, index),
                None => insert(&mut self.callers.others, exact.clone(), index),
            },
            NumberPattern::Prefix(prefix) => {
                let rows = self.callers.prefixes.entry(Reverse(prefix.len())).or_default();
                insert(rows, prefix.clone(), index)
            }
        }
    }

    pub(super) fn finish(mut self) -> Callers {
        self.callers.profiles = Arena::new(self.profiles);
        self.callers
    }

    fn share(&mut self, caller: Caller) -> Index<Caller> {
        if let Some(index) = self.known.get(&caller) {
            return *index;
        }
        let index = Index::new(u32::try_from(self.profiles.len()).unwrap_or(u32::MAX));
        self.profiles.push(caller.clone());
        self.known.insert(caller, index);
        index
    }
}

/// Inserts unless the key is taken.
fn insert<K: Eq + std::hash::Hash>(
    rows: &mut HashMap<K, Index<Caller>, FxBuildHasher>,
    key: K,
    index: Index<Caller>,
) -> bool {
    let before = rows.len();
    rows.entry(key).or_insert(index);
    rows.len() > before
}

/// Up to 18 digits as one integer, with a 1 in front so that leading zeros count.
fn packed(number: &str) -> Option<u64> {
    const LONGEST: usize = 18;
    if number.len() > LONGEST || number.is_empty() {
        return None;
    }
    number.bytes().try_fold(1, |packed: u64, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(packed * 10 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_up_to_18_digits_is_packed_differently() {
        let nines = "9".repeat(18);
        let numbers = ["0", "00", "000", "1", "01", "10", "84986776777", "084986776777", &nines];
        let packed: Vec<_> = numbers.into_iter().map(packed).collect();
        assert!(packed.iter().all(Option::is_some), "{packed:?}");
        assert!((1..packed.len()).all(|at| !packed[..at].contains(&packed[at])), "{packed:?}");
    }

    #[test]
    fn longer_numbers_and_identities_are_not_packed() {
        for text in ["", "user_1", "8498677677a", "+84986776777", &"9".repeat(19), "８４"] {
            assert_eq!(packed(text), None, "{text}");
        }
    }
}
