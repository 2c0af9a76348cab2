//! What servers on one PostgreSQL say of a version to each other: one that objects makes the others hold it as well, and an
//! acceptance counts for all.

use std::time::{Duration, Instant};

use super::authority::Verdict;
use super::compiled_version::CompiledVersion;
use super::held::Held;
use super::{AuthorityState, RulesAuthority};
use crate::language::Language;
use crate::params::CodedSentence;
use routing::diagnosis::Objection;

/// What is known of the newest version in PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedVerdict {
    /// Its number.
    pub version: u64,
    /// When it was made, by this server's monotonic clock; `None`: before the server can tell.
    pub made: Option<Instant>,
    /// Whether somebody has accepted it: the hash of its rows, and who.
    pub accepted: Option<(u64, String)>,
    /// Which other servers would hold it, and why: the hash of its rows, and a sentence.
    pub objections: Vec<(u64, String)>,
}

/// What this server says, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldVerdict {
    /// The number of the version.
    pub version: u64,
    /// The hash of its rows.
    pub fingerprint: u64,
    /// `accept`, `hold` or `refuse`.
    pub verdict: &'static str,
    /// Why.
    pub reasons: Vec<String>,
}

/// What somebody has accepted here, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldAcceptance {
    /// The number of the version.
    pub version: u64,
    /// The hash of its rows.
    pub fingerprint: u64,
    /// Who.
    pub actor: String,
}

/// What is said and heard of versions.
#[derive(Debug, Default)]
pub(super) struct VerdictsShared {
    /// Whether there are others.
    is_shared: bool,
    heard: Option<SharedVerdict>,
    verdict: Option<ToldVerdict>,
    accepted: Option<ToldAcceptance>,
}

impl RulesAuthority {
    /// From now on, other servers are told what is said here of versions.
    pub fn share_verdicts(&self) {
        self.lock().shared.is_shared = true;
    }

    /// Takes in what is known of the newest version; what is held here and accepted elsewhere goes live.
    pub fn hear_verdict(&self, heard: SharedVerdict) {
        let mut standing = self.lock();
        let is_accepted = |held: &&mut Held| {
            let held = &held.candidate;
            heard
                .accepted
                .as_ref()
                .is_some_and(|(hash, _)| *hash == held.fingerprint)
                && held.mirrored == Some(heard.version)
        };
        let held = standing.held.take_if(|held| is_accepted(&held));
        let who = heard.accepted.as_ref().map_or("", |(_, who)| who);
        if let Some(held) = held {
            tracing::warn!(who, "the held version was accepted at another server");
            self.go_live_from_database(held.candidate);
            self.settle(&mut standing, clock::monotonic());
        }
        standing.shared.heard = Some(heard);
    }

    /// What other servers are to be told of a version, and which one was accepted here.
    pub fn verdict_to_tell(&self) -> (Option<ToldVerdict>, Option<ToldAcceptance>) {
        let shared = &self.lock().shared;
        (shared.verdict.clone(), shared.accepted.clone())
    }

    /// That was told.
    pub fn is_told(&self, verdict: Option<&ToldVerdict>, accepted: Option<&ToldAcceptance>) {
        let shared = &mut self.lock().shared;
        if shared.verdict.as_ref() == verdict {
            shared.verdict = None;
        }
        if shared.accepted.as_ref() == accepted {
            shared.accepted = None;
        }
    }
}

impl AuthorityState {
    /// The verdict of all servers; what this one says by itself is to be told. A server that serves nothing yet has no other
    /// version to go on with.
    pub(super) fn with_others(
        &mut self,
        own: Verdict,
        candidate: &CompiledVersion,
        has_other: bool,
    ) -> Verdict {
        let (fingerprint, Some(version)) = (candidate.fingerprint, candidate.mirrored) else {
            return own;
        };
        if !self.shared.is_shared {
            return own;
        }
        let (verdict, reasons) = match &own {
            Verdict::Accept | Verdict::Unchanged => ("accept", Vec::new()),
            Verdict::Refuse => ("refuse", Vec::new()),
            Verdict::Hold(reasons) => ("hold", CodedSentence::all(reasons, Language::En)),
        };
        self.shared.verdict = Some(ToldVerdict {
            version,
            fingerprint,
            verdict,
            reasons,
        });
        let heard = self.shared.heard.as_ref();
        let Some(heard) = heard.filter(|heard| heard.version == version) else {
            return own;
        };
        let is_accepted = heard
            .accepted
            .as_ref()
            .is_some_and(|(hash, _)| *hash == fingerprint);
        match own {
            Verdict::Hold(_) if is_accepted => Verdict::Accept,
            Verdict::Accept if !is_accepted && has_other => {
                let same = heard
                    .objections
                    .iter()
                    .filter(|(hash, _)| *hash == fingerprint);
                let objections = same.map(|(_, sentence)| {
                    let sentence = sentence.clone();
                    CodedSentence::of(&Objection::HeldElsewhere { sentence })
                });
                Verdict::of(objections.collect())
            }
            own => own,
        }
    }

    /// For how long the rows of a version have stood in PostgreSQL: a hold runs from then on, at all servers alike.
    pub(super) fn stood_for(&self, candidate: &CompiledVersion, now: Instant) -> Duration {
        let heard = self.shared.heard.as_ref();
        let heard = heard.filter(|heard| candidate.mirrored == Some(heard.version));
        let made = heard.and_then(|heard| heard.made);
        made.map_or(Duration::ZERO, |made| now.saturating_duration_since(made))
    }

    /// Somebody has accepted a version here.
    pub(super) fn note_accepted(&mut self, candidate: &CompiledVersion, actor: &str) {
        if let Some(version) = candidate.mirrored.filter(|_| self.shared.is_shared) {
            self.shared.accepted = Some(ToldAcceptance {
                version,
                fingerprint: candidate.fingerprint,
                actor: actor.to_owned(),
            });
        }
    }
}
