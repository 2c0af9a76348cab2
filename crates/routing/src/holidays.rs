//! Public holidays: dates on which a schedule may have other hours.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::schedule::{Dated, DatedRows};

/// All rows of `holidays`.
#[derive(Clone, Debug, Default)]
pub struct Holidays {
    /// Those that come once.
    once: DatedRows,
    /// The last date of those that come once.
    last: Option<Date>,
    /// Month and day of those that come each year, and the date from which on.
    yearly: BTreeMap<(i8, i8), Date>,
}

/// What a schedule has on holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnHolidays {
    /// The hours of any other day.
    Usual,
    /// No window starts.
    Closed,
    /// The windows of a Sunday.
    Sunday,
}

/// A row of `holidays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The first date.
    pub from: Date,
    /// The last date.
    pub to: Date,
    /// Whether it comes on the same days of each later year as well.
    pub every_year: bool,
}

impl Holidays {
    /// Whether a date is one.
    pub fn contain(&self, date: Date) -> bool {
        let is_yearly = || {
            let first = self.yearly.get(&(date.month(), date.day()));
            first.is_some_and(|first| date >= *first)
        };
        self.once.covers(date) || is_yearly()
    }

    /// The last date of those that come once; after it nobody has entered any.
    pub(super) fn last(&self) -> Option<Date> {
        self.last
    }

    fn add_yearly(&mut self, holiday: Holiday) {
        /// Has every day that any year has.
        const LEAP_YEAR: i16 = 2000;
        let from = (holiday.from.month(), holiday.from.day());
        let to = (holiday.to.month(), holiday.to.day());
        let days = Date::constant(LEAP_YEAR, 1, 1).series(1.day()).take(366);
        for day in days.map(|date| (date.month(), date.day())) {
            let is_inside = if holiday.from.year() == holiday.to.year() {
                from <= day && day <= to
            } else {
                from <= day || day <= to
            };
            if is_inside {
                let first = self.yearly.entry(day).or_insert(holiday.from);
                *first = (*first).min(holiday.from);
            }
        }
    }
}

impl FromIterator<Holiday> for Holidays {
    fn from_iter<I: IntoIterator<Item = Holiday>>(rows: I) -> Self {
        let mut holidays = Self::default();
        let mut once = Vec::new();
        for holiday in rows {
            if holiday.every_year {
                holidays.add_yearly(holiday);
            } else {
                holidays.last = holidays.last.max(Some(holiday.to));
                once.push(Dated {
                    from: holiday.from,
                    to: holiday.to,
                    hours: None,
                });
            }
        }
        holidays.once = once.into_iter().collect();
        holidays
    }
}
