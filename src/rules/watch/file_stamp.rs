//! What `stat` says of the rules database: whether somebody has changed it, without a lock and without opening it.
//!
//! The process must never open the file itself: closing it would drop SQLite's locks (POSIX locks belong to the process).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::store;

/// The state of the database's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    main: Option<FileStamp>,
    /// In WAL mode commits go here first.
    wal: Option<FileStamp>,
    /// When something was last put into the directory or taken out of it. A commit does that with its journal; whoever
    /// writes over the database does not.
    directory: Option<(i64, i64)>,
    /// When the rollback journal was last written, where it is not removed after a commit.
    journal: Option<FileStamp>,
    /// A rollback journal is there: somebody is in the middle of a commit, or died in it.
    pub(super) has_journal: bool,
}

/// The state of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// Also moves on where somebody has put the time of the last change back, as `cp -p` does.
    changed: (i64, i64),
}

/// Which files they are, whatever stands in them: the database, and its write-ahead log if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    main: Option<(u64, u64)>,
    wal: Option<(u64, u64)>,
}

impl Stamp {
    /// The state now. A file that cannot be looked at counts as missing.
    pub(super) fn of(database: &Path) -> Self {
        let journal_path = beside(database, "-journal");
        let journal = FileStamp::of(&journal_path);
        let directory = match database.parent() {
            Some(directory) => FileStamp::of(directory),
            None => None,
        };
        let has_journal = match &journal {
            Some(journal) => journal.bytes > 0 && !store::is_cleared_journal(&journal_path),
            None => false,
        };
        Self {
            main: FileStamp::of(database),
            wal: FileStamp::of(&beside(database, "-wal")),
            directory: directory.map(|directory| directory.modified),
            journal,
            has_journal,
        }
    }

    /// Which files they are. A connection that was opened on others does not see what happens to these.
    pub(super) fn identity(&self) -> FileIdentity {
        FileIdentity {
            main: self.main.map(FileStamp::identity),
            wal: self.wal.map(FileStamp::identity),
        }
    }

    /// Whether the contents may differ.
    pub(super) fn differs(&self, other: &Self) -> bool {
        self.main != other.main || self.wal != other.wal
    }

    /// Whether the database's bytes have come by another way than a commit, as far as `stat` can tell: another file
    /// stands there, or it was written to and no journal came or went.
    pub(super) fn is_foreign_to(&self, before: &Self) -> bool {
        let (Some(main), Some(main_before)) = (self.main, before.main) else {
            return self.main.is_some();
        };
        let is_other_file = main.identity() != main_before.identity();
        let has_trace = self.directory != before.directory
            || self.journal.is_some()
            || before.journal.is_some()
            || self.wal != before.wal;
        is_other_file || (main != main_before && !has_trace)
    }

    /// Takes over when something was last put into the directory, as nothing else has changed.
    pub(super) fn follow(&mut self, now: &Self) {
        self.directory = now.directory;
        self.journal = now.journal;
    }

    /// How long the database is, where a write-ahead log does not hold a part of it.
    pub(super) fn bytes(&self) -> Option<u64> {
        if self.wal.is_some() {
            return None;
        }
        Some(self.main?.bytes)
    }

    /// Whether the database itself is unchanged, its write-ahead log aside.
    pub(super) fn has_same_main(&self, other: &Self) -> bool {
        self.main == other.main
    }
}

impl FileIdentity {
    /// Whether these are the files of a stamp. A log that has come since may well be of our own making.
    pub(super) fn may_be(&self, stamp: &Stamp) -> bool {
        let there = stamp.identity();
        self.main == there.main && (self.wal == there.wal || self.wal.is_none())
    }
}

impl FileStamp {
    const fn identity(self) -> (u64, u64) {
        (self.device, self.inode)
    }

    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Files of a size, with or without a journal.
    pub(in crate::rules) fn stamp(bytes: u64, has_journal: bool) -> Stamp {
        let main = FileStamp {
            device: 1,
            inode: 1,
            bytes,
            modified: (0, 0),
            changed: (0, 0),
        };
        Stamp {
            main: Some(main),
            wal: None,
            // As after a commit, which leaves its trace there.
            directory: Some((i64::try_from(bytes).unwrap(), 0)),
            journal: None,
            has_journal,
        }
    }

    /// The same, written over without a commit.
    pub(in crate::rules) fn written_over(bytes: u64) -> Stamp {
        Stamp {
            directory: Some((0, 0)),
            ..stamp(bytes, false)
        }
    }

    #[test]
    fn what_happens_to_the_files_shows() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("rules.db");
        let mut before = Stamp::of(&database);
        let mut differs = |what: &str, is_other_file: bool| {
            let after = Stamp::of(&database);
            assert!(after.differs(&before), "{what}");
            assert_eq!(
                after.identity() != before.identity(),
                is_other_file,
                "{what}"
            );
            before = after;
        };
        fs::write(&database, "one").unwrap();
        differs("created", true);
        fs::write(&database, "longer").unwrap();
        differs("written", false);
        let written = Stamp::of(&database);
        fs::write(&database, "longer yet").unwrap();
        assert!(Stamp::of(&database).is_foreign_to(&written));
        fs::write(&database, "by a commit").unwrap();
        fs::write(directory.path().join("rules.db-journal"), "pages").unwrap();
        assert!(!Stamp::of(&database).is_foreign_to(&written));
        differs("committed", false);
        fs::write(directory.path().join("other"), "longer").unwrap();
        fs::rename(directory.path().join("other"), &database).unwrap();
        differs("replaced", true);
        fs::write(directory.path().join("rules.db-wal"), "log").unwrap();
        differs("switched to a write-ahead log", true);
        fs::remove_file(directory.path().join("rules.db-wal")).unwrap();
        differs("lost its write-ahead log", true);
        fs::remove_file(&database).unwrap();
        differs("removed", true);
    }
}
