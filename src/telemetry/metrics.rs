//! All metrics of the process, in a registry of its own: nothing is global, a test sees only what it did.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::cluster::ClusterMetrics;
use super::events::EventMetrics;
use super::histogram::Histogram;
use super::journal::JournalMetrics;
use super::labels::{
    CallCounters, RejectionCounters, RejectionReason, RequestCounters, RequestOutcome,
    SignatureCounters,
};
use super::listeners::{Listeners, ServerMetrics};
use super::notices::NoticeMetrics;
use super::process::ProcessMetrics;
use super::projects::{self, ProjectFigures};
use super::rule_calls::RuleCalls;
use super::rules::RulesMetrics;

/// The media type of [`Metrics::encode`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What all names begin with.
pub(super) const PREFIX: &str = "stringee_router";

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    /// Requests, calls, signatures.
    pub webhook: WebhookMetrics,
    /// Call events.
    pub events: EventMetrics,
    /// The version in force.
    pub rules: RulesMetrics,
    /// What is written down.
    pub journal: JournalMetrics,
    /// Other servers on the same PostgreSQL.
    pub cluster: ClusterMetrics,
    /// Whom was told.
    pub notices: NoticeMetrics,
    /// Log lines that were lost: no room in the queue, or not writable.
    pub log_lines_lost: Counter,
    /// The public listener.
    pub public: Arc<ServerMetrics>,
    /// The admin listener.
    pub admin: Arc<ServerMetrics>,
    rule_calls: Arc<RuleCalls>,
    registry: Registry,
    process: Registry,
}

impl Metrics {
    /// Metrics that have counted nothing.
    #[expect(
        clippy::new_without_default,
        reason = "registering all metrics is no default value"
    )]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let listeners = Listeners::register(&mut registry);
        let log_lines_lost = Counter::default();
        registry.register(
            "log_lines_lost",
            "Log lines lost, because whoever takes them stalled, went away or had no room",
            log_lines_lost.clone(),
        );
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "Which program this is", Info::new(version));
        // Its names are those that every process has.
        let mut process = Registry::default();
        process.register_collector(Box::new(ProcessMetrics));
        let rule_calls = Arc::new(RuleCalls::default());
        registry.register_collector(Box::new(Arc::clone(&rule_calls)));
        Self {
            webhook: WebhookMetrics::register(&mut registry),
            events: EventMetrics::register(&mut registry),
            rules: RulesMetrics::register(&mut registry),
            journal: JournalMetrics::register(&mut registry),
            cluster: ClusterMetrics::register(&mut registry),
            notices: NoticeMetrics::register(&mut registry),
            log_lines_lost,
            public: Arc::new(listeners.metrics("public")),
            admin: Arc::new(listeners.metrics("admin")),
            rule_calls,
            registry,
            process,
        }
    }

    /// The counter of the calls that a rule answers, to be asked for once per rule and version.
    ///
    /// It is the same one after a reload. Rules beyond the first 1,000 share one, shown as `rule="other"`.
    pub fn rule_counter(&self, rule_id: i64, rule_name: &str) -> Arc<AtomicU64> {
        self.rule_calls.counter(rule_id, rule_name)
    }

    /// Says how many calls are remembered, for the next [`Metrics::encode`].
    pub fn remember_calls(&self, calls: usize) {
        let calls = i64::try_from(calls).unwrap_or(i64::MAX);
        self.webhook.first_seen_calls.set(calls);
    }

    /// All metrics as [`METRICS_CONTENT_TYPE`].
    pub fn encode(&self) -> String {
        self.encode_with(&[])
    }

    /// The same with what is measured of several projects.
    pub fn encode_with(&self, projects: &[ProjectFigures]) -> String {
        let mut text = String::new();
        let encoded = text::encode_registry(&mut text, &self.registry)
            .and_then(|()| text::encode_registry(&mut text, &projects::registry(projects)))
            .and_then(|()| text::encode_registry(&mut text, &self.process))
            .and_then(|()| text::encode_eof(&mut text));
        if let Err(error) = encoded {
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
        let latency = Arc::new(Histogram::new(
            "webhook_request_duration",
            "Time from a request's head to its answer.",
        ));
        registry.register_collector(Box::new(Arc::clone(&latency)));
        let (requests, rejections) = (
            "Requests to the webhook by outcome",
            "Rejected requests by reason",
        );
        let (calls, signatures) = (
            "Calls asked about, by how they were answered",
            "Observed signatures by result",
        );
        let first_seen_calls = Gauge::default();
        registry.register(
            "first_seen_calls",
            "Calls whose first ask is remembered",
            first_seen_calls.clone(),
        );
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

    /// Counts a request for a path that is not served. It is no request to the webhook, and its time says nothing.
    pub fn missed(&self) {
        self.rejections.of(RejectionReason::NoSuchPath).inc();
    }

    /// Counts a request that was refused.
    pub fn rejected(&self, reason: RejectionReason, took: Duration) {
        self.requests.of(RequestOutcome::Rejected).inc();
        self.rejections.of(reason).inc();
        self.latency.observe(took);
    }
}
