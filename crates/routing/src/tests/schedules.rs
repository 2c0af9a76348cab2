//! Schedules: which minutes of which dates are open.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::fixture::Rules;
use crate::moment::Moment;

/// The one schedule of these tests; rows are added to it.
fn schedule() -> Rules {
    Rules::new().schedule("hours")
}

/// A schedule with one weekly row.
fn weekly(days: &str, start: &str, end: &str) -> Rules {
    schedule().weekly(days, start, end)
}

impl Rules {
    /// A window on one date, in place of the weekly ones.
    fn special(self, date: &str, start: &str, end: &str) -> Self {
        self.dated(date, date)
            .with("start_time", start)
            .with("end_time", end)
    }
}

/// The schedule is open in these windows of a date and in no other minute of it; `''`: closed all day.
#[track_caller]
fn open(rules: &Rules, date: &str, expected: &str) {
    let snapshot = rules.snapshot();
    let (_, schedule) = snapshot.schedules.iter().next().expect("a schedule");
    let date: Date = date.parse().expect("a date");
    let instant = |date: Date| {
        date.to_zoned(schedule.zone.clone())
            .expect("a date within reach")
            .timestamp()
    };
    let (first, last) = (
        instant(date),
        instant(date.tomorrow().expect("a date within reach")),
    );
    let clock = |at: Timestamp| {
        if at == last {
            "24:00".into()
        } else {
            local_time(at, &schedule.zone)
        }
    };
    let mut windows: Vec<String> = Vec::new();
    let mut was_open = false;
    for at in first.series(1.minute()).take_while(|at| *at <= last) {
        let is_open = at < last && schedule.is_open(at);
        if is_open && !was_open {
            windows.push(clock(at));
        } else if was_open && !is_open {
            let start = windows.pop().expect("a window that has begun");
            windows.push(format!("{start}-{}", clock(at)));
        }
        was_open = is_open;
    }
    assert_eq!(windows.join(" "), expected, "{date}");
}

fn local_time(at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// The schedule opens and closes at these instants, and is closed before and after.
#[track_caller]
fn open_between(rules: &Rules, opens: &str, closes: &str) {
    let snapshot = rules.snapshot();
    let (index, _) = snapshot.schedules.iter().next().expect("a schedule");
    let (opens, closes): (Timestamp, Timestamp) = (
        opens.parse().expect("an instant"),
        closes.parse().expect("one"),
    );
    let is_open = |at: Timestamp| Moment::of(&snapshot, at).is_open(index);
    assert!(!is_open(opens - 1.second()), "open before {opens}");
    assert!(
        opens
            .series(1.minute())
            .take_while(|at| *at < closes)
            .all(is_open),
        "closed after {opens}"
    );
    assert!(is_open(closes - 1.second()), "closed before {closes}");
    assert!(!is_open(closes), "open at {closes}");
}

#[test]
fn a_window_is_open_from_its_start_until_before_its_end() {
    open_between(
        &weekly("mon", "08:00", "12:00"),
        "2026-11-23T01:00:00Z",
        "2026-11-23T05:00:00Z",
    );
    open(
        &weekly("mon", "08:00", "12:00"),
        "2026-11-23",
        "08:00-12:00",
    );
}

#[test]
fn windows_may_begin_and_end_with_the_day() {
    open(
        &weekly("mon", "00:00", "08:00"),
        "2026-11-23",
        "00:00-08:00",
    );
    open(
        &weekly("mon", "08:00", "24:00"),
        "2026-11-23",
        "08:00-24:00",
    );
    open(&weekly("mon", "08:00", "24:00"), "2026-11-24", "");
    open(
        &weekly("mon", "00:00", "24:00"),
        "2026-11-23",
        "00:00-24:00",
    );
    open(&weekly("mon", "00:00", "24:00"), "2026-11-24", "");
    open(
        &weekly("mon", "23:59", "24:00"),
        "2026-11-23",
        "23:59-24:00",
    );
}

#[test]
fn a_window_may_run_past_midnight() {
    let rules = weekly("mon", "22:00", "06:00");
    open(&rules, "2026-11-23", "22:00-24:00");
    open(&rules, "2026-11-24", "00:00-06:00");
    open(&rules, "2026-11-25", "");
}

#[test]
fn a_window_that_ends_when_it_starts_is_open_for_a_day() {
    let rules = weekly("mon", "08:00", "08:00");
    open(&rules, "2026-11-23", "08:00-24:00");
    open(&rules, "2026-11-24", "00:00-08:00");
    let midnight = weekly("mon", "00:00", "00:00");
    open(&midnight, "2026-11-23", "00:00-24:00");
    open(&midnight, "2026-11-24", "");
}

#[test]
fn an_end_at_nought_hours_is_the_next_midnight() {
    open(
        &weekly("mon", "18:00", "00:00"),
        "2026-11-23",
        "18:00-24:00",
    );
}

#[test]
fn several_rows_make_several_windows() {
    let rules = weekly("mon-fri", "13:00", "17:30").weekly("mon-sat", "08:00", "12:00");
    open(&rules, "2026-11-23", "08:00-12:00 13:00-17:30");
    open(&rules, "2026-11-28", "08:00-12:00");
    open(&rules, "2026-11-29", "");
}

#[test]
fn windows_may_overlap() {
    open(
        &weekly("mon", "08:00", "12:00").weekly("mon", "11:00", "14:00"),
        "2026-11-23",
        "08:00-14:00",
    );
}

/// The days of an ordinary week on which a window starts.
#[track_caller]
fn days(written: &str, expected: &str) {
    let rules = weekly(written, "08:00", "09:00");
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for (date, day) in (23..30).zip(week) {
        let hours = if expected.split(' ').any(|open| open == day) {
            "08:00-09:00"
        } else {
            ""
        };
        open(&rules, &format!("2026-11-{date}"), hours);
    }
}

#[test]
fn days_are_names_lists_and_ranges() {
    days("mon", "mon");
    days("mon-fri", "mon tue wed thu fri");
    days("sat,sun", "sat sun");
    days("daily", "mon tue wed thu fri sat sun");
    days("mon-wed, fri", "mon tue wed fri");
    days("Tue,THU", "tue thu");
}

#[test]
fn a_range_of_days_may_run_over_the_weekend() {
    days("fri-mon", "fri sat sun mon");
    days("sun-mon", "sun mon");
    days("tue-tue", "tue");
}

/// Closed for a week, with half a day open on the first date; the night duty goes on until then.
fn tet() -> Rules {
    let rules = weekly("mon-fri", "08:00", "17:00").weekly("daily", "22:00", "06:00");
    rules
        .dated("2027-02-05", "2027-02-11")
        .special("2027-02-05", "08:00", "12:00")
}

#[test]
fn dated_rows_replace_the_weekly_ones() {
    open(&tet(), "2027-02-08", "");
    open(&tet(), "2027-02-11", "");
    open(
        &weekly("mon", "08:00", "17:00").special("2026-11-23", "09:00", "10:00"),
        "2026-11-23",
        "09:00-10:00",
    );
}

#[test]
fn before_and_after_the_dates_the_weekly_rows_hold() {
    open(&tet(), "2027-02-04", "00:00-06:00 08:00-17:00 22:00-24:00");
    open(&tet(), "2027-02-12", "08:00-17:00 22:00-24:00");
}

#[test]
fn last_nights_window_runs_to_its_end_on_a_closed_date() {
    open(&tet(), "2027-02-05", "00:00-06:00 08:00-12:00");
    open(&tet(), "2027-02-06", "");
    let closed = weekly("daily", "22:00", "06:00").dated("2027-02-05", "2027-02-05");
    open(&closed, "2027-02-05", "00:00-06:00");
    open(&closed, "2027-02-06", "22:00-24:00");
}

#[test]
fn the_night_of_a_dated_row_runs_to_its_end_too() {
    let rules = weekly("sat", "05:00", "09:00").special("2027-02-05", "20:00", "03:00");
    open(&rules, "2027-02-06", "00:00-03:00 05:00-09:00");
    open(
        &rules.dated("2027-02-06", "2027-02-06"),
        "2027-02-06",
        "00:00-03:00",
    );
}

#[test]
fn the_narrowest_range_of_dates_wins() {
    let rules = schedule()
        .special("2027-02-05", "08:00", "09:00")
        .dated("2027-02-05", "2027-02-06");
    let rules = rules
        .with("start_time", "10:00")
        .with("end_time", "11:00")
        .dated("2027-02-04", "2027-02-06");
    let rules = rules.with("start_time", "12:00").with("end_time", "13:00");
    open(&rules, "2027-02-04", "12:00-13:00");
    open(&rules, "2027-02-05", "08:00-09:00");
    open(&rules, "2027-02-06", "10:00-11:00");
    open(&rules, "2027-02-07", "");
}

#[test]
fn a_narrow_closed_row_wins_over_a_wide_open_one() {
    let rules = schedule()
        .dated("2027-02-01", "2027-02-28")
        .with("start_time", "08:00")
        .with("end_time", "09:00");
    let rules = rules.dated("2027-02-05", "2027-02-06");
    open(&rules, "2027-02-04", "08:00-09:00");
    open(&rules, "2027-02-05", "");
}

#[test]
fn rows_of_equal_range_add_up() {
    let rules =
        schedule()
            .special("2027-02-05", "08:00", "10:00")
            .special("2027-02-05", "13:00", "15:00");
    open(&rules, "2027-02-05", "08:00-10:00 13:00-15:00");
    let overlapping = schedule()
        .dated("2027-02-05", "2027-02-06")
        .with("start_time", "08:00");
    let overlapping = overlapping
        .with("end_time", "09:00")
        .dated("2027-02-06", "2027-02-07");
    let overlapping = overlapping
        .with("start_time", "10:00")
        .with("end_time", "11:00");
    open(&overlapping, "2027-02-06", "08:00-09:00 10:00-11:00");
}

#[test]
fn a_dated_row_without_times_adds_nothing_to_one_with_times() {
    let rules = weekly("daily", "08:00", "17:00").dated("2027-02-05", "2027-02-05");
    open(
        &rules.special("2027-02-05", "10:00", "11:00"),
        "2027-02-05",
        "10:00-11:00",
    );
}

#[test]
fn one_date_alone_is_a_range_of_one_day() {
    let only_from = weekly("daily", "08:00", "17:00")
        .dated("2027-02-05", "")
        .with("date_to", None::<i64>);
    open(&only_from, "2027-02-05", "");
    open(&only_from, "2027-02-06", "08:00-17:00");
}

#[test]
fn a_schedule_without_a_zone_has_that_of_the_settings() {
    let rules = weekly("mon", "08:00", "12:00").setting("time_zone", "Asia/Tokyo");
    open_between(&rules, "2026-11-22T23:00:00Z", "2026-11-23T03:00:00Z");
}

#[test]
fn each_schedule_has_its_own_zone() {
    let rules = schedule()
        .with("time_zone", "America/New_York")
        .weekly("mon", "20:00", "23:00");
    open_between(&rules, "2026-11-24T01:00:00Z", "2026-11-24T04:00:00Z");
    let rules = rules.schedule("later").weekly("mon", "20:00", "23:00");
    open_between(&rules, "2026-11-24T01:00:00Z", "2026-11-24T04:00:00Z");
}

fn in_zone(zone: &str, start: &str, end: &str) -> Rules {
    schedule().with("time_zone", zone).weekly("sun", start, end)
}

#[test]
fn a_start_that_new_york_skips_is_an_hour_later() {
    let zone = "America/New_York";
    open_between(
        &in_zone(zone, "02:30", "05:00"),
        "2027-03-14T07:30:00Z",
        "2027-03-14T09:00:00Z",
    );
    open_between(
        &in_zone(zone, "01:30", "02:30"),
        "2027-03-14T06:30:00Z",
        "2027-03-14T07:30:00Z",
    );
    open_between(
        &in_zone(zone, "08:00", "17:00"),
        "2027-03-14T12:00:00Z",
        "2027-03-14T21:00:00Z",
    );
}

#[test]
fn a_night_over_a_change_of_clocks_ends_at_its_local_end() {
    let night = schedule()
        .with("time_zone", "America/New_York")
        .weekly("sat", "22:00", "06:00");
    open_between(&night, "2027-03-14T03:00:00Z", "2027-03-14T10:00:00Z");
    open_between(&night, "2027-11-07T02:00:00Z", "2027-11-07T11:00:00Z");
    let whole_day = in_zone("America/New_York", "00:00", "24:00");
    open_between(&whole_day, "2027-03-14T05:00:00Z", "2027-03-15T04:00:00Z");
    open_between(&whole_day, "2027-11-07T04:00:00Z", "2027-11-08T05:00:00Z");
}

#[test]
fn a_time_that_new_york_repeats_is_the_first_of_the_two() {
    open_between(
        &in_zone("America/New_York", "01:30", "05:00"),
        "2027-11-07T05:30:00Z",
        "2027-11-07T10:00:00Z",
    );
    open_between(
        &in_zone("America/New_York", "00:00", "01:30"),
        "2027-11-07T04:00:00Z",
        "2027-11-07T05:30:00Z",
    );
    open_between(
        &in_zone("America/New_York", "01:30", "02:00"),
        "2027-11-07T05:30:00Z",
        "2027-11-07T07:00:00Z",
    );
}

#[test]
fn clocks_may_change_by_half_an_hour() {
    open_between(
        &in_zone("Australia/Lord_Howe", "02:15", "03:00"),
        "2027-10-02T15:45:00Z",
        "2027-10-02T16:00:00Z",
    );
    open_between(
        &in_zone("Australia/Lord_Howe", "01:45", "02:00"),
        "2027-04-03T14:45:00Z",
        "2027-04-03T15:30:00Z",
    );
}

#[test]
fn a_window_that_berlin_skips_is_not_there_that_day() {
    let rules = in_zone("Europe/Berlin", "02:00", "03:00");
    open(&rules, "2027-03-28", "");
    open(&rules, "2027-03-21", "02:00-03:00");
    open_between(
        &in_zone("Europe/Berlin", "02:30", "03:00"),
        "2027-10-31T00:30:00Z",
        "2027-10-31T02:00:00Z",
    );
}

#[test]
fn a_minute_is_looked_at_once() {
    let snapshot = weekly("mon", "08:00", "12:00").snapshot();
    let (index, _) = snapshot.schedules.iter().next().expect("a schedule");
    let late: Timestamp = "2026-11-23T00:59:59.999Z".parse().expect("an instant");
    let moment = Moment::of(&snapshot, late);
    assert!(!moment.is_open(index));
    assert!(moment.holds_at("2026-11-23T00:59:00Z".parse().expect("an instant")));
    assert!(!moment.holds_at("2026-11-23T01:00:00Z".parse().expect("an instant")));
    assert!(!moment.holds_at("2026-11-23T00:58:59Z".parse().expect("an instant")));
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let snapshot = weekly("daily", "22:00", "06:00").snapshot();
    let (index, _) = snapshot.schedules.iter().next().expect("a schedule");
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let moment = Moment::of(&snapshot, at);
        assert!(moment.holds_at(at));
        moment.is_open(index);
    }
}
