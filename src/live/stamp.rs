//! What `stat` says of the rules database: whether somebody has changed it, without a lock and without opening it.
//!
//! The process must never open the file itself: closing it would drop SQLite's locks (POSIX locks belong to the process).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The state of the database's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    main: Option<FileStamp>,
    /// In WAL mode commits go here first.
    wal: Option<FileStamp>,
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
}

/// Which file it is, whatever stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Stamp {
    /// The state now. A file that cannot be looked at counts as missing.
    pub(super) fn of(database: &Path) -> Self {
        Self {
            main: FileStamp::of(database),
            wal: FileStamp::of(&beside(database, "-wal")),
            has_journal: FileStamp::of(&beside(database, "-journal")).is_some_and(|journal| journal.bytes > 0),
        }
    }

    /// Which file it is; `None` if there is none.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.main.map(|main| Identity(main.device, main.inode))
    }

    /// Whether the contents may differ.
    pub(super) fn differs(&self, other: &Self) -> bool {
        self.main != other.main || self.wal != other.wal
    }
}

impl FileStamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
