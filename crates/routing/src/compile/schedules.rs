//! `schedules` and `schedule_hours`.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Compiler;
use super::names::Names;
use super::row::Row;
use crate::arena::{Arena, Index};
use crate::diagnosis::{Quoted, RowFault};
use crate::holidays::{Holidays, OnHolidays};
use crate::schedule::{Dated, DatedRows, Days, Hours, Schedule, Weekly, Weeks};
use crate::schema::{Column, schedule_hours, schedules};
use crate::table::{CellRef, Table};

/// One right row of `schedule_hours`.
enum HoursRow {
    Weekly(Weekly),
    Dated(Dated),
}

impl Compiler<'_> {
    /// All schedules with their hours; one without a zone of its own has the installation's.
    pub(super) fn schedules(
        &mut self,
        zone: &TimeZone,
        holidays: &Arc<Holidays>,
    ) -> (Arena<Schedule>, Names<Schedule>) {
        let judged = self.each(Table::Schedules, |row| schedule(row, zone, holidays));
        let (mut schedules, left_out) =
            self.sorted(Table::Schedules, judged, |schedule| &schedule.id);
        let names = Names::new(
            Table::Schedules,
            schedules.iter().map(|schedule| &*schedule.id),
            left_out,
        );
        let mut dated: Vec<Vec<Dated>> = vec![Vec::new(); schedules.len()];
        let hours = self.each(Table::ScheduleHours, |row| hours(row, &names));
        for (index, hours) in hours.right {
            let place = index.place();
            match (hours, schedules.get_mut(place), dated.get_mut(place)) {
                (HoursRow::Weekly(weekly), Some(schedule), _) => schedule.weekly.push(weekly),
                (HoursRow::Dated(row), _, Some(rows)) => rows.push(row),
                _ => {}
            }
        }
        for (schedule, rows) in schedules.iter_mut().zip(dated) {
            schedule.dated = rows.into_iter().collect();
        }
        (Arena::new(schedules), names)
    }
}

fn schedule(row: &mut Row<'_>, zone: &TimeZone, holidays: &Arc<Holidays>) -> Option<Schedule> {
    let words = [
        ("usual", OnHolidays::Usual),
        ("closed", OnHolidays::Closed),
        ("sun", OnHolidays::Sunday),
    ];
    let on_holidays = row.choice(schedules::ON_HOLIDAYS, &words);
    let name = row.text(schedules::NAME);
    let zone = match row.optional_text(schedules::TIME_ZONE) {
        Some(name) => row.time_zone(schedules::TIME_ZONE, name)?,
        None => zone.clone(),
    };
    Some(Schedule {
        id: row.text(schedules::ID).into(),
        name: name.into(),
        zone,
        weekly: Vec::new(),
        dated: DatedRows::default(),
        on_holidays: on_holidays?,
        holidays: Arc::clone(holidays),
    })
}

fn hours(row: &mut Row<'_>, schedules: &Names<Schedule>) -> Option<(Index<Schedule>, HoursRow)> {
    let schedule = row.required_reference(schedule_hours::SCHEDULE_ID, schedules);
    let times = times(row);
    let is_weekly = is_given(row, schedule_hours::DAYS);
    let is_dated =
        is_given(row, schedule_hours::DATE_FROM) || is_given(row, schedule_hours::DATE_TO);
    let hours = match (is_weekly, is_dated) {
        (true, false) => weekly(row, times).map(HoursRow::Weekly),
        (false, true) => dated(row, times).map(HoursRow::Dated),
        (true, true) => {
            row.refuse(schedule_hours::DAYS, RowFault::DaysBesideDates);
            None
        }
        (false, false) => {
            row.refuse(schedule_hours::DAYS, RowFault::MissingDays);
            None
        }
    };
    Some((schedule?, hours?))
}

fn is_given(row: &Row<'_>, column: Column) -> bool {
    row.cell(column) != CellRef::Null
}

fn weekly(row: &mut Row<'_>, times: Option<Hours>) -> Option<Weekly> {
    if !is_given(row, schedule_hours::START_TIME) && !is_given(row, schedule_hours::END_TIME) {
        row.refuse(schedule_hours::START_TIME, RowFault::MissingTimes);
    }
    let weeks = weeks(row);
    let days = Days::parse(row.optional_text(schedule_hours::DAYS)?);
    let days = row.refuse_unless(days, schedule_hours::DAYS, RowFault::NotWeekdays)?;
    Some(Weekly {
        days,
        weeks: weeks?,
        hours: times?,
    })
}

/// In which weeks it counts.
fn weeks(row: &mut Row<'_>) -> Option<Weeks> {
    let every: u8 = row.number(schedule_hours::EVERY_WEEKS, 1..=52);
    let of = row.optional_date(schedule_hours::WEEK_OF);
    if every > 1 && !is_given(row, schedule_hours::WEEK_OF) {
        row.refuse(schedule_hours::WEEK_OF, RowFault::MissingWeek);
    }
    match of {
        Some(of) => Some(Weeks::new(every, of)),
        None if every <= 1 => Some(Weeks::ALL),
        None => None,
    }
}

/// One date alone is a range of one day.
fn dated(row: &mut Row<'_>, hours: Option<Hours>) -> Option<Dated> {
    let every: u8 = row.number(schedule_hours::EVERY_WEEKS, 1..=52);
    if every > 1 || is_given(row, schedule_hours::WEEK_OF) {
        row.refuse(schedule_hours::EVERY_WEEKS, RowFault::WeeksBesideDates);
    }
    let (from, to) = (
        row.optional_date(schedule_hours::DATE_FROM),
        row.optional_date(schedule_hours::DATE_TO),
    );
    let (from, to) = (from.or(to)?, to.or(from)?);
    if to < from {
        row.refuse(schedule_hours::DATE_TO, RowFault::LastDateBeforeFirst);
    }
    Some(Dated { from, to, hours })
}

/// The window's times; `None` if neither is given.
fn times(row: &mut Row<'_>) -> Option<Hours> {
    match (
        is_given(row, schedule_hours::START_TIME),
        is_given(row, schedule_hours::END_TIME),
    ) {
        (true, true) => {
            let (start, end) = (
                row.optional_text(schedule_hours::START_TIME),
                row.optional_text(schedule_hours::END_TIME),
            );
            let (start, end) = (start?, end?);
            let fault = RowFault::NotAWindow {
                end_time: Quoted(end.to_owned()),
            };
            if end == "23:59" {
                row.warn(schedule_hours::END_TIME, RowFault::LastMinuteMissing);
            }
            row.refuse_unless(Hours::parse(start, end), schedule_hours::START_TIME, fault)
        }
        (true, false) => {
            row.refuse(schedule_hours::END_TIME, RowFault::MissingEnd);
            None
        }
        (false, true) => {
            row.refuse(schedule_hours::START_TIME, RowFault::MissingStart);
            None
        }
        (false, false) => None,
    }
}
