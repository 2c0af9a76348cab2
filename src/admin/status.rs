//! `/status`: which version of the rules is served, and what is wrong with the newest, as JSON.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;

use crate::clock;
use crate::live::{Live, Readiness, Source};
use crate::routing::problem::{Problem, Severity};

pub(super) fn routes(live: Arc<Live>) -> Router {
    Router::new().route("/status", get(status)).with_state(live)
}

#[derive(Serialize)]
struct StatusPage {
    readiness: &'static str,
    rules: ServedRules,
    /// The newest edit was refused; an older version is served.
    edit_refused: bool,
    /// Why the database cannot be read.
    fault: Option<String>,
    degraded_since: Option<String>,
    problems: Vec<ProblemRow>,
}

#[derive(Serialize)]
struct ServedRules {
    version: u64,
    hash: String,
    source: &'static str,
    since: String,
    age_seconds: i64,
    rules: usize,
    agents: usize,
    groups: usize,
}

/// A problem with the row's key, for programs, and as a sentence, for people.
#[derive(Serialize)]
struct ProblemRow {
    severity: &'static str,
    table: &'static str,
    key: String,
    column: &'static str,
    value: String,
    sentence: String,
}

async fn status(State(live): State<Arc<Live>>) -> Json<StatusPage> {
    let status = live.status();
    Json(StatusPage {
        readiness: readiness(&live.readiness()),
        rules: served_rules(&live, clock::now()),
        edit_refused: status.is_refused,
        fault: status.fault,
        degraded_since: status.degraded_since.map(|since| since.to_string()),
        problems: status.problems.iter().map(ProblemRow::from).collect(),
    })
}

fn served_rules(live: &Live, now: Timestamp) -> ServedRules {
    let served = live.served();
    ServedRules {
        version: served.version,
        hash: format!("{:016x}", served.fingerprint),
        source: source(served.source),
        since: served.since.to_string(),
        age_seconds: now.duration_since(served.since).as_secs(),
        rules: served.snapshot.rules.len(),
        agents: served.snapshot.agents.len(),
        groups: served.snapshot.groups.len(),
    }
}

impl From<&Problem> for ProblemRow {
    fn from(problem: &Problem) -> Self {
        Self {
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            table: problem.table.name(),
            key: problem.key.clone(),
            column: problem.column,
            value: problem.value.clone(),
            sentence: problem.to_string(),
        }
    }
}

const fn readiness(readiness: &Readiness) -> &'static str {
    match readiness {
        Readiness::Ready => "ready",
        Readiness::Degraded(_) => "degraded",
        Readiness::NotReady(_) => "not_ready",
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Nothing => "nothing",
        Source::Database => "database",
        Source::DatabaseInPart => "database_in_part",
    }
}
