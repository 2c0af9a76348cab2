//! A histogram of durations on plain atomics.
//!
//! The one of prometheus-client takes a lock at each observation; this one adds to two counters.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// Upper bounds of the buckets: fine where answers are (microseconds), coarse up to the request deadline.
const BOUNDS: [Duration; 13] = [
    Duration::from_micros(10),
    Duration::from_micros(25),
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// How long something took, counted in fixed buckets.
#[derive(Debug)]
pub struct Histogram {
    name: &'static str,
    help: &'static str,
    /// One per bound, for durations up to and including it and beyond the bound before.
    buckets: [AtomicU64; BOUNDS.len()],
    /// For durations beyond the last bound.
    beyond: AtomicU64,
    /// Wraps after 584 years of summed durations.
    sum_nanoseconds: AtomicU64,
}

impl Histogram {
    /// A histogram that has seen nothing; `_seconds` is added to its name.
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        let buckets = std::array::from_fn(|_| AtomicU64::new(0));
        Self {
            name,
            help,
            buckets,
            beyond: AtomicU64::new(0),
            sum_nanoseconds: AtomicU64::new(0),
        }
    }

    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        let index = BOUNDS.partition_point(|bound| *bound < duration);
        self.buckets
            .get(index)
            .unwrap_or(&self.beyond)
            .fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.sum_nanoseconds
            .fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl Collector for Histogram {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let bounds = BOUNDS.iter().map(Duration::as_secs_f64);
        let seconds = bounds.chain([f64::INFINITY]);
        let (mut buckets, mut count) = (Vec::new(), 0);
        for (second, bucket) in seconds.zip(self.buckets.iter().chain([&self.beyond])) {
            let counted = bucket.load(Ordering::Relaxed);
            buckets.push((second, counted));
            count += counted;
        }
        let sum = Duration::from_nanos(self.sum_nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        let mut metric = encoder.encode_descriptor(
            self.name,
            self.help,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }
}
