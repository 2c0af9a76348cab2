//! A rules database that mirrors one version of a project in PostgreSQL: the usual tables, and one more that says which.
//!
//! Whatever reads rules reads this file. Rows are written with triggers and foreign keys off, as they stood there.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params_from_iter};
use serde_json::{Map, Value};

use super::create::{Content, create};
use super::migrations::SCHEMA_VERSION;
use super::reader::within;
use super::{LIMIT_OF_WRITING, StoreError};
use crate::exchange::RuleSet;
use crate::files;
use routing::schema::Column;
use routing::table::{Cell, Table};

/// Lines of `changes` that it keeps: PostgreSQL has all of them.
const CHANGES_KEPT: i64 = 100_000;

const TABLE: &str =
    "create table if not exists mirror (version integer not null, token text not null)";

/// Which version of the rules a mirror holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorVersion {
    /// The number, as PostgreSQL counts.
    pub version: i64,
    /// New with each version: tells a fork.
    pub token: String,
}

/// A line of the log of edits in PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct LogEntry {
    pub(super) version: i64,
    pub(super) at: String,
    pub(super) actor: String,
    pub(super) reason: Option<String>,
    pub(super) table: String,
    pub(super) key: String,
    pub(super) op: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// Which version a mirror holds; `None`: there is none of this program's.
///
/// # Errors
/// It cannot be read.
pub async fn mirror_version(path: &Path) -> Result<Option<MirrorVersion>, StoreError> {
    let doing = "ask which version it mirrors";
    let asking = move |path: &Path| {
        if !path.exists() {
            return Ok(None);
        }
        let ask = || {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(LIMIT_OF_WRITING)?;
            let tables: i64 =
                connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if tables != SCHEMA_VERSION || !has_mirror(&connection)? {
                return Ok(None);
            }
            connection.query_row("select version, token from mirror", (), |row| {
                Ok(Some(MirrorVersion {
                    version: row.get(0)?,
                    token: row.get(1)?,
                }))
            })
        };
        ask().map_err(|error| StoreError::new(path, doing, error))
    };
    within(LIMIT_OF_WRITING, path, doing, asking).await
}

/// Whether a database is a mirror.
pub(super) fn has_mirror(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "select count(*) from sqlite_master where type = 'table' and name = 'mirror'";
    connection.query_row(sql, (), |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// Brings a mirror to a version, in one transaction.
pub(super) async fn apply(
    path: &Path,
    entries: Vec<LogEntry>,
    version: MirrorVersion,
) -> Result<(), StoreError> {
    let doing = "follow the edits";
    let writing = move |path: &Path| {
        let write = || {
            let mut connection = open(path)?;
            let transaction = begin(&mut connection)?;
            for entry in &entries {
                apply_one(&transaction, entry)?;
            }
            let old = "delete from changes where id <= (select max(id) from changes) - ?1";
            transaction.execute(old, [CHANGES_KEPT])?;
            stamp(&transaction, &version)?;
            transaction.commit()
        };
        write().map_err(|error| StoreError::new(path, doing, error))
    };
    within(LIMIT_OF_WRITING, path, doing, writing).await
}

/// Puts a whole version in the place of whatever stands there.
pub(super) async fn replace(
    path: &Path,
    rules: RuleSet,
    version: MirrorVersion,
) -> Result<(), StoreError> {
    let doing = "write the mirror";
    let draft = draft_of(path);
    for file in beside(&draft) {
        files::remove(&file).map_err(|error| StoreError::io(&file, doing, error.source))?;
    }
    create(&draft, Content::Empty).await?;
    let filled = draft.clone();
    let writing = move |path: &Path| {
        let write = || {
            let mut connection = open(&filled)?;
            let transaction = begin(&mut connection)?;
            transaction.execute_batch("delete from settings; delete from changes")?;
            for table in Table::ALL {
                insert(
                    &transaction,
                    table,
                    rules.rows(table).iter().map(|row| &**row),
                )?;
            }
            stamp(&transaction, &version)?;
            transaction.commit()
        };
        write().map_err(|error| StoreError::new(&filled, doing, error))?;
        // A journal of the old file would be rolled back into the new one.
        for file in beside(path).into_iter().skip(1) {
            files::remove(&file).map_err(|error| StoreError::io(&file, doing, error.source))?;
        }
        std::fs::rename(&filled, path).map_err(|error| StoreError::io(path, doing, error))
    };
    within(LIMIT_OF_WRITING, path, doing, writing).await
}

fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("new.db")
}

/// A database and what SQLite keeps beside it.
fn beside(path: &Path) -> [PathBuf; 3] {
    ["", "-journal", "-wal"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(LIMIT_OF_WRITING)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    // What a power cut takes is followed anew; what is half written SQLite rolls back.
    connection.execute_batch("pragma synchronous = normal; pragma ignore_check_constraints = 1")?;
    Ok(connection)
}

fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn stamp(transaction: &Transaction<'_>, version: &MirrorVersion) -> rusqlite::Result<()> {
    transaction.execute_batch(TABLE)?;
    transaction.execute("delete from mirror", ())?;
    let sql = "insert into mirror (version, token) values (?1, ?2)";
    transaction.execute(sql, (version.version, &version.token))?;
    Ok(())
}

/// One after the other: of each row the last entry counts.
fn apply_one(transaction: &Transaction<'_>, entry: &LogEntry) -> rusqlite::Result<()> {
    let mut tables = Table::ALL.into_iter();
    let Some(table) = tables.find(|table| table.name() == entry.table) else {
        return Ok(());
    };
    if let Some(row) = row_of(table, entry.before.as_deref()) {
        let key = table.key().iter();
        let is_row: Vec<String> = key.map(|name| format!("{name} = ?")).collect();
        let sql = format!(
            "delete from {} where {}",
            table.name(),
            is_row.join(" and ")
        );
        let key = row.iter().take(table.key().len()).map(value);
        transaction.prepare(&sql)?.execute(params_from_iter(key))?;
    }
    if let Some(row) = row_of(table, entry.after.as_deref()) {
        insert(transaction, table, std::iter::once(&*row))?;
    }
    let sql = "insert into changes (at, actor, reason, table_name, row_key, op, before, after)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    transaction.prepare(sql)?.execute((
        &entry.at,
        &entry.actor,
        &entry.reason,
        &entry.table,
        &entry.key,
        &entry.op,
        &entry.before,
        &entry.after,
    ))?;
    Ok(())
}

fn insert<'r>(
    transaction: &Transaction<'_>,
    table: Table,
    rows: impl Iterator<Item = &'r [Cell]>,
) -> rusqlite::Result<()> {
    let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
    let places = vec!["?"; names.len()].join(", ");
    let (table, names) = (table.name(), names.join(", "));
    let sql = format!("insert or replace into {table} ({names}) values ({places})");
    let mut statement = transaction.prepare(&sql)?;
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(value)))?;
    }
    Ok(())
}

/// A row as the log has it: a JSON object with a member per column.
fn row_of(table: Table, text: Option<&str>) -> Option<Vec<Cell>> {
    let object: Map<String, Value> = serde_json::from_str(text?).ok()?;
    let cell = |column: &Column| match object.get(column.name) {
        Some(Value::Number(number)) => match number.as_i64() {
            Some(number) => Cell::Integer(number),
            None => Cell::Null,
        },
        Some(Value::String(text)) => Cell::Text(text.as_str().into()),
        _ => Cell::Null,
    };
    Some(table.columns().iter().map(cell).collect())
}

fn value(cell: &Cell) -> SqlValue {
    match cell {
        Cell::Null => SqlValue::Null,
        Cell::Integer(number) => SqlValue::Integer(*number),
        Cell::Real(number) => SqlValue::Real(*number),
        Cell::Text(text) => SqlValue::Text(text.to_string()),
        Cell::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
    }
}
