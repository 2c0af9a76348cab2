//! Who is rung for a call, and why.

pub(crate) mod named;
mod reasons;
mod report;
mod rules;

pub(crate) use named::Named;
pub(crate) use report::{
    Asked, ExplainReport, FallbackReport, OutcomeReport, RecordedReport, RuleName, RungAgent,
};
pub(crate) use rules::{
    AgentTrial, CallsReport, Rank, RuleReport, StateReport, StepReport, StrategyReport,
    TargetReport, VerdictReport,
};
