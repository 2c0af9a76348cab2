//! The one way in which rows are written: an edit's rows, in an order that every reference allows.

use sqlx::AssertSqlSafe;

use super::super::connection::within;
use super::rows::{Batch, Refusal, RowOp, bind};
use super::{LIMIT, StoreError, Writer};
use crate::exchange::{AddedColumn, ChangeSet, RowEdit, key_text};
use routing::schema::agents;
use routing::table::{Cell, Table};

/// A row that the tables do not take.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedRow {
    /// Its table.
    pub table: Table,
    /// Its key.
    pub key: String,
    /// What it would have held, with the columns of [`Table::columns`]; empty if that is not known.
    pub row: Vec<Cell>,
    /// Why, in the words of the tables.
    pub reason: String,
}

/// In each sentence about a reference that leads nowhere.
const NAMES_NO_ROW: &str = " must be the id of a row in ";

impl RefusedRow {
    fn of(batch: &Batch<'_>, refusal: Refusal) -> Self {
        let row = batch.rows.get(refusal.row).copied().unwrap_or_default();
        Self {
            table: batch.table,
            key: key_text(batch.table, row),
            row: row.to_vec(),
            reason: refusal.reason,
        }
    }
}

impl Writer {
    /// Writes an edit that was made from the rows of this transaction; says how many rows of how many are done. What
    /// comes back are rows that are not taken, of all tables.
    ///
    /// # Errors
    /// The database is busy, damaged, or the disk is full.
    pub async fn apply(
        &mut self,
        changes: &ChangeSet,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Vec<RefusedRow>, StoreError> {
        let batches = batches(&changes.rows);
        let total = batches.iter().map(|batch| batch.rows.len()).sum();
        let mut done = 0;
        let mut refused = Vec::new();
        for batch in batches {
            if batch.op == RowOp::Delete && !refused.is_empty() {
                break;
            }
            let refusals = self
                .write(&batch, |rows| progress(done + rows, total))
                .await?;
            let is_first = refused.is_empty();
            for refusal in refusals {
                // What refers to a row that was not taken may be right.
                if is_first || !refusal.reason.contains(NAMES_NO_ROW) {
                    refused.push(RefusedRow::of(&batch, refusal));
                }
            }
            done += batch.rows.len();
        }
        if !refused.is_empty() {
            return Ok(refused);
        }
        self.write_added_columns(&changes.added_columns).await
    }

    /// Writes values in columns that this program does not know; those that are not there any more are left out.
    async fn write_added_columns(
        &mut self,
        values: &[AddedColumn],
    ) -> Result<Vec<RefusedRow>, StoreError> {
        let mut refused = Vec::new();
        for value in values {
            if self.has_column(value).await? && !self.write_added_column(value).await? {
                refused.push(RefusedRow {
                    table: value.table,
                    key: key_text(value.table, &value.row),
                    row: Vec::new(),
                    reason: format!("'{}' has been edited since", value.column),
                });
            }
        }
        Ok(refused)
    }

    async fn has_column(&mut self, value: &AddedColumn) -> Result<bool, StoreError> {
        let question = "select count(*) > 0 from pragma_table_info(?1) where name = ?2";
        let question = sqlx::query_scalar(question)
            .bind(value.table.name())
            .bind(&value.column);
        let answer = question.persistent(false).fetch_one(&mut self.connection);
        within(LIMIT, &self.path, "look for a column", answer).await
    }

    /// False if the row is gone, or other than it must be.
    async fn write_added_column(&mut self, value: &AddedColumn) -> Result<bool, StoreError> {
        let key = value.table.key();
        let is_row: Vec<String> = key.iter().map(|column| format!("{column} = ?")).collect();
        let column = format!("\"{}\"", value.column.replace('"', "\"\""));
        let is_meant = if value.before.is_some() {
            format!(" and {column} is ?")
        } else {
            String::new()
        };
        let update = format!(
            "update {} set {column} = ? where {}{is_meant}",
            value.table.name(),
            is_row.join(" and "),
        );
        let mut query = bind(sqlx::query(AssertSqlSafe(update)), &value.after);
        for cell in value.row.iter().take(key.len()).chain(&value.before) {
            query = bind(query, cell);
        }
        let run = query.persistent(false).execute(&mut self.connection);
        let done = within(LIMIT, &self.path, "write a column", run).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// What is to be done, one after the other: what others refer to comes first and goes last.
pub(in crate::store) fn batches(edits: &[RowEdit]) -> Vec<Batch<'_>> {
    let mut batches = Vec::new();
    let mut order: Vec<Table> = Table::ALL.into();
    order.retain(|table| *table != Table::Settings);
    // Settings name a group, so they come last.
    order.push(Table::Settings);
    for op in [RowOp::Insert, RowOp::Update] {
        for table in &order {
            batches.push(batch(edits, *table, op));
        }
    }
    for table in order.iter().rev() {
        batches.push(batch(edits, *table, RowOp::Delete));
    }
    batches.retain(|batch| !batch.rows.is_empty());
    batches
}

fn batch(edits: &[RowEdit], table: Table, op: RowOp) -> Batch<'_> {
    let mut rows = Vec::new();
    for edit in edits {
        if edit.table != table {
            continue;
        }
        match (op, &edit.before, &edit.after) {
            (RowOp::Insert, None, Some(row))
            | (RowOp::Delete, Some(row), None)
            | (RowOp::Update, Some(_), Some(row)) => rows.push(&**row),
            // Their cover may have come after them.
            (RowOp::Update, None, Some(row)) if has_cover(table, row) => rows.push(&**row),
            _ => {}
        }
    }
    Batch { table, op, rows }
}

fn has_cover(table: Table, row: &[Cell]) -> bool {
    match row.get(agents::COVER_ID.place) {
        Some(cover) => table == Table::Agents && *cover != Cell::Null,
        None => false,
    }
}
