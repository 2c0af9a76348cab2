//! Half hours put together to ranges that people read: `Mon-Fri 08:00-17:30`.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::language::{Language, either};
use routing::coverage::{Answer, Coverage, Line, STEP_MINUTES};

/// Lines whose calls are answered alike at every half hour.
pub(super) struct Block<'c> {
    pub(super) lines: Vec<&'c Line<'c>>,
}

/// The lines of a survey, those that are alike put together, in the order of the first of them.
pub(super) fn blocks<'c>(coverage: &'c Coverage<'c>) -> Vec<Block<'c>> {
    let mut blocks: Vec<Block<'c>> = Vec::new();
    for line in &coverage.lines {
        let is_alike = |block: &&mut Block<'c>| {
            block
                .lines
                .first()
                .is_some_and(|first| first.answers().eq(line.answers()))
        };
        match blocks.iter_mut().find(is_alike) {
            Some(block) => block.lines.push(line),
            None => blocks.push(Block { lines: vec![line] }),
        }
    }
    blocks
}

impl<'c> Block<'c> {
    /// The answers that all its lines have.
    pub(super) fn answers(&self) -> impl Iterator<Item = &'c Answer> {
        self.lines
            .first()
            .into_iter()
            .flat_map(|line| line.answers())
    }
}

/// A half hour on the clock on the wall. Minutes count from midnight; the last half hour ends at 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HalfHour {
    pub(super) date: Date,
    pub(super) from: i64,
    pub(super) until: i64,
}

impl HalfHour {
    pub(super) fn of(start: Timestamp, zone: &TimeZone) -> Self {
        let local = start.to_zoned(zone.clone()).datetime();
        let from = i64::from(local.hour()) * 60 + i64::from(local.minute());
        Self {
            date: local.date(),
            from,
            until: from + STEP_MINUTES,
        }
    }
}

/// Dates on which an answer has the same times.
pub(super) struct CoverageRow<'c> {
    pub(super) dates: Vec<Date>,
    /// From and until, in minutes since midnight.
    pub(super) times: Vec<(i64, i64)>,
    pub(super) answer: &'c Answer,
}

/// When an answer holds: ranges in minutes since midnight.
type TimesByDate = BTreeMap<Date, Vec<(i64, i64)>>;

/// The ranges of each answer, in the order in which they begin.
pub(super) fn rows<'c>(
    half_hours: &[HalfHour],
    answers: impl Iterator<Item = &'c Answer>,
) -> Vec<CoverageRow<'c>> {
    let mut by_answer: Vec<(&'c Answer, TimesByDate)> = Vec::new();
    for (half_hour, answer) in half_hours.iter().zip(answers) {
        let place = by_answer
            .iter()
            .position(|(other, _)| *other == answer)
            .unwrap_or_else(|| {
                by_answer.push((answer, BTreeMap::new()));
                by_answer.len() - 1
            });
        if let Some((_, dates)) = by_answer.get_mut(place) {
            add(dates.entry(half_hour.date).or_default(), half_hour);
        }
    }
    let mut rows: Vec<CoverageRow<'c>> = by_answer
        .into_iter()
        .flat_map(|(answer, dates)| rows_of(answer, dates))
        .collect();
    rows.sort_by_key(|row| (row.dates.first().copied(), row.times.first().copied()));
    rows
}

/// Adds a half hour, to the range before it if it follows at once.
fn add(times: &mut Vec<(i64, i64)>, half_hour: &HalfHour) {
    match times.last_mut() {
        Some((_, until)) if *until == half_hour.from => *until = half_hour.until,
        _ => times.push((half_hour.from, half_hour.until)),
    }
}

/// Dates with the same times put together.
fn rows_of(answer: &Answer, dates: TimesByDate) -> Vec<CoverageRow<'_>> {
    let mut rows: Vec<CoverageRow<'_>> = Vec::new();
    for (date, times) in dates {
        match rows.iter_mut().find(|row| row.times == times) {
            Some(row) => row.dates.push(date),
            None => rows.push(CoverageRow {
                dates: vec![date],
                times,
                answer,
            }),
        }
    }
    rows
}

/// Times as people write them: `00:00-08:00, 17:30-24:00`, or nothing for a whole day.
pub(super) fn times_label(times: &[(i64, i64)]) -> String {
    let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let times: Vec<String> = times
        .iter()
        .map(|(from, until)| format!("{}-{}", clock(*from), clock(*until)))
        .collect();
    times.join(", ")
}

/// Dates as people write them: by weekdays, by weekdays with exceptions, or as they are; whatever is shortest.
pub(super) fn dates_label(dates: &[Date], all: &[Date], language: Language) -> String {
    let share = |day: &Weekday| {
        let of_day = all.iter().filter(|date| date.weekday() == *day);
        let (meant, others): (Vec<&Date>, Vec<&Date>) =
            of_day.partition(|date| dates.contains(date));
        (meant.len(), others.len())
    };
    let whole = |day: &Weekday| matches!(share(day), (1.., 0));
    let most = |day: &Weekday| matches!(share(day), (meant, others) if meant > others);
    let whole: Vec<Weekday> = WEEK.into_iter().filter(whole).collect();
    let most: Vec<Weekday> = WEEK.into_iter().filter(most).collect();
    let labels = [
        by_weekdays(&whole, dates, all, language),
        by_weekdays(&most, dates, all, language),
        by_weekdays(&[], dates, all, language),
    ];
    labels
        .into_iter()
        .min_by_key(|label| label.chars().count())
        .unwrap_or_default()
}

/// Some weekdays by their names, the dates among them that are not meant, and the others that are.
fn by_weekdays(days: &[Weekday], dates: &[Date], all: &[Date], language: Language) -> String {
    let is_named = |date: &&Date| days.contains(&date.weekday());
    let exceptions: Vec<Date> = all
        .iter()
        .filter(is_named)
        .filter(|date| !dates.contains(date))
        .copied()
        .collect();
    let others: Vec<Date> = dates
        .iter()
        .filter(|date| !is_named(date))
        .copied()
        .collect();
    let names = if days.len() == WEEK.len() {
        vec![either!(language, "daily", "hằng ngày")]
    } else {
        weekdays_label(days, language)
    };
    let label = [dates_in_runs(&others, language), names]
        .concat()
        .join(", ");
    if exceptions.is_empty() {
        label
    } else {
        let exceptions = dates_in_runs(&exceptions, language).join(", ");
        either!(
            language,
            "{label} but not {exceptions}",
            "{label} trừ {exceptions}"
        )
    }
}

/// The days of a week in their order.
pub(super) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The short name of a day; in English as schedules have it.
pub(super) const fn day_name(day: Weekday, language: Language) -> &'static str {
    match (day, language) {
        (Weekday::Monday, Language::En) => "Mon",
        (Weekday::Tuesday, Language::En) => "Tue",
        (Weekday::Wednesday, Language::En) => "Wed",
        (Weekday::Thursday, Language::En) => "Thu",
        (Weekday::Friday, Language::En) => "Fri",
        (Weekday::Saturday, Language::En) => "Sat",
        (Weekday::Sunday, Language::En) => "Sun",
        (Weekday::Monday, Language::Vi) => "T2",
        (Weekday::Tuesday, Language::Vi) => "T3",
        (Weekday::Wednesday, Language::Vi) => "T4",
        (Weekday::Thursday, Language::Vi) => "T5",
        (Weekday::Friday, Language::Vi) => "T6",
        (Weekday::Saturday, Language::Vi) => "T7",
        (Weekday::Sunday, Language::Vi) => "CN",
    }
}

fn weekdays_label(days: &[Weekday], language: Language) -> Vec<String> {
    let follow = |one: &Weekday, other: &Weekday| one.next() == *other;
    let runs = days
        .chunk_by(follow)
        .map(|run| run_label(run, |day| day_name(*day, language).to_owned(), "-"));
    runs.flatten().collect()
}

fn dates_in_runs(dates: &[Date], language: Language) -> Vec<String> {
    let between = either!(language, " to ", " đến ");
    let follow = |one: &Date, other: &Date| one.checked_add(1.day()).ok() == Some(*other);
    let runs = dates
        .chunk_by(follow)
        .map(|run| run_label(run, ToString::to_string, &between));
    runs.flatten().collect()
}

/// One value, or the first and the last of several.
fn run_label<T>(run: &[T], label: impl Fn(&T) -> String, between: &str) -> Option<String> {
    match run {
        [] => None,
        [one] => Some(label(one)),
        [first, .., last] => Some(format!("{}{between}{}", label(first), label(last))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_have_names_when_all_their_dates_are_meant() {
        let monday: Date = "2026-11-23".parse().unwrap();
        let all: Vec<Date> = monday.series(1.day()).take(14).collect();
        let check = |places: &[usize], expected: &str| {
            let dates: Vec<Date> = places.iter().map(|place| all[*place]).collect();
            assert_eq!(
                dates_label(&dates, &all, Language::En),
                expected,
                "{places:?}"
            );
        };
        check(&[0, 7], "Mon");
        check(&[0], "2026-11-23");
        check(&[0, 1, 2, 3, 4, 7, 8, 9, 10, 11], "Mon-Fri");
        check(&[0, 1, 2, 3, 4], "2026-11-23 to 2026-11-27");
        check(&[0, 2, 7, 9], "Mon, Wed");
        check(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], "daily");
        check(&[0, 1, 7, 9], "2026-11-24, 2026-12-02, Mon");
        check(&[0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12], "2026-12-05, Mon-Fri");
    }

    #[test]
    fn weekdays_may_have_exceptions() {
        let monday: Date = "2027-02-01".parse().unwrap();
        let all: Vec<Date> = monday.series(1.day()).take(28).collect();
        let holidays: Vec<Date> = all[4..=10].to_vec();
        let work: Vec<Date> = all
            .iter()
            .copied()
            .filter(|date| !holidays.contains(date))
            .collect();
        let weekdays: Vec<Date> = work
            .iter()
            .copied()
            .filter(|date| date.weekday().to_monday_zero_offset() < 5)
            .collect();
        assert_eq!(
            dates_label(&holidays, &all, Language::En),
            "2027-02-05 to 2027-02-11"
        );
        assert_eq!(
            dates_label(&work, &all, Language::En),
            "daily but not 2027-02-05 to 2027-02-11"
        );
        assert_eq!(
            dates_label(&weekdays, &all, Language::En),
            "Mon-Fri but not 2027-02-05, 2027-02-08 to 2027-02-11"
        );
    }

    #[test]
    fn times_run_to_the_end_of_the_day() {
        assert_eq!(
            times_label(&[(0, 480), (1050, 1440)]),
            "00:00-08:00, 17:30-24:00"
        );
    }
}
