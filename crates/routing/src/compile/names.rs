//! Ids and the rows they stand for, so that a reference is found or its fault is named.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxBuildHasher;

use super::parts::PartKey;
use crate::arena::Index;
use crate::table::Table;

/// The ids of one table.
pub(super) struct Names<T> {
    table: Table,
    found: HashMap<Box<str>, Index<T>, FxBuildHasher>,
    left_out: HashSet<Box<str>>,
    /// The same for the same names in the same order.
    digest: u128,
}

/// What an id stands for.
pub(super) enum Reference<T> {
    /// A row that is used.
    Found(Index<T>),
    /// A row that is there, but wrong, and therefore left out.
    LeftOut,
    /// No row.
    Unknown,
}

impl<T> Names<T> {
    /// The ids of values that are used, in the order of their indices, and of rows that were left out.
    pub(super) fn new<'n>(
        table: Table,
        ids: impl Iterator<Item = &'n str>,
        left_out: HashSet<Box<str>>,
    ) -> Self {
        let mut key = PartKey::new();
        let mut found = HashMap::default();
        for (id, place) in ids.zip(0..) {
            key.add_text(id);
            found.insert(id.into(), Index::new(place));
        }
        let mut others: Vec<&str> = left_out.iter().map(|id| &**id).collect();
        others.sort_unstable();
        // Whatever comes behind it is another list.
        key.add(u128::MAX);
        for id in others {
            key.add_text(id);
        }
        Self {
            table,
            found,
            digest: key.finish(),
            left_out,
        }
    }

    /// The same where no row was left out.
    pub(super) fn of_all<'n>(table: Table, ids: impl Iterator<Item = &'n str>) -> Self {
        Self::new(table, ids, HashSet::new())
    }

    pub(super) const fn digest(&self) -> u128 {
        self.digest
    }

    pub(super) const fn table(&self) -> Table {
        self.table
    }

    /// The index of a row that is used.
    pub(super) fn index(&self, id: &str) -> Option<Index<T>> {
        self.found.get(id).copied()
    }

    pub(super) fn find(&self, id: &str) -> Reference<T> {
        match self.found.get(id) {
            Some(index) => Reference::Found(*index),
            None if self.left_out.contains(id) => Reference::LeftOut,
            None => Reference::Unknown,
        }
    }
}
