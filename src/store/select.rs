//! How the rows of a table are asked for.

use routing::schema::Column;
use routing::table::Table;

/// How many rows a table has.
pub(super) fn count(table: Table) -> String {
    format!("select count(*) from {}", table.name())
}

/// The columns that the compiler reads, in the order of the key: the same rows are read in the same order however they
/// came to be there.
pub(super) fn compiled(table: Table) -> String {
    // As they stand in the file, to be sorted later: by the index, each of a million would be sought on its own.
    let order = match table {
        Table::Callers => String::new(),
        _ => by_key(table),
    };
    listed(table, table.compiled()) + &order
}

/// All columns, in the order of the key.
pub(super) fn everything(table: Table) -> String {
    listed(table, table.columns().iter()) + &by_key(table)
}

/// The key of each row, and what it has in a column that somebody has added.
pub(super) fn added(table: Table, column: &str) -> String {
    let key = table.key().join(", ");
    let column = column.replace('"', "\"\"");
    format!("select {key}, \"{column}\" from {}", table.name())
}

fn listed(table: Table, columns: impl Iterator<Item = &'static Column>) -> String {
    let names: Vec<&str> = columns.map(|column| column.name).collect();
    format!("select {} from {}", names.join(", "), table.name())
}

fn by_key(table: Table) -> String {
    format!(" order by {}", table.key().join(", "))
}
