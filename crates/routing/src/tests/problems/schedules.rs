//! What is wrong with `schedules` and `schedule_hours`.

use super::super::fixture::Rules;
use super::{NULL, refused, right, value, warned};
use crate::table::Cell;

#[test]
fn schedules_are_judged() {
    let schedule = |rules: Rules| rules.schedule("night");
    value(
        schedule,
        "id",
        NULL,
        "schedules.id of 'NULL': NULL is missing; write a value",
    );
    value(
        schedule,
        "name",
        NULL,
        "schedules.name of 'night': NULL is missing; write a value",
    );
    let remedy = "is not a time zone; write a name such as 'Asia/Ho_Chi_Minh'";
    value(
        schedule,
        "time_zone",
        "UTC+7",
        &format!("schedules.time_zone of 'night': 'UTC+7' {remedy}"),
    );
    value(
        schedule,
        "time_zone",
        "",
        "schedules.time_zone of 'night': '' is empty; write a value, or NULL for none (DB Browser: Set as NULL)",
    );
}

#[test]
fn weekly_hours_are_judged() {
    let hours = |rules: Rules| rules.schedule("night").weekly("daily", "22:00", "06:00");
    let wrong = |column, cell: Cell, expected: &str| {
        value(hours, column, cell, &format!("schedule_hours.{expected}"));
    };
    wrong(
        "schedule_id",
        NULL,
        "schedule_id of '2': NULL is missing; write a value",
    );
    wrong(
        "schedule_id",
        7.into(),
        "schedule_id of '2': 7 is not text; write it in quotes, as text",
    );
    let unknown = "is no id in schedules; add it to schedules first, or write an id from there";
    wrong(
        "schedule_id",
        "day".into(),
        &format!("schedule_id of '2': 'day' {unknown}"),
    );
    for days in ["1-5", "thứ 2", "mon-", "mon,,fri", "monday"] {
        let rest = "is not a list of weekdays; write e.g. 'mon-fri', 'sat,sun' or 'daily'";
        wrong(
            "days",
            days.into(),
            &format!("days of '2': '{days}' {rest}"),
        );
    }
    wrong(
        "days",
        2.into(),
        "days of '2': 2 is not text; write it in quotes, as text",
    );
    let rest = "write weekdays ('mon-fri') or dates (date_from and date_to)";
    wrong(
        "days",
        NULL,
        &format!("days of '2': NULL is missing; {rest}"),
    );
    let remedy = "write hours and minutes, e.g. start_time '08:00' and end_time '17:30' or '24:00'";
    for start in [
        "24:00", "25:00", "8:00", "08:60", "08.00", "8h", "+8:00", "08:00:00",
    ] {
        let expected =
            format!("start_time of '2': '{start}' with end_time '06:00' is not a window; {remedy}");
        wrong("start_time", start.into(), &expected);
    }
    for end in ["24:01", "6:00", "-6:00"] {
        let expected =
            format!("start_time of '2': '22:00' with end_time '{end}' is not a window; {remedy}");
        wrong("end_time", end.into(), &expected);
    }
    wrong(
        "start_time",
        NULL,
        "start_time of '2': NULL is missing; write when the window starts, e.g. '08:00'",
    );
    wrong(
        "end_time",
        NULL,
        "end_time of '2': NULL is missing; write when the window ends, e.g. '17:30'",
    );
    wrong(
        "end_time",
        18.into(),
        "end_time of '2': 18 is not text; write it in quotes, as text",
    );
}

#[test]
fn a_weekly_row_needs_its_times() {
    let hours = |rules: Rules| {
        rules
            .schedule("night")
            .weekly("daily", "22:00", "06:00")
            .with("end_time", NULL)
    };
    let expected = "schedule_hours.start_time of '2': NULL is missing: a weekly row needs its times; \
                    write e.g. '08:00' and '17:30'";
    value(hours, "start_time", NULL, expected);
}

#[test]
fn dated_hours_are_judged() {
    let hours = |rules: Rules| rules.schedule("tet").dated("2027-02-05", "2027-02-11");
    let wrong = |column, cell: Cell, expected: &str| {
        value(hours, column, cell, &format!("schedule_hours.{expected}"));
    };
    for date in [
        "5/2/2027",
        "2027-2-5",
        "2027-02-29",
        "2027-02-05 08:00",
        "mùng 1",
    ] {
        let rest = "is not a date; write it as year-month-day, e.g. '2027-02-05'";
        wrong(
            "date_from",
            date.into(),
            &format!("date_from of '2': '{date}' {rest}"),
        );
        wrong(
            "date_to",
            date.into(),
            &format!("date_to of '2': '{date}' {rest}"),
        );
    }
    wrong(
        "date_to",
        "2027-02-04".into(),
        "date_to of '2': '2027-02-04' lies before date_from; write the last date of the range, or the same date",
    );
    wrong(
        "days",
        "fri".into(),
        "days of '2': 'fri' stands beside dates; write either weekdays or dates, and the other as a row of its own",
    );
    wrong(
        "start_time",
        "08:00".into(),
        "end_time of '2': NULL is missing; write when the window ends, e.g. '17:30'",
    );
    let one_date = |rules: Rules| hours(rules).with("date_to", NULL);
    let expected = "schedule_hours.date_from of '2': 'soon' is not a date; write it as year-month-day, e.g. '2027-02-05'";
    value(one_date, "date_from", "soon", expected);
}

#[test]
fn holidays_weeks_and_stand_ins_are_judged() {
    let holiday = |rules: Rules| rules.holiday("2027-02-05", "2027-02-09");
    value(
        holiday,
        "date_to",
        "2027-02-04",
        "holidays.date_to of '1': '2027-02-04' lies before date_from; write the last date of the range, or the same date",
    );
    value(
        |rules| holiday(rules).with("every_year", 1),
        "date_to",
        "2028-02-05",
        "holidays.date_to of '1': '2028-02-05' makes a holiday of every year longer than a year; \
         write an earlier date, or every_year 0",
    );
    let schedule = |rules: Rules| rules.schedule("night");
    value(
        schedule,
        "on_holidays",
        "open",
        "schedules.on_holidays of 'night': 'open' is not known here; write one of: usual, closed, sun",
    );
    let weekly = |rules: Rules| rules.schedule("late").weekly("sat", "08:00", "12:00");
    value(
        weekly,
        "every_weeks",
        2,
        "schedule_hours.week_of of '2': NULL is missing although every_weeks is more than 1; \
         write any date in a week that counts, e.g. '2026-11-28'",
    );
    value(
        |rules| rules.schedule("late").dated("2026-11-28", "2026-11-28"),
        "week_of",
        "2026-11-28",
        "schedule_hours.every_weeks of '2': 1 or week_of stands beside dates; \
         write every_weeks 1 and week_of NULL in a dated row",
    );
    let dates = ("2027-02-05", "2027-02-09");
    let stand_in = |rules: Rules| rules.agent("lan").stand_in("hoa", Some("lan"), None, dates);
    value(
        stand_in,
        "by_id",
        "hoa",
        "stand_ins.by_id of '1': 'hoa' is the member itself; write another agent, or NULL if nobody takes the place",
    );
    let twice =
        stand_in(right()).stand_in("hoa", None, Some("sales"), ("2027-02-09", "2027-02-10"));
    refused(
        &twice,
        &[
            "stand_ins.agent_id of '2': 'hoa' has another row for the same group and date; \
           delete one of the two rows, or give them dates that do not overlap",
        ],
    );
    let next = stand_in(right()).stand_in("hoa", None, Some("sales"), ("2027-02-10", "2027-02-10"));
    assert_eq!(next.compiled().problems, []);
    warned(
        &right()
            .agent("lan")
            .stand_in("lan", Some("hoa"), None, dates),
        "stand_ins.agent_id of '1': 'lan' has no place to take: the agent is not a member of the group; \
         write a group of theirs as group_id, or delete the row",
    );
    warned(
        &right().schedule("day").weekly("daily", "00:00", "23:59"),
        "schedule_hours.end_time of '2': '23:59' ends a minute before midnight, and a call in that minute finds it closed; \
         write 24:00",
    );
}
