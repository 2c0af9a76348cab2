//! All metrics of the process, in a registry of its own: nothing is global, a test sees only what it did.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text;
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Histogram;
use super::labels::{
    CallCounters, RejectionCounters, RejectionReason, RequestCounters, RequestOutcome, SignatureCounters,
};
use super::rule_calls::RuleCalls;
use crate::clock;

/// The media type of [`Metrics::encode`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What all names begin with.
const PREFIX: &str = "stringee_router";

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    /// Requests, calls, signatures.
    pub webhook: WebhookMetrics,
    /// The version in force.
    pub rules: RulesMetrics,
    /// The public listener.
    pub public: Arc<ServerMetrics>,
    /// The admin listener.
    pub admin: Arc<ServerMetrics>,
    rule_calls: Arc<RuleCalls>,
    registry: Registry,
}

impl Metrics {
    /// Metrics that have counted nothing.
    #[expect(clippy::new_without_default, reason = "registering all metrics is no default value")]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let listeners = Listeners::register(&mut registry);
        let rule_calls = Arc::new(RuleCalls::default());
        registry.register_collector(Box::new(Arc::clone(&rule_calls)));
        Self {
            webhook: WebhookMetrics::register(&mut registry),
            rules: RulesMetrics::register(&mut registry),
            public: Arc::new(listeners.metrics("public")),
            admin: Arc::new(listeners.metrics("admin")),
            rule_calls,
            registry,
        }
    }

    /// The counter of the calls that a rule answers, to be asked for once per rule and version.
    ///
    /// It is the same one after a reload. Rules beyond the first 1,000 share one, shown as `rule="other"`.
    pub fn rule_counter(&self, rule_id: i64, rule_name: &str) -> Arc<AtomicU64> {
        self.rule_calls.counter(rule_id, rule_name)
    }

    /// All metrics as [`METRICS_CONTENT_TYPE`].
    pub fn encode(&self) -> String {
        let mut text = String::new();
        if let Err(error) = text::encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

/// What the webhook counts.
#[derive(Debug)]
pub struct WebhookMetrics {
    /// Requests by outcome; see [`WebhookMetrics::answered`] and [`WebhookMetrics::rejected`].
    requests: RequestCounters,
    rejections: RejectionCounters,
    latency: Arc<Histogram>,
    /// Calls by how they were answered.
    pub calls: CallCounters,
    /// Signatures in mode `observe`, by what was found.
    pub signatures: SignatureCounters,
    /// Calls whose first ask is remembered.
    pub first_seen_calls: Gauge,
}

impl WebhookMetrics {
    fn register(registry: &mut Registry) -> Self {
        let latency = Arc::new(Histogram::new("webhook_request_duration", "Time from a request's head to its answer."));
        registry.register_collector(Box::new(Arc::clone(&latency)));
        let (requests, rejections) = ("Requests to the webhook by outcome", "Rejected requests by reason");
        let (calls, signatures) = ("Calls asked about, by how they were answered", "Observed signatures by result");
        let first_seen_calls = Gauge::default();
        registry.register("first_seen_calls", "Calls whose first ask is remembered", first_seen_calls.clone());
        Self {
            requests: RequestCounters::register(registry, "webhook_requests", requests),
            rejections: RejectionCounters::register(registry, "webhook_rejections", rejections),
            latency,
            calls: CallCounters::register(registry, "calls", calls),
            signatures: SignatureCounters::register(registry, "observed_signatures", signatures),
            first_seen_calls,
        }
    }

    /// Counts a request that was answered.
    pub fn answered(&self, took: Duration) {
        self.requests.of(RequestOutcome::Answered).inc();
        self.latency.observe(took);
    }

    /// Counts a request that was refused.
    pub fn rejected(&self, reason: RejectionReason, took: Duration) {
        self.requests.of(RequestOutcome::Rejected).inc();
        self.rejections.of(reason).inc();
        self.latency.observe(took);
    }
}

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
    fn register(registry: &mut Registry) -> Self {
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
        self.since_milliseconds.store(since.as_millisecond(), std::sync::atomic::Ordering::Relaxed);
    }

    fn at(&self, now: Timestamp) -> Option<Duration> {
        let since = self.since_milliseconds.load(std::sync::atomic::Ordering::Relaxed);
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

/// What one listener counts.
#[derive(Clone, Debug, Default)]
pub struct ServerMetrics {
    /// Connections open now.
    pub open_connections: Gauge,
    /// Connections closed at once because all places were taken.
    pub refused_by_total: Counter,
    /// Connections closed at once because their address had too many open.
    pub refused_by_address: Counter,
    /// Times that the system could not hand over a connection.
    pub accept_errors: Counter,
    /// Connections that ran out of time while idle, sending a request's head or fetching an answer.
    pub connection_timeouts: Counter,
    /// Requests answered with 408.
    pub request_timeouts: Counter,
    /// Panics of handlers, answered with 500: each is a bug.
    pub panics: Counter,
}

/// The families that the listeners share, by listener.
#[derive(Default)]
struct Listeners {
    open: Family<[(&'static str, &'static str); 1], Gauge>,
    refused: Family<[(&'static str, &'static str); 2], Counter>,
    accept_errors: Family<[(&'static str, &'static str); 1], Counter>,
    timeouts: Family<[(&'static str, &'static str); 2], Counter>,
    panics: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Listeners {
    fn register(registry: &mut Registry) -> Self {
        let families = Self::default();
        registry.register("open_connections", "Connections open now", families.open.clone());
        registry.register("refused_connections", "Connections closed at once, by cap", families.refused.clone());
        registry.register("accept_errors", "Failed attempts to accept a connection", families.accept_errors.clone());
        registry.register("timeouts", "Connections closed and requests answered 408", families.timeouts.clone());
        registry.register("panics", "Panics of handlers, answered with 500", families.panics.clone());
        families
    }

    fn metrics(&self, listener: &'static str) -> ServerMetrics {
        let name = ("listener", listener);
        ServerMetrics {
            open_connections: self.open.get_or_create_owned(&[name]),
            refused_by_total: self.refused.get_or_create_owned(&[name, ("cap", "total")]),
            refused_by_address: self.refused.get_or_create_owned(&[name, ("cap", "address")]),
            accept_errors: self.accept_errors.get_or_create_owned(&[name]),
            connection_timeouts: self.timeouts.get_or_create_owned(&[name, ("of", "connection")]),
            request_timeouts: self.timeouts.get_or_create_owned(&[name, ("of", "request")]),
            panics: self.panics.get_or_create_owned(&[name]),
        }
    }
}
