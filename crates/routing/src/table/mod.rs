//! The tables of the rules database as plain rows: what a store hands over and the compiler judges.
//!
//! A [`Cell`] is whatever an admin's tool has left in the file. SQLite keeps text in an integer column if nobody stops
//! it, so nothing is decoded on the way here; the compiler alone decides what is right and says so row by row.

mod cell;
mod rows;

pub use cell::{Cell, CellRef};
pub use rows::{Cells, Rows, RowsMark, Tables};

pub use super::schema::Table;
