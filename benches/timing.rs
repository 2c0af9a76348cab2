//! Nanoseconds of one operation: the least of several batches, for whatever else the machine does only adds to it.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one batch takes, about: long enough for the clock, short enough to be interrupted seldom.
const BATCH: Duration = Duration::from_millis(10);

/// How many batches are run.
const BATCHES: usize = 31;

/// Runs an operation many times and prints what one takes.
pub(crate) fn report<T>(name: &str, mut operation: impl FnMut() -> T) {
    let size = batch_size(&mut operation);
    let least = (0..BATCHES)
        .map(|_| nanoseconds(&mut operation, size))
        .fold(f64::INFINITY, f64::min);
    println!("{name:<58} {least:>10.0} ns");
}

/// The value in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How often an operation runs in the time of a batch.
fn batch_size<T>(operation: &mut impl FnMut() -> T) -> u32 {
    let mut size = 1;
    while nanoseconds(operation, size) * f64::from(size) < BATCH.as_secs_f64() * 1e9
        && size < 1 << 24
    {
        size *= 2;
    }
    size
}

/// The time of one operation in a batch of so many.
fn nanoseconds<T>(operation: &mut impl FnMut() -> T, size: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..size {
        black_box(operation());
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(size)
}
