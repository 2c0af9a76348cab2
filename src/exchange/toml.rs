//! All tables as one TOML document: an array of rows per table, one row to a line. What is NULL is left out.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::columns::columns;
use super::draft::{Draft, Value, column, table};
use super::json;
use super::place::{Lines, Place};
use super::rule_set::RuleSet;
use crate::routing::table::{Cell, Table};

/// Tables as the text of a file.
pub(super) fn encode(rules: &RuleSet, tables: &[Table]) -> String {
    let tables: Vec<String> = tables.iter().map(|table| encode_table(rules, *table)).collect();
    tables.join("\n")
}

fn encode_table(rules: &RuleSet, table: Table) -> String {
    let rows = rules.rows(table).iter().map(|row| {
        let given = columns(table).iter().zip(row);
        let fields = given.filter_map(|(column, cell)| Some(format!("{} = {}", column.name, value(cell)?)));
        format!("  {{ {} }},\n", fields.collect::<Vec<_>>().join(", "))
    });
    let rows = rows.collect::<String>();
    if rows.is_empty() { format!("{} = []\n", table.name()) } else { format!("{} = [\n{rows}]\n", table.name()) }
}

/// A cell as TOML, whose basic strings know every escape of JSON, and want one more.
fn value(cell: &Cell) -> Option<String> {
    json::value(cell).map(|text| text.replace('\u{7f}', "\\u007F"))
}

/// Reads all tables into a draft, with all that is wrong with them.
pub(super) fn decode(draft: &mut Draft, file: &Arc<Path>, text: &str) {
    let mut source = Source { draft, file, lines: Lines::new(text) };
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return document.into_inner().into_iter().for_each(|(name, rows)| source.table(&name, rows));
    }
    for error in errors {
        let place = source.place(error.span().map_or(0, |span| span.start));
        source.draft.refuse(place.fault(error.message()));
    }
}

/// The file that is being read.
struct Source<'d, 't> {
    draft: &'d mut Draft,
    file: &'d Arc<Path>,
    lines: Lines<'t>,
}

impl<'t> Source<'_, 't> {
    fn table(&mut self, name: &Spanned<std::borrow::Cow<'t, str>>, rows: Spanned<DeValue<'t>>) {
        let place = self.place(name.span().start);
        let table = match table(name.get_ref()) {
            Ok(table) => table,
            Err(what) => return self.draft.refuse(place.fault(what)),
        };
        self.draft.name(table);
        let DeValue::Array(rows) = rows.into_inner() else {
            return self.draft.refuse(place.fault(format!("{} is not an array of rows", table.name())));
        };
        rows.into_iter().for_each(|row| self.row(table, row));
    }

    fn row(&mut self, table: Table, row: Spanned<DeValue<'t>>) {
        let place = self.place(row.span().start);
        let DeValue::Table(fields) = row.into_inner() else {
            return self.draft.refuse(place.fault(format!("a row of {} is written in braces: {{ }}", table.name())));
        };
        let mut given = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            match column(table, name.get_ref()) {
                Ok(column) => given.push((column, parse(value.into_inner()))),
                Err(what) => self.draft.refuse(place.fault(what)),
            }
        }
        self.draft.add(table, place, given);
    }

    fn place(&mut self, offset: usize) -> Place {
        Place { file: Arc::clone(self.file), line: self.lines.line_of(offset) }
    }
}

/// A value that a row gives.
fn parse(value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Other("too large a number"),
        },
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Boolean(_) => Value::Other("true or false"),
        // A date needs quotes, for it is kept as text.
        DeValue::Datetime(_) => Value::Other("a date without quotes"),
        DeValue::Array(_) => Value::Other("an array"),
        DeValue::Table(_) => Value::Other("a table"),
    }
}
