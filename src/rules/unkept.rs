//! Versions that are served and not kept yet, in their order, each with the rows that were read.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::state::SavedRules;
use crate::version::VersionInfo;

/// How many versions may wait. Each is a file as long as the rules; with more of them than that the disk cannot keep up.
const MAX_WAITING: usize = 16;

/// What the keeper has to keep.
#[derive(Debug, Default)]
pub(super) struct Unkept(Mutex<VecDeque<(VersionInfo, SavedRules)>>);

impl Unkept {
    /// Adds a version. If too many wait already, the oldest one will be told together with the one after it.
    pub(super) fn push(&self, version: VersionInfo, saved: SavedRules) {
        let mut waiting = self.0.lock();
        if waiting.len() >= MAX_WAITING
            && let Some((oldest, _)) = waiting.pop_front()
        {
            tracing::warn!(version = %oldest, "the disk is slow: the history tells this version together with the next one");
        }
        waiting.push_back((version, saved));
    }

    /// Takes the oldest one.
    pub(super) fn pop(&self) -> Option<(VersionInfo, SavedRules)> {
        let mut waiting = self.0.lock();
        waiting.pop_front()
    }
}
