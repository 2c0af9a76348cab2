//! Rows in columns of text.

use std::fmt::{self, Display, Formatter};

use crate::store::Selected;
use routing::table::Cell;

/// The rows of a statement, one to a line, under the names of their columns.
pub(super) struct TextTable<'s>(pub(super) &'s Selected);

impl Display for TextTable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Selected {
            columns,
            rows,
            more,
        } = self.0;
        let mut lines: Vec<Vec<String>> = Vec::with_capacity(rows.len());
        for row in rows {
            lines.push(row.iter().map(text).collect());
        }
        let mut widths = Vec::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            let mut width = column.chars().count();
            for line in &lines {
                width = width.max(line.get(place).map_or(0, |cell| cell.chars().count()));
            }
            widths.push(width);
        }
        let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        write_line(f, columns, &widths)?;
        write_line(f, &dashes, &widths)?;
        for line in &lines {
            write_line(f, line, &widths)?;
        }
        match (rows.len(), *more) {
            (1, 0) => f.write_str("1 row"),
            (rows, 0) => write!(f, "{rows} rows"),
            (rows, more) => write!(f, "{rows} rows, and {more} more that are not shown"),
        }
    }
}

/// A line, without blanks at its end.
fn write_line(f: &mut Formatter<'_>, cells: &[String], widths: &[usize]) -> fmt::Result {
    let mut padded = Vec::with_capacity(cells.len());
    for (cell, width) in cells.iter().zip(widths) {
        padded.push(format!("{cell:<width$}"));
    }
    writeln!(f, "{}", padded.join("  ").trim_end())
}

/// A value in one line.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => printable(text),
        Cell::Blob(bytes) => format!("({} bytes)", bytes.len()),
    }
}

/// A text with escapes in place of characters that would break the line.
fn printable(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}
