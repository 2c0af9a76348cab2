//! `accept`: confirms a version of the rules that the running server holds because it takes agents away.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Deserialize;

use super::http::{local_client, reachable};
use super::options::Sources;
use super::output::Output;
use crate::admin::CONFIRMATION_HEADER;

/// Confirm a version of the rules that the running server holds back.
///
/// A version by which a queue would get nobody, most calls other people, or many agents one telephone, is held for a
/// minute (database.hold_seconds), for it may be a slip. This says that it is meant. It asks the server at admin.listen,
/// and says what was accepted.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
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

/// What `/status` says of it.
#[derive(Debug, Deserialize)]
struct StatusPage {
    held: Option<Held>,
}

#[derive(Debug, Deserialize)]
struct Held {
    hash: String,
    reasons: Vec<String>,
}

/// What `/accept` answers.
#[derive(Debug, Deserialize)]
struct Accepted {
    version: String,
}

pub(super) fn run(
    arguments: &Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let server = format!("http://{}", reachable(sources.config()?.admin.listen));
    let client = local_client(LIMIT);
    let no_answer =
        || format!("no answer from {server}; is the server running, and is this its admin.listen?");
    let page = client
        .get(format!("{server}/status"))
        .call()
        .with_context(no_answer)?
        .into_body();
    let page: StatusPage = serde_json::from_reader(page.into_reader()).with_context(no_answer)?;
    let Some(held) = page.held.filter(|held| {
        arguments
            .hash
            .as_ref()
            .is_none_or(|meant| *meant == held.hash)
    }) else {
        output.line("no such version is held: there is nothing to accept")?;
        return Ok(ExitCode::FAILURE);
    };
    let question = serde_json::json!({ "hash": held.hash }).to_string();
    let request = client
        .post(format!("{server}/accept"))
        .header("content-type", "application/json")
        .header(CONFIRMATION_HEADER, "yes");
    let mut answer = request.send(question).with_context(no_answer)?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().with_context(no_answer)?;
    match status {
        200 => {}
        404 | 409 => {
            output.line(format_args!("not accepted: {}", text.trim_end()))?;
            return Ok(ExitCode::FAILURE);
        }
        _ => bail!("{server} answers {status} {}", text.trim_end()),
    }
    let accepted: Accepted = serde_json::from_str(&text).with_context(no_answer)?;
    output.line(format_args!(
        "accepted: version {} is in force",
        accepted.version
    ))?;
    for reason in held.reasons {
        output.line(format_args!("it was held because {reason}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
