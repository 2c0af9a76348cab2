//! Typed indices into vectors that are filled once and never shrink.

use std::marker::PhantomData;
use std::sync::Arc;
use std::{cmp, fmt, hash};

/// A place in an [`Arena`]; cheaper to keep and to compare than the id it stands for.
pub struct Index<T> {
    at: u32,
    of: PhantomData<fn() -> T>,
}

/// The values of one kind, found by their [`Index`]. Clones share them.
#[derive(Debug)]
pub struct Arena<T>(Arc<[T]>);

impl<T> Arena<T> {
    /// Takes over values; their indices count from 0 in the order given. Values past 2^32 are dropped.
    pub fn new(mut values: Vec<T>) -> Self {
        values.truncate(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        Self(values.into())
    }

    /// Whether these are the values of the other one, at their place in memory.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The value at an index, or nothing if the index belongs to another arena.
    pub fn get(&self, index: Index<T>) -> Option<&T> {
        self.0.get(usize::try_from(index.at).ok()?)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that compares as equal, if the values are sorted as `order` compares them.
    pub fn find(&self, order: impl FnMut(&T) -> cmp::Ordering) -> Option<Index<T>> {
        let place = self.0.binary_search_by(order).ok()?;
        u32::try_from(place).ok().map(Index::new)
    }

    /// Each value with its index, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Index<T>, &T)> {
        (0..).map(Index::new).zip(&*self.0)
    }

    /// The values alone, in order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T> Clone for Arena<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl<T> Index<T> {
    /// The index of the value at a place.
    pub(super) const fn new(at: u32) -> Self {
        Self {
            at,
            of: PhantomData,
        }
    }

    /// The place as a number, for tables kept beside an arena.
    pub fn place(self) -> usize {
        usize::try_from(self.at).unwrap_or(usize::MAX)
    }
}

impl<T> Clone for Index<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Index<T> {}
impl<T> PartialEq for Index<T> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl<T> Eq for Index<T> {}
impl<T> PartialOrd for Index<T> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Index<T> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
impl<T> hash::Hash for Index<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.at.hash(state);
    }
}
impl<T> fmt::Debug for Index<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.at)
    }
}
