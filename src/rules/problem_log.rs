//! What the log has been told is wrong: each thing once, and all of it again each minute.

use std::time::{Duration, Instant};

use routing::problem::Problem;

/// How often the log is reminded of what is still wrong.
const REMINDER: Duration = Duration::from_mins(1);

/// How many lines are written at a time. A script can put a million rows wrong at once.
const MAX_LINES: usize = 20;

/// The sentences that hold now, and when the log last heard them.
#[derive(Debug, Default)]
pub(super) struct ProblemLog {
    sentences: Vec<String>,
    reminded: Option<Instant>,
}

impl ProblemLog {
    /// Takes over what holds now, and says what is new in it.
    pub(super) fn say(&mut self, sentences: Vec<String>, now: Instant) {
        if sentences == self.sentences {
            return;
        }
        if sentences.is_empty() {
            tracing::info!("all is well again");
        }
        let is_new = |sentence: &&String| !self.sentences.contains(sentence);
        error(sentences.iter().filter(is_new), "something is wrong");
        self.reminded = if sentences.is_empty() {
            None
        } else {
            Some(now)
        };
        self.sentences = sentences;
    }

    /// Says it again if a minute has passed. Returns whether it did.
    pub(super) fn remind(&mut self, now: Instant) -> bool {
        let is_due = match self.reminded {
            Some(last) => now.saturating_duration_since(last) >= REMINDER,
            None => false,
        };
        if is_due {
            error(self.sentences.iter(), "something is still wrong");
            self.reminded = Some(now);
        }
        is_due
    }
}

/// Says what should be looked at.
pub(super) fn warn<'p>(problems: impl Iterator<Item = &'p Problem>, unnamed: usize) {
    let (mut lines, mut left_out) = (0, unnamed);
    for problem in problems {
        if lines < MAX_LINES {
            tracing::warn!(%problem, "a row to look at");
            lines += 1;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        tracing::warn!(
            left_out,
            "more rows to look at; `stringee-router check` lists them"
        );
    }
}

fn error<'s>(sentences: impl Iterator<Item = &'s String>, message: &str) {
    let (mut lines, mut left_out) = (0, 0);
    for problem in sentences {
        if lines < MAX_LINES {
            tracing::error!(problem, "{message}");
            lines += 1;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        tracing::error!(
            left_out,
            "{message}: more than is said here; `stringee-router check` lists it"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_wrong_is_said_each_minute_until_all_is_well() {
        let start = clock::monotonic();
        let seconds = |seconds| start + Duration::from_secs(seconds);
        let mut said = ProblemLog::default();
        assert!(!said.remind(seconds(100)), "nothing is wrong");
        said.say(vec!["the disk is full".to_owned()], seconds(100));
        assert!(!said.remind(seconds(159)));
        assert!(said.remind(seconds(160)));
        assert!(!said.remind(seconds(219)));
        assert!(said.remind(seconds(220)));
        said.say(Vec::new(), seconds(230));
        assert!(!said.remind(seconds(500)));
    }
}
