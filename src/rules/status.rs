//! How the rules stand: what is wrong, since when, and whether calls are answered all the same.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::active::{ActiveRules, Source};
use crate::language::{Language, either};
use crate::params::CodedSentence;
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
    /// Which version was refused, by its fingerprint.
    pub refused: Option<u64>,
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
    pub reasons: Vec<CodedSentence>,
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
    /// PostgreSQL has answered, or has not; says so where that is new, and whether it is.
    pub fn hears(&mut self, place: &str, fault: Option<String>) -> bool {
        let had_fault = self.fault.is_some();
        match &fault {
            None => self.heard = Some(clock::now()),
            Some(fault) if !had_fault => {
                tracing::error!(place, "PostgreSQL does not answer: {fault}");
            }
            Some(_) => {}
        }
        if had_fault && fault.is_none() {
            tracing::info!(place, "PostgreSQL answers again");
        }
        if self.place != place {
            place.clone_into(&mut self.place);
        }
        let has_changed = had_fault != fault.is_some();
        self.fault = fault;
        has_changed
    }

    /// What is wrong with it, at a server whose rules are those of several projects.
    pub fn sentences(&self) -> Vec<String> {
        let fault = self.fault.as_ref().map(|fault| {
            format!(
                "PostgreSQL does not answer; calls are answered by the rules as they were mirrored last, and edits wait: {fault}"
            )
        });
        let clock = self.clock_sentence(Language::En);
        fault.into_iter().chain(clock).collect()
    }

    fn clock_sentence(&self, language: Language) -> Option<String> {
        let ms = self
            .clock_ms
            .filter(|ms| ms.unsigned_abs() > MAX_CLOCK_MS)?;
        let seconds = ms.unsigned_abs() / 1000;
        let side = if ms > 0 {
            either!(language, "ahead of", "nhanh hơn")
        } else {
            either!(language, "behind", "chậm hơn")
        };
        Some(either!(
            language,
            "this server's clock is {seconds} s {side} PostgreSQL's; schedules go by it: set both by NTP",
            "đồng hồ của máy chủ này {side} đồng hồ PostgreSQL {seconds} giây; khung giờ tính theo nó: hãy chỉnh cả hai bằng NTP",
        ))
    }

    fn sentence(&self, served: &ActiveRules, language: Language) -> Option<String> {
        let fault = self.fault.as_ref()?;
        let since = match self.heard {
            None => either!(language, " since the start", " từ khi khởi động"),
            Some(heard) => {
                let heard = served.local(heard);
                either!(language, " since {heard}", " từ {heard}")
            }
        };
        Some(either!(
            language,
            "PostgreSQL has not answered{since}; calls are answered by the rules as they were mirrored last, and edits \
             wait: {fault}",
            "PostgreSQL không trả lời{since}; cuộc gọi được trả lời theo bản sao quy tắc gần nhất, còn các bản sửa phải \
             chờ: {fault}",
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
    pub fn sentences(&self, served: &ActiveRules, language: Language) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some(fault) = &self.fault {
            sentences.push(either!(
                language,
                "the rules database cannot be read: {fault}",
                "không đọc được cơ sở dữ liệu quy tắc: {fault}",
            ));
        }
        let cluster = self.cluster.as_ref();
        sentences.extend(cluster.and_then(|cluster| cluster.sentence(served, language)));
        // Until the rules have been read nothing is wrong with them: each start begins like this.
        if served.source.is_copy() && self.is_read {
            sentences.push(self.copy_sentence(served, language));
        }
        let held = self.held.as_ref();
        sentences.extend(held.map(|held| held.sentence(served, language)));
        self.add_rows(&mut sentences, language);
        if let Some(fault) = &self.upgrade_fault {
            sentences.push(either!(
                language,
                "the tables of the rules database are those of an earlier version, and cannot be brought up to date \
                 now; the rows are read as they are, and it is tried again: {fault}",
                "các bảng của cơ sở dữ liệu quy tắc thuộc phiên bản cũ và chưa nâng cấp được; các dòng được đọc nguyên \
                 như vậy, máy chủ sẽ thử lại: {fault}",
            ));
        }
        sentences.extend(self.state.fault.clone());
        if let Some(fault) = &self.journal_fault {
            sentences.push(either!(
                language,
                "the journal cannot be written, so decisions are not kept; calls are answered all the same: {fault}",
                "không ghi được sổ ghi, nên không lưu lại các lần trả lời; cuộc gọi vẫn được trả lời: {fault}",
            ));
        }
        let cluster = self.cluster.as_ref();
        sentences.extend(cluster.and_then(|cluster| cluster.clock_sentence(language)));
        sentences
    }

    /// The rows in error.
    fn add_rows(&self, sentences: &mut Vec<String>, language: Language) {
        let mut errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let named = errors.by_ref().take(MAX_NAMED_ROWS);
        sentences.extend(named.map(|problem| problem.line(language)));
        let others = errors.count() + self.unnamed.errors;
        if others > 0 {
            sentences.push(either!(
                language,
                "{others} more errors in rows",
                "còn {others} lỗi nữa trong các dòng",
            ));
        }
    }

    fn copy_sentence(&self, served: &ActiveRules, language: Language) -> String {
        let source = served.source.sentence(language);
        let accepted = match self.copy {
            None => String::new(),
            Some(version) => {
                let accepted = served.local(version.accepted);
                either!(
                    language,
                    ", which was accepted at {accepted}",
                    ", được chấp nhận lúc {accepted}",
                )
            }
        };
        either!(
            language,
            "calls are answered from {source}{accepted}",
            "cuộc gọi được trả lời theo {source}{accepted}",
        )
    }
}

impl HeldVersion {
    fn sentence(&self, served: &ActiveRules, language: Language) -> String {
        let until = served.local(self.until);
        let and = either!(language, ", and ", "; ");
        let reasons = CodedSentence::all(&self.reasons, language).join(&and);
        either!(
            language,
            "the newest version of the rules is held until {until}, because {reasons}; put the rows back, or confirm it \
             with `stringee-router accept`",
            "phiên bản mới nhất của quy tắc đang chờ xác nhận đến {until}, vì {reasons}; hãy trả lại các dòng như cũ, \
             hoặc xác nhận bằng `stringee-router accept`",
        )
    }
}

impl Readiness {
    /// For programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded(_) => "degraded",
            Self::NotReady(_) => "not_ready",
        }
    }

    /// Puts together what is served and what is wrong.
    pub(super) fn of(served: &ActiveRules, status: &Status) -> Self {
        let mut sentences = status.sentences(served, Language::En);
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
