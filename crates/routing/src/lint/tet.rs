//! Opening hours that have not heard of Tết.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::{Subject, Suspect};
use crate::arena::Index;
use crate::diagnosis::Advice;
use crate::problem::Problem;
use crate::schedule::{Schedule, Window};
use crate::table::Table;

/// How many days before Tết its hours should be written.
const DAYS_BEFORE: i32 = 60;

/// Tết is a matter of Vietnam.
const VIETNAM: &str = "84";

pub(super) fn lint(subject: Subject<'_>) -> Vec<Problem> {
    let snapshot = subject.snapshot;
    if snapshot.settings.country_code.as_str() != VIETNAM {
        return Vec::new();
    }
    let Some(tet) = tet_after(subject.outlook.today) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for (index, schedule) in snapshot.schedules.iter() {
        if is_used(subject, index) && is_unaware(schedule, tet) {
            problems.push(warn(&schedule.id, tet));
        }
    }
    problems
}

fn warn(id: &str, tet: Date) -> Problem {
    let near = |days: Span| tet.checked_add(days).unwrap_or(tet);
    Suspect::row(Table::Schedules, id).warn(Advice::NoHoursForTet {
        tet,
        from: near((-1).days()),
        to: near(4.days()),
    })
}

/// The first day of the lunar year, if it lies in the days ahead.
fn tet_after(today: Date) -> Option<Date> {
    let last = today.checked_add(DAYS_BEFORE.days()).ok()?;
    dates().find(|tet| (today..=last).contains(tet))
}

/// Each year's first day of the lunar year.
fn dates() -> impl Iterator<Item = Date> {
    lines().filter_map(|line| line.parse().ok())
}

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("tet.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
}

/// Whether some rule or some member keeps to a schedule.
fn is_used(subject: Subject<'_>, schedule: Index<Schedule>) -> bool {
    let by_rule = subject.rules().any(|rule| match rule.conditions.hours {
        Some(hours) => hours.schedule == schedule,
        None => false,
    });
    let mut members = subject.snapshot.members();
    by_rule || members.any(|member| member.schedule == Some(schedule))
}

/// Whether only weekly hours, and not round the clock, speak of the first three days, when all of the country rests.
fn is_unaware(schedule: &Schedule, tet: Date) -> bool {
    let days: Vec<Date> = tet.series(1.day()).take(3).collect();
    let is_part_of_day =
        |window: Window| window.closes.duration_since(window.opens).as_hours() < 24;
    let is_open = |date: &Date| schedule.windows(*date).any(is_part_of_day);
    !days.iter().any(|date| schedule.has_hours_of_its_own(*date)) && days.iter().any(is_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_the_date_of_one_year() {
        let dates: Vec<Date> = dates().collect();
        assert_eq!(dates.len(), lines().count());
        assert!(
            dates
                .windows(2)
                .all(|years| years[0].year() + 1 == years[1].year()),
            "{dates:?}"
        );
        assert_eq!(dates.first().map(|date| date.year()), Some(2026));
        assert_eq!(dates.last().map(|date| date.year()), Some(2050));
    }

    #[test]
    fn lunar_years_begin_after_twelve_or_thirteen_moons() {
        let dates: Vec<Date> = dates().collect();
        for years in dates.windows(2) {
            let days = years[0].until(years[1]).unwrap().get_days();
            assert!(
                (353..=355).contains(&days) || (383..=385).contains(&days),
                "{years:?}: {days} days"
            );
        }
    }
}
