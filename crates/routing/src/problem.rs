//! What is wrong with a row, said so that an admin can put it right.

use std::fmt::{self, Write};

use super::table::{CellRef, Table};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The version is refused; at a cold start the row is left out.
    Error,
    /// The version is served; somebody should look.
    Warning,
}

impl Severity {
    /// As it stands before a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps the version from going live.
    pub severity: Severity,
    /// The table the row stands in.
    pub table: Table,
    /// The row's key; several key columns are joined by `/`.
    pub key: String,
    /// The column that is wrong.
    pub column: &'static str,
    /// The value found there, quoted as a person would write it; `NULL` when there is none.
    pub value: String,
    /// What is wrong with the value, e.g. `is not in international form`.
    pub fault: String,
    /// What to do about it, e.g. `write 84909000001`.
    pub remedy: String,
}

impl Problem {
    /// Whether it keeps a version from being served.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            key,
            column,
            value,
            fault,
            remedy,
            ..
        } = self;
        let sentence = format!(
            "{}.{column} of {}: {value} {fault}; {remedy}",
            table.name(),
            quoted_text(key)
        );
        // Keys and faults quote what stands in the tables, and a problem is one line of a log.
        sentence
            .chars()
            .flat_map(printable)
            .try_for_each(|character| f.write_char(character))
    }
}

/// A cell as a person would write it, cut to a length that fits a sentence.
pub fn quoted<'c>(cell: impl Into<CellRef<'c>>) -> String {
    match cell.into() {
        CellRef::Null => "NULL".to_owned(),
        CellRef::Integer(value) => value.to_string(),
        CellRef::Real(value) => value.to_string(),
        CellRef::Text(text) => quoted_text(text),
        CellRef::Blob(bytes) => format!("a value of {} bytes that is not text", bytes.len()),
    }
}

/// A text in quotes, without control characters and not longer than fits a sentence.
pub fn quoted_text(text: &str) -> String {
    /// Longer values are cut: a problem is one line of a log.
    const SHOWN_CHARS: usize = 60;
    let shown: String = text.chars().take(SHOWN_CHARS).flat_map(printable).collect();
    let more = if text.chars().nth(SHOWN_CHARS).is_some() {
        "…"
    } else {
        ""
    };
    format!("'{shown}{more}'")
}

/// The character itself, or its escape where it would break the line.
fn printable(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control().then(|| character.escape_default());
    let plain = (!character.is_control()).then_some(character);
    escape.into_iter().flatten().chain(plain)
}
