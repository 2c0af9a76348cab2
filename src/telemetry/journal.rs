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
    /// Rows that were deleted because they were too old.
    pub expired: Counter,
    /// Rows that were deleted to make room for newer ones.
    pub evicted: Counter,
    /// Rows that are too old and not deleted yet, because they are more than a tenth.
    pub held: Gauge,
    /// Bytes of the database and its `-wal` file.
    pub bytes: Gauge,
    /// How often the file was gone, and a new one begun.
    pub gone: Counter,
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
        registry.register(
            "journal_expired",
            "Rows of the journal deleted because they were too old",
            metrics.expired.clone(),
        );
        registry.register(
            "journal_evicted",
            "Rows of the journal deleted to make room for newer ones",
            metrics.evicted.clone(),
        );
        registry.register(
            "journal_held",
            "Rows of the journal that are too old, and held because they are more than a tenth",
            metrics.held.clone(),
        );
        let bytes = "Size of the journal and its -wal file";
        registry.register_with_unit("journal_size", bytes, Unit::Bytes, metrics.bytes.clone());
        registry.register(
            "journal_gone",
            "How often the journal was removed or moved while it was written",
            metrics.gone.clone(),
        );
        let lag = "For how long what is to be written has been waiting for the journal";
        registry.register_with_unit("journal_lag", lag, Unit::Seconds, metrics.lag.clone());
        metrics
    }
}
