//! What holds of opening hours: in a zone without summer time they are plain arithmetic.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use routing::holidays::{Holiday, OnHolidays};
use routing::schedule::{Dated, Days, Hours, Schedule, Weekly, Weeks};

/// Minutes from 00:00 to 24:00.
const DAY: i64 = 24 * 60;

/// The lines are a time zone, weekdays, the times of a window, the dates of a holiday, a minute since 1970, and each
/// how-manieth week counts, with a date of one that does.
pub(crate) fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or("");
    let (zone, days, start, end) = (line(), Days::parse(line()), line(), line());
    let (from, to) = (line().parse::<Date>(), line().parse::<Date>());
    let (Some(days), Some(hours)) = (days, Hours::parse(start, end)) else {
        return;
    };
    let Some(at) = line().parse().ok().and_then(minute) else {
        return;
    };
    let (every, of) = (line().parse::<u8>(), line().parse::<Date>());
    let every_weeks = every.ok().zip(of.ok().filter(|of| of.year() >= 1970));
    let weeks = every_weeks.map_or(Weeks::ALL, |(every, of)| Weeks::new(every, of));
    let weekly = vec![Weekly { days, weeks, hours }];
    let schedule = |zone, dated: Vec<Dated>| Schedule {
        id: "hours".into(),
        name: "".into(),
        zone,
        weekly: weekly.clone(),
        dated: dated.into_iter().collect(),
        on_holidays: OnHolidays::Usual,
        holidays: Arc::default(),
    };

    let plain = schedule(TimeZone::UTC, Vec::new());
    assert_eq!(
        plain.is_open(at),
        is_open(days, every_weeks, start, end, at),
        "{start} to {end} at {at}"
    );

    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let is_open_without = schedule(zone.clone(), Vec::new()).is_open(at);
    if let (Ok(from), Ok(to)) = (from, to) {
        let closed = schedule(
            zone.clone(),
            vec![Dated {
                from,
                to,
                hours: None,
            }],
        );
        assert!(
            !closed.is_open(at) || is_open_without,
            "a holiday opens nothing"
        );
        let holiday = Holiday {
            from,
            to,
            every_year: false,
        };
        let on_holiday = Schedule {
            on_holidays: OnHolidays::Closed,
            holidays: Arc::new([holiday].into_iter().collect()),
            ..schedule(zone.clone(), Vec::new())
        };
        assert_eq!(
            on_holiday.is_open(at),
            closed.is_open(at),
            "closed on a holiday, or on those dates"
        );
        let same_hours = schedule(
            zone,
            vec![Dated {
                from,
                to,
                hours: Some(hours),
            }],
        );
        assert!(
            same_hours.is_open(at) || !is_open_without,
            "the same hours on a date close nothing"
        );
    }
}

fn minute(minutes: i64) -> Option<Timestamp> {
    Timestamp::from_second(minutes.checked_mul(60)?).ok()
}

/// The same, counted: the window of yesterday or today contains the minute.
fn is_open(
    days: Days,
    every_weeks: Option<(u8, Date)>,
    start: &str,
    end: &str,
    at: Timestamp,
) -> bool {
    let of_day = |text: &str| {
        let (hours, minutes) = text.split_once(':').unwrap_or(("0", "0"));
        hours.parse::<i64>().unwrap_or(0) * 60 + minutes.parse::<i64>().unwrap_or(0)
    };
    let (start, end) = (of_day(start), of_day(end));
    let end = if end <= start { end + DAY } else { end };
    let today = at.to_zoned(TimeZone::UTC).date();
    let now = at.as_second().rem_euclid(DAY * 60) / 60;
    let in_window = |now| start <= now && now < end;
    // 1970-01-05 was a Monday.
    let monday = Date::constant(1970, 1, 5);
    let week = |date: Date| {
        let days = monday.until(date).map_or(0, |span| span.get_days());
        days.div_euclid(7)
    };
    let is_of_weeks = |date: Date| {
        every_weeks.is_none_or(|(every, of)| {
            (week(date) - week(of)).rem_euclid(i32::from(every).max(1)) == 0
        })
    };
    let is_of = |date: Option<Date>| {
        date.is_some_and(|date| days.contain(date.weekday()) && is_of_weeks(date))
    };
    (is_of(Some(today)) && in_window(now))
        || (is_of(today.yesterday().ok()) && in_window(now + DAY))
}
