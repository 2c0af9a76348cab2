//! `history undo`: takes versions of the rules back, or some of their changes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::cli::edit::{Edit, EditOptions, Proposal, Session};
use crate::cli::options::Sources;
use crate::cli::output::Output;
use crate::cli::remote::RemoteServer;
use crate::exchange::ChangeSet;
use crate::journal::FILE;
use crate::plan::taken_back;
use crate::store::{ChangeQuery, JournalFile, RowChange, StoreError, VersionRow};

/// How long a version may take to be written down: the server waits for a second without edits, and then compares.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many versions beyond the newest one that is written down may have come into force meanwhile.
const VERSIONS_AHEAD: i64 = 10;

/// How often the journal is looked at meanwhile.
const ROUND: Duration = Duration::from_millis(100);

/// Take back what versions of the rules have changed.
///
/// The columns that they changed become what they were before; what others have changed in the same rows since stays.
/// It is refused where one of these columns has been changed once more, or something has come to depend on a row that
/// would go; the message says which. A version may hold the edits of several people: --by takes back those of one,
/// and numbers such as 41.2 single ones. `history list` says the numbers. The result is a version of its own, which can
/// be taken back in turn.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct UndoArguments {
    /// Versions such as 41, or single changes of them such as 41.2
    #[arg(value_name = "VERSION[.CHANGE]", required = true, value_parser = target)]
    what: Vec<UndoTarget>,
    /// Only what this person has changed
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// State directory; without it the configured one (database.state)
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    #[command(flatten)]
    options: EditOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router history undo 41 --plan
  stringee-router history undo 41 --by hoa
  stringee-router history undo 41.2 41.3 --yes --reason 'wrong queue'

Exit codes: 0 done and in force; 1 not done, or the server has not taken it; 2 it cannot be taken back (the message
says why). With --plan: 0 nothing differs, 1 something does, 2 that cannot be said.";

/// What is to be taken back.
#[derive(Clone, Copy, Debug)]
struct UndoTarget {
    version: i64,
    change: Option<i64>,
}

fn target(text: &str) -> Result<UndoTarget, &'static str> {
    let parsed = || {
        let (version, change) = match text.split_once('.') {
            Some((version, change)) => (version, Some(change)),
            None => (text, None),
        };
        let change = match change {
            Some(change) => Some(positive(change)?),
            None => None,
        };
        let version = positive(version)?;
        Some(UndoTarget { version, change })
    };
    parsed().ok_or("write a version such as 41, or one of its changes such as 41.2")
}

fn positive(text: &str) -> Option<i64> {
    match text.parse() {
        Ok(number) if number > 0 => Some(number),
        _ => None,
    }
}

pub(super) async fn run(
    arguments: UndoArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let UndoArguments {
        what,
        by,
        state,
        options,
    } = arguments;
    if let Some(server) = options.server()? {
        anyhow::ensure!(by.is_none(), "--by is not for --server: name the changes");
        return undo_there(&server, &what, &options, output);
    }
    let changes = changes(&what, by.as_deref(), &sources.state(state)?.join(FILE)).await?;
    let names: Vec<String> = what.iter().map(ToString::to_string).collect();
    let reason = format!("undo of {}", names.join(", "));
    let session = Session::new(options, sources, &reason).await?;
    let edit = Edit::begin(&session).await?;
    let ChangeSet {
        rows,
        added_columns,
    } = taken_back(&edit.present, &changes)?;
    let proposal = Proposal {
        rules: edit.present.with(&rows),
        changes_besides: ChangeSet {
            rows: Vec::new(),
            added_columns,
        },
        ..Proposal::default()
    };
    Ok(edit.propose(&proposal, output).await?.code())
}

/// Takes changes back on another machine.
fn undo_there(
    server: &RemoteServer,
    what: &[UndoTarget],
    options: &EditOptions,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let (flags, reason) = options.flags();
    let mut changes = Vec::new();
    for target in what {
        changes.push(match target.change {
            Some(change) => format!("{}.{change}", target.version),
            None => target.version.to_string(),
        });
    }
    anyhow::ensure!(
        flags.only_plans() || flags.needs_no_question(),
        "with --server write --plan, which leaves a draft in the console, or --yes"
    );
    let usual = format!("undo of {}", changes.join(", "));
    let order = serde_json::json!({
        "changes": changes, "commit": !flags.only_plans(), "reason": reason.unwrap_or(&usual),
    });
    let (status, said) = server.post("/undo", &order)?;
    output.line(serde_json::to_string_pretty(&said)?)?;
    Ok(match (status, flags.only_plans()) {
        (200, false) => ExitCode::SUCCESS,
        (201, true) => ExitCode::FAILURE,
        _ => ExitCode::from(crate::cli::COULD_NOT_RUN),
    })
}

/// What the journal has of it, the newest change first; never empty.
async fn changes(
    what: &[UndoTarget],
    by: Option<&str>,
    path: &Path,
) -> anyhow::Result<Vec<RowChange>> {
    let mut journal = JournalFile::open_to_read(path).await?;
    let mut changes = Vec::new();
    for target in what {
        changes.append(&mut target.changes(&mut journal).await?);
    }
    journal.close().await?;
    if let Some(by) = by {
        changes.retain(|change| match &change.note {
            Some(note) => note.actor == by,
            None => false,
        });
        if changes.is_empty() {
            bail!("nothing of that was changed by '{by}', as far as the log of changes says");
        }
    }
    changes.sort_by_key(|change| (change.version, change.number));
    changes.dedup_by_key(|change| (change.version, change.number));
    changes.reverse();
    Ok(changes)
}

impl UndoTarget {
    /// What the journal has of it; never empty.
    async fn changes(self, journal: &mut JournalFile) -> anyhow::Result<Vec<RowChange>> {
        let versions = self.versions(journal).await?;
        let version = versions
            .iter()
            .find(|version| version.number == self.version);
        let query = ChangeQuery {
            number: self.change,
            ..ChangeQuery::of(self.version)
        };
        let changes = journal.changes(&query).await?;
        match (version, self.change) {
            (None, _) => bail!(why_missing(self.version, &versions)),
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
            let newest = versions.first().map_or(0, |newest| newest.number);
            let may_come = self.version <= newest + VERSIONS_AHEAD;
            let is_there = newest >= self.version;
            if is_there || !may_come || clock::monotonic().duration_since(began) >= PATIENCE {
                return Ok(versions);
            }
            tokio::time::sleep(ROUND).await;
        }
    }
}

/// Why a version is not among those that are written down, which stand there newest first.
pub(super) fn why_missing(number: i64, versions: &[VersionRow]) -> String {
    let newest = versions.first().map_or(0, |newest| newest.number);
    let later = versions
        .iter()
        .rev()
        .find(|version| version.number > number);
    let has_earlier = match versions.last() {
        Some(oldest) => oldest.number < number,
        None => false,
    };
    match later {
        None if number > newest + 1 && newest > 0 => {
            format!("there is no version {number}; the newest that is written down is {newest}")
        }
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

impl std::fmt::Display for UndoTarget {
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
        assert_eq!(why_missing(version, &versions), expected);
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
            70,
            &[6, 5, 4],
            "there is no version 70; the newest that is written down is 6",
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
