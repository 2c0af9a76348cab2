//! The calls of a shard. A stranger can ask about made-up calls faster than memory lasts, and only once about each: so a
//! call that was asked about again is kept apart, where the made-up ones do not push it out.
//!
//! Only asks a second apart count: the same id twice in one question is no second ask.

use std::num::NonZeroU64;

use super::{REMEMBERED, Repeated};
use crate::facts::first_ask;
use crate::generations::Generations;

/// How many calls that were asked about once a shard remembers, and as many again before the oldest go: as many as fill
/// a hash map of 32,768 places. With 16 shards of two generations, 900,000 calls in 51 MB.
const MAX_ASKED_ONCE: usize = 28_672;

/// The same for calls that were asked about again: 450,000 in 26 MB.
const MAX_ASKED_AGAIN: usize = 14_336;

/// How many calls wait to be written; there are more only if they cannot be, and then all are written later.
const MAX_LEARNED: usize = 16_384;

/// How far apart two asks are at least.
const APART_MS: u64 = 1000;

/// The calls of a shard.
#[derive(Debug)]
pub(super) struct Calls {
    once: Generations<u64, Remembered>,
    again: Generations<u64, Remembered>,
    /// The calls that are new, and those that have moved to where they are kept for longer.
    learned: Vec<u64>,
    /// Those of them that are to be written.
    to_write: Vec<u64>,
    /// Those that other servers are to be told of, if there are any.
    to_tell: Option<Vec<u64>>,
}

/// What is known of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remembered {
    /// When it was first asked about.
    pub(super) first_ms: u64,
    /// The answer that it was given last; the same for the same answer.
    pub(super) answer: Option<NonZeroU64>,
    pub(super) given: Given,
    /// Whether the decision may still be known.
    pub(super) is_decided: bool,
}

/// How that answer was given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) key: i64,
    pub(super) last_ms: i64,
    /// How many times since that was handed over.
    pub(super) asks: u32,
    /// Whether the call is on the list of those that have something to hand over.
    pub(super) is_listed: bool,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            once: Generations::new(MAX_ASKED_ONCE, REMEMBERED),
            again: Generations::new(MAX_ASKED_AGAIN, REMEMBERED),
            learned: Vec::new(),
            to_write: Vec::new(),
            to_tell: None,
        }
    }
}

impl Calls {
    /// What is known of a call that is asked about; if that is nothing, it is now remembered.
    pub(super) fn ask(&mut self, key: u64, now_ms: u64) -> Remembered {
        if let Some(call) = self.again.renew(key, now_ms) {
            return *call;
        }
        let mut is_news = false;
        let call = *self.once.entry(key, now_ms, || {
            is_news = true;
            Remembered::new(now_ms)
        });
        if now_ms.saturating_sub(call.first_ms) >= APART_MS {
            self.once.remove(key);
            self.again.entry(key, now_ms, || call);
            is_news = true;
        }
        if is_news && self.learned.len() < MAX_LEARNED {
            self.learned.push(key);
        }
        call
    }

    /// Hands on what was learned to whoever writes it and whoever tells others: so it costs an ask nothing that there are
    /// two.
    fn hand_on(&mut self) {
        if let Some(to_tell) = &mut self.to_tell {
            let room = MAX_LEARNED.saturating_sub(to_tell.len());
            to_tell.extend(self.learned.iter().take(room));
        }
        let room = MAX_LEARNED.saturating_sub(self.to_write.len());
        self.learned.truncate(room);
        self.to_write.append(&mut self.learned);
    }

    /// From now on has room for a part of the calls.
    pub(super) const fn hold_part(&mut self, parts: usize) {
        self.once.hold(MAX_ASKED_ONCE / parts);
        self.again.hold(MAX_ASKED_AGAIN / parts);
    }

    /// From now on, other servers are told as well.
    pub(super) fn tell(&mut self) {
        self.to_tell = Some(Vec::new());
    }

    /// Takes out the calls that others are to be told of.
    pub(super) fn take_to_tell(&mut self) -> Vec<u64> {
        self.hand_on();
        self.to_tell.as_mut().map_or_else(Vec::new, std::mem::take)
    }

    /// Takes in when a call was first asked about, at any server.
    pub(super) fn hear(&mut self, key: u64, first_ms: u64, now_ms: u64) {
        if let Some(call) = self.get_mut(key) {
            call.first_ms = first_ask(call.first_ms, first_ms);
            return;
        }
        self.restore(key, first_ms, now_ms);
        if self.to_write.len() < MAX_LEARNED {
            self.to_write.push(key);
        }
    }

    /// Takes over when a call was first asked about before the start.
    pub(super) fn restore(&mut self, key: u64, first_ms: u64, now_ms: u64) {
        let call = self.once.entry(key, now_ms, || Remembered::new(first_ms));
        call.first_ms = first_ask(call.first_ms, first_ms);
    }

    /// Whether calls are to be written.
    pub(super) const fn has_learned(&self) -> bool {
        !self.learned.is_empty() || !self.to_write.is_empty()
    }

    /// Takes out the calls that are to be written.
    pub(super) fn take_learned(&mut self) -> Vec<u64> {
        self.hand_on();
        std::mem::take(&mut self.to_write)
    }

    /// All calls, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Remembered)> {
        self.once.iter().chain(self.again.iter())
    }

    /// What is known of a call that was asked about a moment ago.
    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut Remembered> {
        let Self { once, again, .. } = self;
        again.get_mut(key).or_else(|| once.get_mut(key))
    }

    pub(super) fn len(&self) -> usize {
        self.once.len() + self.again.len()
    }

    /// Takes out what was put aside; whoever drops it holds no lock.
    #[must_use]
    pub(super) fn take_forgotten(&mut self) -> impl Sized + use<> {
        (self.once.take_forgotten(), self.again.take_forgotten())
    }
}

impl Remembered {
    fn new(now_ms: u64) -> Self {
        Self {
            first_ms: now_ms,
            answer: None,
            given: Given::default(),
            is_decided: false,
        }
    }
}

impl Given {
    pub(super) fn count(&mut self, at_ms: i64) {
        self.asks = self.asks.saturating_add(1);
        self.last_ms = self.last_ms.max(at_ms);
    }

    /// What there is to hand over; then there is nothing.
    pub(super) const fn hand_over(&mut self) -> Option<Repeated> {
        self.is_listed = false;
        self.take_asks()
    }

    pub(super) const fn take_asks(&mut self) -> Option<Repeated> {
        let Self {
            key, last_ms, asks, ..
        } = *self;
        self.asks = 0;
        if asks > 0 {
            Some(Repeated { key, asks, last_ms })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_was_asked_about_again_outlives_any_number_of_made_up_ones() {
        let mut calls = Calls::default();
        calls.ask(1, 1_000);
        calls.ask(2, 1_000);
        assert_eq!(calls.ask(1, 3_000).first_ms, 1_000);
        for made_up in 0..10 * MAX_ASKED_ONCE {
            let key = 10 + u64::try_from(made_up).unwrap();
            calls.ask(key, 4_000);
            assert_eq!(
                calls.ask(key, 4_000).first_ms,
                4_000,
                "twice in one question"
            );
        }
        assert_eq!(calls.ask(1, 5_000).first_ms, 1_000);
        assert_eq!(calls.ask(2, 5_000).first_ms, 5_000, "asked about once");
        assert!(calls.len() <= 2 * MAX_ASKED_ONCE + 1);
    }

    #[test]
    fn memory_is_bounded_whoever_asks_again() {
        let mut calls = Calls::default();
        for key in 0..200_000 {
            calls.ask(key, 0);
            calls.ask(key, APART_MS);
        }
        assert!(calls.len() <= 2 * (MAX_ASKED_ONCE + MAX_ASKED_AGAIN));
        assert_eq!(calls.ask(199_999, 5_000).first_ms, 0, "the newest are kept");
        assert_eq!(calls.ask(0, 5_000).first_ms, 5_000, "the oldest are gone");
    }

    #[test]
    fn what_is_learned_is_written_and_told_and_what_is_heard_is_only_written() {
        let mut calls = Calls::default();
        calls.tell();
        calls.ask(1, 0);
        assert_eq!(calls.take_to_tell(), [1]);
        calls.ask(2, 0);
        calls.hear(3, 0, 5_000);
        calls.hear(2, 0, 5_000);
        assert!(calls.has_learned());
        assert_eq!(calls.take_learned(), [1, 3, 2]);
        assert_eq!(calls.take_to_tell(), [2]);
        assert!(!calls.has_learned());
        assert_eq!(calls.ask(3, 6_000).first_ms, 0);
    }

    #[test]
    fn what_a_call_was_given_goes_with_it() {
        let mut calls = Calls::default();
        calls.ask(1, 0);
        calls.get_mut(1).unwrap().given.key = 7;
        calls.ask(1, APART_MS);
        assert_eq!(calls.get_mut(1).unwrap().given.key, 7);
        assert_eq!(calls.len(), 1);
    }
}
