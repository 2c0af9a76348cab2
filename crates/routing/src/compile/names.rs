//! Ids and the rows they stand for, so that a reference is found or its fault is named.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxBuildHasher;

use crate::arena::Index;
use crate::table::Table;

/// The ids of one table.
pub(super) struct Names<T> {
    table: Table,
    found: HashMap<Box<str>, Index<T>, FxBuildHasher>,
    left_out: HashSet<Box<str>>,
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
        let found = ids
            .zip(0..)
            .map(|(id, place)| (id.into(), Index::new(place)))
            .collect();
        Self {
            table,
            found,
            left_out,
        }
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
