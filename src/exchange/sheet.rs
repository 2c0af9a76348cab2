//! The lines of a file that a CRM has exported, as CSV or as an Excel workbook.

use std::io::{BufRead as _, BufReader, Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::vec;

use calamine::{Data, Reader as _, Xlsx, XlsxError, open_workbook_from_rs};
use csv::ByteRecord;
use zip::ZipArchive;

use super::csv::Records;
use super::place::{Fault, Place};

/// One line after the other.
pub(super) enum Sheet<'b> {
    Csv(Records<'b>),
    /// The rows of a workbook's first sheet, all of them read.
    Workbook(vec::IntoIter<(Place, ByteRecord)>),
}

/// How an .xlsx file begins, as every zip does.
const ZIP: &[u8] = b"PK\x03\x04";
/// How a workbook of before 2007 begins.
const OLD_WORKBOOK: &[u8] = b"\xd0\xcf\x11\xe0";

/// Lines among which the names are looked for.
const TITLES: usize = 20;

impl<'b> Sheet<'b> {
    /// A file behind the line that names its columns, which titles and blank lines may stand before, and what `read` makes of
    /// that line: with how many columns it finds, for of several ways to read the file the one that finds most is meant.
    ///
    /// # Errors
    /// What is wrong with the first line, if no line names the columns.
    pub(super) fn under_names<M>(
        path: &Path,
        bytes: &'b [u8],
        read: impl Fn(&ByteRecord) -> Result<(M, usize), String>,
    ) -> Result<(Self, M), Fault> {
        let file: Arc<Path> = path.into();
        let mut best: Option<(Self, M, usize)> = None;
        let mut first = None;
        for mut sheet in Self::each(&file, bytes)? {
            for _ in 0..TITLES {
                let Some(line) = sheet.next() else { break };
                let (place, record) = line?;
                match read(&record) {
                    Ok((found, used)) => {
                        let is_best = match &best {
                            Some((_, _, most)) => used > *most,
                            None => true,
                        };
                        if is_best {
                            best = Some((sheet, found, used));
                        }
                        break;
                    }
                    Err(what) => drop(first.get_or_insert_with(|| place.fault(what))),
                }
            }
        }
        let empty = Place { file, line: 1 };
        match best {
            Some((sheet, found, _)) => Ok((sheet, found)),
            None => Err(first.unwrap_or_else(|| {
                empty.fault("the file is empty; its first line names the columns")
            })),
        }
    }

    /// Begins to read a file; each way in which its fields may be parted is a sheet of its own.
    ///
    /// # Errors
    /// It is a workbook that cannot be read.
    fn each(file: &Arc<Path>, bytes: &'b [u8]) -> Result<Vec<Self>, Fault> {
        let place = Place {
            file: Arc::clone(file),
            line: 1,
        };
        if bytes.starts_with(OLD_WORKBOOK) {
            return Err(
                place.fault("is a workbook of before 2007; save it as .xlsx or as 'CSV UTF-8'")
            );
        }
        if bytes.starts_with(ZIP) {
            return match workbook(file, bytes) {
                Ok(rows) => Ok(vec![Self::Workbook(rows.into_iter())]),
                Err(error) => Err(place.fault(format!("the workbook cannot be read: {error}"))),
            };
        }
        let mut ways = Vec::new();
        for delimiter in Records::delimiters(bytes) {
            let records = Records::with_delimiter(file, bytes, delimiter);
            ways.push(Self::Csv(records));
        }
        Ok(ways)
    }

    /// How many bytes of a CSV file have been read. A workbook is read at once.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Self::Csv(records) => records.bytes_read(),
            Self::Workbook(_) => 0,
        }
    }
}

impl Iterator for Sheet<'_> {
    type Item = Result<(Place, ByteRecord), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(records) => records.next(),
            Self::Workbook(rows) => Some(Ok(rows.next()?)),
        }
    }
}

/// The rows of the first sheet that has any; those without a value are left out.
///
/// Cell by cell: a range has room for each cell up to the last, and one stray value in the last corner of a sheet would take
/// all memory there is.
fn workbook(file: &Arc<Path>, bytes: &[u8]) -> Result<Vec<(Place, ByteRecord)>, XlsxError> {
    must_be_bounded(bytes, MAX_UNPACKED)?;
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))?;
    for name in workbook.sheet_names() {
        let mut cells = Vec::new();
        let mut reader = workbook.worksheet_cells_reader(&name)?;
        while let Some(cell) = reader.next_cell()? {
            let text = text(&Data::from(cell.get_value().clone()));
            if !text.is_empty() {
                cells.push((cell.get_position(), text));
            }
        }
        if !cells.is_empty() {
            cells.sort_unstable();
            cells.dedup_by_key(|(at, _)| *at);
            return rows(file, &cells);
        }
    }
    Ok(Vec::new())
}

type PlacedText = ((u32, u32), String);

/// All as wide as the lines among which the names are: what stands further to the right has no name.
fn rows(file: &Arc<Path>, cells: &[PlacedText]) -> Result<Vec<(Place, ByteRecord)>, XlsxError> {
    /// Of all rows together.
    const MAX_FIELDS: usize = 32 << 20;
    let by_row = || cells.chunk_by(|((one, _), _), ((other, _), _)| one == other);
    let named = by_row().take(TITLES).flatten();
    let last = named.map(|((_, column), _)| *column).max();
    let width = last.map_or(0, |last| last + 1);
    let mut rows = Vec::new();
    let mut fields = 0;
    for row in by_row() {
        let Some(((line, _), _)) = row.first().filter(|((_, first), _)| *first < width) else {
            continue;
        };
        let mut texts = row.iter().peekable();
        let mut record = ByteRecord::new();
        for column in 0..width {
            match texts.next_if(|((_, at), _)| *at == column) {
                Some((_, text)) => record.push_field(text.as_bytes()),
                None => record.push_field(b""),
            }
        }
        fields += record.len();
        if fields > MAX_FIELDS {
            return Err(XlsxError::Unexpected("it has too many columns"));
        }
        let place = Place {
            file: Arc::clone(file),
            line: u64::from(*line) + 1,
        };
        rows.push((place, record));
    }
    Ok(rows)
}

/// A million callers with three columns are some 220 MiB.
const MAX_UNPACKED: u64 = 512 << 20;

/// A workbook that unpacks to more than anybody's, or has a longer text in it than a cell can have, is not read: some
/// kilobytes of a zip can hold gigabytes.
fn must_be_bounded(bytes: &[u8], max_unpacked: u64) -> Result<(), XlsxError> {
    /// A cell has 32,767 letters at most.
    const MAX_TEXT: u64 = 1 << 20;
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut left = max_unpacked;
    let mut piece = Vec::new();
    for at in 0..archive.len() {
        let part = archive.by_index(at)?;
        let is_binary = !part.name()?.ends_with(".xml");
        let mut part = BufReader::new(part);
        loop {
            piece.clear();
            let read = part.by_ref().take(MAX_TEXT).read_until(b'<', &mut piece)?;
            let read = u64::try_from(read).unwrap_or(u64::MAX);
            if read == 0 {
                break;
            }
            if read > left {
                return Err(XlsxError::Unexpected("it is too long when it is unpacked"));
            }
            left -= read;
            if read == MAX_TEXT && !is_binary {
                return Err(XlsxError::Unexpected("a text in it is longer than 1 MiB"));
            }
        }
    }
    Ok(())
}

/// A cell as the sheet shows it, but for a date, which it shows as somebody's locale has it.
fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) => String::new(),
        // Without a fraction where it has none: a telephone number is one.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const NAMESPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

    /// A workbook of one sheet with these rows.
    fn workbook_of(rows: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns='{PACKAGE}'><Relationship Id='rId1' Type='{RELATIONS}/officeDocument' \
                     Target='xl/workbook.xml'/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns='{NAMESPACE}' xmlns:r='{RELATIONS}'><sheets><sheet name='S' sheetId='1' \
                     r:id='rId1'/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns='{PACKAGE}'><Relationship Id='rId1' Type='{RELATIONS}/worksheet' \
                     Target='worksheets/sheet1.xml'/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns='{NAMESPACE}'><sheetData>{rows}</sheetData></worksheet>"),
            ),
        ] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let rows = workbook(&Arc::from(Path::new("c.xlsx")), bytes);
        let rows = rows.map_err(|error| error.to_string())?;
        let fields = |record: &ByteRecord| {
            let fields = record.iter().map(String::from_utf8_lossy);
            fields.map(std::borrow::Cow::into_owned).collect()
        };
        let read = rows
            .iter()
            .map(|(place, record)| (place.line, fields(record)));
        Ok(read.collect())
    }

    const NAMES: &str = "<row r='1'><c r='A1' t='inlineStr'><is><t>number</t></is></c>\
                         <c r='C1' t='inlineStr'><is><t>name</t></is></c></row>";

    #[test]
    fn a_stray_value_far_away_takes_no_memory_for_what_is_between() {
        let mut rows = NAMES.to_owned();
        for row in 2..30 {
            write!(rows, "<row r='{row}'><c r='B{row}'><v>{row}</v></c></row>").unwrap();
        }
        rows.push_str(
            "<row r='1048576'><c r='A1048576'><v>7</v></c><c r='XFD1048576'><v>8</v></c></row>",
        );
        let read = read(&workbook_of(&rows)).unwrap();
        assert_eq!(read.len(), 30);
        assert_eq!(
            read[0],
            (1, vec!["number".into(), String::new(), "name".into()])
        );
        assert_eq!(
            read[28],
            (29, vec![String::new(), "29".into(), String::new()])
        );
        assert_eq!(
            read[29],
            (1_048_576, vec!["7".into(), String::new(), String::new()])
        );
    }

    #[test]
    fn many_rows_beside_a_name_far_away_are_refused_before_they_take_memory() {
        let mut rows = "<row r='1'><c r='XFD1'><v>7</v></c></row>".to_owned();
        for row in 2..3000 {
            write!(rows, "<row r='{row}'><c r='A{row}'><v>7</v></c></row>").unwrap();
        }
        let error = read(&workbook_of(&rows)).unwrap_err();
        assert_eq!(error, "it has too many columns");
    }

    #[test]
    fn what_is_short_only_as_long_as_it_is_packed_is_refused() {
        let long = "a".repeat(2 << 20);
        let rows =
            format!("{NAMES}<row r='2'><c r='A2' t='inlineStr'><is><t>{long}</t></is></c></row>");
        let bomb = workbook_of(&rows);
        assert!(bomb.len() < 10_000);
        assert_eq!(
            read(&bomb).unwrap_err(),
            "a text in it is longer than 1 MiB"
        );
        let error = must_be_bounded(&workbook_of(NAMES), 500).unwrap_err();
        assert_eq!(error.to_string(), "it is too long when it is unpacked");
    }
}
