//! The guard: a slip, such as an UPDATE without a WHERE, must not reach the callers before somebody has confirmed it.
//!
//! It looks at what would happen. Calls are answered by the version that is served and by the one that is offered: those
//! that were asked about of late, and one for each queue and hotline that the rules name; now, in each half hour of the
//! next day, and in each hour of the week. The offered version is held if
//!
//! * a queue or hotline that is answered would get nobody;
//! * most of the calls would ring other people;
//! * most of the telephones that would ring are one, and were several before.
//!
//! What people do every day passes: other people rung by the same rule while they are fewer than five, and a rule that
//! answers what only the fallback answered. Both lists of edits, those that pass and those that are held, are in `tests.rs`.
//!
//! All of it is a pure function of the two versions, the calls and the time. It ends when its time is spent, the most
//! telling questions come first.

mod phones;
mod sentences;
mod tally;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use phones::Phones;
use routing::compare::{ComparedCall, Sides, named_calls, shared_situations, stranger, waits};
use routing::diagnosis::Objection;
use routing::snapshot::Snapshot;
use tally::GuardTally;

/// How long the comparing may take, as time of the CPU; of that, how long finding out what is open may.
const COMPARING: Duration = Duration::from_millis(200);
const LOOKING_AHEAD: Duration = Duration::from_millis(80);

/// Between two looks at the time: a look costs a system call.
const CALLS_BETWEEN_LOOKS: usize = 8;

/// How many rules are asked for by name; of more, so many that lie spread over all.
const MAX_NAMED_RULES: usize = 4096;

/// Seconds after which a caller has hung up: an answer that comes later is none.
const PATIENCE_SECONDS: u32 = 60;

/// Half hours that are looked at, and the hours after them up to a week.
const HALF_HOURS: usize = 48;
const HOURS: usize = 144;

/// The two versions, and what is known of calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison<'a> {
    /// What is served.
    pub(super) before: &'a Snapshot,
    /// What is offered.
    pub(super) after: &'a Snapshot,
    /// Calls that were asked about of late.
    pub(super) recent: &'a [ComparedCall<'a>],
    pub(super) now: Timestamp,
}

/// A call that is asked about, and where it is known from.
#[derive(Debug)]
struct Probe<'a> {
    call: ComparedCall<'a>,
    /// It was asked about of late; else the rules name its queue, hotline or caller.
    is_recent: bool,
    /// Nothing names its caller, so that what blocks the call blocks everybody.
    is_by_stranger: bool,
    tally: GuardTally,
}

impl<'a> Comparison<'a> {
    /// Why the offered version should not simply take the place of the served one; nothing if all is well.
    ///
    /// `spent` says how much time of the CPU has been spent on it so far.
    pub(super) fn objections(&self, spent: &dyn Fn() -> Duration) -> Vec<Objection> {
        let times = times(self.now);
        let situations = shared_situations(self.before, self.after, &times, &|| {
            spent() >= LOOKING_AHEAD
        });
        let waits = waits(self.before, self.after, PATIENCE_SECONDS);
        let stranger = stranger(self.before);
        let mut probes = self.probes(stranger.as_deref());
        let mut phones = Phones::default();
        'compared: for situation in &situations {
            let mut sides = Sides::new(self.before, self.after, situation, &waits);
            for (place, probe) in probes.iter_mut().enumerate() {
                if place % CALLS_BETWEEN_LOOKS == 0 && spent() >= COMPARING {
                    tracing::debug!("the guard's time is spent before all calls are compared");
                    break 'compared;
                }
                let (before, after) = sides.answers(&probe.call);
                phones.add(&after);
                probe
                    .tally
                    .add(&before, &after, situation, probe.is_by_stranger);
            }
        }
        let time_zone = &self.before.settings.time_zone;
        let mut objections = sentences::lost(&probes, &times, time_zone);
        if objections.is_empty() {
            objections.extend(sentences::other_people(&probes, &times, time_zone));
        }
        objections.extend(phones.objection(self.before));
        objections
    }

    /// The calls, the most telling first.
    fn probes<'s>(&self, stranger: Option<&'s str>) -> Vec<Probe<'s>>
    where
        'a: 's,
    {
        let probe = |call: ComparedCall<'s>, is_recent| Probe {
            is_by_stranger: call.from.as_deref() == stranger,
            is_recent,
            call,
            tally: GuardTally::default(),
        };
        let mut probes = Vec::new();
        for call in self.recent {
            let mut call = call.clone();
            if call.from.is_none() {
                // Whoever is remembered without a caller is asked about for a caller whom nothing names.
                call.from = stranger.map(Cow::from);
            }
            probes.push(probe(call, true));
        }
        for call in named_calls(self.before, stranger, MAX_NAMED_RULES) {
            probes.push(probe(call, false));
        }
        probes
    }
}

/// Now, each half hour of the next day, and each hour of the week after it.
fn times(now: Timestamp) -> Vec<Timestamp> {
    const HALF_HOUR_SECONDS: i64 = 1800;
    let first = now.as_second().div_euclid(HALF_HOUR_SECONDS) + 1;
    let mut times = vec![now];
    for step in (0..HALF_HOURS).chain((HALF_HOURS..).step_by(2).take(HOURS)) {
        let half_hour = first.saturating_add(i64::try_from(step).unwrap_or(i64::MAX));
        let second = half_hour.saturating_mul(HALF_HOUR_SECONDS);
        times.extend(Timestamp::from_second(second));
    }
    times
}
