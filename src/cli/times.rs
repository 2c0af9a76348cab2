//! Times as people write and read them: local, in the rules' own time zone.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::store;

/// The zone in which times are written and read.
#[derive(Clone, Debug)]
pub(super) struct Times(TimeZone);

impl Times {
    /// The zone of a rules database; UTC if it cannot be read, because a journal can be read without its rules.
    pub(super) async fn of(rules: &Path) -> Self {
        let zone = store::setting(rules, "time_zone").await.ok().flatten();
        zone.map_or(Self(TimeZone::UTC), |zone| Self::in_zone(&zone))
    }

    /// Those of a zone; UTC if there is no such zone.
    pub(super) fn in_zone(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// A time as somebody wrote it: `2026-11-23`, `2026-11-23 10:00`, or with an offset as in RFC 3339.
    pub(super) fn parse(&self, text: &str) -> anyhow::Result<Timestamp> {
        if let Ok(timestamp) = text.parse() {
            return Ok(timestamp);
        }
        let date = Date::strptime("%Y-%m-%d", text).map(DateTime::from);
        let minute = || DateTime::strptime("%Y-%m-%d %H:%M", text);
        let local = date
            .or_else(|_| minute())
            .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M:%S", text));
        let advice = || {
            format!("'{text}' is not a time; write '2026-11-23 10:00', '2026-11-23' or RFC 3339")
        };
        let zoned = self
            .0
            .to_zoned(local.with_context(advice)?)
            .with_context(advice)?;
        Ok(zoned.timestamp())
    }

    /// The same, where there may be none.
    pub(super) fn parse_some(&self, text: Option<&String>) -> anyhow::Result<Option<Timestamp>> {
        text.map(|text| self.parse(text)).transpose()
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
        ] {
            assert_eq!(times.parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(
            times.show(times.parse("2026-11-23").unwrap()).to_string(),
            "2026-11-23 00:00:00"
        );
        for text in ["", "10:00", "2026-02-30", "2026-11-23 25:00", "yesterday"] {
            let error = times.parse(text).unwrap_err().to_string();
            assert!(error.contains("write '2026-11-23 10:00'"), "{error}");
        }
    }
}
