//! How several servers on one PostgreSQL keep in touch.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Secret, parse};

/// How several servers on one PostgreSQL keep in touch; only with `database.url`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterConfig {
    /// Whether what this server learns of calls is shared with the others. Default true.
    pub share_calls: bool,
    /// PostgreSQL with what servers tell each other of calls, where that is another one than `database.url`: one of the region,
    /// while the rules come from afar. Default: none, and it is the same.
    ///
    /// It needs the same tables (`init --postgres`), and no rules.
    #[serde(deserialize_with = "parse::postgres_url")]
    pub url: Option<Secret>,
    /// A file that holds this address instead; blanks and the line end around the text are dropped. Default: none.
    pub url_file: Option<PathBuf>,
    /// The server's name among the others. Default: the host's name.
    pub replica: String,
    /// Milliseconds from one exchange with PostgreSQL to the next, 10 to 1000. Default 50.
    #[serde(deserialize_with = "parse::within::<10, 1000, _, _>")]
    pub exchange_ms: u64,
    /// Milliseconds that one exchange may take, 100 to 10000. Default 500.
    ///
    /// Then the connection is given up and the next host of the address is tried.
    #[serde(deserialize_with = "parse::within::<100, 10000, _, _>")]
    pub deadline_ms: u64,
    /// Seconds that a start waits for PostgreSQL before it answers by what it remembers, 0 to 60. Default 3.
    #[serde(deserialize_with = "parse::within::<0, 60, _, _>")]
    pub start_patience_seconds: u64,
}

impl ClusterConfig {
    /// Time from one exchange to the next.
    pub fn round(&self) -> Duration {
        Duration::from_millis(self.exchange_ms)
    }

    /// Time that one exchange may take.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// Time that a start waits.
    pub fn start_patience(&self) -> Duration {
        Duration::from_secs(self.start_patience_seconds)
    }

    /// The name among the others, as configured or the host's.
    pub fn replica_name(&self) -> String {
        if !self.replica.is_empty() {
            return self.replica.clone();
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        match host.trim() {
            "" => "router".to_owned(),
            host => host.to_owned(),
        }
    }
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            share_calls: true,
            url: None,
            url_file: None,
            replica: String::new(),
            exchange_ms: 50,
            deadline_ms: 500,
            start_patience_seconds: 3,
        }
    }
}
