//! Times as people write and read them: local, in the rules' own time zone.

use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::store;

/// A time as people type it, and as all our own output prints it. What it means depends on the rules' time zone.
///
/// `2026-11-23`, `23/11/2026`, `10:00`, `2026-11-23 10:00:59`, `today 10:00`, `yesterday`, RFC 3339. A date alone is its
/// beginning, a time alone is today's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedTime {
    /// With its offset from UTC.
    Instant(Timestamp),
    Local(DateTime),
    Relative {
        days_from_today: i64,
        time: Time,
    },
}

impl FromStr for TypedTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(instant) = text.parse() {
            return Ok(Self::Instant(instant));
        }
        if let Some(typed) = typed(text) {
            return Ok(typed);
        }
        Err(format!(
            "'{text}' is not a time; write '2026-11-23 10:00', '2026-11-23', '10:00', 'today', 'yesterday' or RFC 3339"
        ))
    }
}

fn typed(text: &str) -> Option<TypedTime> {
    if let Some(time) = time_of_day(text) {
        return Some(TypedTime::Relative {
            days_from_today: 0,
            time,
        });
    }
    for (word, days_from_today) in RELATIVE_DAYS {
        if let Some(rest) = text.to_lowercase().strip_prefix(word) {
            let time = or_midnight(rest)?;
            return Some(TypedTime::Relative {
                days_from_today,
                time,
            });
        }
    }
    let text = without_weekday(text);
    let day = text.split([' ', 'T']).next()?;
    let rest = text.get(day.len()..)?;
    let mut forms = DATE_FORMS.iter();
    let date = forms.find_map(|form| Date::strptime(form, day).ok())?;
    let time = or_midnight(rest.trim_start_matches('T'))?;
    Some(TypedTime::Local(date.to_datetime(time)))
}

/// `explain` prints the day of the week before a date.
fn without_weekday(text: &str) -> &str {
    match text.split_once(' ') {
        Some((word, rest)) if strtime::parse("%A", word).is_ok() => rest,
        _ => text,
    }
}

/// In the words of the person and of the place.
const RELATIVE_DAYS: [(&str, i64); 6] = [
    ("today", 0),
    ("hôm nay", 0),
    ("yesterday", -1),
    ("hôm qua", -1),
    ("tomorrow", 1),
    ("ngày mai", 1),
];

/// Nobody in Vietnam writes the month first.
const DATE_FORMS: [&str; 2] = ["%Y-%m-%d", "%d/%m/%Y"];

const TIME_FORMS: [&str; 3] = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"];

fn time_of_day(text: &str) -> Option<Time> {
    let mut forms = TIME_FORMS.iter();
    forms.find_map(|form| Time::strptime(form, text).ok())
}

fn or_midnight(text: &str) -> Option<Time> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Time::midnight());
    }
    time_of_day(text)
}

impl TypedTime {
    /// As another machine takes it, whose rules have a time zone of their own.
    pub(super) fn in_address(self) -> anyhow::Result<String> {
        match self {
            Self::Instant(at) => Ok(at.to_string()),
            Self::Local(at) => Ok(at.to_string()),
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
            "2026-02-30",
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
            ("tomorrow 07:00", "2026-11-25T07:00:00+07:00"),
        ] {
            let typed: TypedTime = text.parse().unwrap();
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(typed.resolve(&zone, now).unwrap(), expected, "{text}");
        }
    }
}
