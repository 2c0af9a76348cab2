//! The program: reads arguments and environment, runs the command, and ends with its exit code.

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use stringee_router::cli::Cli;
use tokio::runtime::Runtime;

fn main() -> io::Result<ExitCode> {
    // A variable that is not UTF-8 is passed on with replacement characters, so that one of ours is found wrong.
    let environment = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    let command = Cli::parse();
    let runtime = Runtime::new()?;
    let code = runtime.block_on(command.run(environment));
    // What still waits for a disk that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(code)
}
