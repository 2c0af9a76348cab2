//! Edits laid over the rows of the file, with what others have changed since they were noted.
//!
//! What others have changed in other columns stays; where they have changed the same column to something else, somebody
//! has to choose.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::edit::{EditOp, NotedEdit};
use crate::exchange::{
    ChangeSet, Image, Row, RowEdit, RuleSet, cell_of, image_of, json_value, key_text, row_of,
    with_values,
};
use routing::schema::Absent;
use routing::table::{Cell, Rows, Table, Tables};

/// A value that somebody else has changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Conflict {
    pub(crate) table: &'static str,
    pub(crate) key: String,
    /// `None`: the row as a whole, which is gone, there already, or not as it was when it was to be deleted.
    pub(crate) column: Option<String>,
    pub(crate) base: Value,
    pub(crate) theirs: Value,
    pub(crate) mine: Value,
}

/// The rows with edits laid over them.
#[derive(Clone, Debug, Default)]
pub(crate) struct EditOverlay {
    /// What is to be written, rows that go with others among them.
    pub(crate) changes: ChangeSet,
    pub(crate) conflicts: Vec<Conflict>,
    /// All rows but those of `callers`, after the edits.
    after: RuleSet,
}

impl EditOverlay {
    /// Lays edits over rows. `callers` are the rows of that table that the edits name.
    pub(crate) fn new(rules: &RuleSet, callers: &[Row], edits: &[NotedEdit]) -> Self {
        let mut laid = Laying {
            rules,
            callers,
            rows: BTreeMap::new(),
            conflicts: Vec::new(),
        };
        for edit in edits {
            laid.lay(edit);
        }
        laid.take_along();
        let Laying {
            rows, conflicts, ..
        } = laid;
        let edits = rows
            .into_iter()
            .map(|((table, _), (before, after))| RowEdit {
                table,
                before,
                after,
            });
        let rows: Vec<RowEdit> = edits.filter(|edit| edit.before != edit.after).collect();
        let others: Vec<RowEdit> = rows
            .iter()
            .filter(|edit| edit.table != Table::Callers)
            .cloned()
            .collect();
        Self {
            after: rules.with(&others),
            changes: ChangeSet {
                rows,
                added_columns: Vec::new(),
            },
            conflicts,
        }
    }

    /// What the compiler reads of it: of `callers` the rows that are written, and beside them those that are no more.
    pub(crate) fn tables(&self) -> (Tables, Rows) {
        let mut after = self.after.clone();
        let mut gone = Rows::new(Table::Callers);
        let mut written = Vec::new();
        for edit in self
            .changes
            .rows
            .iter()
            .filter(|edit| edit.table == Table::Callers)
        {
            if let Some(before) = &edit.before {
                let cells = Table::Callers
                    .compiled()
                    .filter_map(|column| before.get(column.place));
                gone.push(cells);
            }
            written.extend(edit.after.clone());
        }
        after.set(Table::Callers, written);
        (after.tables(), gone)
    }
}

/// A row as it is in the file, and as it is to be.
type Laid = (Option<Row>, Option<Row>);

struct Laying<'r> {
    rules: &'r RuleSet,
    callers: &'r [Row],
    /// By table and key.
    rows: BTreeMap<(Table, String), Laid>,
    conflicts: Vec<Conflict>,
}

impl Laying<'_> {
    fn lay(&mut self, edit: &NotedEdit) {
        let table = edit.table;
        if let EditOp::Add(image) = &edit.op {
            return self.add(table, image);
        }
        let (original, now) = self.find(table, &edit.key);
        let Some(row) = now else {
            let mine = match &edit.op {
                EditOp::Set(set) => Value::Object(set.clone()),
                EditOp::Add(_) | EditOp::Delete => Value::Null,
            };
            let base = edit.base.clone().map_or(Value::Null, Value::Object);
            return self.conflict(edit, None, base, Value::Null, mine);
        };
        let present = image_of(table, &row);
        let after = match &edit.op {
            EditOp::Set(set) => {
                let set = self.merged(edit, set, &present);
                Some(with_values(table, &row, &set).into())
            }
            EditOp::Add(_) | EditOp::Delete => {
                // Edits of this draft before this one are meant to go as well.
                let is_others = original.as_ref() == Some(&row);
                if let Some(base) = edit
                    .base
                    .as_ref()
                    .filter(|base| is_others && **base != present)
                {
                    let (base, theirs) = (base.clone(), present.clone());
                    self.conflict(edit, None, base.into(), theirs.into(), Value::Null);
                }
                None
            }
        };
        self.rows
            .insert((table, edit.key.clone()), (original, after));
    }

    /// The values that nobody else has changed to something else.
    fn merged(&mut self, edit: &NotedEdit, set: &Image, present: &Image) -> Image {
        let is_edited_before = self.rows.contains_key(&(edit.table, edit.key.clone()));
        let mut merged = Image::new();
        for (column, mine) in set {
            let theirs = present.get(column).cloned().unwrap_or(Value::Null);
            let base = edit
                .base
                .as_ref()
                .and_then(|base| base.get(column))
                .cloned();
            let base = base.unwrap_or_else(|| theirs.clone());
            // NULL in a column that has a default would be refused.
            let mine = match (mine, edit.table.column(column)) {
                (Value::Null, Some(known)) => match known.absent.cell() {
                    Some(cell) => json_value(&cell),
                    None => Value::Null,
                },
                _ => mine.clone(),
            };
            if base != theirs && theirs != mine && !is_edited_before {
                self.conflict(edit, Some(column.clone()), base, theirs, mine);
            } else {
                merged.insert(column.clone(), mine);
            }
        }
        merged
    }

    fn add(&mut self, table: Table, image: &Image) {
        let mut row = row_of(table, image);
        let id = table
            .columns()
            .first()
            .filter(|id| id.absent == Absent::NextId);
        if id.is_some()
            && let Some(id) = row.first_mut().filter(|id| **id == Cell::Null)
        {
            *id = self.next_id(table).into();
        }
        let key = key_text(table, &row);
        let (original, now) = self.find(table, &key);
        if let Some(theirs) = now {
            let (mine, theirs) = (image.clone(), image_of(table, &theirs));
            self.conflicts.push(Conflict {
                table: table.name(),
                key,
                column: None,
                base: Value::Null,
                theirs: theirs.into(),
                mine: mine.into(),
            });
            return;
        }
        self.rows.insert((table, key), (original, Some(row.into())));
    }

    fn next_id(&self, table: Table) -> i64 {
        let id = |row: &Row| match row.first() {
            Some(Cell::Integer(id)) => *id,
            _ => 0,
        };
        let own = self.rows.range((table, String::new())..);
        let own = own.take_while(|((other, _), _)| *other == table);
        let own = own.filter_map(|(_, (_, after))| after.as_ref());
        let ids = self.rules.rows(table).iter().chain(own).map(id);
        ids.max().unwrap_or(0).saturating_add(1)
    }

    /// The row as it is in the file, and after the edits so far.
    fn find(&self, table: Table, key: &str) -> Laid {
        if let Some((original, now)) = self.rows.get(&(table, key.to_owned())) {
            return (original.clone(), now.clone());
        }
        let rows = if table == Table::Callers {
            self.callers
        } else {
            self.rules.rows(table)
        };
        let found = rows.iter().find(|row| key_text(table, row) == key).cloned();
        (found.clone(), found)
    }

    /// What refers to rows that go: it goes with them, or refers to nothing, as the tables have it.
    fn take_along(&mut self) {
        let gone: Vec<(Table, String)> = self
            .rows
            .iter()
            .filter(|(_, (before, after))| before.is_some() && after.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        for (parent, key) in gone {
            for reference in REFERENCES
                .iter()
                .filter(|reference| reference.parent == parent)
            {
                self.take_along_by(reference, &key);
            }
        }
    }

    fn take_along_by(&mut self, reference: &Reference, key: &str) {
        let table = reference.table;
        let Some(column) = table.column(reference.column) else {
            return;
        };
        let refers = |row: &Row| match row.get(column.place) {
            Some(Cell::Text(text)) => &**text == key,
            Some(Cell::Integer(number)) => number.to_string() == key,
            _ => false,
        };
        for row in self.rules.rows(table).iter().filter(|row| refers(row)) {
            let place = (table, key_text(table, row));
            let laid = self
                .rows
                .entry(place)
                .or_insert_with(|| (Some(Row::clone(row)), Some(Row::clone(row))));
            let Some(now) = laid.1.as_ref().filter(|now| refers(now)) else {
                continue;
            };
            laid.1 = reference.is_emptied.then(|| {
                let mut image = Image::new();
                image.insert(reference.column.to_owned(), Value::Null);
                with_values(table, now, &image).into()
            });
        }
    }

    fn conflict(
        &mut self,
        edit: &NotedEdit,
        column: Option<String>,
        base: Value,
        theirs: Value,
        mine: Value,
    ) {
        self.conflicts.push(Conflict {
            table: edit.table.name(),
            key: edit.key.clone(),
            column,
            base,
            theirs,
            mine,
        });
    }
}

/// A column that names a row of another table, which may go.
struct Reference {
    table: Table,
    column: &'static str,
    parent: Table,
    /// Whether it refers to nothing then; else its row goes as well.
    is_emptied: bool,
}

const fn reference(
    table: Table,
    column: &'static str,
    parent: Table,
    is_emptied: bool,
) -> Reference {
    Reference {
        table,
        column,
        parent,
        is_emptied,
    }
}

/// ON DELETE of the tables.
const REFERENCES: [Reference; 10] = [
    reference(Table::ScheduleHours, "schedule_id", Table::Schedules, false),
    reference(Table::GroupMembers, "agent_id", Table::Agents, false),
    reference(Table::GroupMembers, "group_id", Table::Groups, false),
    reference(Table::Absences, "agent_id", Table::Agents, false),
    reference(Table::StandIns, "agent_id", Table::Agents, false),
    reference(Table::StandIns, "group_id", Table::Groups, false),
    reference(Table::RuleSteps, "rule_id", Table::Rules, false),
    reference(Table::Agents, "cover_id", Table::Agents, true),
    reference(Table::Absences, "cover_id", Table::Agents, true),
    reference(Table::StandIns, "by_id", Table::Agents, true),
];

/// What a row was when an edit of it was begun.
pub(crate) fn base_of(rules: &RuleSet, callers: &[Row], edit: &NotedEdit) -> Option<Image> {
    let rows = if edit.table == Table::Callers {
        callers
    } else {
        rules.rows(edit.table)
    };
    let mut rows = rows.iter();
    let row = rows.find(|row| key_text(edit.table, row) == edit.key)?;
    Some(image_of(edit.table, row))
}

/// The edits that make a change set, each with the row that it was made of.
pub(crate) fn edits_of(changes: &ChangeSet) -> Vec<NotedEdit> {
    let mut edits = Vec::new();
    for edit in &changes.rows {
        let table = edit.table;
        let base = edit.before.as_ref().map(|row| image_of(table, row));
        let op = match (&edit.before, &edit.after) {
            (_, None) => EditOp::Delete,
            (None, Some(row)) => EditOp::Add(image_of(table, row)),
            (Some(_), Some(_)) => {
                let columns = edit.columns();
                let changed = columns.iter().map(|(column, _, after)| {
                    let value = after.map_or(Value::Null, json_value);
                    (column.name.to_owned(), value)
                });
                EditOp::Set(changed.collect())
            }
        };
        edits.push(NotedEdit {
            table,
            key: if edit.before.is_some() {
                edit.key()
            } else {
                String::new()
            },
            op,
            base,
        });
    }
    edits
}

/// The cells of a key as a person writes it, of a table whose key is one column.
pub(crate) fn caller_key(edit: &NotedEdit) -> Option<String> {
    if edit.table != Table::Callers {
        return None;
    }
    match &edit.op {
        EditOp::Add(image) => match image.get("number").map(cell_of) {
            Some(Cell::Text(number)) => Some(number.into()),
            _ => None,
        },
        EditOp::Set(_) | EditOp::Delete => Some(edit.key.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::console::draft::edit::EditJson;

    fn rules(rows: &[(Table, Value)]) -> RuleSet {
        let mut rules = RuleSet::default();
        for table in Table::ALL {
            let rows = rows.iter().filter(|(other, _)| *other == table);
            let rows = rows.map(|(_, row)| row_of(table, row.as_object().unwrap()).into());
            rules.set(table, rows.collect());
        }
        rules
    }

    fn team() -> RuleSet {
        rules(&[
            (
                Table::Agents,
                json!({"id": "an", "name": "An", "cover_id": "binh"}),
            ),
            (Table::Agents, json!({"id": "binh", "name": "Bình"})),
            (Table::Groups, json!({"id": "team", "name": "Team"})),
            (
                Table::GroupMembers,
                json!({"group_id": "team", "agent_id": "an"}),
            ),
            (
                Table::GroupMembers,
                json!({"group_id": "team", "agent_id": "binh"}),
            ),
            (
                Table::Absences,
                json!({"id": 4, "agent_id": "binh", "starts_at": "2026-12-01"}),
            ),
        ])
    }

    /// The edits as they are noted on some rows.
    fn noted_on(base: &RuleSet, edits: &[Value]) -> Vec<NotedEdit> {
        let parse = |edit: &Value| {
            let json: EditJson = serde_json::from_value(edit.clone()).unwrap();
            let mut edit = NotedEdit::parse(&json).unwrap();
            edit.base = base_of(base, &[], &edit);
            edit
        };
        edits.iter().map(parse).collect()
    }

    /// What is written, and what is asked, in short.
    #[track_caller]
    fn check(base: &RuleSet, now: &RuleSet, edits: &[Value], written: &[&str], asked: &[&str]) {
        let overlay = EditOverlay::new(now, &[], &noted_on(base, edits));
        let rows = overlay.changes.rows.iter().map(|edit| {
            let columns: Vec<String> = edit
                .columns()
                .iter()
                .map(|(column, _, after)| format!("{}={:?}", column.name, after.map(json_value)))
                .collect();
            let sign = match (&edit.before, &edit.after) {
                (None, _) => "+".to_owned(),
                (_, None) => "-".to_owned(),
                _ => columns.join(" "),
            };
            format!("{} {} {sign}", edit.table.name(), edit.key())
        });
        let rows: Vec<String> = rows.collect();
        assert_eq!(rows, written);
        let conflicts = overlay.conflicts.iter().map(|conflict| {
            let Conflict {
                key,
                column,
                base,
                theirs,
                mine,
                ..
            } = conflict;
            format!(
                "{key} {} {base} {theirs} {mine}",
                column.as_deref().unwrap_or("*")
            )
        });
        let conflicts: Vec<String> = conflicts.collect();
        assert_eq!(conflicts, asked);
    }

    fn set(key: &str, columns: &Value) -> Value {
        json!({"table": "group_members", "key": key, "set": columns})
    }

    #[test]
    fn others_edits_of_other_columns_are_merged() {
        let (base, mut now) = (team(), team());
        let theirs = noted_on(&base, &[set("team/an", &json!({"weight": 50}))]);
        now = now.with(&EditOverlay::new(&base, &[], &theirs).changes.rows);
        let mine = [set("team/an", &json!({"position": 7}))];
        check(
            &base,
            &now,
            &mine,
            &["group_members team/an position=Some(Number(7))"],
            &[],
        );
        // The same value by both is no conflict, and nothing to write.
        check(
            &base,
            &now,
            &[set("team/an", &json!({"weight": 50}))],
            &[],
            &[],
        );
        check(
            &base,
            &now,
            &[set("team/an", &json!({"weight": 60}))],
            &[],
            &["team/an weight 100 50 60"],
        );
    }

    #[test]
    fn rows_that_are_gone_changed_or_there_already_ask() {
        let (base, now) = (team(), rules(&[]));
        check(
            &base,
            &now,
            &[set("team/an", &json!({"level": 2}))],
            &[],
            &[
                "team/an * {\"group_id\":\"team\",\"agent_id\":\"an\",\"level\":1,\"position\":100,\"weight\":100,\"schedule_id\":null,\"routing_type\":null,\"answer_timeout\":null} null {\"level\":2}",
            ],
        );
        let add = json!({"table": "groups", "add": {"id": "team", "name": "Other"}});
        let overlay = EditOverlay::new(&base, &[], &noted_on(&base, &[add]));
        assert_eq!(
            (overlay.conflicts.len(), overlay.changes.is_empty()),
            (1, true)
        );
        let renamed = rules(&[(Table::Groups, json!({"id": "team", "name": "Đội"}))]);
        let delete = json!({"table": "groups", "key": "team", "delete": true});
        let overlay = EditOverlay::new(&renamed, &[], &noted_on(&base, &[delete]));
        assert_eq!(
            overlay.conflicts.len(),
            1,
            "somebody renamed what is to be deleted"
        );
    }

    #[test]
    fn what_refers_to_a_row_that_goes_goes_along_or_refers_to_nothing() {
        let delete = json!({"table": "agents", "key": "binh", "delete": true});
        let written = [
            "agents an cover_id=Some(Null)",
            "agents binh -",
            "absences 4 -",
            "group_members team/binh -",
        ];
        check(&team(), &team(), &[delete], &written, &[]);
    }

    #[test]
    fn rows_without_an_id_get_the_next_ones_and_empty_columns_their_defaults() {
        let add = |agent: &str| json!({"table": "absences", "add": {"agent_id": agent, "starts_at": "2026-12-24"}});
        let edits = [
            add("an"),
            add("binh"),
            set("team/an", &json!({"level": null})),
        ];
        let overlay = EditOverlay::new(&team(), &[], &noted_on(&team(), &edits));
        let keys: Vec<String> = overlay.changes.rows.iter().map(RowEdit::key).collect();
        assert_eq!(keys, ["5", "6"]);
        assert!(overlay.conflicts.is_empty());
    }

    #[test]
    fn a_second_edit_of_a_row_stands_on_the_first() {
        let edits = [
            set("team/an", &json!({"level": 2})),
            set("team/an", &json!({"level": 3})),
        ];
        check(
            &team(),
            &team(),
            &edits,
            &["group_members team/an level=Some(Number(3))"],
            &[],
        );
        let gone = json!({"table": "group_members", "key": "team/an", "delete": true});
        let edits = [set("team/an", &json!({"level": 2})), gone];
        check(&team(), &team(), &edits, &["group_members team/an -"], &[]);
    }

    #[test]
    fn edits_made_of_a_change_set_lead_to_it_again() {
        let edits = [
            set("team/an", &json!({"level": 2})),
            json!({"table": "absences", "key": "4", "delete": true}),
        ];
        let overlay = EditOverlay::new(&team(), &[], &noted_on(&team(), &edits));
        let again = EditOverlay::new(&team(), &[], &edits_of(&overlay.changes));
        assert_eq!(again.changes, overlay.changes);
    }
}
