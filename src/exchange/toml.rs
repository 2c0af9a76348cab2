//! All tables as one TOML document: an array of rows per table, one row to a line. What is NULL is left out.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::draft::{Draft, Value, column, table};
use super::json;
use super::place::{LineCounter, Place};
use super::rule_set::RuleSet;
use routing::table::{Cell, Table};

/// Tables as the text of a file.
pub(super) fn encode(rules: &RuleSet, tables: &[Table]) -> String {
    let tables = tables.iter().map(|table| encode_table(rules, *table));
    let tables: Vec<String> = tables.collect();
    tables.join("\n")
}

fn encode_table(rules: &RuleSet, table: Table) -> String {
    let mut rows_text = Vec::new();
    for row in rules.rows(table) {
        let mut fields = Vec::new();
        for (column, cell) in table.columns().iter().zip(row.iter()) {
            if let Some(value) = value(cell) {
                fields.push(format!("{} = {value}", column.name));
            }
        }
        rows_text.push(format!("  {{ {} }},\n", fields.join(", ")));
    }
    let rows = rows_text.concat();
    if rows.is_empty() {
        format!("{} = []\n", table.name())
    } else {
        format!("{} = [\n{rows}]\n", table.name())
    }
}

/// A cell as TOML, whose basic strings know every escape of JSON, and want one more.
fn value(cell: &Cell) -> Option<String> {
    Some(json::value(cell)?.replace('\u{7f}', "\\u007F"))
}

/// Reads all tables into a draft, with all that is wrong with them.
pub(super) fn decode(draft: &mut Draft, file: &Arc<Path>, text: &str) {
    let mut source = TomlText {
        draft,
        file,
        lines: LineCounter::new(text.as_bytes()),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        for (name, rows) in document.into_inner() {
            source.table(&name, rows);
        }
        return;
    }
    for error in errors {
        let place = source.place(error.span().map_or(0, |span| span.start));
        source.draft.refuse(place.fault(error.message()));
    }
}

/// The file that is being read.
struct TomlText<'d, 't> {
    draft: &'d mut Draft,
    file: &'d Arc<Path>,
    lines: LineCounter<'t>,
}

impl<'t> TomlText<'_, 't> {
    fn table(&mut self, name: &Spanned<std::borrow::Cow<'t, str>>, rows: Spanned<DeValue<'t>>) {
        let place = self.place(name.span().start);
        let table = match table(name.get_ref()) {
            Ok(table) => table,
            Err(what) => return self.draft.refuse(place.fault(what)),
        };
        self.draft.name(table);
        let DeValue::Array(rows) = rows.into_inner() else {
            return self
                .draft
                .refuse(place.fault(format!("{} is not an array of rows", table.name())));
        };
        for row in rows {
            self.row(table, row);
        }
    }

    fn row(&mut self, table: Table, row: Spanned<DeValue<'t>>) {
        let place = self.place(row.span().start);
        let DeValue::Table(fields) = row.into_inner() else {
            return self.draft.refuse(place.fault(format!(
                "a row of {} is written in braces: {{ }}",
                table.name()
            )));
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
        Place {
            file: Arc::clone(self.file),
            line: self.lines.line_of(offset),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Row;

    fn read(text: &str) -> Result<RuleSet, Vec<String>> {
        let mut draft = Draft::default();
        decode(&mut draft, &Path::new("r.toml").into(), text);
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
            [Some("a"), Some("\"A\"\n\u{1}\u{7f}"), None],
            [Some("b"), Some("Bán"), Some("")],
        ]);
        let text = encode(&rules, &[Table::Queues, Table::Agents]);
        let expected = "queues = [\n  { id = \"a\", name = \"\\\"A\\\"\\n\\u0001\\u007F\" },\n  \
                        { id = \"b\", name = \"Bán\", note = \"\" },\n]\n\nagents = []\n";
        assert_eq!(text, expected);
        assert_eq!(
            read(&text).unwrap().rows(Table::Queues),
            rules.rows(Table::Queues)
        );
    }

    #[test]
    fn it_may_be_written_by_hand() {
        let text = "# ours\n[[queues]]\nname = 'B'\nid = 'b'\n\n[[queues]]\nid = 'a' # first\nname = 'A'\nnote = ''\n";
        let rules = queues(&[
            [Some("a"), Some("A"), Some("")],
            [Some("b"), Some("B"), None],
        ]);
        assert_eq!(read(text).unwrap(), rules);
        let settings = read("settings = [{ key = 'max_agents', value = 0x0a }]").unwrap();
        assert_eq!(
            settings.rows(Table::Settings)[0][1],
            "10".into(),
            "a number where text belongs"
        );
    }

    #[test]
    fn every_mistake_is_said_with_its_line() {
        let text = "queue = []\nqueues = [\n  { id = 'a', nmae = 'A' },\n  7,\n]\nagents = 7\nrules = [\n  \
                    { id = 1, position = 'x', name = 2027-02-05, enabled = true },\n]\n";
        let expected = [
            "r.toml, line 1: there is no table 'queue'; there are settings, queues, hotlines, holidays, schedules, \
                 schedule_hours, agents, absences, groups, group_members, stand_ins, callers, rules, rule_steps, rule_tests",
            "r.toml, line 3: queues has no column 'nmae'; it has id, name, note",
            "r.toml, line 3: queues.name is missing",
            "r.toml, line 4: a row of queues is written in braces: { }",
            "r.toml, line 6: agents is not an array of rows",
            "r.toml, line 8: enabled: write 1 for yes, 0 for no",
            "r.toml, line 8: name is a date without quotes, not a text",
            "r.toml, line 8: position 'x' is not a whole number",
        ];
        assert_eq!(read(text).unwrap_err(), expected);
    }

    #[test]
    fn what_is_no_toml_is_said_with_its_line() {
        let faults = read("queues = [\n  { id = 'a' name = 'A' },\n]\nagents = [\n").unwrap_err();
        assert!(faults[0].starts_with("r.toml, line 2: "), "{faults:?}");
    }
}
