//! The program: reads arguments and environment, runs the command, and ends with its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use stringee_router::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    // A variable that is not UTF-8 is passed on with replacement characters, so that one of ours is found wrong.
    let environment = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    Cli::parse().run(environment).await
}
