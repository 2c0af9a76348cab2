//! Metrics of what servers on one PostgreSQL tell each other; all 0 without `database.url`.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// What is counted about the exchange.
#[derive(Debug, Default)]
pub struct ClusterMetrics {
    /// Exchanges that were answered.
    pub exchanges: Counter,
    /// Those that were not: a connection that broke, could not be made, or took too long.
    pub faults: Counter,
    /// Facts that were told.
    pub told: Counter,
    /// Facts that were heard.
    pub heard: Counter,
    /// Facts for which there was no room.
    pub dropped: Counter,
    /// Servers that have said in the last 15 s that they are there.
    pub replicas: Gauge,
    /// By how much this server's clock is ahead of PostgreSQL's.
    pub clock: Gauge<f64, AtomicU64>,
    /// Batches of the journal that PostgreSQL has not got yet.
    pub journal_waiting: Gauge,
}

impl ClusterMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let Self {
            exchanges,
            faults,
            told,
            heard,
            dropped,
            replicas,
            clock,
            journal_waiting,
        } = &metrics;
        for (name, help, counter) in [
            (
                "cluster_exchanges",
                "Exchanges with PostgreSQL that were answered",
                exchanges,
            ),
            (
                "cluster_faults",
                "Exchanges with PostgreSQL that were not answered",
                faults,
            ),
            (
                "cluster_facts_told",
                "Facts of calls told to other servers",
                told,
            ),
            (
                "cluster_facts_heard",
                "Facts of calls heard from other servers",
                heard,
            ),
            (
                "cluster_facts_dropped",
                "Facts of calls for which there was no room",
                dropped,
            ),
        ] {
            registry.register(name, help, counter.clone());
        }
        let help = "Servers on the same PostgreSQL that are there";
        registry.register("cluster_replicas", help, replicas.clone());
        let help = "By how much this server's clock is ahead of PostgreSQL's";
        registry.register_with_unit("cluster_clock", help, Unit::Seconds, clock.clone());
        let help = "Pieces of the journal that PostgreSQL has not got yet";
        registry.register("cluster_journal_waiting", help, journal_waiting.clone());
        metrics
    }
}
