//! A copy of the rules database to read from: in SQLite's rollback mode a reader makes a writer fail who commits at that
//! moment, and a plain shell does not try again. Looking through a million rows takes a second; copying their pages, a few at
//! a time, holds no lock for more than some milliseconds.
//!
//! SQLite's own backup does it, which begins again when somebody commits in between.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{StoreError, load};

/// A smaller file is read where it is, which holds a lock for some milliseconds.
const MAX_READ_IN_PLACE: i64 = 2 << 20;

/// How many pages are copied at a time: 2 MB, in some 4 ms. Smaller pieces would take longer, for the pauses between them,
/// and a commit would meet one of them as often.
const PAGES_AT_A_TIME: i32 = 512;

/// How many once somebody's commits have made it begin again too often: 8 MB, in some 15 ms, and the whole in half the time.
const MORE_PAGES_AT_A_TIME: i32 = 2_048;

/// How long nobody is kept waiting between two pieces.
///
/// Longer pauses would not let more commits through: what they can meet is the time of the pieces together.
const PAUSE: Duration = Duration::from_millis(1);

/// How often somebody's commits may make it begin again, before it takes more pages at a time.
const MAX_RESTARTS: u32 = 3;

/// And before all is copied at once, so that whoever edits without a pause does not keep all edits from being in force.
const MAX_RESTARTS_IN_PIECES: u32 = 12;

/// How often somebody's lock is waited for, a pause each.
const MAX_WAITS: u32 = 50;

/// What becomes of the file that is copied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyTarget {
    /// It has no name any more, and goes with its connection.
    Unnamed,
    /// It stays, whole and without a journal, for whoever keeps it. It is not synced to the disk.
    Kept,
}

/// A copy to read from.
pub(super) struct AsideCopy {
    pub(super) connection: Connection,
    /// Its pages, as they stand on the disk.
    pub(super) file: File,
}

/// A copy to read from; nothing if the file is so small that it need not be copied.
pub(super) fn copy(
    connection: &Connection,
    path: &Path,
    draft: &Path,
    file: CopyTarget,
) -> Result<Option<AsideCopy>, StoreError> {
    let doing = "copy the database to read it";
    let failed = |error| StoreError::new(path, doing, error);
    if load::bytes(connection).map_err(failed)? <= MAX_READ_IN_PLACE {
        return Ok(None);
    }
    crate::files::remove(draft).map_err(|error| StoreError::io(draft, doing, error.source))?;
    let mut copy = open(draft).map_err(failed)?;
    let copied = copy_pages(connection, &mut copy);
    let pages = File::open(draft);
    if file == CopyTarget::Unnamed || copied.is_err() {
        // The file lives as long as the connection, and is gone whatever becomes of us.
        fs::remove_file(draft).map_err(|error| StoreError::io(draft, "remove", error))?;
    }
    copied.map_err(failed)?;
    if file == CopyTarget::Kept {
        // With a write-ahead log it could not be read without writing beside it.
        let unlogged = copy.execute_batch("pragma journal_mode = delete");
        unlogged.map_err(failed)?;
    }
    load::guard(&copy).map_err(failed)?;
    Ok(Some(AsideCopy {
        connection: copy,
        file: pages.map_err(|error| StoreError::io(draft, doing, error))?,
    }))
}

fn open(draft: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(draft, flags)?;
    // Nobody will look for it after a crash.
    copy.pragma_update(None, "journal_mode", "off")?;
    copy.pragma_update(None, "synchronous", "off")?;
    Ok(copy)
}

fn copy_pages(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let backup = Backup::new(from, to)?;
    let (mut restarts, mut waits, mut left) = (0, 0, i32::MAX);
    loop {
        let pages = match restarts {
            0..MAX_RESTARTS => PAGES_AT_A_TIME,
            MAX_RESTARTS..MAX_RESTARTS_IN_PIECES => MORE_PAGES_AT_A_TIME,
            _ => -1,
        };
        match backup.step(pages)? {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if waits == MAX_WAITS => {
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                    None,
                ));
            }
            StepResult::Busy | StepResult::Locked => waits += 1,
            _ => {
                let remaining = backup.progress().remaining;
                restarts += u32::from(remaining >= left);
                left = remaining;
            }
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::damage;

    /// A database with so many rows of half a kilobyte.
    fn database(directory: &Path, rows: u32) -> Connection {
        let connection = Connection::open(directory.join("rules.db")).unwrap();
        connection
            .execute_batch(&format!(
                "create table callers (number text primary key, name text);
                with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows})
                insert into callers select i, hex(zeroblob(250)) from n"
            ))
            .unwrap();
        connection
    }

    #[test]
    fn a_small_file_is_not_copied() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, draft) = (
            database(directory.path(), 10),
            directory.path().join("draft"),
        );
        assert!(
            copy(&connection, Path::new("rules.db"), &draft, CopyTarget::Kept)
                .unwrap()
                .is_none()
        );
        assert!(!draft.exists());
    }

    #[test]
    fn a_copy_is_of_one_moment_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, draft) = (
            database(directory.path(), 20_000),
            directory.path().join("draft"),
        );
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let path = directory.path().join("rules.db");
        // Without a busy timeout, as a plain shell has none: it moves one row to the end, again and again.
        let editor = thread::Builder::new()
            .spawn(move || {
                let editor = Connection::open(path).unwrap();
                editor.execute_batch("pragma synchronous = off").unwrap();
                let (mut edits, mut met) = (0, 0);
                while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                    let edit = "begin immediate;
                        delete from callers where rowid = (select min(rowid) from callers);
                        insert into callers select max(rowid) + 1, 'new' from callers; commit";
                    if editor.execute_batch(edit).is_err() {
                        drop(editor.execute_batch("rollback"));
                        met += 1;
                    }
                    edits += 1;
                    thread::sleep(Duration::from_millis(20));
                }
                (edits, met)
            })
            .unwrap();
        for _ in 0..3 {
            let copied = copy(
                &connection,
                Path::new("rules.db"),
                &draft,
                CopyTarget::Unnamed,
            );
            let copy = copied.unwrap().unwrap().connection;
            let rows: i64 = copy
                .query_row("select count(*) from callers", (), |row| row.get(0))
                .unwrap();
            assert_eq!(rows, 20_000);
            damage::check(&copy, Path::new("rules.db"), damage::Check::Whole).unwrap();
        }
        drop(stop);
        let (edits, met) = editor.join().unwrap();
        assert!(met * 2 < edits, "{met} of {edits} edits met a lock");
        assert!(!draft.exists());
    }

    #[test]
    fn a_copy_that_is_kept_is_whole_and_has_no_journal() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, draft) = (
            database(directory.path(), 20_000),
            directory.path().join("draft"),
        );
        connection
            .execute_batch("pragma journal_mode = wal")
            .unwrap();
        std::fs::write(&draft, "left behind by a crash").unwrap();
        let copied = copy(&connection, Path::new("rules.db"), &draft, CopyTarget::Kept);
        let copied = copied.unwrap().unwrap().connection;
        let access = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let kept = Connection::open_with_flags(&draft, access).unwrap();
        for connection in [&copied, &kept] {
            let count = "select count(*) from callers";
            let rows: i64 = connection.query_row(count, (), |row| row.get(0)).unwrap();
            assert_eq!(rows, 20_000);
        }
        drop((copied, kept));
        let names = std::fs::read_dir(directory.path()).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        let of_draft: Vec<_> = names.filter(|name| name.starts_with("draft")).collect();
        assert_eq!(of_draft, ["draft"]);
    }
}
