//! One value, before anybody has judged it.
//!
//! Stores hand cells over undecoded: SQLite keeps any type in any column if nobody stops it, and drivers that decode turn
//! NULL into `""`. So one place judges, the compiler, and it can name the row, the column, the value and the remedy.

/// One value as the database holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value: "any" or "as usual".
    Null,
    /// A whole number.
    Integer(i64),
    /// A fractional number; no column wants one.
    Real(f64),
    /// Valid UTF-8.
    Text(Box<str>),
    /// Bytes, or text that is not valid UTF-8; no column wants them.
    Blob(Box<[u8]>),
}

/// A [`Cell`] that stands among others: looking at a million of them allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellRef<'c> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A fractional number.
    Real(f64),
    /// Valid UTF-8.
    Text(&'c str),
    /// Bytes, or text that is not valid UTF-8.
    Blob(&'c [u8]),
}

impl<'c> CellRef<'c> {
    /// What a database calls text, which need not be valid UTF-8.
    pub fn of_text(bytes: &'c [u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Blob(bytes),
        }
    }
}

impl<'c> From<&'c Cell> for CellRef<'c> {
    fn from(cell: &'c Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(number) => Self::Integer(*number),
            Cell::Real(number) => Self::Real(*number),
            Cell::Text(text) => Self::Text(text),
            Cell::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl<'c> From<&'c str> for CellRef<'c> {
    fn from(text: &'c str) -> Self {
        Self::Text(text)
    }
}

impl From<CellRef<'_>> for Cell {
    fn from(cell: CellRef<'_>) -> Self {
        match cell {
            CellRef::Null => Self::Null,
            CellRef::Integer(number) => Self::Integer(number),
            CellRef::Real(number) => Self::Real(number),
            CellRef::Text(text) => Self::Text(text.into()),
            CellRef::Blob(bytes) => Self::Blob(bytes.into()),
        }
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
