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
        let per_request = per_request(&requests, || Server::router_under(&TOOL, &database.path()))?;
        println!("{}    {per_request:>8}  {}", workload.name, workload.about);
    }
    let answer = database.path().with_file_name("answer");
    std::fs::write(&answer, [b'.'; 282])?;
    let per_request = per_request(&workload::W1.requests()?, || Server::peer_under(&TOOL, "axum", &answer))?;
    println!("axum  {per_request:>8}  W1 answered by a static axum server");
    Ok(())
}

/// Counts all instructions of a process.
const TOOL: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];

/// The instructions of one request.
fn per_request(requests: &[Vec<u8>], start: impl Fn() -> anyhow::Result<Server>) -> anyhow::Result<u64> {
    let before = instructions(start()?, requests, WARM_UP)?;
    let after = instructions(start()?, requests, WARM_UP + COUNTED)?;
    Ok((after - before) / u64::try_from(COUNTED)?)
}

/// All instructions of a server from its start to its end, with so many requests in between.
fn instructions(server: Server, requests: &[Vec<u8>], count: usize) -> anyhow::Result<u64> {
    ask(server.address, requests, 1, Until::Answers(count))?;
    let said = server.stop()?;
    let line = said.lines().find_map(|line| line.split_once("Collected : ")).context("valgrind counts")?;
    line.1.trim().parse().context("valgrind counts in digits")
}
