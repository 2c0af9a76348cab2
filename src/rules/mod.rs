//! From the database to the rules that are served: notices edits, compiles them, and swaps.
//!
//! ```text
//! any editor -> SQLite -> Watcher -> store -> routing::compile -> RulesAuthority (swap) -> Arc<ActiveRules>
//!                                                                   |
//!                                           Keeper -> state (last good copy, PROBLEMS.txt)
//! ```
//!
//! A version with errors is refused as a whole: what was served stays, and [`Status`] says what is wrong. Only when
//! nothing has been served yet is a version with errors better than none; then the rows in error are left out, also of
//! later versions with no more errors than that, until one has none. A version that would leave callers alone is held for a
//! while, or until somebody confirms it.

mod active;
mod authority;
mod compiled_version;
mod guard;
mod held;
mod keeper;
mod notice;
mod recent_calls;
mod shared_verdict;
mod problem_log;
mod start;
mod status;
#[cfg(test)]
mod tests;
mod unkept;
mod upgrade;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use jiff::Timestamp;
use tokio::sync::{Notify, watch as signal};

use crate::facts::{AskedLine, SharedFact};
use crate::journal::JournalHost;
use crate::language::Language;
use crate::state::{HeldRecord, SavedRules};
use crate::store::EditableRows;
use crate::telemetry::Metrics;
use crate::version::VersionInfo;
use active::At;
use compiled_version::CompiledVersion;
use held::Held;
use problem_log::ProblemLog;
use recent_calls::RecentCalls;
use routing::compare::ComparedCall;
use shared_verdict::VerdictsShared;
use unkept::Unkept;

pub use crate::params::CodedSentence;
pub use active::{ActiveRules, Source};
pub use authority::NotHeld;
pub use keeper::Keeper;
pub use shared_verdict::{SharedVerdict, ToldAcceptance, ToldVerdict};
pub use status::{ClusterStatus, HeldVersion, Readiness, ReplicaStatus, StateStatus, Status};
pub use upgrade::upgrade;
pub use watch::{Watcher, condition_remarks};

/// The rules that are served now, and how they stand.
#[derive(Debug)]
pub struct RulesAuthority {
    served: ArcSwap<ActiveRules>,
    standing: Mutex<AuthorityState>,
    recent: RecentCalls,
    /// How long a suspicious version is held.
    hold: Duration,
    changes: signal::Sender<()>,
    unkept: Unkept,
    file_rows: ArcSwapOption<FileRows>,
    /// The rules database was written in this process.
    written: Notify,
    /// The last version that was accepted before the start.
    earlier: OnceLock<VersionInfo>,
    metrics: Arc<Metrics>,
}

/// The rows of the rules database as they were read last, whatever became of them.
#[derive(Debug)]
pub struct FileRows {
    /// What an edit begins with.
    pub editable: EditableRows,
    /// Of all rows, as a version has it.
    pub fingerprint: u64,
    /// The number of the version in PostgreSQL, where the file mirrors one.
    pub mirrored: Option<u64>,
}

/// How far the rules database must have been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadMark {
    /// Up to this line of its log of changes.
    Change(i64),
    /// As a mirror of this version, or of a later one.
    Mirrored(u64),
}

impl FileRows {
    fn reaches(&self, mark: ReadMark) -> bool {
        match mark {
            ReadMark::Change(change) => self.editable.last_change >= change,
            ReadMark::Mirrored(version) => self.mirrored >= Some(version),
        }
    }
}

/// What changes together: every decision about what is served is made under its lock.
#[derive(Debug, Default)]
struct AuthorityState {
    status: Status,
    held: Option<Held>,
    /// What was held before the start, until the rules database has been read.
    recalled: Option<HeldRecord>,
    /// The version that was refused last, by its fingerprint.
    refused: Option<u64>,
    said: ProblemLog,
    /// What is said and heard of versions among servers.
    shared: VerdictsShared,
    /// Since when nobody seems to be in the middle of an edit.
    settled_since: Option<Instant>,
}

impl RulesAuthority {
    /// Serves empty lists until something has been loaded. Suspicious versions will be held for `hold`.
    pub fn new(metrics: Arc<Metrics>, hold: Duration) -> Self {
        let at = At {
            now: clock::now(),
            metrics: &metrics,
        };
        let nothing = ActiveRules::new(0, Source::Nothing, CompiledVersion::default(), at);
        metrics.rules.served_from(Source::Nothing.name());
        Self {
            served: ArcSwap::from_pointee(nothing),
            standing: Mutex::default(),
            recent: RecentCalls::default(),
            hold,
            changes: signal::Sender::new(()),
            unkept: Unkept::default(),
            file_rows: ArcSwapOption::empty(),
            written: Notify::new(),
            earlier: OnceLock::new(),
            metrics,
        }
    }

    /// Numbers the versions after one that was accepted before the start; to be called before any is served.
    pub fn number_after(&self, earlier: VersionInfo) {
        self.earlier.get_or_init(|| earlier);
    }

    /// The version that is served now. Hold it for one request, not longer.
    pub fn served(&self) -> Guard<Arc<ActiveRules>> {
        self.served.load()
    }

    /// Notes a call that was asked about, for the guard. Costs a look into a map.
    pub fn note_call(&self, call: &ComparedCall<'_>, at: Timestamp) {
        self.recent.note(call, at);
    }

    /// From now on, other servers are told which lines are asked about.
    pub fn share_calls(&self) {
        self.recent.tell();
    }

    /// Takes out what other servers are to be told.
    pub fn take_to_tell(&self, now: Timestamp) -> Vec<SharedFact> {
        self.recent.take_to_tell(now)
    }

    /// Takes in that another server was asked about a line.
    pub fn hear_asked(&self, line: &AskedLine, at: Timestamp) {
        self.recent.hear(line, at);
    }

    /// Holds a version on that was held before the start, once it is read again; to be called before anything is read.
    pub fn recall_held(&self, record: HeldRecord) {
        self.lock().recalled = Some(held::recalled(record, clock::now()));
    }

    /// What the next start has to know of the version that is held.
    pub(crate) fn held_record(&self, now: Instant) -> Option<HeldRecord> {
        let standing = self.lock();
        let held = standing.held.as_ref();
        held.map(|held| held.record(now, clock::now()))
            .or_else(|| standing.recalled.clone())
    }

    /// The rows of the rules database as they were read last; nothing if it could not be, or nobody edits here.
    pub fn rows(&self) -> Option<Arc<FileRows>> {
        self.file_rows.load_full()
    }

    /// Waits until the rules database was read and judged as far as that; false if it takes too long.
    pub async fn read_up_to(&self, mark: ReadMark, patience: Duration) -> bool {
        let mut changes = self.changes();
        let is_read = || self.rows().is_some_and(|rows| rows.reaches(mark));
        let waiting = async {
            while !is_read() {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(patience, waiting).await.is_ok() && is_read()
    }

    /// What is wrong, if anything.
    pub fn status(&self) -> Status {
        self.lock().status.clone()
    }

    /// Whether calls can be answered with agents, and what to say about it.
    pub fn readiness(&self) -> Readiness {
        Readiness::of(&self.served(), &self.lock().status)
    }

    /// Wakes up whenever another version is served, or something else is wrong.
    pub fn changes(&self) -> signal::Receiver<()> {
        self.changes.subscribe()
    }

    /// The version that the rules database holds, if it was accepted without errors and is served.
    pub fn accepted(&self) -> Option<VersionInfo> {
        let served = self.served();
        (served.source == Source::Database).then(|| served.info())
    }

    /// The oldest version that is not kept yet, with its rows.
    fn next_unkept(&self) -> Option<(VersionInfo, SavedRules)> {
        self.unkept.pop()
    }

    /// Whether this server, and no other, writes to the state directory.
    pub fn owns_state(&self) -> bool {
        self.lock().status.state.is_ours
    }

    /// The rules database was written: it is looked at soon.
    pub fn rules_written(&self) {
        self.written.notify_one();
    }

    /// How this server stands with PostgreSQL. What is well is said every 50 ms.
    pub fn set_cluster(&self, place: &str, fault: Option<String>) {
        let mut standing = self.lock();
        let cluster = standing.status.cluster.get_or_insert_default();
        if cluster.hears(place, fault) {
            self.settle(&mut standing, clock::monotonic());
        }
    }

    /// Which servers share PostgreSQL, and by how much this one's clock is ahead of it.
    pub fn set_replicas(&self, replicas: Vec<ReplicaStatus>, clock_ms: Option<i64>) {
        let mut standing = self.lock();
        let cluster = standing.status.cluster.get_or_insert_default();
        cluster.replicas = replicas.into();
        cluster.clock_ms = clock_ms;
        self.settle(&mut standing, clock::monotonic());
    }

    /// What people should know of the rules database as a file.
    fn set_file_remarks(&self, remarks: Vec<String>) {
        for remark in &remarks {
            tracing::warn!("the rules database: {remark}");
        }
        self.lock().status.file_remarks = remarks;
    }

    /// What the note for admins says; nothing if all is well.
    fn notice(&self, language: Language) -> Option<String> {
        notice::text(&self.served(), &self.lock().status, language)
    }

    /// For how long nobody has been in the middle of an edit, as far as anybody can see.
    fn settled_for(&self, now: Instant) -> Duration {
        self.lock()
            .settled_since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    fn lock(&self) -> MutexGuard<'_, AuthorityState> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JournalHost for RulesAuthority {
    fn agents(&self) -> usize {
        self.served().snapshot.agents.len()
    }

    fn may_write(&self) -> bool {
        self.owns_state()
    }

    fn set_journal(&self, fault: Option<String>, notes: Vec<String>) {
        let mut standing = self.lock();
        standing.status.journal_notes = notes;
        if standing.status.journal_fault != fault {
            standing.status.journal_fault = fault;
            self.settle(&mut standing, clock::monotonic());
        }
    }

    fn recall(&self, call: &ComparedCall, at: Timestamp) {
        self.note_call(call, at);
    }
}
