//! What becomes of a version: accepted, refused or held; and what is said about it.

use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::active::{ActiveRules, At, Source};
use super::compiled_version::CompiledVersion;
use super::guard::Comparison;
use super::held::{self, Held};
use super::status::{HeldVersion, StateStatus};
use super::{AuthorityState, FileRows, RulesAuthority};
use crate::background;
use crate::language::Language;
use crate::params::CodedSentence;
use crate::version::VersionInfo;
use routing::problem::Severity;
use routing::snapshot::Snapshot;

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes live.
    Accept,
    /// It is what is served already.
    Unchanged,
    /// It has errors, and what is served stays.
    Refuse,
    /// It would leave callers alone; the sentences say so.
    Hold(Vec<CodedSentence>),
}

impl Verdict {
    pub(super) fn of(objections: Vec<CodedSentence>) -> Self {
        if objections.is_empty() {
            Self::Accept
        } else {
            Self::Hold(objections)
        }
    }
}

/// There is no such version to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// None at all.
    #[error("no version is held")]
    Nothing,
    /// The rules have been edited again since somebody looked.
    #[error("another version is held by now, {0:016x}; look at it before you accept it")]
    Another(u64),
}

impl RulesAuthority {
    /// Serves a version, or holds or refuses it and says why.
    pub(super) fn judge(&self, mut candidate: CompiledVersion, now: Instant) {
        let (mut standing, verdict) = self.verdict(&candidate);
        let has_other = self.served().source != Source::Nothing;
        let verdict = standing.with_others(verdict, &candidate, has_other);
        let editable = candidate.editable.take().map(|editable| FileRows {
            editable,
            fingerprint: candidate.fingerprint,
            mirrored: candidate.mirrored,
        });
        self.note_problems(&mut standing, &candidate, verdict == Verdict::Refuse);
        let is_same = |fingerprint| fingerprint == candidate.fingerprint;
        let before = standing.held.take();
        let before = before.filter(|held| is_same(held.candidate.fingerprint));
        let recalled = standing.recalled.take();
        let recalled = recalled.filter(|record| is_same(record.fingerprint));
        match verdict {
            Verdict::Accept => self.go_live_from_database(candidate),
            Verdict::Unchanged | Verdict::Refuse => {}
            Verdict::Hold(reasons) => {
                let held = match (before, recalled) {
                    (Some(held), _) => held,
                    (None, Some(record)) => {
                        let record = held::recalled(record, clock::now());
                        Held::again(candidate, record, now)
                    }
                    (None, None) => {
                        let stood = standing.stood_for(&candidate, now);
                        Held::new(candidate, reasons, stood, now)
                    }
                };
                if held.is_due(self.hold, now) {
                    self.go_live_from_database(held.candidate);
                } else {
                    standing.status.held = Some(self.held_version(&held, now));
                    standing.held = Some(held);
                }
            }
        }
        self.file_rows.store(editable.map(Arc::new));
        self.settle(&mut standing, now);
    }

    /// Decides what becomes of a candidate. Comparing takes its time, so it is done before the lock is taken, and anew
    /// if another version has come to be served meanwhile.
    fn verdict(&self, candidate: &CompiledVersion) -> (MutexGuard<'_, AuthorityState>, Verdict) {
        loop {
            let served = self.served.load_full();
            let verdict = match first_verdict(&served, candidate) {
                Some(verdict) => verdict,
                None => match self.known_reasons(candidate.fingerprint) {
                    Some(reasons) => Verdict::Hold(reasons),
                    None => Verdict::of(self.compare(&served, &candidate.snapshot)),
                },
            };
            let standing = self.lock();
            if Arc::ptr_eq(&served, &self.served.load()) {
                return (standing, verdict);
            }
        }
    }

    /// Why these very rows are held already. They are held on, whatever the time has become meanwhile.
    fn known_reasons(&self, fingerprint: u64) -> Option<Vec<CodedSentence>> {
        let standing = self.lock();
        let held = standing.held.as_ref();
        let held = held.filter(|held| held.candidate.fingerprint == fingerprint);
        let recalled = standing.recalled.as_ref();
        let recalled = recalled.filter(|record| record.fingerprint == fingerprint);
        held.map(|held| &held.reasons)
            .or_else(|| recalled.map(|record| &record.reasons))
            .cloned()
    }

    /// Why these rules would be held if they were offered now; nothing if they would go live at once.
    pub fn objections(&self, after: &Snapshot) -> Vec<CodedSentence> {
        let served = self.served();
        if served.source == Source::Nothing {
            return Vec::new();
        }
        self.compare(&served, after)
    }

    /// Compares what would happen to calls.
    fn compare(&self, served: &ActiveRules, after: &Snapshot) -> Vec<CodedSentence> {
        if self.hold.is_zero() {
            return Vec::new();
        }
        let now = clock::now();
        let comparison = Comparison {
            before: &served.snapshot,
            after,
            recent: &self.recent.calls(now),
            now,
        };
        let began = clock::thread_cpu();
        let objections = comparison.objections(&|| clock::thread_cpu().saturating_sub(began));
        objections.iter().map(CodedSentence::of).collect()
    }

    /// Serves a copy of what was accepted before the start, as nobody has read the rules database yet.
    pub(super) fn serve_copy(
        &self,
        candidate: CompiledVersion,
        source: Source,
        version: VersionInfo,
    ) {
        let mut standing = self.lock();
        if source == Source::LastGood {
            standing.status.state.last_good = Some(version);
        }
        standing.status.copy = Some(version);
        self.earlier.get_or_init(|| version);
        self.go_live(candidate, source, version.number);
        self.settle(&mut standing, clock::monotonic());
    }

    /// The database cannot be read; what is served stays.
    pub(super) fn fault(&self, fault: &str) {
        let mut standing = self.lock();
        standing.status.fault = Some(fault.to_owned());
        standing.status.is_read = true;
        // What was held cannot be said to stand any more.
        standing.held = None;
        self.settle(&mut standing, clock::monotonic());
    }

    /// How the state directory stands.
    pub(crate) fn set_state(&self, state: StateStatus) {
        let mut standing = self.lock();
        if standing.status.state == state {
            return;
        }
        let copied = state.last_good.map(|version| version.accepted);
        self.metrics.rules.last_good(copied);
        standing.status.state = state;
        self.settle(&mut standing, clock::monotonic());
    }

    /// Why the tables cannot be brought up to date, if so.
    pub(super) fn set_upgrade_fault(&self, fault: Option<String>) {
        let mut standing = self.lock();
        if standing.status.upgrade_fault != fault {
            standing.status.upgrade_fault = fault;
            self.settle(&mut standing, clock::monotonic());
        }
    }

    /// Lets time pass: what was held for long enough goes live, and the log is reminded of what is still wrong.
    ///
    /// While something has changed that was not read yet, nothing that is held can be said to stand.
    pub(super) fn tick(&self, is_settled: bool, now: Instant) {
        let mut standing = self.lock();
        standing.settled_since = is_settled.then(|| standing.settled_since.unwrap_or(now));
        let due = standing
            .held
            .take_if(|held| is_settled && held.is_due(self.hold, now));
        if let Some(held) = due {
            tracing::warn!(held_for = ?self.hold, "the held version has stood for long enough");
            self.go_live_from_database(held.candidate);
            self.settle(&mut standing, now);
        }
        standing.said.remind(now);
    }

    /// Confirms the version of this fingerprint that is held, and serves it; other servers are told who has.
    ///
    /// # Errors
    /// None is held, or another one.
    pub fn accept(
        &self,
        fingerprint: u64,
        actor: &str,
    ) -> Result<(VersionInfo, HeldVersion), NotHeld> {
        let mut standing = self.lock();
        let held = standing.held.take().ok_or(NotHeld::Nothing)?;
        let found = held.candidate.fingerprint;
        let said = standing
            .status
            .held
            .clone()
            .filter(|_| fingerprint == found);
        let Some(said) = said else {
            standing.held = Some(held);
            return Err(NotHeld::Another(found));
        };
        tracing::warn!(
            actor,
            reasons = CodedSentence::all(&said.reasons, Language::En).join("; "),
            "somebody has confirmed the held version"
        );
        standing.note_accepted(&held.candidate, actor);
        self.go_live_from_database(held.candidate);
        self.settle(&mut standing, clock::monotonic());
        Ok((self.served().info(), said))
    }

    fn note_problems(
        &self,
        standing: &mut AuthorityState,
        candidate: &CompiledVersion,
        is_refused: bool,
    ) {
        let status = &mut standing.status;
        status.fault = None;
        status.is_read = true;
        if *status.problems != *candidate.problems || status.unnamed != candidate.unnamed {
            status.problems = candidate.problems.as_slice().into();
            status.unnamed = candidate.unnamed;
            let warnings = candidate
                .problems
                .iter()
                .filter(|problem| problem.severity == Severity::Warning);
            super::problem_log::warn(warnings, candidate.unnamed.warnings);
        }
        status.is_refused = is_refused;
        let refused = is_refused.then_some(candidate.fingerprint);
        if is_refused && standing.refused != refused {
            self.metrics.rules.refused_reloads.inc();
        }
        standing.status.refused = refused;
        standing.refused = refused;
        self.metrics
            .rules
            .errors
            .set(gauge(candidate.count(Severity::Error)));
        self.metrics
            .rules
            .warnings
            .set(gauge(candidate.count(Severity::Warning)));
    }

    pub(super) fn go_live_from_database(&self, mut candidate: CompiledVersion) {
        let source = if candidate.has_errors() {
            Source::DatabaseInPart
        } else {
            Source::Database
        };
        let own = self.next_number(candidate.fingerprint);
        // Every server that mirrors a version calls it by the number that PostgreSQL gave it.
        let number = candidate.mirrored.unwrap_or(own);
        let saved = candidate.saved.take();
        self.go_live(candidate, source, number);
        if source == Source::Database
            && let Some(saved) = saved
        {
            self.unkept.push(self.served().info(), saved);
        }
    }

    fn go_live(&self, candidate: CompiledVersion, source: Source, number: u64) {
        let at = At {
            now: clock::now(),
            metrics: &self.metrics,
        };
        let next = ActiveRules::new(number, source, candidate, at);
        tracing::info!(version = %next.info(), rules = next.snapshot.rules.len(), source = source.name(), "rules in force");
        self.metrics.rules.reloads.inc();
        self.metrics.rules.went_live(next.version, next.since);
        self.metrics.rules.served_from(source.name());
        retire(self.served.swap(Arc::new(next)));
    }

    /// Numbers go on where they ended before the last start, and the same rows keep theirs.
    fn next_number(&self, fingerprint: u64) -> u64 {
        let (served, earlier) = (self.served(), self.earlier.get());
        if served.source != Source::Nothing && served.fingerprint == fingerprint {
            return served.version;
        }
        match earlier {
            Some(earlier) if served.version == 0 && earlier.fingerprint == fingerprint => {
                earlier.number
            }
            Some(earlier) => served.version.max(earlier.number) + 1,
            None => served.version + 1,
        }
    }

    fn held_version(&self, held: &Held, now: Instant) -> HeldVersion {
        let (stood, now) = (held.stood(now), clock::now());
        HeldVersion {
            fingerprint: held.candidate.fingerprint,
            reasons: held.reasons.clone(),
            since: later(now, stood, -1),
            until: later(now, self.hold.saturating_sub(stood), 1),
        }
    }

    /// After every change: says what is new, and tells whoever waits for it.
    pub(super) fn settle(&self, standing: &mut AuthorityState, now: Instant) {
        if standing.held.is_none() {
            standing.status.held = None;
        }
        let served = self.served.load();
        let sentences = standing.status.sentences(&served, Language::En);
        if sentences.is_empty() {
            standing.status.degraded_since = None;
        } else {
            standing
                .status
                .degraded_since
                .get_or_insert_with(clock::now);
        }
        standing.said.say(sentences, now);
        self.metrics
            .rules
            .held
            .set(i64::from(standing.held.is_some()));
        self.metrics
            .rules
            .degraded
            .set(i64::from(standing.status.degraded_since.is_some()));
        self.changes.send_replace(());
    }
}

/// Lets go of a version where that keeps no call waiting: whoever is the last to hold it gives all of its memory back.
fn retire(version: Arc<ActiveRules>) {
    /// Longer than a request may take.
    const PATIENCE: Duration = Duration::from_secs(10);
    const LOOK: Duration = Duration::from_millis(20);
    let until = clock::monotonic() + PATIENCE;
    let retired = background::start("retire", move || {
        while Arc::strong_count(&version) > 1 && clock::monotonic() < until {
            std::thread::sleep(LOOK);
        }
    });
    if let Err(error) = retired {
        tracing::debug!(%error, "the version before is dropped at once");
    }
}

/// What becomes of a candidate if that can be told without comparing what would happen to calls.
fn first_verdict(served: &ActiveRules, candidate: &CompiledVersion) -> Option<Verdict> {
    let is_same = served.fingerprint == candidate.fingerprint;
    let is_good_enough = match served.source {
        Source::Nothing => return Some(Verdict::Accept),
        Source::Database | Source::DatabaseInPart if is_same => return Some(Verdict::Unchanged),
        // Somebody mends the rows one after the other; a restart would serve as much.
        Source::DatabaseInPart => candidate.count(Severity::Error) <= served.errors,
        Source::Database | Source::LastGood | Source::Backup => !candidate.has_errors(),
    };
    if !is_good_enough {
        return Some(Verdict::Refuse);
    }
    (served.source.is_copy() && is_same).then_some(Verdict::Accept)
}

/// A time so much later, or with `-1` earlier; kept where the calendar ends.
fn later(now: Timestamp, by: Duration, sign: i32) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
    now.checked_add(by * sign).unwrap_or(now)
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
