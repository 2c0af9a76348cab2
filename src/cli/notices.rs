//! `notices`: tries whether notices arrive.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::COULD_NOT_RUN;
use super::options::Sources;
use super::output::Output;
use crate::notices::{NoticeMessage, NoticeWays};

/// Try whether notices arrive.
///
/// A server tells people when an edit was refused, a version is held, or nobody will be rung within 24 hours: by a webhook,
/// Telegram or mail, as [notices] of the configuration says.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct NoticesArguments {
    #[command(subcommand)]
    action: NoticesAction,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router notices test

Exit codes: 0 sent all ways that are configured, 1 one of them failed, 2 none is configured.";

#[derive(Debug, Subcommand)]
enum NoticesAction {
    /// Send a notice that says it is a test, all ways that are configured
    Test {},
}

pub(super) fn run(
    arguments: &NoticesArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let NoticesAction::Test {} = arguments.action;
    let config = sources.server_config()?;
    let ways = NoticeWays::new(&config);
    if ways.is_empty() {
        output.line("no way is configured: see [notices] of config.toml")?;
        return Ok(ExitCode::from(COULD_NOT_RUN));
    }
    let mut has_failed = false;
    for outcome in ways.send(&NoticeMessage::test(config.language, clock::now())) {
        match outcome.fault {
            None => output.line(format_args!("{}: sent", outcome.way))?,
            Some(fault) => {
                has_failed = true;
                output.line(format_args!("{}: not sent: {fault}", outcome.way))?;
            }
        }
    }
    Ok(if has_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
