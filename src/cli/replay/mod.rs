//! `replay`: answers recorded calls, and shows what an edit would have changed.

pub(super) mod recorded;
mod rule_set;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::vec;

use clap::Args;
use serde::Serialize;

use super::edit::NO_CALL_EVENTS;
use super::options::Sources;
use super::output::{Output, OutputError, complain};
use super::rules::counted;
use super::times::Times;
use crate::journal::FILE;
use crate::plan::replay::RecordedCall;
use crate::store::DecisionQuery;
use recorded::{RecordedCalls, RecordedLines};
use rule_set::{ReplayAnswer, ReplayMinute, ReplayRules, Replaying};

/// Answer recorded calls, and compare the answers of two rules databases
///
/// Each line of the standard input is a JSON object:
///   {"queueId":"queue_1","callId":"c1","from":"84986776777","to":"842473082666",
///    "at":"2026-11-23T10:00:00+07:00","waited":15}
/// The line put out for it, with the agents as Stringee gets them:
///   {"call_id":"c1","rule":"Sales","fallback":false,"agents":[...]}
///
/// With --journal the calls are those that a server has answered, each once per answer, the oldest first.
///
/// from, to and waited may be missing. rule is null if no rule found anybody. Groups that
/// rotate begin with their first member and go on call by call, in the order of the lines.
/// No call events are known: longest_idle and fewest_calls order like weighted, and last_agent finds nobody.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub(super) struct ReplayArguments {
    /// Rules database to answer by; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Print only the calls that this rules database answers with other agents, each with both answers:
    /// {"call_id":...,"before":{...},"after":{...}}, where `before` is by this one and `after` by --rules
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Answer the calls of the journal in this span of time instead, such as 2026-11-23..2026-11-24
    /// or '2026-11-23 10:00..2026-11-23 11:00'; either side may be left out
    #[arg(long, value_name = "FROM..TO", value_parser = span)]
    journal: Option<Span>,
    /// State directory that the journal is in; without it the configured one (database.state)
    #[arg(long, value_name = "DIR", requires = "journal")]
    state: Option<PathBuf>,
}

/// Two times as somebody wrote them.
#[derive(Clone, Debug)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

fn span(text: &str) -> Result<Span, &'static str> {
    let Some((from, to)) = text.split_once("..") else {
        return Err("write it as FROM..TO, e.g. 2026-11-23..2026-11-24");
    };
    let some = |time: &str| match time.trim() {
        "" => None,
        time => Some(time.to_owned()),
    };
    Ok(Span {
        from: some(from),
        to: some(to),
    })
}

const EXAMPLES: &str = "\
Examples:
  stringee-router replay < calls.jsonl
  stringee-router replay --rules edited.db --against data/rules.db < calls.jsonl
  stringee-router replay --rules edited.db --against data/rules.db --journal 2026-11-23..

Exit codes: 0 all answered, 1 some lines not understood (the standard error names them), 2 not run.";

pub(super) async fn run(
    arguments: ReplayArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let installation = sources.installation(arguments.rules)?;
    let rules = &installation.rules;
    let after = ReplayRules::read(rules, installation.rule_tests()).await?;
    let before = match arguments.against {
        Some(path) => Some(ReplayRules::read(&path, installation.rule_tests()).await?),
        None => None,
    };
    let is_of_journal = arguments.journal.is_some();
    let mut calls = match arguments.journal {
        Some(span) => {
            RecordedCalls::Journal(span.calls(&sources.state(arguments.state)?, rules).await?)
        }
        None => RecordedCalls::Lines(RecordedLines::new(io::stdin().lock(), String::new())),
    };
    let counts = match &before {
        Some(before) => compare(&before.replay(), &after.replay(), &mut calls, output),
        None => answer(&after.replay(), &mut calls, output),
    }?;
    let bad_lines = calls.bad_lines();
    if before.is_some() || bad_lines > 0 {
        complain(counts.summary(before.is_some(), bad_lines));
    } else if counts.calls == 0 && is_of_journal {
        complain("no call is in the journal of that time");
    }
    if counts.calls > 0
        && before
            .iter()
            .chain([&after])
            .any(ReplayRules::heeds_activity)
    {
        complain(NO_CALL_EVENTS);
    }
    Ok(if bad_lines > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Span {
    /// What the journal has of it. Local times are in the zone of the rules that answer.
    async fn calls(
        self,
        state: &Path,
        rules: &Path,
    ) -> anyhow::Result<vec::IntoIter<RecordedCall>> {
        let times = Times::of(rules).await;
        let (from, to) = (
            times.parse_some(self.from.as_ref())?,
            times.parse_some(self.to.as_ref())?,
        );
        let query = DecisionQuery {
            from,
            to,
            ..DecisionQuery::default()
        };
        Ok(recorded::in_journal(&state.join(FILE), &query)
            .await?
            .into_iter())
    }
}

/// A line that is put out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum ReplayLine<'s> {
    /// A call with its answer.
    Answered {
        call_id: &'s str,
        #[serde(flatten)]
        answer: ReplayAnswer<'s>,
    },
    /// A call that two rule sets answer with other agents.
    Differing {
        call_id: &'s str,
        before: ReplayAnswer<'s>,
        after: ReplayAnswer<'s>,
    },
}

/// How many calls there were.
#[derive(Debug, Default)]
struct ReplayCounts {
    calls: usize,
    differing: usize,
}

impl ReplayCounts {
    fn summary(&self, is_comparison: bool, bad_lines: usize) -> String {
        let mut parts = vec![counted(self.calls, "call")];
        if is_comparison {
            parts.push(format!("{} answered differently", self.differing));
        }
        if bad_lines > 0 {
            parts.push(format!("{} not understood", counted(bad_lines, "line")));
        }
        parts.join(", ")
    }
}

/// Prints every call's answer.
fn answer(
    rules: &Replaying<'_>,
    calls: &mut RecordedCalls,
    output: &mut Output,
) -> anyhow::Result<ReplayCounts> {
    let mut counts = ReplayCounts::default();
    let mut next = next_call(calls, output)?;
    while let Some(first) = next {
        let moment = rules.moment(first.at);
        let mut minute = ReplayMinute::new(rules, &moment);
        next = during_minute(first, calls, output, |call, output| {
            counts.calls += 1;
            let line = ReplayLine::Answered {
                call_id: &call.call_id,
                answer: minute.answer(call),
            };
            output.line(serde_json::to_string(&line).map_err(io::Error::from)?)
        })?;
    }
    Ok(counts)
}

/// Prints the calls that two rule sets answer differently.
fn compare(
    before: &Replaying<'_>,
    after: &Replaying<'_>,
    calls: &mut RecordedCalls,
    output: &mut Output,
) -> anyhow::Result<ReplayCounts> {
    let mut counts = ReplayCounts::default();
    let mut next = next_call(calls, output)?;
    while let Some(first) = next {
        let moments = (before.moment(first.at), after.moment(first.at));
        let mut minutes = (
            ReplayMinute::new(before, &moments.0),
            ReplayMinute::new(after, &moments.1),
        );
        next = during_minute(first, calls, output, |call, output| {
            counts.calls += 1;
            let (before, after) = (minutes.0.answer(call), minutes.1.answer(call));
            if before.agents == after.agents {
                return Ok(());
            }
            counts.differing += 1;
            let line = ReplayLine::Differing {
                call_id: &call.call_id,
                before,
                after,
            };
            output.line(serde_json::to_string(&line).map_err(io::Error::from)?)
        })?;
    }
    Ok(counts)
}

/// Works through the calls that lie in the same minute as the first; gives back the one after them.
fn during_minute(
    first: RecordedCall,
    calls: &mut RecordedCalls,
    output: &mut Output,
    mut each: impl FnMut(&RecordedCall, &mut Output) -> Result<(), OutputError>,
) -> anyhow::Result<Option<RecordedCall>> {
    let minute = first.minute();
    let mut call = first;
    loop {
        each(&call, output)?;
        match next_call(calls, output)? {
            Some(next) if next.minute() == minute => call = next,
            next => return Ok(next),
        }
    }
}

/// The next call. Before it is waited for, what is known already is handed over.
fn next_call(
    calls: &mut RecordedCalls,
    output: &mut Output,
) -> anyhow::Result<Option<RecordedCall>> {
    if calls.must_wait() {
        output.flush()?;
    }
    calls.next_call()
}
