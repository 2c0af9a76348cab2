//! Rows of a table as a form. What was shown goes along with what is typed, so that only what somebody has changed becomes
//! an edit, and it is based on what they saw.

use std::collections::BTreeMap;

use maud::{Markup, html};
use routing::table::Table;
use serde_json::Value;

use crate::console::draft::edit::{EditFault, EditJson, NotedEdit};
use crate::console::draft::preview::PlannedProblem;
use crate::exchange::{Image, Row, image_of, key_text};

/// Longer lists to choose from are typed into, with suggestions.
const MAX_OPTIONS: usize = 50;

/// What a form sends, in its order.
pub(super) type Fields = Vec<(String, String)>;

/// The last value of a field; a box that is not ticked sends the one before it.
pub(super) fn sent<'f>(fields: &'f Fields, name: &str) -> &'f str {
    let mut fields = fields.iter().rev();
    let found = fields.find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value)
}

/// A row as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SheetRow {
    /// Empty: the table does not have it yet.
    pub(super) key: String,
    pub(super) values: BTreeMap<String, String>,
}

/// Some rows of a table, as they are typed and as they were shown first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowSheet {
    pub(super) table: Table,
    pub(super) rows: Vec<SheetRow>,
    /// By key.
    pub(super) base: BTreeMap<String, Image>,
}

impl SheetRow {
    /// A row that is not there yet.
    pub(super) fn new(values: &[(&str, &str)]) -> Self {
        let values = values.iter();
        Self {
            key: String::new(),
            values: values
                .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    pub(super) fn value(&self, column: &str) -> &str {
        self.values.get(column).map_or("", |value| value.trim())
    }

    pub(super) fn set(&mut self, column: &str, value: impl Into<String>) {
        self.values.insert(column.to_owned(), value.into());
    }

    /// Whether nothing is typed into any of these.
    pub(super) fn is_blank(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.value(column).is_empty())
    }
}

impl RowSheet {
    /// Rows as they stand in the table.
    pub(super) fn of<'r>(table: Table, rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut sheet = Self {
            table,
            rows: Vec::new(),
            base: BTreeMap::new(),
        };
        for row in rows {
            let (key, image) = (key_text(table, row), image_of(table, row));
            let values = image
                .iter()
                .map(|(column, value)| (column.clone(), text_of(value)));
            sheet.rows.push(SheetRow {
                key: key.clone(),
                values: values.collect(),
            });
            sheet.base.insert(key, image);
        }
        sheet
    }

    /// The same with one column alone.
    pub(super) fn only(mut self, column: &str) -> Self {
        for row in &mut self.rows {
            row.values.retain(|known, _| known == column);
        }
        for image in self.base.values_mut() {
            image.retain(|known, _| known == column);
        }
        self
    }

    /// Rows as a form has sent them: fields such as `rules.0.name`.
    pub(super) fn sent(table: Table, fields: &Fields) -> Self {
        let mut rows: BTreeMap<usize, SheetRow> = BTreeMap::new();
        let mut base = BTreeMap::new();
        for (name, value) in fields {
            let Some((number, column)) = name
                .strip_prefix(table.name())
                .and_then(|rest| rest.strip_prefix('.'))
                .and_then(|rest| rest.split_once('.'))
            else {
                continue;
            };
            let Ok(number) = number.parse() else {
                base = serde_json::from_str(value).unwrap_or_default();
                continue;
            };
            let row = rows.entry(number).or_default();
            if column == "row" {
                row.key.clone_from(value);
            } else {
                row.set(column, value.as_str());
            }
        }
        Self {
            table,
            rows: rows.into_values().collect(),
            base,
        }
    }

    /// What differs from what was shown.
    ///
    /// # Errors
    /// A value that its column cannot have.
    pub(super) fn edits(&self) -> Result<Vec<NotedEdit>, EditFault> {
        let mut edits = Vec::new();
        for row in &self.rows {
            let base = self.base.get(&row.key);
            let is_changed = |column: &str, value: &str| match base {
                Some(base) => base.get(column).is_some_and(|old| text_of(old) != value),
                None => !value.is_empty(),
            };
            let values = row
                .values
                .iter()
                .map(|(column, value)| (column, value.trim()));
            let values: Image = values
                .filter(|(column, value)| is_changed(column, value))
                .map(|(column, value)| (column.clone(), value.into()))
                .collect();
            if values.is_empty() {
                continue;
            }
            let (key, set, add) = match base {
                Some(_) => (Some(row.key.clone()), Some(values), None),
                None => (None, None, Some(values)),
            };
            edits.push(self.noted(key, set, add)?);
        }
        for key in self.base.keys() {
            if !self.rows.iter().any(|row| row.key == *key) {
                edits.push(self.noted(Some(key.clone()), None, None)?);
            }
        }
        Ok(edits)
    }

    /// The edit that takes all of the rows away.
    pub(super) fn deleted(mut self) -> Result<Vec<NotedEdit>, EditFault> {
        self.rows.clear();
        self.edits()
    }

    fn noted(
        &self,
        key: Option<String>,
        set: Option<Image>,
        add: Option<Image>,
    ) -> Result<NotedEdit, EditFault> {
        let base = key.as_ref().and_then(|key| self.base.get(key)).cloned();
        let edit = EditJson {
            table: self.table.name().to_owned(),
            delete: set.is_none() && add.is_none(),
            key,
            set,
            add,
        };
        Ok(NotedEdit {
            base,
            ..NotedEdit::parse(&edit)?
        })
    }
}

/// A value as a field has it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// How a field is typed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Text,
    Whole,
    Date,
}

/// Chooses a row by its id; where there are many, the id is typed, with suggestions from the server.
pub(super) fn chooser<'c>(
    name: &str,
    table: Table,
    chosen: &str,
    none: Option<&str>,
    choices: impl IntoIterator<Item = (&'c str, &'c str)>,
) -> Markup {
    let choices: Vec<(&str, &str)> = choices.into_iter().take(MAX_OPTIONS + 1).collect();
    html! {
        @if choices.len() > MAX_OPTIONS {
            (suggesting(table, &html! { input.in id=(name) name=(name) value=(chosen) placeholder=[none] autocomplete="off"; }))
        } @else {
            select.in id=(name) name=(name) {
                @if let Some(none) = none { option value="" { (none) } }
                @for (id, said) in choices { option value=(id) selected[id == chosen] { (said) } }
            }
        }
    }
}

/// A field into which a key of a table is typed; the script suggests rows that the API finds.
pub(super) fn suggesting(table: Table, input: &Markup) -> Markup {
    html! { combo-box data-table=(table.name()) { (input) } }
}

/// The table that a column of another one names a row of.
fn named_by(column: &str) -> Option<Table> {
    match column {
        "agent_id" | "cover_id" | "owner_id" | "by_id" => Some(Table::Agents),
        "group_id" | "and_group_id" | "fallback_group_id" => Some(Table::Groups),
        "schedule_id" => Some(Table::Schedules),
        "queue_id" => Some(Table::Queues),
        _ => None,
    }
}

/// Something to choose: its value, and what it is called.
pub(super) type Choice = (String, String);

/// A sheet as fields.
pub(super) struct SheetForm<'s> {
    pub(super) sheet: &'s RowSheet,
    /// What would be wrong.
    pub(super) problems: &'s [PlannedProblem],
}

impl SheetForm<'_> {
    /// What was shown, and which rows the lines are.
    pub(super) fn hidden(&self) -> Markup {
        let table = self.sheet.table.name();
        html! {
            input type="hidden" name={ (table) ".base." } value=(serde_json::to_string(&self.sheet.base).unwrap_or_default());
            @for (place, row) in self.sheet.rows.iter().enumerate() {
                input type="hidden" name={ (table) "." (place) ".row" } value=(row.key);
            }
        }
    }

    /// A value that is not shown.
    pub(super) fn keep(&self, row: usize, column: &str) -> Markup {
        html! { input type="hidden" name=(self.name(row, column)) value=(self.value(row, column)); }
    }

    /// A labelled field to type into.
    pub(super) fn input(
        &self,
        row: usize,
        column: &str,
        label: &str,
        typed: Typed,
        none: &str,
    ) -> Markup {
        let kind = match typed {
            Typed::Text | Typed::Whole => None,
            Typed::Date => Some("date"),
        };
        let mode = (typed == Typed::Whole).then_some("numeric");
        let name = self.name(row, column);
        let faults = self.faults(row, column);
        html! {
            div.field {
                label for=(name) { (label) }
                input.in id=(name) name=(name) type=[kind] inputmode=[mode] value=(self.value(row, column)) placeholder=(none)
                    autocomplete="off" aria-invalid=[(!faults.is_empty()).then_some("true")];
                @for fault in faults { span.err { (fault) } }
            }
        }
    }

    /// A labelled list to choose from; a long one is typed into, with suggestions from the server.
    pub(super) fn select(
        &self,
        row: usize,
        column: &str,
        label: &str,
        choices: &[Choice],
    ) -> Markup {
        let (name, chosen) = (self.name(row, column), self.value(row, column));
        let faults = self.faults(row, column);
        let is_wrong = (!faults.is_empty()).then_some("true");
        html! {
            div.field {
                label for=(name) { (label) }
                @if is_typed(chosen, choices) {
                    @let input = html! { input.in id=(name) name=(name) value=(chosen) autocomplete="off" aria-invalid=[is_wrong]; };
                    @match named_by(column) { Some(table) => (suggesting(table, &input)), None => (input) }
                } @else {
                    select.in id=(name) name=(name) aria-invalid=[is_wrong] {
                        @for (value, said) in choices { option value=(value) selected[value == chosen] { (said) } }
                    }
                }
                @for fault in faults { span.err { (fault) } }
            }
        }
    }

    /// A box to tick.
    pub(super) fn tick(&self, row: usize, column: &str, label: &str) -> Markup {
        let name = self.name(row, column);
        html! {
            label.option {
                input type="hidden" name=(name) value="0";
                input type="checkbox" name=(name) value="1" checked[self.value(row, column) == "1"];
                " " (label)
            }
        }
    }

    pub(super) fn value(&self, row: usize, column: &str) -> &str {
        self.sheet.rows.get(row).map_or("", |row| row.value(column))
    }

    fn name(&self, row: usize, column: &str) -> String {
        format!("{}.{row}.{column}", self.sheet.table.name())
    }

    fn faults(&self, row: usize, column: &str) -> Vec<&str> {
        let Some(row) = self.sheet.rows.get(row) else {
            return Vec::new();
        };
        let key: Vec<&str> = self
            .sheet
            .table
            .key()
            .iter()
            .map(|column| row.value(column))
            .collect();
        let key = key.join("/");
        let of_field = |problem: &&PlannedProblem| {
            problem.table == self.sheet.table.name()
                && problem.key == key
                && problem.column == column
                && problem.severity == "error"
        };
        self.problems
            .iter()
            .filter(of_field)
            .map(|problem| &*problem.sentence)
            .collect()
    }
}

/// Whether a value is typed: there is much to choose from, or what stands there is none of it.
fn is_typed(chosen: &str, choices: &[Choice]) -> bool {
    choices.len() > MAX_OPTIONS || !choices.iter().any(|(value, _)| value == chosen)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::row_of;

    fn step(number: i64, after: i64) -> Row {
        let image =
            json!({"rule_id": 8, "step": number, "after_seconds": after, "group_id": "team"});
        row_of(Table::RuleSteps, image.as_object().unwrap()).into()
    }

    /// The form as a browser sends it back.
    fn echoed(sheet: &RowSheet) -> Fields {
        let name = |row: usize, column: &str| format!("rule_steps.{row}.{column}");
        let mut fields = vec![(
            "rule_steps.base.".to_owned(),
            serde_json::to_string(&sheet.base).unwrap(),
        )];
        for (place, row) in sheet.rows.iter().enumerate() {
            fields.push((name(place, "row"), row.key.clone()));
            fields.extend(
                row.values
                    .iter()
                    .map(|(column, value)| (name(place, column), value.clone())),
            );
        }
        fields
    }

    fn said(sheet: &RowSheet) -> Vec<String> {
        let edits = sheet.edits().unwrap();
        edits
            .iter()
            .map(|edit| serde_json::to_string(&edit.json()).unwrap())
            .collect()
    }

    #[test]
    fn what_nobody_touches_is_no_edit_and_the_rest_is_based_on_what_was_shown() {
        let rows = [step(1, 0), step(2, 20)];
        let shown = RowSheet::of(Table::RuleSteps, &rows);
        let mut sent = RowSheet::sent(Table::RuleSteps, &echoed(&shown));
        assert_eq!(sent, shown);
        assert_eq!(said(&sent), [""; 0]);

        sent.rows[1].set("after_seconds", " 10 ");
        sent.rows.remove(0);
        sent.rows.push(SheetRow::new(&[
            ("rule_id", "8"),
            ("step", "3"),
            ("group_id", "vip"),
            ("max_agents", ""),
        ]));
        assert_eq!(
            said(&sent),
            [
                r#"{"table":"rule_steps","key":"8/2","set":{"after_seconds":10}}"#,
                r#"{"table":"rule_steps","add":{"group_id":"vip","rule_id":8,"step":3}}"#,
                r#"{"table":"rule_steps","key":"8/1","delete":true}"#,
            ]
        );
        let base = sent.edits().unwrap().remove(0).base.unwrap();
        assert_eq!(base["after_seconds"], 20);
    }

    #[test]
    fn a_value_that_the_column_cannot_have_is_said() {
        let rows = [step(1, 0)];
        let mut sheet = RowSheet::of(Table::RuleSteps, &rows);
        sheet.rows[0].set("after_seconds", "soon");
        assert_eq!(sheet.edits().unwrap_err().code(), "not_this_kind");
    }
}
