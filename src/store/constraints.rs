//! Rows that break their own table's constraints: somebody has written them with the checks off. SQLite says in which
//! table; which row, and why, comes out when the row is written to a table like it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OpenFlags};

use super::history::key_of_row;
use super::reader::within;
use super::{StoreError, connection};
use routing::table::Table;

/// How long that may take: ten times what a million callers need.
const LIMIT: Duration = Duration::from_mins(1);

/// How many rows are named.
const MAX_NAMED: usize = 100;

/// A row that its own table would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRow {
    /// The table.
    pub table: Table,
    /// The row's key; several key columns are joined by `/`.
    pub key: String,
    /// What the table says to it.
    pub refusal: String,
}

impl fmt::Display for BrokenRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            key,
            refusal,
        } = self;
        write!(
            f,
            "{} '{key}' breaks its table's constraint: {refusal}",
            table.name()
        )
    }
}

/// The first rows of a database that its own tables would refuse.
///
/// # Errors
/// It cannot be read.
pub async fn broken_rows(path: &Path) -> Result<Vec<BrokenRow>, StoreError> {
    let doing = "check the tables' constraints";
    let looking = move |path: &Path| {
        connection::must_exist_here(path)?;
        look(path).map_err(|error| StoreError::new(path, doing, error))
    };
    within(LIMIT, path, doing, looking).await
}

fn look(path: &Path) -> rusqlite::Result<Vec<BrokenRow>> {
    // Nothing is written, but SQLite skips this check on a connection that is opened to read only.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    let findings: Vec<String> = database
        .prepare("pragma integrity_check")?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut broken = Vec::new();
    for table in Table::ALL {
        let of_table = |finding: &String| {
            let place = finding.strip_prefix("CHECK constraint failed in ");
            place == Some(table.name())
        };
        if findings.iter().any(of_table) {
            look_at_table(&database, table, &mut broken)?;
        }
    }
    broken.truncate(MAX_NAMED);
    Ok(broken)
}

/// Writes each row of a table to an empty one like it, in memory, and keeps what is said to those that it refuses.
fn look_at_table(
    database: &Connection,
    table: Table,
    broken: &mut Vec<BrokenRow>,
) -> rusqlite::Result<()> {
    let name = table.name();
    let text = "select sql from sqlite_schema where type = 'table' and name = ?1";
    let text: String = database.query_row(text, [name], |row| row.get(0))?;
    let like_it = Connection::open_in_memory()?;
    like_it.execute_batch("pragma foreign_keys = off")?;
    like_it.execute_batch(&text)?;
    let mut rows = database.prepare(&format!(
        "select {}, o.* from {name} o",
        key_of_row(table, "o")
    ))?;
    let columns = rows.column_count() - 1;
    let places = vec!["?"; columns].join(", ");
    let mut insert =
        like_it.prepare(&format!("insert or replace into {name} values ({places})"))?;
    let mut found = rows.query(())?;
    while let Some(row) = found.next()? {
        for column in 1..=columns {
            insert.raw_bind_parameter(column, ToSqlOutput::Borrowed(row.get_ref(column)?))?;
        }
        if let Err(error) = insert.raw_execute() {
            broken.push(BrokenRow {
                table,
                key: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                refusal: refusal(&error),
            });
        }
        if broken.len() >= MAX_NAMED {
            break;
        }
    }
    Ok(())
}

/// The constraints have sentences for names.
fn refusal(error: &rusqlite::Error) -> String {
    let text = error.to_string();
    let sentence = text.strip_prefix("CHECK constraint failed: ");
    sentence.unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, create};

    #[tokio::test]
    async fn rows_that_were_written_with_the_checks_off_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rules.db");
        create(&path, Content::Demo).await.unwrap();
        assert_eq!(broken_rows(&path).await.unwrap(), []);
        let editor = Connection::open(&path).unwrap();
        let spoil = "
            pragma ignore_check_constraints = on;
            update agents set answer_timeout = 900 where id = (select min(id) from agents);
            update groups set strategy = 'loudest' where id = (select min(id) from groups)";
        editor.execute_batch(spoil).unwrap();
        let named = broken_rows(&path).await.unwrap();
        let tables: Vec<_> = named.iter().map(|row| row.table).collect();
        assert_eq!(tables, [Table::Agents, Table::Groups], "{named:?}");
        let sentence = named[0].to_string();
        assert!(
            sentence.starts_with("agents '") && sentence.contains("agents.answer_timeout must"),
            "{sentence}"
        );
    }
}
