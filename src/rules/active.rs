//! One version of the rules as calls are answered from it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use axum::http::HeaderMap;
use jiff::Timestamp;

use super::compiled_version::CompiledVersion;
use crate::language::Language;
use crate::telemetry::Metrics;
use crate::version::VersionInfo;
use routing::moment::Moment;
use routing::problem::Severity;
use routing::route::Decision;
use routing::snapshot::{Action, Snapshot};
use stringee::wire::answer::AgentObjects;

/// A snapshot with everything that is worked out once for it. A request holds one of these from its first call to
/// its last.
#[derive(Debug)]
pub struct ActiveRules {
    /// Counts the versions that went live, across starts as well; 0: nothing has been loaded yet.
    pub version: u64,
    /// The same for the same rows.
    pub fingerprint: u64,
    /// Since when it is served.
    pub since: Timestamp,
    /// Where it comes from.
    pub source: Source,
    /// How many errors the rows have; those rows are left out of the rules.
    pub(super) errors: usize,
    /// The rules.
    pub snapshot: Snapshot,
    /// The agents as the platform reads them.
    pub objects: AgentObjects,
    /// The headers of answers.
    pub headers: HeaderMap,
    moment: ArcSwap<Moment>,
    rule_counters: Vec<Arc<AtomicU64>>,
}

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nothing could be read so far; every list is empty.
    Nothing,
    /// The rules database.
    Database,
    /// The rules database without the rows in error: a cold start found no better version.
    DatabaseInPart,
    /// The copy of the last version that was accepted: a start serves it before the rules database is read.
    LastGood,
    /// The newest whole backup: a start found neither rules nor a last good copy that it could serve.
    Backup,
}

impl Source {
    /// Whether it is a copy of what was accepted before the start.
    pub(super) const fn is_copy(self) -> bool {
        matches!(self, Self::LastGood | Self::Backup)
    }

    /// For programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Database => "database",
            Self::DatabaseInPart => "database_in_part",
            Self::LastGood => "last_good",
            Self::Backup => "backup",
        }
    }

    /// For people.
    pub(super) const fn sentence(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Nothing, Language::En) => "nothing",
            (Self::Nothing, Language::Vi) => "không có gì",
            (Self::Database, Language::En) => "the rules database",
            (Self::Database, Language::Vi) => "cơ sở dữ liệu quy tắc",
            (Self::DatabaseInPart, Language::En) => "the rules database without the rows in error",
            (Self::DatabaseInPart, Language::Vi) => "cơ sở dữ liệu quy tắc, bỏ các dòng sai",
            (Self::LastGood, Language::En) => "the last good copy of the rules",
            (Self::LastGood, Language::Vi) => "bản sao tốt gần nhất",
            (Self::Backup, Language::En) => "a backup of the rules",
            (Self::Backup, Language::Vi) => "một bản sao lưu",
        }
    }
}

impl ActiveRules {
    /// A version made ready to answer from.
    pub(super) fn new(
        version: u64,
        source: Source,
        candidate: CompiledVersion,
        at: At<'_>,
    ) -> Self {
        let errors = candidate.count(Severity::Error);
        let CompiledVersion {
            fingerprint,
            snapshot,
            objects,
            ..
        } = candidate;
        let mut rule_counters = Vec::with_capacity(snapshot.rules.len());
        for rule in snapshot.rules.values() {
            rule_counters.push(at.metrics.rule_counter(rule.id, &rule.name));
        }
        let info = VersionInfo {
            number: version,
            fingerprint,
            accepted: at.now,
        };
        Self {
            version,
            fingerprint,
            since: at.now,
            source,
            errors,
            objects,
            headers: info.answer_headers(),
            moment: ArcSwap::from_pointee(Moment::of(&snapshot, at.now)),
            rule_counters,
            snapshot,
        }
    }

    /// Which version it is.
    pub fn info(&self) -> VersionInfo {
        VersionInfo {
            number: self.version,
            fingerprint: self.fingerprint,
            accepted: self.since,
        }
    }

    /// A time for people: in the zone of the rules, with its distance from UTC.
    pub(crate) fn local(&self, at: Timestamp) -> impl fmt::Display + use<> {
        let zone = self.snapshot.settings.time_zone.clone();
        at.to_zoned(zone)
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    }

    /// What is open and who is away now; worked out anew once a minute.
    pub fn moment(&self, now: Timestamp) -> Guard<Arc<Moment>> {
        let moment = self.moment.load();
        if moment.holds_at(now) {
            return moment;
        }
        let moment = Arc::new(Moment::of(&self.snapshot, now));
        self.moment.store(Arc::clone(&moment));
        Guard::from_inner(moment)
    }

    /// Counts a call for the rule that answered it.
    pub fn count(&self, decision: &Decision) {
        if let Some(rule) = decision.rule()
            && let Some(counter) = self.rule_counters.get(rule.place())
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether some rule can reach an agent, at whatever time.
    pub fn reaches_an_agent(&self) -> bool {
        self.snapshot.enabled_rules().any(|rule| {
            let rings = rule.action == Action::Ring;
            rings && rule.steps.iter().any(|step| self.snapshot.can_reach(step))
        })
    }
}

/// When and for whom a version is made ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'m> {
    pub(super) now: Timestamp,
    pub(super) metrics: &'m Metrics,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_metric() {
        let sources = [
            Source::Nothing,
            Source::Database,
            Source::DatabaseInPart,
            Source::LastGood,
            Source::Backup,
        ];
        assert_eq!(sources.map(Source::name), crate::telemetry::SOURCES);
    }
}
