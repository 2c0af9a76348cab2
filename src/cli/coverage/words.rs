//! An answer, and the calls that it is for, in words.

use std::fmt::{self, Display, Formatter};

use crate::language::{Language, either};
use crate::shown::coverage::{agent_id, hotline_name};
use routing::arena::Index;
use routing::coverage::{Answer, Coverage, Line, Reach};
use routing::snapshot::{Rule, Snapshot};

/// An answer in words.
pub(super) struct Words<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) answer: &'a Answer,
    pub(super) language: Language,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let language = self.language;
        let rule = self.answer.rule.map(|rule| self.named_rule(rule));
        let rule = rule.unwrap_or_default();
        let agents = self.agents();
        f.write_str(&match self.answer.reach {
            Reach::Rung => format!("{rule}: {agents}"),
            Reach::Blocked => either!(
                language,
                "{rule}: nobody, as it says",
                "{rule}: không ai, theo đúng quy tắc",
            ),
            Reach::Later { after_seconds } => either!(
                language,
                "nobody until second {after_seconds}, then {rule}: {agents}",
                "không ai đến giây {after_seconds}, sau đó {rule}: {agents}",
            ),
            Reach::Fallback => either!(
                language,
                "only the fallback rings: {agents}",
                "chỉ còn nhóm dự phòng: {agents}",
            ),
            Reach::Nobody => either!(language, "nobody", "không ai"),
        })?;
        for empty in &self.answer.empty_rules {
            let rule = self.named_rule(*empty);
            f.write_str(&either!(
                language,
                "; {rule} matches, but finds nobody",
                "; {rule} khớp nhưng không tìm được ai",
            ))?;
        }
        Ok(())
    }
}

impl Words<'_> {
    /// `hoa alone`, `hoa first, of 3`, or `hoa, lan or minh first, of 5`.
    fn agents(&self) -> String {
        /// Of more only the first few are shown.
        const SHOWN: usize = 6;
        let language = self.language;
        let ids: Vec<&str> = self
            .answer
            .first
            .iter()
            .map(|agent| agent_id(self.snapshot, *agent))
            .collect();
        let agents = self.answer.agents;
        match ids.as_slice() {
            [one] if agents == 1 => either!(language, "{one} alone", "{one} một mình"),
            [one] => either!(
                language,
                "{one} first, of {agents}",
                "{one} trước, trong {agents} người"
            ),
            [others @ .., last] if ids.len() <= SHOWN => {
                let others = others.join(", ");
                either!(
                    language,
                    "{others} or {last} first, of {agents}",
                    "{others} hoặc {last} trước, trong {agents} người",
                )
            }
            ids => {
                let shown: Vec<&str> = ids.iter().take(SHOWN).copied().collect();
                let (shown, more) = (shown.join(", "), ids.len().saturating_sub(SHOWN));
                either!(
                    language,
                    "{shown} or {more} more first, of {agents}",
                    "{shown} hoặc {more} người khác trước, trong {agents} người",
                )
            }
        }
    }

    fn named_rule(&self, rule: Index<Rule>) -> String {
        let rule = self.snapshot.rules.get(rule).map(|rule| {
            let (id, name) = (rule.id, &rule.name);
            either!(self.language, "rule {id} '{name}'", "quy tắc {id} '{name}'")
        });
        rule.unwrap_or_default()
    }
}

/// The queues and hotlines of some lines, one title per queue.
pub(super) fn titles(
    snapshot: &Snapshot,
    coverage: &Coverage<'_>,
    lines: &[&Line<'_>],
    language: Language,
) -> Vec<String> {
    let by_queue = lines.chunk_by(|one, other| one.queue == other.queue);
    by_queue
        .map(|lines| title(snapshot, coverage, lines, language))
        .collect()
}

fn title(
    snapshot: &Snapshot,
    coverage: &Coverage<'_>,
    lines: &[&Line<'_>],
    language: Language,
) -> String {
    let queue = match lines.first().and_then(|line| line.queue) {
        Some(id) => {
            let name = snapshot.queue_names.get(id);
            let name = name.map_or(String::new(), |name| format!(" ({name})"));
            either!(language, "Queue {id}{name}", "Hàng đợi {id}{name}")
        }
        None => either!(language, "Any queue", "Mọi hàng đợi"),
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
    let any = || either!(language, "{queue}, any hotline", "{queue}, mọi hotline");
    match named.as_slice() {
        [] if of_queue == 1 => any(),
        [] => either!(
            language,
            "{queue}, any other hotline",
            "{queue}, mọi hotline khác"
        ),
        _ if lines.len() == of_queue && named.len() < lines.len() => any(),
        [one] if lines.len() == 1 => {
            either!(language, "{queue}, hotline {one}", "{queue}, hotline {one}")
        }
        many => {
            let is_all = many.len() == lines.len();
            let many = many.join(", ");
            if is_all {
                either!(
                    language,
                    "{queue}, hotlines {many}",
                    "{queue}, các hotline {many}"
                )
            } else {
                either!(
                    language,
                    "{queue}, hotlines {many} and any other",
                    "{queue}, các hotline {many} và mọi số khác",
                )
            }
        }
    }
}
