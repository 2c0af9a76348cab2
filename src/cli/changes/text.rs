//! A changed row in words: which one, and what from what to what.

use std::fmt;

use serde_json::{Map, Value};

use crate::store::{Op, RowChange};

/// A change in words; see [`Change::of`] and [`Change::taken_back`].
pub(in crate::cli) struct Change<'c> {
    made: &'c RowChange,
    op: Op,
    before: Row,
    after: Row,
}

/// A row's columns.
type Row = Map<String, Value>;

impl<'c> Change<'c> {
    /// The change as it was made.
    pub(in crate::cli) fn of(change: &'c RowChange) -> Self {
        Self {
            made: change,
            op: change.op,
            before: row(change.before.as_deref()),
            after: row(change.after.as_deref()),
        }
    }

    /// The change that takes it back.
    pub(in crate::cli) fn taken_back(change: &'c RowChange) -> Self {
        let Self {
            before, after, op, ..
        } = Self::of(change);
        Self {
            made: change,
            op: op.inverse(),
            before: after,
            after: before,
        }
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowChange {
            version,
            number,
            table,
            key,
            ..
        } = self.made;
        write!(f, "{version}.{number} {table} {key}")?;
        match self.op {
            Op::Insert => write_columns(f, " is new", &self.after),
            Op::Delete => write_columns(f, " is gone", &self.before),
            Op::Update => self.write_differences(f),
        }
    }
}

impl Change<'_> {
    fn write_differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = ": ";
        for (column, after) in &self.after {
            let before = self.before.get(column).unwrap_or(&Value::Null);
            if before != after {
                write!(f, "{separator}{column} {} -> {}", Cell(before), Cell(after))?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

/// What stands in a row, without what is empty.
fn write_columns(f: &mut fmt::Formatter<'_>, what: &str, row: &Row) -> fmt::Result {
    f.write_str(what)?;
    let mut separator = ": ";
    for (column, value) in row.iter().filter(|(_, value)| !value.is_null()) {
        write!(f, "{separator}{column} {}", Cell(value))?;
        separator = ", ";
    }
    Ok(())
}

/// A value as SQL writes it.
struct Cell<'v>(&'v Value);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("NULL"),
            Value::String(text) => write!(f, "'{}'", text.replace('\'', "''")),
            other => write!(f, "{other}"),
        }
    }
}

fn row(image: Option<&str>) -> Row {
    image
        .and_then(|image| serde_json::from_str(image).ok())
        .unwrap_or_default()
}
