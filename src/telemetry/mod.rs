//! Logs and metrics: what the people who run the service see of it.
//!
//! Neither ever shows a body, a secret or a whole phone number.

mod chain;
mod cluster;
mod events;
mod histogram;
mod journal;
mod labels;
mod listeners;
mod log_queue;
mod logs;
mod masked;
mod metrics;
mod notices;
mod process;
mod projects;
mod rule_calls;
mod rules;
mod throttle;

pub(crate) use chain::chain;
pub use cluster::ClusterMetrics;
pub use events::EventMetrics;
pub use histogram::Histogram;
pub use journal::JournalMetrics;
pub use labels::{
    CallAnswer, CallCounters, EventCounters, EventKind, RejectionCounters, RejectionReason,
    RequestCounters, RequestOutcome, SignatureCounters, SignatureResult,
};
pub use listeners::ServerMetrics;
pub use logs::{LogError, Logs};
pub use masked::{Masked, masked};
pub use metrics::{METRICS_CONTENT_TYPE, Metrics, WebhookMetrics};
pub use projects::ProjectFigures;
pub use rules::{RulesMetrics, SOURCES};
pub use throttle::Throttle;
