//! Pieces of SQL for a table whose columns are only known when it is looked at.
//!
//! An admin may have added a column, and a later version of this program may have; all of them are compared and
//! restored. Names come from the database itself and are quoted.

use std::fmt::Write as _;

use sqlx::sqlite::SqliteConnection;

use routing::table::Table;

/// A table with the columns that are compared or written.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) table: Table,
    columns: Vec<String>,
}

impl Shape {
    /// The columns that a table has in both of two attached databases.
    pub(super) async fn shared(
        connection: &mut SqliteConnection,
        table: Table,
        schemas: [&str; 2],
    ) -> Result<Self, sqlx::Error> {
        let columns = "
            select first.name from pragma_table_info(?1, ?2) first
            join pragma_table_info(?1, ?3) second on second.name = first.name
            order by first.cid";
        let columns = sqlx::query_scalar(columns)
            .bind(table.name())
            .bind(schemas[0])
            .bind(schemas[1]);
        Ok(Self {
            table,
            columns: columns.persistent(false).fetch_all(connection).await?,
        })
    }

    /// The row as a JSON object. Bytes, which JSON cannot hold, stand there as SQL would write them.
    pub(super) fn image(&self, row: &str) -> String {
        let pair = |column: &String| {
            let name = column.replace('\'', "''");
            let column = format!("{row}.{}", quoted(column));
            format!(
                "'{name}', case typeof({column}) when 'blob' then quote({column}) else {column} end"
            )
        };
        format!(
            "json_object({})",
            joined(", ", self.columns.iter().map(pair))
        )
    }

    /// Whether two rows have the same in all columns.
    pub(super) fn equal(&self, one: &str, other: &str) -> String {
        joined(
            " and ",
            self.columns
                .iter()
                .map(|column| format!("{one}.{0} is {other}.{0}", quoted(column))),
        )
    }
}

/// Whether two rows have the same key.
pub(super) fn same_key(table: Table, one: &str, other: &str) -> String {
    joined(
        " and ",
        table
            .key()
            .iter()
            .map(|column| format!("{one}.{0} = {other}.{0}", quoted(column))),
    )
}

/// The first column of a key: it is NULL only where an outer join found no row.
pub(super) fn first_key(table: Table, row: &str) -> String {
    format!("{row}.{}", quoted(table.key().first().unwrap_or(&"rowid")))
}

/// A row's key as one text: two columns are joined by `/`, and a `/` inside of them is doubled.
pub(in crate::store) fn key_of_row(table: Table, row: &str) -> String {
    key_text(
        table
            .key()
            .iter()
            .map(|column| format!("{row}.{}", quoted(column))),
    )
}

/// The same of a JSON object.
pub(super) fn key_of_image(table: Table, image: &str) -> String {
    key_text(table.key().iter().map(|column| value(image, column)))
}

/// Whether the row of one JSON object has all that another one says. Columns that the other does not name may differ.
///
/// NULLs are taken out first, because a patch takes them for deletions.
pub(super) fn agrees(image: &str, expected: &str) -> String {
    let plain = format!("json_patch('{{}}', {image})");
    format!("json_patch({plain}, {expected}) = {plain}")
}

fn key_text(columns: impl ExactSizeIterator<Item = String>) -> String {
    if columns.len() == 1 {
        return joined("", columns.map(|column| format!("cast({column} as text)")));
    }
    joined(
        " || '/' || ",
        columns.map(|column| format!("replace({column}, '/', '//')")),
    )
}

/// A column as it stands in a JSON object.
fn value(image: &str, column: &str) -> String {
    format!(
        "json_extract({image}, '$.\"{}\"')",
        column.replace('\'', "''")
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn joined(separator: &str, parts: impl Iterator<Item = String>) -> String {
    parts
        .enumerate()
        .fold(String::new(), |mut text, (at, part)| {
            let separator = if at == 0 { "" } else { separator };
            // Writing to a string cannot fail.
            let _infallible = write!(text, "{separator}{part}");
            text
        })
}
