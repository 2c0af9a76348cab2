//! Whom a step wants to ring, and what came of each agent, in words.

use crate::cli::rules::counted;
use crate::language::{Language, either};
use crate::shown::explanation::{
    AgentTrial, CallsReport, Rank, RungAgent, StepReport, StrategyReport, TargetReport,
};
use routing::diagnosis::{AgentReason, Coded as _};

pub(super) fn rung(language: Language, rung: &RungAgent<'_>) -> String {
    let RungAgent {
        agent,
        phone_number,
        answer_timeout,
    } = rung;
    match phone_number {
        Some(number) => either!(
            language,
            "{agent}: phone {number}, {answer_timeout} s",
            "{agent}: di động {number}, {answer_timeout} giây",
        ),
        None => either!(
            language,
            "{agent}: app, {answer_timeout} s",
            "{agent}: ứng dụng, {answer_timeout} giây",
        ),
    }
}

/// Whom a step wants to ring.
pub(super) fn wish(language: Language, step: &StepReport<'_>) -> String {
    let mut said = match (step.target, step.group, step.agent) {
        (TargetReport::Owner, None, _) => {
            either!(language, "the caller's owner", "người phụ trách của khách")
        }
        (TargetReport::Owner, Some(group), _) => either!(
            language,
            "the caller's owner, if on shift in group {group}",
            "người phụ trách của khách, nếu đang trong ca của nhóm {group}",
        ),
        (TargetReport::LastAgent, None, _) => either!(
            language,
            "who took the caller's last call",
            "người tiếp khách lần trước"
        ),
        (TargetReport::LastAgent, Some(group), _) => either!(
            language,
            "who took the caller's last call, if on shift in group {group}",
            "người tiếp khách lần trước, nếu đang trong ca của nhóm {group}",
        ),
        (_, Some(group), _) => either!(language, "group {group}", "nhóm {group}"),
        (_, _, Some(agent)) => either!(language, "agent {agent}", "nhân viên {agent}"),
        (_, _, None) => String::new(),
    };
    if let Some(group) = step.and_group {
        said += &either!(
            language,
            ", only those also in group {group}",
            ", chỉ người cũng thuộc nhóm {group}",
        );
    }
    if let Some(level) = step.max_level {
        said += &either!(language, ", up to level {level}", ", đến vòng {level}");
    }
    if let Some(most) = step.max_agents {
        let agents = counted(most, "agent");
        said += &either!(language, ", at most {agents}", ", tối đa {most} người");
    }
    said
}

pub(super) fn order(language: Language, strategy: StrategyReport) -> String {
    match strategy {
        StrategyReport::Ordered => either!(
            language,
            "in order of level, then position (strategy ordered)",
            "theo vòng, rồi theo thứ tự (ordered)",
        ),
        StrategyReport::Weighted => either!(
            language,
            "in order of level, then of a draw by the call id, lowest first (strategy weighted)",
            "theo vòng, rồi theo số rút từ mã cuộc gọi, số nhỏ trước (weighted)",
        ),
        StrategyReport::Rotate => either!(
            language,
            "in order of level, then by turns in order of position (strategy rotate)",
            "theo vòng, rồi xoay vòng theo thứ tự (rotate)",
        ),
        StrategyReport::Sticky => either!(
            language,
            "in order of level, then of a draw by the caller's number, else the call id, lowest first (strategy sticky)",
            "theo vòng, rồi theo số rút từ số khách gọi hoặc mã cuộc gọi, số nhỏ trước (sticky)",
        ),
        StrategyReport::LongestIdle => either!(
            language,
            "in order of level, then of who has been free for longest, then of a draw (strategy longest_idle)",
            "theo vòng, rồi ai rảnh lâu nhất trước, rồi theo số rút (longest_idle)",
        ),
        StrategyReport::FewestCalls => either!(
            language,
            "in order of level, then of who took the fewest calls in 24 hours (strategy fewest_calls)",
            "theo vòng, rồi ai nhận ít cuộc nhất trong 24 giờ trước (fewest_calls)",
        ),
    }
}

/// One agent of a step, with what the order depends on.
pub(super) fn trial(
    language: Language,
    agent: &AgentTrial<'_>,
    strategy: Option<StrategyReport>,
) -> String {
    match agent {
        AgentTrial::Rung {
            place,
            agent,
            rank: of_group,
            routing_type,
            answer_timeout,
        } => {
            let by = if *routing_type == 2 {
                either!(language, "phone", "di động")
            } else {
                either!(language, "app", "ứng dụng")
            };
            let rank = of_group
                .as_ref()
                .map(|of_group| rank(language, of_group, strategy));
            let rank = rank.unwrap_or_default();
            either!(
                language,
                "{place}. {agent}: {by}, {answer_timeout} s{rank}",
                "{place}. {agent}: {by}, {answer_timeout} giây{rank}",
            )
        }
        AgentTrial::Covered { agent, why, by, .. } => {
            let why = &why.why;
            either!(
                language,
                "-  {agent}: {why}; {by} covers",
                "-  {agent}: {why}; {by} nhận khách thay"
            )
        }
        AgentTrial::LeftOut { agent, why, .. }
        | AgentTrial::StandsFirst { agent, why, .. }
        | AgentTrial::Rests { agent, why } => format!("-  {agent}: {}", why.why),
        AgentTrial::NoOwner => format!("-  {}", AgentReason::NoOwner.said(language)),
        AgentTrial::NoLastAgent { days } => {
            let reason = AgentReason::NoLastAgent { days: *days };
            format!("-  {}", reason.said(language))
        }
    }
}

fn rank(language: Language, rank: &Rank, strategy: Option<StrategyReport>) -> String {
    let (level, weight, position) = (rank.level, rank.weight, rank.position);
    let mut said = either!(language, "; level {level}", "; vòng {level}");
    if let Some(calls) = rank.calls {
        said = format!("{said}, {}", known_calls(language, calls));
    }
    if let Some(since) = &rank.free_since {
        said += &either!(language, ", since {since}", ", từ {since}");
    }
    said += &match (strategy, rank.draw) {
        (Some(StrategyReport::Ordered | StrategyReport::Rotate), _) => {
            either!(language, ", position {position}", ", thứ tự {position}")
        }
        (_, Some(draw)) => either!(
            language,
            ", weight {weight}, drawn {draw:.5}",
            ", trọng số {weight}, rút được {draw:.5}",
        ),
        (_, None) => either!(
            language,
            ", weight {weight}: last",
            ", trọng số {weight}: xếp cuối"
        ),
    };
    said
}

fn known_calls(language: Language, calls: CallsReport) -> String {
    match calls {
        CallsReport::None => either!(language, "no call known", "chưa biết cuộc nào"),
        CallsReport::IdleSeconds(seconds) => {
            either!(language, "free for {seconds} s", "rảnh {seconds} giây")
        }
        CallsReport::Taken(taken) => {
            let calls = if taken == 1 { "call" } else { "calls" };
            either!(language, "{taken} {calls} taken", "đã nhận {taken} cuộc")
        }
        CallsReport::Talking => either!(language, "talking", "đang bận máy"),
    }
}
