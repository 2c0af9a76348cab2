//! `history restore`: makes the rules database what a backup holds, while a server runs.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::cli::edit::{Edit, EditOptions, Proposal, Session};
use crate::cli::options::Sources;
use crate::cli::output::Output;
use crate::exchange::{AddedColumn, ChangeSet, RuleSet, key_text};
use crate::store::{self, Reader, StoreError};
use routing::table::{Cell, Table};

/// Make the rules database what a backup holds.
///
/// The rows that differ are written into the file that is there, in one transaction, and the log of changes says so:
/// nobody has to stop, and a running server has the result in force within seconds. If there is no rules database, or it
/// is damaged, a copy of the backup is put in its place, and what was there is kept beside it as FILE.damaged.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RestoreArguments {
    /// The backup: any rules database, such as one that `history backup` or a server's state directory holds
    file: PathBuf,
    #[command(flatten)]
    options: EditOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router history restore rules-2026-11-23.db --plan
  stringee-router history restore data/state/last-good.db --yes --reason 'as it was on Monday'

Exit codes: 0 done and in force, or nothing differs; 1 not done, or the server has not taken it; 2 not run (the message
says why). With --plan: 0 nothing differs, 1 something does, 2 that cannot be said.";

pub(super) async fn run(
    arguments: RestoreArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let RestoreArguments { file, options } = arguments;
    let backup = rows(&file).await.map_err(of_backup)?;
    let reason = format!("restore of {}", file.display());
    let session = Session::new(options, sources, &reason).await?;
    // A whole copy can hold rows that were written with the checks off, and nothing else would say so.
    let broken = store::broken_rows(&file).await?;
    if !broken.is_empty() && !session.forces() {
        let lines: Vec<String> = broken.iter().map(|row| format!("error: {row}")).collect();
        return Ok(session.refuse(&lines, output)?.code());
    }
    let rules = &session.installation.rules;
    let config = session.installation.config.as_ref();
    let is_remote = match config {
        Some(config) => config.database.url.is_some(),
        None => false,
    };
    let outcome = if !is_remote && must_be_replaced(rules).await {
        let place = async {
            match store::put_in_place(&file, rules).await? {
                None => Ok(format!(
                    "created {} from {}",
                    rules.display(),
                    file.display()
                )),
                Some(aside) => Ok(format!(
                    "{} is a copy of {} now; what was there is {}",
                    rules.display(),
                    file.display(),
                    aside.display()
                )),
            }
        };
        session.place(&backup, place, output).await?
    } else {
        let mut edit = Edit::begin(&session).await?;
        let present = edit.writer.added_columns().await?;
        let in_backup = store::export_added_columns(&file).await?;
        let proposal = Proposal {
            rules: backup,
            changes_besides: ChangeSet {
                rows: Vec::new(),
                added_columns: differing(in_backup, &present),
            },
            ..Proposal::default()
        };
        edit.propose(&proposal, output).await?
    };
    Ok(outcome.code())
}

/// The rows of a backup, which must be whole.
async fn rows(file: &Path) -> Result<RuleSet, StoreError> {
    let mut reader = Reader::open_patiently(file).await?;
    reader.check_pages().await?;
    reader.close().await?;
    store::export(file).await
}

/// What is said of a rules database sends people to a backup; of a backup it sends them to another.
fn of_backup(error: StoreError) -> anyhow::Error {
    const ELSEWHERE: &str = "a server keeps some in the folder `backup` of its state directory";
    match error {
        StoreError::NotFound { path } => {
            anyhow::anyhow!("there is no backup {}; {ELSEWHERE}", path.display())
        }
        StoreError::NotADatabase { path, .. } => anyhow::anyhow!(
            "{} is no backup: it is not an SQLite database; {ELSEWHERE}",
            path.display()
        ),
        StoreError::Corrupt { path, detail, .. } => anyhow::anyhow!(
            "the backup {} is damaged ({detail}); take another: {ELSEWHERE}",
            path.display()
        ),
        other => other.into(),
    }
}

/// The values of a backup in columns that somebody has added, where they stand otherwise now. A column that is not there
/// any more is left out.
fn differing(in_backup: Vec<AddedColumn>, present: &[AddedColumn]) -> Vec<AddedColumn> {
    let key = |value: &AddedColumn| (value.table, key_text(value.table, &value.row));
    let mut columns: HashSet<(Table, &str)> = HashSet::new();
    let mut known: HashMap<_, &Cell> = HashMap::new();
    for value in present {
        columns.insert((value.table, &*value.column));
        known.insert((key(value), &*value.column), &value.after);
    }
    let mut differing = in_backup;
    differing.retain(|value| {
        columns.contains(&(value.table, &*value.column))
            && known.get(&(key(value), &*value.column)) != Some(&&value.after)
    });
    differing
}

/// Whether there is no rules database that could be edited.
async fn must_be_replaced(rules: &Path) -> bool {
    if !rules.exists() {
        return true;
    }
    let checked = async {
        let mut reader = Reader::open_patiently(rules).await?;
        reader.check_pages().await?;
        reader.close().await
    };
    checked
        .await
        .is_err_and(|error: StoreError| error.is_damage())
}
