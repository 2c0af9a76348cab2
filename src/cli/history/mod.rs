//! `history`: the versions of the rules, and the ways back.

mod backup;
mod list;
mod restore;
mod text;
mod undo;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::options::Sources;
use super::output::Output;

/// See what was changed in the rules, take it back, keep copies.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(list::ListArguments),
    Show(list::ShowArguments),
    Undo(Box<undo::Arguments>),
    Backup(backup::Arguments),
    Restore(Box<restore::Arguments>),
}

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    match arguments.what {
        What::List(arguments) => list::list(arguments, sources, output).await,
        What::Show(arguments) => list::show(arguments, sources, output).await,
        What::Undo(arguments) => undo::run(*arguments, sources, output).await,
        What::Backup(arguments) => backup::run(arguments, sources, output).await,
        What::Restore(arguments) => restore::run(*arguments, sources, output).await,
    }
}
