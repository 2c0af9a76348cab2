//! Sets up the log: to the standard error, for people or for machines.

use std::io::IsTerminal;
use std::time::Duration;
use std::{io, panic, thread};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use super::Metrics;
use super::log_queue::LogQueue;
use crate::config::{LogConfig, LogFormat};

/// The longest that the last lines are waited for: a reader who stalls must not keep the process.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not understood.
    #[error("log.filter is not understood")]
    Filter(#[from] ParseError),
    /// The process has a log already.
    #[error("the log is already set up")]
    SetUpTwice(#[from] TryInitError),
    /// The system gives no thread.
    #[error("cannot start the thread that writes the log")]
    NoThread(#[from] io::Error),
}

/// The log of the process. Clones are the same log.
#[derive(Clone, Debug)]
pub struct Logs(LogQueue);

impl Logs {
    /// Sends all events to the standard error, as configured, and panics with them.
    ///
    /// Nobody who logs waits for it: a thread of its own writes. The standard output belongs to what a command prints.
    ///
    /// # Errors
    /// The filter is not understood, there is no thread, or this has been called before.
    pub fn start(config: &LogConfig, metrics: &Metrics) -> Result<Self, LogError> {
        let filter = EnvFilter::builder().parse(&config.filter)?;
        let queue = LogQueue::new(config.queue_bytes, metrics.log_lines_lost.clone());
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(queue.clone())
            // It would print them to the standard error, and panic when that fails.
            .log_internal_errors(false);
        match config.format {
            LogFormat::Pretty => builder
                .with_ansi(io::stderr().is_terminal())
                .finish()
                .try_init()?,
            LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
        }
        let writing = queue.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writing.write_to(io::stderr()))?;
        let panicking = queue.clone();
        panic::set_hook(Box::new(move |panic| panicking.push_panic(place(panic))));
        Ok(Self(queue))
    }

    /// Ends the log. Says whether all of it is written; if not, whoever should take it stalls.
    pub fn close(&self) -> bool {
        self.0.close(LAST_LINES)
    }
}

/// Where a panic was. Its message may hold anything, so it is not logged; the place tells which message it was.
///
/// Nothing here can panic: a panic of the hook would end the process.
fn place(panic: &panic::PanicHookInfo<'_>) -> String {
    match panic.location() {
        Some(location) => location.to_string(),
        None => String::new(),
    }
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
        let started = Logs::start(&config, &Metrics::new());
        assert!(matches!(started, Err(LogError::Filter(_))));
    }
}
