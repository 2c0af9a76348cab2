//! How the rules stand: what is wrong, since when, and whether calls are answered all the same.

use jiff::{SignedDuration, Timestamp};

use super::served::{Served, Source};
use crate::routing::problem::{Problem, Severity};

/// How often the log is reminded of what is still wrong.
const REMINDER: SignedDuration = SignedDuration::from_mins(1);

/// What is wrong with the rules database and its contents.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What is wrong with the rows as they were last read.
    pub problems: Vec<Problem>,
    /// Whether those rows were refused, so that an older version is served.
    pub is_refused: bool,
    /// Why the database cannot be read.
    pub fault: Option<String>,
    /// Since when not all is well; warnings do not count.
    pub degraded_since: Option<Timestamp>,
    reminded: Option<Timestamp>,
}

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
    /// Takes over what a load has found. Returns whether it differs from what was known.
    pub(super) fn set_problems(&mut self, problems: &[Problem], is_refused: bool, now: Timestamp) -> bool {
        let is_news = self.fault.is_some() || self.is_refused != is_refused || self.problems != problems;
        if is_news {
            self.problems = problems.to_vec();
            self.is_refused = is_refused;
            self.fault = None;
            self.log_news(now);
        }
        is_news
    }

    /// Takes over why nothing could be loaded. Returns whether that is news.
    pub(super) fn set_fault(&mut self, fault: &str, now: Timestamp) -> bool {
        let is_news = self.fault.as_deref() != Some(fault);
        self.fault = Some(fault.to_owned());
        self.note_degraded(now);
        is_news
    }

    /// What the log should hear again, at most once a minute.
    pub(super) fn remind(&mut self, now: Timestamp) -> Vec<String> {
        let is_due = self.reminded.is_some_and(|last| now.duration_since(last) >= REMINDER);
        if self.degraded_since.is_none() || !is_due {
            return Vec::new();
        }
        self.reminded = Some(now);
        self.sentences()
    }

    /// What is wrong, worst first: the database's fault, then each row in error.
    pub fn sentences(&self) -> Vec<String> {
        let errors = self.problems.iter().filter(|problem| problem.severity == Severity::Error);
        self.fault.iter().cloned().chain(errors.map(ToString::to_string)).collect()
    }

    fn log_news(&mut self, now: Timestamp) {
        for problem in &self.problems {
            match problem.severity {
                Severity::Error => tracing::error!(%problem, "row in error"),
                Severity::Warning => tracing::warn!(%problem, "row to look at"),
            }
        }
        self.note_degraded(now);
    }

    fn note_degraded(&mut self, now: Timestamp) {
        if self.sentences().is_empty() {
            self.degraded_since = None;
            self.reminded = None;
        } else {
            self.degraded_since.get_or_insert(now);
            self.reminded = Some(now);
        }
    }
}

impl Readiness {
    /// Puts together what is served and what is wrong.
    pub(super) fn of(served: &Served, status: &Status) -> Self {
        let mut sentences = status.sentences();
        if served.source == Source::Nothing {
            sentences.push("no rules have been loaded yet; every call is answered with an empty list".to_owned());
            Self::NotReady(sentences)
        } else if !served.reaches_an_agent() {
            sentences.push("no rule reaches an agent; add agents, a group and a rule with a step".to_owned());
            Self::NotReady(sentences)
        } else if sentences.is_empty() {
            Self::Ready
        } else {
            Self::Degraded(sentences)
        }
    }
}
