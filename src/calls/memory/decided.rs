//! Decisions about long lists, for calls that are asked about again.
//!
//! To draw and to sort twenty agents takes longer than all the rest of an answer. A call that is asked about again by
//! the same rules, in the same minute and between the same two steps is answered alike, unless the answer depends on
//! what other calls have left behind: such a decision is not kept.

use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHasher;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::generations::Generations;
use routing::call::Call;
use routing::number::Number;
use routing::route::Decision;

/// Shorter lists are decided as fast as they are looked up.
const MIN_OFFERS: usize = 8;

/// Longer ones would take too much room.
const MAX_OFFERS: usize = 100;

/// How many decisions a shard keeps, and as many again until they are forgotten: all shards together 3 MB with twenty
/// agents each, 15 MB at most.
const MAX_DECIDED: usize = 512;

/// All that an answer depends on beside the time that the call has waited.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Who calls which queue.
    pub call: &'a Call<'a>,
    /// The number of the rules' version.
    pub version: u64,
    /// Minutes since 1970.
    pub minute: i64,
}

/// The decisions of a shard's calls.
#[derive(Debug)]
pub(super) struct DecidedCalls(Generations<u64, Decided>);

#[derive(Debug)]
struct Decided {
    circumstances: u64,
    waited: u32,
    decision: Arc<Decision>,
}

impl Default for DecidedCalls {
    fn default() -> Self {
        Self(Generations::new(MAX_DECIDED, Duration::from_mins(1)))
    }
}

impl DecidedCalls {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a decision is worth to be kept.
    pub(super) fn takes(decision: &Decision) -> bool {
        (MIN_OFFERS..=MAX_OFFERS).contains(&decision.offers.len())
    }

    /// The decision about a call, if it would not be made otherwise now.
    pub(super) fn get(
        &mut self,
        call: u64,
        circumstances: u64,
        waited: u32,
        now_ms: u64,
    ) -> Option<Arc<Decision>> {
        let decided = self.0.renew(call, now_ms)?;
        let holds = decided.circumstances == circumstances
            && (decided.waited..decided.decision.holds_until).contains(&waited);
        holds.then(|| Arc::clone(&decided.decision))
    }

    /// Keeps a decision. What is dropped for it is given back, to be freed outside of the lock.
    #[must_use]
    pub(super) fn keep(
        &mut self,
        call: u64,
        circumstances: u64,
        waited: u32,
        decision: &Decision,
        now_ms: u64,
    ) -> impl Sized + use<> {
        let decision = Arc::new(decision.clone());
        let decided = Decided {
            circumstances,
            waited,
            decision,
        };
        let earlier = self.0.remove(call);
        self.0.entry(call, now_ms, || decided);
        (earlier, self.0.take_forgotten())
    }
}

impl<'a> Circumstances<'a> {
    /// Those of a call that is asked about now.
    pub fn new(call: &'a Call<'a>, version: u64, now: Timestamp) -> Self {
        Self {
            call,
            version,
            minute: now.as_second().div_euclid(60),
        }
    }

    /// A number that nobody can make up another one's circumstances for who does not know the seed.
    pub(super) fn hash(&self, seed: u64) -> u64 {
        let Self {
            call,
            version,
            minute,
        } = self;
        let number = |number: &Option<Number<'_>>| match number {
            Some(number) => xxh3_64_with_seed(number.as_str().as_bytes(), seed),
            None => 0,
        };
        let mut hasher = FxHasher::default();
        hasher.write_u64(xxh3_64_with_seed(call.queue_id.as_bytes(), seed));
        hasher.write_u64(number(&call.from));
        hasher.write_u64(number(&call.to));
        hasher.write_u64(*version);
        hasher.write_i64(*minute);
        hasher.finish()
    }
}
