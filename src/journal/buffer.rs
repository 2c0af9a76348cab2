//! What the answers leave behind, until the writer comes by.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHasher;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Answered;
use super::batch::Batch;
use super::recent::Recent;
use crate::routing::route::Outcome;
use crate::store::RepeatedDecision;

/// Shards keep the threads out of each other's way.
const SHARDS: usize = 16;

/// How many answers given again a shard hands over at once. With 16 shards that is more than any contact center has
/// calls waiting; a flood of questions cannot make the disk as busy as the answers.
const MOST_REPEATED_AT_ONCE: usize = 32;

/// Decisions in memory, bounded: 16 MiB of text and what is remembered of the answers given lately.
#[derive(Debug)]
pub(super) struct Buffer {
    /// Chosen at start, so that nobody can make up calls that fall into one place.
    seed: u64,
    mask: bool,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    recent: Recent,
    new: Batch,
}

impl Buffer {
    /// An empty buffer. Callers' numbers are masked on their way in if so wished.
    pub(super) fn new(mask: bool) -> Self {
        let seed = RandomState::new().hash_one("journal");
        Self { seed, mask, shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Notes an answer. False if it is new and there is no room for it: then it is as if it had not been given.
    pub(super) fn note(&self, answered: &Answered<'_>) -> bool {
        let answer = self.fingerprint(answered);
        let Some(shard) = self.shards.get(usize::try_from(answer).unwrap_or(0) % SHARDS) else { return false };
        let at_ms = answered.at.as_millisecond();
        let mut shard = lock(shard);
        if shard.recent.again(answer, at_ms) {
            return true;
        }
        let Some(key) = shard.new.push(answered, self.mask) else { return false };
        shard.recent.remember(answer, key, answered.served.version, at_ms);
        true
    }

    /// Takes out all new decisions.
    pub(super) fn take_new(&self) -> Vec<Batch> {
        let taken = self.shards.iter().map(|shard| std::mem::take(&mut lock(shard).new));
        taken.filter(|batch| !batch.is_empty()).collect()
    }

    /// Takes out how often answers were given again, those that wait longest first: some hundreds, or all of them.
    pub(super) fn take_repeated(&self, all: bool) -> Vec<RepeatedDecision> {
        let most = if all { usize::MAX } else { MOST_REPEATED_AT_ONCE };
        let mut repeated = Vec::new();
        for shard in &self.shards {
            lock(shard).recent.repeated(most, &mut repeated);
        }
        repeated
    }

    /// The same for the same answer to the same call by the same version of the rules. Looks up no name: within a
    /// version an index stands for an agent. By another version the same answer gets another fingerprint, but its row's
    /// key is the same.
    fn fingerprint(&self, answered: &Answered<'_>) -> u64 {
        let Answered { call, decision, served, .. } = answered;
        let call_id = xxh3_64_with_seed(call.call_id.as_bytes(), self.seed);
        let mut hasher = FxHasher::default();
        hasher.write_u64(xxh3_64_with_seed(call.queue_id.as_bytes(), call_id));
        hasher.write_u64(served.version);
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
        hasher.finish()
    }
}

fn place(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

/// A panic elsewhere leaves a shard whole, so its poison is no reason to stop answering.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
