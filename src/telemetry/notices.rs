//! Metrics of notices: people who were told, and those who could not be.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// What is counted about notices.
#[derive(Debug, Default)]
pub struct NoticeMetrics {
    /// Notices that were sent, each way by itself.
    pub sent: Counter,
    /// Those that were not.
    pub failed: Counter,
}

impl NoticeMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "notices_sent",
            "Notices sent, each way by itself",
            metrics.sent.clone(),
        );
        registry.register(
            "notices_failed",
            "Notices that could not be sent",
            metrics.failed.clone(),
        );
        metrics
    }
}
