//! What came of it all.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::check::Broken;
use super::people::{CallState, EmulatedCall, Millis};

/// What came of a play.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Emulated seconds that were played.
    pub seconds: u32,
    /// Calls that came in.
    pub calls: usize,
    /// Calls that somebody picked up.
    pub answered: usize,
    /// Callers who hung up, or were sent away.
    pub lost: usize,
    /// Calls that still waited at the end.
    pub waiting: usize,
    /// Emulated seconds until somebody picked up.
    pub wait_seconds: Spread,
    /// Emulated seconds until a caller hung up.
    pub lost_after_seconds: Spread,
    /// Times that an agent was rung.
    pub rings: usize,
    /// Of these, rings of an agent who was rung for another call: nobody can pick up both.
    pub rings_in_vain: usize,
    /// Questions that were asked, and calls in all of them together.
    pub questions: u64,
    /// See `questions`.
    pub calls_asked_about: u64,
    /// Milliseconds until an answer came, by the clock.
    pub answer_milliseconds: Spread,
    /// Call events that were taken with a 2xx status, and those that were not.
    pub events_sent: u64,
    /// See `events_sent`.
    pub events_failed: u64,
    /// How many milliseconds of the clock the play was late at worst: over some hundred, this machine is too slow for the
    /// speed.
    pub late_milliseconds: u64,
    /// Calls that each agent has answered, most first.
    pub shares: Vec<(String, usize)>,
    /// Promises that were broken; none in a good world.
    pub broken: Vec<Broken>,
}

/// How a quantity is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half of all are no more.
    pub half: f64,
    /// Nine of ten are no more.
    pub nine_in_ten: f64,
    /// 99 of 100 are no more.
    pub all_but_one_percent: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// Of whole thousandths: milliseconds become seconds.
    pub(super) fn of(mut thousandths: Vec<u64>) -> Self {
        thousandths.sort_unstable();
        let at = |percent: usize| {
            let place = (thousandths.len() * percent).div_ceil(100);
            match thousandths.get(place.saturating_sub(1)) {
                Some(value) => thousandth(*value),
                None => 0.0,
            }
        };
        Self {
            half: at(50),
            nine_in_ten: at(90),
            all_but_one_percent: at(99),
            most: at(100),
        }
    }
}

/// What can be told from the calls alone.
pub(super) struct CallCounts {
    pub(super) answered: usize,
    pub(super) lost: usize,
    pub(super) waiting: usize,
    pub(super) wait_seconds: Spread,
    pub(super) lost_after_seconds: Spread,
    pub(super) shares: Vec<(String, usize)>,
}

impl CallCounts {
    pub(super) fn of(calls: &[EmulatedCall]) -> Self {
        let (mut waits, mut lost): (Vec<Millis>, Vec<Millis>) = (Vec::new(), Vec::new());
        let mut shares: BTreeMap<String, usize> = BTreeMap::new();
        for call in calls {
            match &call.state {
                CallState::Talking { agent, since } | CallState::Served { agent, since } => {
                    waits.push(since - call.arrived);
                    *shares.entry(agent.clone()).or_default() += 1;
                }
                CallState::Lost { at } => lost.push(at - call.arrived),
                CallState::Waiting | CallState::Ringing(_) => {}
            }
        }
        let mut shares: Vec<(String, usize)> = shares.into_iter().collect();
        shares.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        Self {
            answered: waits.len(),
            lost: lost.len(),
            waiting: calls.len() - waits.len() - lost.len(),
            wait_seconds: Spread::of(waits),
            lost_after_seconds: Spread::of(lost),
            shares,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            calls,
            answered,
            lost,
            waiting,
            rings,
            rings_in_vain,
            questions,
            calls_asked_about,
            ..
        } = self;
        writeln!(
            f,
            "{calls} calls in {} emulated seconds: {answered} answered, {lost} lost, {waiting} still waiting",
            self.seconds
        )?;
        writeln!(f, "waited until answered  {} s", self.wait_seconds)?;
        writeln!(f, "waited until lost      {} s", self.lost_after_seconds)?;
        writeln!(
            f,
            "rings                  {rings}, {rings_in_vain} of agents who were rung for another call"
        )?;
        writeln!(
            f,
            "questions              {questions}, about {calls_asked_about} calls"
        )?;
        writeln!(f, "answers took           {} ms", self.answer_milliseconds)?;
        writeln!(f, "late at worst          {} ms", self.late_milliseconds)?;
        if self.events_sent + self.events_failed > 0 {
            writeln!(
                f,
                "call events            {} taken, {} not",
                self.events_sent, self.events_failed
            )?;
        }
        self.write_shares(f)?;
        if self.broken.is_empty() {
            return f.write_str("no promise broken");
        }
        for broken in &self.broken {
            write!(f, "BROKEN {} times: {}", broken.times, broken.invariant)?;
            broken
                .examples
                .iter()
                .try_for_each(|example| write!(f, "\n  {example}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Summary {
    fn write_shares(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// A line's worth.
        const MAX_SHOWN: usize = 8;
        let count = self.shares.len();
        let share = |(agent, calls): &(String, usize)| format!("{agent} {calls}");
        let first: Vec<String> = self.shares.iter().take(MAX_SHOWN).map(share).collect();
        let rest = if count > MAX_SHOWN {
            let last = self.shares.last().map(share).unwrap_or_default();
            format!(" ... {last}")
        } else {
            String::new()
        };
        writeln!(
            f,
            "answered by            {count} agents: {}{rest}",
            first.join(", ")
        )
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            half,
            nine_in_ten,
            all_but_one_percent,
            most,
        } = self;
        write!(
            f,
            "50 % {half:.1}, 90 % {nine_in_ten:.1}, 99 % {all_but_one_percent:.1}, most {most:.1}"
        )
    }
}

fn thousandth(value: u64) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_in_order() {
        let spread = Spread::of((1..=1000).rev().map(|second| second * 1000).collect());
        assert_eq!(
            spread.to_string(),
            "50 % 500.0, 90 % 900.0, 99 % 990.0, most 1000.0"
        );
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
