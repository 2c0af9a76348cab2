//! The journal's own database: what was answered, and what was changed.
//!
//! One server writes it, in WAL mode, so that people can read it meanwhile. A commit is not synced to the disk: a crash
//! of the process loses nothing that was committed, a power cut the last moments at most, and neither damages the file.

mod decisions;
mod forget;
mod missed;
mod outbox;
mod report;
mod room;
mod taken;
mod versions;

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::Mutex;

use super::StoreError;
use super::connection::{self, number, within};
use super::migrations::{MigrationText, migrator_of};

pub use decisions::{DecisionBatch, DecisionQuery, DecisionRow, NewDecision, RepeatedDecision};
pub use forget::OldRows;
pub use missed::{MissedRingRow, RingRow};
pub use outbox::{Outbox, OutboxPiece, PieceKind};
pub use report::AnswerRow;
pub use room::{JournalRoom, JournalSize};
pub use taken::{LastTaken, TakenCall};
pub(super) use versions::count_changes;
pub use versions::{ChangeFilter, ChangeQuery, Note, Op, RowChange, VersionQuery, VersionRow};

/// The journal's file in the state directory.
pub const JOURNAL_FILE: &str = "journal.db";

/// `PRAGMA application_id` of a journal: "SRRU".
const APPLICATION_ID: i64 = 0x5352_5255;

/// `PRAGMA user_version` of a journal that this program writes: the number of its last migration.
const SCHEMA_VERSION: i64 = 4;

/// Number, name and text of each migration, oldest first.
const MIGRATIONS: [MigrationText; 4] = [
    (
        1,
        "journal",
        include_str!("../../../migrations/journal/0001_journal.sql"),
    ),
    (
        2,
        "taken_calls",
        include_str!("../../../migrations/journal/0002_taken_calls.sql"),
    ),
    (
        3,
        "outbox",
        include_str!("../../../migrations/journal/0003_outbox.sql"),
    ),
    (
        4,
        "missed_rings",
        include_str!("../../../migrations/journal/0004_missed_rings.sql"),
    ),
];

/// How long SQLite waits for another writer: an upgrade, or the rows of a large version.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Held while a file is opened, which may mean to create it.
static OPENING: Mutex<()> = Mutex::const_new(());

/// How much of the `-wal` file stays for the next time; the rows of a large version can make it long.
const WAL_BYTES_KEPT: &str = "16777216";

/// How much of the journal SQLite keeps in memory, negative in KiB. What is written is hardly ever read again, and the
/// operating system has it in memory as well; by default it would be 2 MB.
const PAGES_KEPT: &str = "-256";

/// How long one call may take. A batch takes milliseconds; longer means that the disk is gone.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// The journal, open.
///
/// After an error it is not used again: drop it and open it anew.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    /// Which file it is: device and inode.
    identity: (u64, u64),
    /// Whether what is written is to be sent on.
    has_outbox: bool,
    connection: SqliteConnection,
}

impl JournalFile {
    /// Opens the journal to write; creates it, and its directory, if need be.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        // Decisions and versions are written side by side, and the first start has both make the file at once.
        let _alone = OPENING.lock().await;
        if let Some(directory) = path.parent() {
            let created = tokio::fs::create_dir_all(directory).await;
            created.map_err(|error| StoreError::io(directory, "create", error))?;
        }
        let options = writing(path).create_if_missing(true);
        let mut file = Self::connect(path, &options).await?;
        let identity = (
            file.ask("pragma application_id").await?,
            file.ask("pragma user_version").await?,
        );
        match identity {
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (APPLICATION_ID, found) if found > SCHEMA_VERSION => {
                return Err(StoreError::TooNew {
                    path: path.to_owned(),
                    found,
                });
            }
            // A new file, or one that a crash has left before its first commit.
            (APPLICATION_ID, _) | (0, 0) => file.migrate().await?,
            (found, _) => {
                return Err(StoreError::NotAJournal {
                    path: path.to_owned(),
                    found,
                });
            }
        }
        Ok(file)
    }

    /// Opens a journal that exists, to read it once for a person who waits. The server may write meanwhile.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        match tokio::fs::try_exists(path).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(StoreError::NoJournal {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(StoreError::io(path, "look for", error)),
        }
        let options = connection::options(path)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("query_only", "1");
        let mut file = Self::connect(path, &options).await?;
        match file.ask("pragma application_id").await? {
            APPLICATION_ID => {}
            found => {
                return Err(StoreError::NotAJournal {
                    path: path.to_owned(),
                    found,
                });
            }
        }
        match file.ask("pragma user_version").await? {
            found if found < SCHEMA_VERSION => Err(StoreError::OldJournal {
                path: path.to_owned(),
            }),
            _ => Ok(file),
        }
    }

    /// Whether the file still stands where it was opened. One that was removed or moved away can be written all the same,
    /// and nobody would find it.
    pub async fn is_in_place(&self) -> bool {
        match identity(&self.path).await {
            Ok(found) => found == self.identity,
            // A directory that cannot be looked into is no reason to begin anew.
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// Leaves a file that is no longer in its place, after all that was written to it has moved into it. It must be closed
    /// before another one is opened at its path: the two would share what stands beside it.
    pub async fn leave(mut self) {
        let path = self.path.clone();
        let left = async {
            self.cut_wal(0).await?;
            self.close().await
        };
        if let Err(error) = left.await {
            tracing::warn!(%error, path = %path.display(), "the journal that was moved may lack its last rows");
        }
    }

    /// Cuts the `-wal` file after so many bytes.
    pub async fn limit_wal(&mut self, bytes: u64) -> Result<(), StoreError> {
        /// What SQLite adds to a page there.
        const FRAME_BYTES: u64 = 4096 + 24;
        let limits = format!(
            "pragma journal_size_limit = {bytes}; pragma wal_autocheckpoint = {}",
            bytes / 4 / FRAME_BYTES
        );
        let limit = sqlx::raw_sql(AssertSqlSafe(limits)).execute(&mut self.connection);
        within(CALL_LIMIT, &self.path, "limit the -wal file", limit).await?;
        Ok(())
    }

    /// Closes the file; what is in the `-wal` file moves into the main one.
    pub async fn close(self) -> Result<(), StoreError> {
        within(
            CALL_LIMIT,
            &self.path,
            "close the journal",
            self.connection.close(),
        )
        .await
    }

    async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<Self, StoreError> {
        let connection = within(
            CALL_LIMIT,
            path,
            "open the journal",
            connection::connect(options),
        )
        .await?;
        let found = identity(path).await;
        Ok(Self {
            path: path.to_owned(),
            identity: found.map_err(|error| StoreError::io(path, "look for", error))?,
            has_outbox: false,
            connection,
        })
    }

    async fn ask(&mut self, sql: &'static str) -> Result<i64, StoreError> {
        within(
            CALL_LIMIT,
            &self.path,
            "ask whose database this is",
            number(&mut self.connection, sql),
        )
        .await
    }

    async fn migrate(&mut self) -> Result<(), StoreError> {
        // `run` is the same for anything that gives a connection, and no spawned task can await it.
        let migrated = migrator()
            .run_direct(None, &mut self.connection, false)
            .await;
        migrated.map_err(|source| StoreError::Migration {
            path: self.path.clone(),
            source,
        })
    }
}

/// Which file stands at a path. It is not opened.
async fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    let found = tokio::fs::metadata(path).await?;
    Ok((found.dev(), found.ino()))
}

/// The options of the writer.
pub(super) fn writing(path: &Path) -> SqliteConnectOptions {
    connection::options(path)
        // Of a file that is there already, it is what the file becomes when it is rewritten.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("journal_size_limit", WAL_BYTES_KEPT)
        .pragma("cache_size", PAGES_KEPT)
        .busy_timeout(BUSY_TIMEOUT)
}

fn migrator() -> Migrator {
    migrator_of(MIGRATIONS)
}

/// A time as the journal has it: UTC with milliseconds, so that texts sort as times do.
fn text_of(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A time as the journal has it; one that somebody has mangled by hand is the beginning of time.
fn time_of(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_texts() {
        let text = |milliseconds| text_of(Timestamp::from_millisecond(milliseconds).unwrap());
        assert_eq!(text(1_795_402_800_000), "2026-11-23T03:00:00.000Z");
        assert_eq!(text(1_795_402_800_020), "2026-11-23T03:00:00.020Z");
        assert_eq!(
            time_of(&text(1_795_402_800_020)).as_millisecond(),
            1_795_402_800_020
        );
    }

    #[test]
    fn every_file_in_the_directory_is_listed() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/journal");
        let files = std::fs::read_dir(directory).unwrap().count();
        assert_eq!(files, MIGRATIONS.len());
        assert_eq!(MIGRATIONS.last().unwrap().0, SCHEMA_VERSION);
    }

    #[tokio::test]
    async fn a_journal_may_be_made_by_several_at_once() {
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("journal.db");
            let (one, other, third) = tokio::join!(
                JournalFile::open(&path),
                JournalFile::open(&path),
                JournalFile::open(&path)
            );
            for file in [one, other, third] {
                file.unwrap().close().await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_journal_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state").join("journal.db");
        assert!(matches!(
            JournalFile::open_to_read(&path).await,
            Err(StoreError::NoJournal { .. })
        ));
        JournalFile::open(&path)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        JournalFile::open(&path)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        JournalFile::open_to_read(&path)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        let files = std::fs::read_dir(directory.path().join("state"))
            .unwrap()
            .count();
        assert_eq!(files, 1, "nothing is left beside it");
    }

    #[tokio::test]
    async fn an_older_journal_is_brought_up_to_date_by_the_one_who_writes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut old = JournalFile::connect(&path, &writing(&path).create_if_missing(true))
            .await
            .unwrap();
        migrator_of(MIGRATIONS.into_iter().take(1))
            .run_direct(None, &mut old.connection, false)
            .await
            .unwrap();
        old.close().await.unwrap();
        assert!(matches!(
            JournalFile::open_to_read(&path).await,
            Err(StoreError::OldJournal { .. })
        ));
        JournalFile::open(&path)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
        JournalFile::open_to_read(&path)
            .await
            .unwrap()
            .close()
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_rules_database_is_no_journal() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        crate::store::create(&path, crate::store::Content::Empty)
            .await
            .unwrap();
        assert!(matches!(
            JournalFile::open(&path).await,
            Err(StoreError::NotAJournal { .. })
        ));
        assert!(matches!(
            JournalFile::open_to_read(&path).await,
            Err(StoreError::NotAJournal { .. })
        ));
    }
}
