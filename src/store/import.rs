//! Makes the rows of a rules database what they are to be.

use super::StoreError;
use super::write::{Batch, ORDER, RowOp, Writer};
use crate::exchange::{RuleSet, key_text};
use crate::plan::{Edit, RowDifference, differences};
use routing::schema::agents;
use routing::table::{Cell, Table};

/// A row that the tables do not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its table.
    pub table: Table,
    /// Its key.
    pub key: String,
    /// Why, in the words of the tables.
    pub reason: String,
}

impl Writer {
    /// Writes the rows that differ, in an order that every reference allows; says how many of how many are done. What
    /// comes back are rows that are not taken: those of the first table that refuses any.
    ///
    /// # Errors
    /// The database is busy, damaged, or the disk is full.
    pub async fn import(
        &mut self,
        present: &RuleSet,
        planned: &RuleSet,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Vec<RefusedRow>, StoreError> {
        let batches = batches(&differences(present, planned));
        let total = batches.iter().map(|batch| batch.rows.len()).sum();
        let mut done = 0;
        for batch in batches {
            let refusals = self
                .write(&batch, |rows| progress(done + rows, total))
                .await?;
            if !refusals.is_empty() {
                let refused = refusals.into_iter().map(|refusal| RefusedRow {
                    table: batch.table,
                    key: batch
                        .rows
                        .get(refusal.row)
                        .map_or_else(String::new, |row| key_text(batch.table, row)),
                    reason: refusal.reason,
                });
                return Ok(refused.collect());
            }
            done += batch.rows.len();
        }
        Ok(Vec::new())
    }
}

/// What is to be done, one after the other: what others refer to comes first and goes last.
fn batches<'r>(differences: &[RowDifference<'r>]) -> Vec<Batch<'r>> {
    let inserts = ORDER
        .iter()
        .map(|table| batch(differences, *table, RowOp::Insert));
    let updates = ORDER
        .iter()
        .map(|table| batch(differences, *table, RowOp::Update));
    let deletes = ORDER
        .iter()
        .rev()
        .map(|table| batch(differences, *table, RowOp::Delete));
    inserts
        .chain(updates)
        .chain(deletes)
        .filter(|batch| !batch.rows.is_empty())
        .collect()
}

fn batch<'r>(differences: &[RowDifference<'r>], table: Table, op: RowOp) -> Batch<'r> {
    let of_table = differences
        .iter()
        .filter(|difference| difference.table == table);
    let rows = of_table.filter_map(|difference| match (op, difference.edit) {
        (RowOp::Insert, Edit::Add(row)) | (RowOp::Delete, Edit::Delete(row)) => Some(row),
        (RowOp::Update, Edit::Change { after, .. }) => Some(after),
        // Their cover may have come after them.
        (RowOp::Update, Edit::Add(row)) if table == Table::Agents && has_cover(row) => Some(row),
        _ => None,
    });
    Batch {
        table,
        op,
        rows: rows.collect(),
    }
}

fn has_cover(agent: &[Cell]) -> bool {
    agent
        .get(agents::COVER_ID.place)
        .is_some_and(|cell| *cell != Cell::Null)
}
