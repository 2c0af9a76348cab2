//! The program: reads the environment, runs the command, and ends with its exit code.

use std::io;
use std::process::ExitCode;

use stringee_router::cli;

fn main() -> io::Result<ExitCode> {
    // A variable that is not UTF-8 is passed on with replacement characters, so that one of ours is found wrong.
    let environment = std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    });
    cli::run(environment.collect())
}
