//! `undo`: takes a version of the rules back, or one change of it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use super::changes::Change;
use super::options::Sources;
use super::output::{Output, complain};
use super::plan::wait_until_in_force;
use super::rules::counted;
use crate::clock;
use crate::journal::FILE;
use crate::plan::Plan;
use crate::store::{
    self, ChangeQuery, Editor, JournalFile, RowChange, StoreError, VersionRow, Writer,
};
use routing::problem::Severity;

/// How long a version may take to be written down: the server waits for a second without edits, and then compares.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the journal is looked at meanwhile.
const ROUND: Duration = Duration::from_millis(100);

/// Take back what a version of the rules has changed.
///
/// The rows become exactly what they were before that version, in one transaction, and the log of changes says so.
/// Later versions stay; if one of them has changed the same rows, or something has come to depend on them since,
/// nothing is done and the message says which. Nor is it if a server would refuse the result. `stringee-router changes`
/// lists the versions. The result is a version of its own, which can be taken back in turn; the command waits until the
/// running server has it in force.
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

Exit codes: 0 done and in force (or planned), 1 a server would refuse it or has not taken it,
2 not done (the message says why).";

/// What is to be taken back.
#[derive(Clone, Copy, Debug)]
struct Target {
    version: i64,
    change: Option<i64>,
}

fn target(text: &str) -> Result<Target, &'static str> {
    let (version, change) = text
        .split_once('.')
        .map_or((text, None), |(version, change)| (version, Some(change)));
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let parsed = number(version).and_then(|version| {
        let change = change.map(number);
        change
            .is_none_or(|change| change.is_some())
            .then(|| Target {
                version,
                change: change.flatten(),
            })
    });
    parsed.ok_or("write a version such as 41, or one of its changes such as 41.2")
}

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let Arguments {
        what,
        plan,
        actor,
        rules,
        state,
    } = arguments;
    let changes = what.changes(&sources.state(state)?.join(FILE)).await?;
    let (actor, reason) = (sources.actor(actor), format!("undo of {what}"));
    let installation = sources.installation(rules)?;
    let mut writer = Writer::begin(
        &installation.rules,
        Editor {
            actor: &actor,
            reason: &reason,
        },
    )
    .await?;
    let before = writer.rule_set().await?;
    let (mut writer, written) = store::undo(writer, &changes).await?;
    let after = writer.rule_set_after(&before).await?;
    let judged = Plan::of(
        &before,
        &after,
        &[],
        installation.rule_tests(),
        clock::monotonic(),
    );
    let is_refused = judged.new_errors > 0;
    let is_done = !plan && !is_refused;
    if is_done {
        writer.commit().await
    } else {
        writer.roll_back().await
    }?;
    let rows = counted(usize::try_from(written.total()).unwrap_or(0), "row");
    let said = if is_done { "restored" } else { "would restore" };
    output.line(format_args!("{said} {rows} to what was before {what}:"))?;
    changes
        .iter()
        .try_for_each(|change| output.line(format_args!("  {}", Change::taken_back(change))))?;
    output.flush()?;
    complain_of_errors(&judged);
    let mut is_well = !is_refused;
    if is_done {
        let (is_in_force, said) = wait_until_in_force(&installation, judged.fingerprint).await;
        output.line(said)?;
        is_well = is_in_force;
    }
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says what keeps a server from taking the result.
fn complain_of_errors(judged: &Plan<'_>) {
    for error in judged
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
    {
        complain(format_args!("error: {error}"));
    }
    if judged.new_errors > 0 {
        complain("nothing was undone, because a server would refuse these rules");
    } else if judged.errors() > 0 {
        complain(
            "these errors were there before; a server takes the rules once the last of them is gone",
        );
    }
}

impl Target {
    /// What the journal has of it; never empty.
    async fn changes(self, path: &Path) -> anyhow::Result<Vec<RowChange>> {
        let mut journal = JournalFile::open_to_read(path).await?;
        let versions = self.versions(&mut journal).await?;
        let version = versions
            .iter()
            .find(|version| version.number == self.version);
        let query = ChangeQuery {
            number: self.change,
            ..ChangeQuery::of(self.version)
        };
        let changes = journal.changes(&query).await?;
        journal.close().await?;
        match (version, self.change) {
            (None, _) => bail!(self.why_missing(&versions)),
            (Some(version), None) if changes.is_empty() && self.version > 1 => {
                bail!(
                    "version {} changed no row; it was accepted as {}",
                    self.version,
                    version.hash
                )
            }
            (Some(_), None) if changes.is_empty() => {
                bail!(
                    "version {} is the first one in the journal: there is nothing to go back to",
                    self.version
                )
            }
            (Some(version), Some(change)) if changes.is_empty() => {
                bail!(
                    "version {} has {} changes, and none has the number {change}",
                    self.version,
                    version.changes
                )
            }
            _ => Ok(changes),
        }
    }

    /// The versions that are written down, the newest first, once this one or a later one is among them. One that has
    /// just come into force is written down a moment later.
    async fn versions(self, journal: &mut JournalFile) -> Result<Vec<VersionRow>, StoreError> {
        let began = clock::monotonic();
        loop {
            let versions = journal.versions(None, None, None).await?;
            let is_there = versions
                .first()
                .is_some_and(|newest| newest.number >= self.version);
            if is_there || clock::monotonic().duration_since(began) >= PATIENCE {
                return Ok(versions);
            }
            tokio::time::sleep(ROUND).await;
        }
    }

    /// Why this version is not among those that are written down.
    fn why_missing(self, versions: &[VersionRow]) -> String {
        let number = self.version;
        let later = versions
            .iter()
            .rev()
            .find(|version| version.number > number);
        let has_earlier = versions.last().is_some_and(|oldest| oldest.number < number);
        match later {
            None => format!("version {number} is not written down yet; try again in a moment"),
            Some(later) if has_earlier => format!(
                "version {number} was followed by another edit before it was written down; its rows are part of \
                 version {}",
                later.number
            ),
            Some(oldest) => format!(
                "version {number} is older than what the journal has, which begins with version {} \
                 (journal.retention_days)",
                oldest.number
            ),
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[track_caller]
    fn check(version: i64, written_down: &[i64], expected: &str) {
        let row = |number: &i64| VersionRow {
            number: *number,
            at: Timestamp::UNIX_EPOCH,
            hash: "0123456789abcdef".to_owned(),
            source: "database".to_owned(),
            changes: 1,
            not_logged: 0,
        };
        let versions: Vec<VersionRow> = written_down.iter().map(row).collect();
        assert_eq!(
            Target {
                version,
                change: None
            }
            .why_missing(&versions),
            expected
        );
    }

    #[test]
    fn why_a_version_is_missing_is_said() {
        check(
            6,
            &[5, 4, 2],
            "version 6 is not written down yet; try again in a moment",
        );
        check(
            1,
            &[],
            "version 1 is not written down yet; try again in a moment",
        );
        check(
            3,
            &[5, 4, 2],
            "version 3 was followed by another edit before it was written down; its rows are part of version 4",
        );
        check(
            1,
            &[5, 4, 2],
            "version 1 is older than what the journal has, which begins with version 2 (journal.retention_days)",
        );
    }
}
