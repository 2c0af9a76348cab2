//! Metrics of the listeners: connections, timeouts, panics.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

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
pub(super) struct Listeners {
    open: Family<[(&'static str, &'static str); 1], Gauge>,
    refused: Family<[(&'static str, &'static str); 2], Counter>,
    accept_errors: Family<[(&'static str, &'static str); 1], Counter>,
    timeouts: Family<[(&'static str, &'static str); 2], Counter>,
    panics: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Listeners {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let families = Self::default();
        registry.register(
            "open_connections",
            "Connections open now",
            families.open.clone(),
        );
        registry.register(
            "refused_connections",
            "Connections closed at once, by cap",
            families.refused.clone(),
        );
        registry.register(
            "accept_errors",
            "Failed attempts to accept a connection",
            families.accept_errors.clone(),
        );
        registry.register(
            "timeouts",
            "Connections closed and requests answered 408",
            families.timeouts.clone(),
        );
        registry.register(
            "panics",
            "Panics of handlers, answered with 500",
            families.panics.clone(),
        );
        families
    }

    /// The counters of one listener.
    pub(super) fn metrics(&self, listener: &'static str) -> ServerMetrics {
        let name = ("listener", listener);
        ServerMetrics {
            open_connections: self.open.get_or_create_owned(&[name]),
            refused_by_total: self.refused.get_or_create_owned(&[name, ("cap", "total")]),
            refused_by_address: self
                .refused
                .get_or_create_owned(&[name, ("cap", "address")]),
            accept_errors: self.accept_errors.get_or_create_owned(&[name]),
            connection_timeouts: self
                .timeouts
                .get_or_create_owned(&[name, ("of", "connection")]),
            request_timeouts: self
                .timeouts
                .get_or_create_owned(&[name, ("of", "request")]),
            panics: self.panics.get_or_create_owned(&[name]),
        }
    }
}
