//! `journal`: which calls were offered to whom, and why.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::journal_source::JournalSource;
use super::options::Sources;
use super::output::{Output, complain};
use super::queue_typed::queue_id_in;
use super::rules::country_code;
use super::times::Times;
use crate::journal::{OfferedAgent, offered};
use crate::shown::calls::{DecisionJson, caller_forms};
use crate::store::{DecisionQuery, DecisionRow, JournalFile};
use clap::Args;
use routing::number::CountryCode;

/// List the decisions of a server: who was offered for which call, and by which rule.
///
/// Each answer to a call is listed once, the newest first, with how often it was given. It reads journal.db in the
/// state directory, with or without a running server; of several servers on one PostgreSQL it lists what all of them have
/// decided. Local times are in the rules' time zone.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct JournalArguments {
    /// Only answers given at this time or later, such as '2026-11-23 10:00', '2026-11-23' or RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only answers given before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only this call (callId)
    #[arg(long, value_name = "ID", conflicts_with = "caller")]
    call: Option<String>,
    /// Only calls of this caller
    #[arg(long, value_name = "NUMBER")]
    caller: Option<String>,
    /// Only calls that were offered to this agent
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Only calls in this queue: its queueId, or its name in the table queues
    #[arg(long, value_name = "ID")]
    queue: Option<String>,
    /// No more than so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print a JSON object per line
    #[arg(long)]
    json: bool,
    /// State directory; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router journal --caller 0986776777
  stringee-router journal --from '2026-11-23 10:00' --to '2026-11-23 11:00' --agent hoa --json

Exit codes: 0 listed, 2 there is no journal, or it cannot be read.";

pub(super) async fn run(
    mut arguments: JournalArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let journal = JournalSource::open(sources, arguments.state.clone()).await?;
    let rules = sources.rules(None)?;
    let times = Times::of(&rules).await;
    if let Some(typed) = &arguments.queue {
        arguments.queue = Some(queue_id_in(&rules, typed).await);
    }
    let query = arguments.query(&times, &country_code(&rules).await)?;
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let mut rows = journal.decisions(&query).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    if rows.is_empty() {
        complain("no answer is in the journal that is asked for");
    }
    for row in rows {
        if arguments.json {
            output.line(serde_json::to_string(&DecisionJson::from(&row))?)?;
        } else {
            output.line(DecisionText {
                row: &row,
                times: &times,
            })?;
        }
    }
    if has_more {
        // Not among the lines that programs read.
        output.flush()?;
        complain(format_args!(
            "these are the newest {limit}; --limit {} shows more, --from and --to other times",
            limit.saturating_mul(10)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The decisions that a query asks for.
pub(super) async fn read(path: &Path, query: &DecisionQuery) -> anyhow::Result<Vec<DecisionRow>> {
    let mut journal = JournalFile::open_to_read(path).await?;
    let rows = journal.decisions(query).await?;
    journal.close().await?;
    Ok(rows)
}

impl JournalArguments {
    fn query(&self, times: &Times, country: &CountryCode) -> anyhow::Result<DecisionQuery> {
        let callers = match &self.caller {
            Some(typed) => caller_forms(typed, country),
            None => Vec::new(),
        };
        Ok(DecisionQuery {
            from: times.parse_some(self.from.as_ref())?,
            to: times.parse_some(self.to.as_ref())?,
            call_id: self.call.clone(),
            callers,
            agent: self.agent.clone(),
            queue: self.queue.clone(),
            // One more, to see whether there are more.
            limit: Some(self.limit.saturating_add(1)),
            ..DecisionQuery::default()
        })
    }
}

/// A decision for people.
struct DecisionText<'r> {
    row: &'r DecisionRow,
    times: &'r Times,
}

impl fmt::Display for DecisionText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DecisionRow {
            call_id,
            first_at,
            asks,
            waited,
            queue_id,
            from,
            to,
            version,
            ..
        } = self.row;
        let (from, to) = (
            from.as_deref().unwrap_or("anonymous"),
            to.as_deref().unwrap_or("?"),
        );
        write!(
            f,
            "{}  {queue_id}  {from} > {to}  ",
            self.times.show(*first_at)
        )?;
        self.write_outcome(f)?;
        write!(f, "  (call {call_id}, waited {waited} s, version {version}")?;
        if *asks > 1 {
            write!(
                f,
                ", given {asks} times until {}",
                self.times.show(self.row.last_at)
            )?;
        }
        if let Some(agent) = &self.row.taken_by {
            write!(f, ", taken by {agent}")?;
        }
        f.write_str(")")
    }
}

impl DecisionText<'_> {
    fn write_outcome(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.row.rule.as_deref().unwrap_or("");
        match self.row.outcome.as_str() {
            "rule" => write!(f, "rule '{rule}': ")?,
            "blocked" => return write!(f, "rule '{rule}': nobody is to be rung"),
            "fallback" => f.write_str("fallback group: ")?,
            _ => return f.write_str("nobody was found"),
        }
        for (
            at,
            OfferedAgent {
                id, routing_type, ..
            },
        ) in offered(&self.row.agents).iter().enumerate()
        {
            let separator = if at == 0 { "" } else { ", " };
            let how = if *routing_type == 2 {
                " by telephone"
            } else {
                ""
            };
            write!(f, "{separator}{id}{how}")?;
        }
        Ok(())
    }
}
