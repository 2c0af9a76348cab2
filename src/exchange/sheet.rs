//! The lines of a file that a CRM has exported, as CSV or as an Excel workbook.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::vec;

use calamine::{Data, Reader as _, Xlsx, XlsxError, open_workbook_from_rs};
use csv::ByteRecord;

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
        /// Lines among which the names are looked for.
        const TITLES: usize = 20;
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

/// The rows of the first sheet that has any.
fn workbook(file: &Arc<Path>, bytes: &[u8]) -> Result<Vec<(Place, ByteRecord)>, XlsxError> {
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))?;
    for name in workbook.sheet_names() {
        let sheet = workbook.worksheet_range(&name)?;
        let Some((first, _)) = sheet.start() else {
            continue;
        };
        let lines = (u64::from(first) + 1..).zip(sheet.rows());
        let rows = lines.map(|(line, row)| {
            let place = Place {
                file: Arc::clone(file),
                line,
            };
            (place, row.iter().map(text).collect::<ByteRecord>())
        });
        return Ok(rows.collect());
    }
    Ok(Vec::new())
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
