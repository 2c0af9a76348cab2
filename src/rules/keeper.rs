//! Keeps the server's own directory up with what is served: the last good copy, and the note for admins.
//!
//! All of it happens in the background, after the swap, and nothing here can keep a call or an edit waiting.

use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::RulesAuthority;
use super::status::StateStatus;
use crate::language::Language;
use crate::state::{HeldRecord, Kept, State, StateError};
use crate::store::StoreError;
use crate::telemetry::chain;
use crate::version::VersionInfo;

/// How often the directory is looked at even if nothing happens: another server may have let go of it.
const LOOK: Duration = Duration::from_millis(250);

/// How long nobody must have edited anything before a copy is made: like all reading, it can make a commit fail.
const QUIET: Duration = Duration::from_secs(1);

/// How long people who edit on and on can put the copy off. Longer than a script usually takes, as each of its
/// statements could meet the copying.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait before a copy is tried again that could not be made.
const RETRY: Duration = Duration::from_secs(10);

/// The same if other rows stand in the database by now: they were refused or are held, and may stay for long.
const RETRY_MOVED_ON: Duration = Duration::from_mins(1);

/// How often it is written down for how long a held version has stood.
const HELD_ROUND: Duration = Duration::from_secs(5);

/// Writes to the state directory.
#[derive(Debug)]
pub struct Keeper {
    state: Arc<State>,
    rules: PathBuf,
    live: Arc<RulesAuthority>,
    /// The version in the last good copy, once that has been looked at.
    kept: Option<VersionInfo>,
    is_checked: bool,
    /// Nothing was ever copied here. The first copy is not put off: an edit before it could not be undone.
    is_first: bool,
    /// Since when what is served is not what was copied.
    missing_since: Option<Instant>,
    /// Why there is no copy, and when to try again.
    fault: Option<String>,
    not_before: Instant,
    /// What is written down of the version that is held, once that is known.
    held: Option<HeldRecord>,
    is_held_written: bool,
    /// Of the note for admins.
    language: Language,
}

impl Keeper {
    /// A keeper of copies of the database `rules`.
    pub fn new(state: Arc<State>, rules: PathBuf, live: Arc<RulesAuthority>) -> Self {
        let not_before = clock::monotonic();
        Self {
            state,
            rules,
            live,
            kept: None,
            is_checked: false,
            is_first: false,
            missing_since: None,
            fault: None,
            not_before,
            held: None,
            is_held_written: false,
            language: Language::En,
        }
    }

    /// The note for admins in this language; else it is in English.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Keeps copies until the process is to end, and what was accepted by then.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut changes = self.live.changes();
        loop {
            self.keep_unkept().await;
            let round = async {
                self.round().await;
                // The end of the time is one reason to go on, a change the other.
                drop(tokio::time::timeout(LOOK, changes.changed()).await);
            };
            if shutdown.run_until_cancelled(round).await.is_none() {
                return self.keep_unkept().await;
            }
        }
    }

    /// Does what there is to do now.
    pub(super) async fn round(&mut self) {
        let fault = match self.state.claim() {
            Ok(()) => {
                // ProblemLog before the copy is made: the journal waits for the directory, not for a copy.
                self.tell(self.fault.clone());
                self.write().await
            }
            Err(error) => {
                // Whoever holds it now may put another copy there.
                self.is_checked = false;
                Some(chain(&error))
            }
        };
        self.tell(fault);
        self.write_held().await;
        if self.state.is_ours()
            && let Err(error) = self.state.notice(self.live.notice(self.language)).await
        {
            tracing::debug!(
                error = chain(&error),
                "the note for admins cannot be written"
            );
        }
    }

    /// Writes down what is held, when that changes, and now and then how long it has stood.
    async fn write_held(&mut self) {
        let held = self.live.held_record(clock::monotonic());
        let is_written = match (&self.held, &held) {
            (Some(written), Some(held)) => {
                written.fingerprint == held.fingerprint
                    && held.stood.saturating_sub(written.stood) < HELD_ROUND
            }
            (None, None) => self.is_held_written,
            _ => false,
        };
        if is_written || !self.state.is_ours() {
            return;
        }
        match self.state.put_held(held.clone()).await {
            Ok(()) => (self.held, self.is_held_written) = (held, true),
            Err(error) => tracing::debug!(
                error = chain(&error),
                "the version that is held cannot be written down"
            ),
        }
    }

    fn tell(&self, fault: Option<String>) {
        let (directory, is_ours) = (self.state.directory().to_owned(), self.state.is_ours());
        self.live.set_state(StateStatus {
            directory,
            is_ours,
            last_good: self.kept,
            fault,
        });
    }

    /// Makes the copy that is missing. Returns what is wrong.
    async fn write(&mut self) -> Option<String> {
        if !self.is_checked {
            self.check().await;
        }
        let now = clock::monotonic();
        let missing = self
            .live
            .accepted()
            .filter(|version| !self.is_kept(version));
        self.missing_since = missing.map(|_| self.missing_since.unwrap_or(now));
        let has_waited = self
            .missing_since
            .is_some_and(|since| now.duration_since(since) >= PATIENCE);
        let settled_for = self.live.settled_for(now);
        let is_quiet = settled_for >= QUIET || (self.is_first && !settled_for.is_zero());
        let is_time = now >= self.not_before && (has_waited || is_quiet);
        if let Some(version) = missing.filter(|_| is_time) {
            let kept = self.state.keep(&self.rules, version).await;
            self.note(kept, now);
            if mem::take(&mut self.is_first) {
                // If somebody was faster, the next copy is made like any other.
                self.not_before = now;
            }
        }
        self.fault.clone()
    }

    /// Keeps what was saved when it was read, version by version. Nobody's lock is in the way of that.
    async fn keep_unkept(&mut self) {
        while let Some((version, saved)) = self.live.next_unkept() {
            if !self.is_checked {
                self.check().await;
            }
            if !self.is_kept(&version) {
                let kept = self.state.keep_saved(&saved, version).await;
                self.note(kept, clock::monotonic());
            }
        }
    }

    fn note(&mut self, kept: Result<Kept, StateError>, now: Instant) {
        match kept {
            Ok(Kept::Copy {
                copy,
                removed_backups,
            }) => {
                let removed = u64::try_from(removed_backups).unwrap_or(u64::MAX);
                self.live.metrics.rules.removed_backups.inc_by(removed);
                tracing::info!(version = %copy.version, "the last good copy is made");
                self.kept = Some(copy.version);
                self.fault = None;
            }
            Ok(Kept::MovedOn) => self.not_before = now + RETRY_MOVED_ON,
            Err(StateError::Copy(StoreError::Busy { .. })) => {}
            Err(error) => {
                self.fault = Some(chain(&error));
                self.not_before = now + RETRY;
            }
        }
    }

    /// Looks what copy there is.
    async fn check(&mut self) {
        let found = self.state.last_good().await;
        self.is_checked = true;
        self.is_first = !self.state.has_history();
        self.fault = found.as_ref().err().map(|error| chain(error));
        self.kept = found.ok().flatten().map(|copy| copy.version);
    }

    /// Whether the copy is of this version. Of the same rows under an earlier number it is made again: versions are
    /// counted on from its number after the next start.
    fn is_kept(&self, version: &VersionInfo) -> bool {
        let same = |kept: VersionInfo| {
            (kept.fingerprint, kept.number) == (version.fingerprint, version.number)
        };
        self.kept.is_some_and(same) && self.state.has_last_good()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RuleTests;
    use crate::rules::compiled_version::CompiledVersion;
    use crate::store::{self, Content, Reader};
    use crate::telemetry::Metrics;

    #[tokio::test]
    async fn only_the_first_copy_of_all_is_made_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let rules = directory.path().join("rules.db");
        store::create(&rules, Content::Demo).await.unwrap();
        let live = Arc::new(RulesAuthority::new(
            Arc::new(Metrics::new()),
            Duration::from_mins(1),
        ));
        let state = Arc::new(State::new(directory.path().join("state"), 1));
        let mut keeper = Keeper::new(Arc::clone(&state), rules.clone(), Arc::clone(&live));
        let mut reader = Reader::open(&rules).await.unwrap();
        let tables = reader.load().await.unwrap().tables;
        live.judge(
            CompiledVersion::of(&tables, RuleTests::Refuse),
            clock::monotonic(),
        );
        keeper.round().await;
        assert!(
            !state.has_last_good(),
            "somebody may be in the middle of an edit"
        );
        live.tick(true, clock::monotonic());
        keeper.round().await;
        assert!(state.has_last_good());
        let kept = keeper.kept.unwrap();
        let again = VersionInfo {
            number: kept.number + 2,
            ..kept
        };
        assert!(
            keeper.is_kept(&kept) && !keeper.is_kept(&again),
            "its number would be given to other rows"
        );
        std::fs::remove_file(state.directory().join("last-good.db")).unwrap();
        live.tick(false, clock::monotonic());
        live.tick(true, clock::monotonic());
        keeper.round().await;
        assert!(
            !state.has_last_good(),
            "a later copy waits until nobody has edited for some time"
        );
    }
}
