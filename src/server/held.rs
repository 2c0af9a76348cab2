//! The bytes that connections hold: questions that are on their way in, answers that are not fetched yet.
//!
//! Whoever reads its answers holds nothing for long. So from half of the bound on, whoever has held something for the
//! longest time makes room for a newcomer, and a newcomer is refused only where even that has not helped yet.

use std::collections::BTreeMap;

/// What is not counted: as much as a connection may hold beside its buffers, which the number of connections bounds.
pub(super) const UNCOUNTED_BYTES: u64 = 16 * 1024;

/// What is held by all connections of a listener; `C` is what tells a connection to end.
#[derive(Debug)]
pub(super) struct HeldBytes<C> {
    max: u64,
    /// Of everything not given back yet.
    bytes: u64,
    /// Of that, what belongs to connections that have been told to end.
    leaving: u64,
    /// By age.
    holders: BTreeMap<u64, (u64, C)>,
    next: u64,
}

impl<C> HeldBytes<C> {
    pub(super) fn new(max: u64) -> Self {
        Self {
            max,
            bytes: 0,
            leaving: 0,
            holders: BTreeMap::new(),
            next: 0,
        }
    }

    /// Counts so many bytes more, unless they are too many; by which id, and whose connections have to be closed.
    pub(super) fn hold(&mut self, bytes: u64, connection: C) -> Option<(u64, Vec<C>)> {
        if self.bytes + bytes > self.max {
            return None;
        }
        self.bytes += bytes;
        let mut closed = Vec::new();
        while self.bytes - self.leaving > self.max / 2 {
            let Some((_, (freed, oldest))) = self.holders.pop_first() else {
                break;
            };
            self.leaving += freed;
            closed.push(oldest);
        }
        let id = self.next;
        self.next += 1;
        self.holders.insert(id, (bytes, connection));
        Some((id, closed))
    }

    /// The bytes are given back.
    pub(super) fn give_back(&mut self, id: u64, bytes: u64) {
        if self.holders.remove(&id).is_none() {
            self.leaving -= bytes;
        }
        self.bytes -= bytes;
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_something_for_longest_makes_room_from_half_of_the_bound_on() {
        let mut held = HeldBytes::new(100);
        assert_eq!(held.hold(30, "a"), Some((0, vec![])));
        assert_eq!(held.hold(20, "b"), Some((1, vec![])));
        assert_eq!(held.hold(20, "c"), Some((2, vec!["a"])));
        assert_eq!(held.hold(25, "d"), Some((3, vec!["b"])));
        assert_eq!(held.bytes(), 95);
    }

    #[test]
    fn nothing_is_held_beyond_the_bound_until_it_is_given_back() {
        let mut held = HeldBytes::new(100);
        assert_eq!(held.hold(60, "a"), Some((0, vec![])));
        assert_eq!(held.hold(40, "b"), Some((1, vec!["a"])));
        assert_eq!(held.hold(1, "c"), None);
        held.give_back(0, 60);
        assert_eq!(held.hold(60, "c"), Some((2, vec!["b"])));
        held.give_back(1, 40);
        held.give_back(2, 60);
        assert_eq!((held.bytes, held.leaving), (0, 0));
        assert!(held.holders.is_empty());
    }
}
