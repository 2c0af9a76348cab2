//! Instructions of one request in user space, counted by valgrind: the one figure that a busy machine does not change.

use anyhow::Context as _;

use crate::database::{Database, Size};
use crate::http::{Until, ask};
use crate::process::Server;
use crate::workload;

/// Requests before those that count: the first ones make room that later ones find.
const WARM_UP: usize = 200;

/// Requests that count.
const COUNTED: usize = 2000;

/// Prints a line per workload.
pub(crate) fn run() -> anyhow::Result<()> {
    let database = Database::of(Size::SMALL)?;
    println!("instructions in user space per request (callgrind, {COUNTED} requests)");
    for workload in workload::ALL {
        let requests = workload.requests()?;
        let before = instructions(&database, &requests, WARM_UP)?;
        let after = instructions(&database, &requests, WARM_UP + COUNTED)?;
        println!("{}  {:>8}  {}", workload.name, (after - before) / u64::try_from(COUNTED)?, workload.about);
    }
    Ok(())
}

/// All instructions of a server from its start to its end, with so many requests in between.
fn instructions(database: &Database, requests: &[Vec<u8>], count: usize) -> anyhow::Result<u64> {
    let tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let server = Server::router_under(&tool, &database.path())?;
    ask(server.address, requests, 1, Until::Answers(count))?;
    let said = server.stop()?;
    let line = said.lines().find_map(|line| line.split_once("Collected : ")).context("valgrind counts")?;
    line.1.trim().parse().context("valgrind counts in digits")
}
