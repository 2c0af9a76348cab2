//! A map that forgets by halves, so that it stays bounded without a list of what was used when.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::time::Duration;

use rustc_hash::FxBuildHasher;

/// What was not used during the last period goes when the next one ends, or when there is too much.
///
/// Its keys are hashes already. To free half a million values takes a while, and the map stands behind a lock: so what
/// goes is put aside, for its owner to take out and to free outside of the lock.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    began_ms: u64,
    period_ms: u64,
    most: usize,
    current: Generation<K, V>,
    previous: Generation<K, V>,
    /// Two generations at most.
    forgotten: Vec<Generation<K, V>>,
}

/// What is remembered, or forgotten, together.
type Generation<K, V> = HashMap<K, V, FxBuildHasher>;

impl<K: Eq + Hash + Copy, V> Generations<K, V> {
    /// An empty map that holds twice `most` values, and those used within `period` unless that is too many.
    pub(crate) fn new(most: usize, period: Duration) -> Self {
        let period_ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        let (current, previous) = (HashMap::default(), HashMap::default());
        Self {
            began_ms: 0,
            period_ms,
            most,
            current,
            previous,
            forgotten: Vec::new(),
        }
    }

    /// From now on holds twice so many values.
    pub(crate) const fn hold(&mut self, most: usize) {
        self.most = most;
    }

    /// How many values it holds, and as many again until they are forgotten.
    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// The value of a key, if it is remembered. Reading a key does not keep it alive.
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.current.get(&key).or_else(|| self.previous.get(&key))
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.current
            .get_mut(&key)
            .or_else(|| self.previous.get_mut(&key))
    }

    /// The value of a key if it is remembered, which it then is for another period.
    pub(crate) fn renew(&mut self, key: K, now_ms: u64) -> Option<&mut V> {
        self.forget(now_ms);
        if !self.current.contains_key(&key) {
            let value = self.previous.remove(&key)?;
            self.current.insert(key, value);
        }
        self.current.get_mut(&key)
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: K) -> Option<V> {
        self.current
            .remove(&key)
            .or_else(|| self.previous.remove(&key))
    }

    /// The value of a key, made anew if it is not remembered. It is remembered for another period.
    pub(crate) fn entry(&mut self, key: K, now_ms: u64, make: impl FnOnce() -> V) -> &mut V {
        self.forget(now_ms);
        let previous = &mut self.previous;
        self.current
            .entry(key)
            .or_insert_with(|| previous.remove(&key).unwrap_or_else(make))
    }

    fn forget(&mut self, now_ms: u64) {
        let age_ms = now_ms.saturating_sub(self.began_ms);
        if age_ms < self.period_ms && self.current.len() < self.most {
            return;
        }
        // What nobody has taken out since the last time is freed here after all: memory stays bounded.
        self.forgotten.clear();
        self.put_aside();
        if age_ms / 2 >= self.period_ms {
            self.put_aside();
        }
        self.began_ms = now_ms;
    }

    fn put_aside(&mut self) {
        let previous = mem::replace(&mut self.previous, mem::take(&mut self.current));
        if !previous.is_empty() {
            self.forgotten.push(previous);
        }
    }

    /// Whether there is something to take out and to free.
    pub(crate) const fn has_forgotten(&self) -> bool {
        !self.forgotten.is_empty()
    }

    /// Takes out what was put aside; whoever drops it holds no lock.
    #[must_use]
    pub(crate) fn take_forgotten(&mut self) -> Vec<Generation<K, V>> {
        mem::take(&mut self.forgotten)
    }

    /// All values, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let values = self.current.iter().chain(&self.previous);
        values.map(|(key, value)| (*key, value))
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
        let forgotten: usize = generations.take_forgotten().iter().map(HashMap::len).sum();
        assert!(
            (1..=10).contains(&forgotten),
            "{forgotten} wait to be freed"
        );
        assert!(!generations.has_forgotten());
    }

    #[test]
    fn what_two_periods_have_passed_over_is_put_aside_as_a_whole() {
        let mut generations = Generations::new(10, Duration::from_secs(1));
        generations.entry(1, 1_000, || 'a');
        generations.entry(2, 2_000, || 'b');
        assert!(!generations.has_forgotten());
        generations.entry(3, 4_000, || 'c');
        assert_eq!((generations.len(), generations.get(2)), (1, None));
        assert_eq!(generations.take_forgotten().len(), 2);
    }
}
