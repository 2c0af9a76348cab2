//! All tables as one JSON object: an array of rows per table, one row to a line. What is NULL is left out.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::columns;
use super::draft::{Draft, Value, column, table};
use super::place::{Lines, Place};
use super::rule_set::RuleSet;
use crate::routing::table::{Cell, Table};

/// Tables as the text of a file.
pub(super) fn encode(rules: &RuleSet, tables: &[Table]) -> String {
    let tables: Vec<String> = tables.iter().map(|table| encode_table(rules, *table)).collect();
    format!("{{\n{}\n}}\n", tables.join(",\n"))
}

fn encode_table(rules: &RuleSet, table: Table) -> String {
    let mut text = format!("  \"{}\": [", table.name());
    for (place, row) in rules.rows(table).iter().enumerate() {
        text.push_str(if place == 0 { "\n    {" } else { ",\n    {" });
        let given = columns(table).iter().zip(row).filter_map(|(column, cell)| Some((column.name, value(cell)?)));
        for (place, (name, value)) in given.enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            text.push_str(&format!("{separator}\"{name}\": {value}"));
        }
        text.push('}');
    }
    text.push_str(if rules.rows(table).is_empty() { "]" } else { "\n  ]" });
    text
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
    let mut source = Source { draft, file, text, lines: Lines::new(text) };
    match object(text) {
        Ok(tables) => tables.into_iter().for_each(|(name, rows)| source.table(&name, rows)),
        Err(error) => source.refuse_json(0, &error),
    }
}

/// The file that is being read.
struct Source<'d, 't> {
    draft: &'d mut Draft,
    file: &'d Arc<Path>,
    text: &'t str,
    lines: Lines<'t>,
}

impl<'t> Source<'_, 't> {
    fn table(&mut self, name: &str, rows: &'t RawValue) {
        let offset = self.offset(rows.get());
        let place = self.place(offset);
        let table = match table(name) {
            Ok(table) if self.draft.name(table) => table,
            Ok(_) => return self.draft.refuse(place.fault(format!("the table {name} is named twice"))),
            Err(what) => return self.draft.refuse(place.fault(what)),
        };
        match serde_json::from_str::<Vec<&'t RawValue>>(rows.get()) {
            Ok(rows) => rows.into_iter().for_each(|row| self.row(table, row)),
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
                    self.draft.refuse(place.fault(format!("{name} is named twice")));
                }
                Ok(column) => given.extend(parse(raw).map(|value| (column, value))),
                Err(what) => self.draft.refuse(place.fault(what)),
            }
        }
        self.draft.add(table, place, given);
    }

    /// Where a part of the text begins in it.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }

    fn place(&mut self, offset: usize) -> Place {
        Place { file: Arc::clone(self.file), line: self.lines.line_of(offset) }
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
    deserializer.end().map(|()| members)
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
        Ok(serde_json::Value::Number(number)) => {
            number.as_i64().map_or(Value::Other("a fraction or too large a number"), Value::Integer)
        }
        Ok(serde_json::Value::Array(_)) => Value::Other("an array"),
        Ok(serde_json::Value::Object(_)) | Err(_) => Value::Other("an object"),
    })
}
