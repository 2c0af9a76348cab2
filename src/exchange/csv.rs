//! One table as CSV.
//!
//! An empty field is NULL, or what else stands in for a value that is left out. A field that begins with an apostrophe
//! is the text behind it, so a lone apostrophe is the empty text. Texts that a spreadsheet would take for a formula are
//! written so as well.

use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};

use super::columns::{Column, Kind, columns};
use super::draft::{Draft, Value, column};
use super::place::Place;
use super::rule_set::Row;
use crate::routing::table::{Cell, Table};

/// The beginning of a field that is text whatever follows.
const TEXT_MARK: char = '\'';

/// Beginnings that spreadsheets take for a formula.
const FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// A table as the bytes of a file.
pub(super) fn encode(table: Table, rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(columns(table).iter().map(|column| column.name))?;
    for row in rows {
        writer.write_record(row.iter().map(field))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) if text.is_empty() || text.starts_with(TEXT_MARK) || text.starts_with(FORMULAS) => {
            format!("{TEXT_MARK}{text}")
        }
        Cell::Text(text) => text.to_string(),
        Cell::Null | Cell::Real(_) | Cell::Blob(_) => String::new(),
    }
}

/// Reads a table into a draft, with all that is wrong with it.
pub(super) fn decode(draft: &mut Draft, table: Table, file: &Arc<Path>, bytes: &[u8]) {
    draft.name(table);
    let mut reader = ReaderBuilder::new().delimiter(delimiter(bytes)).has_headers(false).flexible(true).from_reader(bytes);
    let mut header: Option<Vec<&'static Column>> = None;
    let mut record = ByteRecord::new();
    loop {
        let read = reader.read_byte_record(&mut record);
        let line = record.position().map_or(1, csv::Position::line);
        let place = Place { file: Arc::clone(file), line };
        match (read, &header) {
            (Ok(false), _) => break,
            (Err(error), _) => return draft.refuse(place.fault(error.to_string())),
            (Ok(true), None) => match self::header(table, &record) {
                Ok(columns) => header = Some(columns),
                Err(what) => return draft.refuse(place.fault(what)),
            },
            (Ok(true), Some(header)) => match row(header, &record) {
                Ok(given) => draft.add(table, place, given),
                Err(what) => draft.refuse(place.fault(what)),
            },
        }
    }
    if header.is_none() {
        let place = Place { file: Arc::clone(file), line: 1 };
        draft.refuse(place.fault("the file is empty; its first line names the columns"));
    }
}

/// What parts the fields: a comma, or what spreadsheets of other countries write in its place.
pub(super) fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
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
fn row(header: &[&'static Column], record: &ByteRecord) -> Result<Vec<(&'static Column, Value)>, String> {
    if record.len() != header.len() {
        return Err(format!("there are {} fields, and the first line names {} columns", record.len(), header.len()));
    }
    let mut given = Vec::with_capacity(header.len());
    for (column, field) in header.iter().zip(record) {
        let field = text(field)?;
        let marked = field.strip_prefix(TEXT_MARK);
        let value = match (column.kind, marked) {
            (_, None) if field.is_empty() => continue,
            (Kind::Text, marked) => Value::Text(marked.unwrap_or(field).to_owned()),
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
    std::str::from_utf8(field).ok().ok_or_else(|| "the file is not UTF-8; save it as 'CSV UTF-8'".to_owned())
}
