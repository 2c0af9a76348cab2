//! What is remembered of a call between two asks: since when it waits, its ticket in groups that rotate, and the answer
//! that it was given last.
//!
//! The platform does not say how long a call has waited, and its call ids do not tell the time. So waiting begins when
//! a call is first asked about. All of it is in memory and bounded: a call that nobody has asked about for an hour is
//! forgotten, and when there are too many calls the oldest go first; those that were asked about again outlive those
//! that were asked about once (`shard.rs`). A call that is handed on to another queue waits anew there. What is learned is
//! written to a file (`keep.rs`), so that a restart does not let anybody wait anew.
//!
//! The answer is here for the journal, which writes the same answer to the same call once: a second table of calls would
//! cost each ask as much again, for in a server that waits for sockets nothing stays in the CPU's caches.

mod decided;
mod facts;
mod keep;
mod shard;
mod together;
mod rotation;

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::facts::{FactOfCalls, SharedFact, hash_of};
use decided::DecidedCalls;
use rotation::Rotation;
use routing::activity::Activity;
use routing::route::Decision;
use routing::spread::StandsFirst;
use routing::tickets::{Ring, Tickets};
use shard::{Calls, Given};
use together::FirstAgents;

pub use decided::Circumstances;
pub use facts::Learned;
pub use keep::{CALLS_FILE, CallLog, read_file};

/// How long a call is remembered after it was last asked about, at least.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Shards keep the threads out of each other's way.
const SHARDS: usize = 16;

/// Of what was written longer ago, all calls are forgotten: the file is written anew each hour.
const LONGEST_PAST_MS: i64 = 2 * 3_600_000;

/// Where the time of a memory begins, so that there is room for what was before the start.
const START_MS: u64 = 1 << 32;

/// Tickets that are told while nobody draws: a tenth of a millisecond.
const TICKETS_AT_ONCE: usize = 1_000;

/// How many asks of earlier answers wait for the journal in a shard; there are more only if it cannot be written.
const MAX_EARLIER: usize = 8_192;

/// The calls of the last hour.
#[derive(Debug)]
pub struct CallMemory {
    started: Instant,
    speed: u32,
    /// Chosen at start, so that nobody can make up calls that fall into one place.
    seed: u64,
    shards: [Mutex<Shard>; SHARDS],
    rotation: Mutex<Rotation>,
    first_agents: Mutex<FirstAgents>,
}

/// Some of the calls.
#[derive(Debug, Default)]
struct Shard {
    calls: Calls,
    decided: DecidedCalls,
    /// The calls that were given their answer again, and not handed over since, in that order.
    again: Vec<u64>,
    /// What is still to be handed over of answers that others have followed.
    earlier: Vec<Repeated>,
}

/// How often an answer was given again since that was last handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The key of the answer's row in the journal.
    pub key: i64,
    /// How many times.
    pub asks: u32,
    /// When it was given last: milliseconds since 1970.
    pub last_ms: i64,
}

/// One call that is being asked about.
#[derive(Clone, Copy, Debug)]
pub struct SeenCall<'a> {
    seen: &'a CallMemory,
    call_id: &'a str,
    /// Of queue and call.
    key: u64,
    now_ms: u64,
}

impl CallMemory {
    /// Remembers nothing yet; time counts from `now`.
    pub fn new(now: Instant) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        let seed = RandomState::new().hash_one("seen");
        Self {
            started: now,
            speed: 1,
            seed,
            shards,
            rotation: Mutex::default(),
            first_agents: Mutex::default(),
        }
    }

    /// Counts so many seconds for each one that passes; for an emulator that plays ten minutes in one.
    #[must_use]
    pub const fn sped_up(mut self, speed: u32) -> Self {
        self.speed = speed;
        self
    }

    /// The call with this id in a queue, asked about now.
    pub fn call<'a>(&'a self, queue_id: &str, call_id: &'a str, now: Instant) -> SeenCall<'a> {
        let queue = xxh3_64_with_seed(queue_id.as_bytes(), self.seed);
        SeenCall {
            seen: self,
            call_id,
            key: xxh3_64_with_seed(call_id.as_bytes(), queue),
            now_ms: self.now_ms(now),
        }
    }

    fn now_ms(&self, now: Instant) -> u64 {
        let running = now.saturating_duration_since(self.started);
        let running_ms = running.as_secs() * 1000 + u64::from(running.subsec_millis());
        START_MS + running_ms.saturating_mul(self.speed.into())
    }

    /// Takes over what an earlier process has learned, at the time of the start. Of a call that is known, the earliest
    /// ask counts.
    #[must_use]
    pub fn with_past(mut self, learned: &Learned, now: Timestamp) -> Self {
        self.seed = learned.seed;
        for (written_at_ms, facts) in &learned.rows {
            let row_age_ms = now.as_millisecond().saturating_sub(*written_at_ms).max(0);
            if row_age_ms <= LONGEST_PAST_MS {
                self.take_in(facts, row_age_ms.unsigned_abs(), START_MS, Calls::restore);
            }
        }
        self
    }

    /// The same with room for a part of the calls: there are so many memories in this process.
    #[must_use]
    pub fn in_part(self, parts: usize) -> Self {
        for shard in &self.shards {
            lock(shard).calls.hold_part(parts);
        }
        self
    }

    /// Shares what it learns with other servers, which hash calls with the same seed. Tickets are drawn as `drawer`, another
    /// one for each start.
    #[must_use]
    pub fn shared(mut self, seed: u64, drawer: u64) -> Self {
        self.seed = seed;
        for shard in &self.shards {
            lock(shard).calls.tell();
        }
        lock(&self.rotation).tell(drawer);
        lock(&self.first_agents).tell();
        self
    }

    /// Whether calls are hashed as servers with this seed do: else nothing can be told, nor heard.
    pub const fn is_shared_by(&self, seed: u64) -> bool {
        self.seed == seed
    }

    /// Takes out what other servers are to be told.
    pub fn take_to_tell(&self, now: Instant) -> Vec<SharedFact> {
        let now_ms = self.now_ms(now);
        let mut facts = self.taken(now_ms, Calls::take_to_tell);
        facts.extend(lock(&self.rotation).take_to_tell(now_ms));
        facts.extend(lock(&self.first_agents).take_to_tell(now_ms));
        facts
    }

    /// Takes in what another server has told so long ago; what is no fact of this memory is passed over.
    pub fn hear(&self, facts: &[SharedFact], row_age_ms: u64, now: Instant) {
        self.take_in(facts, row_age_ms, self.now_ms(now), Calls::hear);
    }

    fn take_in(
        &self,
        facts: &[SharedFact],
        row_age_ms: u64,
        now_ms: u64,
        take_in_call: fn(&mut Calls, u64, u64, u64),
    ) {
        for SharedFact { age_ms, what } in facts {
            let then_ms = now_ms.saturating_sub(row_age_ms + u64::from(*age_ms));
            match what {
                FactOfCalls::Waits(key) => {
                    let Some(shard) = self.shards.get(shard_of(*key, SHARDS)) else {
                        continue;
                    };
                    let mut shard = lock(shard);
                    take_in_call(&mut shard.calls, *key, then_ms, now_ms);
                    let forgotten = shard.calls.take_forgotten();
                    drop(shard);
                    drop(forgotten);
                }
                FactOfCalls::Drew(draw) => {
                    let mut rotation = lock(&self.rotation);
                    rotation.hear(draw, then_ms, now_ms);
                    let forgotten = rotation.tickets.take_forgotten();
                    drop(rotation);
                    drop(forgotten);
                }
                FactOfCalls::Begins(first) => lock(&self.first_agents).hear(first, then_ms),
                FactOfCalls::Event(_) | FactOfCalls::Asked(_) => {}
            }
        }
    }

    /// With which calls are hashed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether there is something to be taken out.
    pub(super) fn has_learned(&self) -> bool {
        let mut shards = self.shards.iter();
        shards.any(|shard| lock(shard).calls.has_learned())
            || lock(&self.rotation).has_learned()
            || lock(&self.first_agents).has_learned()
    }

    /// Takes out what was learned since the last time.
    pub(super) fn take_learned(&self, now: Instant) -> Vec<SharedFact> {
        let now_ms = self.now_ms(now);
        let mut facts = self.taken(now_ms, Calls::take_learned);
        facts.extend(lock(&self.rotation).take_learned(now_ms));
        facts.extend(lock(&self.first_agents).take_learned(now_ms));
        facts
    }

    fn taken(&self, now_ms: u64, take: fn(&mut Calls) -> Vec<u64>) -> Vec<SharedFact> {
        let mut waiting = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let calls = &mut shard.calls;
            for key in take(calls) {
                if let Some(call) = calls.get_mut(key) {
                    waiting.push(waits(key, call.first_ms, now_ms));
                }
            }
        }
        waiting
    }

    /// All that is remembered.
    pub fn all_facts(&self, now: Instant) -> Vec<SharedFact> {
        let now_ms = self.now_ms(now);
        let mut facts = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let calls = shard.calls.iter();
            facts.extend(calls.map(|(key, call)| waits(key, call.first_ms, now_ms)));
        }
        // In pieces: whoever draws a ticket waits for this lock.
        let tickets = lock(&self.rotation).keys();
        for some in tickets.chunks(TICKETS_AT_ONCE) {
            facts.extend(lock(&self.rotation).facts(some, now_ms));
        }
        facts.extend(lock(&self.rotation).turns(now_ms));
        facts.extend(lock(&self.first_agents).all(now_ms));
        facts
    }

    /// An agent is rung for a call: whoever lets it ring does not stay the call's first.
    pub fn is_rung(&self, call_id: &str, agent: &str) {
        lock(&self.first_agents).is_rung(self.hash(call_id), self.hash(agent));
    }

    /// A call was answered, or is over: its first agent is free for others.
    pub fn waits_no_more(&self, call_id: &str, now: Instant) {
        lock(&self.first_agents).remove(self.hash(call_id), self.now_ms(now));
    }

    /// The same, as another server has heard it: by the call's hash, and the agent who is rung, or none.
    pub fn hear_event(&self, call: u64, rung: Option<&str>, now: Instant) {
        let mut first_agents = lock(&self.first_agents);
        match rung {
            Some(agent) => first_agents.is_rung(call, self.hash(agent)),
            None => first_agents.remove(call, self.now_ms(now)),
        }
    }

    fn hash(&self, id: &str) -> u64 {
        hash_of(id, self.seed)
    }

    /// How many calls are remembered.
    pub fn calls(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| lock(shard).calls.len())
            .sum()
    }

    /// Takes out how often answers were given again, those that wait longest first, so many of each shard at most.
    pub fn take_repeated(&self, most_per_shard: usize) -> Vec<Repeated> {
        let mut repeated = Vec::new();
        for shard in &self.shards {
            lock(shard).hand_over(most_per_shard, &mut repeated);
        }
        repeated
    }
}

impl Shard {
    fn hand_over(&mut self, most: usize, to: &mut Vec<Repeated>) {
        let earlier = most.min(self.earlier.len());
        to.extend(self.earlier.drain(..earlier));
        for call in self.again.drain(..self.again.len().min(most - earlier)) {
            // One that has been pushed out meanwhile, by very many others, is lost.
            to.extend(
                self.calls
                    .get_mut(call)
                    .and_then(|remembered| remembered.given.hand_over()),
            );
        }
    }
}

impl SeenCall<'_> {
    /// Whole seconds since the call was first asked about, and the decision that was made since then, if it still holds.
    pub fn ask(&self, now: &Circumstances<'_>) -> (u32, Option<Arc<Decision>>) {
        let Some(shard) = self.shard() else {
            return (0, None);
        };
        let mut shard = lock(shard);
        let call = shard.calls.ask(self.key, self.now_ms);
        let forgotten = shard.calls.take_forgotten();
        let waited = self.now_ms.saturating_sub(call.first_ms) / 1000;
        let waited = u32::try_from(waited).unwrap_or(u32::MAX);
        let decided = if call.is_decided {
            let circumstances = now.hash(self.seen.seed);
            shard
                .decided
                .get(self.key, circumstances, waited, self.now_ms)
        } else {
            None
        };
        drop(shard);
        drop(forgotten);
        (waited, decided)
    }

    /// Keeps a decision that depends on nothing else than these circumstances, if it is long enough to be worth it.
    pub fn keep(&self, now: &Circumstances<'_>, waited: u32, decision: &Decision) {
        let Some(shard) = self.shard().filter(|_| DecidedCalls::takes(decision)) else {
            return;
        };
        let circumstances = now.hash(self.seen.seed);
        let mut shard = lock(shard);
        if let Some(call) = shard.calls.get_mut(self.key) {
            call.is_decided = true;
        }
        let forgotten = shard
            .decided
            .keep(self.key, circumstances, waited, decision, self.now_ms);
        drop(shard);
        drop(forgotten);
    }

    /// Counts an answer if it is the one that the call was given last. False if it was given another one, or none.
    pub fn is_given_again(&self, answer: NonZeroU64, at_ms: i64) -> bool {
        let Some(mut shard) = self.shard().map(lock) else {
            return false;
        };
        let Some(remembered) = shard.calls.get_mut(self.key) else {
            return false;
        };
        if remembered.answer != Some(answer) {
            return false;
        }
        remembered.given.count(at_ms);
        if !std::mem::replace(&mut remembered.given.is_listed, true) {
            shard.again.push(self.key);
        }
        true
    }

    /// Remembers another answer, and the key of its row in the journal.
    pub fn give(&self, answer: NonZeroU64, key: i64, at_ms: i64) {
        let Some(mut shard) = self.shard().map(lock) else {
            return;
        };
        let Shard { calls, earlier, .. } = &mut *shard;
        let Some(remembered) = calls.get_mut(self.key) else {
            return;
        };
        earlier.extend(
            remembered
                .given
                .take_asks()
                .filter(|_| earlier.len() < MAX_EARLIER),
        );
        remembered.answer = Some(answer);
        remembered.given = Given {
            key,
            last_ms: at_ms,
            ..remembered.given
        };
    }

    /// One of so many, chosen for the call: for whoever else keeps threads out of each other's way.
    pub fn one_of(&self, many: usize) -> usize {
        shard_of(self.key, many)
    }

    fn shard(&self) -> Option<&Mutex<Shard>> {
        self.seen.shards.get(self.one_of(SHARDS))
    }
}

/// A call that chooses its agents beside the others that wait.
#[derive(Clone, Copy, Debug)]
pub struct CallAmongOthers<'a>(SeenCall<'a>);

impl<'a> SeenCall<'a> {
    /// The call among the others that wait. By itself it knows nothing of them, as in a replay.
    pub const fn together(self) -> CallAmongOthers<'a> {
        CallAmongOthers(self)
    }
}

impl Activity for CallAmongOthers<'_> {}

impl Tickets for CallAmongOthers<'_> {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        self.0.begin_with(ring)
    }

    fn stands_first(&self, agent: &str) -> StandsFirst {
        let SeenCall {
            seen,
            call_id,
            now_ms,
            ..
        } = self.0;
        let (call, agent) = (seen.hash(call_id), seen.hash(agent));
        lock(&seen.first_agents).of(call, agent, now_ms)
    }

    fn set_first(&mut self, agent: Option<&str>) {
        let SeenCall {
            seen,
            call_id,
            now_ms,
            ..
        } = self.0;
        let agent = agent.map(|agent| seen.hash(agent));
        lock(&seen.first_agents).begins_with(seen.hash(call_id), agent, now_ms);
    }
}

impl Activity for SeenCall<'_> {}

impl Tickets for SeenCall<'_> {
    fn begin_with(&mut self, ring: &Ring<'_>) -> usize {
        let key = xxh3_64_with_seed(
            ring.group.as_bytes(),
            self.seen.seed ^ u64::from(ring.level),
        );
        // A call keeps its place, whichever queue it is handed on to.
        let call = self.seen.hash(self.call_id);
        let mut rotation = lock(&self.seen.rotation);
        let begin = rotation.begin_with(ring, key, call, self.now_ms);
        let forgotten = rotation.tickets.take_forgotten();
        drop(rotation);
        drop(forgotten);
        begin
    }
}

fn waits(key: u64, first_ms: u64, now_ms: u64) -> SharedFact {
    SharedFact::since(first_ms, now_ms, FactOfCalls::Waits(key))
}

fn shard_of(key: u64, many: usize) -> usize {
    usize::try_from(key).unwrap_or(0) % many
}

/// A panic elsewhere leaves these maps whole, so its poison is no reason to stop answering.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "an instant can only be read from the clock"
)]
mod tests {
    use super::*;
    use routing::arena::Arena;
    use routing::call::Call;
    use routing::number::{CountryCode, Number};
    use routing::route::{Offer, Outcome};
    use routing::snapshot::{Agent, RoutingType};

    fn waited(seen: &CallMemory, call: &str, at: Instant) -> u32 {
        ask(seen.call("q", call, at))
    }

    fn ask(call: SeenCall<'_>) -> u32 {
        let anybody = Call {
            queue_id: "sales",
            call_id: "any",
            from: None,
            to: None,
        };
        call.ask(&circumstances(&anybody, 1)).0
    }

    fn circumstances<'c>(call: &'c Call<'c>, version: u64) -> Circumstances<'c> {
        Circumstances {
            call,
            version,
            minute: 7,
        }
    }

    #[test]
    fn waiting_begins_with_the_first_ask() {
        let start = Instant::now();
        let seen = CallMemory::new(start);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(waited(&seen, "a", at(5_000)), 0);
        assert_eq!(waited(&seen, "a", at(24_999)), 19);
        assert_eq!(waited(&seen, "a", at(25_000)), 20);
        assert_eq!(waited(&seen, "b", at(25_000)), 0);
        assert_eq!(seen.calls(), 2);
    }

    #[test]
    fn a_call_that_is_handed_on_waits_anew() {
        let start = Instant::now();
        let seen = CallMemory::new(start);
        let waited = |queue, second| {
            let at = start + Duration::from_secs(second);
            ask(seen.call(queue, "a", at))
        };
        assert_eq!((waited("sales", 0), waited("sales", 20)), (0, 20));
        assert_eq!((waited("support", 20), waited("support", 30)), (0, 10));
        assert_eq!(waited("sales", 40), 40);
    }

    #[test]
    fn waiting_can_be_sped_up() {
        let start = Instant::now();
        let seen = CallMemory::new(start).sped_up(10);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(500)), 0);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(2_499)), 19);
        assert_eq!(waited(&seen, "a", start + Duration::from_millis(2_500)), 20);
    }

    #[test]
    fn a_call_that_is_asked_about_is_not_forgotten() {
        let start = Instant::now();
        let seen = CallMemory::new(start);
        for minutes in (0_u32..300).step_by(30) {
            let at = start + Duration::from_secs(u64::from(minutes) * 60);
            assert_eq!(waited(&seen, "a", at), minutes * 60);
        }
    }

    #[test]
    fn a_call_of_hours_ago_is_forgotten() {
        let start = Instant::now();
        let seen = CallMemory::new(start);
        let hours = |hours: u64| start + Duration::from_secs(hours * 3600);
        waited(&seen, "a", start);
        waited(&seen, "b", hours(1));
        waited(&seen, "b", hours(2));
        assert_eq!(waited(&seen, "a", hours(3)), 0);
    }

    /// An answer, by a name of its own.
    fn answer(name: u64) -> NonZeroU64 {
        NonZeroU64::new(name).unwrap()
    }

    fn repeated(seen: &CallMemory) -> Vec<(i64, u32, i64)> {
        seen.take_repeated(usize::MAX)
            .iter()
            .map(|given| (given.key, given.asks, given.last_ms))
            .collect()
    }

    #[test]
    fn an_answer_given_again_is_counted_until_it_is_handed_over() {
        let seen = CallMemory::new(Instant::now());
        let call = seen.call("q", "a", Instant::now());
        assert!(
            !call.is_given_again(answer(7), 0),
            "nobody has asked about the call"
        );
        ask(call);
        assert!(!call.is_given_again(answer(7), 0));
        call.give(answer(7), -70, 0);
        assert_eq!(repeated(&seen), []);
        assert!(call.is_given_again(answer(7), 30) && call.is_given_again(answer(7), 20));
        assert_eq!(repeated(&seen), [(-70, 2, 30)]);
        assert_eq!(repeated(&seen), []);
        assert!(call.is_given_again(answer(7), 40));
        assert_eq!(repeated(&seen), [(-70, 1, 40)]);
    }

    #[test]
    fn an_answer_that_another_one_follows_keeps_its_count() {
        let seen = CallMemory::new(Instant::now());
        let call = seen.call("q", "a", Instant::now());
        ask(call);
        call.give(answer(7), -70, 0);
        assert!(call.is_given_again(answer(7), 10));
        assert!(!call.is_given_again(answer(8), 20));
        call.give(answer(8), -80, 20);
        assert!(call.is_given_again(answer(8), 30));
        assert_eq!(repeated(&seen), [(-70, 1, 10), (-80, 1, 30)]);
        assert!(
            !call.is_given_again(answer(7), 40),
            "only the last one is remembered"
        );
    }

    #[test]
    fn answers_given_again_are_handed_over_in_turn() {
        let mut shard = Shard::default();
        for call in 0..5_u64 {
            let given = Given {
                key: call.cast_signed(),
                asks: 1,
                last_ms: 10,
                is_listed: true,
            };
            shard.calls.ask(call, 0);
            shard.calls.get_mut(call).unwrap().given = given;
            shard.again.push(call);
        }
        shard.earlier.push(Repeated {
            key: -1,
            asks: 1,
            last_ms: 0,
        });
        let mut some = Vec::new();
        shard.hand_over(3, &mut some);
        assert_eq!(
            some.iter().map(|given| given.key).collect::<Vec<_>>(),
            [-1, 0, 1]
        );
        shard.hand_over(2, &mut some);
        shard.hand_over(9, &mut some);
        assert_eq!(
            some.iter().map(|given| given.key).collect::<Vec<_>>(),
            [-1, 0, 1, 2, 3, 4]
        );
    }

    #[test]
    fn what_waits_to_be_handed_over_is_bounded() {
        let seen = CallMemory::new(Instant::now());
        let call = seen.call("q", "a", Instant::now());
        ask(call);
        for name in 1..20_000 {
            call.give(answer(name), 0, 0);
            assert!(call.is_given_again(answer(name), 0));
        }
        assert_eq!(lock(call.shard().unwrap()).again.len(), 1);
        assert_eq!(repeated(&seen).len(), MAX_EARLIER + 1);
    }

    #[test]
    fn a_decision_about_many_is_kept_as_long_as_it_holds() {
        let start = Instant::now();
        let seen = CallMemory::new(start);
        let at = |seconds| seen.call("q", "a", start + Duration::from_secs(seconds));
        let sales = Call {
            queue_id: "sales",
            call_id: "a",
            from: Number::from_wire("84986776777", &CountryCode::default()),
            to: None,
        };
        let service = Call {
            queue_id: "service",
            ..sales.clone()
        };
        let now = circumstances(&sales, 1);
        let decision = decision(20, 12);
        assert_eq!(at(0).ask(&now), (0, None));
        at(5).keep(&now, 5, &decision);
        let kept = |waited, now: &Circumstances<'_>| at(waited).ask(now).1.is_some();
        assert_eq!(at(6).ask(&now), (6, Some(Arc::new(decision))));
        assert!(kept(11, &now) && !kept(12, &now), "a step begins at 12 s");
        assert!(!kept(4, &now), "a step may have begun at 5 s");
        let later = Circumstances { minute: 8, ..now };
        let edited = circumstances(&sales, 2);
        let elsewhere = circumstances(&service, 1);
        assert!(![later, edited, elsewhere].iter().any(|now| kept(6, now)));
        assert!(kept(6, &now), "all of them have looked at another call");
    }

    #[test]
    fn kept_decisions_are_bounded() {
        let seen = CallMemory::new(Instant::now());
        let call = Call {
            queue_id: "sales",
            call_id: "a",
            from: None,
            to: None,
        };
        let now = circumstances(&call, 1);
        for number in 0..100_000 {
            let call_id = number.to_string();
            let call = seen.call("q", &call_id, seen.started);
            call.ask(&now);
            call.keep(&now, 0, &decision(100, 9));
        }
        let kept: usize = seen
            .shards
            .iter()
            .map(|shard| lock(shard).decided.len())
            .sum();
        assert!(kept <= 2 * 512 * SHARDS, "{kept} decisions");
        for offers in [7, 101] {
            let call = seen.call("q", "other", seen.started);
            call.ask(&now);
            call.keep(&now, 0, &decision(offers, 9));
            assert_eq!(call.ask(&now).1, None, "{offers} agents");
        }
    }

    /// A list of so many agents that holds until the call has waited for so long.
    fn decision(offers: usize, holds_until: u32) -> Decision {
        let agents = Arena::new(vec![Agent {
            id: "lan".into(),
            name: "Lan".into(),
            phone_number: None,
            routing_type: RoutingType::App,
            answer_timeout: None,
            enabled: true,
            cover: None,
        }]);
        let offer = Offer {
            agent: agents.iter().next().unwrap().0,
            routing_type: RoutingType::App,
            answer_timeout: 15,
        };
        Decision {
            outcome: Outcome::Fallback,
            offers: vec![offer; offers],
            holds_until,
        }
    }
}
