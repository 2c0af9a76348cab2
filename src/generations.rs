//! A map that forgets by halves, so that it stays bounded without a list of what was used when.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use rustc_hash::FxBuildHasher;

/// What was not used during the last period goes when the next one ends, or when there is too much.
///
/// Its keys are hashes already.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    began_ms: u64,
    period_ms: u64,
    most: usize,
    current: HashMap<K, V, FxBuildHasher>,
    previous: HashMap<K, V, FxBuildHasher>,
}

impl<K: Eq + Hash + Copy, V> Generations<K, V> {
    /// An empty map that holds twice `most` values, and those used within `period` unless that is too many.
    pub(crate) fn new(most: usize, period: Duration) -> Self {
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        Self { began_ms: 0, period_ms, most, current: HashMap::default(), previous: HashMap::default() }
    }

    /// The value of a key, if it is remembered. Looking is no use.
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.current.get(&key).or_else(|| self.previous.get(&key))
    }

    /// The value of a key, made anew if it is not remembered. It is remembered for another period.
    pub(crate) fn entry(&mut self, key: K, now_ms: u64, make: impl FnOnce() -> V) -> &mut V {
        self.forget(now_ms);
        let previous = &mut self.previous;
        self.current.entry(key).or_insert_with(|| previous.remove(&key).unwrap_or_else(make))
    }

    fn forget(&mut self, now_ms: u64) {
        let age_ms = now_ms.saturating_sub(self.began_ms);
        if age_ms < self.period_ms && self.current.len() < self.most {
            return;
        }
        self.previous = std::mem::take(&mut self.current);
        if age_ms / 2 >= self.period_ms {
            self.previous = HashMap::default();
        }
        self.began_ms = now_ms;
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.current.len() + self.previous.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let mut generations = Generations::new(10, Duration::from_hours(1));
        for key in 0..1_000 {
            generations.entry(key, 0, || key);
            assert!(generations.len() <= 20);
        }
        assert_eq!(*generations.entry(995, 0, || 0), 995, "the newest are kept");
        assert_eq!(*generations.entry(5, 0, || 0), 0, "the oldest are gone");
    }
}
