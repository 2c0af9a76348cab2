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
    /// From when until when each line was said to have nobody.
    holes: BTreeMap<(String, String), Vec<(Timestamp, Timestamp)>>,
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
        let new = self.not_told(holes);
        (!new.is_empty()).then(|| NoticeMessage::holes(served, &new, language, now))
    }

    /// Whether there were holes when it was looked last.
    pub(super) fn has_holes(&self) -> bool {
        !self.holes.is_empty()
    }

    /// Those that were not told, not even in part; from now on they are. What is gone is forgotten.
    fn not_told(&mut self, holes: Vec<SoonHole>) -> Vec<SoonHole> {
        let told = std::mem::take(&mut self.holes);
        let mut new = Vec::new();
        for hole in holes {
            let of_line = told.get(&hole.line).map_or(&[][..], Vec::as_slice);
            let is_told = of_line
                .iter()
                .any(|(from, until)| hole.from < *until && *from < hole.until);
            let now_told = self.holes.entry(hole.line.clone()).or_default();
            now_told.push((hole.from, hole.until));
            if !is_told {
                new.push(hole);
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which holes of some are told, as their first and last hours.
    fn told(watch: &mut NoticeWatch, holes: &[(&str, i64, i64)]) -> Vec<(i64, i64)> {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let holes = holes.iter().map(|(queue, from, until)| SoonHole {
            line: ((*queue).to_owned(), String::new()),
            from: at(*from),
            until: at(*until),
        });
        let new = watch.not_told(holes.collect());
        let hour = |at: Timestamp| at.as_second() / 3600;
        let new = new.iter().map(|hole| (hour(hole.from), hour(hole.until)));
        new.collect()
    }

    #[test]
    fn each_hole_is_told_once_whatever_comes_before_or_after_it() {
        let mut watch = NoticeWatch::default();
        assert_eq!(told(&mut watch, &[("q", 20, 22)]), [(20, 22)]);
        assert_eq!(told(&mut watch, &[("q", 20, 22)]), []);
        let nearer = [("q", 15, 16), ("q", 20, 22)];
        assert_eq!(told(&mut watch, &nearer), [(15, 16)]);
        assert_eq!(told(&mut watch, &nearer), []);
        let between = [("q", 15, 16), ("q", 17, 18), ("q", 20, 22), ("q", 23, 24)];
        assert_eq!(told(&mut watch, &between), [(17, 18), (23, 24)]);
        // Part of it is over, the rest is in two, and another line is empty too.
        let later = [("q", 20, 21), ("q", 21, 22), ("r", 20, 22)];
        assert_eq!(told(&mut watch, &later), [(20, 22)]);
        assert_eq!(told(&mut watch, &[]), []);
        assert_eq!(told(&mut watch, &[("q", 20, 22)]), [(20, 22)], "again");
    }
}
