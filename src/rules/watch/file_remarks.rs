//! What people should know of the file, though nothing is wrong with it.

use jiff::{SignedDuration, Timestamp};

use crate::rules::active::ActiveRules;

/// How long an edit may be open before that is said: a person thinks, a forgotten window does not.
const OPEN_EDIT: SignedDuration = SignedDuration::from_mins(1);

/// What is to be said of the rules database as a file.
#[derive(Debug)]
pub(super) struct FileRemarks {
    /// Commits go to a write-ahead log.
    pub(super) is_wal: bool,
    /// Since when somebody has an edit that is not committed.
    open_since: Option<Timestamp>,
    said: Vec<String>,
}

impl FileRemarks {
    pub(super) const fn new() -> Self {
        Self {
            is_wal: false,
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
        self.open_since = has_open_edit.then(|| self.open_since.unwrap_or(now));
        let mut remarks = Vec::new();
        if self.is_wal {
            remarks.push(WAL_REMARK.to_owned());
        }
        let open_since = self.open_since;
        if let Some(since) = open_since.filter(|since| now.duration_since(*since) >= OPEN_EDIT) {
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

/// What is said of a database in that mode.
pub const WAL_REMARK: &str = "it is in WAL mode, where a copy made by cp or mv can lack the newest edits; `pragma journal_mode = delete` \
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
        let mut remarks = FileRemarks::new();
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
}
