//! `schedules` and `schedule_hours`.

use jiff::tz::TimeZone;

use super::Compiler;
use super::names::Names;
use super::row::Row;
use crate::arena::{Arena, Index};
use crate::problem::quoted_text;
use crate::schedule::{Dated, Days, Hours, Schedule, Weekly};
use crate::table::{CellRef, Table};

/// One right row of `schedule_hours`.
enum HoursRow {
    Weekly(Weekly),
    Dated(Dated),
}

impl Compiler<'_> {
    /// All schedules with their hours; one without a zone of its own has the installation's.
    pub(super) fn schedules(&mut self, zone: &TimeZone) -> (Arena<Schedule>, Names<Schedule>) {
        let judged = self.each(Table::Schedules, |row| schedule(row, zone));
        let (mut schedules, left_out) =
            self.sorted(Table::Schedules, judged, |schedule| &schedule.id);
        let names = Names::new(
            Table::Schedules,
            schedules.iter().map(|schedule| &*schedule.id),
            left_out,
        );
        for (index, hours) in self
            .each(Table::ScheduleHours, |row| hours(row, &names))
            .right
        {
            let Some(schedule) = schedules.get_mut(index.place()) else {
                continue;
            };
            match hours {
                HoursRow::Weekly(weekly) => schedule.weekly.push(weekly),
                HoursRow::Dated(dated) => schedule.dated.push(dated),
            }
        }
        (Arena::new(schedules), names)
    }
}

fn schedule(row: &mut Row<'_>, zone: &TimeZone) -> Option<Schedule> {
    row.text("name");
    let zone = match row.optional_text("time_zone") {
        Some(name) => row.time_zone("time_zone", name)?,
        None => zone.clone(),
    };
    Some(Schedule {
        id: row.text("id").into(),
        zone,
        weekly: Vec::new(),
        dated: Vec::new(),
    })
}

fn hours(row: &mut Row<'_>, schedules: &Names<Schedule>) -> Option<(Index<Schedule>, HoursRow)> {
    let schedule = row.required_reference("schedule_id", schedules);
    let times = times(row);
    let is_weekly = is_given(row, "days");
    let is_dated = is_given(row, "date_from") || is_given(row, "date_to");
    let hours = match (is_weekly, is_dated) {
        (true, false) => weekly(row, times).map(HoursRow::Weekly),
        (false, true) => dated(row, times).map(HoursRow::Dated),
        (true, true) => {
            let remedy = "write either weekdays or dates, and the other as a row of its own";
            row.refuse("days", "stands beside dates", remedy);
            None
        }
        (false, false) => {
            row.refuse(
                "days",
                "is missing",
                "write weekdays ('mon-fri') or dates (date_from and date_to)",
            );
            None
        }
    };
    Some((schedule?, hours?))
}

fn is_given(row: &Row<'_>, column: &'static str) -> bool {
    row.cell(column) != CellRef::Null
}

fn weekly(row: &mut Row<'_>, times: Option<Hours>) -> Option<Weekly> {
    if !is_given(row, "start_time") && !is_given(row, "end_time") {
        row.refuse(
            "start_time",
            "is missing: a weekly row needs its times",
            "write e.g. '08:00' and '17:30'",
        );
    }
    let days = Days::parse(row.optional_text("days")?);
    let remedy = "write e.g. 'mon-fri', 'sat,sun' or 'daily'";
    let days = row.refuse_unless(days, "days", "is not a list of weekdays", remedy)?;
    Some(Weekly {
        days,
        hours: times?,
    })
}

/// One date alone is a range of one day.
fn dated(row: &mut Row<'_>, hours: Option<Hours>) -> Option<Dated> {
    let (from, to) = (row.optional_date("date_from"), row.optional_date("date_to"));
    let (from, to) = (from.or(to)?, to.or(from)?);
    if to < from {
        row.refuse(
            "date_to",
            "lies before date_from",
            "write the last date of the range, or the same date",
        );
    }
    Some(Dated { from, to, hours })
}

/// The window's times; `None` if neither is given.
fn times(row: &mut Row<'_>) -> Option<Hours> {
    match (is_given(row, "start_time"), is_given(row, "end_time")) {
        (true, true) => {
            let (start, end) = (
                row.optional_text("start_time"),
                row.optional_text("end_time"),
            );
            let (start, end) = (start?, end?);
            let remedy =
                "write hours and minutes, e.g. start_time '08:00' and end_time '17:30' or '24:00'";
            let fault = format!("with end_time {} is not a window", quoted_text(end));
            row.refuse_unless(Hours::parse(start, end), "start_time", &fault, remedy)
        }
        (true, false) => {
            row.refuse(
                "end_time",
                "is missing",
                "write when the window ends, e.g. '17:30'",
            );
            None
        }
        (false, true) => {
            row.refuse(
                "start_time",
                "is missing",
                "write when the window starts, e.g. '08:00'",
            );
            None
        }
        (false, false) => None,
    }
}
