//! The figures as a table for people and as JSON for machines, and the goals they are held to.

use std::path::Path;

use serde::Serialize;

use super::turns::{Contestant, Measured, ratio};
use crate::report::{Goal, print_goal};
use crate::timing::median;

/// One server's figures with one workload and so many connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) workload: &'static str,
    pub(crate) connections: usize,
    pub(crate) server: &'static str,
    /// The median of the rounds.
    pub(crate) requests_per_second: f64,
    /// Requests per second by those of the first server: the median of the rounds' ratios.
    pub(crate) ratio: f64,
    /// The lowest and the highest of the rounds' ratios.
    pub(crate) ratio_range: (f64, f64),
    pub(crate) user_us: f64,
    pub(crate) system_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The 99th percentile by that of the first server: the median of the rounds' ratios.
    pub(crate) p99_ratio: f64,
    pub(crate) rss_mb: f64,
}

/// The figures of all servers; the first server is what the others are held against.
pub(crate) fn rows(
    workload: &'static str,
    connections: usize,
    servers: &[Contestant],
    measured: &[Measured],
) -> anyhow::Result<Vec<Row>> {
    let Some(base) = measured.first() else {
        return Ok(Vec::new());
    };
    let row = |(contestant, measured): (&Contestant, &Measured)| {
        let (user_us, system_us) = measured.cpu_us();
        let ratios = measured
            .rates
            .iter()
            .zip(&base.rates)
            .map(|(one, other)| one / other);
        Ok(Row {
            workload,
            connections,
            server: contestant.name,
            requests_per_second: median(&mut measured.rates.clone()),
            ratio: ratio(&measured.rates, &base.rates),
            ratio_range: (
                ratios.clone().fold(f64::INFINITY, f64::min),
                ratios.fold(0.0, f64::max),
            ),
            user_us,
            system_us,
            p50_us: median(&mut measured.medians.clone()),
            p99_us: median(&mut measured.p99s.clone()),
            p99_ratio: ratio(&measured.p99s, &base.p99s),
            rss_mb: crate::process::memory_mb(contestant.server.id())?.0,
        })
    };
    servers.iter().zip(measured).map(row).collect()
}

/// The names of the columns.
pub(crate) fn print_head() {
    println!(
        "{:<4} {:>5} {:<10} {:>10} {:>6} {:>12} {:>8} {:>8} {:>8} {:>8} {:>6} {:>7}",
        "",
        "conns",
        "server",
        "requests/s",
        "ratio",
        "range",
        "user us",
        "sys us",
        "p50 us",
        "p99 us",
        "ratio",
        "RSS MB"
    );
}

impl Row {
    pub(crate) fn print(&self) {
        let range = format!("{:.2}-{:.2}", self.ratio_range.0, self.ratio_range.1);
        println!(
            "{:<4} {:>5} {:<10} {:>10.0} {:>6.2} {:>12} {:>8.2} {:>8.2} {:>8.1} {:>8.1} {:>6.2} {:>7.1}",
            self.workload,
            self.connections,
            self.server,
            self.requests_per_second,
            self.ratio,
            range,
            self.user_us,
            self.system_us,
            self.p50_us,
            self.p99_us,
            self.p99_ratio,
            self.rss_mb
        );
    }
}

/// Whether each goal is met.
pub(crate) fn print_goals(rows: &[Row]) {
    let find = |workload, connections, server| {
        let is_it = |row: &&Row| {
            row.workload == workload && row.connections == connections && row.server == server
        };
        rows.iter().find(is_it)
    };
    println!("\nGoals, against the static axum server:");
    for (workload, least) in [("W1", 0.90), ("W2", 0.88), ("W3", 0.80), ("W4", 0.80)] {
        if let Some(row) = find(workload, 64, "router") {
            print_goal(
                &format!("{workload} requests/s at 64 connections"),
                row.ratio,
                Goal::AtLeast(least),
            );
        }
    }
    if let (Some(router), Some(axum)) = (find("W1", 64, "router"), find("W1", 64, "axum")) {
        print_goal(
            "W1 user CPU per request, us more",
            router.user_us - axum.user_us,
            Goal::AtMost(2.5),
        );
    }
    if let Some(row) = find("W1", 1, "router") {
        print_goal(
            "W1 99th percentile at 1 connection",
            row.p99_ratio,
            Goal::AtMost(1.3),
        );
    }
}

/// Writes figures as JSON.
pub(crate) fn write(name: &str, rows: &[Row]) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, serde_json::to_string_pretty(rows)?)?;
    println!("\nwritten to {}", path.display());
    Ok(())
}
