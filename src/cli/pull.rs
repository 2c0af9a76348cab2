//! `pull`: takes queues, agents and groups over from Stringee.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::edit::{Edit, EditOptions, Proposal, Session};
use super::options::Sources;
use super::output::Output;
use super::rules::counted;
use crate::pull::{self, Basis, Choices, Takeover};
use crate::store::PULL;

/// Take queues, agents, groups and who is in them over from Stringee.
///
/// Each queue gets a rule: its primary groups are rung at once, the others later. The plan is shown first. A value that
/// was changed here since it was last pulled is kept, and so is a row that was here before; a row that was removed here
/// is not added again. Everything else follows Stringee, so pull again whenever something has changed there. Agents and
/// queues that are gone there are switched off here, not deleted.
///
/// What was pulled is known from the table changes; rows whose changes were deleted there count as changed here.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PullArguments {
    /// From which second of waiting on the groups that are not primary are rung. Stringee itself rings them when nobody
    /// of the primary groups is free
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    others_after: u32,
    #[command(flatten)]
    options: EditOptions,
    #[arg(long, hide = true)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router pull --plan
  stringee-router pull --others-after 30 --yes && stringee-router check --stringee

Exit codes: 0 done and in force, or nothing differs; 1 not done, or the server has not taken it; 2 not run (the message
says why). With --plan: 0 nothing differs, 1 something does, 2 that cannot be said.";

pub(super) async fn run(
    arguments: PullArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let PullArguments {
        others_after,
        options,
        dry_run,
    } = arguments;
    anyhow::ensure!(!dry_run, "--dry-run is --plan now");
    let client = sources.server_config()?.stringee.client()?;
    let mut session = Session::new(options, sources, PULL).await?;
    session.mark_reason(PULL);
    // Before the transaction: nobody has to wait for Stringee.
    let center = tokio::task::spawn_blocking(move || client.center())
        .await
        .context("the reading was cut short")??;
    let mut edit = Edit::begin(&session).await?;
    let basis = Basis::new(&edit.present, edit.writer.logged_for(PULL).await?);
    let choices = Choices {
        others_after_seconds: others_after,
    };
    let takeover = pull::plan(&center, choices, &basis);
    let proposal = Proposal {
        rules: takeover.applied_to(&edit.present),
        remarks: remarks(&takeover),
        ..Proposal::default()
    };
    Ok(edit.propose(&proposal, output).await?.code())
}

/// What is not taken over, and how much stays.
fn remarks(takeover: &Takeover) -> Vec<String> {
    let mut lines = Vec::new();
    for remark in &takeover.remarks {
        lines.push(format!("= {}: {}", remark.row, remark.text));
    }
    lines.push(format!(
        "{} as at Stringee",
        counted(takeover.unchanged, "row")
    ));
    lines
}
