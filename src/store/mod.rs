//! The only module that says SQL: the rules database, its migrations and its plain rows.
//!
//! The rules database is one SQLite file that people edit with whatever tool they like, while we read it. Three habits
//! follow from that:
//!
//! * **Nothing is decoded here.** A value comes out with the type it really has in the file, as a
//!   [`Cell`](routing::table::Cell); the compiler judges it.
//! * **Nothing but SQLite ever opens the file.** Closing any descriptor of it drops the POSIX locks that SQLite holds in
//!   this process, and commits get lost. `stat` is harmless; a copy is made by `VACUUM INTO`.
//! * **A connection that has failed once is not used again.** After an `ALTER TABLE` by somebody else a
//!   driver has been seen to report no rows at all and then to hang, so every call has a time limit, every table's
//!   rows are counted twice, and a [`Reader`] gives its connection up at the first error.
//!
//! With several servers the rules live in PostgreSQL (`postgres/`), and such a file mirrors them.
//!
//! [`Reader`] uses rusqlite, which gives a row in an eighth of the time; everything else goes through sqlx. Both are
//! drivers of one and the same SQLite.

mod error;
mod connection;
mod constraints;
mod migrations;
mod create;
mod budget;
mod damage;
mod load;
mod aside;
mod reader;
mod refusals;
mod rollback_journal;
mod copy;
mod select;
mod table_pages;
mod cell;
mod journal;
mod console;
mod history;
mod backup;
mod export;
mod write;
mod mirror;
mod postgres;

pub use aside::CopyTarget;
pub use backup::{backup, put_in_place};
pub use budget::LoadBudget;
pub use console::{
    CONSOLE_FILE, CommitRow, CommittedCalls, ConsoleFile, DraftEditRow, DraftHead, Failures,
    InviteRow, NewToken, SignInRow, TokenRow, UploadRow, UserRow,
};
pub use constraints::{BrokenRow, broken_rows};
pub use copy::{copy, load_copy};
pub use create::{Content, Upgraded, create, fill_with_demo, is_outdated, upgrade};
pub use error::{DriverError, StoreError};
pub use export::{callers_of, callers_page, export, export_added_columns};
pub use history::{AcceptedVersion, record as record_version};
pub use journal::{
    AnswerRow, ChangeFilter, ChangeQuery, DecisionBatch, DecisionQuery, DecisionRow, JOURNAL_FILE,
    JournalFile, JournalRoom, JournalSize, LastTaken, MissedRingRow, NewDecision, Note, OldRows,
    Op, Outbox, OutboxPiece, PieceKind, RepeatedDecision, RingRow, RowChange, TakenCall,
    VersionQuery, VersionRow,
};
pub use load::{EditableRows, FileCondition, LastEditor, Loaded};
pub use migrations::{APPLICATION_ID, SCHEMA_VERSION};
pub use mirror::{MirrorVersion, mirror_version};
pub use postgres::{
    Filling, Followed, HeardReply, HeardRow, Joined, JudgedVersion, NewerVersions, NewestVersion,
    Postgres, PostgresError, PostgresPlace, ProjectRow, ReplicaRow, Replicas, TellRequest,
    VerdictRow, install,
};
pub use reader::{Reader, last_editor, setting};
pub use refusals::refusal_in_vietnamese;
pub use rollback_journal::is_cleared_journal;
pub use table_pages::TablePages;
pub use write::{
    ChangesKept, Editor, LoggedEdit, PULL, Ran, RefusedRow, Script, Selected, Writer, select,
    write_off_changes,
};

use std::time::Duration;

use sqlx::Connection as _;

/// How long it may take to write a mirror: ten times what a million callers need on a slow machine.
const LIMIT_OF_WRITING: Duration = Duration::from_mins(2);

/// The version of the SQLite library built into this program, such as `3.51.3`.
pub async fn sqlite_version() -> Result<String, StoreError> {
    let memory = std::path::Path::new(":memory:");
    let version = async {
        let mut connection = connection::connect(&connection::options(memory)).await?;
        let version = sqlx::query_scalar("select sqlite_version()")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(version)
    };
    version
        .await
        .map_err(|error: sqlx::Error| StoreError::new(memory, "ask for the version", error))
}
