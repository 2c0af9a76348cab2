//! `accept`: confirms a version of the rules that the running server holds because it takes agents away.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde::Deserialize;

use super::options::Sources;
use super::output::Output;
use super::server::RunningServer;

/// Confirm a version of the rules that the running server holds back.
///
/// A version by which a queue would get nobody, most calls other people, or many agents one telephone, is held for a
/// minute (database.hold_seconds), for it may be a slip. This says that it is meant. It asks the server at admin.listen,
/// and says what was accepted.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AcceptArguments {
    /// Only the version with this hash, as /status shows it
    #[arg(long)]
    hash: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router accept

Exit codes: 0 accepted, 1 no such version is held, 2 the server does not answer.";

/// How long the server may take. It answers at once, so a slow one is not well.
const LIMIT: Duration = Duration::from_secs(5);

/// What `/accept` answers.
#[derive(Debug, Deserialize)]
struct Accepted {
    version: String,
}

pub(super) fn run(
    arguments: &AcceptArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let server = RunningServer::new(&sources.config()?, LIMIT);
    let held = match (server.must_say()?.held, &arguments.hash) {
        (Some(held), Some(hash)) if *hash != held.hash => None,
        (held, _) => held,
    };
    let Some(held) = held else {
        output.line("no such version is held: there is nothing to accept")?;
        return Ok(ExitCode::FAILURE);
    };
    let (status, text) = server.accept(&held.hash, sources.user())?;
    match status {
        200 => {}
        404 | 409 => {
            output.line(format_args!("not accepted: {}", text.trim_end()))?;
            return Ok(ExitCode::FAILURE);
        }
        _ => bail!("{} answers {status} {}", server.address, text.trim_end()),
    }
    let accepted: Accepted = serde_json::from_str(&text)?;
    output.line(format_args!(
        "accepted: version {} is in force",
        accepted.version
    ))?;
    for reason in held.reasons {
        output.line(format_args!("it was held because {reason}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
