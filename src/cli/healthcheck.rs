//! `healthcheck`: asks the running server how it is; made for the HEALTHCHECK of a container.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use ureq::Agent;

use super::http::{local_client, reachable};
use super::options::Sources;
use super::output::Output;

/// Ask the running server whether it is alive.
///
/// It asks /healthz where the webhook listens (server.listen) and /readyz where operators do (admin.listen), and prints
/// what the latter says. Only /healthz decides: a server without rules is alive, and restarting it would not help.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct HealthcheckArguments {}

const EXIT_CODES: &str = "\
Exit codes: 0 alive, 1 not alive, 2 the configuration cannot be read.";

/// How long the server may take. It answers in microseconds, so a slow one is not well.
const LIMIT: Duration = Duration::from_secs(2);

pub(super) fn run(
    _: &HealthcheckArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let config = sources.server_config()?;
    let address = reachable(config.server.listen);
    let client = local_client(LIMIT);
    match fetch(&client, address, "/healthz") {
        Ok((200, _)) => {}
        Ok((status, body)) => {
            output.line(format_args!(
                "not alive: /healthz of {address} answers {status} {body}"
            ))?;
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => {
            output.line(format_args!(
                "not alive: /healthz of {address} does not answer: {error}"
            ))?;
            return Ok(ExitCode::FAILURE);
        }
    }
    // The public one only counts what is wrong.
    match fetch(&client, reachable(config.admin.listen), "/readyz") {
        Ok((status, body)) => {
            output.line(format_args!("alive; /readyz answers {status} {body}"))?;
        }
        Err(error) => output.line(format_args!("alive; /readyz does not answer: {error}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Status and text of a page.
fn fetch(client: &Agent, address: SocketAddr, path: &str) -> Result<(u16, String), ureq::Error> {
    /// More is not worth keeping in a container's health log.
    const BODY_BYTES: u64 = 16 * 1024;
    let mut response = client.get(format!("http://{address}{path}")).call()?;
    let body = response
        .body_mut()
        .with_config()
        .limit(BODY_BYTES)
        .lossy_utf8(true)
        .read_to_string()?;
    Ok((response.status().as_u16(), body.trim_end().to_owned()))
}
