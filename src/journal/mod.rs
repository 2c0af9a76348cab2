//! The journal: what was answered to whom, and what was changed in the rules.
//!
//! ```text
//! answer -> Journal::note -> buffer in memory ... every 100 ms ... Writer -> store -> state/journal.db
//! ```
//!
//! An answer waits for nothing here. It takes a lock that is held for nanoseconds, looks whether this call was given
//! this answer before, and if so counts one up. A new answer is copied into a buffer, and nobody is woken: waking the
//! writer for each answer would halve the throughput. The writer comes by every 100 ms and writes what there is in one
//! transaction. When the buffer is full, because the disk is slow, full or gone, decisions are dropped and counted.

mod buffer;
mod batch;
mod history;
mod recent;
mod writer;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::JournalConfig;
use crate::live::{Live, Served};
use crate::routing::call::Call;
use crate::routing::route::Decision;
use crate::telemetry::Metrics;
use buffer::Buffer;
use writer::Writer;

pub use batch::{OfferedAgent, offered};
pub use history::History;

/// The journal's file in the state directory.
pub const FILE: &str = "journal.db";

/// How often decisions are written.
const ROUND: Duration = Duration::from_millis(100);

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
    /// By which version of the rules.
    pub served: &'a Served,
}

/// The journal of a running server.
#[derive(Debug)]
pub struct Journal {
    /// `None`: decisions are not recorded.
    buffer: Option<Buffer>,
    writer: tokio::sync::Mutex<Writer>,
    live: Arc<Live>,
    metrics: Arc<Metrics>,
}

impl Journal {
    /// A journal that writes to `path` once [`Journal::run`] runs.
    pub fn new(config: &JournalConfig, path: PathBuf, live: Arc<Live>, metrics: Arc<Metrics>) -> Self {
        let writer = Writer::new(path, config.retention(), clock::monotonic());
        Self {
            buffer: config.enabled.then(|| Buffer::new(config.mask_numbers)),
            writer: tokio::sync::Mutex::new(writer),
            live,
            metrics,
        }
    }

    /// Notes an answer. Never waits for a disk, and wakes nobody.
    pub fn note(&self, answered: &Answered<'_>) {
        if let Some(buffer) = &self.buffer
            && !buffer.note(answered)
        {
            self.metrics.journal.dropped.inc();
        }
    }

    /// Writes until the process is to end.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(rounds.tick()).await.is_some() {
            self.round(false).await;
        }
    }

    /// Writes what is left and closes the file; to be called when nobody answers any more.
    pub async fn close(&self) {
        let closed = async {
            self.round(true).await;
            self.writer.lock().await.close().await;
        };
        if tokio::time::timeout(LAST_ROUND, closed).await.is_err() {
            tracing::warn!("the last decisions are not written, the time to stop is over");
        }
    }

    async fn round(&self, is_last: bool) {
        // Another server's journal is not ours to write; the state directory's own fault says why.
        if !self.live.owns_state() {
            return;
        }
        let mut writer = self.writer.lock().await;
        let written = writer.round(self.buffer.as_ref(), &self.metrics.journal, is_last).await;
        self.live.set_journal_fault(written.err());
    }
}
