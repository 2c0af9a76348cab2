//! The journal: what was answered to whom, and what was changed in the rules.
//!
//! ```text
//! answer -> Journal::note -> buffer in memory ... every 100 ms ... JournalWriter -> store -> state/journal.db
//! ```
//!
//! An answer waits for nothing here. It takes a lock that is held for nanoseconds, looks whether this call was given
//! this answer before, and if so counts one up. A new answer is copied into a buffer, and nobody is woken: waking the
//! writer for each answer would halve the throughput. The writer comes by every 100 ms and writes what there is in one
//! transaction, together with what call events have told. When the buffer is full, because the disk is slow, full or
//! gone, decisions are dropped and counted.

mod text;
mod buffer;
mod batch;
mod disk;
mod retention;
mod writer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::calls::activity::{Ledger, MAX_CALLERS};
use crate::calls::memory::{CALLS_FILE, CallLog, CallMemory, SeenCall};
use crate::config::JournalConfig;
use crate::store::{DecisionQuery, JournalFile, LastTaken, Outbox, StoreError, TakenCall};
use crate::telemetry::Metrics;
use buffer::Buffer;
use retention::ClockReading;
use routing::call::Call;
use routing::compare::ComparedCall;
use routing::route::Decision;
use routing::snapshot::Snapshot;
use writer::JournalWriter;

pub use batch::{OfferedAgent, offered};

pub use crate::store::JOURNAL_FILE as FILE;

/// How often decisions are written.
const ROUND: Duration = Duration::from_millis(100);

/// How much of the past `longest_idle` and `fewest_calls` look at, and how many calls of it are read after a start.
const LEDGER_SPAN: SignedDuration = SignedDuration::from_hours(24);
const MAX_TAKEN_CALLS: u32 = 200_000;

/// How many of the newest decisions the guard is told of after a start: a day of a small company.
const MAX_RECALLED: u32 = 2_000;

/// After so many rows that were read, others get their turn.
const ROWS_BETWEEN_TURNS: usize = 1_000;

/// How long the last decisions may take to be written when the process ends.
const LAST_ROUND: Duration = Duration::from_secs(2);

/// One answer to one call.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// For how many seconds it has waited.
    pub waited: u32,
    /// When it was answered.
    pub at: Timestamp,
    /// Who is rung, and why.
    pub decision: &'a Decision,
    /// The rules that it was answered by.
    pub snapshot: &'a Snapshot,
    /// The number and the fingerprint of their version.
    pub version: (u64, u64),
    /// What is remembered of the call.
    pub seen: SeenCall<'a>,
}

/// What a journal needs of the server around it.
///
/// The server's rules know the journal, so it must not know them: this is the wall between the two.
pub trait JournalHost: fmt::Debug + Send + Sync {
    /// Whether this server, and no other, writes to the state directory.
    fn may_write(&self) -> bool;
    /// Why decisions cannot be written down, if so; and what else people should know of the journal.
    fn set_journal(&self, fault: Option<String>, notes: Vec<String>);
    /// How many agents there are: more of them take more calls.
    fn agents(&self) -> usize;
    /// A call that was asked about before the start.
    fn recall(&self, call: &ComparedCall, at: Timestamp);
}

/// The journal of a running server.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// What was taken from then on is known without the file.
    began: Timestamp,
    /// `None`: decisions are not recorded.
    buffer: Option<Buffer>,
    ledger: Arc<Ledger>,
    writer: tokio::sync::Mutex<JournalWriter>,
    /// What is learned of calls goes into a file beside the journal.
    calls: Arc<Mutex<CallLog>>,
    host: Arc<dyn JournalHost>,
    metrics: Arc<Metrics>,
}

impl Journal {
    /// A journal of the answers to these calls, which writes to `path` once [`Journal::run`] runs.
    pub fn new(
        config: &JournalConfig,
        path: PathBuf,
        seen: Arc<CallMemory>,
        ledger: Arc<Ledger>,
        host: Arc<impl JournalHost + 'static>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let now = ClockReading {
            at: clock::monotonic(),
            time: clock::now(),
        };
        let writer = JournalWriter::new(path.clone(), config, now);
        let calls = CallLog::new(path.with_file_name(CALLS_FILE), Arc::clone(&seen));
        Self {
            path,
            began: now.time,
            buffer: config
                .enabled
                .then(|| Buffer::new(config.mask_numbers, seen).sampled(config.sample_percent)),
            ledger,
            writer: tokio::sync::Mutex::new(writer),
            calls: Arc::new(Mutex::new(calls)),
            host,
            metrics,
        }
    }

    /// From now on keeps what is written until it was sent on to the journal that several servers share.
    pub async fn share(&self) {
        self.writer.lock().await.share();
    }

    /// What is to be sent on, the oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn outbox(&self) -> Result<Outbox, StoreError> {
        self.writer.lock().await.outbox().await
    }

    /// Pieces up to this one have arrived.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn clear_outbox(&self, seq: i64) -> Result<(), StoreError> {
        self.writer
            .lock()
            .await
            .clear_outbox(Some(seq))
            .await
            .map(drop)
    }

    /// Drops what has waited for longest and is too much; how many pieces.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn limit_outbox(&self) -> Result<u64, StoreError> {
        self.writer.lock().await.clear_outbox(None).await
    }

    /// Notes an answer. Never waits for a disk, and wakes nobody.
    pub fn note(&self, answered: &Answered<'_>) {
        if let Some(buffer) = &self.buffer
            && !buffer.note(answered)
        {
            self.metrics.journal.dropped.inc();
        }
    }

    /// What call events have told; the journal writes down how it changes.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Writes until the process is to end, and meanwhile reads once what the ledger has to know of the time before.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        // Asked before the writer makes one.
        let has_past = tokio::fs::try_exists(&self.path).await.unwrap_or(true);
        let restore = async {
            if has_past {
                shutdown.run_until_cancelled(self.restore()).await;
            }
        };
        tokio::join!(restore, self.write(&shutdown), self.write_calls(&shutdown));
    }

    async fn restore(&self) {
        // Several servers have it in one place, where each call stands once.
        if !self.ledger.is_shared() {
            self.restore_ledger().await;
        }
        match self.recall_calls().await {
            Ok(()) | Err(StoreError::OldJournal { .. }) => {}
            Err(error) => tracing::warn!(%error, "the guard does not know what was asked before"),
        }
    }

    /// Tells the guard of the newest calls before the start.
    /// Fills the ledger with what this server has written down; what cannot be read is said.
    pub async fn restore_ledger(&self) {
        match restore(&self.ledger, &self.path, self.began).await {
            Ok((calls, callers)) => {
                tracing::info!(calls, callers, "the calls that were taken are known again");
            }
            // The first start, or the first of this version.
            Err(StoreError::NoJournal { .. } | StoreError::OldJournal { .. }) => {}
            Err(error) => tracing::warn!(%error, "not all of who took which calls is known again"),
        }
    }

    async fn recall_calls(&self) -> Result<(), StoreError> {
        let mut file = JournalFile::open_to_read(&self.path).await?;
        let newest = DecisionQuery {
            to: Some(self.began),
            limit: Some(MAX_RECALLED),
            ..DecisionQuery::default()
        };
        let newest = file.decisions(&newest).await?;
        file.close().await?;
        in_turns(newest.into_iter().rev(), |row| {
            let call = ComparedCall {
                queue_id: row.queue_id.into(),
                to: row.to.map(Into::into),
                from: row.from.map(Into::into),
            };
            self.host.recall(&call, row.first_at);
        })
        .await;
        Ok(())
    }

    async fn write(&self, shutdown: &CancellationToken) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(rounds.tick()).await.is_some() {
            self.ledger.make_room_for(self.host.agents());
            self.ledger.free_forgotten();
            self.round(false).await;
        }
    }

    /// Not in the rounds of the journal: these can take long, if somebody else holds its file.
    async fn write_calls(&self, shutdown: &CancellationToken) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(rounds.tick()).await.is_some() {
            self.calls_round().await;
        }
    }

    async fn calls_round(&self) {
        if !self.host.may_write() || !lock(&self.calls).has_work(clock::monotonic()) {
            return;
        }
        let calls = Arc::clone(&self.calls);
        let round = move || lock(&calls).round(clock::monotonic(), clock::now());
        if let Err(error) = tokio::task::spawn_blocking(round).await {
            tracing::error!(%error, "what is learned of calls is not written");
        }
    }

    /// Writes what is left and closes the file; to be called when nobody answers any more.
    pub async fn close(&self) {
        if tokio::time::timeout(LAST_ROUND, self.write_rest())
            .await
            .is_err()
        {
            tracing::warn!("decisions or call events are left unwritten, the time to stop is over");
        }
        self.writer.lock().await.close().await;
    }

    /// Writes until nothing is left, however often it takes: somebody else may hold the file for a moment.
    async fn write_rest(&self) {
        self.calls_round().await;
        loop {
            // What an earlier round could not write comes first, and what was noted since after it.
            let was_waiting = self.writer.lock().await.is_waiting();
            self.round(true).await;
            if self.writer.lock().await.is_waiting() {
                tokio::time::sleep(ROUND).await;
            } else if !was_waiting {
                return;
            }
        }
    }

    async fn round(&self, is_last: bool) {
        // Another server's journal is not ours to write; the state directory's own fault says why.
        if !self.host.may_write() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let written = writer
            .round(
                self.buffer.as_ref(),
                &self.ledger,
                &self.metrics.journal,
                is_last,
            )
            .await;
        let mut notes = writer.notes();
        notes.extend(lock(&self.calls).fault().map(str::to_owned));
        self.host.set_journal(written.err(), notes);
    }
}

/// A panic elsewhere leaves the log whole, so its poison is no reason to stop writing.
fn lock(calls: &Mutex<CallLog>) -> MutexGuard<'_, CallLog> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fills a ledger with what a journal has of the time before; returns how many calls of the last day and how many callers
/// there were. Each of the two is read even if the other cannot be.
///
/// # Errors
/// There is no journal, or it cannot be read.
pub async fn restore(
    ledger: &Ledger,
    path: &Path,
    before: Timestamp,
) -> Result<(usize, usize), StoreError> {
    let calls = restore_calls(ledger, path, before).await;
    let callers = restore_callers(ledger, path).await;
    Ok((calls?, callers?))
}

async fn restore_calls(
    ledger: &Ledger,
    path: &Path,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let mut file = JournalFile::open_to_read(path).await?;
    let since = before.checked_sub(LEDGER_SPAN).unwrap_or(Timestamp::MIN);
    let mut calls = file.taken_calls(since, MAX_TAKEN_CALLS).await?;
    let missed = file.missed_rings(since, MAX_TAKEN_CALLS).await?;
    file.close().await?;
    in_turns(missed, |missed| ledger.restore_missed(&missed)).await;
    calls.retain(|taken| taken.answered_at < before);
    Ok(take_calls(ledger, calls, before).await)
}

async fn take_calls(ledger: &Ledger, calls: Vec<TakenCall>, before: Timestamp) -> usize {
    let known = calls.len();
    in_turns(calls, |taken| ledger.restore_call(&taken, before)).await;
    known
}

/// How many calls of how long ago, and how many callers, a ledger is filled with.
pub const LEDGER_PAST: (SignedDuration, u32, u32) = (LEDGER_SPAN, MAX_TAKEN_CALLS, MAX_CALLERS);

/// Fills a ledger with what all servers have written down.
pub async fn restore_shared(
    ledger: &Ledger,
    calls: Vec<TakenCall>,
    last: Vec<LastTaken>,
    before: Timestamp,
) -> usize {
    let known = take_calls(ledger, calls, before).await;
    in_turns(last.into_iter().rev(), |last| ledger.restore_last(&last)).await;
    known
}

async fn restore_callers(ledger: &Ledger, path: &Path) -> Result<usize, StoreError> {
    let mut file = JournalFile::open_to_read(path).await?;
    let last = file.last_taken(MAX_CALLERS).await?;
    file.close().await?;
    let known = last.len();
    // The oldest first: what comes last is remembered for longest.
    in_turns(last.into_iter().rev(), |last| ledger.restore_last(&last)).await;
    Ok(known)
}

/// Does something with each row without keeping others from their turn for long.
async fn in_turns<T>(rows: impl IntoIterator<Item = T>, mut each: impl FnMut(T)) {
    for (place, row) in rows.into_iter().enumerate() {
        each(row);
        if place % ROWS_BETWEEN_TURNS == 0 {
            tokio::task::yield_now().await;
        }
    }
}
