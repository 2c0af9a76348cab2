//! One deadline per connection, for whatever the connection is at.
//!
//! A timer set and taken back for each request costs more than parsing the request does. Here a request only notes
//! when it began and that it was answered; the connection's one alarm rings now and then, looks at the note, and is set
//! anew for the moment at which the present phase would be over. It rings at least once in the shorter of the two
//! timeouts, so a request that has begun since is found on time, and never early. Silence counts from the first look
//! at it: a connection is cut one look later than it might be, and no answer has to read the clock for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What the connection is at, and since when.
///
/// Shared between the connection's task and the requests on it, which are polled by that same task: nobody waits, and
/// no order between memory accesses is asked for.
#[derive(Debug)]
pub(super) struct Deadline {
    header_timeout: Duration,
    request_timeout: Duration,
    opened: Instant,
    /// A [`Phase`] as [`Deadline::set`] writes it.
    phase: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Idle, sending a head, or fetching an answer.
    Waiting { since: Instant },
    /// The same, since a moment after the last look.
    Answered,
    /// A request is being answered, or its body awaited.
    Answering { since: Instant },
    /// A request has taken too long.
    Overdue { since: Instant },
}

/// What to do when the alarm rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// All is well: look again then.
    Again(Instant),
    /// The request is to be answered with 408 now; look again then.
    Overdue(Instant),
    /// The connection is to be cut.
    Cut,
}

impl Deadline {
    pub(super) fn new(header_timeout: Duration, request_timeout: Duration, now: Instant) -> Self {
        let deadline = Self {
            header_timeout,
            request_timeout,
            opened: now,
            phase: AtomicU64::new(0),
        };
        deadline.set(Phase::Waiting { since: now });
        deadline
    }

    /// A request's head has arrived.
    pub(super) fn begin(&self, now: Instant) {
        self.set(Phase::Answering { since: now });
    }

    /// The request is answered.
    pub(super) fn end(&self) {
        self.set(Phase::Answered);
    }

    /// Whether the request has taken too long, as found when the alarm last rang.
    pub(super) fn is_overdue(&self) -> bool {
        matches!(self.phase(), Phase::Overdue { .. })
    }

    /// When to look for the first time.
    pub(super) fn first_look(&self, now: Instant) -> Instant {
        now + self.header_timeout.min(self.request_timeout)
    }

    /// What to do now, and when to look again.
    pub(super) fn look(&self, now: Instant) -> Alarm {
        let again = self.first_look(now);
        match self.phase() {
            Phase::Answered => {
                self.set(Phase::Waiting { since: now });
                Alarm::Again(again)
            }
            Phase::Waiting { since } if now < since + self.header_timeout => {
                Alarm::Again(again.min(since + self.header_timeout))
            }
            Phase::Answering { since } | Phase::Overdue { since }
                if now < since + self.request_timeout =>
            {
                Alarm::Again(again.min(since + self.request_timeout))
            }
            Phase::Answering { .. } => {
                self.set(Phase::Overdue { since: now });
                Alarm::Overdue(again)
            }
            // A request is still overdue only if an earlier answer is not fetched: then no other can be given.
            Phase::Waiting { .. } | Phase::Overdue { .. } => Alarm::Cut,
        }
    }

    /// Two bits tell the phase, the others its beginning, in nanoseconds since the connection was opened: enough for a
    /// century.
    fn set(&self, phase: Phase) {
        let (kind, since) = match phase {
            Phase::Waiting { since } => (0, since),
            Phase::Answered => (1, self.opened),
            Phase::Answering { since } => (2, since),
            Phase::Overdue { since } => (3, since),
        };
        let nanoseconds = u64::try_from(since.saturating_duration_since(self.opened).as_nanos())
            .unwrap_or(u64::MAX);
        self.phase.store(nanoseconds << 2 | kind, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        let phase = self.phase.load(Ordering::Relaxed);
        let since = self.opened + Duration::from_nanos(phase >> 2);
        match phase & 3 {
            0 => Phase::Waiting { since },
            1 => Phase::Answered,
            2 => Phase::Answering { since },
            _ => Phase::Overdue { since },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deadline of 75 s for heads and 3 s for requests, and a clock that counts in seconds from its start.
    fn deadline() -> (Deadline, impl Fn(u64) -> Instant) {
        let start = crate::clock::monotonic();
        let deadline = Deadline::new(Duration::from_secs(75), Duration::from_secs(3), start);
        (deadline, move |seconds| {
            start + Duration::from_secs(seconds)
        })
    }

    #[test]
    fn the_shorter_timeout_decides_when_to_look() {
        let now = crate::clock::monotonic();
        let (short, long) = (Duration::from_secs(1), Duration::from_mins(1));
        assert_eq!(Deadline::new(short, long, now).first_look(now), now + short);
        assert_eq!(Deadline::new(long, short, now).first_look(now), now + short);
        let deadline = Deadline::new(short, long, now);
        deadline.begin(now);
        assert_eq!(deadline.look(now), Alarm::Again(now + short));
    }

    #[test]
    fn a_silent_connection_is_cut_in_the_end() {
        let (deadline, at) = deadline();
        assert_eq!(deadline.look(at(0)), Alarm::Again(at(3)));
        assert_eq!(deadline.look(at(74)), Alarm::Again(at(75)));
        assert_eq!(deadline.look(at(75)), Alarm::Cut);
    }

    #[test]
    fn a_request_that_begins_between_two_looks_is_overdue_on_time() {
        let (deadline, at) = deadline();
        assert_eq!(deadline.look(at(3)), Alarm::Again(at(6)));
        deadline.begin(at(5));
        assert_eq!(deadline.look(at(6)), Alarm::Again(at(8)));
        assert!(!deadline.is_overdue());
        assert_eq!(deadline.look(at(8)), Alarm::Overdue(at(11)));
        assert!(deadline.is_overdue());
    }

    #[test]
    fn an_answer_starts_the_wait_anew() {
        let (deadline, at) = deadline();
        deadline.begin(at(70));
        deadline.end();
        assert_eq!(deadline.look(at(75)), Alarm::Again(at(78)));
        assert_eq!(deadline.look(at(149)), Alarm::Again(at(150)));
        assert_eq!(deadline.look(at(150)), Alarm::Cut);
    }

    #[test]
    fn a_late_answer_that_cannot_be_given_cuts_the_connection() {
        let (deadline, at) = deadline();
        deadline.begin(at(0));
        assert_eq!(deadline.look(at(3)), Alarm::Overdue(at(6)));
        assert_eq!(deadline.look(at(5)), Alarm::Again(at(6)));
        assert_eq!(deadline.look(at(6)), Alarm::Cut);
    }
}
