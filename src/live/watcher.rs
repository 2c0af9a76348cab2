//! Notices edits by whoever makes them, and loads the rules when the editor has finished.
//!
//! The files' `stat` is looked at every 50 ms: it costs a microsecond and takes no lock. Reading right after a commit
//! would get in the way of a script that commits again (SQLite's readers hold off writers), so a change is read only
//! when nothing has changed for 300 ms, or after 1.2 s at most.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::stamp::{Identity, Stamp};
use super::{Candidate, Live};
use crate::clock;
use crate::store::{Reader, StoreError};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How long nothing must have changed before the rows are read.
const QUIET: Duration = Duration::from_millis(300);

/// How long a busy editor can put the reading off.
const PATIENCE: Duration = Duration::from_millis(1200);

/// How long to wait before the next try after a failure: doubled each time, up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// Keeps [`Live`] up with the rules database.
#[derive(Debug)]
pub struct Watcher {
    path: PathBuf,
    live: Arc<Live>,
    connection: Option<Connection>,
    /// The files as they were when they were last read.
    loaded: Stamp,
    pending: Option<Pending>,
    retry: Option<(Instant, Duration)>,
}

/// The dedicated connection, and the file that it was opened on.
#[derive(Debug)]
struct Connection {
    reader: Reader,
    identity: Option<Identity>,
    data_version: Option<i64>,
}

/// A change that has been noticed, but not read yet.
#[derive(Clone, Debug)]
struct Pending {
    first: Instant,
    last: Instant,
    stamp: Stamp,
}

impl Pending {
    /// Whether the editor seems to have finished, or has taken long enough.
    fn is_due(&self, now: Instant) -> bool {
        let is_quiet = now.duration_since(self.last) >= QUIET && !self.stamp.has_journal;
        is_quiet || now.duration_since(self.first) >= PATIENCE
    }
}

impl Watcher {
    /// A watcher that has not read anything yet.
    pub fn new(path: PathBuf, live: Arc<Live>) -> Self {
        Self { path, live, connection: None, loaded: Stamp::default(), pending: None, retry: None }
    }

    /// Loads the rules for the first time. What goes wrong is in the status; later rounds try again.
    pub async fn load_first(&mut self) {
        self.load_and_report().await;
    }

    /// Watches until the process is to end.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
            self.look().await;
            self.live.served().moment(clock::now());
            self.live.remind();
        }
    }

    /// Looks at the files once, and reads them if it is time.
    async fn look(&mut self) {
        let now = clock::monotonic();
        let stamp = Stamp::of(&self.path);
        if let Some(pending) = &mut self.pending {
            if pending.stamp.differs(&stamp) {
                pending.last = now;
            }
            pending.stamp = stamp;
        } else if stamp.differs(&self.loaded) {
            self.pending = Some(Pending { first: now, last: now, stamp });
        }
        let is_due = self.pending.as_ref().is_some_and(|pending| pending.is_due(now));
        let retries = self.retry.is_some_and(|(at, _)| now >= at);
        if is_due || retries {
            self.load_and_report().await;
        }
    }

    async fn load_and_report(&mut self) {
        self.pending = None;
        match self.load().await {
            Ok(()) => self.retry = None,
            Err(error) => {
                self.connection = None;
                let wait = self.retry.map_or(FIRST_RETRY, |(_, wait)| (wait * 2).min(LAST_RETRY));
                self.retry = Some((clock::monotonic() + wait, wait));
                self.live.fault(&chain(&error));
            }
        }
    }

    async fn load(&mut self) -> Result<(), StoreError> {
        let stamp = Stamp::of(&self.path);
        let connection = self.connection(&stamp).await?;
        let loaded = connection.reader.load().await?;
        connection.data_version = Some(loaded.data_version);
        self.loaded = stamp;
        let compiling = tokio::task::spawn_blocking(move || Candidate::of(&loaded.tables));
        match compiling.await {
            Ok(candidate) => self.live.judge(candidate),
            Err(panic) => self.live.fault(&format!("the rules could not be compiled, please report this: {panic}")),
        }
        Ok(())
    }

    /// The open connection, or a fresh one where the old one cannot know of the change: the file is another one, or
    /// its bytes changed without a commit. A fresh one is checked for damage first.
    async fn connection(&mut self, stamp: &Stamp) -> Result<&mut Connection, StoreError> {
        let kept = match self.connection.take() {
            Some(mut connection) if connection.identity == stamp.identity() => {
                let data_version = connection.reader.data_version().await?;
                (connection.data_version != Some(data_version)).then_some(connection)
            }
            _ => None,
        };
        let connection = if let Some(connection) = kept {
            connection
        } else {
            let mut reader = Reader::open(&self.path).await?;
            reader.check_pages().await?;
            Connection { reader, identity: stamp.identity(), data_version: None }
        };
        Ok(self.connection.insert(connection))
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an instant can only be read from the clock")]
mod tests {
    use super::*;

    fn pending(has_journal: bool) -> (Instant, Pending) {
        let start = Instant::now();
        let mut stamp = Stamp::default();
        stamp.has_journal = has_journal;
        (start, Pending { first: start, last: start, stamp })
    }

    #[test]
    fn a_change_is_read_when_nothing_has_changed_for_a_while() {
        let (start, mut pending) = pending(false);
        assert!(!pending.is_due(start + Duration::from_millis(299)));
        assert!(pending.is_due(start + Duration::from_millis(300)));
        pending.last = start + Duration::from_millis(200);
        assert!(!pending.is_due(start + Duration::from_millis(499)));
    }

    #[test]
    fn a_commit_in_progress_is_waited_for_but_not_for_ever() {
        let (start, mut pending) = pending(true);
        assert!(!pending.is_due(start + Duration::from_millis(1199)));
        assert!(pending.is_due(start + Duration::from_millis(1200)));
        pending.last = start + Duration::from_millis(1100);
        assert!(pending.is_due(start + Duration::from_millis(1200)));
    }
}
