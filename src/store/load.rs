//! Reading all tables on a connection of rusqlite, row by row into one buffer per table. It blocks; [`Reader`] calls it.
//!
//! Every statement is prepared anew: an admin may change a table between two loads.
//!
//! [`Reader`]: super::Reader

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::StoreError;
use super::budget::{Excess, LoadBudget, MAX_ROW_BYTES, MAX_VALUE_BYTES, find_long_value};
use super::connection::{DatabaseIdentity, HAS_OUR_TABLES, LAST_MIGRATION};
use super::mirror::has_mirror;
use super::select;
use crate::exchange::RuleSet;
use routing::problem::quoted;
use routing::table::{Cell, CellRef, Cells, Rows, RowsMark, Table, Tables};

/// All tables of a rules database, as they stood at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The rows, with the values as they stand in the file.
    pub tables: Tables,
    /// What [`Reader::data_version`](super::Reader::data_version) said at that moment.
    pub data_version: i64,
    /// The version in PostgreSQL that the file mirrors, if it does.
    pub mirrored: Option<i64>,
    /// What an edit begins with, if that was asked for and is not more than anybody edits.
    pub editable: Option<EditableRows>,
}

/// What an edit begins with: all rows but those of `callers`, with their notes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditableRows {
    /// The rows.
    pub rules: RuleSet,
    /// The last line of the log of changes.
    pub last_change: i64,
}

/// How the file is opened. Our statements write to it in neither way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// SQLite may roll back what a crashed editor has left half written.
    RollingBack,
    /// Nothing is written, not even beside it.
    ReadOnly,
}

/// How much of the file SQLite keeps in memory, negative in KiB. Every page is read once after an edit, and not before
/// the next one: by default the server would hold 2 MB of a file that grows with each line of `changes`.
const PAGES_KEPT: i64 = -256;

/// Opens a connection that cannot write, and waits so long for somebody else's commit.
pub(super) fn connect(
    path: &Path,
    access: Access,
    busy_timeout: Duration,
) -> Result<Connection, StoreError> {
    let access = match access {
        Access::RollingBack => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let open = || {
        // One thread at a time has the connection, so SQLite need not lock it.
        let connection =
            Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(busy_timeout)?;
        guard(&connection)?;
        connection.pragma_update(None, "cache_size", PAGES_KEPT)?;
        Ok(connection)
    };
    open().map_err(failed(path, "open a connection"))
}

/// Takes from a connection what a file that somebody else has made could do with it.
pub(super) fn guard(connection: &Connection) -> rusqlite::Result<()> {
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        // A view in the place of a table need never come to its end.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        connection.set_db_config(setting, is_on)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_ROW_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    // The compiler judges values. A check of the pages would read all that the tables' own checks look at.
    connection.execute_batch(
        "pragma query_only = 1; pragma cell_size_check = 1; pragma ignore_check_constraints = 1",
    )
}

/// How long the file is by its own account.
pub(super) fn bytes(connection: &Connection) -> rusqlite::Result<i64> {
    let pages = number(connection, "pragma page_count")?;
    Ok(pages.saturating_mul(number(connection, "pragma page_size")?))
}

/// Refuses a file that is shorter than it says of itself: somebody is still copying it.
pub(super) fn must_be_whole(
    connection: &Connection,
    path: &Path,
    found: u64,
) -> Result<(), StoreError> {
    let expected = bytes(connection).map_err(failed(path, "ask how long it is"))?;
    let expected = u64::try_from(expected).unwrap_or_default();
    if found < expected {
        let path = path.to_owned();
        return Err(StoreError::Unfinished { path });
    }
    Ok(())
}

/// Gives back what the connection holds.
pub(super) fn close(connection: Connection, path: &Path) -> Result<(), StoreError> {
    connection
        .close()
        .map_err(|(_, error)| StoreError::new(path, "close the connection", error))
}

/// Everything at one moment: from the first question to the last, SQLite holds the same state of the file. Tables that are
/// known to be unchanged are not read.
pub(super) fn load(
    connection: &Connection,
    path: &Path,
    budget: LoadBudget,
    for_edits: bool,
    unchanged: &[RowsMark],
) -> Result<Loaded, StoreError> {
    let transaction = connection
        .unchecked_transaction()
        .map_err(failed(path, "begin to read"))?;
    let identity = identity(connection).map_err(failed(path, "ask whose database this is"))?;
    let identity = identity.must_be_ours(path)?;
    identity.must_be_readable(path)?;
    must_be_tables(connection, path)?;
    let data_version = data_version(connection, path)?;
    let mirrored = mirrored(connection).map_err(failed(path, "ask which version it mirrors"))?;
    let mut tables = Tables::default();
    let mut left = budget;
    for table in Table::ALL {
        let source = FileTable {
            table,
            version: identity.user_version,
        };
        let known = unchanged.iter().find(|rows| rows.table == table);
        if let Some(known) = known
            && select::is_stored(table, identity.user_version)
        {
            left = left.after(known);
            tables.set_unread(*known);
            continue;
        }
        let rows = rows(connection, path, source, Budgets { left, budget })?;
        left = left.spent_on(&rows);
        tables.set(rows);
    }
    // Whatever is wrong with it must not keep calls from new rules.
    let mut edited = None;
    if for_edits {
        // Whatever is wrong with it must not keep calls from new rules.
        edited = editable(connection, identity.user_version).unwrap_or_default();
    }
    transaction
        .rollback()
        .map_err(failed(path, "end reading"))?;
    Ok(Loaded {
        tables,
        data_version,
        mirrored,
        editable: edited,
    })
}

/// Reads some tables of a copy after all, of which all others were read.
pub(super) fn load_more(
    connection: &Connection,
    path: &Path,
    budget: LoadBudget,
    tables: &mut Tables,
    unread: &BTreeSet<Table>,
) -> Result<(), StoreError> {
    let version = identity(connection).map_err(failed(path, "ask whose database this is"))?;
    let version = version.user_version;
    for table in unread.iter().copied() {
        // As much as they were in the version that was read.
        let budgets = Budgets {
            left: budget,
            budget,
        };
        tables.set(rows(
            connection,
            path,
            FileTable { table, version },
            budgets,
        )?);
    }
    Ok(())
}

fn mirrored(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !has_mirror(connection)? {
        return Ok(None);
    }
    let sql = "select version from mirror";
    connection.query_row(sql, (), |row| row.get(0)).optional()
}

/// Nothing if it is more than anybody edits by hand.
fn editable(connection: &Connection, version: i64) -> rusqlite::Result<Option<EditableRows>> {
    const MAX_BYTES: usize = 64 << 20;
    let mut rules = RuleSet::default();
    let mut bytes = 0;
    for table in Table::ALL {
        if table == Table::Callers {
            continue;
        }
        let mut rows = Vec::new();
        let mut statement = connection.prepare(&select::everything(table, version))?;
        let mut found = statement.query(())?;
        while let Some(row) = found.next()? {
            let mut cells: Vec<Cell> = Vec::with_capacity(table.columns().len());
            for column in table.columns() {
                let value = cell(row.get_ref(column.place)?);
                bytes += size_of::<Cell>();
                if let CellRef::Text(text) = value {
                    bytes += text.len();
                }
                cells.push(value.into());
            }
            if bytes > MAX_BYTES {
                return Ok(None);
            }
            rows.push(cells.into());
        }
        rules.set(table, rows);
    }
    let last_change = number(connection, "select coalesce(max(id), 0) from changes")?;
    Ok(Some(EditableRows { rules, last_change }))
}

/// A number that other connections' commits change.
pub(super) fn data_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    number(connection, "pragma data_version").map_err(failed(path, "ask for changes"))
}

/// One of the settings; `None` if there is no such row.
pub(super) fn setting(
    connection: &Connection,
    path: &Path,
    key: &str,
) -> Result<Option<String>, StoreError> {
    let value = "select cast(value as text) from settings where key = ?1";
    let value = connection.query_row(value, [key], |row| row.get(0));
    let value = value.optional().map_err(failed(path, "read a setting"))?;
    Ok(value.flatten())
}

/// Who made an edit, and why, as far as they have said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEditor {
    /// Who.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Actor and reason of the newest line of the log of changes.
pub(super) fn last_editor(
    connection: &Connection,
    path: &Path,
) -> Result<Option<LastEditor>, StoreError> {
    let newest = "select actor, reason from changes order by id desc limit 1";
    let newest = connection.query_row(newest, [], |row| {
        let (actor, reason) = (row.get(0)?, row.get(1)?);
        Ok(LastEditor { actor, reason })
    });
    newest
        .optional()
        .map_err(failed(path, "read the log of changes"))
}

/// Refuses another application's database.
pub(super) fn must_be_ours(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let identity = identity(connection).map_err(failed(path, "ask whose database this is"))?;
    identity.must_be_ours(path).map(|_| ())
}

/// Refuses a file with a view in the place of a table: it need never come to its end.
fn must_be_tables(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let doing = "look for the tables";
    let views = || -> rusqlite::Result<Vec<String>> {
        let mut views = connection.prepare("select name from sqlite_schema where type = 'view'")?;
        views.query_map((), |row| row.get(0))?.collect()
    };
    let views = views().map_err(failed(path, doing))?;
    let is_ours = |name: &&String| {
        Table::ALL
            .iter()
            .any(|table| name.eq_ignore_ascii_case(table.name()))
    };
    match views.iter().find(is_ours) {
        Some(name) => Err(StoreError::Refused {
            path: path.to_owned(),
            doing,
            reason: format!(
                "{name} is a view, and must be a table; take the file from `stringee-router history backup`"
            ),
        }),
        None => Ok(()),
    }
}

fn identity(connection: &Connection) -> rusqlite::Result<DatabaseIdentity> {
    let found = DatabaseIdentity {
        application_id: number(connection, "pragma application_id")?,
        user_version: number(connection, "pragma user_version")?,
    };
    if found.is_unmarked() && number(connection, HAS_OUR_TABLES)? == 1 {
        return Ok(DatabaseIdentity::marked(number(
            connection,
            LAST_MIGRATION,
        )?));
    }
    Ok(found)
}

/// What is to be known of a rules database as a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCondition {
    /// Commits go to a write-ahead log: then a copy of the file alone may lack them, and nobody can leave that mode while
    /// a reader is open.
    pub is_wal: bool,
    /// Lines of the table `changes`, by their ids: counting them would read them.
    pub changes_lines: u64,
}

/// How the file is kept.
pub(super) fn condition(connection: &Connection, path: &Path) -> Result<FileCondition, StoreError> {
    let ask = || {
        let mode =
            connection.query_row("pragma journal_mode", (), |row| row.get::<_, String>(0))?;
        // Whoever has dropped it is told by the compiler.
        let has_log =
            "select count(*) from sqlite_schema where type = 'table' and name = 'changes'";
        let lines = match number(connection, has_log)? {
            0 => 0,
            _ => number(
                connection,
                "select coalesce((select max(id) from changes) - (select min(id) from changes) + 1, 0)",
            )?,
        };
        Ok(FileCondition {
            is_wal: mode == "wal",
            changes_lines: u64::try_from(lines).unwrap_or_default(),
        })
    };
    ask().map_err(failed(path, "ask how the file is kept"))
}

/// What is left of a budget, and what it was.
#[derive(Clone, Copy)]
struct Budgets {
    left: LoadBudget,
    budget: LoadBudget,
}

/// A table of a file of this version.
#[derive(Clone, Copy)]
struct FileTable {
    table: Table,
    version: i64,
}

/// The rows of one table, as many as it counts.
fn rows(
    connection: &Connection,
    path: &Path,
    source: FileTable,
    budgets: Budgets,
) -> Result<Rows, StoreError> {
    let FileTable { table, version } = source;
    let doing = table.reading();
    let count = select::count(table, version);
    let counted = number(connection, &count).map_err(failed(path, doing))?;
    let counted = usize::try_from(counted).unwrap_or_default();
    let too_long = |error: rusqlite::Error| {
        if error.sqlite_error_code() == Some(ErrorCode::TooBig) {
            find_long_value(connection, path, table)
        } else {
            StoreError::new(path, doing, error)
        }
    };
    let rows = match read(connection, source, counted, budgets).map_err(too_long)? {
        Found::Rows(rows) => rows,
        Found::TooMuch(excess, key) => return Err(excess.error(path, table, &key)),
    };
    if rows.len() == counted {
        Ok(rows)
    } else {
        Err(StoreError::Incomplete {
            path: path.to_owned(),
            doing,
            counted,
            read: rows.len(),
        })
    }
}

/// What came of reading a table.
enum Found {
    Rows(Rows),
    /// Why not, and the key of the row.
    TooMuch(Excess, String),
}

fn read(
    connection: &Connection,
    FileTable { table, version }: FileTable,
    counted: usize,
    budgets: Budgets,
) -> rusqlite::Result<Found> {
    /// After so many rows it is known how long they are.
    const SAMPLE: usize = 1000;
    let columns = table.width();
    let mut rows = Rows::new(table);
    let mut statement = connection.prepare(&select::compiled(table, version))?;
    let mut found = statement.query(())?;
    while let Some(row) = found.next()? {
        let before = rows.bytes();
        rows.try_push((0..columns).map(|column| row.get_ref(column).map(cell)))?;
        let is_long = rows.bytes() - before > MAX_VALUE_BYTES;
        if is_long || !budgets.left.holds(&rows) {
            let long = Excess::of(table, rows.last(before));
            if let Some(excess) = long.or((!is_long).then_some(Excess::Total(budgets.budget))) {
                return Ok(Found::TooMuch(excess, key(table, rows.last(before))));
            }
        }
        if rows.len() == SAMPLE {
            rows.expect(counted);
        }
    }
    if table == Table::Callers {
        rows.sort_by_text();
    }
    Ok(Found::Rows(rows))
}

/// A row's key as a person would name it.
fn key(table: Table, row: Cells<'_>) -> String {
    let shown = |column: &&str| {
        let place = table.column(column)?.compiled?;
        Some(match row.get(place)? {
            CellRef::Text(text) => text.to_owned(),
            other => quoted(other),
        })
    };
    let parts: Vec<String> = table.key().iter().filter_map(shown).collect();
    parts.join("/")
}

/// A value by its storage class; SQLite does not look whether text is valid UTF-8.
fn cell(value: ValueRef<'_>) -> CellRef<'_> {
    match value {
        ValueRef::Null => CellRef::Null,
        ValueRef::Integer(number) => CellRef::Integer(number),
        ValueRef::Real(number) => CellRef::Real(number),
        ValueRef::Text(bytes) => CellRef::of_text(bytes),
        ValueRef::Blob(bytes) => CellRef::Blob(bytes),
    }
}

/// The answer to a question for one number.
fn number(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, (), |row| row.get(0))
}

fn failed(path: &Path, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| StoreError::new(path, doing, error)
}
