//! The console's own database: who may sign in, and what they are about to edit.
//!
//! One server writes it, in WAL mode; the command `console` does so beside it. Calls take milliseconds and wait for the
//! disk, so they belong behind the threads that answer.

mod drafts;
mod people;
mod sign_ins;
mod tokens;
mod uploads;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

pub use drafts::{CommitRow, CommittedCalls, DraftEditRow, DraftHead};
pub use people::{InviteRow, UserRow};
pub use sign_ins::{Failures, SignInRow};
pub use tokens::{NewToken, TokenRow};
pub use uploads::UploadRow;

/// The console's file in the state directory.
pub const CONSOLE_FILE: &str = "console.db";

/// `PRAGMA application_id` of it: "SRRV".
const APPLICATION_ID: i64 = 0x5352_5256;

/// The migrations, oldest first; their count is the version.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/console/0001_console.sql")];

/// How long SQLite waits for another writer: the command `console`, or another server on the same state.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The console's database, open.
#[derive(Debug)]
pub struct ConsoleFile {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl ConsoleFile {
    /// Opens the file; creates it, and its directory, if need be.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(directory) = path.parent() {
            let created = std::fs::create_dir_all(directory);
            created.map_err(|error| StoreError::io(directory, "create", error))?;
        }
        let failed =
            |error: rusqlite::Error| StoreError::new(path, "open the console's file", error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        let identity = identity(&connection).map_err(failed)?;
        let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        match identity {
            (APPLICATION_ID, version) if version == newest => {}
            (APPLICATION_ID, found) if found > newest => {
                return Err(StoreError::TooNew {
                    path: path.to_owned(),
                    found,
                });
            }
            (APPLICATION_ID | 0, _) => migrate(&mut connection).map_err(failed)?,
            (found, _) => {
                return Err(StoreError::NotTheConsoles {
                    path: path.to_owned(),
                    found,
                });
            }
        }
        Ok(Self {
            path: path.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    /// Does something with the connection.
    pub(super) fn ask<T>(
        &self,
        doing: &'static str,
        call: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        call(&mut self.lock()).map_err(|error| StoreError::new(&self.path, doing, error))
    }

    /// Does something in one transaction, which is written as a whole or not at all.
    pub(super) fn write<T>(
        &self,
        doing: &'static str,
        call: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.ask(doing, |connection| {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let result = call(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic left open was rolled back when it was dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;
         pragma trusted_schema = off; pragma secure_delete = on; pragma cache_size = -256",
    )
}

fn identity(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let number = |sql| connection.query_row(sql, [], |row| row.get(0));
    Ok((
        number("pragma application_id")?,
        number("pragma user_version")?,
    ))
}

/// Brings the file to the newest version, in one transaction: two programs may open it at once.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let (_, version) = identity(&transaction)?;
    let done = usize::try_from(version).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.commit()
}

/// A time as the tables have it.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The time that a column holds; the beginning of time if somebody has written something else there.
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_migrations_holds_those_that_are_built_in() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/console");
        let files = std::fs::read_dir(directory).unwrap().count();
        assert_eq!(files, MIGRATIONS.len());
    }

    #[test]
    fn a_file_is_made_once_and_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/console.db");
        drop(ConsoleFile::open(&path).unwrap());
        let file = ConsoleFile::open(&path).unwrap();
        assert!(!file.has_users().unwrap());
    }

    #[test]
    fn another_applications_database_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("other.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch("create table t (a); pragma application_id = 7")
            .unwrap();
        let error = ConsoleFile::open(&path).unwrap_err().to_string();
        assert!(error.contains("not the console's"), "{error}");
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.db");
        let file = ConsoleFile::open(&path).unwrap();
        file.ask("test", |connection| {
            connection.execute_batch("pragma user_version = 99")
        })
        .unwrap();
        drop(file);
        assert!(matches!(
            ConsoleFile::open(&path),
            Err(StoreError::TooNew { found: 99, .. })
        ));
    }
}
