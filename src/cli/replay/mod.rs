//! `replay`: answers recorded calls, and shows what an edit would have changed.

mod recorded;
mod rule_set;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::options::Sources;
use super::output::{Output, OutputError, complain};
use super::rules::counted;
use recorded::{RecordedCall, RecordedCalls};
use rule_set::{AtOneMinute, RuleSet, json_text};

/// Answer recorded calls, and compare the answers of two rules databases
///
/// Each line of the standard input is a JSON object:
///   {"queueId":"queue_1","callId":"c1","from":"84986776777","to":"842473082666",
///    "at":"2026-11-23T10:00:00+07:00","waited":15}
/// The line put out for it, with the agents as Stringee gets them:
///   {"callId":"c1","rule":"Sales","fallback":false,"agents":[...]}
///
/// from, to and waited may be missing. rule is null if no rule found anybody. Groups that
/// rotate begin with their first member and go on call by call, in the order of the lines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub(super) struct Arguments {
    /// Rules database to answer by; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Print only the calls that this rules database answers with other agents, each with both answers:
    /// {"callId":...,"before":{...},"after":{...}}, where `before` is by this one and `after` by --rules
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router replay < calls.jsonl
  stringee-router replay --rules edited.db --against data/rules.db < calls.jsonl

Exit codes: 0 all answered, 1 some lines not understood (the standard error names them), 2 not run.";

pub(super) async fn run(arguments: Arguments, sources: &Sources, output: &mut Output) -> anyhow::Result<ExitCode> {
    let after = RuleSet::read(&sources.rules(arguments.rules)?).await?;
    let before = match arguments.against {
        Some(path) => Some(RuleSet::read(&path).await?),
        None => None,
    };
    let mut calls = RecordedCalls::new(io::stdin().lock());
    let counts = match &before {
        Some(before) => compare(before, &after, &mut calls, output),
        None => answer(&after, &mut calls, output),
    }?;
    let bad_lines = calls.bad_lines();
    if before.is_some() || bad_lines > 0 {
        complain(counts.summary(before.is_some(), bad_lines));
    }
    Ok(if bad_lines > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How many calls there were.
#[derive(Debug, Default)]
struct Counts {
    calls: usize,
    differing: usize,
}

impl Counts {
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
fn answer(rules: &RuleSet, calls: &mut RecordedCalls, output: &mut Output) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut next = next_call(calls, output)?;
    while let Some(first) = next {
        let moment = rules.moment(first.at);
        let mut minute = AtOneMinute::new(rules, &moment);
        next = during_minute(first, calls, output, |call, output| {
            counts.calls += 1;
            let answer = minute.answer(call);
            output.line(format_args!("{{\"callId\":{},{answer}}}", json_text(&call.call_id)))
        })?;
    }
    Ok(counts)
}

/// Prints the calls that two rule sets answer differently.
fn compare(
    before: &RuleSet,
    after: &RuleSet,
    calls: &mut RecordedCalls,
    output: &mut Output,
) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut next = next_call(calls, output)?;
    while let Some(first) = next {
        let moments = (before.moment(first.at), after.moment(first.at));
        let mut minutes = (AtOneMinute::new(before, &moments.0), AtOneMinute::new(after, &moments.1));
        next = during_minute(first, calls, output, |call, output| {
            counts.calls += 1;
            let (before, after) = (minutes.0.answer(call), minutes.1.answer(call));
            if before.agents == after.agents {
                return Ok(());
            }
            counts.differing += 1;
            let call_id = json_text(&call.call_id);
            output.line(format_args!("{{\"callId\":{call_id},\"before\":{{{before}}},\"after\":{{{after}}}}}"))
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
fn next_call(calls: &mut RecordedCalls, output: &mut Output) -> anyhow::Result<Option<RecordedCall>> {
    if calls.must_wait() {
        output.flush()?;
    }
    calls.next_call()
}
