//! Opening hours: which instants are open.
//!
//! A window belongs to the day on which it starts and runs to its end, also past midnight into a closed date. Dated
//! rows replace the weekly ones on the dates they cover. All times are whole minutes of the schedule's own zone.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::holidays::{Holidays, OnHolidays};

/// Minutes from 00:00 to 24:00.
const DAY_MINUTES: u16 = 24 * 60;

/// Named opening hours in one time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// `schedules.id`.
    pub id: Box<str>,
    /// For people.
    pub name: Box<str>,
    /// The zone in which the times are meant.
    pub zone: TimeZone,
    /// The windows of an ordinary week.
    pub weekly: Vec<Weekly>,
    /// Special hours.
    pub dated: DatedRows,
    /// What it has on holidays that no dated row covers.
    pub on_holidays: OnHolidays,
    /// The holidays of all schedules.
    pub holidays: Arc<Holidays>,
}

/// Dated rows, found by date: a schedule may have a hundred thousand, and is asked each minute.
///
/// Rows are grouped by their length in powers of two, shortest first, and each group is in the order of its first
/// dates. A row of a group that covers a date begins less than the group's length before it, so in each group only
/// the rows near the date are looked at.
#[derive(Clone, Debug, Default)]
pub struct DatedRows {
    /// By the number of binary digits of [`Dated::days`].
    groups: BTreeMap<u32, Vec<Dated>>,
}

/// A window that starts on certain weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    /// On which days it starts.
    pub days: Days,
    /// In which weeks.
    pub weeks: Weeks,
    /// From when to when.
    pub hours: Hours,
}

/// Each so many-th week. Weeks begin on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weeks {
    every: u8,
    /// The Monday of one of them.
    monday: Date,
}

/// What is special about a range of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The first date.
    pub from: Date,
    /// The last date.
    pub to: Date,
    /// The window that starts on each of the dates; `None`: none starts.
    pub hours: Option<Hours>,
}

/// A window's times on the clock, in minutes since 00:00. Half open: at `end` it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    start: u16,
    end: u16,
}

/// A window of a certain date. Half open: at `closes` it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) opens: Timestamp,
    pub(super) closes: Timestamp,
}

/// A set of weekdays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days(u8);

impl Schedule {
    /// Whether a window is open at an instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.open_since(at).next().is_some()
    }

    /// The dates on which the windows began that are open at an instant.
    pub(super) fn open_since(&self, at: Timestamp) -> impl Iterator<Item = Date> {
        let today = at.to_zoned(self.zone.clone()).date();
        // No window is longer than a day, so only yesterday's can reach into today.
        let dates = today.yesterday().into_iter().chain([today]);
        dates.filter(move |date| self.windows(*date).any(|window| window.contains(at)))
    }

    /// The windows that start on a date.
    pub(super) fn windows(&self, date: Date) -> impl Iterator<Item = Window> {
        self.hours(date)
            .filter_map(move |hours| hours.window(date, &self.zone))
    }

    /// Whether a dated row or a holiday takes the place of the weekly hours on a date.
    pub(super) fn has_hours_of_its_own(&self, date: Date) -> bool {
        let is_holiday = self.on_holidays != OnHolidays::Usual && self.holidays.contain(date);
        self.dated.covers(date) || is_holiday
    }

    fn hours(&self, date: Date) -> impl Iterator<Item = Hours> {
        let narrowest = self.dated.narrowest(date);
        let is_meant = move |row: &&Dated| narrowest == Some(row.days());
        let meant = self.dated.covering(date).filter(is_meant);
        let dated = meant.filter_map(|row| row.hours);
        let day = match narrowest {
            Some(_) => None,
            None => self.weekday(date),
        };
        let weekly = self.weekly.iter().filter(move |row| match day {
            Some(day) => row.days.contain(day) && row.weeks.contain(date),
            None => false,
        });
        dated.chain(weekly.map(|row| row.hours))
    }

    /// The day whose weekly windows start on a date.
    fn weekday(&self, date: Date) -> Option<Weekday> {
        match self.on_holidays {
            OnHolidays::Closed if self.holidays.contain(date) => None,
            OnHolidays::Sunday if self.holidays.contain(date) => Some(Weekday::Sunday),
            _ => Some(date.weekday()),
        }
    }
}

impl Weeks {
    /// Each week.
    pub const ALL: Self = Self {
        every: 1,
        monday: Date::constant(2026, 11, 23),
    };

    /// Each `every`-th week, one of which has the date `of`.
    pub fn new(every: u8, of: Date) -> Self {
        Self {
            every,
            monday: monday_of(of),
        }
    }

    /// Whether the week of a date is one of them.
    pub fn contain(self, date: Date) -> bool {
        if self.every <= 1 {
            return true;
        }
        match self.monday.until(monday_of(date)) {
            Ok(span) => (span.get_days() / 7).rem_euclid(i32::from(self.every)) == 0,
            Err(_) => false,
        }
    }
}

/// The Monday of a date's week; at the beginning of all time the date itself.
fn monday_of(date: Date) -> Date {
    let days = date.weekday().to_monday_zero_offset();
    date.checked_sub(i32::from(days).days()).unwrap_or(date)
}

impl DatedRows {
    /// Whether any of them covers a date.
    pub(super) fn covers(&self, date: Date) -> bool {
        self.covering(date).next().is_some()
    }

    /// Those that cover a date, the shorter groups first.
    fn covering(&self, date: Date) -> impl Iterator<Item = &Dated> {
        let groups = self.groups.iter();
        let rows = groups.flat_map(move |(digits, rows)| near(*digits, rows, date));
        rows.filter(move |row| row.covers(date))
    }

    /// The length of the narrowest row that covers a date.
    fn narrowest(&self, date: Date) -> Option<i32> {
        for (digits, rows) in &self.groups {
            let covering = near(*digits, rows, date)
                .iter()
                .filter(|row| row.covers(date));
            if let Some(days) = covering.map(Dated::days).min() {
                return Some(days);
            }
        }
        None
    }
}

impl FromIterator<Dated> for DatedRows {
    fn from_iter<I: IntoIterator<Item = Dated>>(rows: I) -> Self {
        let mut groups: BTreeMap<u32, Vec<Dated>> = BTreeMap::new();
        for row in rows {
            let digits = i32::BITS - row.days().max(0).leading_zeros();
            groups.entry(digits).or_default().push(row);
        }
        for rows in groups.values_mut() {
            rows.sort_by_key(|row| row.from);
        }
        Self { groups }
    }
}

/// The rows of a group that begin on a date or less than the group's length before it.
fn near(digits: u32, rows: &[Dated], date: Date) -> &[Dated] {
    /// All dates lie closer together.
    const MAX_DAYS: i64 = 3_700_000;
    let days = 1_i64.checked_shl(digits).unwrap_or(MAX_DAYS).min(MAX_DAYS);
    let earliest = date.checked_sub(days.days()).unwrap_or(Date::MIN);
    let begin = rows.partition_point(|row| row.from < earliest);
    let end = rows.partition_point(|row| row.from <= date);
    rows.get(begin..end).unwrap_or_default()
}

impl Window {
    fn contains(self, at: Timestamp) -> bool {
        self.opens <= at && at < self.closes
    }
}

impl Dated {
    fn covers(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }

    /// How many dates it covers, less one: the narrowest row wins.
    fn days(&self) -> i32 {
        match self.from.until(self.to) {
            Ok(span) => span.get_days(),
            Err(_) => i32::MAX,
        }
    }
}

impl Hours {
    /// From `'08:00'` and `'17:30'`. The end may be `'24:00'`; an end at or before the start is on the next day.
    pub fn parse(start: &str, end: &str) -> Option<Self> {
        let (start, end) = (minute_of_day(start)?, minute_of_day(end)?);
        if start == DAY_MINUTES {
            return None;
        }
        Some(Self { start, end })
    }

    /// The window that starts on a date; `None` at the end of all time.
    fn window(self, date: Date, zone: &TimeZone) -> Option<Window> {
        let closing_date = if self.end <= self.start {
            date.tomorrow().ok()?
        } else {
            date
        };
        Some(Window {
            opens: instant(date, self.start, zone)?,
            closes: instant(closing_date, self.end, zone)?,
        })
    }
}

impl Days {
    /// From `'mon-fri'`, `'sat,sun'` or `'daily'`, in any case; a range may run over the weekend (`'fri-mon'`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        if text.trim() == "daily" {
            return Some(Self(0b111_1111));
        }
        text.split(',').try_fold(Self::default(), |days, part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(days.with_range(weekday(first)?, weekday(last)?))
        })
    }

    /// Whether a weekday is in the set.
    pub fn contain(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    fn with_range(mut self, first: Weekday, last: Weekday) -> Self {
        self.0 |= Self::bit(last);
        let mut day = first;
        while day != last {
            self.0 |= Self::bit(day);
            day = day.next();
        }
        self
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }
}

/// A date's minute as an instant; a time that the zone skips or repeats is resolved as jiff does by default.
fn instant(date: Date, minute: u16, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let civil = midnight.checked_add(i64::from(minute).minutes()).ok()?;
    zone.to_timestamp(civil).ok()
}

/// `'08:00'` to `'24:00'` as minutes since 00:00.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| match part.as_bytes() {
        [b'0'..=b'9', b'0'..=b'9'] => part.parse::<u16>().ok(),
        _ => None,
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minute = hours * 60 + minutes;
    if minutes >= 60 || minute > DAY_MINUTES {
        return None;
    }
    Some(minute)
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.trim() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn day(number: i32) -> Date {
        Date::constant(2026, 1, 1)
            .checked_add(number.days())
            .unwrap()
    }

    fn any_row() -> impl Strategy<Value = Dated> {
        let length = prop_oneof![0..3, 0..40, 0..3_000];
        (0..400, length, proptest::option::of(0..DAY_MINUTES)).prop_map(|(from, length, start)| {
            Dated {
                from: day(from),
                to: day(from + length),
                hours: start.map(|start| Hours { start, end: 60 }),
            }
        })
    }

    proptest! {
        #[test]
        fn the_rows_found_by_date_are_those_that_a_look_at_each_finds(
            rows in vec(any_row(), 0..60),
            date in -5..900,
        ) {
            let date = day(date);
            let narrowest = rows
                .iter()
                .filter(|row| row.covers(date))
                .map(Dated::days)
                .min();
            let is_meant = |row: &&Dated| row.covers(date) && narrowest == Some(row.days());
            let mut expected: Vec<Hours> =
                rows.iter().filter(is_meant).filter_map(|row| row.hours).collect();
            let schedule = Schedule {
                id: "".into(),
                name: "".into(),
                zone: TimeZone::UTC,
                weekly: Vec::new(),
                dated: rows.into_iter().collect(),
                on_holidays: OnHolidays::Usual,
                holidays: Arc::default(),
            };
            let mut found: Vec<Hours> = schedule.hours(date).collect();
            expected.sort_by_key(|hours| hours.start);
            found.sort_by_key(|hours| hours.start);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(schedule.has_hours_of_its_own(date), narrowest.is_some());
        }
    }

    #[test]
    fn of_very_many_rows_only_those_near_the_date_are_looked_at() {
        let rows = (0..100_000).map(|number| Dated {
            from: day(number),
            to: day(number + 2),
            hours: None,
        });
        let dated: DatedRows = rows.collect();
        let looked_at: usize = dated
            .groups
            .iter()
            .map(|(digits, rows)| near(*digits, rows, day(50_000)).len())
            .sum();
        assert!(looked_at <= 5, "{looked_at} were looked at");
    }
}
