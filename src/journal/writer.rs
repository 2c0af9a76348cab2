//! Writes what is in the buffer and in the ledger, round by round.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::batch::Batch;
use super::buffer::Buffer;
use crate::activity::Ledger;
use crate::clock;
use crate::live::chain;
use crate::store::{
    DecisionBatch, JournalFile, NewDecision, RepeatedDecision, StoreError, TakenCall,
};
use crate::telemetry::JournalMetrics;

/// How often answers that were given again are written down. They only add to rows that are there.
const REPEATED_ROUND: Duration = Duration::from_secs(1);

/// How often it is looked for rows that are too old.
const FORGET_ROUND: Duration = Duration::from_mins(10);

/// How long to wait before the next try after a failure: doubled each time, up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// For how long a locked journal is nothing to speak of.
const QUIET_LAG: Duration = Duration::from_mins(1);

/// The one who writes.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    retention: SignedDuration,
    file: Option<JournalFile>,
    /// What could not be written yet. While there is something, nothing more is taken out.
    pending: Pending,
    next_repeated: Instant,
    next_forget: Instant,
    retry: Option<Retry>,
}

/// What was taken out of the buffer and the ledger.
#[derive(Debug, Default)]
struct Pending {
    rows: DecisionBatch,
    /// How many new decisions there are.
    new: u64,
    /// When all of it was taken out; `None` if there is nothing.
    since: Option<Instant>,
}

/// When to try again, and why it has to be.
#[derive(Clone, Debug)]
struct Retry {
    at: Instant,
    wait: Duration,
    fault: String,
}

impl Writer {
    /// A writer that has not opened anything yet.
    pub(super) fn new(path: PathBuf, retention: SignedDuration, now: Instant) -> Self {
        let pending = Pending::default();
        Self {
            path,
            retention,
            file: None,
            pending,
            next_repeated: now,
            next_forget: now,
            retry: None,
        }
    }

    /// Writes what there is. The last round does not wait for any time to come.
    ///
    /// # Errors
    /// Why it cannot be written, as a sentence. It is kept and tried again.
    pub(super) async fn round(
        &mut self,
        buffer: Option<&Buffer>,
        ledger: &Ledger,
        metrics: &JournalMetrics,
        is_last: bool,
    ) -> Result<(), String> {
        let now = clock::monotonic();
        if !self.is_waiting() {
            let taken = ledger.take_changes();
            metrics.dropped.inc_by(taken.dropped);
            self.collect(buffer, &taken.calls, now, is_last);
        }
        metrics.lag.set(self.pending.lag(now).as_secs_f64());
        match &self.retry {
            Some(retry) if now < retry.at && !is_last => return Err(retry.fault.clone()),
            _ => {}
        }
        match self.write(now, metrics).await {
            Ok(()) => {
                metrics.lag.set(0.0);
                self.retry = None;
                Ok(())
            }
            // Somebody else's long transaction, such as the changes of a large version, ends; the lag tells of it.
            Err(StoreError::Busy { .. }) if self.pending.lag(now) < QUIET_LAG => Ok(()),
            Err(error) => {
                self.file = None;
                let wait = self
                    .retry
                    .as_ref()
                    .map_or(FIRST_RETRY, |retry| (retry.wait * 2).min(LAST_RETRY));
                let fault = chain(&error);
                self.retry = Some(Retry {
                    at: clock::monotonic() + wait,
                    wait,
                    fault: fault.clone(),
                });
                Err(fault)
            }
        }
    }

    /// Whether there is something that could not be written yet.
    pub(super) const fn is_waiting(&self) -> bool {
        !self.pending.rows.is_empty()
    }

    /// Closes the file.
    pub(super) async fn close(&mut self) {
        let Some(file) = self.file.take() else { return };
        if let Err(error) = file.close().await {
            tracing::warn!(error = chain(&error), "the journal is not closed");
        }
    }

    fn collect(
        &mut self,
        buffer: Option<&Buffer>,
        taken: &[TakenCall],
        now: Instant,
        is_last: bool,
    ) {
        let repeated = if now >= self.next_repeated || is_last {
            self.next_repeated = now + REPEATED_ROUND;
            buffer
                .map(|buffer| buffer.take_repeated(is_last))
                .unwrap_or_default()
        } else {
            Vec::new()
        };
        let new = buffer.map(Buffer::take_new).unwrap_or_default();
        self.pending = Pending::of(&new, &repeated, taken, now);
    }

    /// Writes what was collected, counts it, and drops what is too old.
    async fn write(&mut self, now: Instant, metrics: &JournalMetrics) -> Result<(), StoreError> {
        let is_idle = self.pending.rows.is_empty();
        let must_forget = now >= self.next_forget;
        if is_idle && !must_forget && self.file.is_some() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(JournalFile::open(&self.path).await?),
        };
        if !is_idle {
            file.write(&self.pending.rows).await?;
        }
        metrics
            .written
            .inc_by(std::mem::take(&mut self.pending).new);
        if must_forget {
            let before = clock::now()
                .checked_sub(self.retention)
                .unwrap_or(Timestamp::MIN);
            if file.forget(before).await? < JournalFile::FORGOTTEN_AT_ONCE {
                self.next_forget = now + FORGET_ROUND;
            }
        }
        Ok(())
    }
}

impl Pending {
    fn of(new: &[Batch], repeated: &[RepeatedDecision], taken: &[TakenCall], now: Instant) -> Self {
        let decisions: Vec<NewDecision<'_>> = new.iter().flat_map(Batch::decisions).collect();
        let rows = DecisionBatch::new(&decisions, repeated).with_taken(taken);
        let since = (!rows.is_empty()).then_some(now);
        Self {
            rows,
            new: u64::try_from(decisions.len()).unwrap_or(u64::MAX),
            since,
        }
    }

    /// For how long it has been waiting to be written, whatever it is: while it waits, nothing more is taken out.
    fn lag(&self, now: Instant) -> Duration {
        self.since
            .map_or(Duration::ZERO, |since| now.duration_since(since))
    }
}
