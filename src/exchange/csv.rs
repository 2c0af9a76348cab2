//! One table as CSV.
//!
//! An empty field is NULL, or what else stands in for a value that is left out. A field that begins with an apostrophe
//! is the text behind it, so a lone apostrophe is the empty text. Texts that a spreadsheet would take for a formula are
//! written so as well.

use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};

use super::draft::{Draft, Value, column};
use super::files::Dialect;
use super::place::{Fault, LineCounter, Place};
use super::rule_set::Row;
use super::typed_times;
use routing::schema::{Column, Kind};
use routing::table::{Cell, Table};

/// The beginning of a field that is text whatever follows.
const TEXT_MARK: char = '\'';

/// Beginnings that spreadsheets take for a formula.
const FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// A table as the bytes of a file.
pub(super) fn encode(table: Table, rows: &[Row], dialect: Dialect) -> Result<Vec<u8>, csv::Error> {
    let (delimiter, field, mark): (u8, fn(&Cell) -> String, &[u8]) = match dialect {
        Dialect::Plain => (b',', field, b""),
        Dialect::Excel => (b';', guarded_field, MARK),
    };
    let mut options = WriterBuilder::new();
    options
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'));
    let mut writer = options.from_writer(mark.to_vec());
    writer.write_record(table.columns().iter().map(|column| column.name))?;
    for row in rows {
        writer.write_record(row.iter().map(field))?;
    }
    match writer.into_inner() {
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.into_error().into()),
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text)
            if text.is_empty() || text.starts_with(TEXT_MARK) || text.starts_with(FORMULAS) =>
        {
            format!("{TEXT_MARK}{text}")
        }
        Cell::Text(text) => text.to_string(),
        Cell::Null | Cell::Real(_) | Cell::Blob(_) => String::new(),
    }
}

/// A field whose text a spreadsheet leaves alone: it would make 8.4909E+10 of a telephone number, and 05/02/2027 of a date.
///
/// A formula that gives a text is the only way to say so in CSV.
fn guarded_field(cell: &Cell) -> String {
    /// The longest text in a formula of Excel.
    const LONGEST_CHARS: usize = 255;
    let plain = field(cell);
    let Cell::Text(text) = cell else {
        return plain;
    };
    let may_change = text.contains(|letter: char| letter.is_ascii_digit())
        || ["true", "false"].contains(&&*text.to_ascii_lowercase());
    let is_fit = !text.contains(['\n', '\r']) && text.chars().count() <= LONGEST_CHARS;
    if may_change && is_fit && plain == **text {
        let quoted = text.replace('"', "\"\"");
        return format!("=\"{quoted}\"");
    }
    plain
}

/// The text of a formula that is nothing but a text.
fn unguarded(field: &str) -> Option<String> {
    let quoted = field.strip_prefix("=\"")?.strip_suffix('"')?;
    let inner = quoted.replace("\"\"", "");
    if inner.contains('"') {
        return None;
    }
    Some(quoted.replace("\"\"", "\""))
}

/// What some editors, and Excel, put before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a table into a draft, with all that is wrong with it.
pub(super) fn decode(draft: &mut Draft, table: Table, file: &Arc<Path>, bytes: &[u8]) {
    draft.name(table);
    let mut lines = Records::new(file, bytes);
    let header = match lines.next() {
        Some(Ok((place, record))) => header(table, &record).map_err(|what| place.fault(what)),
        Some(Err(fault)) => Err(fault),
        None => Err(lines
            .place
            .fault("the file is empty; its first line names the columns")),
    };
    let header = match header {
        Ok(header) => header,
        Err(fault) => return draft.refuse(fault),
    };
    for line in lines {
        match line {
            Ok((place, record)) => match row(&header, &record) {
                Ok(given) => draft.add(table, place, given),
                Err(what) => draft.refuse(place.fault(what)),
            },
            Err(fault) => draft.refuse(fault),
        }
    }
}

/// The lines of a file that are not empty, with their places. A line may go on over several if it has quotes.
pub(super) struct Records<'b> {
    reader: csv::Reader<&'b [u8]>,
    lines: LineCounter<'b>,
    /// Of the last line read.
    place: Place,
    /// The file cannot be read on.
    is_broken: bool,
}

impl<'b> Records<'b> {
    pub(super) fn new(file: &Arc<Path>, bytes: &'b [u8]) -> Self {
        let bytes_alone = without_mark(bytes);
        let delimiter = match said_delimiter(bytes_alone) {
            Some(said) => said,
            None => likely_delimiter(bytes_alone),
        };
        Self::with_delimiter(file, bytes, delimiter)
    }

    /// What may part the fields: what the file says, else all that it can be, the likeliest first.
    pub(super) fn delimiters(bytes: &[u8]) -> Vec<u8> {
        let bytes = without_mark(bytes);
        if let Some(said) = said_delimiter(bytes) {
            return vec![said];
        }
        let likely = likely_delimiter(bytes);
        let mut delimiters = vec![likely];
        delimiters.extend(DELIMITERS.into_iter().filter(|other| *other != likely));
        delimiters
    }

    pub(super) fn with_delimiter(file: &Arc<Path>, bytes: &'b [u8], delimiter: u8) -> Self {
        let bytes = without_mark(bytes);
        let mut options = ReaderBuilder::new();
        let mut reader = options
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut is_broken = false;
        if said_delimiter(bytes).is_some() {
            is_broken = reader.read_byte_record(&mut ByteRecord::new()).is_err();
        }
        let place = Place {
            file: Arc::clone(file),
            line: 1,
        };
        Self {
            reader,
            lines: LineCounter::new(bytes),
            place,
            is_broken,
        }
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }
}

impl Iterator for Records<'_> {
    type Item = Result<(Place, ByteRecord), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken {
            return None;
        }
        let begin = usize::try_from(self.bytes_read()).unwrap_or(usize::MAX);
        let mut record = ByteRecord::new();
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                // The library counts a line late where it ends in two bytes, and empty lines to the one after them.
                self.place.line = self.lines.line_of_text_after(begin);
                Some(Ok((self.place.clone(), record)))
            }
            Err(error) => {
                self.is_broken = true;
                Some(Err(self.place.fault(error.to_string())))
            }
        }
    }
}

/// The bytes without the mark that some editors put before UTF-8.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// A comma, or what spreadsheets of other countries write in its place.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// What parts the fields, where a first line `sep=;` says so, as Excel reads and some programs write it.
fn said_delimiter(bytes: &[u8]) -> Option<u8> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    match line.trim_ascii_end().strip_prefix(b"sep=")? {
        [delimiter] => Some(*delimiter),
        // A tab is white space.
        [] => Some(b'\t'),
        _ => None,
    }
}

/// What stands most often in the first line.
fn likely_delimiter(bytes: &[u8]) -> u8 {
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |delimiter: u8| first.split(|byte| *byte == delimiter).count();
    DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

fn header(table: Table, record: &ByteRecord) -> Result<Vec<&'static Column>, String> {
    let mut header: Vec<&'static Column> = Vec::new();
    for name in record {
        let column = column(table, text(name)?.trim())?;
        if header.contains(&column) {
            return Err(format!("the column {} is named twice", column.name));
        }
        header.push(column);
    }
    Ok(header)
}

/// The fields of a line that say something.
fn row(
    header: &[&'static Column],
    record: &ByteRecord,
) -> Result<Vec<(&'static Column, Value)>, String> {
    if record.len() != header.len() {
        return Err(format!(
            "there are {} fields, and the first line names {} columns",
            record.len(),
            header.len()
        ));
    }
    let mut given = Vec::with_capacity(header.len());
    for (column, field) in header.iter().zip(record) {
        let field = text(field)?;
        let unguarded = unguarded(field);
        let field = unguarded.as_deref().unwrap_or(field);
        let marked = field.strip_prefix(TEXT_MARK);
        let value = match (column.kind, marked) {
            (_, None) if field.is_empty() => continue,
            (Kind::Text, marked) => {
                let text = marked.unwrap_or(field);
                let written = typed_times::in_tables(column.name, text);
                Value::Text(written.unwrap_or_else(|| text.to_owned()))
            }
            (Kind::Integer, _) => match field.trim().parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Text(field.to_owned()),
            },
        };
        given.push((*column, value));
    }
    Ok(given)
}

/// A field, which must be UTF-8.
pub(super) fn text(field: &[u8]) -> Result<&str, String> {
    let not_utf8 = "the file is not UTF-8; save it as 'CSV UTF-8'";
    std::str::from_utf8(field).map_err(|_fault| not_utf8.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::RuleSet;

    fn read(table: Table, bytes: &[u8]) -> Result<Vec<Vec<Cell>>, Vec<String>> {
        let mut draft = Draft::default();
        decode(&mut draft, table, &Path::new("t.csv").into(), bytes);
        match draft.complete(&RuleSet::default()) {
            Ok(planned) => Ok(planned
                .rules
                .rows(table)
                .iter()
                .map(|row| row.to_vec())
                .collect()),
            Err(faults) => Err(faults.iter().map(ToString::to_string).collect()),
        }
    }

    fn queue(id: &str, name: &str, note: Option<&str>) -> Vec<Cell> {
        vec![id.into(), name.into(), note.into()]
    }

    #[test]
    fn null_and_the_empty_text_are_written_differently() {
        let rows: [Row; 3] = [
            queue("a", "A", None),
            queue("b", "B", Some("")),
            queue("c", "C", Some("'")),
        ]
        .map(Row::from);
        let bytes = encode(Table::Queues, &rows, Dialect::Plain).unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            "id,name,note\na,A,\nb,B,'\nc,C,''\n"
        );
        assert_eq!(
            read(Table::Queues, &bytes).unwrap(),
            rows.map(|row| row.to_vec())
        );
    }

    #[test]
    fn no_text_becomes_a_formula() {
        let rows: [Row; 1] = [queue("a", "=1+1", Some("-2")).into()];
        let bytes = encode(Table::Queues, &rows, Dialect::Plain).unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            "id,name,note\na,'=1+1,'-2\n"
        );
        assert_eq!(read(Table::Queues, &bytes).unwrap(), [rows[0].to_vec()]);
    }

    /// What Excel does to a field that it opens and saves again.
    fn saved_by_excel(field: &str) -> String {
        let formula = field.strip_prefix("=\"");
        if let Some(text) = formula.and_then(|text| text.strip_suffix('"')) {
            return text.replace("\"\"", "\"");
        }
        if field.starts_with(FORMULAS) {
            return "#NAME?".to_owned();
        }
        let digits = field.replace(' ', "");
        if let Ok(number) = digits.parse::<f64>() {
            return number.to_string();
        }
        if field.starts_with(|letter: char| letter.is_ascii_digit()) && !field.contains('*') {
            return "05/02/2027".to_owned();
        }
        match field {
            "true" => "TRUE".to_owned(),
            other => other.to_owned(),
        }
    }

    #[test]
    fn a_spreadsheet_changes_nothing_of_what_is_written_for_it() {
        let texts = [
            "84909000001",
            "0903 000 001",
            "2027-02-05",
            "08:00",
            "84779*",
            "1,2",
            "12/2026",
            "5 Feb",
            "3e5",
            "true",
            "=1+1",
            "+84 24 7100",
            "-5",
            "'x",
            "",
            "says \"7\"; and so on",
            "two\nlines of 7",
            "Bán hàng",
            " 7 ",
        ];
        let rows: Vec<Row> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| queue(&format!("q{at:02}"), text, Some("9")).into())
            .collect();
        let bytes = encode(Table::Queues, &rows, Dialect::Excel).unwrap();
        assert!(bytes.starts_with("\u{feff}id;name;note\n\"=\"\"q00\"\"\";".as_bytes()));
        let file = Path::new("queues.csv").into();
        let mut saved = WriterBuilder::new()
            .delimiter(b',')
            .from_writer(MARK.to_vec());
        for record in Records::new(&file, &bytes) {
            let (_, record) = record.unwrap();
            let fields = record
                .iter()
                .map(|field| saved_by_excel(text(field).unwrap()));
            saved.write_record(fields).unwrap();
        }
        let saved = saved.into_inner().unwrap();
        let expected: Vec<Vec<Cell>> = rows.iter().map(|row| row.to_vec()).collect();
        assert_eq!(read(Table::Queues, &saved).unwrap(), expected);
        assert_eq!(read(Table::Queues, &bytes).unwrap(), expected, "unopened");
    }

    #[test]
    fn what_a_spreadsheet_makes_of_it_is_read() {
        let plain = [
            queue("a", "Bán hàng; sỉ", None),
            queue("b", "B", Some("x\ny")),
        ];
        for text in [
            "\u{feff}id;name;note\r\na;\"Bán hàng; sỉ\";\r\nb;B;\"x\ny\"\r\n",
            "note\tname\tid\n\tBán hàng; sỉ\ta\n\"x\ny\"\tB\tb",
            "id,name,note\n\na,Bán hàng; sỉ,\n\n\nb,B,\"x\ny\"\n\n",
        ] {
            assert_eq!(
                read(Table::Queues, text.as_bytes()).unwrap(),
                plain,
                "{text}"
            );
        }
    }

    #[test]
    fn a_column_that_is_left_out_has_its_default() {
        let row = read(
            Table::GroupMembers,
            b"agent_id,group_id,weight\nhoa,sales,\n",
        )
        .unwrap()
        .remove(0);
        let expected = [
            "sales".into(),
            "hoa".into(),
            1.into(),
            100.into(),
            100.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ];
        assert_eq!(row, expected);
    }

    #[track_caller]
    fn refused(table: Table, bytes: &[u8], expected: &[&str]) {
        assert_eq!(read(table, bytes).unwrap_err(), expected);
    }

    #[test]
    fn every_mistake_is_said_with_its_line() {
        refused(
            Table::GroupMembers,
            "group_id,agent_id,level\r\nsales,hoa,x\r\n\r\nsales\r\nsales,,1\r\n\"a\nb\",c,1.5\r\nsales,minh,1\r\nsales,minh,2\r\n"
                .as_bytes(),
            &[
                "t.csv, line 2: level 'x' is not a whole number",
                "t.csv, line 4: there are 1 fields, and the first line names 3 columns",
                "t.csv, line 5: group_members.agent_id is missing",
                "t.csv, line 6: level '1.5' is not a whole number",
                "t.csv, line 9: group_members has 'sales/minh' already, in line 8",
            ],
        );
    }

    #[test]
    fn a_wrong_first_line_is_all_that_is_said() {
        let line = |what: &str| format!("t.csv, line 1: {what}");
        refused(
            Table::Queues,
            b"id,nmae\na,b\nc",
            &[&line("queues has no column 'nmae'; it has id, name, note")],
        );
        refused(
            Table::Queues,
            b"id,name,id\na,b,c",
            &[&line("the column id is named twice")],
        );
        refused(
            Table::Queues,
            b"",
            &[&line("the file is empty; its first line names the columns")],
        );
        refused(
            Table::Queues,
            b"id,n\xe3me",
            &[&line("the file is not UTF-8; save it as 'CSV UTF-8'")],
        );
        assert_eq!(
            read(Table::Queues, b"id,name\n").unwrap(),
            [[]; 0],
            "no rows are no mistake"
        );
    }

    #[test]
    fn rows_without_an_id_get_the_next_ones() {
        let text = "id,position,name\n,30,c\n7,10,a\n,20,b\n";
        let rows = read(Table::Rules, text.as_bytes()).unwrap();
        let ids: Vec<(&Cell, &Cell)> = rows.iter().map(|row| (&row[0], &row[2])).collect();
        assert_eq!(
            ids,
            [
                (&7.into(), &"a".into()),
                (&8.into(), &"c".into()),
                (&9.into(), &"b".into())
            ]
        );
    }
}
