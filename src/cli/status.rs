//! `status`: what the running server serves, and what is wrong, if anything.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::options::Sources;
use super::output::Output;
use super::remote::RemoteOptions;
use super::rules::counted;
use super::server::{RunningServer, ServerStatus};
use super::times::Times;

/// Say what the running server serves, and what is wrong.
///
/// It asks the admin listener of this configuration. Local times are in the rules' time zone.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusArguments {
    /// Print what /status says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: RemoteOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router status
  stringee-router status --json

Exit codes: 0 all is well, 1 something is wrong or waits for somebody, 2 the server does not answer.";

/// How long the server may take. It answers at once, so a slow one is not well.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn run(
    arguments: &StatusArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    if let Some(server) = arguments.remote.server()? {
        let status = server.get("/status", &[])?;
        output.line(serde_json::to_string_pretty(&status)?)?;
        let is_well = ["edit_refused", "held", "fault"]
            .iter()
            .all(|name| matches!(status.get(*name), Some(Value::Null | Value::Bool(false))));
        return Ok(if is_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    if sources.server_config()?.database.project.one().is_none() && sources.names_no_project() {
        return several(arguments, sources, output);
    }
    let config = sources.config()?;
    let server = RunningServer::new(&config, LIMIT);
    let status = server.must_say()?;
    let (_, readiness) = server.get("/readyz")?;
    let is_well = readiness.trim() == "ready";
    if arguments.json {
        output.line(server.get("/status")?.1.trim_end())?;
    } else {
        let times = Times::of(&config.database.rules).await;
        output.line(served(&status, &times))?;
        output.line(readiness.trim_end())?;
        for remark in &status.file_remarks {
            output.line(format_args!(
                "note: {}: {remark}",
                config.database.rules.display()
            ))?;
        }
    }
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Of several projects each has a line.
fn several(
    arguments: &StatusArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let server = RunningServer::new(&sources.server_config()?, LIMIT);
    let page = server.get("/status").with_context(|| server.no_answer())?.1;
    let (_, readiness) = server.get("/readyz")?;
    if arguments.json {
        output.line(page.trim_end())?;
    } else {
        let page: SeveralStatus = serde_json::from_str(&page)?;
        output.line(format_args!(
            "answers for {}",
            counted(page.project_count, "project")
        ))?;
        for line in page.projects {
            output.line(format_args!(
                "project {} ({}): {}, version {}, {}",
                line.project,
                line.name,
                line.readiness,
                line.version,
                counted(line.agents, "agent"),
            ))?;
        }
        output.line(readiness.trim_end())?;
    }
    Ok(if readiness.trim() == "ready" {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What `/status` says of several projects.
#[derive(Deserialize)]
struct SeveralStatus {
    project_count: usize,
    projects: Vec<ProjectStatus>,
}

#[derive(Deserialize)]
struct ProjectStatus {
    project: i64,
    name: String,
    readiness: String,
    version: u64,
    agents: usize,
}

fn served(status: &ServerStatus, times: &Times) -> String {
    let rules = &status.rules;
    let since = match rules.since.parse() {
        Ok(since) => times.show(since).to_string(),
        Err(_) => rules.since.clone(),
    };
    format!(
        "serves version {}-{} since {since}: {}, {}, {}",
        rules.version,
        rules.hash,
        counted(rules.rules, "rule"),
        counted(rules.agents, "agent"),
        counted(rules.groups, "group"),
    )
}
