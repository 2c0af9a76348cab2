//! What is new since people were told last.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::NoticeMessage;
use super::holes::SoonHole;
use crate::language::Language;
use crate::rules::{ActiveRules, Status};

/// How often it is looked ahead though nothing has changed: holes come nearer.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What people have been told.
#[derive(Debug, Default)]
pub(super) struct NoticeWatch {
    refused: Option<u64>,
    held: Option<u64>,
    /// Until when each line was said to have nobody.
    holes: BTreeMap<(String, String), Timestamp>,
    /// Which version was looked at for holes, and when.
    looked: Option<(u64, Timestamp)>,
}

impl NoticeWatch {
    /// Notices of the newest edit.
    pub(super) fn of_edits(
        &mut self,
        served: &ActiveRules,
        status: &Status,
        language: Language,
        now: Timestamp,
    ) -> Vec<NoticeMessage> {
        let mut new = Vec::new();
        if status.refused.is_some() && status.refused != self.refused {
            new.push(NoticeMessage::refused(served, status, language, now));
        }
        self.refused = status.refused;
        let held = status.held.as_ref();
        let fingerprint = held.map(|held| held.fingerprint);
        if let Some(held) = held.filter(|_| fingerprint != self.held) {
            new.push(NoticeMessage::held(served, held, language, now));
        }
        self.held = fingerprint;
        new
    }

    /// Whether holes are to be looked for.
    pub(super) fn must_look_ahead(&mut self, served: &ActiveRules, now: Timestamp) -> bool {
        // Before any rules are served nobody expects anybody to be rung.
        let is_known = self.looked.is_some_and(|(version, at)| {
            version == served.version && now.duration_since(at) < LOOK_AHEAD
        });
        if is_known || served.version == 0 {
            return false;
        }
        self.looked = Some((served.version, now));
        true
    }

    /// A notice of the holes that were not told yet. One that is gone is told again if it comes back.
    pub(super) fn of_holes(
        &mut self,
        served: &ActiveRules,
        holes: Vec<SoonHole>,
        language: Language,
        now: Timestamp,
    ) -> Option<NoticeMessage> {
        let told = std::mem::take(&mut self.holes);
        let mut new = Vec::new();
        for hole in holes {
            let is_told = told.get(&hole.line).is_some_and(|until| hole.from < *until);
            let until = self.holes.entry(hole.line.clone()).or_insert(hole.until);
            *until = hole.until.max(*until);
            if !is_told {
                new.push(hole);
            }
        }
        (!new.is_empty()).then(|| NoticeMessage::holes(served, &new, language, now))
    }
}
