//! The running server against a static axum server and a plain epoll loop, by turns, in one run.
//!
//! All servers are bound to one CPU and the asker to another one. In each round every server is asked for a moment; a
//! ratio is of two figures of the same round, and what is shown is the median of the rounds' ratios.

mod asker;
pub(crate) mod growth;
pub(crate) mod peers;
mod report;
mod turns;

use std::io::Write as _;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::database::{Database, Size};
use crate::process::{Cpu, Server, pin};
use crate::workload::Workload;
use report::Row;
use turns::Contestant;

pub(crate) use asker::{ask, ask_once};

/// How many connections ask at once.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// How long is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Long enough for figures that are quoted: a few minutes.
    Full,
    /// Long enough to see whether it works.
    Quick,
}

impl Effort {
    fn rounds(self) -> usize {
        match self {
            Self::Full => 11,
            Self::Quick => 3,
        }
    }

    fn turn(self) -> Duration {
        match self {
            Self::Full => Duration::from_millis(400),
            Self::Quick => Duration::from_millis(150),
        }
    }
}

/// Measures, prints a table and the goals, and writes `bench-http.json` below `target/tmp`.
pub(crate) fn run(effort: Effort, workloads: &[Workload]) -> anyhow::Result<()> {
    pin(Cpu::Last)?;
    let database = Database::of(Size::SMALL)?;
    report::print_head();
    let mut rows = Vec::new();
    for workload in workloads {
        rows.extend(compare(&database, *workload, effort)?);
    }
    report::print_goals(&rows);
    report::write("bench-http.json", &rows)
}

/// All servers with one workload.
fn compare(database: &Database, workload: Workload, effort: Effort) -> anyhow::Result<Vec<Row>> {
    let requests = workload.requests()?;
    let router = Server::router(&database.path(), Cpu::First)?;
    let mut answer = NamedTempFile::new()?;
    let body = ask_once(
        router.address,
        requests.first().map_or(&[][..], |request| request),
    )?;
    answer.write_all(&body)?;
    let servers = [
        // The first one is what the others are held against.
        Contestant {
            name: "axum",
            server: Server::peer("axum", answer.path(), Cpu::First)?,
        },
        Contestant {
            name: "router",
            server: router,
        },
        Contestant {
            name: "epoll",
            server: Server::peer("epoll", answer.path(), Cpu::First)?,
        },
    ];
    println!(
        "\n{}: {}, answers of {} bytes",
        workload.name,
        workload.about,
        body.len()
    );
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let measured = turns::by_turns(&servers, &requests, connections, effort)?;
        for row in report::rows(workload.name, connections, &servers, &measured)? {
            row.print();
            rows.push(row);
        }
    }
    Ok(rows)
}
