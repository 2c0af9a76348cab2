//! `emulate api`: serves the REST API.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::super::output::Output;
use crate::shutdown::Tasks;
use crate::signals::Signals;
use stringee_emulator::{Api, SharedState};

/// Serve Stringee's REST API from a state file, which follows every change, until SIGTERM or SIGINT
#[derive(Debug, Args)]
pub(super) struct ApiArguments {
    /// The state file; `emulate state` writes one
    file: PathBuf,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

/// How long the emulator takes to end at most.
const LAST_RESORT: Duration = Duration::from_secs(3);

pub(super) async fn run(arguments: ApiArguments, output: &mut Output) -> anyhow::Result<ExitCode> {
    let tasks = Tasks::new();
    let signals =
        Signals::handle(tasks.token(), LAST_RESORT, None).context("cannot listen for signals")?;
    let stop = tasks.shutdown_signal(signals);
    let state = SharedState::open(&arguments.file)?;
    let api = Api::bind(arguments.listen, state)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    output.line(format_args!(
        "Stringee's REST API is emulated on http://{}",
        api.local_addr()
    ))?;
    output.flush()?;
    let served = api.run(tasks.token());
    tokio::select! {
        served = served => served.context("the listener failed")?,
        () = stop => {}
    }
    Ok(ExitCode::SUCCESS)
}
