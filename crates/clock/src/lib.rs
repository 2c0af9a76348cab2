//! The only place that reads a clock.
//!
//! Everything else takes the time as an argument, so that a test can pass noon on a Sunday.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the other ones are told to use"
)]

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The time of day, for schedules, the journal and people. It jumps when somebody sets the clock.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A clock that never jumps, for deadlines and durations.
pub fn monotonic() -> Instant {
    Instant::now()
}

/// How much time of the CPU this thread has had, for work that steps back behind others.
pub fn thread_cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(spent).unwrap_or_default()
}
