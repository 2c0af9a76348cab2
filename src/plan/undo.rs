//! Edits that are taken back: the rows of a version, or some of them, become what they were before it.
//!
//! Only the columns that an edit changed are put back, and only if they still have the values that it gave them: what
//! somebody has changed since in other columns of the row stays.

use std::collections::BTreeMap;

use crate::exchange::{
    AddedColumn, ChangeSet, Image, Row, RowEdit, RuleSet, cell_of, key_text, row_of, with_values,
};
use crate::store::RowChange;
use routing::problem::quoted;
use routing::table::Table;

/// Why an edit cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot undo: {0}")]
pub struct MovedOn(String);

/// The edits that take these changes back, which come newest first.
///
/// # Errors
/// A value is not any more what a change has made it.
pub fn taken_back(present: &RuleSet, changes: &[RowChange]) -> Result<ChangeSet, MovedOn> {
    let mut undo = Undo {
        present,
        rows: BTreeMap::new(),
        added_columns: Vec::new(),
    };
    for change in changes {
        undo.take_back(change)?;
    }
    let mut rows = Vec::new();
    for ((table, _), (before, after)) in undo.rows {
        if before != after {
            rows.push(RowEdit {
                table,
                before,
                after,
            });
        }
    }
    Ok(ChangeSet {
        rows,
        added_columns: undo.added_columns,
    })
}

/// The rows that have been taken back so far.
struct Undo<'p> {
    present: &'p RuleSet,
    /// By table and key: the row as it is, and as it is to be.
    rows: BTreeMap<(Table, String), (Option<Row>, Option<Row>)>,
    added_columns: Vec<AddedColumn>,
}

impl Undo<'_> {
    fn take_back(&mut self, change: &RowChange) -> Result<(), MovedOn> {
        let tables = Table::ALL.into_iter();
        let table = tables.rev().find(|table| table.name() == change.table);
        let before = image(change.before.as_deref());
        let after = image(change.after.as_deref());
        let (Some(table), Some(named)) = (table, before.as_ref().or(after.as_ref())) else {
            return Ok(());
        };
        let named: Row = row_of(table, named).into();
        let original = self.present.find(table, &named).cloned();
        let key = (table, key_text(table, &named));
        let known = self.rows.get(&key).map(|(_, now)| now.clone());
        let now = known.unwrap_or_else(|| original.clone());
        let target = match (before, after, &now) {
            (Some(before), None, None) => {
                self.put_back_added_columns(table, &named, &before, None);
                Some(named)
            }
            (_, None, Some(_)) => return Err(moved(change, "is there again")),
            (_, _, None) => return Err(moved(change, "is gone")),
            (None, Some(after), Some(row)) => {
                must_be(change, table, row, &after)?;
                None
            }
            (Some(before), Some(after), Some(row)) => {
                let (old, new) = (differing(&before, &after), differing(&after, &before));
                must_be(change, table, row, &new)?;
                self.put_back_added_columns(table, row, &old, Some(&new));
                Some(with_values(table, row, &old).into())
            }
        };
        self.rows.entry(key).or_insert((original, None)).1 = target;
        Ok(())
    }

    /// Puts back what stands in columns that somebody has added to the table.
    fn put_back_added_columns(
        &mut self,
        table: Table,
        row: &Row,
        values: &Image,
        now: Option<&Image>,
    ) {
        for (name, value) in values {
            if table.column(name).is_none() {
                self.added_columns.push(AddedColumn {
                    row: Row::clone(row),
                    table,
                    column: name.clone(),
                    before: now.and_then(|now| now.get(name)).map(cell_of),
                    after: cell_of(value),
                });
            }
        }
    }
}

/// The values of an image that another one has otherwise.
fn differing(image: &Image, other: &Image) -> Image {
    let mut differing = image.clone();
    differing.retain(|name, value| other.get(name).is_some_and(|other| other != value));
    differing
}

/// Refuses if a row has other values by now.
fn must_be(change: &RowChange, table: Table, row: &Row, values: &Image) -> Result<(), MovedOn> {
    for (column, cell) in table.columns().iter().zip(row.iter()) {
        let then = values.get(column.name).map(cell_of);
        if let Some(then) = then.filter(|then| then != cell) {
            let (name, now, then) = (column.name, quoted(cell), quoted(&then));
            let version = change.version;
            return Err(moved(
                change,
                &format!(
                    "has been edited since: {name} is {now}, and version {version} made it {then}"
                ),
            ));
        }
    }
    Ok(())
}

fn moved(change: &RowChange, what: &str) -> MovedOn {
    MovedOn(format!("{} {} {what}", change.table, change.key))
}

fn image(text: Option<&str>) -> Option<Image> {
    serde_json::from_str(text?).ok()
}
