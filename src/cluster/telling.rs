//! What this server tells the others of calls, and how far it has heard them. Pure: the time is an argument.
//!
//! A row of the log is what one server learned in one round. On each connection it is another writer, which numbers its rows
//! and commits them one after the other, so whoever keeps one number per writer misses none of them. Facts are joined by the earliest, so a row that is
//! heard twice does no harm: whatever may have been lost is told again, under new numbers.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::facts::ToldFact;

/// How much of what was told is told again on a new connection: a commit whose reply was lost, and what a standby had not
/// got when it took over.
const TOLD_AGAIN: Duration = Duration::from_secs(10);

/// All that is remembered is told again so often: the log keeps an hour, and a call may wait for longer.
const ALL_AGAIN: Duration = Duration::from_mins(20);

/// The same once after a new connection: others may lack what this server heard of those that are no more.
const ALL_AGAIN_IN_DOUBT: Duration = Duration::from_secs(10);

/// Facts in one row.
const MAX_FACTS: usize = 8192;

/// Facts that wait to be told; what is beyond is told with all others, later.
const MAX_WAITING: usize = 262_144;

/// Writers whose last number is kept. What is heard anew of one that was dropped does no harm.
const MAX_HEARD: usize = 1024;

/// What is to be told, and what was heard.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// The number of the last row.
    last: i64,
    waiting: VecDeque<AgedFacts>,
    /// What may not have arrived for good.
    told: VecDeque<AgedFacts>,
    /// The last number of each writer.
    heard: BTreeMap<i64, i64>,
    /// How many facts were dropped.
    dropped: usize,
    /// When all that is remembered was told last.
    last_all: Option<Instant>,
    /// Whether that was on this connection.
    is_settled: bool,
}

/// Facts with their ages at an instant.
#[derive(Clone, Debug)]
struct AgedFacts {
    at: Instant,
    facts: Vec<ToldFact>,
}

impl AgedFacts {
    fn aged(mut self, now: Instant) -> Self {
        let passed = now.saturating_duration_since(self.at).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        for told in &mut self.facts {
            told.fact.age(passed);
        }
        self.at = now;
        self
    }
}

impl Telling {
    /// Takes what was learned at an instant, to be told.
    pub(super) fn learn(&mut self, facts: &[ToldFact], at: Instant) {
        let waiting: usize = self.waiting.iter().map(|aged| aged.facts.len()).sum();
        let taken = facts.get(..MAX_WAITING.saturating_sub(waiting).min(facts.len()));
        let taken = taken.unwrap_or_default();
        self.dropped += facts.len() - taken.len();
        for facts in taken.chunks(MAX_FACTS) {
            let facts = facts.to_vec();
            self.waiting.push_back(AgedFacts { at, facts });
        }
    }

    /// Whether all that is remembered is to be told now, so that it stands in the log for another hour.
    pub(super) fn is_due_to_tell_all(&mut self, now: Instant) -> bool {
        let last = *self.last_all.get_or_insert(now);
        let since = now.saturating_duration_since(last);
        let is_due = since >= ALL_AGAIN || !self.is_settled && since >= ALL_AGAIN_IN_DOUBT;
        if is_due {
            (self.last_all, self.is_settled) = (Some(now), true);
        }
        is_due
    }

    /// The next row: its number, and facts with their ages now. `None`: there is nothing to tell.
    pub(super) fn next_row(&mut self, now: Instant) -> Option<(i64, Vec<ToldFact>)> {
        let row = self.waiting.pop_front()?.aged(now);
        self.last += 1;
        while self
            .told
            .front()
            .is_some_and(|told| now.saturating_duration_since(told.at) > TOLD_AGAIN)
        {
            self.told.pop_front();
        }
        self.told.push_back(row.clone());
        Some((self.last, row.facts))
    }

    /// On a new connection nobody knows which of the last rows have arrived: all of them are told again.
    pub(super) fn reconnected(&mut self, now: Instant) {
        self.is_settled = false;
        self.told
            .retain(|told| now.saturating_duration_since(told.at) <= TOLD_AGAIN);
        while let Some(told) = self.told.pop_back() {
            self.waiting.push_front(told);
        }
    }

    /// A row of another writer has come.
    pub(super) fn hears(&mut self, writer: i64, number: i64) {
        let last = self.heard.entry(writer).or_default();
        *last = number.max(*last);
        while self.heard.len() > MAX_HEARD {
            self.heard.pop_first();
        }
    }

    /// The last number of each writer.
    pub(super) const fn heard(&self) -> &BTreeMap<i64, i64> {
        &self.heard
    }

    /// Whether there is something to tell.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// How many facts were dropped since this was last asked, because too many waited.
    pub(super) const fn take_dropped(&mut self) -> usize {
        std::mem::replace(&mut self.dropped, 0)
    }
}

#[cfg(test)]
#[path = "telling_model.rs"]
mod model;
#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;
