//! `history list` and `history show`: what was changed in the rules, when and by whom.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::text::ChangeText;
use crate::cli::options::Sources;
use crate::cli::output::Output;
use crate::cli::remote::RemoteOptions;
use crate::cli::rules::counted;
use crate::cli::server::{say_if_other_rules_are_served, wait_for_history};
use crate::cli::times::Times;
use crate::journal::FILE;
use crate::shown::changes::ChangeJson;
use crate::store::{
    ChangeFilter, ChangeQuery, JournalFile, RowChange, VersionRow, write_off_changes,
};

/// List what was changed in the rules, the newest version first.
///
/// A server compares each version it accepts with the one before, so nothing is missing whatever tool was used. Who,
/// when and why comes from the table `changes` of the rules database; edits that it does not explain are marked as
/// not logged. `history undo` takes a version back. Local times are in the rules' time zone.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct ListArguments {
    /// No more than so many versions
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: u32,
    /// Only changes of this table, such as rules
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Only versions accepted at this time or later, such as '2026-11-23 10:00', '2026-11-23' or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// List nothing, but delete what the table `changes` has beyond database.changes_days and changes_lines
    #[arg(long, conflicts_with_all = ["table", "since", "json", "state"])]
    write_off: bool,
    #[command(flatten)]
    options: ReadOptions,
    #[command(flatten)]
    remote: RemoteOptions,
}

/// Show every change of one version.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(super) struct ShowArguments {
    /// The version
    #[arg(value_name = "VERSION")]
    version: i64,
    #[command(flatten)]
    options: ReadOptions,
}

#[derive(Debug, Args)]
struct ReadOptions {
    /// Print a JSON object per changed row and line
    #[arg(long)]
    json: bool,
    /// State directory; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

const LIST_EXAMPLES: &str = "\
Examples:
  stringee-router history list
  stringee-router history list --table callers --since 2026-11-01 --json

Exit codes: 0 listed, 2 there is no journal, or it cannot be read.";

const SHOW_EXAMPLES: &str = "\
Examples:
  stringee-router history show 41

Exit codes: 0 shown, 2 there is no such version, or the journal cannot be read.";

/// How many rows of a version are listed to people; an import changes a million.
const ROWS_SHOWN: u32 = 100;

pub(super) async fn list(
    arguments: ListArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ListArguments {
        limit,
        table,
        since,
        write_off,
        options,
        remote,
    } = arguments;
    if let Some(server) = remote.server()? {
        let limit = Some(limit.to_string());
        let asked = [("limit", limit), ("table", table), ("since", since)];
        let said = server.get("/changes", &asked)?;
        output.line(serde_json::to_string_pretty(&said)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if write_off {
        return write_off_log(sources, output).await;
    }
    let installation = sources.installation(None)?;
    say_if_other_rules_are_served(&installation, !options.json, output).await?;
    wait_for_history(&installation).await;
    let mut journal = JournalFile::open_to_read(&sources.state(options.state)?.join(FILE)).await?;
    let times = Times::of(&installation.rules).await;
    let since = times.parse_some(since.as_ref())?;
    for version in journal.versions(None, since, Some(limit)).await? {
        let query = ChangeQuery {
            filter: ChangeFilter {
                table: table.clone(),
                ..ChangeFilter::default()
            },
            limit: (!options.json).then_some(ROWS_SHOWN),
            ..ChangeQuery::of(version.number)
        };
        let changes = journal.changes(&query).await?;
        if options.json || table.is_none() || !changes.is_empty() {
            write(&version, &changes, &times, options.json, output)?;
        }
    }
    journal.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Deletes what the log of changes has too much, in short transactions.
async fn write_off_log(sources: &Sources, output: &mut Output) -> anyhow::Result<ExitCode> {
    let installation = sources.installation(None)?;
    let gone = write_off_changes(&installation.rules, installation.changes_kept()).await?;
    output.line(format_args!(
        "{gone} lines written off; the file reuses their room, and `vacuum` in a shell gives it back to the disk"
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn show(
    arguments: ShowArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ShowArguments { version, options } = arguments;
    wait_for_history(&sources.installation(None)?).await;
    let mut journal = JournalFile::open_to_read(&sources.state(options.state)?.join(FILE)).await?;
    let versions = journal.versions(None, None, None).await?;
    let Some(found) = versions.iter().find(|found| found.number == version) else {
        anyhow::bail!(super::undo::why_missing(version, &versions));
    };
    let changes = journal.changes(&ChangeQuery::of(version)).await?;
    journal.close().await?;
    let times = Times::of(&sources.rules(None)?).await;
    write(found, &changes, &times, options.json, output)?;
    Ok(ExitCode::SUCCESS)
}

/// A version with its changes.
fn write(
    version: &VersionRow,
    changes: &[RowChange],
    times: &Times,
    json: bool,
    output: &mut Output,
) -> anyhow::Result<()> {
    if json {
        for change in changes {
            output.line(serde_json::to_string(&ChangeJson::new(version, change))?)?;
        }
        return Ok(());
    }
    let VersionRow {
        number,
        at,
        hash,
        changes: all,
        not_logged,
        ..
    } = version;
    let rows = counted(usize::try_from(*all).unwrap_or(0), "row");
    let not_logged = if *not_logged > 0 {
        format!(", {not_logged} not logged")
    } else {
        String::new()
    };
    output.line(format_args!(
        "version {number} of {}, {hash}: {rows}{not_logged}",
        times.show(*at)
    ))?;
    for change in changes {
        output.line(format_args!(
            "  {}{}",
            ChangeText(change),
            NoteText { change, times }
        ))?;
    }
    let left_out = all.saturating_sub(i64::try_from(changes.len()).unwrap_or(0));
    if left_out > 0 && changes.len() == usize::try_from(ROWS_SHOWN).unwrap_or(0) {
        output.line(format_args!(
            "  ... and {left_out} more (`history show {number}` lists all)"
        ))?;
    }
    Ok(())
}

/// Who, why and when.
struct NoteText<'c> {
    change: &'c RowChange,
    times: &'c Times,
}

impl std::fmt::Display for NoteText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(note) = &self.change.note else {
            return f.write_str("  (not logged)");
        };
        write!(f, "  ({}", note.actor)?;
        if let Some(reason) = &note.reason {
            write!(f, ": {reason}")?;
        }
        match note.at.parse() {
            Ok(at) => write!(f, ", {})", self.times.show(at)),
            Err(_) => write!(f, ", {})", note.at),
        }
    }
}
