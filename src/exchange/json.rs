//! All tables as one JSON object: an array of rows per table, one row to a line. What is NULL is left out.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::draft::{Draft, Value, column, table};
use super::place::{LineCounter, Place};
use super::rule_set::RuleSet;
use routing::table::{Cell, Table};

/// Tables as the text of a file.
pub(super) fn encode(rules: &RuleSet, tables: &[Table]) -> String {
    let tables = tables.iter().map(|table| encode_table(rules, *table));
    let tables: Vec<String> = tables.collect();
    format!("{{\n{}\n}}\n", tables.join(",\n"))
}

fn encode_table(rules: &RuleSet, table: Table) -> String {
    let mut rows_text = Vec::new();
    for row in rules.rows(table) {
        let mut fields = Vec::new();
        for (column, cell) in table.columns().iter().zip(row.iter()) {
            if let Some(value) = value(cell) {
                fields.push(format!("\"{}\": {value}", column.name));
            }
        }
        rows_text.push(format!("\n    {{{}}}", fields.join(", ")));
    }
    let rows = rows_text.join(",");
    let end = if rows.is_empty() { "" } else { "\n  " };
    format!("  \"{}\": [{rows}{end}]", table.name())
}

/// A cell as JSON; `None`: nothing is to be written.
pub(super) fn value(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Text(text) => Some(serde_json::Value::from(&**text).to_string()),
        Cell::Null | Cell::Real(_) | Cell::Blob(_) => None,
    }
}

/// Objects whose keys are checked here, so that none counts twice.
type Object<'t> = Vec<(String, &'t RawValue)>;

/// Reads all tables into a draft, with all that is wrong with them.
pub(super) fn decode(draft: &mut Draft, file: &Arc<Path>, text: &str) {
    let mut source = JsonText {
        draft,
        file,
        text,
        lines: LineCounter::new(text.as_bytes()),
    };
    match object(text) {
        Ok(tables) => {
            for (name, rows) in tables {
                source.table(&name, rows);
            }
        }
        Err(error) => source.refuse_json(0, &error),
    }
}

/// The file that is being read.
struct JsonText<'d, 't> {
    draft: &'d mut Draft,
    file: &'d Arc<Path>,
    text: &'t str,
    lines: LineCounter<'t>,
}

impl<'t> JsonText<'_, 't> {
    fn table(&mut self, name: &str, rows: &'t RawValue) {
        let offset = self.offset(rows.get());
        let place = self.place(offset);
        let table = match table(name) {
            Ok(table) if self.draft.name(table) => table,
            Ok(_) => {
                return self
                    .draft
                    .refuse(place.fault(format!("the table {name} is named twice")));
            }
            Err(what) => return self.draft.refuse(place.fault(what)),
        };
        match serde_json::from_str::<Vec<&'t RawValue>>(rows.get()) {
            Ok(rows) => {
                for row in rows {
                    self.row(table, row);
                }
            }
            Err(error) => self.refuse_json(offset, &error),
        }
    }

    fn row(&mut self, table: Table, row: &'t RawValue) {
        let offset = self.offset(row.get());
        let place = self.place(offset);
        let fields = match object(row.get()) {
            Ok(fields) => fields,
            Err(error) => return self.refuse_json(offset, &error),
        };
        let mut given = Vec::with_capacity(fields.len());
        for (name, raw) in fields {
            match column(table, &name) {
                Ok(column) if given.iter().any(|(other, _)| *other == column) => {
                    self.draft
                        .refuse(place.fault(format!("{name} is named twice")));
                }
                Ok(column) => given.extend(parse(raw).map(|value| (column, value))),
                Err(what) => self.draft.refuse(place.fault(what)),
            }
        }
        self.draft.add(table, place, given);
    }

    /// Where a part of the text begins in it.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr())
    }

    fn place(&mut self, offset: usize) -> Place {
        Place {
            file: Arc::clone(self.file),
            line: self.lines.line_of(offset),
        }
    }

    /// The reader of a part counts lines from the part's beginning.
    fn refuse_json(&mut self, offset: usize, error: &serde_json::Error) {
        let mut place = self.place(offset);
        place.line += u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
        let message = error.to_string();
        let end = format!(" at line {} column {}", error.line(), error.column());
        let what = message.strip_suffix(&end).unwrap_or(&message);
        self.draft.refuse(place.fault(what));
    }
}

/// The members of an object, in their order.
fn object(text: &str) -> Result<Object<'_>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Members)?;
    deserializer.end()?;
    Ok(members)
}

/// Collects the members of an object, also those of the same name.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// A value that a row gives; `None` for null.
fn parse(raw: &RawValue) -> Option<Value> {
    Some(match serde_json::from_str(raw.get()) {
        Ok(serde_json::Value::Null) => return None,
        Ok(serde_json::Value::String(text)) => Value::Text(text),
        Ok(serde_json::Value::Bool(_)) => Value::Other("true or false"),
        Ok(serde_json::Value::Number(number)) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Other("a fraction or too large a number"),
        },
        Ok(serde_json::Value::Array(_)) => Value::Other("an array"),
        Ok(serde_json::Value::Object(_)) | Err(_) => Value::Other("an object"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Row;

    fn read(text: &str) -> Result<RuleSet, Vec<String>> {
        let mut draft = Draft::default();
        decode(&mut draft, &Path::new("r.json").into(), text);
        let planned = draft.complete(&RuleSet::default());
        planned
            .map(|planned| planned.rules)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    fn queues(rows: &[[Option<&str>; 3]]) -> RuleSet {
        let mut rules = RuleSet::default();
        rules.set(
            Table::Queues,
            rows.iter()
                .map(|row| Row::from(row.map(Cell::from)))
                .collect(),
        );
        rules
    }

    #[test]
    fn a_row_is_a_line_and_null_is_left_out() {
        let rules = queues(&[
            [Some("a"), Some("\"A\"\n\u{7f}"), None],
            [Some("b"), Some("Bán"), Some("")],
        ]);
        let text = encode(&rules, &[Table::Queues]);
        let expected = "{\n  \"queues\": [\n    {\"id\": \"a\", \"name\": \"\\\"A\\\"\\n\u{7f}\"},\n    \
                        {\"id\": \"b\", \"name\": \"Bán\", \"note\": \"\"}\n  ]\n}\n";
        assert_eq!(text, expected);
        assert_eq!(read(&text).unwrap(), rules);
    }

    #[test]
    fn it_may_be_written_by_hand_in_any_order() {
        let text = r#"{"queues":[{"note":null,"name":"B","id":"b"},
            {"id":"a", "name":"A", "note": ""}]}"#;
        let rules = queues(&[
            [Some("a"), Some("A"), Some("")],
            [Some("b"), Some("B"), None],
        ]);
        assert_eq!(read(text).unwrap(), rules);
    }

    #[track_caller]
    fn refused(text: &str, expected: &[&str]) {
        assert_eq!(read(text).unwrap_err(), expected);
    }

    #[test]
    fn every_mistake_is_said_with_its_line() {
        refused(
            r#"{
  "queues": [
    {"id": "a", "name": "A", "id": "b"},
    {"id": "c", "nmae": "C"},
    {"id": "d", "name": ["D"]}, {"id": "e", "name": true}
  ],
  "queue": [],
  "rules": [
    {"position": 1.5, "name": 7},
    7
  ],
  "agents": {},
  "queues": []
}"#,
            &[
                "r.json, line 3: id is named twice",
                "r.json, line 4: queues has no column 'nmae'; it has id, name, note",
                "r.json, line 4: queues.name is missing",
                "r.json, line 5: name is an array, not a text",
                "r.json, line 5: name is true or false, not a text",
                "r.json, line 7: there is no table 'queue'; there are settings, queues, hotlines, holidays, schedules, \
                 schedule_hours, agents, absences, groups, group_members, stand_ins, callers, rules, rule_steps, rule_tests",
                "r.json, line 9: position is a fraction or too large a number, not a whole number",
                "r.json, line 10: invalid type: integer `7`, expected an object",
                "r.json, line 12: invalid type: map, expected a sequence",
                "r.json, line 13: the table queues is named twice",
            ],
        );
    }

    #[test]
    fn what_is_no_json_is_said_with_its_line() {
        refused(
            "{\n\"queues\": [\n{\"id\": \"a\" \"name\"}]}",
            &["r.json, line 3: expected `,` or `}`"],
        );
        refused(
            "[]",
            &["r.json, line 1: invalid type: sequence, expected an object"],
        );
        refused("{}\n{}", &["r.json, line 2: trailing characters"]);
        refused("", &["r.json, line 1: EOF while parsing a value"]);
    }
}
