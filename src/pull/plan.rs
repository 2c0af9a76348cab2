//! What has to be edited, and what is left to the admins.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::basis::{Basis, PulledEdit, RowKey};
use super::wanted::Wanted;
use crate::exchange::{Image, RuleSet};
use routing::table::Table;

/// The edits of a pull.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Takeover {
    /// The edits, in the order in which they are made.
    pub edits: Vec<PulledEdit>,
    /// What is not taken over, and why.
    pub remarks: Vec<Remark>,
    /// How many rows are as they should be.
    pub unchanged: usize,
}

/// Something about a row that is not an edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    /// The row.
    pub row: RowKey,
    /// What is to be said.
    pub text: String,
}

impl Remark {
    pub(super) fn new(row: RowKey, text: impl Into<String>) -> Self {
        Self {
            row,
            text: text.into(),
        }
    }
}

impl Takeover {
    pub(super) fn new(wanted: Wanted, basis: &Basis) -> Self {
        let mut plan = Self {
            remarks: wanted.remarks,
            ..Self::default()
        };
        let mut present: BTreeSet<RowKey> = basis.rows.keys().cloned().collect();
        for (row, image) in &wanted.rows {
            plan.want(row, image, basis, &mut present);
        }
        for row in basis.pulled.keys() {
            if !wanted.rows.contains_key(row) {
                plan.gone(row, basis);
            }
        }
        plan
    }

    /// The rules after these edits.
    pub fn applied_to(&self, present: &RuleSet) -> RuleSet {
        let edits = self.edits.iter().map(|edit| edit.of_row(present));
        present.with(&edits.collect::<Vec<_>>())
    }

    /// A row that Stringee has.
    fn want(&mut self, row: &RowKey, image: &Image, basis: &Basis, present: &mut BTreeSet<RowKey>) {
        match (basis.rows.get(row), basis.pulled.get(row)) {
            (Some(now), Some(pulled)) => self.merge(row, now, pulled, image),
            (Some(now), None) if now == image => self.unchanged += 1,
            (Some(_), None) => self.remark(row, "was here before and is not touched"),
            (None, Some(_)) => {
                self.remark(row, "was removed or renamed here and is not added again");
            }
            (None, None) => self.add(row, image, present),
        }
    }

    /// A new row, if the rows that it names are there or come before it.
    fn add(&mut self, row: &RowKey, image: &Image, present: &mut BTreeSet<RowKey>) {
        if let Some(missing) = references(row, image)
            .into_iter()
            .find(|reference| !present.contains(reference))
        {
            self.remark(row, &format!("left out: {missing} is not here"));
        } else {
            present.insert(row.clone());
            self.edits
                .push(PulledEdit::Insert(row.clone(), image.clone()));
        }
    }

    /// A row that was pulled before: each value that nobody has changed here follows Stringee.
    fn merge(&mut self, row: &RowKey, now: &Image, pulled: &Image, image: &Image) {
        let mut merged = now.clone();
        for (column, value) in image {
            let (here, before) = (now.get(column), pulled.get(column));
            if here == before {
                merged.insert(column.clone(), value.clone());
            } else if before != Some(value) && here != Some(value) {
                self.remark(
                    row,
                    &format!(
                        "{column} was changed here and is kept; at Stringee it is now {value}"
                    ),
                );
            }
        }
        if merged == *now {
            self.unchanged += 1;
        } else {
            self.edits.push(PulledEdit::Update(row.clone(), merged));
        }
    }

    /// A row that was pulled and that Stringee no longer has.
    fn gone(&mut self, row: &RowKey, basis: &Basis) {
        let (Some(now), Some(pulled)) = (basis.rows.get(row), basis.pulled.get(row)) else {
            return;
        };
        match row.table {
            // An admin's rows may name an agent or a rule: they are switched off, not taken away.
            Table::Agents | Table::Rules => {
                let mut off = pulled.clone();
                off.insert("enabled".to_owned(), json!(0));
                if now.get("enabled") == Some(&json!(1)) {
                    self.owns(row, basis);
                }
                self.merge(row, now, pulled, &off);
            }
            Table::GroupMembers | Table::RuleSteps if now == pulled => {
                self.edits.push(PulledEdit::Delete(row.clone()));
            }
            Table::GroupMembers | Table::RuleSteps => {
                self.remark(row, "is gone at Stringee, but was changed here and is kept");
            }
            // Names that nothing depends on.
            _ => self.unchanged += 1,
        }
    }

    /// Callers whose owner is switched off ring the team, unless somebody covers.
    fn owns(&mut self, row: &RowKey, basis: &Basis) {
        let owned = basis.uncovered.get(&row.key);
        let Some(owned) = owned.filter(|_| row.table == Table::Agents) else {
            return;
        };
        let callers = if *owned == 1 { "caller" } else { "callers" };
        let text = format!(
            "is gone at Stringee and owns {owned} {callers}, whom nobody takes then; \
             give them another owner (callers.owner_id), or the agent a cover_id"
        );
        self.remark(row, &text);
    }

    fn remark(&mut self, row: &RowKey, text: &str) {
        self.remarks.push(Remark::new(row.clone(), text));
    }
}

/// The rows that a row names.
fn references(row: &RowKey, image: &Image) -> Vec<RowKey> {
    let named = |table, column: &str| {
        let key = match image.get(column)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(RowKey { table, key })
    };
    let references = match row.table {
        Table::GroupMembers => [
            named(Table::Groups, "group_id"),
            named(Table::Agents, "agent_id"),
        ],
        Table::RuleSteps => [
            named(Table::Rules, "rule_id"),
            named(Table::Groups, "group_id"),
        ],
        _ => [None, None],
    };
    references.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> (RowKey, Image) {
        let row = RowKey {
            table: Table::Queues,
            key: "Q".to_owned(),
        };
        let Value::Object(image) = json!({"id": "Q", "name": name}) else {
            unreachable!()
        };
        (row, image)
    }

    #[track_caller]
    fn check(
        pulled: Option<&str>,
        here: Option<&str>,
        stringee: &str,
        edit: Option<&str>,
        remarks: usize,
    ) {
        let mut basis = Basis::default();
        basis.pulled.extend(pulled.map(queue));
        basis.rows.extend(here.map(queue));
        let wanted = Wanted {
            rows: [queue(stringee)].into(),
            remarks: Vec::new(),
        };
        let plan = Takeover::new(wanted, &basis);
        let names: Vec<&str> = plan
            .edits
            .iter()
            .map(|edit| match edit {
                PulledEdit::Insert(_, image) | PulledEdit::Update(_, image) => {
                    image["name"].as_str().unwrap()
                }
                PulledEdit::Delete(_) => "",
            })
            .collect();
        assert_eq!(
            (names, plan.remarks.len()),
            (edit.into_iter().collect(), remarks),
            "{plan:?}"
        );
    }

    #[test]
    fn what_nobody_has_changed_here_follows_stringee() {
        check(None, None, "Sales", Some("Sales"), 0);
        check(Some("Sales"), Some("Sales"), "Sales", None, 0);
        check(Some("Sales"), Some("Sales"), "Orders", Some("Orders"), 0);
    }

    #[test]
    fn what_was_changed_here_is_kept() {
        check(Some("Sales"), Some("Bán hàng"), "Sales", None, 0);
        check(Some("Sales"), Some("Bán hàng"), "Orders", None, 1);
        check(Some("Sales"), Some("Orders"), "Orders", None, 0);
        check(Some("Sales"), None, "Sales", None, 1);
    }

    #[test]
    fn what_was_here_before_is_not_touched() {
        check(None, Some("Bán hàng"), "Sales", None, 1);
        check(None, Some("Sales"), "Sales", None, 0);
    }
}
