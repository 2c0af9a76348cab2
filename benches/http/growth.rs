//! Whether the number of rules and callers matters to a request.

use super::report;
use super::{Effort, turns};
use crate::database::{Database, Size};
use crate::process::{Cpu, Server, pin};
use crate::report::{Goal, print_goal};
use crate::workload::W1;
use turns::Contestant;

/// Measures W1 on rule sets of several sizes by turns, and writes `bench-growth.json` below `target/tmp`.
pub(crate) fn run(effort: Effort) -> anyhow::Result<()> {
    const CONNECTIONS: usize = 64;
    pin(Cpu::Last)?;
    let sizes = [
        ("10 of each", Size::SMALL),
        (
            "rules",
            Size {
                rules: Size::LARGE.rules,
                queues: Size::LARGE.queues,
                ..Size::SMALL
            },
        ),
        (
            "callers",
            Size {
                callers: Size::LARGE.callers,
                ..Size::SMALL
            },
        ),
        ("all", Size::LARGE),
    ];
    let databases = sizes
        .iter()
        .map(|(_, size)| Database::of(*size))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let start = |((name, _), database): (&(&'static str, Size), &Database)| {
        Ok(Contestant {
            name,
            server: Server::router(&database.path(), Cpu::First)?,
        })
    };
    let servers = sizes
        .iter()
        .zip(&databases)
        .map(start)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let measured = turns::by_turns(&servers, &W1.requests()?, CONNECTIONS, effort)?;
    report::print_head();
    let rows = report::rows(W1.name, CONNECTIONS, &servers, &measured)?;
    rows.iter().for_each(report::Row::print);
    println!("\nGoals, against 10 of each:");
    for (name, of) in [("rules", "100,000 rules"), ("callers", "1,000,000 callers")] {
        if let Some(row) = rows.iter().find(|row| row.server == name) {
            print_goal(
                &format!("cost of a request with {of}, times"),
                1.0 / row.ratio,
                Goal::AtMost(1.10),
            );
        }
    }
    report::write("bench-growth.json", &rows)
}
