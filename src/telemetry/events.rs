//! Metrics of call events: what came, and what was refused.

use prometheus_client::registry::Registry;

use super::labels::{EventCounters, RejectionCounters};

/// What is counted about call events.
#[derive(Debug)]
pub struct EventMetrics {
    /// Events that were taken, by what they were.
    pub taken: EventCounters,
    /// Requests that were refused, by reason.
    pub rejections: RejectionCounters,
}

impl EventMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let (taken, rejections) = (
            "Call events by what they were",
            "Rejected requests to /events by reason",
        );
        Self {
            taken: EventCounters::register(registry, "call_events", taken),
            rejections: RejectionCounters::register(registry, "call_event_rejections", rejections),
        }
    }
}
