//! What people should know of the file, though nothing is wrong with it.

use jiff::{SignedDuration, Timestamp};

use crate::rules::active::ActiveRules;
use crate::store::FileCondition;

/// How long an edit may be open before that is said: a person thinks, a forgotten window does not.
const OPEN_EDIT: SignedDuration = SignedDuration::from_mins(1);

/// What is to be said of the rules database as a file.
#[derive(Debug)]
pub(super) struct FileRemarks {
    pub(super) condition: FileCondition,
    /// Lines that `changes` keeps when commands of ours edit.
    changes_kept: u64,
    /// Since when somebody has an edit that is not committed.
    open_since: Option<Timestamp>,
    said: Vec<String>,
}

impl FileRemarks {
    pub(super) fn new(changes_kept: u64) -> Self {
        Self {
            condition: FileCondition::default(),
            changes_kept,
            open_since: None,
            said: Vec::new(),
        }
    }

    /// Takes a look at the file into account. What is to be said, if it is something else than before.
    pub(super) fn look(
        &mut self,
        has_open_edit: bool,
        now: Timestamp,
        served: &ActiveRules,
    ) -> Option<Vec<String>> {
        self.open_since = match self.open_since {
            _ if !has_open_edit => None,
            Some(since) => Some(since),
            None => Some(now),
        };
        let mut remarks = condition_remarks(self.condition, self.changes_kept);
        if let Some(since) = self.open_since
            && now.duration_since(since) >= OPEN_EDIT
        {
            remarks.push(format!(
                "somebody has begun an edit at {} and not ended it: it is not in force, and nobody else can edit; commit it \
                 (DB Browser: Write Changes), or close the program",
                served.local(since)
            ));
        }
        if remarks == self.said {
            return None;
        }
        self.said.clone_from(&remarks);
        Some(remarks)
    }
}

/// What is said of how a rules database is kept, of whose `changes` so many lines are to be kept.
#[must_use]
pub fn condition_remarks(condition: FileCondition, changes_kept: u64) -> Vec<String> {
    let mut remarks = Vec::new();
    if condition.is_wal {
        remarks.push(WAL_REMARK.to_owned());
    }
    let lines = condition.changes_lines;
    // Edits by other tools add lines, and the next command of ours takes some off: that is nothing to speak of.
    if lines / 2 > changes_kept {
        remarks.push(format!(
            "its table changes has {lines} lines, where database.changes_lines keeps {changes_kept}: they are copied with the \
             rules, so each edit takes longer; `stringee-router history list --write-off` takes the oldest off"
        ));
    }
    remarks
}

const WAL_REMARK: &str = "it is in WAL mode, where a copy made by cp or mv can lack the newest edits; `pragma journal_mode = delete` \
     in any SQLite tool leaves it, while no other one has the file open";

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::rules::RulesAuthority;
    use crate::telemetry::Metrics;

    #[test]
    fn an_edit_that_is_open_for_a_minute_is_said_once_and_until_it_ends() {
        let live = RulesAuthority::new(Arc::new(Metrics::new()), Duration::ZERO);
        let served = live.served();
        let mut remarks = FileRemarks::new(1000);
        let begun: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let at = |seconds| begun + SignedDuration::from_secs(seconds);
        assert_eq!(remarks.look(true, at(0), &served), None);
        assert_eq!(remarks.look(false, at(50), &served), None);
        assert_eq!(remarks.look(true, at(51), &served), None);
        assert_eq!(remarks.look(true, at(110), &served), None);
        let said = remarks.look(true, at(111), &served).unwrap();
        assert!(
            said[0].starts_with("somebody has begun an edit at 2026-11-23 "),
            "{said:?}"
        );
        assert_eq!(remarks.look(true, at(112), &served), None);
        assert_eq!(remarks.look(false, at(113), &served), Some(Vec::new()));
    }

    #[test]
    fn a_log_of_changes_that_nobody_cuts_is_said() {
        let long = |changes_lines| FileCondition {
            is_wal: false,
            changes_lines,
        };
        assert_eq!(condition_remarks(long(2001), 1000), [""; 0]);
        let said = condition_remarks(long(2002), 1000);
        assert!(said[0].starts_with(
            "its table changes has 2002 lines, where database.changes_lines keeps 1000"
        ));
    }
}
