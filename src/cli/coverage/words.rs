//! An answer, and the calls that it is for, in words.

use std::fmt::{self, Display, Formatter};

use crate::shown::coverage::{agent_id, hotline_name};
use routing::arena::Index;
use routing::coverage::{Answer, Coverage, Line, Reach};
use routing::snapshot::{Rule, Snapshot};

/// An answer in words.
pub(super) struct Words<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) answer: &'a Answer,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rule = self
            .answer
            .rule
            .map(|rule| named_rule(self.snapshot, rule))
            .unwrap_or_default();
        match self.answer.reach {
            Reach::Rung => write!(f, "{rule}: {}", self.agents())?,
            Reach::Blocked => write!(f, "{rule}: nobody, as it says")?,
            Reach::Later { after_seconds } => {
                write!(
                    f,
                    "nobody until second {after_seconds}, then {rule}: {}",
                    self.agents()
                )?;
            }
            Reach::Fallback => write!(f, "only the fallback rings: {}", self.agents())?,
            Reach::Nobody => write!(f, "nobody")?,
        }
        for empty in &self.answer.empty_rules {
            write!(
                f,
                "; {} matches, but finds nobody",
                named_rule(self.snapshot, *empty)
            )?;
        }
        Ok(())
    }
}

impl Words<'_> {
    /// `hoa alone`, `hoa first, of 3`, or `hoa, lan or minh first, of 5`.
    fn agents(&self) -> String {
        /// Of more only the first few are shown.
        const SHOWN: usize = 6;
        let ids: Vec<&str> = self
            .answer
            .first
            .iter()
            .map(|agent| agent_id(self.snapshot, *agent))
            .collect();
        match (ids.as_slice(), self.answer.agents) {
            ([one], 1) => format!("{one} alone"),
            ([one], agents) => format!("{one} first, of {agents}"),
            ([others @ .., last], agents) if ids.len() <= SHOWN => {
                format!("{} or {last} first, of {agents}", others.join(", "))
            }
            (ids, agents) => {
                let shown: Vec<&str> = ids.iter().take(SHOWN).copied().collect();
                format!(
                    "{} or {} more first, of {agents}",
                    shown.join(", "),
                    ids.len() - shown.len()
                )
            }
        }
    }
}

fn named_rule(snapshot: &Snapshot, rule: Index<Rule>) -> String {
    snapshot
        .rules
        .get(rule)
        .map(|rule| format!("rule {} '{}'", rule.id, rule.name))
        .unwrap_or_default()
}

/// The queues and hotlines of some lines, one title per queue.
pub(super) fn titles(
    snapshot: &Snapshot,
    coverage: &Coverage<'_>,
    lines: &[&Line<'_>],
) -> Vec<String> {
    let by_queue = lines.chunk_by(|one, other| one.queue == other.queue);
    by_queue
        .map(|lines| title(snapshot, coverage, lines))
        .collect()
}

fn title(snapshot: &Snapshot, coverage: &Coverage<'_>, lines: &[&Line<'_>]) -> String {
    let queue = match lines.first().and_then(|line| line.queue) {
        Some(id) => match snapshot.queue_names.get(id) {
            Some(name) => format!("Queue {id} ({name})"),
            None => format!("Queue {id}"),
        },
        None => "Any queue".to_owned(),
    };
    let is_sibling =
        |line: &&Line<'_>| lines.first().is_some_and(|first| first.queue == line.queue);
    let of_queue = coverage.lines.iter().filter(is_sibling).count();
    let named: Vec<String> = lines
        .iter()
        .filter_map(|line| line.hotline)
        .map(|hotline| match hotline_name(snapshot, hotline) {
            Some(name) => format!("{hotline} ({name})"),
            None => hotline.to_string(),
        })
        .collect();
    match named.as_slice() {
        [] if of_queue == 1 => format!("{queue}, any hotline"),
        [] => format!("{queue}, any other hotline"),
        _ if lines.len() == of_queue && named.len() < lines.len() => {
            format!("{queue}, any hotline")
        }
        [one] if lines.len() == 1 => format!("{queue}, hotline {one}"),
        many if named.len() == lines.len() => format!("{queue}, hotlines {}", many.join(", ")),
        many => format!("{queue}, hotlines {} and any other", many.join(", ")),
    }
}
