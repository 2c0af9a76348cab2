//! `restore`: makes the rules database what a backup holds, while a server runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::options::Sources;
use super::output::{Output, complain};
use super::rules::counted;
use crate::config::RuleTests;
use crate::plan::errors_of;
use crate::store::{self, Editor, Reader, Restored, StoreError, Written};
use routing::problem::Problem;

/// Make the rules database what a backup holds.
///
/// The rows that differ are written into the file that is there, in one transaction, and the log of changes says so:
/// nobody has to stop, and a running server has the result in force within seconds. The backup is checked first, as
/// `stringee-router check` does it. If there is no rules database, it is created.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The backup: any rules database, such as one that `backup` or a server's state directory holds
    file: PathBuf,
    /// Restore it even if it has errors; a running server then refuses the result and keeps what it serves
    #[arg(long)]
    force: bool,
    /// Who does it, for the log of changes; without it $USER
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router restore rules-2026-11-23.db
  stringee-router restore data/state/last-good.db --actor hoa

Exit codes: 0 done, 1 the backup has errors and nothing was done, 2 not done (the message says why).";

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let Arguments {
        file,
        force,
        actor,
        rules,
    } = arguments;
    let installation = sources.installation(rules)?;
    let errors = errors(&file, installation.rule_tests()).await?;
    for error in &errors {
        complain(format_args!("error: {error}"));
    }
    // A whole copy can hold rows that were written with the checks off, and nothing else would say so.
    let broken = store::broken_rows(&file).await?;
    for row in &broken {
        complain(format_args!("error: {row}"));
    }
    let errors = errors.len() + broken.len();
    if errors > 0 && !force {
        let errors = counted(errors, "error");
        complain(format_args!(
            "{} has {errors}, so nothing was restored; --force does it anyhow",
            file.display()
        ));
        return Ok(ExitCode::FAILURE);
    }
    let rules = installation.rules;
    let actor = sources.actor(actor);
    let reason = format!("restore of {}", file.display());
    let restored = store::restore(
        &file,
        &rules,
        Editor {
            actor: &actor,
            reason: &reason,
        },
    )
    .await?;
    output.line(sentence(restored, &rules, &file))?;
    Ok(ExitCode::SUCCESS)
}

/// What keeps a server from taking these rules.
async fn errors(file: &Path, rule_tests: RuleTests) -> Result<Vec<Problem>, StoreError> {
    let mut reader = Reader::open_patiently(file).await?;
    reader.check_pages().await?;
    let tables = reader.load().await?.tables;
    reader.close().await?;
    Ok(errors_of(&tables, rule_tests))
}

fn sentence(restored: Restored, rules: &Path, file: &Path) -> String {
    let (rules, file) = (rules.display(), file.display());
    match restored {
        Restored::NewFile => format!("created {rules} from {file}"),
        Restored::Rows(written) if written.total() == 0 => {
            format!("{rules} holds what {file} holds already")
        }
        Restored::Rows(Written {
            inserted,
            updated,
            deleted,
        }) => {
            format!(
                "{rules} holds what {file} holds: {inserted} rows came back, {updated} changed, {deleted} went"
            )
        }
    }
}
