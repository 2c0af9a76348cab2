//! What can go wrong with a rules database, said so that somebody can put it right.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::migrations::{APPLICATION_ID, OLDEST_VERSION, SCHEMA_VERSION};

/// What SQLite said, through the driver that writes or the one that reads.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The driver that writes.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// The driver that reads. Its own source only says the same once more.
    #[error("{0}")]
    Rusqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for DriverError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Rusqlite(error)
    }
}

/// A rules database that could not be created, opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No file stands there.
    #[error("there is no rules database at {}; create one with `stringee-router init`", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No journal stands there.
    #[error("there is no journal at {}; a server writes it as soon as it has something to write", path.display())]
    NoJournal {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// An SQLite database where the journal should be.
    #[error(
        "{} is an SQLite database, but not a journal (application_id {found}); move it away",
        path.display()
    )]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA application_id`.
        found: i64,
    },
    /// An SQLite database where the console's own should be.
    #[error(
        "{} is an SQLite database, but not the console's (application_id {found}); move it away",
        path.display()
    )]
    NotTheConsoles {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA application_id`.
        found: i64,
    },
    /// A journal that lacks a table of this version.
    #[error(
        "{} was written by an older stringee-router; start the server once, which brings it up to date",
        path.display()
    )]
    OldJournal {
        /// The file.
        path: PathBuf,
    },
    /// A file that must not be overwritten.
    #[error("{} exists already; move it away, or choose another path", path.display())]
    AlreadyExists {
        /// The file in the way: the database itself, or a journal that an earlier one has left behind.
        path: PathBuf,
    },
    /// There are rows already where the demo data were to go.
    #[error("{} holds rows of its own; the demo data go only into an empty database", path.display())]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// A file that SQLite does not recognise.
    #[error("{} is not an SQLite database; restore it from a backup, or move it away and create a new one", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: DriverError,
    },
    /// A database that is not one of ours, or an empty one.
    #[error(
        "{} is an SQLite database, but not a rules database (application_id {found}, not {APPLICATION_ID}, and not \
         its tables); is this the right file?",
        path.display()
    )]
    OtherApplication {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA application_id`; 0 in an empty database.
        found: i64,
    },
    /// Written by a newer version of this program.
    #[error(
        "{} has schema version {found}, and this program knows versions up to {SCHEMA_VERSION}; use a newer stringee-router",
        path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA user_version`.
        found: i64,
    },
    /// Written by an older version of this program.
    #[error(
        "{} has schema version {found}, and this program needs {OLDEST_VERSION}; run `stringee-router init --upgrade`",
        path.display()
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA user_version`.
        found: i64,
    },
    /// Written by an older version of this program; it can be read, but not edited.
    #[error(
        "{} has version {found} of the tables, and what is written needs version {SCHEMA_VERSION}; a server that serves it \
         brings it up to date, and so does `stringee-router init --upgrade`",
        path.display()
    )]
    NotUpgraded {
        /// The file.
        path: PathBuf,
        /// Its `PRAGMA user_version`.
        found: i64,
    },
    /// Somebody else holds a lock.
    #[error("{}: cannot {doing}: another program is writing to it; try again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: DriverError,
    },
    /// Somebody reads the journal for so long that what is written cannot move into it.
    #[error(
        "{}: another program has been reading it for so long that its -wal file has grown to {bytes} bytes; end that \
         program's transaction",
        path.display()
    )]
    WalHeld {
        /// The file.
        path: PathBuf,
        /// The length of the `-wal` file.
        bytes: u64,
    },
    /// No answer in time.
    #[error("{}: cannot {doing}: no answer within {} ms; open it again", path.display(), limit.as_millis())]
    Timeout {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// For how long it was waited.
        limit: Duration,
    },
    /// The pages of the file do not fit together.
    #[error("{}: cannot {doing}: the file is damaged ({detail}); restore it from a backup", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The first thing that SQLite found.
        detail: String,
    },
    /// There is more in the tables than a load may take.
    #[error("{}: too much to read: {detail}", path.display())]
    TooMuch {
        /// The file.
        path: PathBuf,
        /// What is too much, where, and what to do.
        detail: String,
    },
    /// The file is shorter than it says of itself.
    #[error("{}: only a part of it is there; is somebody still copying it?", path.display())]
    Unfinished {
        /// The file.
        path: PathBuf,
    },
    /// A table gave other rows than it counted.
    #[error("{}: cannot {doing}: {read} of {counted} rows came; open it again", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What `count(*)` said.
        counted: usize,
        /// What was read within the same transaction.
        read: usize,
    },
    /// The connection was given up after an earlier error.
    #[error("{}: the connection was given up after an error; open it again", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
    },
    /// Somebody has edited the tables since a plan was made.
    #[error("{}: somebody has edited the tables meanwhile, and nothing was written; run it again", path.display())]
    Moved {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused a statement: a table or a column is missing, the disk is full.
    #[error("{}: cannot {doing}", path.display())]
    Query {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What SQLite said.
        source: DriverError,
    },
    /// The rows would break a rule of the tables, or have been edited since.
    #[error("{}: cannot {doing}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why not, and what to do.
        reason: String,
    },
    /// The tables could not be brought to the version that this program needs.
    #[error("{}: cannot bring the tables to version {SCHEMA_VERSION}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// What the migration said.
        source: sqlx::migrate::MigrateError,
    },
    /// Nobody may write where the file belongs.
    #[error("cannot create {}: {why}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// Whose the directory is, and what to do.
        why: String,
    },
    /// The file system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Whether the file itself is of no use any more.
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::NotADatabase { .. } | Self::Corrupt { .. })
    }

    /// The same, of one statement among several.
    pub(super) fn of_statement(self, number: usize) -> Self {
        match self {
            Self::Refused {
                path,
                doing,
                reason,
            } => Self::Refused {
                path,
                doing,
                reason: format!("statement {number}: {reason}"),
            },
            error => error,
        }
    }

    /// Sorts what SQLite said while `doing` something with the database at `path`.
    pub(super) fn new(path: &Path, doing: &'static str, source: impl Into<DriverError>) -> Self {
        /// `SQLITE_BUSY` and `SQLITE_LOCKED`.
        const LOCKED: [i32; 2] = [5, 6];
        /// `SQLITE_CORRUPT`.
        const CORRUPT: i32 = 11;
        /// `SQLITE_CANTOPEN`.
        const CANNOT_OPEN: i32 = 14;
        /// `SQLITE_CONSTRAINT`; its messages are written for people.
        const CONSTRAINT: i32 = 19;
        /// `SQLITE_NOTADB`.
        const NOT_A_DATABASE: i32 = 26;
        let (path, source) = (path.to_owned(), source.into());
        match source.primary_code() {
            Some(code) if LOCKED.contains(&code) => Self::Busy {
                path,
                doing,
                source,
            },
            Some(CORRUPT) => Self::Corrupt {
                path,
                doing,
                detail: source.to_string(),
            },
            Some(NOT_A_DATABASE) => Self::NotADatabase { path, source },
            Some(CONSTRAINT) => Self::Refused {
                path,
                doing,
                reason: source.message(),
            },
            Some(CANNOT_OPEN) if !path.exists() => Self::NotFound { path },
            _ => Self::Query {
                path,
                doing,
                source,
            },
        }
    }

    /// What the file system said while `doing` something with `path`.
    pub(super) fn io(path: &Path, doing: &'static str, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }
}

impl DriverError {
    fn primary_code(&self) -> Option<i32> {
        match self {
            Self::Sqlx(error) => primary_code(error),
            Self::Rusqlite(error) => Some(primary(error.sqlite_error()?.extended_code)),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Sqlx(error) => message(error),
            Self::Rusqlite(error) => error.to_string(),
        }
    }
}

/// What SQLite says, without the driver's words around it.
pub(super) fn message(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    }
}

/// SQLite's result code without the extension in its upper bits.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(primary(extended))
}

const fn primary(extended: i32) -> i32 {
    extended & 0xff
}
