//! One row under judgement: reads cells as what they must be and writes down everything that is wrong.
//!
//! A reader gives a harmless value where a cell is wrong and goes on, so that all problems of a row are found at once;
//! [`Row::is_right`] then says whether the row may be used.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::names::{Names, Reference};
use crate::arena::Index;
use crate::diagnosis::{RowFault, WholeNumbers};
use crate::problem::{Problem, Severity, quoted, short_key};
use crate::schema::Column;
use crate::snapshot::RoutingType;
use crate::table::{CellRef, Cells, Table};

/// A row and what has been found wrong with it.
pub(super) struct Row<'r> {
    table: Table,
    cells: Cells<'r>,
    problems: Vec<Problem>,
    is_right: bool,
}

impl<'r> Row<'r> {
    pub(super) const fn new(table: Table, cells: Cells<'r>) -> Self {
        Self {
            table,
            cells,
            problems: Vec::new(),
            is_right: true,
        }
    }

    /// What has been found wrong.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Whether nothing has been found that keeps the row from being used.
    pub(super) const fn is_right(&self) -> bool {
        self.is_right
    }

    /// What stands in a column.
    pub(super) fn cell(&self, column: Column) -> CellRef<'r> {
        debug_assert_eq!(column.table, self.table, "a column of another table");
        let cell = column.compiled.and_then(|place| self.cells.get(place));
        cell.unwrap_or(CellRef::Null)
    }

    /// The row's key as a person would name it.
    pub(super) fn key(&self) -> String {
        let shown = |column: Column| match self.cell(column) {
            CellRef::Text(text) => text.to_owned(),
            other => quoted(other),
        };
        let columns = self.table.columns().iter();
        let key = columns.take(self.table.key().len());
        key.map(|column| shown(*column))
            .collect::<Vec<_>>()
            .join("/")
    }

    /// The row cannot be used because of this column.
    pub(super) fn refuse(&mut self, column: Column, fault: RowFault) {
        self.is_right = false;
        self.add(Severity::Error, column, fault);
    }

    /// Passes a value on, or refuses the row because there is none.
    pub(super) fn refuse_unless<T>(
        &mut self,
        value: Option<T>,
        column: Column,
        fault: RowFault,
    ) -> Option<T> {
        if value.is_none() {
            self.refuse(column, fault);
        }
        value
    }

    /// The row can be used, but somebody should look at this column.
    pub(super) fn warn(&mut self, column: Column, fault: RowFault) {
        self.add(Severity::Warning, column, fault);
    }

    fn add(&mut self, severity: Severity, column: Column, fault: RowFault) {
        let value = quoted(self.cell(column));
        self.problems.push(Problem {
            severity,
            table: self.table,
            key: short_key(self.key()),
            column: column.name,
            value,
            diagnosis: fault.into(),
        });
    }

    /// A text, as it stands; `None` for NULL.
    pub(super) fn raw_text(&mut self, column: Column) -> Option<&'r str> {
        match self.cell(column) {
            CellRef::Null => None,
            CellRef::Text(text) if !text.contains('\0') => Some(text),
            CellRef::Text(_) => {
                self.refuse(column, RowFault::NulCharacter);
                None
            }
            CellRef::Integer(_) | CellRef::Real(_) | CellRef::Blob(_) => {
                self.refuse(column, RowFault::NotText);
                None
            }
        }
    }

    /// A text that may be missing, but not empty.
    pub(super) fn optional_text(&mut self, column: Column) -> Option<&'r str> {
        let text = self.filled_text(column, RowFault::EmptyNotNull)?;
        if is_null_word(text) {
            self.refuse(column, RowFault::NullAsText);
            return None;
        }
        Some(text)
    }

    /// A text that must be there; `None` only if the row has been refused.
    pub(super) fn required_text(&mut self, column: Column) -> Option<&'r str> {
        if self.cell(column) == CellRef::Null {
            self.refuse(column, RowFault::Missing);
        }
        self.filled_text(column, RowFault::Empty)
    }

    /// A text that must be there; empty only if the row has been refused.
    pub(super) fn text(&mut self, column: Column) -> &'r str {
        self.required_text(column).unwrap_or("")
    }

    fn filled_text(&mut self, column: Column, fault: RowFault) -> Option<&'r str> {
        let text = self.raw_text(column)?;
        if text.trim().is_empty() {
            self.refuse(column, fault);
            return None;
        }
        Some(text)
    }

    /// Values with commas between them; `None` for NULL.
    pub(super) fn list(&mut self, column: Column) -> Option<Vec<&'r str>> {
        let text = self.filled_text(column, RowFault::EmptyNotNull)?;
        let values: Vec<_> = text.split(',').map(str::trim).collect();
        if values.contains(&"") {
            self.refuse(column, RowFault::EmptyInList);
            return None;
        }
        Some(values)
    }

    /// A whole number that may be missing.
    pub(super) fn optional_number<T: TryFrom<i64>>(
        &mut self,
        column: Column,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        match self.cell(column) {
            CellRef::Text(text) if text.trim().is_empty() => {
                self.refuse(column, RowFault::EmptyNotNull);
                None
            }
            CellRef::Text(text) if is_null_word(text) => {
                self.refuse(column, RowFault::NullAsText);
                None
            }
            CellRef::Null => None,
            _ => self.whole_number(column, range),
        }
    }

    /// How somebody is rung, if the row says so.
    pub(super) fn routing_type(&mut self, column: Column) -> Option<RoutingType> {
        RoutingType::from_number(self.optional_number(column, 1..=2)?)
    }

    /// A whole number that must be there.
    pub(super) fn number<T: TryFrom<i64> + Default>(
        &mut self,
        column: Column,
        range: RangeInclusive<i64>,
    ) -> T {
        if self.cell(column) == CellRef::Null {
            let numbers = WholeNumbers(range);
            self.refuse(column, RowFault::MissingNumber { numbers });
            return T::default();
        }
        self.whole_number(column, range).unwrap_or_default()
    }

    fn whole_number<T: TryFrom<i64>>(
        &mut self,
        column: Column,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        let number = match self.cell(column) {
            CellRef::Integer(number) if range.contains(&number) => T::try_from(number).ok(),
            _ => None,
        };
        let numbers = WholeNumbers(range);
        self.refuse_unless(number, column, RowFault::NotAWholeNumber { numbers })
    }

    /// 0 or 1.
    pub(super) fn flag(&mut self, column: Column) -> bool {
        self.number::<u8>(column, 0..=1) == 1
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, column: Column, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(column);
        if let Some((_, chosen)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*chosen);
        }
        if !text.is_empty() {
            let words = choices.iter().map(|(word, _)| *word).collect();
            self.refuse(column, RowFault::UnknownWord { words });
        }
        None
    }

    /// A date such as `2027-02-05`.
    pub(super) fn optional_date(&mut self, column: Column) -> Option<Date> {
        let text = self.optional_text(column)?;
        self.refuse_unless(exact_date(text), column, RowFault::NotADate)
    }

    /// A date that must be there.
    pub(super) fn required_date(&mut self, column: Column) -> Option<Date> {
        let text = self.required_text(column)?;
        self.refuse_unless(exact_date(text), column, RowFault::NotADate)
    }

    /// A local time such as `2027-02-05 08:00`, as an instant in a zone.
    pub(super) fn optional_instant(
        &mut self,
        column: Column,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let text = self.optional_text(column)?;
        let instant = instant(exact_time(text), zone);
        self.refuse_unless(instant, column, RowFault::NotATime)
    }

    /// A local time such as `2027-02-05 08:00`, or a date alone, as an instant in a zone: a date alone is its beginning,
    /// or with `is_end` its end.
    pub(super) fn edge(
        &mut self,
        column: Column,
        zone: &TimeZone,
        is_end: bool,
    ) -> Option<Timestamp> {
        let text = self.raw_text(column)?;
        if text.trim().is_empty() {
            return None;
        }
        let instant = instant(local_edge(text, is_end), zone);
        self.refuse_unless(instant, column, RowFault::NotATimeOrDate)
    }

    pub(super) fn time_zone(&mut self, column: Column, name: &str) -> Option<TimeZone> {
        let zone = TimeZone::get(name).ok();
        self.refuse_unless(zone, column, RowFault::NotATimeZone)
    }

    /// The row that a column names; `None` for NULL.
    pub(super) fn reference<T>(&mut self, column: Column, names: &Names<T>) -> Option<Index<T>> {
        let id = self.optional_text(column)?;
        self.look_up(column, id, names)
    }

    /// The row that a column names, which must name one.
    pub(super) fn required_reference<T>(
        &mut self,
        column: Column,
        names: &Names<T>,
    ) -> Option<Index<T>> {
        let id = self.required_text(column)?;
        self.look_up(column, id, names)
    }

    /// Like [`Row::reference`], but the row stands without it if the row it names was left out.
    pub(super) fn weak_reference<T>(
        &mut self,
        column: Column,
        names: &Names<T>,
    ) -> Option<Index<T>> {
        let id = self.optional_text(column)?;
        if matches!(names.find(id), Reference::LeftOut) {
            None
        } else {
            self.look_up(column, id, names)
        }
    }

    fn look_up<T>(&mut self, column: Column, id: &str, names: &Names<T>) -> Option<Index<T>> {
        match names.find(id) {
            Reference::Found(index) => Some(index),
            Reference::LeftOut => {
                // Its own problem is on the list already; this row only goes with it.
                self.is_right = false;
                None
            }
            Reference::Unknown if matches!(names.find(id.trim()), Reference::Found(_)) => {
                let meant = id.trim().to_owned();
                self.refuse(column, RowFault::BlanksAroundReference { meant });
                None
            }
            Reference::Unknown => {
                let table = names.table().name();
                self.refuse(column, RowFault::UnknownReference { table });
                None
            }
        }
    }
}

/// A local time, or the beginning or the end of a date.
pub(super) fn local_edge(text: &str, is_end: bool) -> Option<DateTime> {
    if let Some(time) = exact_time(text) {
        return Some(time);
    }
    let date = exact_date(text)?;
    let date = if is_end { date.tomorrow().ok()? } else { date };
    Some(date.at(0, 0, 0, 0))
}

fn instant(local: Option<DateTime>, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(local?).ok()
}

fn exact_time(text: &str) -> Option<DateTime> {
    let time = DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?;
    if time.strftime("%Y-%m-%d %H:%M").to_string() != text {
        return None;
    }
    Some(time)
}

fn exact_date(text: &str) -> Option<Date> {
    let date = text.parse::<Date>().ok()?;
    if date.to_string() != text {
        return None;
    }
    Some(date)
}

/// What some tools write for nothing.
fn is_null_word(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("null")
}
