//! The queues that were asked about of late: a version that leaves one of them without agents is suspicious.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use rustc_hash::FxBuildHasher;

/// How long a queue counts as asked about.
const REMEMBERED: Duration = Duration::from_hours(1);

/// How many queues are remembered. More than any contact center has; a stranger cannot fill the memory.
const MOST_QUEUES: usize = 256;

/// The queues of the last hour, each with the minute of its last question.
///
/// A question about a queue that is known costs a look into a map that nobody writes to; only a new queue makes a new
/// map.
#[derive(Debug)]
pub(super) struct AskedQueues {
    started: Instant,
    minutes: ArcSwap<Minutes>,
    /// Held while the map is replaced.
    adding: Mutex<()>,
}

/// Small enough that nobody gains by choosing names that collide.
type Minutes = HashMap<Box<str>, Arc<AtomicU32>, FxBuildHasher>;

impl AskedQueues {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            started: now,
            minutes: ArcSwap::default(),
            adding: Mutex::default(),
        }
    }

    /// Notes a question about a queue.
    pub(super) fn note(&self, queue: &str, now: Instant) {
        let minute = self.minute(now);
        match self.minutes.load().get(queue) {
            Some(last) if last.load(Ordering::Relaxed) == minute => {}
            Some(last) => last.store(minute, Ordering::Relaxed),
            None => self.add(queue, minute),
        }
    }

    /// The queues of the last hour.
    pub(super) fn recent(&self, now: Instant) -> Vec<Box<str>> {
        let now = self.minute(now);
        let minutes = self.minutes.load();
        let recent = minutes.iter().filter(|(_, last)| is_recent(last, now));
        recent.map(|(queue, _)| queue.clone()).collect()
    }

    fn add(&self, queue: &str, minute: u32) {
        // Whoever comes second tries again with the next question: nobody waits here.
        let Ok(_adding) = self.adding.try_lock() else {
            return;
        };
        let mut minutes = Minutes::clone(&self.minutes.load());
        if minutes.len() >= MOST_QUEUES {
            minutes.retain(|_, last| is_recent(last, minute));
        }
        if minutes.len() >= MOST_QUEUES {
            let oldest = minutes
                .iter()
                .min_by_key(|(_, last)| last.load(Ordering::Relaxed));
            if let Some(oldest) = oldest.map(|(queue, _)| queue.clone()) {
                minutes.remove(&oldest);
            }
        }
        minutes.insert(queue.into(), Arc::new(AtomicU32::new(minute)));
        self.minutes.store(Arc::new(minutes));
    }

    fn minute(&self, now: Instant) -> u32 {
        let minutes = now.saturating_duration_since(self.started).as_secs() / 60;
        u32::try_from(minutes).unwrap_or(u32::MAX)
    }
}

fn is_recent(last: &AtomicU32, now_minute: u32) -> bool {
    let minutes_ago = now_minute.saturating_sub(last.load(Ordering::Relaxed));
    Duration::from_mins(minutes_ago.into()) <= REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_remembered_for_an_hour_after_its_last_question() {
        let start = crate::clock::monotonic();
        let minutes = |minutes| start + Duration::from_mins(minutes);
        let asked = AskedQueues::new(start);
        asked.note("sales", minutes(0));
        asked.note("service", minutes(1));
        asked.note("sales", minutes(10));
        let recent = |minute| {
            let mut recent = asked.recent(minutes(minute));
            recent.sort_unstable();
            recent.join(" ")
        };
        assert_eq!(recent(60), "sales service");
        assert_eq!(recent(65), "sales");
        assert_eq!(recent(71), "");
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go_first() {
        let start = crate::clock::monotonic();
        let asked = AskedQueues::new(start);
        asked.note("old", start);
        let later = start + Duration::from_mins(5);
        for queue in 0..1_000 {
            asked.note(&queue.to_string(), later);
        }
        let recent = asked.recent(later);
        assert_eq!(recent.len(), MOST_QUEUES);
        assert!(recent.contains(&"999".into()) && !recent.contains(&"old".into()));
    }
}
