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
    let rows = listed(table, table.compiled());
    // As they stand in the file, to be sorted later: by the index, each of a million would be sought on its own.
    if table == Table::Callers {
        rows
    } else {
        ordered(rows, table)
    }
}

/// All columns, in the order of the key.
pub(super) fn everything(table: Table) -> String {
    ordered(listed(table, table.columns().iter()), table)
}

fn listed(table: Table, columns: impl Iterator<Item = &'static Column>) -> String {
    let names: Vec<&str> = columns.map(|column| column.name).collect();
    format!("select {} from {}", names.join(", "), table.name())
}

fn ordered(rows: String, table: Table) -> String {
    format!("{rows} order by {}", table.key().join(", "))
}
