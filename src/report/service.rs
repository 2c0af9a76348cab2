//! How soon calls are taken, as far as call events tell.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Spread;
use crate::store::AnswerRow;

/// A call that is taken within so many seconds is taken in time: the usual measure of call centers, "80/20".
pub const IN_TIME_SECONDS: u64 = 20;

/// How soon calls were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// All calls that were not blocked.
    pub all: ServiceCount,
    /// Seconds from the first ask until somebody took the call; `None`: nobody took any.
    pub waits: Option<Spread>,
    /// By the beginning of the half hour in which they came.
    pub half_hours: BTreeMap<Timestamp, ServiceCount>,
}

/// Calls by what became of them; those that nobody took are the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceCount {
    /// Calls.
    pub calls: u64,
    /// Those that somebody took.
    pub taken: u64,
    /// Those that somebody took in time.
    pub in_time: u64,
}

impl ServiceCount {
    /// Calls that nobody took.
    pub const fn abandoned(&self) -> u64 {
        self.calls.saturating_sub(self.taken)
    }

    /// Counts the calls of another as well.
    pub const fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.taken += other.taken;
        self.in_time += other.in_time;
    }
}

/// Counts calls while they come.
#[derive(Debug, Default)]
pub(super) struct ServiceTally {
    service: Service,
    waits: Vec<u64>,
}

impl ServiceTally {
    /// Counts a call by its answers.
    pub(super) fn add(&mut self, answers: &[AnswerRow]) {
        if answers.iter().all(|answer| answer.outcome == "blocked") {
            return;
        }
        let began = |answer: &AnswerRow| answer.first_at.as_second() - i64::from(answer.waited);
        let Some(began) = answers.iter().map(began).min() else {
            return;
        };
        let taken_at = answers.iter().filter_map(|answer| answer.taken_at).min();
        let wait = taken_at.map(|at| u64::try_from(at.as_second() - began).unwrap_or(0));
        let count = ServiceCount {
            calls: 1,
            taken: u64::from(wait.is_some()),
            in_time: u64::from(wait.is_some_and(|wait| wait <= IN_TIME_SECONDS)),
        };
        self.waits.extend(wait);
        self.service.all.add(&count);
        let half_hour = began - began.rem_euclid(30 * 60);
        let half_hour = Timestamp::from_second(half_hour).unwrap_or_default();
        self.service
            .half_hours
            .entry(half_hour)
            .or_default()
            .add(&count);
    }

    /// `None`: no call was taken as far as events tell, so that nothing is known.
    pub(super) fn finish(self) -> Option<Service> {
        let waits = Some(Spread::of(self.waits)?);
        Some(Service {
            waits,
            ..self.service
        })
    }
}
