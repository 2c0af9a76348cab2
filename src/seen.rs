//! What is remembered of a call between two asks: since when it waits, and its ticket in groups that rotate.
//!
//! The platform does not say how long a call has waited, and its call ids do not tell the time. So waiting begins when
//! a call is first asked about. All of it is in memory and bounded: a call that nobody has asked about for an hour is
//! forgotten, and when there are too many calls the oldest go first. A restart begins anew.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxBuildHasher;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::generations::Generations;
use crate::routing::activity::Activity;
use crate::routing::tickets::{Place, Ring, Tickets};

/// How long a call is remembered after it was last asked about, at least.
const REMEMBERED: Duration = Duration::from_hours(1);

/// How many calls a shard remembers before the oldest go: together two million calls in some 60 MB.
const MOST_CALLS_PER_SHARD: usize = 65_536;

/// Shards keep the threads out of each other's way.
const SHARDS: usize = 16;

/// How many calls' tickets are remembered.
const MOST_TICKETS: usize = 100_000;

/// The calls of the last hour.
#[derive(Debug)]
pub struct Seen {
    started: Instant,
    speed: u32,
    /// Chosen at start, so that nobody can make up calls that fall into one place.
    seed: u64,
    shards: [Mutex<Generations<u64, u64>>; SHARDS],
    rotation: Mutex<Rotation>,
}

/// One call that is being asked about.
#[derive(Clone, Copy, Debug)]
pub struct SeenCall<'a> {
    seen: &'a Seen,
    key: u64,
    now_ms: u64,
}

impl Seen {
    /// Remembers nothing yet; time counts from `now`.
    pub fn new(now: Instant) -> Self {
        let shards = std::array::from_fn(|_| Mutex::new(Generations::new(MOST_CALLS_PER_SHARD, REMEMBERED)));
        let seed = RandomState::new().hash_one("seen");
        Self { started: now, speed: 1, seed, shards, rotation: Mutex::default() }
    }

    /// Counts so many seconds for each one that passes; for an emulator that plays ten minutes in one.
    #[must_use]
    pub const fn sped_up(mut self, speed: u32) -> Self {
        self.speed = speed;
        self
    }

    /// The call with this id, asked about now.
    pub fn call(&self, call_id: &str, now: Instant) -> SeenCall<'_> {
        let running = now.saturating_duration_since(self.started);
        let running_ms = running.as_secs() * 1000 + u64::from(running.subsec_millis());
        let key = xxh3_64_with_seed(call_id.as_bytes(), self.seed);
        SeenCall { seen: self, key, now_ms: running_ms.saturating_mul(self.speed.into()) }
    }

    /// How many calls are remembered.
    pub fn calls(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }
}

impl SeenCall<'_> {
    /// Whole seconds since the call was first asked about.
    pub fn waited_seconds(&self) -> u32 {
        let shard = usize::try_from(self.key).unwrap_or(0) % SHARDS;
        let first = self.seen.shards.get(shard).map_or(self.now_ms, |shard| {
            let mut calls = lock(shard);
            let first = *calls.entry(self.key, self.now_ms, || self.now_ms);
            let forgotten = calls.take_forgotten();
            drop(calls);
            drop(forgotten);
            first
        });
        u32::try_from(self.now_ms.saturating_sub(first) / 1000).unwrap_or(u32::MAX)
    }
}

impl Activity for SeenCall<'_> {}

impl Tickets for SeenCall<'_> {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        let key = xxh3_64_with_seed(ring.group.as_bytes(), self.seen.seed ^ u64::from(ring.level));
        let mut rotation = lock(&self.seen.rotation);
        let begin = rotation.begin_with(ring, key, self.key, self.now_ms);
        let forgotten = rotation.tickets.take_forgotten();
        drop(rotation);
        drop(forgotten);
        begin
    }
}

/// Where rotating groups have begun: at last, and for each call.
#[derive(Debug)]
struct Rotation {
    last: HashMap<u64, Place, FxBuildHasher>,
    tickets: Generations<(u64, u64), Place>,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { last: HashMap::default(), tickets: Generations::new(MOST_TICKETS, REMEMBERED) }
    }
}

impl Rotation {
    fn begin_with(&mut self, ring: &Ring<'_>, ring_key: u64, call: u64, now_ms: u64) -> usize {
        let last = &mut self.last;
        let mut drawn = None;
        let ticket = self.tickets.entry((call, ring_key), now_ms, || {
            let begin = last.get(&ring_key).map_or(0, |place| ring.first_after(place));
            drawn = Some(begin);
            ring.place(begin).unwrap_or_default()
        });
        match drawn {
            Some(begin) => {
                last.insert(ring_key, ticket.clone());
                begin
            }
            None => ring.first_from(ticket),
        }
    }
}

/// A panic elsewhere leaves these maps whole, so its poison is no reason to stop answering.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an instant can only be read from the clock")]
mod tests {
    use super::*;

    fn waited(seen: &Seen, call: &str, at: Instant) -> u32 {
        seen.call(call, at).waited_seconds()
    }

    #[test]
    fn waiting_begins_with_the_first_ask() {
        let start = Instant::now();
        let seen = Seen::new(start);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(waited(&seen, "a", at(5_000)), 0);
        assert_eq!(waited(&seen, "a", at(24_999)), 19);
        assert_eq!(waited(&seen, "a", at(25_000)), 20);
        assert_eq!(waited(&seen, "b", at(25_000)), 0);
        assert_eq!(seen.calls(), 2);
    }

    #[test]
    fn waiting_can_be_sped_up() {
        let start = Instant::now();
        let seen = Seen::new(start).sped_up(10);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(500)), 0);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(2_499)), 19);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(2_500)), 20);
    }

    #[test]
    fn a_call_that_is_asked_about_is_not_forgotten() {
        let start = Instant::now();
        let seen = Seen::new(start);
        for minutes in (0_u32..300).step_by(30) {
            let at = start + Duration::from_secs(u64::from(minutes) * 60);
            assert_eq!(waited(&seen, "a", at), minutes * 60);
        }
    }

    #[test]
    fn a_call_of_hours_ago_is_forgotten() {
        let start = Instant::now();
        let seen = Seen::new(start);
        let hours = |hours: u64| start + Duration::from_secs(hours * 3600);
        waited(&seen, "a", start);
        waited(&seen, "b", hours(1));
        waited(&seen, "b", hours(2));
        assert_eq!(waited(&seen, "a", hours(3)), 0);
    }
}
