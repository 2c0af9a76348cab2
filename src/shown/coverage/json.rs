//! A survey for programs.

use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Shade, Survey, agent_id, hotline_name};
use crate::shown::explanation::RuleName;
use crate::shown::local;
use routing::arena::Index;
use routing::coverage::{Answer, Line, Reach, STEP_MINUTES};
use routing::number::Number;
use routing::snapshot::{Rule, Snapshot};

/// What `--json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CoverageJson<'a> {
    file: &'a str,
    /// The first and the last date.
    from: String,
    to: String,
    time_zone: &'a str,
    /// `null`: somebody whom nothing names.
    caller: Option<&'a str>,
    step_minutes: i64,
    lines: Vec<LineReport<'a>>,
    /// How many half hours have which shade.
    half_hours: Map<String, Value>,
}

/// Calls to one hotline in one queue.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LineReport<'a> {
    queue_id: Option<&'a str>,
    queue_name: Option<&'a str>,
    hotline: Option<String>,
    hotline_name: Option<&'a str>,
    ranges: Vec<Range<'a>>,
}

/// Half hours one after the other that have the same answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Range<'a> {
    from: String,
    /// The first instant after the range.
    until: String,
    shade: &'static str,
    /// When somebody is rung by a rule; `null`: never.
    after_seconds: Option<u32>,
    rule: Option<RuleName<'a>>,
    first: Vec<&'a str>,
    agents: usize,
    empty_rules: Vec<RuleName<'a>>,
}

impl<'a> CoverageJson<'a> {
    pub(crate) fn of(survey: &'a Survey<'a>) -> Self {
        let Survey {
            file,
            snapshot,
            question,
            coverage,
            ..
        } = survey;
        let mut lines = Vec::new();
        for line in &coverage.lines {
            lines.push(LineReport::of(snapshot, &coverage.starts, line));
        }
        let mut half_hours = Map::new();
        for (shade, count) in survey.counts().iter() {
            half_hours.insert(shade.word().to_owned(), Value::from(count));
        }
        Self {
            file,
            from: question.from.to_string(),
            to: survey.last().to_string(),
            time_zone: survey.time_zone(),
            caller: question.caller.as_ref().map(Number::as_str),
            step_minutes: STEP_MINUTES,
            lines,
            half_hours,
        }
    }
}

impl<'a> LineReport<'a> {
    fn of(snapshot: &'a Snapshot, starts: &[Timestamp], line: &'a Line<'a>) -> Self {
        let half_hours: Vec<(&Timestamp, &Answer)> = starts.iter().zip(line.answers()).collect();
        let mut ranges = Vec::new();
        for range in half_hours.chunk_by(|one, other| one.1 == other.1) {
            ranges.extend(Range::of(snapshot, range));
        }
        let queue_name = line.queue.and_then(|queue| snapshot.queue_names.get(queue));
        Self {
            queue_id: line.queue,
            queue_name: queue_name.map(|name| &**name),
            hotline: line.hotline.map(ToString::to_string),
            hotline_name: line
                .hotline
                .and_then(|hotline| hotline_name(snapshot, hotline)),
            ranges,
        }
    }
}

impl<'a> Range<'a> {
    fn of(snapshot: &'a Snapshot, range: &[(&Timestamp, &'a Answer)]) -> Option<Self> {
        let ((from, answer), (last, _)) = (range.first()?, range.last()?);
        let zone = &snapshot.settings.time_zone;
        let named = |rule: Index<Rule>| Some(RuleName::of(snapshot.rules.get(rule)?));
        let first = answer.first.iter().map(|agent| agent_id(snapshot, *agent));
        let mut empty_rules = Vec::new();
        for rule in &answer.empty_rules {
            empty_rules.extend(named(*rule));
        }
        Some(Self {
            from: local(**from, zone),
            until: local(last.checked_add(STEP_MINUTES.minutes()).ok()?, zone),
            shade: Shade::of(answer).word(),
            after_seconds: match answer.reach {
                Reach::Rung => Some(0),
                Reach::Later { after_seconds } => Some(after_seconds),
                Reach::Blocked | Reach::Fallback | Reach::Nobody => None,
            },
            rule: answer.rule.and_then(named),
            first: first.collect(),
            agents: answer.agents,
            empty_rules,
        })
    }
}
