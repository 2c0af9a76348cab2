//! Many rows with few statements: a statement per row would take a minute for a million callers.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use super::super::connection::within;
use super::super::error::{message, primary_code};
use super::{LIMIT, StoreError, Writer};
use routing::schema::agents;
use routing::table::{Cell, Table};

/// Rows of one table to which the same is done.
#[derive(Clone, Debug)]
pub(in crate::store) struct Batch<'r> {
    /// The table.
    pub(in crate::store) table: Table,
    /// What is done.
    pub(in crate::store) op: RowOp,
    /// The whole rows, with the columns of [`Table::columns`].
    pub(in crate::store) rows: Vec<&'r [Cell]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum RowOp {
    /// They are added. Agents get no cover yet, who may come later.
    Insert,
    /// The rows with their keys get their other values.
    Update,
    /// The rows with their keys go.
    Delete,
}

/// A row that the database does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Refusal {
    /// Its place in the batch.
    pub(in crate::store) row: usize,
    /// Why, in the words of the tables.
    pub(in crate::store) reason: String,
}

/// Rows per statement; with the widest table they stay far from SQLite's limit of 32,766 parameters.
const ROWS_AT_ONCE: usize = 250;

impl Writer {
    /// Writes a batch; says after each part of it how many rows are done. What comes back are the rows not taken.
    ///
    /// # Errors
    /// The database is busy, damaged, or the disk is full.
    pub(in crate::store) async fn write(
        &mut self,
        batch: &Batch<'_>,
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<Refusal>, StoreError> {
        let mut refusals = Vec::new();
        let mut done = 0;
        for rows in batch.rows.chunks(ROWS_AT_ONCE) {
            if self.write_at_once(batch, rows).await?.is_some() {
                refusals.append(&mut self.write_one_by_one(batch, rows, done).await?);
            }
            done += rows.len();
            progress(done);
        }
        Ok(refusals)
    }

    /// Finds out which of some rows are not taken. The others are.
    async fn write_one_by_one(
        &mut self,
        batch: &Batch<'_>,
        rows: &[&[Cell]],
        first: usize,
    ) -> Result<Vec<Refusal>, StoreError> {
        let mut refusals = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(reason) = self.write_at_once(batch, &[row]).await? {
                refusals.push(Refusal {
                    row: first + place,
                    reason,
                });
            }
        }
        Ok(refusals)
    }

    /// One statement. If the tables refuse it, none of its rows is written, and what comes back is why.
    async fn write_at_once(
        &mut self,
        batch: &Batch<'_>,
        rows: &[&[Cell]],
    ) -> Result<Option<String>, StoreError> {
        let doing = "write rows";
        let taken = batch.taken();
        let mut query = sqlx::query(AssertSqlSafe(batch.statement(rows.len())));
        for row in rows {
            for cell in taken.iter().filter_map(|place| row.get(*place)) {
                query = bind(query, cell);
            }
        }
        // The same text serves for every part but the last, and nobody can change the tables meanwhile.
        let run = async {
            match query.persistent(true).execute(&mut self.connection).await {
                Ok(_) => Ok(None),
                Err(error) if primary_code(&error).is_some_and(|code| REFUSED.contains(&code)) => {
                    Ok(Some(reason(&message(&error))))
                }
                Err(error) => Err(error),
            }
        };
        within(LIMIT, &self.path, doing, run).await
    }
}

/// `SQLITE_CONSTRAINT` and `SQLITE_MISMATCH`.
const REFUSED: [i32; 2] = [19, 20];

pub(in crate::store) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

pub(in crate::store) fn bind<'q>(query: Query<'q>, cell: &Cell) -> Query<'q> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Integer(number) => query.bind(*number),
        Cell::Real(number) => query.bind(*number),
        Cell::Text(text) => query.bind(String::from(&**text)),
        Cell::Blob(bytes) => query.bind(bytes.to_vec()),
    }
}

/// Why a row is not taken: the sentence that names a constraint, or one about what SQLite itself checks.
pub(super) fn reason(message: &str) -> String {
    if let Some(sentence) = message.strip_prefix("CHECK constraint failed: ") {
        return sentence.to_owned();
    }
    if let Some(column) = message.strip_prefix("NOT NULL constraint failed: ") {
        return format!("{column} must not be NULL: write a value");
    }
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        return format!(
            "another row has the same {columns}: change that row, or write another value"
        );
    }
    message.to_owned()
}

impl Batch<'_> {
    /// The places of the columns whose values are written.
    pub(in crate::store) fn taken(&self) -> Vec<usize> {
        let columns = self.table.columns().iter().enumerate();
        let is_taken = |name: &str| {
            self.op != RowOp::Insert || self.table != Table::Agents || name != agents::COVER_ID.name
        };
        let all = columns
            .filter(|(_, column)| is_taken(column.name))
            .map(|(place, _)| place);
        match self.op {
            RowOp::Insert | RowOp::Update => all.collect(),
            RowOp::Delete => all.take(self.table.key().len()).collect(),
        }
    }

    fn statement(&self, rows: usize) -> String {
        let (name, taken) = (self.table.name(), self.taken());
        let names: Vec<&str> = taken
            .iter()
            .filter_map(|place| Some(self.table.columns().get(*place)?.name))
            .collect();
        let row = format!("({})", vec!["?"; taken.len()].join(", "));
        let values = vec![row; rows].join(", ");
        match self.op {
            RowOp::Insert => format!("insert into {name} ({}) values {values}", names.join(", ")),
            RowOp::Delete => format!(
                "delete from {name} where ({}) in (values {values})",
                names.join(", ")
            ),
            RowOp::Update => {
                let (mut is_row, mut set) = (Vec::new(), Vec::new());
                for (column, place) in names.iter().zip(1..) {
                    if self.table.key().contains(column) {
                        is_row.push(format!("{name}.{column} = given.column{place}"));
                    } else {
                        set.push(format!("{column} = given.column{place}"));
                    }
                }
                let (is_row, set) = (is_row.join(" and "), set.join(", "));
                format!("update {name} set {set} from (values {values}) as given where {is_row}")
            }
        }
    }
}
