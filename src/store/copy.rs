//! Copies of the rules database, made by SQLite itself: copying the file would drop SQLite's locks, and could catch
//! somebody else's commit half way.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};

use super::reader::{StopWhenDropped, within};
use super::{Reader, StoreError, connection};
use routing::table::Tables;

/// How long SQLite waits for somebody else's commit to end before a copy is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a copy may take: ten times what a million callers need on a slow disk.
const COPY_LIMIT: Duration = Duration::from_mins(1);

/// Somebody commits right now.
const BUSY: ffi::Error = ffi::Error {
    code: ffi::ErrorCode::DatabaseBusy,
    extended_code: ffi::SQLITE_BUSY,
};

/// Writes what a rules database holds at one moment to a new file: `VACUUM INTO`.
///
/// The copy has no journal and is in no use, so it can be moved about like any file. It is not
/// synced to the disk yet.
///
/// # Errors
/// `to` exists and is not empty, the database cannot be read, or the disk is full; what was written by then is left.
pub async fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    let doing = "copy the database";
    let name = to.to_string_lossy().into_owned();
    let opening = move |path: &Path| {
        connection::must_exist_here(path)?;
        open(path).map_err(|error| StoreError::new(path, doing, error))
    };
    let connection = within(COPY_LIMIT, path, doing, opening).await?;
    // A copy that nobody waits for would go on keeping other people's commits waiting.
    let _stop =
        StopWhenDropped::new(&connection).map_err(|error| StoreError::new(path, doing, error))?;
    let copying = move |path: &Path| {
        vacuum(&connection, &name).map_err(|error| StoreError::new(path, doing, error))
    };
    within(COPY_LIMIT, path, doing, copying).await
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn vacuum(connection: &Connection, to: &str) -> rusqlite::Result<()> {
    // Waiting for the disk would keep other people's commits waiting with it.
    connection.execute_batch("pragma synchronous = off")?;
    connection.execute("vacuum into ?1", [to])?;
    Ok(())
}

/// Copies what a connection reads to a new file, page by page: faster than [`copy`], and with what stands on no page.
pub(super) fn save(connection: &Connection, path: &Path, to: &Path) -> Result<(), StoreError> {
    let doing = "save the rules as they were read";
    crate::files::remove(to).map_err(|error| StoreError::io(to, doing, error.source))?;
    let save = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut saved = Connection::open_with_flags(to, flags)?;
        // Nobody looks for it after a crash.
        saved.execute_batch("pragma journal_mode = off; pragma synchronous = off")?;
        match Backup::new(connection, &mut saved)?.step(-1)? {
            StepResult::Done => {}
            _ => return Err(rusqlite::Error::SqliteFailure(BUSY, None)),
        }
        // With a write-ahead log it could not be read without writing beside it.
        saved.execute_batch("pragma journal_mode = delete")
    };
    save().map_err(|error| StoreError::new(path, doing, error))
}

/// All tables of a copy that nobody else uses. Nothing is written beside it, wherever it stands.
///
/// # Errors
/// As for loading the rules database.
pub async fn load_copy(path: &Path) -> Result<Tables, StoreError> {
    let mut copy = Reader::open_copy(path).await?;
    let loaded = copy.load().await?;
    copy.close().await?;
    Ok(loaded.tables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, Reader, create};

    #[tokio::test]
    async fn a_copy_holds_the_same_rows() {
        let directory = tempfile::tempdir().unwrap();
        let (rules, to) = (
            directory.path().join("rules.db"),
            directory.path().join("the 'copy' of #1?.db"),
        );
        create(&rules, Content::Demo).await.unwrap();
        copy(&rules, &to).await.unwrap();
        let original = Reader::open(&rules)
            .await
            .unwrap()
            .load()
            .await
            .unwrap()
            .tables;
        assert!(load_copy(&to).await.unwrap() == original);
        let error = copy(&rules, &to).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Query { .. }),
            "no file is written over: {error}"
        );
        let files = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 2, "nothing is left beside them");
    }

    #[tokio::test]
    async fn a_damaged_copy_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("copy.db");
        std::fs::write(&to, "these are no rules").unwrap();
        assert!(matches!(
            load_copy(&to).await.unwrap_err(),
            StoreError::NotADatabase { .. }
        ));
    }
}
