//! The calls that were asked about of late, as the guard asks about them again.
//!
//! They are kept by queue and hotline, each with its last callers. A stranger who makes up names costs no more than a
//! fixed amount of memory, and cannot push out what has been asked about in several minutes.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use routing::compare::ComparedCall;

/// How many queues and hotlines are remembered: with their names and callers less than 256 KiB.
const MAX_LINES: usize = 256;

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
/// A question about a line that is known costs a look into a map that nobody writes to. Only a new line makes a new map,
/// once a second at most when it is full.
#[derive(Debug, Default)]
pub(super) struct RecentCalls {
    lines: ArcSwap<Lines>,
    /// Held while the map is replaced.
    adding: Mutex<()>,
    /// The second of the last line that took another one's place.
    replaced: AtomicI64,
}

/// By a hash of queue and hotline, so that looking one up copies no text.
type Lines = HashMap<u64, Arc<RecentLine>, FxBuildHasher>;

#[derive(Debug)]
struct RecentLine {
    queue_id: Box<str>,
    hotline: Option<Box<str>>,
    /// The minute of the last question, since 1970.
    last: AtomicI64,
    /// In how many minutes it was asked about.
    minutes: AtomicU32,
    /// The newest first.
    callers: Mutex<VecDeque<Box<str>>>,
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
        let minute = minute(at);
        let caller = call.from.as_deref().filter(is_short);
        match self.lines.load().get(&key) {
            Some(line) if line.last.load(Ordering::Relaxed) == minute => {}
            Some(line) => line.note(caller, minute),
            None => {
                let line = RecentLine {
                    queue_id: queue_id.into(),
                    hotline: hotline.map(Into::into),
                    last: AtomicI64::new(minute),
                    minutes: AtomicU32::new(1),
                    callers: Mutex::new(caller.map(Into::into).into_iter().collect()),
                };
                self.add(key, line, at);
            }
        }
    }

    /// The calls that were asked about in several minutes of the last day: of each line one by nobody, and one by each
    /// of its last callers.
    pub(super) fn calls(&self, now: Timestamp) -> Vec<ComparedCall<'static>> {
        let oldest = minute(now) - REMEMBERED_MINUTES;
        let lines = self.lines.load();
        let mut counted: Vec<_> = lines
            .values()
            .filter(|line| {
                line.minutes.load(Ordering::Relaxed) >= MIN_MINUTES
                    && line.last.load(Ordering::Relaxed) >= oldest
            })
            .collect();
        counted.sort_by(|one, other| {
            (&one.queue_id, &one.hotline).cmp(&(&other.queue_id, &other.hotline))
        });
        counted.into_iter().flat_map(|line| line.calls()).collect()
    }

    fn add(&self, key: u64, line: RecentLine, at: Timestamp) {
        // Whoever comes second tries again with the next question: nobody waits here.
        let Ok(_adding) = self.adding.try_lock() else {
            return;
        };
        let known = self.lines.load();
        let is_full = known.len() >= MAX_LINES;
        if is_full && self.replaced.swap(at.as_second(), Ordering::Relaxed) == at.as_second() {
            return;
        }
        let mut lines = Lines::clone(&known);
        if is_full {
            let least = lines.iter().min_by_key(|(_, line)| {
                let minutes = line.minutes.load(Ordering::Relaxed);
                (minutes, line.last.load(Ordering::Relaxed))
            });
            if let Some(least) = least.map(|(key, _)| *key) {
                lines.remove(&least);
            }
        }
        lines.insert(key, Arc::new(line));
        self.lines.store(Arc::new(lines));
    }
}

impl RecentLine {
    /// Notes a question of another minute.
    fn note(&self, caller: Option<&str>, minute: i64) {
        self.last.fetch_max(minute, Ordering::Relaxed);
        self.minutes.fetch_add(1, Ordering::Relaxed);
        if let Some(caller) = caller
            && let Ok(mut callers) = self.callers.try_lock()
            && !callers.iter().any(|known| **known == *caller)
        {
            callers.truncate(MAX_CALLERS - 1);
            callers.push_front(caller.into());
        }
    }

    fn calls(&self) -> Vec<ComparedCall<'static>> {
        let call = |from: Option<&str>| ComparedCall {
            queue_id: Cow::from(self.queue_id.to_string()),
            to: self.hotline.as_deref().map(|to| Cow::from(to.to_owned())),
            from: from.map(|from| Cow::from(from.to_owned())),
        };
        let callers = self.callers.lock().map(|callers| callers.clone());
        let callers = callers.unwrap_or_default();
        let by_callers = callers.iter().map(|caller| call(Some(caller)));
        std::iter::once(call(None)).chain(by_callers).collect()
    }
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
        for number in 0..5_000 {
            let long_name = format!("{long}{number}");
            recent.note(&call(&number.to_string(), None), at(number / 100));
            recent.note(&call(&long_name, Some(&long_name)), at(number / 100));
        }
        let lines = recent.lines.load();
        assert_eq!(lines.len(), MAX_LINES);
        let longest = lines.values().map(|line| line.queue_id.len()).max();
        assert!(longest.unwrap() <= MAX_QUEUE_BYTES);
        assert_eq!(queues(&recent, at(60)), "sales");
    }

    #[test]
    fn a_new_line_finds_its_place_beside_a_stranger_who_has_filled_all_of_them() {
        let recent = RecentCalls::default();
        for number in 0..1_000 {
            recent.note(&call(&number.to_string(), None), at(0));
        }
        recent.note(&call("new", None), at(1));
        for number in 0..1_000 {
            recent.note(&call(&number.to_string(), None), at(2));
        }
        recent.note(&call("new", None), at(3));
        assert!(queues(&recent, at(3)).contains("new"));
    }
}
