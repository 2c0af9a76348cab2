//! Who answers when, and where nobody does.

mod json;
mod shade;

pub(crate) use json::CoverageJson;
pub(crate) use shade::{Shade, ShadeCounts};

use jiff::civil::Date;

use routing::arena::Index;
use routing::coverage::{Coverage, Line, Question};
use routing::language::Language;
use routing::number::NumberPattern;
use routing::snapshot::{Agent, Snapshot};

/// What was asked and answered.
pub(crate) struct Survey<'a> {
    /// Which rules were asked.
    pub(crate) file: &'a str,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) question: &'a Question<'a>,
    pub(crate) coverage: &'a Coverage<'a>,
    pub(crate) language: Language,
}

impl Survey<'_> {
    /// How many half hours have which shade.
    pub(crate) fn counts(&self) -> ShadeCounts {
        self.coverage.lines.iter().flat_map(Line::answers).collect()
    }

    pub(crate) fn last(&self) -> Date {
        let days = i64::from(self.question.days).saturating_sub(1);
        self.question
            .from
            .saturating_add(jiff::SignedDuration::from_hours(24 * days))
    }

    /// The zone of all times.
    pub(crate) fn time_zone(&self) -> &str {
        self.snapshot
            .settings
            .time_zone
            .iana_name()
            .unwrap_or("UTC")
    }
}

pub(crate) fn agent_id(snapshot: &Snapshot, agent: Index<Agent>) -> &str {
    snapshot.agents.get(agent).map_or("", |agent| &agent.id)
}

/// The name of a hotline; what begins so has none.
pub(crate) fn hotline_name<'s>(snapshot: &'s Snapshot, hotline: &NumberPattern) -> Option<&'s str> {
    match hotline {
        NumberPattern::Exact(number) => snapshot.hotline_name(number),
        NumberPattern::Prefix(_) => None,
    }
}
