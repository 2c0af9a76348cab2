//! A version that is held, and for how long it has stood.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::compiled_version::CompiledVersion;
use crate::params::CodedSentence;
use crate::state::HeldRecord;

/// How much of the time between two starts counts as standing: a crash loop does not hold a version for ever, and a
/// clock that is far ahead at a start does not let it go at once.
const MAX_UNWATCHED: SignedDuration = SignedDuration::from_secs(10);

/// A version that waits.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) candidate: CompiledVersion,
    /// Why.
    pub(super) reasons: Vec<CodedSentence>,
    /// For how long its rows had stood before `since`.
    stood_before: Duration,
    since: Instant,
}

impl Held {
    /// Holds a candidate whose rows have stood for so long.
    pub(super) const fn new(
        candidate: CompiledVersion,
        reasons: Vec<CodedSentence>,
        stood_before: Duration,
        now: Instant,
    ) -> Self {
        Self {
            candidate,
            reasons,
            stood_before,
            since: now,
        }
    }

    /// Holds a candidate on that was held before the start.
    pub(super) fn again(candidate: CompiledVersion, record: HeldRecord, now: Instant) -> Self {
        Self {
            candidate,
            reasons: record.reasons,
            stood_before: record.stood,
            since: now,
        }
    }

    /// For how long its rows have stood like this.
    pub(super) fn stood(&self, now: Instant) -> Duration {
        self.stood_before + now.saturating_duration_since(self.since)
    }

    /// Whether it has stood for long enough.
    pub(super) fn is_due(&self, hold: Duration, now: Instant) -> bool {
        self.stood(now) >= hold
    }

    /// What the next start has to know.
    pub(super) fn record(&self, now: Instant, written: Timestamp) -> HeldRecord {
        HeldRecord {
            fingerprint: self.candidate.fingerprint,
            stood: self.stood(now),
            written,
            reasons: self.reasons.clone(),
        }
    }
}

/// A record as it counts at a start.
pub(super) fn recalled(record: HeldRecord, now: Timestamp) -> HeldRecord {
    let unwatched = now.duration_since(record.written);
    let counted = unwatched.clamp(SignedDuration::ZERO, MAX_UNWATCHED);
    HeldRecord {
        stood: record.stood + counted.unsigned_abs(),
        written: now,
        ..record
    }
}
