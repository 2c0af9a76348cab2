//! A changed row in words: which one, and what from what to what.

use std::fmt;

use serde_json::Value;

use crate::exchange::Image;
use crate::store::{Op, RowChange};

/// A change in words.
pub(super) struct ChangeText<'c>(pub(super) &'c RowChange);

impl fmt::Display for ChangeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowChange {
            version,
            number,
            table,
            key,
            ..
        } = self.0;
        let (before, after) = (row(self.0.before.as_deref()), row(self.0.after.as_deref()));
        write!(f, "{version}.{number} {table} {key}")?;
        match self.0.op {
            Op::Insert => write_columns(f, " is new", &after),
            Op::Delete => write_columns(f, " is gone", &before),
            Op::Update => write_differences(f, &before, &after),
        }
    }
}

fn write_differences(f: &mut fmt::Formatter<'_>, before: &Image, after: &Image) -> fmt::Result {
    let mut separator = ": ";
    for (column, after) in after {
        let before = before.get(column).unwrap_or(&Value::Null);
        if before != after {
            write!(f, "{separator}{column} {} -> {}", Cell(before), Cell(after))?;
            separator = ", ";
        }
    }
    Ok(())
}

/// What stands in a row, without what is empty.
fn write_columns(f: &mut fmt::Formatter<'_>, what: &str, row: &Image) -> fmt::Result {
    f.write_str(what)?;
    let mut separator = ": ";
    for (column, value) in row {
        if !value.is_null() {
            write!(f, "{separator}{column} {}", Cell(value))?;
            separator = ", ";
        }
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

fn row(image: Option<&str>) -> Image {
    let Some(image) = image else {
        return Image::new();
    };
    serde_json::from_str(image).unwrap_or_default()
}
