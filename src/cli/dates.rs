//! Dates and times as people write them on the command line: local, in the rules' time zone.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::clock;
use routing::snapshot::Snapshot;

/// A local time, for clap.
pub(super) fn date_time(text: &str) -> Result<DateTime, &'static str> {
    DateTime::strptime("%Y-%m-%d %H:%M", text)
        .ok()
        .ok_or("write it as e.g. '2026-11-23 10:00'")
}

/// A date, for clap.
pub(super) fn date(text: &str) -> Result<Date, &'static str> {
    Date::strptime("%Y-%m-%d", text)
        .ok()
        .ok_or("write it as e.g. '2026-11-23'")
}

/// A local time as an instant.
pub(super) fn instant(local: DateTime, snapshot: &Snapshot) -> anyhow::Result<Timestamp> {
    let instant = snapshot.settings.time_zone.to_timestamp(local);
    instant.with_context(|| format!("{local} is out of bounds"))
}

/// The beginning of a date, or this instant.
pub(super) fn instant_or_now(date: Option<Date>, snapshot: &Snapshot) -> anyhow::Result<Timestamp> {
    date.map_or_else(
        || Ok(clock::now()),
        |date| instant(date.at(0, 0, 0, 0), snapshot),
    )
}

/// Today's date, where the rules are meant.
pub(super) fn today(snapshot: &Snapshot) -> Date {
    clock::now()
        .to_zoned(snapshot.settings.time_zone.clone())
        .date()
}
