//! Known callers, found by their number: a million of them in a few bytes each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

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
    /// Numbers of up to 18 digits.
    digits: Arc<Digits>,
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
        match self.exact(number.as_str()) {
            Some(caller) if caller.counts_on(today) => Some(Found {
                caller,
                prefix_length: None,
            }),
            _ => self.by_prefix(number.as_str(), today),
        }
    }

    /// Every agent who is somebody's owner; one may come more than once.
    pub fn owners(&self) -> impl Iterator<Item = Index<Agent>> {
        self.profiles.iter().filter_map(|(_, caller)| caller.owner)
    }

    /// What is known of callers, each combination once.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &Caller> {
        self.profiles.values()
    }

    /// Every tag that a row has, with the number of one such row, and how many there are.
    pub(super) fn tagged(&self) -> BTreeMap<Index<Tag>, (String, usize)> {
        let mut tagged: BTreeMap<Index<Tag>, (String, usize)> = BTreeMap::new();
        let mut note = |caller: &Index<Caller>, number: &dyn Fn() -> String| {
            let Some(caller) = self.profiles.get(*caller) else {
                return;
            };
            for tag in &caller.tags {
                let row = tagged.entry(*tag).or_insert_with(|| (number(), 0));
                row.1 += 1;
            }
        };
        for (packed, caller) in self.digits.numbers.iter().zip(&self.digits.callers) {
            note(caller, &|| unpacked(*packed));
        }
        for (number, caller) in &self.others {
            note(caller, &|| number.to_string());
        }
        for (prefix, caller) in self.prefixes.values().flatten() {
            note(caller, &|| format!("{prefix}*"));
        }
        tagged
    }

    /// The same callers by the agents of another version, without some rows and with others.
    ///
    /// `agent` says what has become of an owner. Numbers that stay where they are are shared.
    pub(super) fn edited(
        &self,
        agent: impl Fn(Index<Agent>) -> Option<Index<Agent>>,
        gone: &[NumberPattern],
        rows: Vec<(NumberPattern, Caller)>,
    ) -> Self {
        let mut profiles: Vec<Caller> = Vec::with_capacity(self.profiles.len() + rows.len());
        for caller in self.profiles() {
            profiles.push(Caller {
                owner: caller.owner.and_then(&agent),
                ..caller.clone()
            });
        }
        let mut edited = Self {
            digits: Arc::clone(&self.digits),
            others: self.others.clone(),
            prefixes: self.prefixes.clone(),
            profiles: Arena::default(),
        };
        let mut lost: HashSet<u64, FxBuildHasher> = HashSet::default();
        let mut digits: Vec<(u64, Index<Caller>)> = Vec::new();
        for number in gone {
            match number {
                NumberPattern::Exact(exact) => match packed(exact) {
                    Some(packed) => drop(lost.insert(packed)),
                    None => drop(edited.others.remove(exact)),
                },
                NumberPattern::Prefix(prefix) => {
                    if let Some(rows) = edited.prefixes.get_mut(&Reverse(prefix.len())) {
                        rows.remove(prefix);
                    }
                }
            }
        }
        for (number, caller) in rows {
            let index = Index::new(u32::try_from(profiles.len()).unwrap_or(u32::MAX));
            profiles.push(caller);
            match number {
                NumberPattern::Exact(exact) => match packed(&exact) {
                    Some(packed) => {
                        lost.insert(packed);
                        digits.push((packed, index));
                    }
                    None => drop(edited.others.insert(exact, index)),
                },
                NumberPattern::Prefix(prefix) => {
                    let rows = edited.prefixes.entry(Reverse(prefix.len())).or_default();
                    rows.insert(prefix, index);
                }
            }
        }
        if !lost.is_empty() {
            for (number, caller) in self.digits.numbers.iter().zip(&self.digits.callers) {
                if !lost.contains(number) {
                    digits.push((*number, *caller));
                }
            }
            edited.digits = Arc::new(Digits::of(digits));
        }
        edited.profiles = Arena::new(profiles);
        edited
    }

    fn exact(&self, number: &str) -> Option<&Caller> {
        let index = match packed(number) {
            Some(packed) => self.digits.find(packed),
            None => self.others.get(number).copied(),
        };
        self.profiles.get(index?)
    }

    fn by_prefix(&self, number: &str, today: Date) -> Option<Found<'_>> {
        for (Reverse(length), rows) in &self.prefixes {
            if let Some(beginning) = number.get(..*length)
                && let Some(index) = rows.get(beginning)
                && let Some(caller) = self.profiles.get(*index)
                && caller.counts_on(today)
            {
                return Some(Found {
                    caller,
                    prefix_length: Some(*length),
                });
            }
        }
        None
    }
}

impl Caller {
    /// Whether the row counts on a date.
    pub(super) fn counts_on(&self, today: Date) -> bool {
        self.expires_on.is_none_or(|last| today <= last)
    }
}

/// Packed numbers in ascending order, each with a caller at the same place: 12 bytes for a row.
#[derive(Clone, Debug, Default)]
struct Digits {
    numbers: Box<[u64]>,
    callers: Box<[Index<Caller>]>,
    /// The first number of each block.
    starts: Box<[u64]>,
}

impl Digits {
    /// So many numbers that their starts stay in a CPU's cache, and one block is a few of its lines.
    const BLOCK: usize = 64;

    /// Takes over numbers that differ, in whatever order.
    fn of(mut rows: Vec<(u64, Index<Caller>)>) -> Self {
        // As texts they were in order, so that long runs of them are as numbers; a stable sort makes use of that.
        rows.sort_by_key(|(number, _)| *number);
        let numbers: Box<[u64]> = rows.iter().map(|(number, _)| *number).collect();
        let starts = numbers.iter().step_by(Self::BLOCK).copied().collect();
        Self {
            numbers,
            callers: rows.into_iter().map(|(_, caller)| caller).collect(),
            starts,
        }
    }

    fn find(&self, number: u64) -> Option<Index<Caller>> {
        let block = self
            .starts
            .partition_point(|start| *start <= number)
            .checked_sub(1)?;
        let numbers = self.numbers.chunks(Self::BLOCK).nth(block)?;
        let place = block * Self::BLOCK + numbers.binary_search(&number).ok()?;
        self.callers.get(place).copied()
    }
}

/// Collects rows and shares what they have in common.
#[derive(Debug, Default)]
pub(super) struct CallersBuilder {
    profiles: Vec<Caller>,
    known: HashMap<Caller, Index<Caller>, FxBuildHasher>,
    digits: Vec<(u64, Index<Caller>)>,
    seen: HashSet<u64, FxBuildHasher>,
    callers: Callers,
}

impl CallersBuilder {
    /// Makes room, so that a million rows are not moved again and again.
    pub(super) fn with_capacity(rows: usize) -> Self {
        let mut builder = Self::default();
        builder.digits.reserve(rows);
        builder.seen.reserve(rows);
        builder
    }

    /// Adds a row. Returns false, and keeps the row that came first, if the number has one already.
    pub(super) fn add(&mut self, number: &NumberPattern, caller: Caller) -> bool {
        let index = self.share(caller);
        match number {
            NumberPattern::Exact(exact) => match packed(exact) {
                Some(packed) => {
                    let is_new = self.seen.insert(packed);
                    if is_new {
                        self.digits.push((packed, index));
                    }
                    is_new
                }
                None => insert(&mut self.callers.others, exact.clone(), index),
            },
            NumberPattern::Prefix(prefix) => {
                let prefixes = &mut self.callers.prefixes;
                let rows = prefixes.entry(Reverse(prefix.len())).or_default();
                insert(rows, prefix.clone(), index)
            }
        }
    }

    pub(super) fn finish(mut self) -> Callers {
        self.callers.profiles = Arena::new(self.profiles);
        self.callers.digits = Arc::new(Digits::of(self.digits));
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
fn insert(
    rows: &mut HashMap<Box<str>, Index<Caller>, FxBuildHasher>,
    key: Box<str>,
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
    let mut packed = 1;
    for byte in number.bytes() {
        let digit = byte.checked_sub(b'0')?;
        if digit > 9 {
            return None;
        }
        packed = packed * 10 + u64::from(digit);
    }
    Some(packed)
}

/// The digits that were packed.
fn unpacked(packed: u64) -> String {
    packed.to_string().split_off(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_is_found_and_no_other(
            rows in prop::collection::btree_map(0_u64..2000, 0_u32..9, 0..1000),
        ) {
            let reversed = rows.iter().rev().map(|(number, caller)| (*number, Index::new(*caller)));
            let digits = Digits::of(reversed.collect());
            for number in 0..2001 {
                prop_assert_eq!(digits.find(number), rows.get(&number).copied().map(Index::new));
            }
        }

        #[test]
        fn the_first_row_of_a_number_counts(
            rows in prop::collection::vec(("[0-9]{1,3}|[a-c]{1,2}", "[0-9]?"), 0..60),
        ) {
            let (mut builder, mut expected) = (CallersBuilder::with_capacity(rows.len()), BTreeMap::new());
            for (number, last) in &rows {
                let tags = last.bytes().map(|digit| Index::new(u32::from(digit))).collect();
                let caller = Caller { owner: None, tags, expires_on: None };
                let is_new = builder.add(&NumberPattern::Exact(number.as_str().into()), caller.clone());
                prop_assert_eq!(is_new, !expected.contains_key(number));
                expected.entry(number).or_insert(caller);
            }
            let callers = builder.finish();
            for (number, caller) in expected {
                prop_assert_eq!(callers.exact(number), Some(&caller));
            }
            prop_assert_eq!(callers.exact("9999"), None);
        }
    }

    #[test]
    fn every_number_of_up_to_18_digits_is_packed_differently() {
        let nines = "9".repeat(18);
        let numbers = [
            "0",
            "00",
            "000",
            "1",
            "01",
            "10",
            "84986776777",
            "084986776777",
            &nines,
        ];
        let packed: Vec<_> = numbers.into_iter().map(packed).collect();
        assert!(packed.iter().all(Option::is_some), "{packed:?}");
        let again: Vec<String> = packed.iter().flatten().copied().map(unpacked).collect();
        assert_eq!(again, numbers);
        assert!(
            (1..packed.len()).all(|at| !packed[..at].contains(&packed[at])),
            "{packed:?}"
        );
    }

    #[test]
    fn longer_numbers_and_identities_are_not_packed() {
        for text in [
            "",
            "user_1",
            "8498677677a",
            "+84986776777",
            &"9".repeat(19),
            "８４",
        ] {
            assert_eq!(packed(text), None, "{text}");
        }
    }
}
