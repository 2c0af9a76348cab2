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
    /// Connections closed at once because nobody had to make room for them.
    pub refused_by_total: Counter,
    /// Connections closed at once because their address had too many open.
    pub refused_by_address: Counter,
    /// Connections closed to make room for others, when places were short.
    pub displaced_by_total: Counter,
    /// Connections closed to make room for others of their address.
    pub displaced_by_address: Counter,
    /// Connections closed because they held bytes for longest, when those were short.
    pub displaced_by_bytes: Counter,
    /// Requests of strangers answered with 429: too many a second.
    pub over_requests_per_second: Counter,
    /// Requests of strangers answered with 429: too many at once.
    pub over_requests_in_flight: Counter,
    /// Requests answered with 503: too many bytes held.
    pub over_bytes_in_flight: Counter,
    /// Bytes of questions on their way in, and of answers not fetched yet.
    pub bytes_in_flight: Gauge,
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
    displaced: Family<[(&'static str, &'static str); 2], Counter>,
    over_bound: Family<[(&'static str, &'static str); 2], Counter>,
    bytes: Family<[(&'static str, &'static str); 1], Gauge>,
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
            "displaced_connections",
            "Connections closed to make room for others, by what was short",
            families.displaced.clone(),
        );
        registry.register(
            "over_bound_requests",
            "Requests answered 429 or 503, by the bound that was reached",
            families.over_bound.clone(),
        );
        registry.register(
            "bytes_in_flight",
            "Bytes of large questions and answers on their way",
            families.bytes.clone(),
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
        let displaced = |by| self.displaced.get_or_create_owned(&[name, ("by", by)]);
        let over = |bound| {
            self.over_bound
                .get_or_create_owned(&[name, ("bound", bound)])
        };
        ServerMetrics {
            open_connections: self.open.get_or_create_owned(&[name]),
            refused_by_total: self.refused.get_or_create_owned(&[name, ("cap", "total")]),
            refused_by_address: self
                .refused
                .get_or_create_owned(&[name, ("cap", "address")]),
            displaced_by_total: displaced("total"),
            displaced_by_address: displaced("address"),
            displaced_by_bytes: displaced("bytes"),
            over_requests_per_second: over("requests_per_second"),
            over_requests_in_flight: over("requests_in_flight"),
            over_bytes_in_flight: over("bytes_in_flight"),
            bytes_in_flight: self.bytes.get_or_create_owned(&[name]),
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
