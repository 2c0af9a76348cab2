//! Sets up the log: to the standard error, for people or for machines.

use std::io::IsTerminal;
use std::{io, panic};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogConfig, LogFormat};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not understood.
    #[error("log.filter is not understood")]
    Filter(#[from] ParseError),
    /// The process has a log already.
    #[error("the log is already set up")]
    SetUpTwice(#[from] TryInitError),
}

/// Sends all events to the standard error, as configured, and panics with them.
///
/// The standard output belongs to what a command prints.
///
/// # Errors
/// The filter is not understood, or this has been called before.
pub fn init_logs(config: &LogConfig) -> Result<(), LogError> {
    let filter = EnvFilter::builder().parse(&config.filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match config.format {
        LogFormat::Pretty => builder
            .with_ansi(io::stderr().is_terminal())
            .finish()
            .try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic as an event like any other, so that it has a time and is JSON where all is.
///
/// Its message may hold anything, so only its place is logged; the place tells which message it was.
fn log_panic(panic: &panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(place, "panic: this is a bug, please report it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_not_understood_is_refused() {
        let config = LogConfig {
            filter: "router=loud".to_owned(),
            ..LogConfig::default()
        };
        assert!(matches!(init_logs(&config), Err(LogError::Filter(_))));
    }
}
