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
pub(super) struct HistoryArguments {
    #[command(subcommand)]
    what: HistoryVerb,
}

#[derive(Debug, Subcommand)]
enum HistoryVerb {
    List(list::ListArguments),
    Show(list::ShowArguments),
    Undo(Box<undo::UndoArguments>),
    Backup(backup::BackupArguments),
    Restore(Box<restore::RestoreArguments>),
}

pub(super) async fn run(
    arguments: HistoryArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    match arguments.what {
        HistoryVerb::List(arguments) => list::list(arguments, sources, output).await,
        HistoryVerb::Show(arguments) => list::show(arguments, sources, output).await,
        HistoryVerb::Undo(arguments) => undo::run(*arguments, sources, output).await,
        HistoryVerb::Backup(arguments) => backup::run(arguments, sources, output).await,
        HistoryVerb::Restore(arguments) => restore::run(*arguments, sources, output).await,
    }
}
