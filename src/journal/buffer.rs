//! What the answers leave behind, until the writer comes by.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use rustc_hash::FxHasher;

use super::Answered;
use super::batch::Batch;
use crate::calls::memory::{CallMemory, Repeated};
use crate::store::RepeatedDecision;
use routing::hash::hash;
use routing::route::Outcome;

/// Shards keep the threads out of each other's way.
const SHARDS: usize = 16;

/// How many answers given again are taken of each 16th part of the calls at once: together more than any contact center
/// has calls waiting. A flood of questions cannot make the disk as busy as the answers.
const MAX_REPEATED_AT_ONCE: usize = 32;

/// Decisions in memory, bounded: 16 MiB of text.
#[derive(Debug)]
pub(super) struct Buffer {
    /// Another one takes every answer for a new one.
    seed: AtomicU64,
    mask: bool,
    /// Calls whose hash ends in less than that, of a hundred, are noted.
    sample_percent: u64,
    shards: [Mutex<Batch>; SHARDS],
    /// The calls, which know the answer that they were given last.
    seen: Arc<CallMemory>,
}

impl Buffer {
    /// An empty buffer. Callers' numbers are masked on their way in if so wished.
    pub(super) fn new(mask: bool, seen: Arc<CallMemory>) -> Self {
        Self {
            seed: AtomicU64::new(new_seed()),
            mask,
            sample_percent: 100,
            shards: std::array::from_fn(|_| Mutex::default()),
            seen,
        }
    }

    /// The same for some of the calls, the same ones at every server.
    pub(super) fn sampled(mut self, percent: u8) -> Self {
        self.sample_percent = percent.into();
        self
    }

    /// Notes an answer. False if it is new and there is no room for it: then it is as if it had not been given.
    pub(super) fn note(&self, answered: &Answered<'_>) -> bool {
        let answer = self.fingerprint(answered);
        let at_ms = answered.at.as_millisecond();
        if answered.seen.is_given_again(answer, at_ms) {
            return true;
        }
        // An answer that was given again was noted, so most asks do not come here but those outside of the sample.
        if self.sample_percent < 100 && hash(&[answered.call.call_id]) % 100 >= self.sample_percent
        {
            return true;
        }
        let Some(shard) = self.shards.get(answered.seen.one_of(SHARDS)) else {
            return false;
        };
        let Some(key) = shard.lock().push(answered, self.mask) else {
            return false;
        };
        answered.seen.give(answer, key, at_ms);
        true
    }

    /// Takes every answer for one that its call was not given yet: it is noted as a new one.
    pub(super) fn forget_given(&self) {
        self.seed.store(new_seed(), Ordering::Relaxed);
    }

    /// Takes out all new decisions.
    pub(super) fn take_new(&self) -> Vec<Batch> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let batch = std::mem::take(&mut *shard.lock());
            if !batch.is_empty() {
                taken.push(batch);
            }
        }
        taken
    }

    /// Takes out how often answers were given again, those that wait longest first: some hundreds, or all of them.
    pub(super) fn take_repeated(&self, all: bool) -> Vec<RepeatedDecision> {
        let limit = if all {
            usize::MAX
        } else {
            MAX_REPEATED_AT_ONCE
        };
        let repeated = self.seen.take_repeated(limit);
        repeated.into_iter().map(RepeatedDecision::from).collect()
    }

    /// Of one call, the same for the same answer by the same version of the rules. Looks up no name: within a version an
    /// index stands for an agent. By another version the same answer gets another fingerprint, but its row's key is the
    /// same.
    fn fingerprint(&self, answered: &Answered<'_>) -> NonZeroU64 {
        let Answered {
            decision,
            version: (version, _),
            ..
        } = answered;
        let mut hasher = FxHasher::default();
        let seed = self.seed.load(Ordering::Relaxed);
        hasher.write_u64(seed);
        hasher.write_u64(*version);
        hasher.write_u64(match decision.outcome {
            Outcome::Rule(rule) => place(rule.place()),
            Outcome::Blocked(rule) => place(rule.place()) | 1 << 62,
            Outcome::Fallback => u64::MAX,
            Outcome::Nobody => u64::MAX - 1,
        });
        for offer in &decision.offers {
            let how = u64::from(offer.routing_type.number()) << 8 | u64::from(offer.answer_timeout);
            hasher.write_u64(place(offer.agent.place()) << 16 | how);
        }
        NonZeroU64::MIN | hasher.finish()
    }
}

impl From<Repeated> for RepeatedDecision {
    fn from(Repeated { key, asks, last_ms }: Repeated) -> Self {
        Self {
            key,
            asks,
            last_at: Timestamp::from_millisecond(last_ms).unwrap_or_default(),
        }
    }
}

fn new_seed() -> u64 {
    RandomState::new().hash_one("journal")
}

fn place(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}
