//! `/status`: which version of the rules is served, and what is wrong with the newest, as JSON.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::aside;
use super::projects::{self, AskedAbout};
use crate::files;
use crate::language::Language;
use crate::params::{CodedJson, CodedSentence, params};
use crate::projects::Projects;
use crate::rules::{ActiveRules, ClusterStatus, HeldVersion, RulesAuthority, StateStatus};
use routing::problem::{Problem, Severity};

pub(super) fn routes(projects: Arc<Projects>) -> Router {
    Router::new()
        .route("/status", get(status))
        .with_state(projects)
}

/// How many problems are listed; a script can put a million rows wrong at once.
const MAX_PROBLEMS: usize = 1_000;

/// What `/status` says, and `status --json` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StatusPage {
    readiness: &'static str,
    rules: ServedJson,
    /// The newest edit was refused; an older version is served.
    edit_refused: bool,
    /// A version that takes agents away waits to be confirmed.
    held: Option<HeldJson>,
    /// Why the database cannot be read.
    fault: Option<String>,
    /// What else is to be known of it as a file: its journal mode, an edit that somebody has not ended.
    file_remarks: Vec<String>,
    degraded_since: Option<String>,
    state: StateDirectory,
    /// PostgreSQL, where the rules live there.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterJson>,
    /// Why decisions cannot be written down.
    journal_fault: Option<String>,
    /// What else is to be known of the journal: it was removed, or too much of it is too old.
    journal_notes: Vec<String>,
    problem_count: usize,
    /// The first of them.
    problems: Vec<ProblemRow>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ServedJson {
    /// Counts the versions that went live.
    version: u64,
    /// The same for the same rows.
    hash: String,
    source: &'static str,
    since: String,
    age_seconds: i64,
    rules: usize,
    agents: usize,
    groups: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HeldJson {
    hash: String,
    reasons: Vec<String>,
    /// The same with their codes.
    objections: Vec<CodedJson>,
    since: String,
    /// When it goes live if nothing changes.
    until: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ClusterJson {
    place: String,
    /// When it answered last.
    heard: Option<String>,
    /// How long ago that was.
    last_exchange_ms: Option<i64>,
    /// Why it does not answer.
    fault: Option<String>,
    /// By how much this server's clock is ahead of PostgreSQL's.
    clock_ms: Option<i64>,
    /// The servers that share it; each says that it is there every 5 s.
    replicas: Vec<ReplicaJson>,
}

/// A server, as it said itself.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReplicaJson {
    name: String,
    /// The number of its connection.
    writer: i64,
    version: String,
    /// How long ago it last said that it is there.
    age_ms: i64,
    clock_ms: Option<i64>,
}

/// The server's own directory.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StateDirectory {
    directory: String,
    /// Its device and inode: who sees the same ones sees the same directory, whatever its path is there.
    identity: Option<String>,
    /// This server writes there, and no other.
    is_ours: bool,
    fault: Option<String>,
    last_good: Option<Copied>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Copied {
    /// As in `x-rules-version` when it was accepted.
    version: String,
    hash: String,
    accepted: String,
    age_seconds: i64,
    /// It holds what is served now.
    is_current: bool,
}

/// A problem with the row's key, for programs, and as a sentence, for people.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProblemRow {
    severity: &'static str,
    table: &'static str,
    key: String,
    column: &'static str,
    value: String,
    code: &'static str,
    params: Map<String, Value>,
    sentence: String,
}

async fn status(State(projects): State<Arc<Projects>>, RawQuery(query): RawQuery) -> Response {
    let saying = move || match projects::asked(&projects, query.as_deref()) {
        Ok(AskedAbout::One(project)) => {
            let mut page = page(&project.live);
            if let Projects::Several(several) = &*projects {
                page.cluster = Some(cluster_page(several.cluster(), clock::now()));
            }
            Json(page).into_response()
        }
        Ok(AskedAbout::All(several)) => Json(projects::page(&projects, several)).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    aside(saying)
        .await
        .unwrap_or_else(StatusCode::into_response)
}

fn page(live: &RulesAuthority) -> StatusPage {
    let (status, served, now) = (live.status(), live.served(), clock::now());
    StatusPage {
        readiness: live.readiness().name(),
        rules: served_rules(&served, now),
        edit_refused: status.is_refused,
        held: status.held.as_ref().map(HeldJson::from),
        fault: status.fault,
        file_remarks: status.file_remarks,
        degraded_since: status.degraded_since.map(|since| since.to_string()),
        state: state_directory(&status.state, served.fingerprint, now),
        cluster: status.cluster.map(|cluster| cluster_page(cluster, now)),
        journal_fault: status.journal_fault,
        journal_notes: status.journal_notes,
        problem_count: status.problems.len() + status.unnamed.total(),
        problems: status
            .problems
            .iter()
            .take(MAX_PROBLEMS)
            .map(ProblemRow::from)
            .collect(),
    }
}

pub(super) fn cluster_page(cluster: ClusterStatus, now: Timestamp) -> ClusterJson {
    let age_ms = |then: Timestamp| (now.as_millisecond() - then.as_millisecond()).max(0);
    let mut replicas = Vec::new();
    for replica in &*cluster.replicas {
        replicas.push(ReplicaJson {
            name: replica.name.clone(),
            writer: replica.writer,
            version: replica.version.clone(),
            age_ms: age_ms(replica.heard),
            clock_ms: replica.clock_ms,
        });
    }
    ClusterJson {
        place: cluster.place,
        heard: cluster.heard.map(|heard| heard.to_string()),
        last_exchange_ms: cluster.heard.map(age_ms),
        fault: cluster.fault,
        clock_ms: cluster.clock_ms,
        replicas,
    }
}

fn state_directory(state: &StateStatus, served: u64, now: Timestamp) -> StateDirectory {
    StateDirectory {
        directory: state.directory.display().to_string(),
        identity: files::identity(&state.directory),
        is_ours: state.is_ours,
        fault: state.fault.clone(),
        last_good: state.last_good.map(|version| Copied {
            version: version.to_string(),
            hash: hash(version.fingerprint),
            accepted: version.accepted.to_string(),
            age_seconds: age_seconds(version.accepted, now),
            is_current: version.fingerprint == served,
        }),
    }
}

impl From<&HeldVersion> for HeldJson {
    fn from(held: &HeldVersion) -> Self {
        Self {
            hash: hash(held.fingerprint),
            reasons: CodedSentence::all(&held.reasons, Language::En),
            objections: CodedSentence::json(&held.reasons, Language::En),
            since: held.since.to_string(),
            until: held.until.to_string(),
        }
    }
}

fn hash(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

fn served_rules(served: &ActiveRules, now: Timestamp) -> ServedJson {
    ServedJson {
        version: served.version,
        hash: hash(served.fingerprint),
        source: served.source.name(),
        since: served.since.to_string(),
        age_seconds: age_seconds(served.since, now),
        rules: served.snapshot.rules.len(),
        agents: served.snapshot.agents.len(),
        groups: served.snapshot.groups.len(),
    }
}

/// How long ago that was. Somebody may have set the clock back: no negative age.
fn age_seconds(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
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
            code: problem.diagnosis.code(),
            params: params(&problem.diagnosis),
            sentence: problem.to_string(),
        }
    }
}
