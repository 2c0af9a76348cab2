//! Several servers asked by turns, so that what else the machine does falls on all of them alike.

use super::{Effort, ask};
use crate::process::{CpuTime, Server};

/// A server in a comparison.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
}

/// What one server did in all rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Requests per second, by round.
    pub(crate) rates: Vec<f64>,
    /// The latency in microseconds that half of the requests keep, by round.
    pub(crate) medians: Vec<f64>,
    /// The latency in microseconds that 99 of 100 requests keep, by round.
    pub(crate) p99s: Vec<f64>,
    pub(crate) requests: f64,
    pub(crate) cpu: CpuTime,
}

/// Asks each server in each round; the figures are in the order of the servers.
pub(crate) fn by_turns(
    servers: &[Contestant],
    requests: &[Vec<u8>],
    connections: usize,
    effort: Effort,
) -> anyhow::Result<Vec<Measured>> {
    let mut all = vec![Measured::default(); servers.len()];
    for contestant in servers {
        ask(
            contestant.server.address,
            requests,
            connections,
            effort.turn(),
        )?;
    }
    for round in 0..effort.rounds() {
        for place in 0..servers.len() {
            // Nobody always comes after the same other one.
            let place = (place + round) % servers.len();
            if let (Some(contestant), Some(measured)) = (servers.get(place), all.get_mut(place)) {
                measured.take_turn(&contestant.server, requests, connections, effort)?;
            }
        }
    }
    Ok(all)
}

impl Measured {
    fn take_turn(
        &mut self,
        server: &Server,
        requests: &[Vec<u8>],
        connections: usize,
        effort: Effort,
    ) -> anyhow::Result<()> {
        let before = server.cpu_time()?;
        let mut asked = ask(server.address, requests, connections, effort.turn())?;
        let after = server.cpu_time()?;
        self.cpu.user += after.user - before.user;
        self.cpu.system += after.system - before.system;
        asked.latencies.sort_unstable();
        let count = u32::try_from(asked.latencies.len()).map_or(f64::INFINITY, f64::from);
        self.requests += count;
        self.rates.push(count / asked.elapsed.as_secs_f64());
        self.medians.push(asked.latency_us(50));
        self.p99s.push(asked.latency_us(99));
        Ok(())
    }

    /// CPU time of one request in microseconds: in user space, and in the kernel.
    pub(crate) fn cpu_us(&self) -> (f64, f64) {
        (
            self.cpu.user * 1e6 / self.requests,
            self.cpu.system * 1e6 / self.requests,
        )
    }
}

/// The median of the ratios of two servers' figures, round by round.
pub(crate) fn ratio(figures: &[f64], to: &[f64]) -> f64 {
    let mut ratios: Vec<f64> = figures
        .iter()
        .zip(to)
        .map(|(one, other)| one / other)
        .collect();
    crate::timing::median(&mut ratios)
}
