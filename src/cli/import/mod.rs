//! `import`: makes the rules what files say, after showing what that would change.

mod callers;
mod edit;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::options::Sources;
use super::output::{Output, complain};
use super::plan::{PlanOptions, Planning};
use crate::exchange;
use crate::store::Writer;
use edit::{Applied, apply, write_faults};

/// Make the rules what files say, or show what that would change.
///
/// It reads what `export` writes, and files written by hand in the same form. A table that they name gets exactly their
/// rows; one that they do not name stays as it is. Shown are the rows that differ, the recorded calls that would ring
/// somebody else, and what would be wrong. Nothing happens without --apply, and then all of it at once: rows that the
/// tables do not take, or rules that a server would refuse, leave everything as it was.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    /// A folder of CSV files, one .csv file named for its table, a .toml or a .json file
    #[arg(value_name = "FOLDER|FILE", required = true)]
    path: Option<PathBuf>,
    #[command(flatten)]
    mode: Mode,
    #[command(flatten)]
    options: PlanOptions,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    Callers(Box<callers::Arguments>),
}

/// Whether it is done.
#[derive(Clone, Copy, Debug, Args)]
struct Mode {
    /// Only show what would change; so it is without --apply
    #[arg(long, conflicts_with = "apply")]
    plan: bool,
    /// Do it, in one transaction
    #[arg(long)]
    apply: bool,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router import rules --plan
  stringee-router import rules.toml --apply --reason 'Tết hours'
  stringee-router import callers crm.csv --apply

Exit codes: 0 shown or imported, 1 a problem was found (then nothing was imported), or the server has not taken it;
2 not run.";

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let Arguments {
        path,
        mode,
        options,
        what,
    } = arguments;
    match (what, path) {
        (Some(What::Callers(arguments)), _) => callers::run(*arguments, sources, output).await,
        (None, Some(path)) => rule_set(path, mode, options, sources, output).await,
        (None, None) => anyhow::bail!("name a folder or a file"),
    }
}

async fn rule_set(
    path: PathBuf,
    mode: Mode,
    options: PlanOptions,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let draft = exchange::read(&path)?;
    let planning =
        Planning::new(options, sources, &format!("import of {}", path.display())).await?;
    let mut writer = Writer::begin(&planning.installation.rules, planning.editor())
        .await?
        .keeping(planning.installation.changes_kept());
    let present = writer.rule_set().await?;
    let planned = match draft.complete(&present) {
        Ok(planned) => planned,
        Err(faults) => {
            write_faults(&faults, planning.all, output)?;
            complain("nothing was imported");
            return Ok(ExitCode::FAILURE);
        }
    };
    let applied = apply(writer, &planning, (&present, &planned), mode.apply, output).await?;
    Ok(match applied {
        Applied::Well => ExitCode::SUCCESS,
        Applied::Refused => ExitCode::FAILURE,
    })
}
