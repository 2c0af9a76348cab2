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
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(text).collect())
            .collect();
        let longest = |place: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(place))
                .chain(columns.get(place));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.len()).map(longest).collect();
        let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        write_line(f, columns, &widths)?;
        write_line(f, &dashes, &widths)?;
        rows.iter()
            .try_for_each(|row| write_line(f, row, &widths))?;
        match (rows.len(), *more) {
            (1, 0) => f.write_str("1 row"),
            (rows, 0) => write!(f, "{rows} rows"),
            (rows, more) => write!(f, "{rows} rows, and {more} more that are not shown"),
        }
    }
}

/// A line, without blanks at its end.
fn write_line(f: &mut Formatter<'_>, cells: &[String], widths: &[usize]) -> fmt::Result {
    let padded = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"));
    writeln!(f, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())
}

/// A value in one line.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => text.chars().flat_map(printable).collect(),
        Cell::Blob(bytes) => format!("({} bytes)", bytes.len()),
    }
}

/// The character itself, or its escape where it would break the line.
fn printable(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control().then(|| character.escape_default());
    let plain = (!character.is_control()).then_some(character);
    escape.into_iter().flatten().chain(plain)
}
