//! Rows to be edited: what each of them is, and what it is to be.
//!
//! Whatever an edit is made from (files, SQL, the history, a backup, the platform, an explanation), it is a
//! [`ChangeSet`] before it is shown, and the one writer in `store` knows nothing else.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::rule_set::{Row, RuleSet, compare_keys, key_text};
use routing::schema::Column;
use routing::table::{Cell, Table};

/// Rows to be edited, table by table, by their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// The rows.
    pub rows: Vec<RowEdit>,
    /// Values in columns that somebody has added to a table, which a [`Row`] does not have.
    pub added_columns: Vec<AddedColumn>,
}

/// A row before and after an edit; never absent in both.
#[derive(Clone, Debug, PartialEq)]
pub struct RowEdit {
    /// The table.
    pub table: Table,
    /// The row as it is; `None`: it is new.
    pub before: Option<Row>,
    /// The row as it is to be; `None`: it goes.
    pub after: Option<Row>,
}

/// One value in a column that somebody has added to a table.
#[derive(Clone, Debug, PartialEq)]
pub struct AddedColumn {
    /// The row that it stands in; only its key matters.
    pub row: Row,
    /// The table.
    pub table: Table,
    /// The column's name.
    pub column: String,
    /// What must stand there before; `None`: whatever.
    pub before: Option<Cell>,
    /// What is to stand there.
    pub after: Cell,
}

/// A column outside of the key that an edit changes, with its values before and after; a row that is not there has none.
type ColumnEdit<'r> = (&'static Column, Option<&'r Cell>, Option<&'r Cell>);

fn value_in<'r>(row: Option<&'r Row>, column: &Column) -> Option<&'r Cell> {
    row?.get(column.place)
}

impl RowEdit {
    /// The row's key as a person would name it.
    pub fn key(&self) -> String {
        match self.after.as_ref().or(self.before.as_ref()) {
            Some(row) => key_text(self.table, row),
            None => String::new(),
        }
    }

    /// The columns whose values differ.
    pub fn columns(&self) -> Vec<ColumnEdit<'_>> {
        let mut columns = Vec::new();
        for column in self.table.columns().iter().skip(self.table.key().len()) {
            let before = value_in(self.before.as_ref(), column);
            let after = value_in(self.after.as_ref(), column);
            if before != after {
                columns.push((column, before, after));
            }
        }
        columns
    }
}

impl ChangeSet {
    /// The rows in which two rule sets differ.
    pub fn between(before: &RuleSet, after: &RuleSet) -> Self {
        let mut changes = Self::default();
        for table in Table::ALL {
            if !before.shares(table, after) {
                changes.compare(table, before.rows(table), after.rows(table));
            }
        }
        changes
    }

    /// Whether nothing is to be edited.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.added_columns.is_empty()
    }

    /// Walks along both tables at once; both are in the order of their keys.
    fn compare(&mut self, table: Table, before: &[Row], after: &[Row]) {
        let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => compare_keys(table, old, new),
            };
            let before = old.next_if(|_| order.is_le());
            let after = new.next_if(|_| order.is_ge());
            if before != after {
                self.rows.push(RowEdit {
                    table,
                    before: before.cloned(),
                    after: after.cloned(),
                });
            }
        }
    }
}

impl RuleSet {
    /// The rule set after an edit of these rows.
    #[must_use]
    pub fn with(&self, edits: &[RowEdit]) -> Self {
        let mut rules = self.clone();
        for table in Table::ALL {
            let edits: Vec<&RowEdit> = edits.iter().filter(|edit| edit.table == table).collect();
            if edits.is_empty() {
                continue;
            }
            let edited: HashSet<String> = edits.iter().map(|edit| edit.key()).collect();
            let mut rows = Vec::with_capacity(self.rows(table).len());
            for row in self.rows(table) {
                if !edited.contains(&key_text(table, row)) {
                    rows.push(Row::clone(row));
                }
            }
            for edit in edits {
                rows.extend(edit.after.clone());
            }
            rules.set(table, rows);
        }
        rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = ChangeSet::between(&before, &after).rows;
        let said: Vec<String> = found.iter().map(said).collect();
        assert_eq!(
            before.with(&found),
            after,
            "the edits lead from one to the other"
        );
        assert_eq!(said, expected);
    }

    fn said(difference: &RowEdit) -> String {
        let names: Vec<&str> = difference
            .columns()
            .iter()
            .map(|(column, ..)| column.name)
            .collect();
        let sign = match (&difference.before, &difference.after) {
            (None, _) => '+',
            (Some(_), Some(_)) => '~',
            (Some(_), None) => '-',
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
