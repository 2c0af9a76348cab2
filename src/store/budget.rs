//! How much a load may take: whoever edits the rules must not be able to take the server's memory away.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use crate::config::DatabaseConfig;
use routing::schema::Column;
use routing::table::{CellRef, Cells, Rows, RowsMark, Table};

/// How much the tables may hold for a load to read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadBudget {
    /// Bytes of all values together.
    pub bytes: usize,
    /// Rows of all tables together.
    pub rows: usize,
}

impl From<&DatabaseConfig> for LoadBudget {
    fn from(config: &DatabaseConfig) -> Self {
        Self {
            bytes: config.load_budget_mb.saturating_mul(1 << 20),
            rows: config.load_budget_rows,
        }
    }
}

impl LoadBudget {
    /// For copies of what was accepted once, under whatever budget.
    pub(super) const UNLIMITED: Self = Self {
        bytes: usize::MAX,
        rows: usize::MAX,
    };

    /// For commands: a person waits, calls do not depend on it, and the server has its own say.
    pub(super) const COMMAND: Self = Self {
        bytes: 1 << 30,
        rows: 20_000_000,
    };

    /// What is left of it after a table that was not read, but counts.
    pub(super) const fn after(self, rows: &RowsMark) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(rows.bytes),
            rows: self.rows.saturating_sub(rows.count),
        }
    }

    /// The same after a table that was read.
    pub(super) const fn spent_on(self, rows: &Rows) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(rows.bytes()),
            rows: self.rows.saturating_sub(rows.len()),
        }
    }

    /// Whether the rows read so far are within it.
    pub(super) const fn holds(self, rows: &Rows) -> bool {
        rows.bytes() <= self.bytes && rows.len() <= self.rows
    }
}

/// The longest value that a column may have, in bytes. The longest that anybody needs is a list of some thousand ids.
pub(super) const MAX_VALUE_BYTES: usize = 1 << 20;

/// The longest value or row that SQLite itself reads on our connections: above [`MAX_VALUE_BYTES`], so that we can name
/// the value, and far below what SQLite takes by default (1 GB).
pub(super) const MAX_ROW_BYTES: i32 = 8 << 20;

/// Why a row is too much.
#[derive(Clone, Copy, Debug)]
pub(super) enum Excess {
    /// One value is too long: the column's name, and its bytes if they are known.
    Value(&'static str, Option<usize>),
    /// All values together, or all rows.
    Total(LoadBudget),
}

impl Excess {
    /// The first value of a row that is too long.
    pub(super) fn of(table: Table, row: Cells<'_>) -> Option<Self> {
        for (column, cell) in table.compiled().zip(row.iter()) {
            let bytes = match cell {
                CellRef::Text(text) => text.len(),
                CellRef::Blob(blob) => blob.len(),
                CellRef::Null | CellRef::Integer(_) | CellRef::Real(_) => 0,
            };
            if bytes > MAX_VALUE_BYTES {
                return Some(Self::Value(column.name, Some(bytes)));
            }
        }
        None
    }

    /// The error, for the row with this key.
    pub(super) fn error(self, path: &Path, table: Table, key: &str) -> StoreError {
        let table = table.name();
        let key = routing::problem::quoted_text(key);
        let detail = match self {
            Self::Value(column, bytes) => {
                let bytes = match bytes {
                    Some(bytes) => format!(" of {bytes} bytes"),
                    None => String::new(),
                };
                format!(
                    "{table}.{column} of {key} has a value{bytes}, longer than {MAX_VALUE_BYTES} bytes; write a shorter one"
                )
            }
            Self::Total(LoadBudget { bytes, rows }) => format!(
                "at the row {key} of {table} there are more rows than {rows}, or more bytes than {bytes} in them, \
                 which a load may take; take rows out, or raise database.load_budget_rows or database.load_budget_mb"
            ),
        };
        StoreError::TooMuch {
            path: path.to_owned(),
            detail,
        }
    }
}

/// Finds the value that SQLite did not read for its length. It looks at lengths alone: no value is read for that.
pub(super) fn find_long_value(connection: &Connection, path: &Path, table: Table) -> StoreError {
    for Column { name, .. } in table.compiled() {
        if let Ok(Some(key)) = row_with_long_value(connection, table, name) {
            return Excess::Value(name, None).error(path, table, &key);
        }
    }
    Excess::Value("*", None).error(path, table, "?")
}

fn row_with_long_value(
    connection: &Connection,
    table: Table,
    column: &str,
) -> rusqlite::Result<Option<String>> {
    let shown = |key: &&str| {
        format!(
            "iif(octet_length({key}) > 200, octet_length({key}) || ' bytes', cast({key} as text))"
        )
    };
    let key: Vec<String> = table.key().iter().map(shown).collect();
    let sql = format!(
        "select {} from {} where octet_length({column}) > ?1 limit 1",
        key.join(" || '/' || "),
        table.name()
    );
    let found = connection.query_row(
        &sql,
        [i64::try_from(MAX_VALUE_BYTES).unwrap_or(i64::MAX)],
        |row| row.get::<_, Option<String>>(0),
    );
    Ok(found.optional()?.map(Option::unwrap_or_default))
}
