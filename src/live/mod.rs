//! From the database to the rules that are served: notices edits, compiles them, and swaps.
//!
//! ```text
//! any editor -> SQLite -> Watcher -> store -> routing::compile -> Live (swap) -> Arc<Served>
//! ```
//!
//! A version with errors is refused as a whole: what was served stays, and [`Status`] says what is wrong. Only when
//! nothing has been served yet is a version with errors better than none; then the rows in error are left out.

mod served;
mod stamp;
mod status;
mod watcher;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

use crate::clock;
use crate::routing::compile::compile;
use crate::routing::problem::{Problem, Severity};
use crate::routing::rule_test;
use crate::routing::snapshot::Snapshot;
use crate::routing::table::Tables;
use crate::telemetry::Metrics;
use served::At;

pub use served::{Served, Source};
pub use status::{Readiness, Status};
pub use watcher::Watcher;

/// The rules that are served now, and how they stand.
#[derive(Debug)]
pub struct Live {
    served: ArcSwap<Served>,
    status: Mutex<Status>,
    metrics: Arc<Metrics>,
}

/// Tables, compiled and tested.
#[derive(Debug)]
struct Candidate {
    fingerprint: u64,
    snapshot: Snapshot,
    problems: Vec<Problem>,
}

impl Candidate {
    /// Compiles tables and runs the rules' own tests.
    fn of(tables: &Tables) -> Self {
        let compiled = compile(tables);
        let mut problems = compiled.problems;
        problems.extend(rule_test::failures(&compiled.snapshot));
        Self { fingerprint: tables.fingerprint(), snapshot: compiled.snapshot, problems }
    }

    fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

impl Live {
    /// Serves empty lists until something has been loaded.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        let at = At { now: clock::now(), metrics: &metrics };
        let nothing = Served::new(0, 0, Source::Nothing, Snapshot::default(), at);
        Self { served: ArcSwap::from_pointee(nothing), status: Mutex::default(), metrics }
    }

    /// The version that is served now. Hold it for one request, not longer.
    pub fn served(&self) -> Guard<Arc<Served>> {
        self.served.load()
    }

    /// What is wrong, if anything.
    pub fn status(&self) -> Status {
        self.lock().clone()
    }

    /// Whether calls can be answered with agents, and what to say about it.
    pub fn readiness(&self) -> Readiness {
        Readiness::of(&self.served(), &self.lock())
    }

    /// Serves a version, or refuses it and says why.
    fn judge(&self, candidate: Candidate) {
        let served = self.served.load();
        let is_cold = served.source == Source::Nothing;
        let is_refused = candidate.has_errors() && !is_cold;
        let is_news = self.lock().set_problems(&candidate.problems, is_refused, clock::now());
        self.metrics.rules.errors.set(count(&candidate, Severity::Error));
        self.metrics.rules.warnings.set(count(&candidate, Severity::Warning));
        if is_refused {
            if is_news {
                self.metrics.rules.refused_reloads.inc();
                tracing::error!(
                    problems = candidate.problems.len(),
                    "the edited rules are refused; the last good version stays"
                );
            }
            return;
        }
        if served.fingerprint == candidate.fingerprint && served.source == Source::Database {
            return;
        }
        let source = if candidate.has_errors() { Source::DatabaseInPart } else { Source::Database };
        let at = At { now: clock::now(), metrics: &self.metrics };
        let next = Served::new(served.version + 1, candidate.fingerprint, source, candidate.snapshot, at);
        tracing::info!(version = next.version, rules = next.snapshot.rules.len(), ?source, "rules in force");
        self.metrics.rules.reloads.inc();
        self.metrics.rules.went_live(next.version, next.since);
        self.served.store(Arc::new(next));
    }

    /// The database cannot be read; what is served stays.
    fn fault(&self, fault: &str) {
        if self.lock().set_fault(fault, clock::now()) {
            tracing::error!(fault, "the rules database cannot be read; the last good version stays");
        }
    }

    /// Reminds the log of what is still wrong.
    fn remind(&self) {
        for sentence in self.lock().remind(clock::now()) {
            tracing::error!(problem = sentence, "still wrong");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(candidate: &Candidate, severity: Severity) -> i64 {
    let problems = candidate.problems.iter().filter(|problem| problem.severity == severity);
    i64::try_from(problems.count()).unwrap_or(i64::MAX)
}
