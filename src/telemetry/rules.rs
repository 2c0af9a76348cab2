//! Metrics about the rules in force: which version, how old, and what is wrong with the database.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::clock;

/// What is counted about the rules in force.
#[derive(Debug)]
pub struct RulesMetrics {
    /// Versions that went live.
    pub reloads: Counter,
    /// Versions that were refused.
    pub refused_reloads: Counter,
    /// Problems that keep a version from going live.
    pub errors: Gauge,
    /// Problems that do not.
    pub warnings: Gauge,
    version: Gauge<u64, AtomicU64>,
    age: Arc<Age>,
}

impl RulesMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let problems = Family::<[(&str, &str); 1], Gauge>::default();
        registry.register("rules_problems", "Problems of the rules database by severity", problems.clone());
        let metrics = Self {
            reloads: Counter::default(),
            refused_reloads: Counter::default(),
            errors: problems.get_or_create_owned(&[("severity", "error")]),
            warnings: problems.get_or_create_owned(&[("severity", "warning")]),
            version: Gauge::default(),
            age: Arc::default(),
        };
        registry.register("rules_reloads", "Versions that went live", metrics.reloads.clone());
        registry.register("rules_refused_reloads", "Versions that were refused", metrics.refused_reloads.clone());
        registry.register("rules_version", "The version in force; 0 for none", metrics.version.clone());
        registry.register_collector(Box::new(Arc::clone(&metrics.age)));
        metrics
    }

    /// Notes the version now in force, and since when.
    pub fn went_live(&self, version: u64, since: Timestamp) {
        self.version.set(version);
        self.age.set_since(since);
    }
}

/// The age of the version in force, computed when somebody asks; not shown before there is one.
#[derive(Debug, Default)]
struct Age {
    /// Milliseconds since 1970; 0 for none.
    since_milliseconds: AtomicI64,
}

impl Age {
    fn set_since(&self, since: Timestamp) {
        self.since_milliseconds.store(since.as_millisecond(), Ordering::Relaxed);
    }

    fn at(&self, now: Timestamp) -> Option<Duration> {
        let since = self.since_milliseconds.load(Ordering::Relaxed);
        // Somebody may have set the clock back: no negative age.
        let milliseconds = u64::try_from(now.as_millisecond().saturating_sub(since)).unwrap_or(0);
        (since != 0).then(|| Duration::from_millis(milliseconds))
    }
}

impl Collector for Age {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some(age) = self.at(clock::now()) else { return Ok(()) };
        let help = "Time since the version in force went live.";
        let mut metric = encoder.encode_descriptor("rules_age", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        metric.encode_gauge(&age.as_secs_f64())
    }
}
