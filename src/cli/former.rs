//! Verbs of earlier versions, which answer with what to type today.

use clap::{Args, Subcommand};

/// Verbs that are part of another one now.
#[derive(Debug, Subcommand)]
pub(super) enum FormerCommand {
    #[command(hide = true)]
    Changes(Rest),
    #[command(hide = true)]
    Undo(Rest),
    #[command(hide = true)]
    Backup(Rest),
    #[command(hide = true)]
    Restore(Rest),
}

/// Whatever else was typed.
#[derive(Debug, Args)]
pub(super) struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl FormerCommand {
    pub(super) fn what_to_type(self) -> anyhow::Error {
        let (former, today, Rest { rest }) = match self {
            Self::Changes(rest) => ("changes", "history list", rest),
            Self::Undo(rest) => ("undo", "history undo", rest),
            Self::Backup(rest) => ("backup", "history backup", rest),
            Self::Restore(rest) => ("restore", "history restore", rest),
        };
        let mut words = vec![today];
        words.extend(rest.iter().map(|word| &**word));
        anyhow::anyhow!(
            "`{former}` is `{today}` now; type: stringee-router {}",
            words.join(" ")
        )
    }
}
