//! An explanation for people.

use std::fmt::{self, Display, Formatter};

use crate::cli::rules::counted;
use crate::shown::explanation::{
    AgentTrial, CallsReport, ExplainReport, FallbackReport, OutcomeReport, Rank, RecordedReport,
    RuleReport, RungAgent, StateReport, StepReport, StrategyReport, TargetReport, VerdictReport,
};

/// A report as text.
pub(super) struct ExplainText<'r> {
    pub(super) report: &'r ExplainReport<'r>,
    /// With the rules for other calls.
    pub(super) all: bool,
}

impl Display for ExplainText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.call(f)?;
        self.time(f)?;
        self.caller(f)?;
        self.rules(f)?;
        if let Some(fallback) = &self.report.fallback {
            write_fallback(f, fallback)?;
        }
        self.answer(f)?;
        match &self.report.recorded {
            Some(recorded) => write_recorded(f, recorded),
            None => Ok(()),
        }
    }
}

/// What was answered then. It can differ: turns, call events and masked numbers are not what they were.
fn write_recorded(f: &mut Formatter<'_>, recorded: &RecordedReport) -> fmt::Result {
    let ids = recorded.agents.as_array().into_iter().flatten();
    let ids: Vec<&str> = ids.filter_map(|agent| agent.get(0)?.as_str()).collect();
    let ids = if ids.is_empty() {
        "nobody".to_owned()
    } else {
        ids.join(", ")
    };
    writeln!(f, "\nAnswered then, by version {}: {ids}", recorded.version)?;
    let (answer, answers) = (recorded.answer, recorded.answers);
    if answers > 1 {
        writeln!(
            f,
            "  Answer {answer} of {answers}; --answer says which is explained"
        )?;
    }
    Ok(())
}

impl ExplainText<'_> {
    fn call(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let call = &self.report.call;
        let queue = call
            .queue_name
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        writeln!(f, "Call    in queue {}{queue}", call.queue_id)?;
        let hotline = call.to_name.map(|name| format!(" ({name})"));
        writeln!(
            f,
            "        from {}, to {}{}",
            call.from.unwrap_or("an anonymous caller"),
            call.to.unwrap_or("an unknown number"),
            hotline.unwrap_or_default()
        )?;
        writeln!(f, "        id {}, waited {} s", call.call_id, call.waited)
    }

    fn time(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ExplainReport {
            local_time,
            time_zone,
            open_schedules,
            closed_schedules,
            ..
        } = self.report;
        writeln!(f, "Time    {local_time}, {time_zone}")?;
        for (word, schedules) in [("open", open_schedules), ("closed", closed_schedules)] {
            if !schedules.is_empty() {
                writeln!(f, "        {word}: {}", schedules.join(", "))?;
            }
        }
        Ok(())
    }

    fn caller(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(caller) = &self.report.caller else {
            let why = if self.report.call.from.is_some() {
                "no row in callers"
            } else {
                "anonymous"
            };
            return writeln!(f, "Caller  {why}");
        };
        write!(f, "Caller  row {}", caller.number)?;
        if let Some(owner) = caller.owner {
            write!(f, ", owner {owner}")?;
        }
        if !caller.tags.is_empty() {
            write!(f, ", tags {}", caller.tags.join(", "))?;
        }
        if let Some(date) = &caller.expires_on {
            write!(f, ", expires on {date}")?;
        }
        writeln!(f)
    }

    fn rules(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nRules, in the order in which they are tried")?;
        let is_shown = |rule: &&RuleReport<'_>| self.all || !rule.is_for_other_calls();
        for rule in self.report.rules.iter().filter(is_shown) {
            write_rule(f, rule)?;
        }
        let hidden = self
            .report
            .rules
            .iter()
            .filter(|rule| !is_shown(rule))
            .count();
        if hidden > 0 {
            writeln!(
                f,
                "  (not shown without --all: {} for other queues or numbers)",
                counted(hidden, "rule")
            )?;
        }
        if self.report.rules_not_tried > 0 {
            writeln!(
                f,
                "  (not tried after that: {})",
                counted(self.report.rules_not_tried, "rule")
            )?;
        }
        Ok(())
    }

    fn answer(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rule = self
            .report
            .rule
            .map(|rule| format!("rule {} '{}'", rule.id, rule.name))
            .unwrap_or_default();
        let agents = counted(self.report.rung.len(), "agent");
        let fallback = self.report.fallback.as_ref().map(|fallback| fallback.group);
        match (self.report.outcome, fallback) {
            (OutcomeReport::Rule, _) => write!(f, "\nAnswer  {rule} rings {agents}")?,
            (OutcomeReport::Blocked, _) => {
                write!(f, "\nAnswer  nobody: {rule} says so (action nobody)")?;
            }
            (_, None) => write!(
                f,
                "\nAnswer  nobody: no rule finds anybody, and settings has no fallback_group"
            )?,
            (OutcomeReport::Fallback, Some(group)) => {
                write!(
                    f,
                    "\nAnswer  no rule finds anybody, so fallback_group {group} rings {agents}"
                )?;
            }
            (OutcomeReport::Nobody, Some(group)) => {
                write!(
                    f,
                    "\nAnswer  nobody: no rule finds anybody, and neither does fallback_group {group}"
                )?;
            }
        }
        for (place, agent) in (1..).zip(&self.report.rung) {
            write!(f, "\n  {place}. {agent}")?;
        }
        Ok(())
    }
}

impl Display for RungAgent<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.phone_number {
            Some(number) => write!(
                f,
                "{}: phone {number}, {} s",
                self.agent, self.answer_timeout
            ),
            None => write!(f, "{}: app, {} s", self.agent, self.answer_timeout),
        }
    }
}

fn write_rule(f: &mut Formatter<'_>, rule: &RuleReport<'_>) -> fmt::Result {
    let mark = if rule.verdict == VerdictReport::NoMatch {
        "-"
    } else {
        "+"
    };
    write!(f, "  {mark} rule {} '{}': ", rule.id, rule.name)?;
    match (rule.verdict, &rule.mismatch) {
        (_, Some(reason)) => writeln!(f, "{}", reason.sentence)?,
        (VerdictReport::Blocks, _) => writeln!(f, "matches; its action is nobody")?,
        (VerdictReport::FoundNobody, _) => {
            writeln!(f, "matches, but finds nobody; the next rules are tried")?;
        }
        (VerdictReport::NoMatch | VerdictReport::Answers, _) => writeln!(f, "matches")?,
    }
    rule.steps.iter().try_for_each(|step| write_step(f, step))
}

fn write_step(f: &mut Formatter<'_>, step: &StepReport<'_>) -> fmt::Result {
    write!(
        f,
        "      step {}, from second {}",
        step.step, step.after_seconds
    )?;
    if let Some(until) = step.until_seconds {
        write!(f, " to {until}")?;
    }
    write!(f, ": {}", Wish(step))?;
    match step.state {
        StateReport::NotYet => writeln!(f, " (not yet)")?,
        StateReport::Over => writeln!(f, " (over)")?,
        StateReport::Counts => writeln!(f)?,
    }
    write_agents(f, "        ", step.strategy, &step.agents)
}

/// Whom a step wants to ring.
struct Wish<'s>(&'s StepReport<'s>);

impl Display for Wish<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let step = self.0;
        match (step.target, step.group, step.agent) {
            (TargetReport::Owner, None, _) => write!(f, "the caller's owner")?,
            (TargetReport::Owner, Some(group), _) => {
                write!(f, "the caller's owner, if on shift in group {group}")?;
            }
            (TargetReport::LastAgent, None, _) => write!(f, "who took the caller's last call")?,
            (TargetReport::LastAgent, Some(group), _) => {
                write!(
                    f,
                    "who took the caller's last call, if on shift in group {group}"
                )?;
            }
            (_, Some(group), _) => write!(f, "group {group}")?,
            (_, _, agent) => agent
                .iter()
                .try_for_each(|agent| write!(f, "agent {agent}"))?,
        }
        if let Some(group) = step.and_group {
            write!(f, ", only those also in group {group}")?;
        }
        if let Some(level) = step.max_level {
            write!(f, ", up to level {level}")?;
        }
        if let Some(agents) = step.max_agents {
            write!(f, ", at most {}", counted(agents, "agent"))?;
        }
        Ok(())
    }
}

fn write_fallback(f: &mut Formatter<'_>, fallback: &FallbackReport<'_>) -> fmt::Result {
    writeln!(
        f,
        "\nNo rule finds anybody: fallback_group {} of settings",
        fallback.group
    )?;
    write_agents(f, "  ", fallback.strategy, &fallback.agents)
}

/// Of a group, those who are rung in their order and then the others; of an owner, one cover after the other.
fn write_agents(
    f: &mut Formatter<'_>,
    margin: &str,
    strategy: Option<StrategyReport>,
    agents: &[AgentTrial<'_>],
) -> fmt::Result {
    let is_rung = |agent: &&AgentTrial<'_>| matches!(agent, AgentTrial::Rung { .. });
    let rung = agents.iter().filter(is_rung).count();
    if let Some(strategy) = strategy.filter(|_| rung > 1) {
        writeln!(f, "{margin}{}", order(strategy))?;
    }
    let mut agents: Vec<_> = agents.iter().collect();
    if strategy.is_some() {
        agents.sort_by_key(|agent| !is_rung(agent));
    }
    agents
        .into_iter()
        .try_for_each(|agent| writeln!(f, "{margin}{}", Trial { agent, strategy }))
}

const fn order(strategy: StrategyReport) -> &'static str {
    match strategy {
        StrategyReport::Ordered => "in order of level, then position (strategy ordered)",
        StrategyReport::Weighted => {
            "in order of level, then of a draw by the call id, lowest first (strategy weighted)"
        }
        StrategyReport::Rotate => {
            "in order of level, then by turns in order of position (strategy rotate)"
        }
        StrategyReport::Sticky => {
            "in order of level, then of a draw by the caller's number, else the call id, lowest first (strategy sticky)"
        }
        StrategyReport::LongestIdle => {
            "in order of level, then of who has been free for longest, then of a draw (strategy longest_idle)"
        }
        StrategyReport::FewestCalls => {
            "in order of level, then of who took the fewest calls in 24 hours (strategy fewest_calls)"
        }
    }
}

/// One agent of a step, with what the order depends on.
struct Trial<'t> {
    agent: &'t AgentTrial<'t>,
    strategy: Option<StrategyReport>,
}

impl Display for Trial<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.agent {
            AgentTrial::Rung {
                place,
                agent,
                rank,
                routing_type,
                answer_timeout,
            } => {
                let by = if *routing_type == 2 { "phone" } else { "app" };
                write!(f, "{place}. {agent}: {by}, {answer_timeout} s")?;
                rank.iter().try_for_each(|rank| self.rank(f, rank))
            }
            AgentTrial::LeftOut { agent, why, .. } => write!(f, "-  {agent}: {why}"),
            AgentTrial::Covered { agent, why, by, .. } => {
                write!(f, "-  {agent}: {why}; {by} covers")
            }
            AgentTrial::StandsFirst { agent, why, .. } | AgentTrial::Rests { agent, why } => {
                write!(f, "-  {agent}: {why}")
            }
            AgentTrial::NoOwner => f.write_str("-  the caller has no owner"),
            AgentTrial::NoLastAgent { days } => {
                write!(
                    f,
                    "-  nobody is known to have taken a call of this caller within {days} days"
                )
            }
        }
    }
}

impl Trial<'_> {
    fn rank(&self, f: &mut Formatter<'_>, rank: &Rank) -> fmt::Result {
        write!(f, "; level {}", rank.level)?;
        if let Some(calls) = rank.calls {
            write!(f, ", {calls}")?;
        }
        if let Some(since) = &rank.free_since {
            write!(f, ", since {since}")?;
        }
        match (self.strategy, rank.draw) {
            (Some(StrategyReport::Ordered | StrategyReport::Rotate), _) => {
                write!(f, ", position {}", rank.position)
            }
            (_, Some(draw)) => write!(f, ", weight {}, drawn {draw:.5}", rank.weight),
            (_, None) => write!(f, ", weight {}: last", rank.weight),
        }
    }
}

impl Display for CallsReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no call known"),
            Self::IdleSeconds(seconds) => write!(f, "free for {seconds} s"),
            Self::Taken(1) => f.write_str("1 call taken"),
            Self::Taken(calls) => write!(f, "{calls} calls taken"),
            Self::Talking => f.write_str("talking"),
        }
    }
}
