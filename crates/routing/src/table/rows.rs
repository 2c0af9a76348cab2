//! Rows one behind the other in one buffer: a million of them are one allocation, given back as a whole.
//!
//! A cell is its kind in one byte, then the value: eight bytes of a number, or the length of a text in four bytes and
//! the text. So the same rows are the same bytes, and other rows are others.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::iter;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{CellRef, Table};

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// The rows of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    table: Table,
    count: usize,
    bytes: Vec<u8>,
}

/// The cells of one row, in the order of [`Table::compiled`].
#[derive(Clone, Copy, Debug)]
pub struct Cells<'r>(&'r [u8]);

/// What is remembered of rows once they are given back: enough to tell the same rows from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsMark {
    /// Of which table.
    pub table: Table,
    /// How many there were.
    pub count: usize,
    /// How many bytes they took.
    pub bytes: usize,
    /// The same for the same rows.
    pub digest: u128,
}

/// All rows of a rules database, read in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Tables(BTreeMap<Table, TableRows>);

#[derive(Clone, Debug, PartialEq)]
enum TableRows {
    Read(Rows),
    /// They are known to be those of an earlier reading, and were not read again.
    Unread(RowsMark),
}

impl Rows {
    /// No rows yet.
    pub const fn new(table: Table) -> Self {
        Self {
            table,
            count: 0,
            bytes: Vec::new(),
        }
    }

    /// Makes room for so many rows in all, as long as those that are there. A buffer that grows by and by leaves holes in
    /// the memory of the process, which a large one that is made at once does not.
    pub fn expect(&mut self, rows: usize) {
        let bytes = self.bytes.len().saturating_mul(rows) / self.count.max(1);
        // Some more, for rows are not all alike.
        self.bytes
            .reserve_exact((bytes + bytes / 8).saturating_sub(self.bytes.len()));
    }

    /// Adds one row. A row that is too short is filled up with [`CellRef::Null`], one that is too long is cut.
    pub fn push<'c>(&mut self, row: impl IntoIterator<Item = impl Into<CellRef<'c>>>) {
        let Ok(()) = self.try_push(row.into_iter().map(|cell| Ok::<_, Infallible>(cell.into())));
    }

    /// Adds one row whose cells may not be there to be read.
    ///
    /// # Errors
    /// The first error; the rows are of no use then.
    pub fn try_push<'c, E>(
        &mut self,
        row: impl IntoIterator<Item = Result<CellRef<'c>, E>>,
    ) -> Result<(), E> {
        let missing = iter::repeat_with(|| Ok(CellRef::Null));
        let cells = row.into_iter().chain(missing).take(self.table.width());
        self.count += 1;
        for cell in cells {
            put(&mut self.bytes, cell?);
        }
        Ok(())
    }

    /// Puts the rows in the order of the text in their first column, as a database's index has it.
    pub fn sort_by_text(&mut self) {
        if self
            .iter()
            .is_sorted_by_key(|row| (row.first_value(), row.0))
        {
            return;
        }
        let beginnings = self.iter().map(|row| (beginning(row.first_value()), row));
        let mut rows: Vec<_> = beginnings.collect();
        // Most texts differ in their beginning, and whoever compares those need not look for the rows themselves.
        rows.sort_unstable_by(|(one, row), (other, another)| {
            one.cmp(other)
                .then_with(|| (row.first_value(), row.0).cmp(&(another.first_value(), another.0)))
        });
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for (_, row) in rows {
            bytes.extend_from_slice(row.0);
        }
        self.bytes = bytes;
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// The row that was added when so many bytes were there; no cells if none was.
    pub fn last(&self, bytes_before: usize) -> Cells<'_> {
        Cells(self.bytes.get(bytes_before..).unwrap_or_default())
    }

    /// How many bytes they take.
    pub const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is to be remembered of them.
    pub fn mark(&self) -> RowsMark {
        RowsMark {
            table: self.table,
            count: self.count,
            bytes: self.bytes.len(),
            digest: xxh3_128(&self.bytes),
        }
    }

    /// Each row's cells.
    pub fn iter(&self) -> impl Iterator<Item = Cells<'_>> {
        let (mut rest, width) = (&*self.bytes, self.table.width());
        (0..self.count).map(move |_| {
            let before = rest;
            for _ in 0..width {
                take(&mut rest);
            }
            Cells(before.get(..before.len() - rest.len()).unwrap_or(before))
        })
    }
}

impl<'r> Cells<'r> {
    /// The cell of one column.
    pub fn get(self, column: usize) -> Option<CellRef<'r>> {
        self.undecoded().nth(column).map(decode)
    }

    /// Every cell.
    pub fn iter(self) -> impl Iterator<Item = CellRef<'r>> {
        self.undecoded().map(decode)
    }

    /// The bytes of the first cell's value.
    fn first_value(self) -> &'r [u8] {
        self.undecoded().next().map_or(&[], |(_, value)| value)
    }

    fn undecoded(self) -> impl Iterator<Item = (u8, &'r [u8])> {
        let mut rest = self.0;
        iter::from_fn(move || take(&mut rest))
    }
}

impl Default for Tables {
    fn default() -> Self {
        let empty = |table| (table, TableRows::Read(Rows::new(table)));
        Self(Table::ALL.into_iter().map(empty).collect())
    }
}

impl Tables {
    /// The rows of one table, in the order in which they were read; none if they were not read.
    pub fn rows(&self, table: Table) -> impl Iterator<Item = Cells<'_>> {
        self.read(table).into_iter().flat_map(Rows::iter)
    }

    /// How many rows one table has.
    pub fn count(&self, table: Table) -> usize {
        match self.0.get(&table) {
            Some(TableRows::Read(rows)) => rows.len(),
            Some(TableRows::Unread(mark)) => mark.count,
            None => 0,
        }
    }

    /// Takes over the rows of one table, in place of those it had.
    pub fn set(&mut self, rows: Rows) {
        self.0.insert(rows.table, TableRows::Read(rows));
    }

    /// Takes note that one table has the rows that it had when these were marked.
    pub fn set_unread(&mut self, rows: RowsMark) {
        self.0.insert(rows.table, TableRows::Unread(rows));
    }

    /// Whether the rows of one table are here.
    pub fn is_read(&self, table: Table) -> bool {
        self.read(table).is_some()
    }

    /// What is to be remembered of all rows.
    pub fn marks(&self) -> Vec<RowsMark> {
        Table::ALL.map(|table| self.mark(table)).to_vec()
    }

    /// The same of the rows of one table.
    pub fn mark(&self, table: Table) -> RowsMark {
        match self.0.get(&table) {
            Some(TableRows::Read(rows)) => rows.mark(),
            Some(TableRows::Unread(mark)) => *mark,
            None => Rows::new(table).mark(),
        }
    }

    fn read(&self, table: Table) -> Option<&Rows> {
        match self.0.get(&table)? {
            TableRows::Read(rows) => Some(rows),
            TableRows::Unread(_) => None,
        }
    }

    /// Adds one row to one table.
    pub fn push<'c>(
        &mut self,
        table: Table,
        row: impl IntoIterator<Item = impl Into<CellRef<'c>>>,
    ) {
        let rows = self.0.entry(table);
        let rows = rows.or_insert_with(|| TableRows::Read(Rows::new(table)));
        if let TableRows::Read(rows) = rows {
            rows.push(row);
        }
    }

    /// A number that is the same for the same rows, and another for others.
    pub fn fingerprint(&self) -> u64 {
        let mut state = Xxh3::new();
        for table in Table::ALL {
            state.update(table.name().as_bytes());
            state.update(&self.mark(table).digest.to_le_bytes());
        }
        state.digest()
    }

    /// The fingerprint as builds made it that did not digest each table by itself: their copies are still good.
    pub fn earlier_fingerprint(&self) -> u64 {
        let mut state = Xxh3::new();
        for (table, rows) in &self.0 {
            if let TableRows::Read(rows) = rows {
                state.update(table.name().as_bytes());
                state.update(&rows.bytes);
            }
        }
        state.digest()
    }
}

/// Writes one cell. A text of more than 4 GB is cut; SQLite has none of more than 1 GB.
fn put(bytes: &mut Vec<u8>, cell: CellRef<'_>) {
    let mut put_long = |kind, value: &[u8]| {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        bytes.push(kind);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(value.get(..place(length)).unwrap_or(value));
    };
    match cell {
        CellRef::Text(text) => put_long(TEXT, text.as_bytes()),
        CellRef::Blob(blob) => put_long(BLOB, blob),
        CellRef::Null => bytes.push(NULL),
        CellRef::Integer(number) => {
            bytes.push(INTEGER);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        CellRef::Real(number) => {
            bytes.push(REAL);
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
}

/// Takes one cell off the front, as its kind and its value; nothing at the end.
fn take<'r>(rest: &mut &'r [u8]) -> Option<(u8, &'r [u8])> {
    let (kind, behind) = rest.split_first()?;
    let (length, behind) = match *kind {
        NULL => (0, behind),
        INTEGER | REAL => (8, behind),
        _ => {
            let (length, value) = behind.split_first_chunk()?;
            (place(u32::from_le_bytes(*length)), value)
        }
    };
    let (value, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some((*kind, value))
}

fn decode((kind, value): (u8, &[u8])) -> CellRef<'_> {
    let number = || value.first_chunk().copied().unwrap_or_default();
    match kind {
        INTEGER => CellRef::Integer(i64::from_le_bytes(number())),
        REAL => CellRef::Real(f64::from_le_bytes(number())),
        TEXT => CellRef::of_text(value),
        BLOB => CellRef::Blob(value),
        _ => CellRef::Null,
    }
}

/// The first bytes of a text, so that they compare as the texts do; where they are equal the rest decides.
fn beginning(text: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(text) {
        *to = *from;
    }
    u128::from_be_bytes(bytes)
}

fn place(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::table::Cell;

    fn any_cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Null),
            any::<i64>().prop_map(Cell::Integer),
            any::<i32>().prop_map(|number| Cell::Real(f64::from(number) / 8.0)),
            any::<String>().prop_map(|text| Cell::Text(text.into())),
            vec(any::<u8>(), 0..20).prop_map(|bytes| Cell::Blob(bytes.into())),
        ]
    }

    fn any_rows() -> impl Strategy<Value = Vec<Vec<Cell>>> {
        vec(vec(any_cell(), Table::Queues.width()), 0..4)
    }

    fn tables(rows: &[Vec<Cell>]) -> Tables {
        let mut tables = Tables::default();
        for row in rows {
            tables.push(Table::Queues, row);
        }
        tables
    }

    proptest! {
        #[test]
        fn rows_come_out_as_they_went_in(rows in any_rows()) {
            let tables = tables(&rows);
            let found: Vec<Vec<Cell>> =
                tables.rows(Table::Queues).map(|row| row.iter().map(Into::into).collect()).collect();
            prop_assert_eq!(tables.count(Table::Queues), rows.len());
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn only_the_same_rows_are_the_same_bytes((one, other) in (any_rows(), any_rows())) {
            let is_same = tables(&one).fingerprint() == tables(&other).fingerprint();
            prop_assert_eq!(is_same, one == other);
            prop_assert_eq!(tables(&one) == tables(&other), one == other);
        }
    }

    proptest! {
        #[test]
        fn sorted_rows_stand_as_their_texts_do_wherever_they_stood(
            texts in vec("[0-9a\0]{0,20}", 0..20),
            other in vec(any_cell(), 20),
        ) {
            let rows: Vec<_> = texts.iter().zip(other).map(|(text, other)| [Cell::from(&**text), other]).collect();
            let sorted = |rows: &mut dyn Iterator<Item = &[Cell; 2]>| {
                let mut packed = Rows::new(Table::Queues);
                rows.for_each(|row| packed.push(row));
                packed.sort_by_text();
                packed
            };
            let one = sorted(&mut rows.iter());
            prop_assert_eq!(&one, &sorted(&mut rows.iter().rev()));
            let mut expected: Vec<_> = texts.iter().map(|text| Some(CellRef::Text(text))).collect();
            expected.sort_by_key(|cell| match cell { Some(CellRef::Text(text)) => *text, _ => "" });
            prop_assert_eq!(one.iter().map(|row| row.get(0)).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn the_same_text_in_another_column_or_table_is_another_content() {
        let of = |table, cells: [Cell; 2]| {
            let mut tables = Tables::default();
            tables.push(table, &cells);
            tables.fingerprint()
        };
        let (text, null): (Cell, Cell) = ("a".into(), Cell::Null);
        let one = of(Table::Queues, [text.clone(), null.clone()]);
        assert_ne!(one, of(Table::Queues, [null.clone(), text.clone()]));
        assert_ne!(one, of(Table::Settings, [text, null]));
    }
}
