//! `holidays` and `hotlines`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Compiler;
use super::row::Row;
use crate::diagnosis::RowFault;
use crate::holidays::{Holiday, Holidays};
use crate::number::{CountryCode, Number};
use crate::schema::{holidays, hotlines};
use crate::table::Table;

impl Compiler<'_> {
    pub(super) fn holidays(&mut self) -> Holidays {
        let holidays = self.each(Table::Holidays, holiday).right;
        holidays.into_iter().collect()
    }

    /// The hotlines' names by their number.
    pub(super) fn hotline_names(&mut self, country: &CountryCode) -> HashMap<Box<str>, Box<str>> {
        let mut names: HashMap<Box<str>, Box<str>> = HashMap::new();
        self.each(Table::Hotlines, |row| {
            let number = row.required_text(hotlines::NUMBER)?;
            let number = Number::from_table(number, country);
            let number = row.refuse_unless(number, hotlines::NUMBER, RowFault::NotANumber)?;
            let name = row.text(hotlines::NAME);
            match names.entry(number.as_str().into()) {
                Entry::Vacant(free) => drop(free.insert(name.into())),
                Entry::Occupied(_) => {
                    let number = number.as_str().to_owned();
                    row.warn(hotlines::NUMBER, RowFault::SameNumber { number });
                }
            }
            Some(())
        });
        names
    }
}

fn holiday(row: &mut Row<'_>) -> Option<Holiday> {
    row.text(holidays::NAME);
    let from = row.required_date(holidays::DATE_FROM);
    let to = row.required_date(holidays::DATE_TO);
    let every_year = row.flag(holidays::EVERY_YEAR);
    let (from, to) = (from?, to?);
    if to < from {
        row.refuse(holidays::DATE_TO, RowFault::LastDateBeforeFirst);
    }
    let in_a_year = from.checked_add(jiff::Span::new().years(1));
    if every_year && in_a_year.is_ok_and(|end| to >= end) {
        row.refuse(holidays::DATE_TO, RowFault::LongerThanAYear);
    }
    Some(Holiday {
        from,
        to,
        every_year,
    })
}
