//! When to read the rules database: soon after an edit, but not while somebody is in the middle of one.
//!
//! In SQLite's rollback mode a reader makes a writer fail who commits at that moment, and a plain `sqlite3` shell does
//! not try again. So the longer somebody has been busy without a pause, the longer a pause is waited for: a lone edit is
//! read soon, between the edits of a person there is time to read, and a script in full swing is waited for.

use std::time::{Duration, Instant};

use super::file_stamp::Stamp;

/// How long nothing must have happened before the rows are read, at least. Less than that between two statements is no
/// pause: they belong to one run.
const SHORT_QUIET: Duration = Duration::from_millis(100);

/// The same at most, after a long run: on a busy machine a script may well be kept from going on for some time.
const QUIET: Duration = Duration::from_millis(300);

/// How long nothing must have happened after bytes have come without a commit: a copy can pause on a busy disk, and its
/// parts do not show what is still to come.
const FOREIGN_QUIET: Duration = Duration::from_secs(1);

/// How long a journal beside a database that does not change is taken for somebody's open transaction; a crash may have
/// left it behind.
const JOURNAL_PATIENCE: Duration = Duration::from_millis(1200);

/// How long a script without pauses can put the reading off. Five hundred statements need 12 s on a slow disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often SQLite itself is asked for commits that `stat` has not shown.
const ASK: Duration = Duration::from_secs(1);

/// How long to wait before the next try after a failure: doubled each time, up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Wait,
    /// Ask SQLite whether there was a commit.
    Ask,
    /// Read the rows.
    Read,
}

/// Remembers what has been seen of the files, and when.
#[derive(Debug)]
pub(super) struct ReadSchedule {
    /// The files as they were when they were last read, or could not be read.
    known: Stamp,
    pending: Option<PendingRead>,
    failing: Option<Failing>,
    asked: Instant,
}

/// A change that has been noticed, but not read yet.
#[derive(Clone, Debug)]
struct PendingRead {
    first: Instant,
    /// When the files have last been seen to change.
    changed: Instant,
    /// When they were last seen to change or to have a journal: on a slow disk, one statement of a script can take
    /// longer than the pause that is waited for.
    busy: Instant,
    /// For how long that has gone on, pauses deducted; [`QUIET`] at most.
    busy_for: Duration,
    stamp: Stamp,
    /// Whether some of it has come without a commit.
    is_foreign: bool,
}

/// The rows could not be read.
#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Instant,
    next: Instant,
    wait: Duration,
}

impl ReadSchedule {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            known: Stamp::default(),
            pending: None,
            failing: None,
            asked: now,
        }
    }

    /// Takes a look at the files into account.
    pub(super) fn look(&mut self, stamp: Stamp, now: Instant) -> Next {
        match &mut self.pending {
            Some(pending) => pending.look(stamp, now),
            None if stamp.differs(&self.known) => {
                self.pending = Some(PendingRead::new(stamp, &self.known, now));
            }
            None => self.known.follow(&stamp),
        }
        if let Some(pending) = &self.pending {
            return if pending.is_due(now) {
                Next::Read
            } else {
                Next::Wait
            };
        }
        match self.failing {
            Some(failing) if now >= failing.next => Next::Read,
            None if now.duration_since(self.asked) >= ASK => {
                self.asked = now;
                Next::Ask
            }
            _ => Next::Wait,
        }
    }

    /// Whether the database itself is as it was known, its write-ahead log aside.
    pub(super) fn has_same_main(&self, stamp: &Stamp) -> bool {
        self.known.has_same_main(stamp)
    }

    /// Whether some of what has changed has come without a commit.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(&self.pending, Some(pending) if pending.is_foreign)
    }

    /// Nothing has changed that was not read.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_none() && self.failing.is_none()
    }

    /// The files have been read as they were.
    pub(super) fn read(&mut self, stamp: Stamp, now: Instant) {
        *self = Self {
            known: stamp,
            pending: None,
            failing: None,
            asked: now,
        };
    }

    /// The files could not be read as they were. Returns for how long that has been so.
    pub(super) fn failed(&mut self, stamp: Stamp, now: Instant) -> Duration {
        let (since, wait) = match &self.failing {
            Some(failing) => (failing.since, (failing.wait * 2).min(LAST_RETRY)),
            None => (now, FIRST_RETRY),
        };
        self.known = stamp;
        self.pending = None;
        self.failing = Some(Failing {
            since,
            next: now + wait,
            wait,
        });
        now.duration_since(since)
    }
}

impl PendingRead {
    fn new(stamp: Stamp, known: &Stamp, now: Instant) -> Self {
        Self {
            is_foreign: stamp.is_foreign_to(known),
            first: now,
            changed: now,
            busy: now,
            busy_for: Duration::ZERO,
            stamp,
        }
    }

    fn look(&mut self, stamp: Stamp, now: Instant) {
        let has_changed = self.stamp.differs(&stamp);
        self.is_foreign |= has_changed && stamp.is_foreign_to(&self.stamp);
        if has_changed {
            self.changed = now;
        }
        if has_changed || stamp.has_journal {
            let gap = now.duration_since(self.busy);
            self.busy_for = if gap < SHORT_QUIET {
                (self.busy_for + gap).min(QUIET)
            } else {
                self.busy_for.saturating_sub(gap)
            };
            self.busy = now;
        }
        self.stamp = stamp;
    }

    /// Whether the editor seems to have finished, or has taken long enough.
    fn is_due(&self, now: Instant) -> bool {
        let quiet = if self.is_foreign {
            FOREIGN_QUIET
        } else {
            self.busy_for.max(SHORT_QUIET)
        };
        let is_done = now.duration_since(self.busy) >= quiet;
        let is_left_behind = now.duration_since(self.changed) >= JOURNAL_PATIENCE;
        is_done || is_left_behind || now.duration_since(self.first) >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::watch::file_stamp::tests::{stamp, written_over};

    /// Looks every 50 ms at files that look like the last `edits` entry not later than now; says when they were read.
    fn reads(edits: &[(u64, u64)], journal: impl Fn(u64) -> bool, until: u64) -> Vec<u64> {
        let start = clock::monotonic();
        let mut pace = ReadSchedule::new(start);
        pace.read(stamp(0, false), start);
        let mut reads = Vec::new();
        for at in (0..until).step_by(50) {
            let edit = edits
                .iter()
                .rev()
                .find(|(edited, _)| *edited <= at)
                .map_or(0, |(_, bytes)| *bytes);
            let (stamp, now) = (stamp(edit, journal(at)), start + Duration::from_millis(at));
            if pace.look(stamp.clone(), now) == Next::Read {
                reads.push(at);
                pace.read(stamp, now);
            }
        }
        reads
    }

    fn every(milliseconds: u64, edits: u64) -> Vec<(u64, u64)> {
        (1..=edits)
            .map(|edit| (edit * milliseconds, edit))
            .collect()
    }

    #[test]
    fn one_edit_is_read_soon() {
        assert_eq!(reads(&[(100, 1)], |_| false, 2_000), [200]);
    }

    #[test]
    fn edits_that_keep_coming_are_each_read_before_the_next() {
        let expected: Vec<u64> = (1..=50).map(|edit| edit * 200 + 100).collect();
        assert_eq!(reads(&every(200, 50), |_| false, 12_000), expected);
    }

    #[test]
    fn a_script_is_waited_for_until_it_has_finished() {
        assert_eq!(reads(&every(50, 60), |_| false, 5_000), [3_300]);
    }

    #[test]
    fn a_script_that_is_held_up_is_still_waited_for() {
        let mut statements = every(50, 10);
        statements.extend((1..=5).map(|edit| (700 + 50 * edit, 10 + edit)));
        assert_eq!(
            reads(&statements, |_| false, 3_000),
            [1_200],
            "the pause of 250 ms is none"
        );
    }

    #[test]
    fn a_script_without_end_is_not_waited_for_for_ever() {
        assert_eq!(reads(&every(50, 700), |_| false, 35_000), [30_050]);
    }

    #[test]
    fn bytes_that_come_without_a_commit_are_waited_for() {
        let start = clock::monotonic();
        let mut pace = ReadSchedule::new(start);
        pace.read(stamp(0, false), start);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(pace.look(written_over(1), at(0)), Next::Wait);
        assert_eq!(pace.look(written_over(1), at(900)), Next::Wait);
        assert_eq!(pace.look(written_over(2), at(950)), Next::Wait);
        assert_eq!(pace.look(written_over(2), at(1_900)), Next::Wait);
        assert_eq!(pace.look(written_over(2), at(1_950)), Next::Read);
        assert!(pace.is_foreign());
    }

    #[test]
    fn an_open_transaction_is_waited_for_but_a_journal_left_behind_is_not() {
        assert_eq!(reads(&[(100, 1)], |at| at < 900, 5_000), [1_150]);
        assert_eq!(reads(&[(100, 1)], |_| true, 5_000), [1_300]);
    }

    #[test]
    fn a_script_on_a_slow_disk_is_not_read_between_the_beginning_and_the_end_of_a_statement() {
        // Each statement takes 250 ms, of which the journal is there for all but the moment when it is looked at.
        let statements = every(250, 12);
        assert_eq!(
            reads(&statements, |at| at % 250 != 0 && at < 3_000, 6_000),
            [3_300]
        );
    }

    #[test]
    fn a_failure_is_tried_again_at_longer_and_longer_intervals() {
        let start = clock::monotonic();
        let mut pace = ReadSchedule::new(start);
        pace.read(stamp(9, false), start);
        let mut tries = Vec::new();
        for at in (0..6_000).step_by(50) {
            let now = start + Duration::from_millis(at);
            if pace.look(stamp(0, false), now) == Next::Read {
                let failing_for = pace.failed(stamp(0, false), now);
                assert_eq!(failing_for.as_millis(), u128::from(at) - 100);
                tries.push(at);
            }
        }
        assert_eq!(
            tries,
            [100, 150, 250, 450, 850, 1_650, 2_650, 3_650, 4_650, 5_650]
        );
        assert!(!pace.is_settled());
        let repaired = start + Duration::from_secs(6);
        assert_eq!(pace.look(stamp(1, false), repaired), Next::Wait);
        assert_eq!(
            pace.look(stamp(1, false), repaired + SHORT_QUIET),
            Next::Read,
            "a change does not wait for the next try"
        );
    }

    #[test]
    fn sqlite_is_asked_once_a_second_unless_there_is_something_to_read() {
        let start = clock::monotonic();
        let mut pace = ReadSchedule::new(start);
        pace.read(stamp(0, false), start);
        let asked = (0..60).filter(|look| {
            let stamp = stamp(u64::from(*look >= 50), false);
            pace.look(stamp, start + Duration::from_millis(50 * u64::from(*look))) == Next::Ask
        });
        assert_eq!(asked.collect::<Vec<u32>>(), [20, 40]);
    }
}
