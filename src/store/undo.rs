//! Takes an edit back: the rows of a version, or one of them, become what they were before it.

use serde::Serialize;

use super::StoreError;
use super::journal::{Op, RowChange};
use super::plan::{Plan, Written};
use super::write::Writer;

/// How many rows go to the database with one statement.
const ROWS_AT_ONCE: usize = 500;

/// Restores the rows of a rules database to what they were before these changes. The transaction is given back, to be
/// looked at and committed.
///
/// # Errors
/// A row is not any more as the change has left it; or something else has come to depend on it since. Nothing has
/// happened then.
pub async fn undo(writer: Writer, changes: &[RowChange]) -> Result<(Writer, Written), StoreError> {
    let mut plan = Plan::of(writer, "undo").await?;
    let undone = take_back(&mut plan, changes).await;
    plan.give_back(undone).await
}

async fn take_back(plan: &mut Plan, changes: &[RowChange]) -> Result<Written, StoreError> {
    for some in changes.chunks(ROWS_AT_ONCE) {
        let rows: Vec<PlannedRow<'_>> = some.iter().map(PlannedRow::from).collect();
        let rows = serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned());
        plan.add(ADD.to_owned(), &rows).await?;
    }
    plan.carry_out().await
}

const ADD: &str = "
    insert into temp.plan (table_name, row_key, op, now, target)
    select json_extract(value, '$.table'), json_extract(value, '$.key'), json_extract(value, '$.op'),
        json_extract(value, '$.now'), json_extract(value, '$.target')
    from json_each(?1)";

/// What is to be done to take a change back.
#[derive(Debug, Serialize)]
struct PlannedRow<'c> {
    table: &'c str,
    key: &'c str,
    op: &'static str,
    now: Option<&'c str>,
    target: Option<&'c str>,
}

impl<'c> From<&'c RowChange> for PlannedRow<'c> {
    fn from(change: &'c RowChange) -> Self {
        let RowChange {
            table,
            key,
            op,
            before,
            after,
            ..
        } = change;
        Self {
            table,
            key,
            op: Op::inverse(*op).as_str(),
            now: after.as_deref(),
            target: before.as_deref(),
        }
    }
}
