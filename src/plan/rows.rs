//! Which rows differ between two rule sets.

use std::cmp::Ordering;

use crate::exchange::{RuleSet, compare_keys, key_text};
use routing::schema::Column;
use routing::table::{Cell, Table};

/// A row that is not the same before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowDifference<'r> {
    /// The table.
    pub table: Table,
    /// What becomes of the row.
    pub edit: Edit<'r>,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edit<'r> {
    /// It is new.
    Add(&'r [Cell]),
    /// It has other values.
    Change {
        /// As it was.
        before: &'r [Cell],
        /// As it is to be.
        after: &'r [Cell],
    },
    /// It goes.
    Delete(&'r [Cell]),
}

impl<'r> RowDifference<'r> {
    /// The row's key as a person would name it.
    pub fn key(&self) -> String {
        key_text(self.table, self.row())
    }

    /// The columns outside of the key whose values differ, with the values before and after. A row that is not there
    /// has none.
    pub fn columns(&self) -> Vec<(&'static Column, Option<&'r Cell>, Option<&'r Cell>)> {
        let (before, after): (&[Cell], &[Cell]) = match self.edit {
            Edit::Add(row) => (&[], row),
            Edit::Change { before, after } => (before, after),
            Edit::Delete(row) => (row, &[]),
        };
        let columns = self
            .table
            .columns()
            .iter()
            .enumerate()
            .skip(self.table.key().len());
        let values = columns.map(|(place, column)| (column, before.get(place), after.get(place)));
        values
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    fn row(&self) -> &'r [Cell] {
        match self.edit {
            Edit::Add(row) | Edit::Delete(row) | Edit::Change { after: row, .. } => row,
        }
    }
}

/// The rows that differ, table by table, by their keys.
pub fn differences<'r>(before: &'r RuleSet, after: &'r RuleSet) -> Vec<RowDifference<'r>> {
    let tables = Table::ALL
        .into_iter()
        .filter(|table| !before.shares(*table, after));
    tables
        .flat_map(|table| of_table(table, before, after))
        .collect()
}

/// Walks along both tables at once; both are in the order of their keys.
fn of_table<'r>(table: Table, before: &'r RuleSet, after: &'r RuleSet) -> Vec<RowDifference<'r>> {
    let (mut old, mut new) = (
        before.rows(table).iter().peekable(),
        after.rows(table).iter().peekable(),
    );
    let mut found = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => compare_keys(table, old, new),
        };
        let (before, after) = (
            old.next_if(|_| order.is_le()),
            new.next_if(|_| order.is_ge()),
        );
        let edit = match (before, after) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(before), Some(after)) => Edit::Change { before, after },
            (Some(before), None) => Edit::Delete(before),
            (None, Some(after)) => Edit::Add(after),
            (None, None) => continue,
        };
        found.push(RowDifference { table, edit });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Row;

    fn queue(id: &str, note: Option<&str>) -> Row {
        [id.into(), "Sales".into(), Cell::from(note)].into()
    }

    fn queues(rows: &[(&str, Option<&str>)]) -> RuleSet {
        let mut rules = RuleSet::default();
        rules.set(
            Table::Queues,
            rows.iter().map(|(id, note)| queue(id, *note)).collect(),
        );
        rules
    }

    #[track_caller]
    fn check(before: &[(&str, Option<&str>)], after: &[(&str, Option<&str>)], expected: &[&str]) {
        let (before, after) = (queues(before), queues(after));
        let found = differences(&before, &after);
        let said: Vec<String> = found.iter().map(said).collect();
        assert_eq!(said, expected);
    }

    fn said(difference: &RowDifference<'_>) -> String {
        let names: Vec<&str> = difference
            .columns()
            .iter()
            .map(|(column, ..)| column.name)
            .collect();
        let sign = match difference.edit {
            Edit::Add(_) => '+',
            Edit::Change { .. } => '~',
            Edit::Delete(_) => '-',
        };
        format!("{sign}{} {}", difference.key(), names.join(","))
    }

    #[test]
    fn equal_rows_do_not_differ() {
        check(&[], &[], &[]);
        check(
            &[("a", None), ("b", Some(""))],
            &[("b", Some("")), ("a", None)],
            &[],
        );
    }

    #[test]
    fn rows_are_added_changed_and_deleted_by_their_keys() {
        let before = [("b", None), ("c", Some("x")), ("d", None)];
        check(
            &before,
            &[("a", None), ("c", None), ("d", None), ("e", Some(""))],
            &["+a name,note", "-b name,note", "~c note", "+e name,note"],
        );
        check(
            &before,
            &[],
            &["-b name,note", "-c name,note", "-d name,note"],
        );
        check(&[], &[("a", None)], &["+a name,note"]);
    }

    #[test]
    fn null_is_not_the_empty_text() {
        check(&[("a", None)], &[("a", Some(""))], &["~a note"]);
    }

    #[test]
    fn a_key_that_changes_is_another_row() {
        check(
            &[("a", None)],
            &[("b", None)],
            &["-a name,note", "+b name,note"],
        );
    }
}
