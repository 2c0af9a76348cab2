//! One deadline per connection, for whatever the connection is at.
//!
//! A timer set and taken back for each request costs more than parsing the request does. Here a request only notes
//! when it began and that it was answered; the connection's one alarm rings now and then, looks at the note, and is set
//! anew for the moment at which the present phase would be over. It rings at least once in the shortest of the
//! timeouts, so a request that has begun since is found on time, and never early. Silence counts from the first look
//! at it: a connection is cut one look later than it might be, and no answer has to read the clock for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Limits;

/// What the connection is at, and since when.
///
/// Shared between the connection's task and the requests on it, which are polled by that same task: nobody waits, and
/// no order between memory accesses is asked for.
#[derive(Debug)]
pub(super) struct Deadline {
    first_head_timeout: Duration,
    header_timeout: Duration,
    request_timeout: Duration,
    answer_timeout: Duration,
    opened: Instant,
    /// A [`Phase`] as [`Deadline::set`] writes it.
    phase: AtomicU64,
    /// Since when an answer cannot be sent on, in nanoseconds since the connection was opened; [`ALL_IS_READ`] if it can.
    unread: AtomicU64,
}

/// Nothing of an answer waits for its reader.
const ALL_IS_READ: u64 = u64::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No request has come yet.
    Opened,
    /// Idle, or sending another head.
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
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        let deadline = Self {
            first_head_timeout: limits.first_head_timeout,
            header_timeout: limits.header_timeout,
            request_timeout: limits.request_timeout,
            answer_timeout: limits.answer_timeout,
            opened: now,
            phase: AtomicU64::new(0),
            unread: AtomicU64::new(ALL_IS_READ),
        };
        deadline.set(Phase::Opened);
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

    /// An answer cannot be sent on until the client reads.
    pub(super) fn begin_unread(&self, now: Instant) {
        self.unread.store(self.since_opened(now), Ordering::Relaxed);
    }

    /// All of the answer is on its way.
    pub(super) fn end_unread(&self) {
        self.unread.store(ALL_IS_READ, Ordering::Relaxed);
    }

    /// Whether the request has taken too long, as found when the alarm last rang.
    pub(super) fn is_overdue(&self) -> bool {
        matches!(self.phase(), Phase::Overdue { .. })
    }

    /// When to look for the first time.
    pub(super) fn first_look(&self, now: Instant) -> Instant {
        let shortest = self
            .first_head_timeout
            .min(self.header_timeout)
            .min(self.request_timeout)
            .min(self.answer_timeout);
        now + shortest
    }

    /// What to do now, and when to look again.
    pub(super) fn look(&self, now: Instant) -> Alarm {
        let again = self.first_look(now);
        if let Some(since) = self.unread_since() {
            let end = since + self.answer_timeout;
            return if now < end {
                Alarm::Again(again.min(end))
            } else {
                Alarm::Cut
            };
        }
        let phase = self.phase();
        let end = match phase {
            Phase::Answered => {
                self.set(Phase::Waiting { since: now });
                return Alarm::Again(again);
            }
            Phase::Opened => self.opened + self.first_head_timeout,
            Phase::Waiting { since } => since + self.header_timeout,
            Phase::Answering { since } | Phase::Overdue { since } => since + self.request_timeout,
        };
        if now < end {
            return Alarm::Again(again.min(end));
        }
        if let Phase::Answering { .. } = phase {
            self.set(Phase::Overdue { since: now });
            return Alarm::Overdue(again);
        }
        // A request is still overdue only if an earlier answer is not fetched: then no other can be given.
        Alarm::Cut
    }

    /// Three bits tell the phase, the others its beginning, in nanoseconds since the connection was opened: enough for
    /// half a century.
    fn set(&self, phase: Phase) {
        let (kind, since) = match phase {
            Phase::Opened => (0, 0),
            Phase::Waiting { since } => (1, self.since_opened(since)),
            Phase::Answered => (2, 0),
            Phase::Answering { since } => (3, self.since_opened(since)),
            Phase::Overdue { since } => (4, self.since_opened(since)),
        };
        self.phase.store(since << 3 | kind, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        let phase = self.phase.load(Ordering::Relaxed);
        let since = self.opened + Duration::from_nanos(phase >> 3);
        match phase & 7 {
            0 => Phase::Opened,
            1 => Phase::Waiting { since },
            2 => Phase::Answered,
            3 => Phase::Answering { since },
            _ => Phase::Overdue { since },
        }
    }

    fn unread_since(&self) -> Option<Instant> {
        let unread = self.unread.load(Ordering::Relaxed);
        (unread != ALL_IS_READ).then(|| self.opened + Duration::from_nanos(unread))
    }

    /// In nanoseconds.
    fn since_opened(&self, moment: Instant) -> u64 {
        let passed = moment.saturating_duration_since(self.opened);
        u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;

    /// The usual limits, but a first head and an answer have as long as any head, which is 75 s.
    fn limits() -> Limits {
        let limits = Limits::public(&ServerConfig::default());
        Limits {
            first_head_timeout: limits.header_timeout,
            answer_timeout: limits.header_timeout,
            ..limits
        }
    }

    /// A deadline of 75 s for heads and 3 s for requests, and a clock that counts in seconds from its start.
    fn deadline() -> (Deadline, impl Fn(u64) -> Instant) {
        let start = clock::monotonic();
        let deadline = Deadline::new(&limits(), start);
        (deadline, move |seconds| {
            start + Duration::from_secs(seconds)
        })
    }

    #[test]
    fn the_shortest_timeout_decides_when_to_look() {
        let now = clock::monotonic();
        let short = Duration::from_secs(1);
        let set: [fn(&mut Limits, Duration); 4] = [
            |limits, short| limits.first_head_timeout = short,
            |limits, short| limits.header_timeout = short,
            |limits, short| limits.request_timeout = short,
            |limits, short| limits.answer_timeout = short,
        ];
        for set in set {
            let mut limits = limits();
            set(&mut limits, short);
            assert_eq!(Deadline::new(&limits, now).first_look(now), now + short);
        }
    }

    #[test]
    fn a_first_head_has_a_time_of_its_own() {
        let (mut deadline, at) = deadline();
        deadline.first_head_timeout = Duration::from_secs(10);
        assert_eq!(deadline.look(at(9)), Alarm::Again(at(10)));
        assert_eq!(deadline.look(at(10)), Alarm::Cut);
        deadline.begin(at(9));
        deadline.end();
        assert_eq!(deadline.look(at(10)), Alarm::Again(at(13)));
        assert_eq!(deadline.look(at(84)), Alarm::Again(at(85)));
    }

    #[test]
    fn an_answer_that_is_not_fetched_cuts_the_connection_whatever_else_is_asked() {
        let (mut deadline, at) = deadline();
        deadline.answer_timeout = Duration::from_secs(10);
        deadline.begin(at(0));
        deadline.end();
        deadline.begin_unread(at(1));
        deadline.begin(at(9));
        assert_eq!(deadline.look(at(10)), Alarm::Again(at(11)));
        deadline.end();
        assert_eq!(deadline.look(at(11)), Alarm::Cut);
        deadline.end_unread();
        assert_eq!(deadline.look(at(11)), Alarm::Again(at(14)));
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
