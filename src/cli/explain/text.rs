//! An explanation for people.

use std::fmt::{self, Display, Formatter};

use super::step_words::{order, rung, trial, wish};
use crate::cli::rules::counted;
use crate::language::{Language, either};
use crate::shown::explanation::{
    AgentTrial, ExplainReport, FallbackReport, OutcomeReport, RecordedReport, RuleReport,
    StateReport, StepReport, StrategyReport, VerdictReport,
};

/// A report as text.
pub(super) struct ExplainText<'r> {
    pub(super) report: &'r ExplainReport<'r>,
    /// With the rules for other calls.
    pub(super) all: bool,
    pub(super) language: Language,
}

impl Display for ExplainText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.call(f)?;
        self.time(f)?;
        self.caller(f)?;
        self.rules(f)?;
        if let Some(fallback) = &self.report.fallback {
            self.fallback(f, fallback)?;
        }
        self.answer(f)?;
        match &self.report.recorded {
            Some(recorded) => self.recorded(f, recorded),
            None => Ok(()),
        }
    }
}

impl ExplainText<'_> {
    /// What was answered then. It can differ: turns, call events and masked numbers are not what they were.
    fn recorded(&self, f: &mut Formatter<'_>, recorded: &RecordedReport) -> fmt::Result {
        let language = self.language;
        let ids = recorded.agents.as_array().into_iter().flatten();
        let ids: Vec<&str> = ids.filter_map(|agent| agent.get(0)?.as_str()).collect();
        let ids = if ids.is_empty() {
            either!(language, "nobody", "không ai")
        } else {
            ids.join(", ")
        };
        let version = &recorded.version;
        let said = either!(
            language,
            "Answered then, by version {version}: {ids}",
            "Lúc đó đã trả lời, theo phiên bản {version}: {ids}",
        );
        writeln!(f, "\n{said}")?;
        let (answer, answers) = (recorded.answer, recorded.answers);
        if answers > 1 {
            let said = either!(
                language,
                "Answer {answer} of {answers}; --answer says which is explained",
                "Lần trả lời {answer} trong {answers}; --answer chọn lần được giải thích",
            );
            writeln!(f, "  {said}")?;
        }
        Ok(())
    }

    fn call(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (call, language) = (&self.report.call, self.language);
        let in_brackets =
            |name: Option<&str>| name.map_or(String::new(), |name| format!(" ({name})"));
        let (queue, queue_name) = (call.queue_id, in_brackets(call.queue_name));
        let (id, waited, hotline) = (call.call_id, call.waited, in_brackets(call.to_name));
        let from = call.from.map_or_else(
            || either!(language, "an anonymous caller", "số ẩn"),
            str::to_owned,
        );
        let to = call.to.map_or_else(
            || either!(language, "an unknown number", "số không rõ"),
            str::to_owned,
        );
        let said = either!(
            language,
            "Call    in queue {queue}{queue_name}\n        from {from}, to {to}{hotline}\n        id {id}, waited {waited} s",
            "Cuộc gọi   trong hàng đợi {queue}{queue_name}\n           từ {from}, đến {to}{hotline}\n           mã {id}, đã chờ {waited} giây",
        );
        writeln!(f, "{said}")
    }

    fn time(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ExplainReport {
            local_time,
            time_zone,
            open_schedules,
            closed_schedules,
            ..
        } = self.report;
        let language = self.language;
        let title = either!(language, "Time    ", "Thời điểm  ");
        writeln!(f, "{title}{local_time}, {time_zone}")?;
        let margin = " ".repeat(title.chars().count());
        let open = either!(language, "open", "mở");
        let closed = either!(language, "closed", "đóng");
        for (word, schedules) in [(open, open_schedules), (closed, closed_schedules)] {
            if !schedules.is_empty() {
                writeln!(f, "{margin}{word}: {}", schedules.join(", "))?;
            }
        }
        Ok(())
    }

    fn caller(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let language = self.language;
        let title = either!(language, "Caller  ", "Khách gọi  ");
        let Some(caller) = &self.report.caller else {
            let why = if self.report.call.from.is_some() {
                either!(
                    language,
                    "no row in callers",
                    "không có trong danh sách khách hàng"
                )
            } else {
                either!(language, "anonymous", "số ẩn")
            };
            return writeln!(f, "{title}{why}");
        };
        let number = &caller.number;
        write!(
            f,
            "{title}{}",
            either!(language, "row {number}", "dòng {number}")
        )?;
        if let Some(owner) = caller.owner {
            let owner = either!(language, ", owner {owner}", ", người phụ trách {owner}");
            f.write_str(&owner)?;
        }
        if !caller.tags.is_empty() {
            let tags = caller.tags.join(", ");
            f.write_str(&either!(language, ", tags {tags}", ", nhãn {tags}"))?;
        }
        if let Some(date) = &caller.expires_on {
            f.write_str(&either!(
                language,
                ", expires on {date}",
                ", hiệu lực đến {date}"
            ))?;
        }
        writeln!(f)
    }

    fn rules(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let language = self.language;
        let title = either!(
            language,
            "Rules, in the order in which they are tried",
            "Quy tắc, theo thứ tự xét",
        );
        writeln!(f, "\n{title}")?;
        let is_shown = |rule: &&RuleReport<'_>| self.all || !rule.is_for_other_calls();
        for rule in self.report.rules.iter().filter(is_shown) {
            self.rule(f, rule)?;
        }
        let hidden = self
            .report
            .rules
            .iter()
            .filter(|rule| !is_shown(rule))
            .count();
        if hidden > 0 {
            let rules = counted(hidden, "rule");
            let said = either!(
                language,
                "(not shown without --all: {rules} for other queues or numbers)",
                "(chỉ hiện với --all: {hidden} quy tắc cho hàng đợi hoặc số khác)",
            );
            writeln!(f, "  {said}")?;
        }
        let later = self.report.rules_not_tried;
        if later > 0 {
            let rules = counted(later, "rule");
            let said = either!(
                language,
                "(not tried after that: {rules})",
                "(sau đó không cần xét: {later} quy tắc)",
            );
            writeln!(f, "  {said}")?;
        }
        Ok(())
    }

    fn answer(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let language = self.language;
        let rule = self.report.rule.map(|rule| {
            let (id, name) = (rule.id, rule.name);
            either!(language, "rule {id} '{name}'", "quy tắc {id} '{name}'")
        });
        let rule = rule.unwrap_or_default();
        let count = self.report.rung.len();
        let agents = counted(count, "agent");
        let fallback = self.report.fallback.as_ref().map(|fallback| fallback.group);
        let said = match (self.report.outcome, fallback) {
            (OutcomeReport::Rule, _) => either!(
                language,
                "{rule} rings {agents}",
                "{rule} đổ chuông cho {count} nhân viên"
            ),
            (OutcomeReport::Blocked, _) => either!(
                language,
                "nobody: {rule} says so (action nobody)",
                "không ai: {rule} nói vậy (action nobody)",
            ),
            (_, None) => either!(
                language,
                "nobody: no rule finds anybody, and settings has no fallback_group",
                "không ai: không quy tắc nào tìm được ai, và cài đặt không có fallback_group",
            ),
            (OutcomeReport::Fallback, Some(group)) => either!(
                language,
                "no rule finds anybody, so fallback_group {group} rings {agents}",
                "không quy tắc nào tìm được ai, nên nhóm dự phòng {group} đổ chuông cho {count} nhân viên",
            ),
            (OutcomeReport::Nobody, Some(group)) => either!(
                language,
                "nobody: no rule finds anybody, and neither does fallback_group {group}",
                "không ai: không quy tắc nào tìm được ai, nhóm dự phòng {group} cũng vậy",
            ),
        };
        write!(f, "\n{}{said}", either!(language, "Answer  ", "Trả lời  "))?;
        for (place, agent) in (1..).zip(&self.report.rung) {
            write!(f, "\n  {place}. {}", rung(language, agent))?;
        }
        Ok(())
    }

    fn rule(&self, f: &mut Formatter<'_>, rule: &RuleReport<'_>) -> fmt::Result {
        let language = self.language;
        let mark = if rule.verdict == VerdictReport::NoMatch {
            "-"
        } else {
            "+"
        };
        let (id, name) = (rule.id, rule.name);
        let title = either!(language, "rule {id} '{name}'", "quy tắc {id} '{name}'");
        let said = match (rule.verdict, &rule.mismatch) {
            (_, Some(reason)) => reason.sentence.clone(),
            (VerdictReport::Blocks, _) => either!(
                language,
                "matches; its action is nobody",
                "khớp: không đổ chuông cho ai"
            ),
            (VerdictReport::FoundNobody, _) => either!(
                language,
                "matches, but finds nobody; the next rules are tried",
                "khớp nhưng không tìm được ai; xét tiếp các quy tắc sau",
            ),
            (VerdictReport::NoMatch | VerdictReport::Answers, _) => {
                either!(language, "matches", "khớp")
            }
        };
        writeln!(f, "  {mark} {title}: {said}")?;
        rule.steps.iter().try_for_each(|step| self.step(f, step))
    }

    fn step(&self, f: &mut Formatter<'_>, step: &StepReport<'_>) -> fmt::Result {
        let language = self.language;
        let (number, after) = (step.step, step.after_seconds);
        let until = step
            .until_seconds
            .map(|until| either!(language, " to {until}", " đến {until}"));
        let until = until.unwrap_or_default();
        let wish = wish(language, step);
        let state = match step.state {
            StateReport::NotYet => either!(language, " (not yet)", " (chưa đến lúc)"),
            StateReport::Over => either!(language, " (over)", " (đã hết giờ)"),
            StateReport::Counts => String::new(),
        };
        let said = either!(
            language,
            "step {number}, from second {after}{until}: {wish}{state}",
            "bước {number}, từ giây {after}{until}: {wish}{state}",
        );
        writeln!(f, "      {said}")?;
        self.agents(f, "        ", step.strategy, &step.agents)
    }

    fn fallback(&self, f: &mut Formatter<'_>, fallback: &FallbackReport<'_>) -> fmt::Result {
        let group = fallback.group;
        let said = either!(
            self.language,
            "No rule finds anybody: fallback_group {group} of settings",
            "Không quy tắc nào tìm được ai: nhóm dự phòng {group} của cài đặt",
        );
        writeln!(f, "\n{said}")?;
        self.agents(f, "  ", fallback.strategy, &fallback.agents)
    }

    /// Of a group, those who are rung in their order and then the others; of an owner, one cover after the other.
    fn agents(
        &self,
        f: &mut Formatter<'_>,
        margin: &str,
        strategy: Option<StrategyReport>,
        agents: &[AgentTrial<'_>],
    ) -> fmt::Result {
        let is_rung = |agent: &&AgentTrial<'_>| matches!(agent, AgentTrial::Rung { .. });
        let rung = agents.iter().filter(is_rung).count();
        if let Some(strategy) = strategy.filter(|_| rung > 1) {
            writeln!(f, "{margin}{}", order(self.language, strategy))?;
        }
        let mut agents: Vec<_> = agents.iter().collect();
        if strategy.is_some() {
            agents.sort_by_key(|agent| !is_rung(agent));
        }
        agents
            .into_iter()
            .try_for_each(|agent| writeln!(f, "{margin}{}", trial(self.language, agent, strategy)))
    }
}
