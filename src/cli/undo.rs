//! `undo`: takes a version of the rules back, or one change of it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::changes::Change;
use super::options::Sources;
use super::output::Output;
use super::rules::counted;
use crate::journal::FILE;
use crate::store::{self, ChangeQuery, Editor, Ending, JournalFile, RowChange};

/// Take back what a version of the rules has changed.
///
/// The rows become exactly what they were before that version, in one transaction, and the log of changes says so.
/// Later versions stay; if one of them has changed the same rows, or something has come to depend on them since,
/// nothing is done and the message says which. `stringee-router changes` lists the versions. A running server has the
/// result in force within seconds, as a version of its own, which can be taken back in turn.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A version such as 41, or one of its changes such as 41.2
    #[arg(value_name = "VERSION[.CHANGE]", value_parser = target)]
    what: Target,
    /// Try it, say what it would do, and change nothing
    #[arg(long)]
    plan: bool,
    /// Who does it, for the log of changes; without it $USER
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// State directory; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router undo 41 --plan
  stringee-router undo 41
  stringee-router undo 41.2 --actor hoa

Exit codes: 0 done (or planned), 2 not done (the message says why).";

/// What is to be taken back.
#[derive(Clone, Copy, Debug)]
struct Target {
    version: i64,
    change: Option<i64>,
}

fn target(text: &str) -> Result<Target, &'static str> {
    let (version, change) = text.split_once('.').map_or((text, None), |(version, change)| (version, Some(change)));
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let parsed = number(version).and_then(|version| {
        let change = change.map(number);
        change.is_none_or(|change| change.is_some()).then(|| Target { version, change: change.flatten() })
    });
    parsed.ok_or("write a version such as 41, or one of its changes such as 41.2")
}

pub(super) async fn run(arguments: Arguments, sources: &Sources, output: &mut Output) -> anyhow::Result<ExitCode> {
    let Arguments { what, plan, actor, rules, state } = arguments;
    let changes = what.changes(&sources.state(state)?.join(FILE)).await?;
    let actor = sources.actor(actor);
    let reason = format!("undo of {what}");
    let ending = if plan { Ending::RollBack } else { Ending::Commit };
    let editor = Editor { actor: &actor, reason: &reason };
    let written = store::undo(&sources.rules(rules)?, &changes, editor, ending).await?;
    let rows = counted(usize::try_from(written.total()).unwrap_or(0), "row");
    let said = if plan { "would restore" } else { "restored" };
    output.line(format_args!("{said} {rows} to what was before {what}:"))?;
    for change in &changes {
        output.line(format_args!("  {}", Change::taken_back(change)))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Target {
    /// What the journal has of it; never empty.
    async fn changes(self, path: &std::path::Path) -> anyhow::Result<Vec<RowChange>> {
        let mut journal = JournalFile::open_to_read(path).await?;
        let versions = journal.versions(Some(self.version), None, None).await?;
        let query = ChangeQuery { number: self.change, ..ChangeQuery::of(self.version) };
        let changes = journal.changes(&query).await?;
        journal.close().await?;
        match (versions.first(), self.change) {
            (None, _) => bail!(
                "version {} is not in the journal: it never was, or it is older than journal.retention_days; \
                 `stringee-router changes` lists what there is",
                self.version
            ),
            (Some(version), None) if changes.is_empty() && self.version > 1 => {
                bail!("version {} changed no row; it was accepted as {}", self.version, version.hash)
            }
            (Some(_), None) if changes.is_empty() => {
                bail!("version {} is the first one in the journal: there is nothing to go back to", self.version)
            }
            (Some(version), Some(change)) if changes.is_empty() => {
                bail!("version {} has {} changes, and none has the number {change}", self.version, version.changes)
            }
            _ => Ok(changes),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.change {
            Some(change) => write!(f, "{}.{change}", self.version),
            None => write!(f, "version {}", self.version),
        }
    }
}
