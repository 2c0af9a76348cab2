//! The service itself.

use std::process::ExitCode;

use crate::config::Config;

/// Serves until it is told to stop.
#[expect(clippy::unused_async, reason = "the server is awaited here as soon as there is one")]
pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    drop(config);
    anyhow::bail!("not there yet")
}
