//! Writes what is in the buffer and in the ledger, round by round.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::batch::Batch;
use super::buffer::Buffer;
use super::disk::Disk;
use super::retention::{ClockReading, ExpiredShare, Retention};
use super::text::bounded;
use crate::calls::activity::Ledger;
use crate::config::JournalConfig;
use crate::store::{
    DecisionBatch, JournalFile, JournalRoom, MissedRingRow, NewDecision, OldRows, Outbox,
    RepeatedDecision, StoreError, TakenCall,
};
use crate::telemetry::JournalMetrics;
use crate::telemetry::chain;

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
pub(super) struct JournalWriter {
    path: PathBuf,
    disk: Disk,
    retention: Retention,
    file: Option<JournalFile>,
    /// Whether several servers share a journal, to which what is written here is sent on.
    is_shared: bool,
    /// What could not be written yet. While there is something, nothing more is taken out.
    pending: PendingDecisions,
    /// What is too old, before which time, and not deleted yet.
    forgetting: Option<(Timestamp, OldRows)>,
    /// Whether the file has room to give back to the disk.
    gives_back: bool,
    /// Whether a file of an earlier version was looked at, which cannot give room back.
    is_rewritten: bool,
    notes: Notes,
    next_repeated: Instant,
    next_forget: Instant,
    retry: Option<Retry>,
}

/// What people should know, though decisions are written.
#[derive(Debug, Default)]
struct Notes {
    /// The file was gone, and a new one was begun.
    gone: Option<String>,
    /// What is too old is held.
    held: Option<String>,
}

/// What was taken out of the buffer and the ledger.
#[derive(Debug, Default)]
struct PendingDecisions {
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

impl JournalWriter {
    /// A writer that has not opened anything yet.
    pub(super) fn new(path: PathBuf, config: &JournalConfig, now: ClockReading) -> Self {
        Self {
            path,
            disk: Disk::new(config),
            retention: Retention::new(config.retention(), now),
            file: None,
            is_shared: false,
            pending: PendingDecisions::default(),
            forgetting: None,
            gives_back: false,
            is_rewritten: false,
            notes: Notes::default(),
            next_repeated: now.at,
            next_forget: now.at,
            retry: None,
        }
    }

    /// From now on keeps what is written until it was sent on.
    pub(super) const fn share(&mut self) {
        self.is_shared = true;
    }

    /// What is to be sent on; nothing if the journal is not open.
    ///
    /// # Errors
    /// The file cannot be read: it is opened anew with the next round.
    pub(super) async fn outbox(&mut self) -> Result<Outbox, StoreError> {
        let Some(mut file) = self.file.take() else {
            return Ok(Outbox::default());
        };
        let outbox = file.outbox().await?;
        self.file = Some(file);
        Ok(outbox)
    }

    /// That has arrived. Of what waits for too long, the oldest is dropped beyond a part of the journal's room; how much.
    ///
    /// # Errors
    /// As for [`outbox`](Self::outbox).
    pub(super) async fn clear_outbox(&mut self, seq: Option<i64>) -> Result<u64, StoreError> {
        let Some(mut file) = self.file.take() else {
            return Ok(0);
        };
        let dropped = match seq {
            Some(seq) => file.clear_outbox(seq).await.map(|()| 0)?,
            None => file.limit_outbox(self.disk.max_outbox_bytes()).await?,
        };
        self.file = Some(file);
        Ok(dropped)
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
            let missed = ledger.take_missed(clock::now());
            self.collect(buffer, &taken.calls, &missed, now, is_last);
        }
        metrics.lag.set(self.pending.lag(now).as_secs_f64());
        match &self.retry {
            Some(retry) if now < retry.at && !is_last => return Err(retry.fault.clone()),
            _ => {}
        }
        match self.write(buffer, now, metrics).await {
            Ok(()) => {
                metrics.lag.set(0.0);
                self.retry = None;
                Ok(())
            }
            // Somebody else's long transaction, such as the changes of a large version, ends; the lag tells of it.
            Err(StoreError::Busy { .. }) if self.pending.lag(now) < QUIET_LAG => Ok(()),
            Err(error) => {
                let wait = match &self.retry {
                    Some(retry) => (retry.wait * 2).min(LAST_RETRY),
                    None => FIRST_RETRY,
                };
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
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.rows.is_empty()
    }

    /// What people should know, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let Notes { gone, held } = &self.notes;
        gone.iter().chain(held).cloned().collect()
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
        missed: &[MissedRingRow],
        now: Instant,
        is_last: bool,
    ) {
        let (mut new, mut repeated) = (Vec::new(), Vec::new());
        let is_due = now >= self.next_repeated || is_last;
        if is_due {
            self.next_repeated = now + REPEATED_ROUND;
        }
        if let Some(buffer) = buffer {
            if is_due {
                repeated = buffer.take_repeated(is_last);
            }
            new = buffer.take_new();
        }
        self.pending = PendingDecisions::of(&new, &repeated, taken, missed, now);
    }

    /// Writes what was collected, and deletes what is too old or too much. After an error the file is opened anew.
    async fn write(
        &mut self,
        buffer: Option<&Buffer>,
        now: Instant,
        metrics: &JournalMetrics,
    ) -> Result<(), StoreError> {
        let must_look = now >= self.next_forget;
        let has_work = must_look || self.forgetting.is_some() || self.gives_back;
        if self.pending.rows.is_empty() && !has_work && self.file.is_some() {
            return Ok(());
        }
        let room = self.disk.room(&self.path, now).await;
        let file = match self.file.take() {
            Some(file) => file,
            None => self.open(room, now).await?,
        };
        let mut file = self.write_pieces(file, buffer, room, metrics).await?;
        metrics
            .written
            .inc_by(std::mem::take(&mut self.pending).new);
        if must_look {
            self.look(&mut file, now, metrics).await?;
        }
        self.forget(&mut file, metrics).await?;
        self.gives_back = file.give_back(room).await?;
        let size = file.size().await?.total();
        metrics.bytes.set(size.try_into().unwrap_or(i64::MAX));
        self.file = Some(file);
        Ok(())
    }

    async fn open(&mut self, room: JournalRoom, now: Instant) -> Result<JournalFile, StoreError> {
        let mut file = JournalFile::open(&self.path).await?;
        if self.is_shared {
            file = file.with_outbox();
        }
        if !self.is_rewritten {
            self.is_rewritten = true;
            match file.rewrite_if_small(self.disk.free_bytes()).await {
                Ok(false) => {}
                Ok(true) => {
                    tracing::info!("the journal can give room back to the disk from now on");
                }
                Err(error) => {
                    tracing::info!(
                        error = chain(&error),
                        "the journal is not rewritten: it reuses room, but gives none back to the disk"
                    );
                    file = JournalFile::open(&self.path).await?;
                    if self.is_shared {
                        file = file.with_outbox();
                    }
                }
            }
        }
        file.limit_wal(room.wal).await?;
        self.retention.found(file.newest().await?, now);
        Ok(file)
    }

    /// Writes piece by piece. A file that is not where it was is left, and what it was given last is written again.
    async fn write_pieces(
        &mut self,
        mut file: JournalFile,
        buffer: Option<&Buffer>,
        room: JournalRoom,
        metrics: &JournalMetrics,
    ) -> Result<JournalFile, StoreError> {
        // Once a round: a file system may give the same file another number each time.
        let mut is_anew = false;
        while let Some(piece) = self.pending.rows.first() {
            let deleted = file.make_room(room, piece.bytes()).await?;
            metrics.evicted.inc_by(deleted);
            file.write_piece(piece).await?;
            if is_anew || file.is_in_place().await {
                self.pending.rows.remove_first();
                continue;
            }
            is_anew = true;
            file.leave().await;
            self.say_gone(metrics);
            // What it was given before is not in the new file, so each call's next answer is a new one.
            if let Some(buffer) = buffer {
                buffer.forget_given();
            }
            file = self.open(room, clock::monotonic()).await?;
        }
        Ok(file)
    }

    fn say_gone(&mut self, metrics: &JournalMetrics) {
        metrics.gone.inc();
        let path = self.path.display();
        tracing::warn!(%path, "the journal was removed or moved while it was written; a new one is begun");
        self.notes.gone = Some(format!(
            "{path} was removed or moved at {:.0}, and a new one was begun: earlier decisions, and the history that \
             `undo` needs, are where it went",
            clock::now()
        ));
    }

    /// Looks for what is too old.
    async fn look(
        &mut self,
        file: &mut JournalFile,
        now: Instant,
        metrics: &JournalMetrics,
    ) -> Result<(), StoreError> {
        self.next_forget = now + FORGET_ROUND;
        let time = clock::now();
        let old = self.retention.look(ClockReading { at: now, time });
        let rows = file.old_rows(old.before).await?;
        let share = self.retention.share(rows.is_large(), old.is_sure, now);
        self.forgetting = match share {
            ExpiredShare::All => Some((old.before, rows)),
            ExpiredShare::Tenth => Some((old.before, rows.a_tenth())),
            ExpiredShare::Nothing => None,
        };
        let held = if rows.is_large() { rows.rows() } else { 0 };
        metrics.held.set(held.try_into().unwrap_or(i64::MAX));
        self.say_held(held, old.before);
        Ok(())
    }

    fn say_held(&mut self, rows: u64, before: Timestamp) {
        if rows == 0 {
            self.notes.held = None;
            return;
        }
        let sentence = format!(
            "{rows} rows of the journal are too old (before {before:.0}), more than a tenth at once: is the clock \
             right? They are held for a day, then a tenth goes a day; journal.retention_days says how long rows \
             are kept"
        );
        if self.notes.held.is_none() {
            tracing::warn!("{sentence}");
        }
        self.notes.held = Some(sentence);
    }

    /// Deletes some of what is too old.
    async fn forget(
        &mut self,
        file: &mut JournalFile,
        metrics: &JournalMetrics,
    ) -> Result<(), StoreError> {
        let Some((before, rows)) = &mut self.forgetting else {
            return Ok(());
        };
        metrics.expired.inc_by(file.forget(*before, rows).await?);
        if rows.rows() == 0 {
            self.forgetting = None;
        }
        Ok(())
    }
}

impl PendingDecisions {
    fn of(
        new: &[Batch],
        repeated: &[RepeatedDecision],
        taken: &[TakenCall],
        missed: &[MissedRingRow],
        now: Instant,
    ) -> Self {
        let decisions: Vec<NewDecision<'_>> = new.iter().flat_map(Batch::decisions).collect();
        let taken: Vec<TakenCall> = taken.iter().map(bounded_call).collect();
        let missed: Vec<MissedRingRow> = missed.iter().map(bounded_ring).collect();
        let rows = DecisionBatch::new(&decisions, repeated);
        let rows = rows.with_taken(&taken).with_missed(&missed);
        let since = (!rows.is_empty()).then_some(now);
        Self {
            rows,
            new: u64::try_from(decisions.len()).unwrap_or(u64::MAX),
            since,
        }
    }

    /// For how long it has been waiting to be written, whatever it is: while it waits, nothing more is taken out.
    fn lag(&self, now: Instant) -> Duration {
        match self.since {
            Some(since) => now.duration_since(since),
            None => Duration::ZERO,
        }
    }
}

/// The ring's call as decisions have it.
fn bounded_ring(missed: &MissedRingRow) -> MissedRingRow {
    MissedRingRow {
        call_id: bounded(&missed.call_id).into_owned(),
        agent: bounded(&missed.agent).into_owned(),
        ..*missed
    }
}

/// The call as decisions have it.
fn bounded_call(taken: &TakenCall) -> TakenCall {
    TakenCall {
        call_id: bounded(&taken.call_id).into_owned(),
        agent: bounded(&taken.agent).into_owned(),
        from: taken.from.as_deref().map(|from| bounded(from).into_owned()),
        ..*taken
    }
}
