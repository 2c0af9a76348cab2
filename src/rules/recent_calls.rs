//! The calls that were asked about of late, as the guard asks about them again.
//!
//! They are kept by queue and hotline, each with its last callers. A stranger who makes up names costs no more than a
//! fixed amount of memory, and cannot push out what has been asked about in several minutes.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use crate::facts::{AskedLine, FactOfCalls, SharedFact};
use routing::compare::ComparedCall;

/// Shards keep the threads out of each other's way.
const SHARDS: usize = 16;

/// How many queues and hotlines a shard remembers: 16,000 in all, which take 5 MB with their callers, and 12 MB if all
/// of them were made up to be long.
const MAX_LINES: usize = 1_000;

/// How many of them the guard asks about.
const MAX_COMPARED: usize = 1_024;

/// Names of more bytes are not remembered. Stringee's queue ids have 16 to 40, numbers at most 15.
const MAX_QUEUE_BYTES: usize = 128;
const MAX_NUMBER_BYTES: usize = 64;

/// How many callers of a line are remembered, one for a minute.
const MAX_CALLERS: usize = 4;

/// In so many minutes must a line have been asked about before it counts: a typo or a stranger's try does not.
const MIN_MINUTES: u32 = 2;

/// For how many minutes a line counts: a day.
const REMEMBERED_MINUTES: i64 = 24 * 60;

/// The queues and hotlines that were asked about.
///
/// A question about a line that is known costs a look into a map. A shard that is full takes a new line once a second,
/// in the place of one that was asked about in fewer minutes.
#[derive(Debug, Default)]
pub(super) struct RecentCalls {
    shards: [Mutex<LineShard>; SHARDS],
}

#[derive(Debug, Default)]
struct LineShard {
    /// By a hash of queue and hotline, so that looking one up copies no text.
    lines: HashMap<u64, RecentLine, FxBuildHasher>,
    /// The second of the last line that took another one's place.
    replaced: i64,
    /// The lines that other servers are to be told of, if there are any.
    to_tell: Option<Vec<u64>>,
}

#[derive(Clone, Debug)]
struct RecentLine {
    queue_id: Box<str>,
    hotline: Option<Box<str>>,
    /// The minute of the last question, since 1970.
    last: i64,
    /// In how many minutes it was asked about.
    minutes: u32,
    /// The newest first.
    callers: VecDeque<Box<str>>,
}

impl RecentCalls {
    /// Notes a call that was asked about.
    pub(super) fn note(&self, call: &ComparedCall<'_>, at: Timestamp) {
        let (queue_id, hotline) = (&*call.queue_id, call.to.as_deref());
        let is_short = |number: &&str| number.len() <= MAX_NUMBER_BYTES;
        if queue_id.len() > MAX_QUEUE_BYTES || !hotline.as_ref().is_none_or(is_short) {
            return;
        }
        let key = FxBuildHasher.hash_one((queue_id, hotline));
        // The highest bits are the best ones of this hash.
        let shard = usize::try_from(key >> 60).ok();
        // Whoever comes second notes the line with the next question: nobody waits here.
        let Some(Ok(mut shard)) = shard.and_then(|shard| Some(self.shards.get(shard)?.try_lock()))
        else {
            return;
        };
        let minute = minute(at);
        let caller = call.from.as_deref().filter(is_short);
        if let Some(line) = shard.lines.get_mut(&key) {
            if line.note(caller, minute) {
                shard.note_to_tell(key);
            }
        } else if shard.has_room(at.as_second()) {
            let line = RecentLine::first(queue_id, hotline, caller, minute);
            shard.lines.insert(key, line);
            shard.note_to_tell(key);
        }
    }

    /// From now on, other servers are told which lines are asked about.
    pub(super) fn tell(&self) {
        for shard in &self.shards {
            lock(shard).to_tell = Some(Vec::new());
        }
    }

    /// Takes out what other servers are to be told.
    pub(super) fn take_to_tell(&self, now: Timestamp) -> Vec<SharedFact> {
        let mut facts = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let keys = shard.to_tell.as_mut().map(mem::take).unwrap_or_default();
            for line in keys.iter().filter_map(|key| shard.lines.get(key)) {
                facts.push(line.fact(now));
            }
        }
        facts
    }

    /// Takes in that a line was asked about somewhere else. Of two minutes the later counts.
    pub(super) fn hear(&self, asked: &AskedLine, at: Timestamp) {
        let (queue_id, hotline) = (&*asked.queue_id, asked.hotline.as_deref());
        let key = FxBuildHasher.hash_one((queue_id, hotline));
        let shard = usize::try_from(key >> 60).ok();
        let Some(shard) = shard.and_then(|shard| self.shards.get(shard)) else {
            return;
        };
        let (mut shard, minute) = (lock(shard), minute(at));
        if let Some(line) = shard.lines.get_mut(&key) {
            if minute > line.last {
                line.note(None, minute);
            }
        } else if shard.has_room(at.as_second()) {
            let line = RecentLine::first(queue_id, hotline, None, minute);
            shard.lines.insert(key, line);
        }
    }

    /// The calls that were asked about in several minutes of the last day: of each line one by nobody, and one by each
    /// of its last callers.
    pub(super) fn calls(&self, now: Timestamp) -> Vec<ComparedCall<'static>> {
        let oldest = minute(now) - REMEMBERED_MINUTES;
        let mut counted = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let lines = shard.lines.values();
            let counts = |line: &&RecentLine| line.minutes >= MIN_MINUTES && line.last >= oldest;
            counted.extend(lines.filter(counts).cloned());
        }
        // The guard's time is short: those that are asked about most come before those that it can do without.
        counted.sort_by_key(|line| Reverse(line.minutes));
        counted.truncate(MAX_COMPARED);
        counted.sort_by(|one, other| {
            (&one.queue_id, &one.hotline).cmp(&(&other.queue_id, &other.hotline))
        });
        counted.iter().flat_map(RecentLine::calls).collect()
    }
}

impl LineShard {
    fn note_to_tell(&mut self, key: u64) {
        if let Some(to_tell) = &mut self.to_tell
            && to_tell.len() < MAX_LINES
        {
            to_tell.push(key);
        }
    }

    /// Makes room for another line, if it may have one now.
    fn has_room(&mut self, second: i64) -> bool {
        if self.lines.len() < MAX_LINES {
            return true;
        }
        if self.replaced == second {
            return false;
        }
        self.replaced = second;
        let lines = self.lines.iter();
        let least = lines.min_by_key(|(_, line)| (line.minutes, line.last));
        if let Some(least) = least.map(|(key, _)| *key) {
            self.lines.remove(&least);
        }
        true
    }
}

impl RecentLine {
    fn first(queue_id: &str, hotline: Option<&str>, caller: Option<&str>, minute: i64) -> Self {
        Self {
            queue_id: queue_id.into(),
            hotline: hotline.map(Into::into),
            last: minute,
            minutes: 1,
            callers: caller.map(Into::into).into_iter().collect(),
        }
    }

    /// Notes a question; true if it is the first of its minute.
    fn note(&mut self, caller: Option<&str>, minute: i64) -> bool {
        if self.last == minute {
            return false;
        }
        self.last = self.last.max(minute);
        self.minutes = self.minutes.saturating_add(1);
        if let Some(caller) = caller
            && !self.callers.iter().any(|known| **known == *caller)
        {
            self.callers.truncate(MAX_CALLERS - 1);
            self.callers.push_front(caller.into());
        }
        true
    }

    fn fact(&self, now: Timestamp) -> SharedFact {
        let then_ms = self.last * 60_000;
        let age_ms = now.as_millisecond().saturating_sub(then_ms).max(0);
        SharedFact {
            age_ms: u32::try_from(age_ms).unwrap_or(u32::MAX),
            what: FactOfCalls::Asked(Box::new(AskedLine {
                queue_id: self.queue_id.clone(),
                hotline: self.hotline.clone(),
            })),
        }
    }

    fn calls(&self) -> Vec<ComparedCall<'static>> {
        let call = |from: Option<&str>| ComparedCall {
            queue_id: Cow::from(self.queue_id.to_string()),
            to: self.hotline.as_deref().map(|to| Cow::from(to.to_owned())),
            from: from.map(|from| Cow::from(from.to_owned())),
        };
        let by_callers = self.callers.iter().map(|caller| call(Some(caller)));
        std::iter::once(call(None)).chain(by_callers).collect()
    }
}

/// A panic elsewhere leaves the lines whole.
fn lock(shard: &Mutex<LineShard>) -> MutexGuard<'_, LineShard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_402_800 + minute * 60).unwrap()
    }

    fn call<'c>(queue_id: &'c str, from: Option<&'c str>) -> ComparedCall<'c> {
        ComparedCall {
            queue_id: Cow::from(queue_id),
            to: Some(Cow::from("842471001001")),
            from: from.map(Cow::from),
        }
    }

    /// The queues that count, each once.
    fn queues(recent: &RecentCalls, now: Timestamp) -> String {
        let mut queues: Vec<_> = recent
            .calls(now)
            .iter()
            .map(|call| call.queue_id.to_string())
            .collect();
        queues.dedup();
        queues.join(" ")
    }

    #[test]
    fn a_line_counts_for_a_day_once_it_was_asked_about_in_two_minutes() {
        let recent = RecentCalls::default();
        recent.note(&call("sales", None), at(0));
        recent.note(&call("sales", None), at(0));
        recent.note(&call("service", None), at(0));
        assert_eq!(queues(&recent, at(1)), "");
        recent.note(&call("sales", None), at(1));
        assert_eq!(queues(&recent, at(1)), "sales");
        recent.note(&call("service", None), at(600));
        assert_eq!(queues(&recent, at(601)), "sales service");
        assert_eq!(queues(&recent, at(1442)), "service");
    }

    #[test]
    fn what_other_servers_were_asked_about_counts() {
        let (one, other) = (RecentCalls::default(), RecentCalls::default());
        one.tell();
        one.note(&call("sales", Some("84905")), at(0));
        one.note(&call("sales", None), at(0));
        other.note(&call("sales", None), at(1));
        let told = one.take_to_tell(at(1));
        assert_eq!(told.len(), 1, "once a minute");
        assert!(one.take_to_tell(at(1)).is_empty());
        let FactOfCalls::Asked(line) = &told[0].what else {
            panic!("{told:?}");
        };
        other.hear(line, at(0));
        assert_eq!(queues(&other, at(2)), "", "an earlier minute");
        other.hear(line, at(2));
        other.hear(line, at(2));
        assert_eq!(queues(&other, at(2)), "sales");
        let third = RecentCalls::default();
        third.hear(line, at(0));
        third.hear(line, at(1));
        assert_eq!(queues(&third, at(2)), "sales");
    }

    #[test]
    fn the_last_callers_of_different_minutes_are_asked_for() {
        let recent = RecentCalls::default();
        for minute in 0..9 {
            recent.note(&call("sales", Some(&format!("8490{minute}"))), at(minute));
            recent.note(&call("sales", Some("84999")), at(minute));
        }
        let callers = recent.calls(at(9)).into_iter().map(|call| call.from);
        let callers: Vec<_> = callers.flatten().collect();
        assert_eq!(callers, ["84908", "84907", "84906", "84905"]);
    }

    #[test]
    fn a_stranger_neither_fills_the_memory_nor_pushes_out_what_the_platform_asks_about() {
        let recent = RecentCalls::default();
        for minute in 0..2 {
            recent.note(&call("sales", None), at(minute));
        }
        let long = "x".repeat(64 << 10);
        for number in 0..50_000 {
            let long_name = format!("{long}{number}");
            recent.note(&call(&number.to_string(), None), at(number / 1_000));
            recent.note(&call(&long_name, Some(&long_name)), at(number / 1_000));
        }
        let shards = recent.shards.iter().map(|shard| shard.lock().unwrap());
        for shard in shards {
            assert_eq!(shard.lines.len(), MAX_LINES);
            let longest = shard.lines.values().map(|line| line.queue_id.len()).max();
            assert!(longest.unwrap() <= MAX_QUEUE_BYTES);
        }
        assert_eq!(queues(&recent, at(60)), "sales");
    }

    #[test]
    fn a_new_line_finds_its_place_beside_a_stranger_who_has_filled_all_of_them() {
        let recent = RecentCalls::default();
        for number in 0..50_000 {
            recent.note(&call(&number.to_string(), None), at(0));
        }
        recent.note(&call("new", None), at(1));
        for number in 0..50_000 {
            recent.note(&call(&number.to_string(), None), at(2));
        }
        let mut shards = recent.shards.iter().map(|shard| shard.lock().unwrap());
        let is_new = |line: &RecentLine| *line.queue_id == *"new";
        assert!(shards.any(|shard| shard.lines.values().any(is_new)));
    }

    #[test]
    fn ten_thousand_queues_are_remembered() {
        let recent = RecentCalls::default();
        for minute in 0..2 {
            for number in 0..10_000 {
                recent.note(&call(&format!("QU_{number}"), None), at(minute));
            }
        }
        let busy = call("QU_7", None);
        recent.note(&busy, at(2));
        let lines = recent
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap().lines.len());
        assert_eq!(lines.sum::<usize>(), 10_000);
        let compared = recent.calls(at(2));
        assert_eq!(compared.len(), MAX_COMPARED);
        assert!(compared.contains(&busy), "it was asked about more often");
    }
}
