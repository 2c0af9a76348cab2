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

/// Where a version can come from, by the names of [`crate::rules::Source`].
pub const SOURCES: [&str; 5] = [
    "nothing",
    "database",
    "database_in_part",
    "last_good",
    "backup",
];

/// What is counted about the rules in force.
#[derive(Debug)]
pub struct RulesMetrics {
    /// Looks at the files that hold the rules.
    pub looks: Counter,
    /// Times that all rows were read.
    pub reads: Counter,
    /// Backups removed, beyond those that are to be kept.
    pub removed_backups: Counter,
    /// Versions that went live.
    pub reloads: Counter,
    /// Versions that were refused.
    pub refused_reloads: Counter,
    /// Problems that keep a version from going live.
    pub errors: Gauge,
    /// Problems that do not.
    pub warnings: Gauge,
    /// 1 while a version waits to be confirmed.
    pub held: Gauge,
    /// 1 while something is wrong.
    pub degraded: Gauge,
    version: Gauge<u64, AtomicU64>,
    sources: [(&'static str, Gauge); 5],
    age: Arc<Age>,
    last_good_age: Arc<Age>,
}

impl RulesMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let problems = Family::<[(&str, &str); 1], Gauge>::default();
        registry.register(
            "rules_problems",
            "Problems of the rules database by severity",
            problems.clone(),
        );
        let sources = Family::<[(&str, &str); 1], Gauge>::default();
        registry.register(
            "rules_source",
            "1 for where the version in force comes from",
            sources.clone(),
        );
        let metrics = Self {
            looks: Counter::default(),
            reads: Counter::default(),
            removed_backups: Counter::default(),
            reloads: Counter::default(),
            refused_reloads: Counter::default(),
            errors: problems.get_or_create_owned(&[("severity", "error")]),
            warnings: problems.get_or_create_owned(&[("severity", "warning")]),
            held: Gauge::default(),
            degraded: Gauge::default(),
            version: Gauge::default(),
            sources: SOURCES
                .map(|source| (source, sources.get_or_create_owned(&[("source", source)]))),
            age: Arc::new(Age::new(
                "rules_age",
                "Time since the version in force went live.",
            )),
            last_good_age: Arc::new(Age::new(
                "rules_last_good_age",
                "Time since the version in the last good copy went live.",
            )),
        };
        metrics.register_counters(registry);
        metrics.register_gauges(registry);
        registry.register_collector(Box::new(Arc::clone(&metrics.age)));
        registry.register_collector(Box::new(Arc::clone(&metrics.last_good_age)));
        metrics
    }

    fn register_counters(&self, registry: &mut Registry) {
        let counters = [
            (
                "rules_looks",
                "Looks at the files of the rules database",
                &self.looks,
            ),
            (
                "rules_reads",
                "Times that all rows of the rules database were read",
                &self.reads,
            ),
            (
                "rules_removed_backups",
                "Backups removed beyond those that are to be kept",
                &self.removed_backups,
            ),
            ("rules_reloads", "Versions that went live", &self.reloads),
            (
                "rules_refused_reloads",
                "Versions that were refused",
                &self.refused_reloads,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
    }

    fn register_gauges(&self, registry: &mut Registry) {
        let version = self.version.clone();
        registry.register("rules_version", "The version in force; 0 for none", version);
        let held = "1 while a version waits to be confirmed";
        registry.register("rules_held", held, self.held.clone());
        let degraded = "1 while something is wrong";
        registry.register("rules_degraded", degraded, self.degraded.clone());
    }

    /// The version in force; 0 for none.
    pub fn version(&self) -> u64 {
        self.version.get()
    }

    /// Notes the version now in force, and since when.
    pub fn went_live(&self, version: u64, since: Timestamp) {
        self.version.set(version);
        self.age.set_since(since);
    }

    /// Notes where the version in force comes from: one of [`SOURCES`].
    pub fn served_from(&self, source: &str) {
        for (name, gauge) in &self.sources {
            gauge.set(i64::from(*name == source));
        }
    }

    /// Notes since when the version in the last good copy was served.
    pub fn last_good(&self, since: Option<Timestamp>) {
        self.last_good_age
            .set_since(since.unwrap_or(Timestamp::UNIX_EPOCH));
    }
}

/// An age, computed when somebody asks; not shown before there is one.
#[derive(Debug)]
struct Age {
    name: &'static str,
    help: &'static str,
    /// Milliseconds since 1970; 0 for none.
    since_milliseconds: AtomicI64,
}

impl Age {
    const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            since_milliseconds: AtomicI64::new(0),
        }
    }

    fn set_since(&self, since: Timestamp) {
        self.since_milliseconds
            .store(since.as_millisecond(), Ordering::Relaxed);
    }

    fn at(&self, now: Timestamp) -> Option<Duration> {
        let since = self.since_milliseconds.load(Ordering::Relaxed);
        // Somebody may have set the clock back: no negative age.
        let milliseconds = u64::try_from(now.as_millisecond().saturating_sub(since)).unwrap_or(0);
        if since == 0 {
            return None;
        }
        Some(Duration::from_millis(milliseconds))
    }
}

impl Collector for Age {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some(age) = self.at(clock::now()) else {
            return Ok(());
        };
        let mut metric = encoder.encode_descriptor(
            self.name,
            self.help,
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        metric.encode_gauge(&age.as_secs_f64())
    }
}
