//! `schedules` and `schedule_hours`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Compiler;
use super::names::Names;
use super::row::Row;
use crate::routing::arena::{Arena, Index};
use crate::routing::schedule::{Dated, Days, Hours, Schedule, Weekly};
use crate::routing::table::Table;

/// One right row of `schedule_hours`.
enum HoursRow {
    Weekly(Weekly),
    Dated(Dated),
}

impl Compiler<'_> {
    /// All schedules with their hours; one without a zone of its own has the installation's.
    pub(super) fn schedules(&mut self, zone: &TimeZone) -> (Arena<Schedule>, Names<Schedule>) {
        let judged = self.each(Table::Schedules, |row| schedule(row, zone));
        let (mut schedules, left_out) = self.sorted(Table::Schedules, judged, |schedule| &schedule.id);
        let names = Names::new(Table::Schedules, schedules.iter().map(|schedule| &*schedule.id), left_out);
        for (index, hours) in self.each(Table::ScheduleHours, |row| hours(row, &names)).right {
            let Some(schedule) = schedules.get_mut(index.place()) else { continue };
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
    Some(Schedule { id: row.text("id").into(), zone, weekly: Vec::new(), dated: Vec::new() })
}

fn hours(row: &mut Row<'_>, schedules: &Names<Schedule>) -> Option<(Index<Schedule>, HoursRow)> {
    row.text("schedule_id");
    let schedule = row.reference("schedule_id", schedules);
    let times = times(row);
    let days = row.optional_text("days");
    let dates = dates(row);
    let hours = match (days, dates) {
        (Some(days), None) => {
            let days = Days::parse(days);
            let remedy = "write e.g. 'mon-fri', 'sat,sun' or 'daily'";
            let days = row.refuse_unless(days, "days", "is not a list of weekdays", remedy)?;
            let missing = "is missing: a weekly row needs its times";
            let hours = row.refuse_unless(times, "start_time", missing, "write e.g. '08:00' and '17:30'")?;
            HoursRow::Weekly(Weekly { days, hours })
        }
        (None, Some((from, to))) => HoursRow::Dated(Dated { from, to, hours: times }),
        (Some(_), Some(_)) => {
            row.refuse(
                "days",
                "stands beside dates",
                "write either weekdays or dates, and the other as a row of its own",
            );
            return None;
        }
        (None, None) => {
            row.refuse("days", "is missing", "write weekdays ('mon-fri') or dates (date_from and date_to)");
            return None;
        }
    };
    Some((schedule?, hours))
}

/// The window's times; `None` if neither is given.
fn times(row: &mut Row<'_>) -> Option<Hours> {
    let (start, end) = (row.optional_text("start_time"), row.optional_text("end_time"));
    match (start, end) {
        (Some(start), Some(end)) => {
            let hours = Hours::parse(start, end);
            let remedy = "write hours and minutes, e.g. start_time '08:00' and end_time '17:30' or '24:00'";
            row.refuse_unless(hours, "start_time", &format!("with end_time '{end}' is not a window"), remedy)
        }
        (None, None) => None,
        (Some(_), None) => {
            row.refuse("end_time", "is missing", "write when the window ends, e.g. '17:30'");
            None
        }
        (None, Some(_)) => {
            row.refuse("start_time", "is missing", "write when the window starts, e.g. '08:00'");
            None
        }
    }
}

/// The range of dates; `None` if none is given. One date alone is a range of one day.
fn dates(row: &mut Row<'_>) -> Option<(Date, Date)> {
    let (from, to) = (row.optional_date("date_from"), row.optional_date("date_to"));
    let from = from.or(to)?;
    let to = to.unwrap_or(from);
    if to < from {
        row.refuse("date_to", "lies before date_from", "write the last date of the range, or the same date");
    }
    Some((from, to))
}
