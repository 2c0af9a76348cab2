//! When what is too old may be deleted: a clock is not believed for that.
//!
//! A start with a clock that is months ahead would delete everything. So:
//!
//! * The clock is looked at twice, an hour apart, and must have gone as far as the one that never jumps.
//! * In the first day, it must not be more than a day ahead of the newest time in the file as that was found.
//! * More than a tenth of a table at once is held for a day, and said; then a tenth goes a day. That is how the rows go
//!   that a server was off for, or that a shorter `retention_days` makes too old. What a day makes too old is never held.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// How far apart the two looks are.
const LOOKS_APART: Duration = Duration::from_hours(1);

/// How far the two clocks may differ between them: what a time server puts right.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// For how long the clock may be ahead of the file, the file counts, and a large deletion is held.
const DAY: Duration = Duration::from_hours(24);

/// Decides what may be deleted.
#[derive(Debug)]
pub(super) struct Retention {
    kept: SignedDuration,
    /// The look that later ones are compared with.
    first: ClockReading,
    /// When the file was opened first, and its newest time then.
    file: Option<ClockReading>,
    /// Since when a large deletion is held.
    held_since: Option<Instant>,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockReading {
    pub(super) at: Instant,
    pub(super) time: Timestamp,
}

/// What is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Old {
    /// What is older than this.
    pub(super) before: Timestamp,
    /// Whether the clock is believed.
    pub(super) is_sure: bool,
}

/// How much of it goes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpiredShare {
    All,
    Tenth,
    Nothing,
}

impl Retention {
    /// Keeps rows for so long; the first look is now.
    pub(super) const fn new(kept: SignedDuration, now: ClockReading) -> Self {
        Self {
            kept,
            first: now,
            file: None,
            held_since: None,
        }
    }

    /// What the newest time in the file is, before this process has written anything.
    pub(super) fn found(&mut self, newest: Option<Timestamp>, at: Instant) {
        if let (None, Some(time)) = (self.file, newest) {
            self.file = Some(ClockReading { at, time });
        }
    }

    /// Looks at the clock.
    pub(super) fn look(&mut self, now: ClockReading) -> Old {
        let passed = now.at.saturating_duration_since(self.first.at);
        let by_clock = now.time.duration_since(self.first.time);
        let agree = (by_clock - signed(passed)).abs() <= TOLERANCE;
        if !agree {
            // Set by somebody: the hour begins anew.
            self.first = now;
            self.held_since = None;
        }
        Old {
            before: now.time.checked_sub(self.kept).unwrap_or(Timestamp::MIN),
            is_sure: agree && passed >= LOOKS_APART && !self.is_ahead_of_file(now),
        }
    }

    /// How much of what is too old goes now.
    pub(super) fn share(&mut self, is_large: bool, is_sure: bool, now: Instant) -> ExpiredShare {
        if !is_large {
            self.held_since = None;
            return if is_sure {
                ExpiredShare::All
            } else {
                ExpiredShare::Nothing
            };
        }
        let since = *self.held_since.get_or_insert(now);
        if !is_sure || now.saturating_duration_since(since) < DAY {
            return ExpiredShare::Nothing;
        }
        self.held_since = Some(now);
        ExpiredShare::Tenth
    }

    fn is_ahead_of_file(&self, now: ClockReading) -> bool {
        let Some(file) = self.file else {
            return false;
        };
        let open_for = now.at.saturating_duration_since(file.at);
        let ahead = now.time.duration_since(file.time) - signed(open_for);
        open_for < DAY && ahead > signed(DAY)
    }
}

/// Longer than any process lives if it does not fit.
fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;
    const DAYS: u64 = 24 * HOUR;

    /// A server that was started at noon of day 1000 with a journal that ends so many days earlier, and keeps 90 days.
    struct StartedServer {
        retention: Retention,
        began: Instant,
    }

    impl StartedServer {
        fn new(newest_days_ago: Option<i64>) -> Self {
            let began = clock::monotonic();
            let now = ClockReading {
                at: began,
                time: day(1000),
            };
            let mut retention = Retention::new(SignedDuration::from_hours(90 * 24), now);
            retention.found(newest_days_ago.map(|days| day(1000 - days)), began);
            Self { retention, began }
        }

        /// After so many seconds, with a clock that is wrong by so many days.
        fn looks(&mut self, seconds: u64, wrong_days: i64) -> Old {
            let at = self.began + Duration::from_secs(seconds);
            let passed = SignedDuration::from_secs(seconds.cast_signed());
            let time = day(1000 + wrong_days) + passed;
            self.retention.look(ClockReading { at, time })
        }

        fn share(&mut self, is_large: bool, is_sure: bool, seconds: u64) -> ExpiredShare {
            let at = self.began + Duration::from_secs(seconds);
            self.retention.share(is_large, is_sure, at)
        }
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    #[test]
    fn nothing_is_sure_before_two_looks_an_hour_apart_agree() {
        let mut server = StartedServer::new(None);
        assert!(!server.looks(0, 0).is_sure);
        assert!(!server.looks(HOUR - 1, 0).is_sure);
        assert!(server.looks(HOUR, 0).is_sure);
        assert!(!server.looks(2 * HOUR, 100).is_sure, "the clock was set");
        assert!(!server.looks(3 * HOUR - 1, 100).is_sure);
        assert!(
            server.looks(3 * HOUR, 100).is_sure,
            "it stands as it was set"
        );
        assert!(!server.looks(4 * HOUR, 0).is_sure, "it was put right");
    }

    #[test]
    fn in_the_first_day_the_newest_row_must_agree_as_well() {
        let mut server = StartedServer::new(Some(100));
        assert_eq!(server.looks(0, 0).before, day(910));
        assert!(!server.looks(HOUR, 0).is_sure);
        assert!(!server.looks(DAYS - 1, 0).is_sure);
        assert!(
            server.looks(DAYS, 0).is_sure,
            "by then somebody has seen it"
        );
        for days in [Some(1), Some(0), Some(-30), None] {
            assert!(
                StartedServer::new(days).looks(HOUR, 0).is_sure,
                "{days:?} days ago"
            );
        }
        assert!(!StartedServer::new(Some(2)).looks(HOUR, 0).is_sure);
    }

    #[test]
    fn a_large_deletion_is_held_for_a_day_and_then_goes_by_tenths() {
        let mut server = StartedServer::new(Some(0));
        assert_eq!(server.share(false, false, 0), ExpiredShare::Nothing);
        assert_eq!(server.share(false, true, HOUR), ExpiredShare::All);
        assert_eq!(server.share(true, true, 2 * HOUR), ExpiredShare::Nothing);
        assert_eq!(server.share(true, true, DAYS + HOUR), ExpiredShare::Nothing);
        assert_eq!(
            server.share(true, true, DAYS + 2 * HOUR),
            ExpiredShare::Tenth
        );
        assert_eq!(
            server.share(true, true, DAYS + 3 * HOUR),
            ExpiredShare::Nothing
        );
        assert_eq!(
            server.share(true, true, 2 * DAYS + 2 * HOUR),
            ExpiredShare::Tenth
        );
        assert_eq!(
            server.share(false, true, 2 * DAYS + 3 * HOUR),
            ExpiredShare::All
        );
        assert_eq!(server.share(true, true, 3 * DAYS), ExpiredShare::Nothing);
        assert_eq!(server.share(true, false, 5 * DAYS), ExpiredShare::Nothing);
    }
}
