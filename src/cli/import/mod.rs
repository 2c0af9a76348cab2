//! `import`: makes the rules what files say, after showing what that would change.

mod agents;
mod callers;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::edit::{Edit, EditOptions, Proposal, Session};
use super::options::Sources;
use super::output::Output;
use crate::exchange::{self, Fault};

/// Make the rules what files say.
///
/// It reads what `export` writes, and files written by hand in the same form. A table that they name gets exactly their
/// rows; one that they do not name stays as it is. Shown are the rows that differ, the recorded calls that would ring
/// somebody else, and what would be wrong; then it asks. All of it is done at once: rows that the tables do not take,
/// or rules that a server would refuse, leave everything as it was.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ImportArguments {
    /// A folder of CSV files, one .csv file named for its table, a .toml or a .json file
    #[arg(value_name = "FOLDER|FILE", required = true)]
    path: Option<PathBuf>,
    #[command(flatten)]
    options: EditOptions,
    #[command(flatten)]
    former: Former,
    #[command(subcommand)]
    what: Option<ImportVerb>,
}

#[derive(Debug, Subcommand)]
enum ImportVerb {
    Agents(Box<agents::ImportAgentsArguments>),
    Callers(Box<callers::CallersArguments>),
}

/// The flag of earlier versions, which answers with the one of today.
#[derive(Clone, Copy, Debug, Args)]
struct Former {
    #[arg(long, hide = true)]
    apply: bool,
}

impl Former {
    fn must_not_be_given(self) -> anyhow::Result<()> {
        anyhow::ensure!(
            !self.apply,
            "--apply is --yes now: without it an import asks, and --plan only shows"
        );
        Ok(())
    }
}

const EXAMPLES: &str = "\
Examples:
  stringee-router import rules --plan
  stringee-router import rules.toml --yes --reason 'Tết hours'
  stringee-router import callers crm.csv
  stringee-router import agents people.xlsx

Exit codes: 0 done and in force, or nothing differs; 1 not done, or the server has not taken it; 2 not run.
With --plan: 0 nothing differs, 1 something does, 2 that cannot be said.";

pub(super) async fn run(
    arguments: ImportArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ImportArguments {
        path,
        options,
        former,
        what,
    } = arguments;
    former.must_not_be_given()?;
    match (what, path) {
        (Some(ImportVerb::Agents(arguments)), _) => agents::run(*arguments, sources, output).await,
        (Some(ImportVerb::Callers(arguments)), _) => {
            callers::run(*arguments, sources, output).await
        }
        (None, Some(path)) => rule_set(path, options, sources, output).await,
        (None, None) => anyhow::bail!("name a folder or a file"),
    }
}

async fn rule_set(
    path: PathBuf,
    options: EditOptions,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let draft = exchange::read(&path)?;
    let session = Session::new(options, sources, &format!("import of {}", path.display())).await?;
    let edit = Edit::begin(&session).await?;
    let planned = match draft.complete(&edit.present) {
        Ok(planned) => planned,
        Err(faults) => return Ok(session.refuse(&in_words(&faults), output)?.code()),
    };
    let proposal = Proposal {
        rules: planned.rules.clone(),
        files: Some(planned),
        may_cascade: true,
        ..Proposal::default()
    };
    Ok(edit.propose(&proposal, output).await?.code())
}

/// ImportVerb is wrong with files, line by line.
fn in_words(faults: &[Fault]) -> Vec<String> {
    let lines = faults.iter().map(|fault| format!("error: {fault}"));
    lines.collect()
}

/// Which column of a file is which, as somebody types it.
fn mapping(text: &str) -> Result<(String, String), &'static str> {
    let (column, header) = text
        .split_once('=')
        .ok_or("write it as COLUMN=HEADER, e.g. number=Mobile")?;
    Ok((column.trim().to_owned(), header.trim().to_owned()))
}
