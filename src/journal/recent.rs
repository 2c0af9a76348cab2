//! The answers given lately, so that the same answer to the same call is written once.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::store::RepeatedDecision;
use jiff::Timestamp;

/// For how long an answer is remembered after it was last given, at least. One that is forgotten and given again is
/// written again, and meets its row there.
const REMEMBERED_MS: u64 = 10 * 60 * 1000;

/// The same once there is another version of the rules: none of its answers is one of these. Time enough to hand over
/// how often they were given again.
const REMEMBERED_OF_OTHERS_MS: u64 = 60 * 1000;

/// How many answers are remembered before the oldest go. With 16 shards of two generations, half a million in 25 MB.
const MOST_ANSWERS: usize = 16_384;

/// A map that forgets by halves: what was not used during the last period goes when the next one ends.
#[derive(Debug, Default)]
pub(super) struct Recent {
    began_ms: i64,
    /// The version of the rules when the period began.
    version: u64,
    current: Answers,
    previous: Answers,
    /// Those that were given again and not handed over since, in that order.
    touched: Vec<u64>,
}

/// By a hash that is random already.
type Answers = HashMap<u64, Given, FxBuildHasher>;

/// An answer that was given.
#[derive(Clone, Copy, Debug)]
struct Given {
    /// The row's key.
    key: i64,
    last_ms: i64,
    /// How many times since they were last written down.
    asks: u32,
}

impl Recent {
    /// Counts an answer that was given before. False if it was not, or was forgotten.
    pub(super) fn again(&mut self, answer: u64, at_ms: i64) -> bool {
        if let Some(given) = self.current.get_mut(&answer) {
            if given.count(at_ms) {
                self.touched.push(answer);
            }
            return true;
        }
        let Some(mut given) = self.previous.remove(&answer) else { return false };
        if given.count(at_ms) {
            self.touched.push(answer);
        }
        self.current.insert(answer, given);
        true
    }

    /// Remembers a new answer by a version of the rules.
    pub(super) fn remember(&mut self, answer: u64, key: i64, version: u64, at_ms: i64) {
        // A clock that was set back ends the period as well.
        let age_ms = at_ms.abs_diff(self.began_ms);
        let is_over = age_ms >= if version == self.version { REMEMBERED_MS } else { REMEMBERED_OF_OTHERS_MS };
        if is_over || self.current.len() >= MOST_ANSWERS {
            self.previous = std::mem::take(&mut self.current);
            self.began_ms = at_ms;
            self.version = version;
        }
        self.current.insert(answer, Given { key, last_ms: at_ms, asks: 0 });
    }

    /// Hands over the first of those that were given again, so many at most.
    pub(super) fn repeated(&mut self, most: usize, to: &mut Vec<RepeatedDecision>) {
        for answer in self.touched.drain(..most.min(self.touched.len())) {
            let given = self.current.get_mut(&answer).or_else(|| self.previous.get_mut(&answer));
            // One that has been pushed out meanwhile, by more new answers than the buffer holds, is lost.
            let Some(given) = given else { continue };
            let last_at = Timestamp::from_millisecond(given.last_ms).unwrap_or_default();
            to.push(RepeatedDecision { key: given.key, asks: std::mem::take(&mut given.asks), last_at });
        }
    }
}

impl Given {
    /// Counts one more ask. Whether it is the first since the last time it was written down.
    fn count(&mut self, at_ms: i64) -> bool {
        self.asks = self.asks.saturating_add(1);
        self.last_ms = self.last_ms.max(at_ms);
        self.asks == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(recent: &mut Recent) -> Vec<(i64, u32, i64)> {
        let mut repeated = Vec::new();
        recent.repeated(usize::MAX, &mut repeated);
        repeated.into_iter().map(|again| (again.key, again.asks, again.last_at.as_millisecond())).collect()
    }

    #[test]
    fn an_answer_given_again_is_counted_until_it_is_written_down() {
        let mut recent = Recent::default();
        assert!(!recent.again(7, 0));
        recent.remember(7, -70, 1, 0);
        assert_eq!(repeated(&mut recent), []);
        assert!(recent.again(7, 30) && recent.again(7, 20));
        assert_eq!(repeated(&mut recent), [(-70, 2, 30)]);
        assert_eq!(repeated(&mut recent), []);
        assert!(recent.again(7, 40));
        assert_eq!(repeated(&mut recent), [(-70, 1, 40)]);
    }

    #[test]
    fn answers_given_again_are_handed_over_in_turn() {
        let mut recent = Recent::default();
        for answer in 0..5 {
            recent.remember(answer, answer.cast_signed(), 1, 0);
            assert!(recent.again(answer, 10));
        }
        let mut some = Vec::new();
        recent.repeated(2, &mut some);
        assert!(recent.again(0, 20) && recent.again(4, 20));
        recent.repeated(3, &mut some);
        assert_eq!(
            some.iter().map(|again| (again.key, again.asks)).collect::<Vec<_>>(),
            [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2)]
        );
        assert_eq!(repeated(&mut recent), [(0, 1, 20)]);
    }

    #[test]
    fn an_answer_is_remembered_while_it_is_given() {
        let mut recent = Recent::default();
        recent.remember(7, 70, 1, 0);
        let period_ms = i64::try_from(REMEMBERED_MS).unwrap();
        for period in 1..5 {
            let at = period * period_ms;
            recent.remember(100 + period.unsigned_abs(), 0, 1, at);
            assert!(recent.again(7, at));
            assert_eq!(repeated(&mut recent), [(70, 1, at)]);
        }
        recent.remember(200, 0, 1, 5 * period_ms);
        recent.remember(201, 0, 1, 6 * period_ms);
        recent.remember(202, 0, 1, 7 * period_ms);
        assert!(!recent.again(7, 7 * period_ms));
    }

    #[test]
    fn answers_by_rules_that_are_gone_are_soon_forgotten() {
        let mut recent = Recent::default();
        for second in 0..1_000 {
            recent.remember(second, 0, second, i64::try_from(second).unwrap() * 1_000);
            assert!(recent.current.len() + recent.previous.len() <= 120);
        }
        assert!(recent.again(999, 999_000) && recent.again(940, 999_000), "they may still have to be handed over");
    }

    #[test]
    fn memory_is_bounded() {
        let mut recent = Recent::default();
        for answer in 0..100_000 {
            recent.remember(answer, 0, 1, 0);
            assert!(recent.current.len() + recent.previous.len() <= 2 * MOST_ANSWERS);
        }
        assert!(recent.again(99_000, 0) && !recent.again(0, 0));
    }
}
