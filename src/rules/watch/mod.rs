//! Notices edits by whoever makes them, and reads the rules when the editor has finished.
//!
//! The files' `stat` is looked at every 25 ms: it costs some microseconds and takes no lock. [`ReadSchedule`] says when to read. One
//! connection is kept for that; it is given up after any error, and when it cannot know of a change: another file
//! stands there, or its bytes have changed without a commit.
//!
//! ```text
//! commit        -> 0.1 s of quiet -> read -> judge -> look for damage, and say what was found
//! other bytes   -> 1 s of quiet, as long as the header says -> look for damage, indexes too -> read -> judge
//! ```
//!
//! A file that takes long to read is copied aside first, by SQLite and in pieces: nobody who edits it meets a lock.

mod file_remarks;
mod file_stamp;
mod page_check;
mod read_schedule;
mod reading;
mod stat_thread;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::RulesAuthority;
use super::compiled_version::{Compile, CompiledVersion};
use crate::background;
use crate::config::{DatabaseConfig, RuleTests};
use crate::state::State;
use crate::store::{LoadBudget, Reader, StoreError, TablePages};
use file_remarks::FileRemarks;
pub use file_remarks::condition_remarks;
use file_stamp::{FileIdentity, Stamp};
use page_check::{CHECK_AT_LEAST, PageCheck};
use read_schedule::{Next, ReadSchedule};
use routing::compile::Unread;
use routing::table::{RowsMark, Table, Tables};
use stat_thread::{NoStamp, StatThread};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(25);

/// How often a mirror is looked at that nobody has said to be written.
const REST: Duration = Duration::from_secs(1);

/// How long the first reading may take before that is said.
const FIRST_READ: Duration = Duration::from_secs(3);

/// How long somebody's lock is nothing to speak of: an import may take its time.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);

/// Keeps [`RulesAuthority`] up with the rules database.
#[derive(Debug)]
pub struct Watcher {
    path: PathBuf,
    rule_tests: RuleTests,
    live: Arc<RulesAuthority>,
    looker: StatThread,
    connection: Option<Connection>,
    pace: ReadSchedule,
    compile: Compile,
    /// Where what was read is saved.
    state: Option<Arc<State>>,
    readings: u64,
    /// When that can be tried again after a failure.
    save_from: Option<Instant>,
    budget: LoadBudget,
    /// Whether somebody edits in this program.
    for_edits: bool,
    /// Whether whoever writes the database says so, so that it is looked at seldom otherwise.
    rests: bool,
    /// Where a copy to read from is made.
    draft: Option<PathBuf>,
    /// Bytes have come without a commit, or damage was found, and the whole file was not found sound since.
    is_unchecked: bool,
    /// The look through what was read last, while it goes on.
    check: Option<PageCheck>,
    /// Where the tables stood in a copy that was read.
    table_pages: Option<Arc<TablePages>>,
    /// Since when no such look has come to its end, if one has begun.
    unchecked_since: Option<Instant>,
    remarks: FileRemarks,
}

/// The dedicated connection, and the files that it was opened on.
///
/// It goes from thread to thread but is never shared, so whatever waits for something takes `&mut self`.
#[derive(Debug)]
struct Connection {
    reader: Reader,
    identity: FileIdentity,
    data_version: i64,
}

/// What came of compiling.
enum Compiling {
    /// A version, and the marks of its rows.
    Done(Box<CompiledVersion>, Vec<RowsMark>),
    /// These tables have to be read as well.
    Needs(BTreeSet<Table>, Tables),
}

/// Why there is no candidate.
#[derive(Debug)]
enum ReadTrouble {
    Store(StoreError),
    /// Nobody can say how the files are.
    NoStamp(NoStamp),
    /// Our own mistake.
    Compiler(background::Failed),
}

impl Watcher {
    /// A watcher that has not read anything yet.
    pub fn new(path: PathBuf, rule_tests: RuleTests, live: Arc<RulesAuthority>) -> Self {
        let pace = ReadSchedule::new(clock::monotonic());
        let looker = StatThread::new(path.clone());
        Self {
            path,
            rule_tests,
            live,
            looker,
            connection: None,
            pace,
            compile: CompiledVersion::after,
            state: None,
            readings: 0,
            save_from: None,
            budget: LoadBudget::from(&DatabaseConfig::default()),
            for_edits: false,
            rests: false,
            draft: None,
            is_unchecked: true,
            check: None,
            table_pages: None,
            unchecked_since: None,
            remarks: FileRemarks::new(DatabaseConfig::default().changes_lines),
        }
    }

    /// The same watcher, which saves what it reads in a directory of ours.
    #[must_use]
    pub fn saving(mut self, state: Arc<State>) -> Self {
        self.state = Some(state);
        self
    }

    /// The same watcher, which reads no more than it may, and makes its copies in the directory of the state.
    #[must_use]
    pub fn reading(mut self, config: &DatabaseConfig) -> Self {
        self.budget = LoadBudget::from(config);
        self.remarks = FileRemarks::new(config.changes_lines);
        self.draft = Some(
            config
                .state
                .join(format!("reading-{}.db", std::process::id())),
        );
        self
    }

    /// The same watcher, which also reads what an edit begins with.
    #[must_use]
    pub const fn for_edits(mut self, for_edits: bool) -> Self {
        self.for_edits = for_edits;
        self
    }

    /// The same watcher of a mirror, one of many: between edits it looks only when the mirror was written, or a second has
    /// passed.
    #[must_use]
    pub const fn resting(mut self, rests: bool) -> Self {
        self.rests = rests;
        self
    }

    /// Reads the rules for the first time. What is wrong is said at once; later rounds try again.
    ///
    /// Where no copy is served, rows in error are left out: what is right of them is better than nothing.
    pub async fn start(&mut self) {
        let live = Arc::clone(&self.live);
        let (stamp, read) = {
            let mut reading = std::pin::pin!(self.read_first());
            match tokio::time::timeout(FIRST_READ, &mut reading).await {
                Ok(read) => read,
                Err(_elapsed) => {
                    live.fault(&format!(
                        "reading it has taken longer than {} s, and goes on",
                        FIRST_READ.as_secs()
                    ));
                    reading.await
                }
            }
        };
        self.report(read, stamp, Duration::ZERO).await;
    }

    async fn read_first(&mut self) -> (Stamp, Result<CompiledVersion, ReadTrouble>) {
        match self.looker.stamp().await {
            Ok(stamp) => (stamp.clone(), Box::pin(self.read(&stamp)).await),
            Err(no_stamp) => (Stamp::default(), Err(ReadTrouble::NoStamp(no_stamp))),
        }
    }

    /// Watches until the process is to end, whatever it waits for then.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let watching = async {
            self.start().await;
            loop {
                if self.rests && self.pace.is_settled() {
                    let written = self.live.written.notified();
                    drop(tokio::time::timeout(REST, written).await);
                } else {
                    looks.tick().await;
                }
                self.look().await;
                self.live.metrics.rules.looks.inc();
                self.live.served().moment(clock::now());
                self.live.tick(self.pace.is_settled(), clock::monotonic());
            }
        };
        shutdown.run_until_cancelled(watching).await;
    }

    /// Looks at the files once, and reads them if it is time.
    async fn look(&mut self) {
        self.hear_check();
        let stamp = match self.looker.stamp().await {
            Ok(stamp) => stamp,
            Err(no_stamp) => {
                return self
                    .report(
                        Err(ReadTrouble::NoStamp(no_stamp)),
                        Stamp::default(),
                        Duration::ZERO,
                    )
                    .await;
            }
        };
        let remarks = self
            .remarks
            .look(stamp.has_journal, clock::now(), &self.live.served());
        if let Some(remarks) = remarks {
            self.live.set_file_remarks(remarks);
        }
        let next = self.pace.look(stamp.clone(), clock::monotonic());
        let is_due = match next {
            Next::Wait => false,
            Next::Read => self.has_changed(&stamp).await,
            // Commits to a write-ahead log show in `stat`.
            Next::Ask => !self.remarks.condition.is_wal && self.has_commit().await,
        };
        if is_due {
            self.is_unchecked |= self.pace.is_foreign();
            self.end_check().await;
            let read = Box::pin(self.read(&stamp)).await;
            self.report(read, stamp, BUSY_PATIENCE).await;
        } else if next == Next::Read {
            self.pace.read(stamp, clock::monotonic());
        }
    }

    /// Whether SQLite knows of a commit that has not been read. A connection that does not say is given up.
    async fn has_commit(&mut self) -> bool {
        let Some(mut connection) = self.connection.take() else {
            return true;
        };
        let Ok(data_version) = connection.reader.data_version().await else {
            return true;
        };
        let is_news = data_version != connection.data_version;
        self.connection = Some(connection);
        is_news
    }

    /// Whether there may be other rows. Gives the connection up where it cannot know.
    async fn has_changed(&mut self, stamp: &Stamp) -> bool {
        let is_same_file = match &self.connection {
            Some(connection) => connection.identity.may_be(stamp),
            None => false,
        };
        let has_commit = is_same_file && self.has_commit().await;
        if !has_commit {
            // Bytes that have changed without a commit are not what the connection has in its memory.
            if is_same_file && self.pace.has_same_main(stamp) {
                return false;
            }
            self.is_unchecked |= is_same_file;
            self.close().await;
        }
        true
    }

    /// Takes note of what the look through the pages has found, if it is over. Damage is said, and nothing is accepted any
    /// more until the whole file is sound.
    fn hear_check(&mut self) {
        let Some(check) = &mut self.check else {
            return;
        };
        if let Some(noted) = check.noted_by_now() {
            self.table_pages = Some(noted);
        }
        if let Some(found) = check.found_by_now() {
            self.note_check(found);
        }
    }

    /// Another version is to be read: it holds the same pages, so it will be looked through in this one's place. Where
    /// edits leave no time for that, one of them waits for it. Where the tables stand is always waited for, as reading
    /// them all takes longer.
    async fn end_check(&mut self) {
        let now = clock::monotonic();
        if let Some(check) = &mut self.check
            && let Some(noted) = check.noted().await
        {
            self.table_pages = Some(noted);
        }
        if let Some(check) = &mut self.check
            && let Some(since) = self.unchecked_since
            && now.duration_since(since) >= CHECK_AT_LEAST
        {
            let found = check.found().await;
            self.note_check(found);
        }
        self.check = None;
    }

    fn note_check(&mut self, found: Result<(), StoreError>) {
        self.unchecked_since = None;
        if let (Some(check), Err(error)) = (self.check.take(), found) {
            self.is_unchecked = true;
            self.connection = None;
            self.pace.failed(check.stamp, clock::monotonic());
            self.live.fault(&ReadTrouble::Store(error).to_string());
        }
    }

    /// Has a candidate judged, or says why there is none, if that has gone on for longer than `patience`.
    async fn report(
        &mut self,
        read: Result<CompiledVersion, ReadTrouble>,
        stamp: Stamp,
        patience: Duration,
    ) {
        let now = clock::monotonic();
        let judged = match read {
            Ok(candidate) => {
                let judged = self.judge(candidate, now).await;
                tracing::debug!(judge = ?(clock::monotonic() - now), "judged");
                self.live.metrics.rules.reads.inc();
                judged
            }
            Err(trouble) => Err(trouble),
        };
        let Err(trouble) = judged else {
            return self.pace.read(stamp, now);
        };
        self.connection = None;
        let failing_for = self.pace.failed(stamp, now);
        let passes = matches!(
            trouble,
            ReadTrouble::Store(StoreError::Busy { .. } | StoreError::Unfinished { .. })
        );
        if passes && failing_for < patience {
            tracing::debug!(%trouble, "the rules database is busy");
        } else {
            self.live.fault(&trouble.to_string());
        }
    }

    async fn judge(&mut self, candidate: CompiledVersion, now: Instant) -> Result<(), ReadTrouble> {
        let live = Arc::clone(&self.live);
        let judging = background::run("judge", move || live.judge(candidate, now));
        judging.await.map_err(ReadTrouble::Compiler)
    }

    /// The work of compiling, to be done where it keeps no call waiting.
    fn compiling(&self, tables: Tables) -> impl FnOnce() -> Compiling + Send + use<> {
        let (compile, rule_tests) = (self.compile, self.rule_tests);
        let served = Arc::clone(&self.live.served());
        move || match compile(&tables, rule_tests, &served.snapshot) {
            Ok(version) => Compiling::Done(Box::new(version), tables.marks()),
            Err(Unread(unread)) => Compiling::Needs(unread, tables),
        }
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.reader.close().await
        {
            tracing::debug!(%error, "the old connection could not be closed");
        }
    }
}

impl std::fmt::Display for ReadTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => f.write_str(&crate::telemetry::chain(error)),
            Self::NoStamp(error) => f.write_str(&crate::telemetry::chain(error)),
            Self::Compiler(error) => {
                write!(
                    f,
                    "the rules could not be compiled, please report this: {}",
                    crate::telemetry::chain(error)
                )
            }
        }
    }
}

impl From<StoreError> for ReadTrouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::rules::active::Source;
    use crate::store::{self, Content};
    use crate::telemetry::Metrics;
    use routing::snapshot::Snapshot;

    #[tokio::test]
    async fn a_panic_of_the_compiler_is_said_and_tried_again() {
        static IS_BROKEN: AtomicBool = AtomicBool::new(true);
        fn broken_once(
            tables: &Tables,
            rule_tests: RuleTests,
            before: &Snapshot,
        ) -> Result<CompiledVersion, Unread> {
            assert!(!IS_BROKEN.swap(false, Ordering::Relaxed), "a bug");
            CompiledVersion::after(tables, rule_tests, before)
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        store::create(&path, Content::Demo).await.unwrap();
        let live = Arc::new(RulesAuthority::new(
            Arc::new(Metrics::new()),
            Duration::from_mins(1),
        ));
        let mut watcher = Watcher::new(path, RuleTests::Refuse, Arc::clone(&live));
        watcher.compile = broken_once;
        watcher.start().await;
        let fault = live.status().fault.unwrap();
        assert!(
            fault.contains("please report this") && fault.contains("a bug"),
            "{fault}"
        );
        assert_eq!(live.served().source, Source::Nothing);
        let deadline = clock::monotonic() + Duration::from_secs(20);
        while live.served().source == Source::Nothing {
            assert!(clock::monotonic() < deadline, "it is not tried again");
            watcher.look().await;
        }
        assert_eq!(
            (live.served().source, live.status().fault),
            (Source::Database, None)
        );
    }

    #[tokio::test]
    async fn a_file_system_that_does_not_answer_is_said_until_it_does() {
        static IS_SILENT: AtomicBool = AtomicBool::new(false);
        fn look(path: &Path) -> Stamp {
            while IS_SILENT.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Stamp::of(path)
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        store::create(&path, Content::Demo).await.unwrap();
        let live = Arc::new(RulesAuthority::new(
            Arc::new(Metrics::new()),
            Duration::from_mins(1),
        ));
        let mut watcher = Watcher::new(path.clone(), RuleTests::Refuse, Arc::clone(&live));
        watcher.looker = StatThread::of_test(&path, look);
        watcher.start().await;
        assert_eq!(
            (live.served().source, live.status().fault),
            (Source::Database, None)
        );
        IS_SILENT.store(true, Ordering::Relaxed);
        for _ in 0..2 {
            watcher.look().await;
            let fault = live.status().fault.unwrap();
            assert!(
                fault.starts_with("its file system has not answered for "),
                "{fault}"
            );
        }
        assert_eq!(
            live.served().source,
            Source::Database,
            "calls are answered all the same"
        );
        IS_SILENT.store(false, Ordering::Relaxed);
        let deadline = clock::monotonic() + Duration::from_secs(20);
        while live.status().fault.is_some() {
            assert!(clock::monotonic() < deadline, "it is not looked at again");
            watcher.look().await;
        }
    }
    /// So many callers that the file is copied before it is read.
    const CALLERS: &str = "
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 30000)
        insert into callers (number, owner_id, note) select '849' || (10000000 + i), 'hoa', hex(zeroblob(40)) from n";

    /// An edit of the large file, and the tables that are read because of it.
    const EDITS: [(&str, &[Table]); 4] = [
        (
            "update group_members set answer_timeout = 31 where agent_id = 'hoa'",
            &[Table::GroupMembers],
        ),
        (
            "update agents set name = 'Hoa N.' where id = 'hoa'",
            &[Table::Agents],
        ),
        ("update rule_steps set after_seconds = after_seconds", &[]),
        (
            "insert into agents (id, name) values ('aaa', 'Before all others')",
            &[
                Table::Agents,
                Table::GroupMembers,
                Table::Callers,
                Table::Rules,
                Table::RuleSteps,
            ],
        ),
    ];

    async fn edit(path: &Path, sql: &str) {
        let (actor, reason) = ("test", "an edit");
        let writer = store::Writer::begin(path, store::Editor { actor, reason }).await;
        let mut writer = writer.unwrap();
        let script = store::Script::parse(sql, path).await.unwrap();
        for statement in script.statements() {
            writer.run(statement).await.unwrap();
        }
        writer.commit().await.unwrap();
    }

    #[tokio::test]
    async fn of_a_large_file_only_the_tables_are_read_that_have_changed() {
        use parking_lot::Mutex;
        static READ: Mutex<Vec<Table>> = Mutex::new(Vec::new());
        fn compile(
            tables: &Tables,
            rule_tests: RuleTests,
            before: &Snapshot,
        ) -> Result<CompiledVersion, Unread> {
            let compiled = CompiledVersion::after(tables, rule_tests, before)?;
            let large = EDITS[3].1.iter().copied();
            *READ.lock() = large.filter(|table| tables.is_read(*table)).collect();
            Ok(compiled)
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        store::create(&path, Content::Demo).await.unwrap();
        edit(&path, CALLERS).await;
        let live = Arc::new(RulesAuthority::new(
            Arc::new(Metrics::new()),
            Duration::ZERO,
        ));
        let config = DatabaseConfig {
            state: directory.path().to_owned(),
            ..DatabaseConfig::default()
        };
        let watcher = Watcher::new(path.clone(), RuleTests::Warn, Arc::clone(&live));
        let mut watcher = watcher.reading(&config);
        watcher.compile = compile;
        watcher.start().await;
        assert_eq!(*READ.lock(), EDITS[3].1);
        for (sql, read) in EDITS {
            let before = live.served();
            let reads = live.metrics.rules.reads.get();
            edit(&path, sql).await;
            let deadline = clock::monotonic() + Duration::from_mins(1);
            while live.metrics.rules.reads.get() == reads {
                assert!(clock::monotonic() < deadline, "it is not read: {sql}");
                watcher.look().await;
            }
            assert_eq!(*READ.lock(), read, "{sql}");
            let callers = &live.served().snapshot.callers;
            let are_the_same = Arc::ptr_eq(callers, &before.snapshot.callers);
            assert_eq!(are_the_same, !read.contains(&Table::Callers), "{sql}");
            let mut reader = Reader::open(&path).await.unwrap();
            let tables = reader.load().await.unwrap().tables;
            assert_eq!(live.served().fingerprint, tables.fingerprint(), "{sql}");
        }
    }
}
