//! `history backup`: a copy of the rules database, whoever edits or serves it meanwhile.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::options::Sources;
use crate::cli::output::Output;
use crate::store;

/// Write a copy of the rules database to a new file.
///
/// Safe while a server runs and people edit: the copy holds what was committed at one moment. It is checked from the
/// first page to the last before it gets its name. A server also keeps copies of accepted versions by itself, in the
/// folder backup of its state directory.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BackupArguments {
    /// The copy; a file that exists is never overwritten
    file: PathBuf,
    /// Rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router history backup rules-2026-11-23.db

Exit codes: 0 done, 2 not done (the message says why).";

pub(super) async fn run(
    arguments: BackupArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let rules = sources.rules(arguments.rules)?;
    store::backup(&rules, &arguments.file).await?;
    let (rules, file) = (rules.display(), arguments.file.display());
    output.line(format_args!(
        "{file} is a copy of {rules}; `stringee-router history restore {file}` brings it back"
    ))?;
    Ok(ExitCode::SUCCESS)
}
