//! The guard against a sudden shrink: `DELETE FROM agents` without a `WHERE` must not reach the callers.
//!
//! Such a version is held, while the one before keeps answering, until it has stood for a while or somebody confirms it.

use std::time::{Duration, Instant};

use super::candidate::Candidate;
use super::reach::Reach;

/// From so many agents on, it is suspicious that more than half vanish, even if as many others come: no small team
/// whose people change.
const MANY: usize = 5;

/// A version that waits.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) candidate: Candidate,
    /// Since when its rows stand like this.
    pub(super) since: Instant,
}

impl Held {
    /// Holds a candidate; the same rows keep their time.
    pub(super) fn hold(candidate: Candidate, before: Option<Self>, now: Instant) -> Self {
        let same = before.filter(|held| held.candidate.fingerprint == candidate.fingerprint);
        Self {
            candidate,
            since: same.map_or(now, |held| held.since),
        }
    }

    /// Whether it has stood for long enough.
    pub(super) fn is_due(&self, hold: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= hold
    }
}

/// Why a version should not simply take the place of another one; nothing if all is well.
///
/// `asked` are the queues that were asked about within the last hour.
pub(super) fn objections(before: &Reach, after: &Reach, asked: &[Box<str>]) -> Vec<String> {
    let vanished = before.agents.difference(&after.agents).count();
    let is_replacement = after.agents.len() >= before.agents.len() && vanished < MANY;
    let mut objections = Vec::new();
    if vanished * 2 > before.agents.len() && !is_replacement {
        objections.push(format!(
            "{vanished} of {} agents can no longer be rung",
            before.agents.len()
        ));
    }
    let mut lost: Vec<_> = asked
        .iter()
        .filter(|queue| before.has_queue(queue) && !after.has_queue(queue))
        .collect();
    lost.sort_unstable();
    objections.extend(lost.iter().map(|queue| {
        format!(
            "queue '{}', asked about within the last hour, no longer reaches anybody",
            queue.escape_debug()
        )
    }));
    objections
}
