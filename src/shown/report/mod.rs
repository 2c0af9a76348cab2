//! What a span of the journal adds up to.

mod json;
mod rows;

pub(crate) use json::ReportJson;
pub(crate) use rows::{AgentRow, MissedRow, ReportCounts, ReportRow, ServiceRow};

use jiff::Timestamp;

use crate::report::{Report, Weighted};
use routing::snapshot::Snapshot;

/// A report with all that it takes to show it.
pub(crate) struct Reported<'a> {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) report: &'a Report,
    pub(crate) weighted: &'a [Weighted],
}
