//! Times as people write and read them: local, in the rules' own time zone.

use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use routing::fold::unaccented;

use crate::store;

/// A time as people type it, and as all our own output prints it. What it means depends on the rules' time zone.
///
/// `2026-11-23`, `23/11/2026`, `10:00`, `10h30`, `2026-11-23 10:00:59`, `today 10:00`, `hôm qua`, `now`, RFC 3339. A date
/// alone is its beginning, a time alone is today's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedTime {
    /// With its offset from UTC.
    Instant(Timestamp),
    Local(DateTime),
    Relative {
        days_from_today: i64,
        time: Time,
    },
    Now,
}

impl FromStr for TypedTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if let Ok(instant) = trimmed.parse() {
            return Ok(Self::Instant(instant));
        }
        if let Ok(local) = trimmed.parse() {
            return Ok(Self::Local(local));
        }
        typed(&unaccented(trimmed)).ok_or_else(|| {
            format!(
                "'{text}' is not a time; write '2026-11-23 10:00', '2026-11-23', '23/11/2026', '10:00', 'now', 'today', \
                 'yesterday', 'tomorrow 9:30' or RFC 3339"
            )
        })
    }
}

/// A day and a time in either order, or one of them.
fn typed(text: &str) -> Option<TypedTime> {
    if ["now", "bay gio"].contains(&text) {
        return Some(TypedTime::Now);
    }
    let words: Vec<&str> = without_weekday(text).split_whitespace().collect();
    if words.is_empty() {
        return None;
    }
    for at in 0..=words.len() {
        let (first, last) = words.split_at(at);
        let (first, last) = (first.join(" "), last.join(" "));
        for (day, time) in [(&first, &last), (&last, &first)] {
            if let (Some(day), Some(time)) = (day_of(day), time_of(time)) {
                return Some(match day {
                    Day::FromToday(days_from_today) => TypedTime::Relative {
                        days_from_today,
                        time,
                    },
                    Day::Date(date) => TypedTime::Local(date.to_datetime(time)),
                });
            }
        }
    }
    None
}

/// `explain` prints the day of the week before a date.
fn without_weekday(text: &str) -> &str {
    for day in WEEKDAYS {
        match text.strip_prefix(day) {
            Some(rest) if rest.starts_with([' ', ',']) => return rest.trim_start_matches(','),
            _ => {}
        }
    }
    text
}

const WEEKDAYS: [&str; 14] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "thu hai",
    "thu ba",
    "thu tu",
    "thu nam",
    "thu sau",
    "thu bay",
    "chu nhat",
];

enum Day {
    FromToday(i64),
    Date(Date),
}

fn day_of(text: &str) -> Option<Day> {
    // In the words of the person and of the place.
    match text {
        "" | "today" | "hom nay" => return Some(Day::FromToday(0)),
        "yesterday" | "hom qua" => return Some(Day::FromToday(-1)),
        "tomorrow" | "ngay mai" => return Some(Day::FromToday(1)),
        _ => {}
    }
    let text = text.replace(['/', '.'], "-");
    for form in DATE_FORMS {
        match Date::strptime(form, &text) {
            // `%Y` takes `26` for a year as well.
            Ok(date) if date.year() >= 1000 => return Some(Day::Date(date)),
            _ => {}
        }
    }
    None
}

/// Nobody in Vietnam writes the month first.
const DATE_FORMS: [&str; 3] = ["%Y-%m-%d", "%d-%m-%Y", "%d-%m-%y"];

fn time_of(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let mut forms = TIME_FORMS.iter();
    forms.find_map(|form| Time::strptime(form, text).ok())
}

const TIME_FORMS: [&str; 6] = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%Hh%M", "%Hh", "%H gio"];

impl TypedTime {
    /// As another machine takes it, whose rules have a time zone of their own.
    pub(super) fn in_address(self) -> anyhow::Result<String> {
        match self {
            Self::Instant(at) => Ok(at.to_string()),
            Self::Local(at) => Ok(at.to_string()),
            Self::Now => Ok(clock::now().to_string()),
            Self::Relative { .. } => {
                anyhow::bail!("write the date as well: another machine may have another day")
            }
        }
    }

    /// The instant that somebody typed, else now.
    pub(super) fn or_now(typed: Option<Self>, zone: &TimeZone) -> anyhow::Result<Timestamp> {
        let now = clock::now();
        match typed {
            Some(typed) => typed.resolve(zone, now),
            None => Ok(now),
        }
    }

    /// The instant, for people whose clocks show the time of `zone`.
    pub(super) fn resolve(self, zone: &TimeZone, now: Timestamp) -> anyhow::Result<Timestamp> {
        let local = match self {
            Self::Instant(instant) => return Ok(instant),
            Self::Now => return Ok(now),
            Self::Local(local) => local,
            Self::Relative {
                days_from_today,
                time,
            } => {
                let today = now.to_zoned(zone.clone()).date();
                today.checked_add(days_from_today.days())?.to_datetime(time)
            }
        };
        let instant = zone.to_timestamp(local);
        instant.with_context(|| format!("{local} is out of bounds"))
    }
}

/// The zone in which times are written and read.
#[derive(Clone, Debug)]
pub(super) struct Times(TimeZone);

impl Times {
    /// The zone of a rules database; UTC if it cannot be read, because a journal can be read without its rules.
    pub(super) async fn of(rules: &Path) -> Self {
        match store::setting(rules, "time_zone").await {
            Ok(Some(zone)) => Self::in_zone(&zone),
            _ => Self(TimeZone::UTC),
        }
    }

    /// Those of a zone; UTC if there is no such zone.
    pub(super) fn in_zone(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// A time as somebody wrote it; see [`TypedTime`].
    pub(super) fn parse(&self, text: &str) -> anyhow::Result<Timestamp> {
        let typed: TypedTime = text.parse().map_err(anyhow::Error::msg)?;
        typed.resolve(&self.0, clock::now())
    }

    /// The same, where there may be none.
    pub(super) fn parse_some(&self, text: Option<&String>) -> anyhow::Result<Option<Timestamp>> {
        match text {
            Some(text) => Ok(Some(self.parse(text)?)),
            None => Ok(None),
        }
    }

    /// `2026-11-23 10:00:00`.
    pub(super) fn show(&self, at: Timestamp) -> impl std::fmt::Display {
        at.to_zoned(self.0.clone())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_of_the_zone_of_the_rules() {
        let times = Times::in_zone("Asia/Ho_Chi_Minh");
        let expected: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        for text in [
            "2026-11-23 10:00",
            "2026-11-23 10:00:00",
            "2026-11-23T10:00:00+07:00",
            "2026-11-23T03:00:00Z",
            "2026-11-23T10:00",
            "2026-11-23T03:00:00.000Z",
            "2026-11-23 10:00:00.000",
            "23/11/2026 10:00",
            "Monday 2026-11-23 10:00",
            "Thứ hai 23/11/2026 10:00",
            "thứ Hai, 23/11/2026 10h",
            "23-11-2026 10:00",
            "23.11.2026 10h00",
            "23/11/26 10:00",
            "2026/11/23 10:00",
            "10:00 23/11/2026",
            "10 giờ 23/11/2026",
            " 2026-11-23  10:00 ",
        ] {
            assert_eq!(times.parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(
            times.show(times.parse("2026-11-23").unwrap()).to_string(),
            "2026-11-23 00:00:00"
        );
        for text in [
            "",
            "10",
            "now 10:00",
            "monday",
            "10:00 10:00",
            "23/11",
            "2026-02-30",
            "31/02/2026",
            "24:00",
            "10h60",
            "2026-11-23 25:00",
            "11/23/2026",
            "today at ten",
        ] {
            let error = times.parse(text).unwrap_err().to_string();
            assert!(error.contains("write '2026-11-23 10:00'"), "{error}");
        }
    }

    #[test]
    fn days_are_reckoned_from_today_where_the_rules_are_meant() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        // Four in the morning of the 24th in Vietnam, still the 23rd in UTC.
        let now = "2026-11-23T21:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("today", "2026-11-24T00:00:00+07:00"),
            ("10:00", "2026-11-24T10:00:00+07:00"),
            ("Yesterday 08:30", "2026-11-23T08:30:00+07:00"),
            ("hôm qua", "2026-11-23T00:00:00+07:00"),
            ("Hom qua 8h30", "2026-11-23T08:30:00+07:00"),
            ("8:30 hôm qua", "2026-11-23T08:30:00+07:00"),
            ("10h hôm nay", "2026-11-24T10:00:00+07:00"),
            ("now", "2026-11-24T04:00:00+07:00"),
            ("bây giờ", "2026-11-24T04:00:00+07:00"),
            ("tomorrow 07:00", "2026-11-25T07:00:00+07:00"),
        ] {
            let typed: TypedTime = text.parse().unwrap();
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(typed.resolve(&zone, now).unwrap(), expected, "{text}");
        }
    }
}
