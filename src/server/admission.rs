//! What connections and requests take, and give back when they are dropped: places, shares of work, bytes.
//!
//! The rules stand in `places`, `shares` and `held`; here are the locks around them, what is counted, and the token by
//! which a connection is told to make room.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use ipnet::IpNet;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::client_address::{ClientAddress, is_trusted, neighbourhood};
use super::held::{HeldBytes, UNCOUNTED_BYTES};
use super::places::{PlaceBounds, Places, Shortage};
use super::shares::{OverShare, ShareBounds, Shares};
use super::{Limits, Standing};
use crate::telemetry::ServerMetrics;

/// What is taken of a listener.
#[derive(Debug)]
pub(super) struct Admission {
    trusted_proxies: Vec<IpNet>,
    started: Instant,
    places: Mutex<Places<CancellationToken>>,
    shares: Mutex<Shares>,
    held: Mutex<HeldBytes<CancellationToken>>,
    metrics: Arc<ServerMetrics>,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(super) struct ConnectionPlace {
    admission: Arc<Admission>,
    id: u64,
    address: IpAddr,
    /// Ends the connection when it has to make room.
    closing: CancellationToken,
    /// The last client on this connection who is known to have been answered: nobody is looked up for each request.
    known_client: Mutex<Option<IpAddr>>,
}

/// A stranger's request that is counted until it is dropped.
#[derive(Debug)]
pub(super) struct RequestShare {
    admission: Arc<Admission>,
    address: IpAddr,
}

/// Bytes that are counted until it is dropped.
#[derive(Debug)]
pub(super) struct ByteShare {
    admission: Arc<Admission>,
    id: u64,
    bytes: u64,
}

/// Too many bytes are held already.
#[derive(Debug)]
pub(super) struct NoBytesLeft;

impl Admission {
    pub(super) fn new(limits: &Limits, metrics: Arc<ServerMetrics>) -> Self {
        let total = limits.max_connections;
        let places = Places::new(PlaceBounds {
            total,
            // Strangers keep at least half: the platform's first question is a stranger's.
            reserved: limits.reserved_connections.min(total / 2),
            per_address: limits.max_connections_per_address,
        });
        let shares = Shares::new(ShareBounds {
            requests_per_second: limits.max_stranger_requests_per_second,
            requests_in_flight: limits.max_stranger_requests_in_flight,
        });
        Self {
            trusted_proxies: limits.trusted_proxies.clone(),
            started: clock::monotonic(),
            places: Mutex::new(places),
            shares: Mutex::new(shares),
            held: Mutex::new(HeldBytes::new(limits.max_bytes_in_flight)),
            metrics,
        }
    }

    /// A place for a connection from this address, perhaps at the cost of another one, which is told to end.
    pub(super) fn admit(
        self: &Arc<Self>,
        peer: IpAddr,
        closing: CancellationToken,
    ) -> Result<ConnectionPlace, Shortage> {
        let is_proxy = is_trusted(peer, &self.trusted_proxies);
        let address = neighbourhood(peer);
        let admitted = self
            .places
            .lock()
            .admit(address, is_proxy, closing.clone())?;
        if let Some((other, shortage)) = admitted.displaced {
            match shortage {
                Shortage::Total => self.metrics.displaced_by_total.inc(),
                Shortage::Address => self.metrics.displaced_by_address.inc(),
            };
            other.cancel();
        }
        self.metrics.open_connections.inc();
        Ok(ConnectionPlace {
            admission: Arc::clone(self),
            id: admitted.id,
            address,
            closing,
            known_client: Mutex::default(),
        })
    }
}

impl ConnectionPlace {
    /// Takes a share of work for a request; nothing is counted for whoever was answered before, or is exempt.
    pub(super) fn share(
        &self,
        ClientAddress(client): ClientAddress,
        at: Instant,
        is_exempt: impl FnOnce() -> bool,
    ) -> Result<Option<RequestShare>, OverShare> {
        if *self.known_client.lock() == Some(client) {
            return Ok(None);
        }
        let address = neighbourhood(client);
        if self.admission.places.lock().is_known(address) {
            *self.known_client.lock() = Some(client);
            return Ok(None);
        }
        if is_exempt() {
            return Ok(None);
        }
        let second = at
            .saturating_duration_since(self.admission.started)
            .as_secs();
        let taken = self.admission.shares.lock().begin(address, second);
        let metrics = &self.admission.metrics;
        match taken {
            Ok(()) => {
                return Ok(Some(RequestShare {
                    admission: Arc::clone(&self.admission),
                    address,
                }));
            }
            Err(OverShare::RequestsPerSecond) => metrics.over_requests_per_second.inc(),
            Err(OverShare::RequestsInFlight) => metrics.over_requests_in_flight.inc(),
        };
        taken.map(|()| None)
    }

    /// Remembers who was answered.
    pub(super) fn answered(&self, ClientAddress(client): ClientAddress, standing: Standing) {
        if standing == Standing::Stranger || *self.known_client.lock() == Some(client) {
            return;
        }
        let address = neighbourhood(client);
        self.admission
            .places
            .lock()
            .answered(self.id, self.address, address);
        *self.known_client.lock() = Some(client);
    }

    /// Counts bytes that this connection holds, if they are many; others may have to end for it.
    pub(super) fn hold(&self, bytes: u64) -> Result<Option<ByteShare>, NoBytesLeft> {
        if bytes <= UNCOUNTED_BYTES {
            return Ok(None);
        }
        let metrics = &self.admission.metrics;
        let mut held = self.admission.held.lock();
        let Some((id, closed)) = held.hold(bytes, self.closing.clone()) else {
            metrics.over_bytes_in_flight.inc();
            return Err(NoBytesLeft);
        };
        note_bytes(metrics, &held);
        drop(held);
        for other in closed {
            metrics.displaced_by_bytes.inc();
            other.cancel();
        }
        Ok(Some(ByteShare {
            admission: Arc::clone(&self.admission),
            id,
            bytes,
        }))
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        self.admission.places.lock().release(self.id, self.address);
        self.admission.metrics.open_connections.dec();
    }
}

impl Drop for RequestShare {
    fn drop(&mut self) {
        self.admission.shares.lock().end(self.address);
    }
}

impl Drop for ByteShare {
    fn drop(&mut self) {
        let mut held = self.admission.held.lock();
        held.give_back(self.id, self.bytes);
        note_bytes(&self.admission.metrics, &held);
    }
}

fn note_bytes(metrics: &ServerMetrics, held: &HeldBytes<CancellationToken>) {
    let bytes = i64::try_from(held.bytes()).unwrap_or(i64::MAX);
    metrics.bytes_in_flight.set(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;

    fn admission(limits: &Limits) -> Arc<Admission> {
        Arc::new(Admission::new(limits, Arc::default()))
    }

    fn limits() -> Limits {
        Limits {
            max_connections: 2,
            reserved_connections: 0,
            max_stranger_requests_in_flight: 1,
            trusted_proxies: vec!["10.0.0.9/32".parse().unwrap()],
            ..Limits::public(&ServerConfig::default())
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn who_has_to_make_room_is_told_and_counted() {
        let admission = admission(&limits());
        let tokens = [(); 3].map(|()| CancellationToken::new());
        let places = [1, 2, 3].map(|last: u8| {
            let token = tokens[usize::from(last) - 1].clone();
            admission.admit([10, 0, 0, last].into(), token).unwrap()
        });
        let told = tokens.each_ref().map(CancellationToken::is_cancelled);
        assert_eq!(told, [true, false, false]);
        assert_eq!(admission.metrics.displaced_by_total.get(), 1);
        assert_eq!(admission.metrics.open_connections.get(), 3);
        drop(places);
        assert_eq!(admission.metrics.open_connections.get(), 0);
    }

    #[test]
    fn only_strangers_have_a_share_of_work() {
        let admission = admission(&limits());
        let proxy = admission
            .admit(ip("10.0.0.9"), CancellationToken::new())
            .unwrap();
        let share = |client: &str, is_exempt: bool| {
            proxy.share(ClientAddress(ip(client)), admission.started, || is_exempt)
        };
        let first = share("203.0.113.7", false).unwrap();
        assert!(first.is_some());
        assert_eq!(
            share("203.0.113.7", false).unwrap_err(),
            OverShare::RequestsInFlight
        );
        assert!(share("203.0.113.7", true).unwrap().is_none());
        assert!(share("203.0.113.8", false).unwrap().is_some());
        proxy.answered(ClientAddress(ip("203.0.113.7")), Standing::Known);
        assert!(share("203.0.113.7", false).unwrap().is_none());
        assert_eq!(admission.metrics.over_requests_in_flight.get(), 1);
    }

    #[test]
    fn bytes_are_counted_while_they_are_held() {
        let admission = admission(&Limits {
            max_bytes_in_flight: 100_000,
            ..limits()
        });
        let place = admission
            .admit(ip("10.0.0.1"), CancellationToken::new())
            .unwrap();
        assert!(place.hold(UNCOUNTED_BYTES).unwrap().is_none());
        let held = place.hold(60_000).unwrap();
        assert_eq!(admission.metrics.bytes_in_flight.get(), 60_000);
        assert!(place.hold(60_000).is_err());
        drop(held);
        assert_eq!(admission.metrics.bytes_in_flight.get(), 0);
        assert_eq!(admission.metrics.over_bytes_in_flight.get(), 1);
    }
}
