//! What each page of the console shows, as views over one version of the rules: pure functions, to be called behind the
//! threads that answer.

pub(crate) mod line;
pub(crate) mod now;
pub(crate) mod roster;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A time as an address has it: RFC 3339, or local such as `2026-11-27T20:00` or `2026-11-27`.
pub(crate) fn parse_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = text.parse::<DateTime>().ok();
    let local = local.or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    zone.to_timestamp(local?).ok()
}
