//! Benchmarks of our own: what a decision costs, and how the server stands next to one that always says the same.
//!
//! `cargo bench --bench router -- NAME` runs one of them; docs/performance.md explains the figures.
#![expect(
    clippy::print_stdout,
    reason = "what a benchmark finds goes to the standard output"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, starts threads and knows its own program"
)]

mod timing;
mod report;
mod workload;
mod database;
mod core;
mod wire;
mod events;
mod load;
mod process;
mod http;
mod console;
mod instructions;

use std::process::ExitCode;

const HELP: &str = "\
Benchmarks: cargo bench --bench router -- NAME
  core          nanoseconds of one decision, by workload and by the size of the rules
  wire          nanoseconds of reading a question, checking a signature, and a whole request without a socket
  events        nanoseconds of call events among 100,000 agents, and of an answer when 10,000 queues were asked about
  load          seconds and memory of loading and compiling rules of several sizes, and what calls notice of it
  http          the running server against a static axum server and a plain epoll loop (--quick: a first look;
                W1, W2, W3 or W4: one workload)
  console       milliseconds of the console's views and previews, by the size of the rules
  growth        the running server with few and with very many rules and callers (--quick: a first look)
  instructions  instructions of one request in user space (needs valgrind), beside those of
                benches/instructions.toml (--renew: writes that file)";

fn main() -> anyhow::Result<ExitCode> {
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_for_people = !matches!(*arguments, ["count" | "peer", ..]);
    if is_for_people {
        println!("profile {}, as for every server here", process::profile()?);
    }
    match *arguments {
        ["core"] => core::run()?,
        ["wire"] => wire::run()?,
        ["events"] => events::run()?,
        ["load"] => load::run()?,
        ["http"] => http::run(http::Effort::Full, &workload::ALL)?,
        ["http", "--quick"] => http::run(http::Effort::Quick, &workload::ALL)?,
        ["http", name] => http::run(http::Effort::Full, &[workload::named(name)?])?,
        ["console"] => console::run()?,
        ["growth"] => http::growth::run(http::Effort::Full)?,
        ["growth", "--quick"] => http::growth::run(http::Effort::Quick)?,
        ["instructions"] => instructions::run()?,
        ["instructions", "--renew"] => instructions::renew()?,
        // What is counted, started by the benchmark itself.
        ["count", name, requests] => instructions::count(name, requests)?,
        // The other side of a comparison, started by the benchmark itself.
        ["peer", "axum", answer] => http::peers::axum(answer)?,
        ["peer", "epoll", answer] => http::peers::epoll(answer)?,
        _ => {
            println!("{HELP}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
