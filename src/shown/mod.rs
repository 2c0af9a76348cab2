//! What is said of rules, calls and edits, as views that the command line prints and the console serves.

pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod explanation;
pub(crate) mod plan;
pub(crate) mod report;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time with the offset of a zone, as the explanations have it.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
