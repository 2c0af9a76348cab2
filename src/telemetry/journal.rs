//! Metrics of the journal: what is written, what is lost, and how far behind it is.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// What is counted about the journal.
#[derive(Debug, Default)]
pub struct JournalMetrics {
    /// New decisions that were written.
    pub written: Counter,
    /// Decisions for which there was no room.
    pub dropped: Counter,
    /// Seconds since what is not written yet was taken out to be written.
    pub lag: Gauge<f64, AtomicU64>,
}

impl JournalMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "journal_written",
            "New decisions written to the journal",
            metrics.written.clone(),
        );
        registry.register(
            "journal_dropped",
            "Decisions the journal had no room for",
            metrics.dropped.clone(),
        );
        let lag = "For how long what is to be written has been waiting for the journal";
        registry.register_with_unit("journal_lag", lag, Unit::Seconds, metrics.lag.clone());
        metrics
    }
}
