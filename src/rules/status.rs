//! How the rules stand: what is wrong, since when, and whether calls are answered all the same.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::active::{ActiveRules, Source};
use crate::version::VersionInfo;
use routing::problem::{Problem, Severity, Unnamed};

/// What is wrong with the rules database, its contents and the server's own directory.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What is wrong with the rows as they were last read.
    pub problems: Arc<[Problem]>,
    /// How many more there are: a script can put a million rows wrong at once.
    pub unnamed: Unnamed,
    /// Whether those rows were refused, so that an older version is served.
    pub is_refused: bool,
    /// The version that waits to be confirmed.
    pub held: Option<HeldVersion>,
    /// Why the database cannot be read.
    pub fault: Option<String>,
    /// What else people should know of it as a file.
    pub file_remarks: Vec<String>,
    /// Whether anybody has read it since the start, or tried to in vain.
    pub is_read: bool,
    /// The copy that the start has served.
    pub copy: Option<VersionInfo>,
    /// Why the tables of an earlier version cannot be brought up to date.
    pub upgrade_fault: Option<String>,
    /// The server's own directory.
    pub state: StateStatus,
    /// PostgreSQL, where the rules live there.
    pub cluster: Option<ClusterStatus>,
    /// Why decisions cannot be written down.
    pub journal_fault: Option<String>,
    /// What else people should know of the journal, though decisions are written.
    pub journal_notes: Vec<String>,
    /// Since when not all is well; warnings do not count.
    pub degraded_since: Option<Timestamp>,
}

/// A version that takes agents away, and waits for its time or for somebody's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldVersion {
    /// The same for the same rows.
    pub fingerprint: u64,
    /// Why it is held.
    pub reasons: Vec<String>,
    /// Since when its rows stand like this.
    pub since: Timestamp,
    /// When it goes live if nothing changes.
    pub until: Timestamp,
}

/// How this server stands with PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterStatus {
    /// Host and database, without a password.
    pub place: String,
    /// When it answered last; `None`: not since the start.
    pub heard: Option<Timestamp>,
    /// Why it does not answer.
    pub fault: Option<String>,
    /// The servers that share it, as they said themselves a few seconds ago.
    pub replicas: Arc<[ReplicaStatus]>,
    /// By how much this server's clock is ahead of PostgreSQL's: milliseconds.
    pub clock_ms: Option<i64>,
}

/// A server on the same PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaStatus {
    /// Its name.
    pub name: String,
    /// The number of its connection.
    pub writer: i64,
    /// Of the program.
    pub version: String,
    /// When it last said that it is there, by this server's clock.
    pub heard: Timestamp,
    /// By how much its clock is ahead of PostgreSQL's.
    pub clock_ms: Option<i64>,
}

/// A clock that is off by more than so many milliseconds is spoken of.
const MAX_CLOCK_MS: u64 = 2_000;

impl ClusterStatus {
    fn clock_sentence(&self) -> Option<String> {
        let ms = self
            .clock_ms
            .filter(|ms| ms.unsigned_abs() > MAX_CLOCK_MS)?;
        let (seconds, side) = (
            ms.unsigned_abs() / 1000,
            if ms > 0 { "ahead of" } else { "behind" },
        );
        Some(format!(
            "this server's clock is {seconds} s {side} PostgreSQL's; schedules go by it: set both by NTP"
        ))
    }

    fn sentence(&self, served: &ActiveRules) -> Option<String> {
        let fault = self.fault.as_ref()?;
        let since = self.heard.map_or_else(
            || " since the start".to_owned(),
            |heard| format!(" since {}", served.local(heard)),
        );
        Some(format!(
            "PostgreSQL has not answered{since}; calls are answered by the rules as they were mirrored last, and edits \
             wait: {fault}"
        ))
    }
}

/// How the server's own directory stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateStatus {
    /// Where it is.
    pub directory: PathBuf,
    /// Whether this server writes there.
    pub is_ours: bool,
    /// The version in the last good copy.
    pub last_good: Option<VersionInfo>,
    /// Why the copy cannot be made or trusted.
    pub fault: Option<String>,
}

/// How many rows in error are named where everything is said that is wrong.
const MAX_NAMED_ROWS: usize = 100;

/// Whether this server can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Calls reach agents, and all is well.
    Ready,
    /// Calls reach agents, but somebody must look; the sentences say why.
    Degraded(Vec<String>),
    /// Calls do not reach anybody; the sentences say why.
    NotReady(Vec<String>),
}

impl Status {
    /// What is wrong, worst first: the database's fault, what is held, the rows in error, the state directory, the
    /// journal. A script can put a million rows wrong at once: of those the first hundred are named, and the others
    /// counted.
    pub fn sentences(&self, served: &ActiveRules) -> Vec<String> {
        let fault = self
            .fault
            .as_ref()
            .map(|fault| format!("the rules database cannot be read: {fault}"));
        // Until the rules have been read nothing is wrong with them: each start begins like this.
        let from_copy =
            (served.source.is_copy() && self.is_read).then(|| self.copy_sentence(served));
        let upgrade = self.upgrade_fault.as_ref().map(|fault| {
            format!(
                "the tables of the rules database are those of an earlier version, and cannot be brought up to date \
                 now; the rows are read as they are, and it is tried again: {fault}"
            )
        });
        let held = self.held.as_ref().map(|held| held.sentence(served));
        let mut errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let named: Vec<String> = errors
            .by_ref()
            .take(MAX_NAMED_ROWS)
            .map(ToString::to_string)
            .collect();
        let others = errors.count() + self.unnamed.errors;
        let others = (others > 0).then(|| format!("{others} more errors in rows"));
        let clock = self
            .cluster
            .as_ref()
            .and_then(ClusterStatus::clock_sentence);
        let cluster = self.cluster.as_ref();
        let cluster = cluster.and_then(|cluster| cluster.sentence(served));
        let first = fault
            .into_iter()
            .chain(cluster)
            .chain(from_copy)
            .chain(held);
        let journal = self.journal_fault.as_ref().map(|fault| {
            format!(
                "the journal cannot be written, so decisions are not kept; calls are answered all the same: {fault}"
            )
        });
        first
            .chain(named)
            .chain(others)
            .chain(upgrade)
            .chain(self.state.fault.clone())
            .chain(journal)
            .chain(clock)
            .collect()
    }

    fn copy_sentence(&self, served: &ActiveRules) -> String {
        let accepted = self.copy.map_or_else(String::new, |version| {
            format!(", which was accepted at {}", served.local(version.accepted))
        });
        format!(
            "calls are answered from {}{accepted}",
            served.source.sentence()
        )
    }
}

impl HeldVersion {
    fn sentence(&self, served: &ActiveRules) -> String {
        format!(
            "the newest version of the rules is held until {}, because {}; put the rows back, or confirm it with \
             `stringee-router accept`",
            served.local(self.until),
            self.reasons.join(", and ")
        )
    }
}

impl Readiness {
    /// Puts together what is served and what is wrong.
    pub(super) fn of(served: &ActiveRules, status: &Status) -> Self {
        let mut sentences = status.sentences(served);
        if served.source == Source::Nothing {
            sentences.push(
                "no rules have been loaded yet; every call is answered with an empty list"
                    .to_owned(),
            );
            Self::NotReady(sentences)
        } else if !served.reaches_an_agent() {
            sentences.push(
                "no rule reaches an agent; add agents, a group and a rule with a step".to_owned(),
            );
            Self::NotReady(sentences)
        } else if sentences.is_empty() {
            Self::Ready
        } else {
            Self::Degraded(sentences)
        }
    }
}
