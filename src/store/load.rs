//! Reading all tables on a connection of rusqlite, row by row into one buffer per table. It blocks; [`Reader`] calls it.
//!
//! Every statement is prepared anew: an admin may change a table between two loads.
//!
//! [`Reader`]: super::Reader

use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::StoreError;
use super::connection::Identity;
use super::select;
use routing::table::{CellRef, Rows, Table, Tables};

/// All tables of a rules database, as they stood at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The rows, with the values as they stand in the file.
    pub tables: Tables,
    /// What [`Reader::data_version`](super::Reader::data_version) said at that moment.
    pub data_version: i64,
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
        connection.execute_batch("pragma query_only = 1")?;
        connection.pragma_update(None, "cache_size", PAGES_KEPT)?;
        Ok(connection)
    };
    open().map_err(failed(path, "open a connection"))
}

/// Gives back what the connection holds.
pub(super) fn close(connection: Connection, path: &Path) -> Result<(), StoreError> {
    connection
        .close()
        .map_err(|(_, error)| StoreError::new(path, "close the connection", error))
}

/// Everything at one moment: from the first question to the last, SQLite holds the same state of the file.
pub(super) fn load(connection: &Connection, path: &Path) -> Result<Loaded, StoreError> {
    let transaction = connection
        .unchecked_transaction()
        .map_err(failed(path, "begin to read"))?;
    let identity = identity(connection).map_err(failed(path, "ask whose database this is"))?;
    identity.must_be_ours(path)?.must_be_readable(path)?;
    let data_version = data_version(connection, path)?;
    let mut tables = Tables::default();
    for table in Table::ALL {
        tables.set(rows(connection, path, table)?);
    }
    transaction
        .rollback()
        .map_err(failed(path, "end reading"))?;
    Ok(Loaded {
        tables,
        data_version,
    })
}

/// A number that other connections' commits change.
pub(super) fn data_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    number(connection, "pragma data_version").map_err(failed(path, "ask for changes"))
}

/// Looks through the whole file for damage.
pub(super) fn check_pages(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let doing = "check the pages";
    let findings = || -> rusqlite::Result<Vec<String>> {
        connection
            .prepare("pragma quick_check")?
            .query_map((), |row| row.get(0))?
            .collect()
    };
    match findings()
        .map_err(failed(path, doing))?
        .into_iter()
        .find(|finding| is_damage(finding))
    {
        Some(detail) => Err(StoreError::Corrupt {
            path: path.to_owned(),
            doing,
            detail,
        }),
        None => Ok(()),
    }
}

/// Whether a line of `quick_check` speaks of the file itself, not of a value that a constraint would have refused.
pub(super) fn is_damage(finding: &str) -> bool {
    const OF_VALUES: [&str; 4] = [
        "CHECK constraint failed in ",
        "NULL value in ",
        "NUMERIC value in ",
        "TEXT value in ",
    ];
    finding != "ok" && !OF_VALUES.iter().any(|start| finding.starts_with(start))
}

/// One of the settings; `None` if there is no such row.
pub(super) fn setting(
    connection: &Connection,
    path: &Path,
    key: &str,
) -> Result<Option<String>, StoreError> {
    let value = "select cast(value as text) from settings where key = ?1";
    let value = connection
        .query_row(value, [key], |row| row.get(0))
        .optional();
    value
        .map(Option::flatten)
        .map_err(failed(path, "read a setting"))
}

fn identity(connection: &Connection) -> rusqlite::Result<Identity> {
    Ok(Identity {
        application_id: number(connection, "pragma application_id")?,
        user_version: number(connection, "pragma user_version")?,
    })
}

/// The rows of one table, as many as it counts.
fn rows(connection: &Connection, path: &Path, table: Table) -> Result<Rows, StoreError> {
    let doing = table.reading();
    let counted = number(connection, &select::count(table)).map_err(failed(path, doing))?;
    let counted = usize::try_from(counted).unwrap_or_default();
    let rows = read(connection, table, counted).map_err(failed(path, doing))?;
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

fn read(connection: &Connection, table: Table, counted: usize) -> rusqlite::Result<Rows> {
    /// After so many rows it is known how long they are.
    const SAMPLE: usize = 1000;
    let columns = table.width();
    let mut rows = Rows::new(table);
    let mut statement = connection.prepare(&select::compiled(table))?;
    let mut found = statement.query(())?;
    while let Some(row) = found.next()? {
        rows.try_push((0..columns).map(|column| row.get_ref(column).map(cell)))?;
        if rows.len() == SAMPLE {
            rows.expect(counted);
        }
    }
    if table == Table::Callers {
        rows.sort_by_text();
    }
    Ok(rows)
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
