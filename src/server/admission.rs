//! Who gets a connection: a cap for all, and one per address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use prometheus_client::metrics::gauge::Gauge;
use rustc_hash::FxHashMap;

use super::Limits;
use super::client_address::is_trusted;

/// Counts the open connections and turns away those over a cap.
#[derive(Debug)]
pub(super) struct Admission {
    most: usize,
    most_per_address: usize,
    trusted_proxies: Vec<IpNet>,
    open: Mutex<Open>,
    gauge: Gauge,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Only addresses with a connection: it cannot grow beyond the cap for all.
    by_address: FxHashMap<IpAddr, usize>,
}

/// Which cap is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Refusal {
    /// The one for all.
    Total,
    /// The one per address.
    Address,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    /// None if the address is not counted.
    address: Option<IpAddr>,
}

impl Admission {
    pub(super) fn new(limits: &Limits, gauge: Gauge) -> Self {
        Self {
            most: limits.max_connections,
            most_per_address: limits.max_connections_per_address,
            trusted_proxies: limits.trusted_proxies.clone(),
            open: Mutex::default(),
            gauge,
        }
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refusal> {
        let counted = self.most_per_address > 0 && !is_trusted(address, &self.trusted_proxies);
        let address = counted.then(|| neighbourhood(address));
        let mut open = self.lock();
        if open.total >= self.most {
            return Err(Refusal::Total);
        }
        if let Some(address) = address {
            let of_address = open.by_address.entry(address).or_default();
            if *of_address >= self.most_per_address {
                return Err(Refusal::Address);
            }
            *of_address += 1;
        }
        open.total += 1;
        self.gauge.inc();
        Ok(Place {
            admission: Arc::clone(self),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.admission.lock();
        open.total -= 1;
        self.admission.gauge.dec();
        let Some(address) = self.address else { return };
        let left = open.by_address.get(&address).map_or(0, |count| count - 1);
        if left == 0 {
            open.by_address.remove(&address);
        } else {
            open.by_address.insert(address, left);
        }
    }
}

/// What counts as one address: in IPv6 a whole /64 network, for everybody has one of those.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;

    fn admission(most: usize, most_per_address: usize, trusted: &str) -> Arc<Admission> {
        let limits = Limits {
            max_connections: most,
            max_connections_per_address: most_per_address,
            trusted_proxies: vec![trusted.parse().unwrap()],
            ..Limits::public(&ServerConfig::default())
        };
        Arc::new(Admission::new(&limits, Gauge::default()))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_is_free_again_once_dropped() {
        let admission = admission(1, 0, "127.0.0.0/8");
        let place = admission.admit(ip("10.0.0.1")).unwrap();
        assert_eq!(admission.admit(ip("10.0.0.2")).unwrap_err(), Refusal::Total);
        assert_eq!(admission.gauge.get(), 1);
        drop(place);
        assert!(admission.admit(ip("10.0.0.2")).is_ok());
        assert_eq!(admission.gauge.get(), 0);
    }

    #[test]
    fn one_address_cannot_take_the_places_of_others() {
        let admission = admission(10, 2, "127.0.0.0/8");
        let places = [
            admission.admit(ip("10.0.0.1")).unwrap(),
            admission.admit(ip("10.0.0.1")).unwrap(),
        ];
        assert_eq!(
            admission.admit(ip("10.0.0.1")).unwrap_err(),
            Refusal::Address
        );
        assert!(admission.admit(ip("10.0.0.2")).is_ok());
        drop(places);
        assert!(admission.lock().by_address.is_empty());
    }

    #[test]
    fn trusted_proxies_are_free_of_the_cap_per_address() {
        let admission = admission(10, 1, "10.0.0.0/8");
        let places = [
            admission.admit(ip("10.0.0.1")),
            admission.admit(ip("::ffff:10.0.0.1")),
        ];
        assert!(places.iter().all(Result::is_ok));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let admission = admission(10, 1, "127.0.0.0/8");
        let _place = admission.admit(ip("2001:db8::1")).unwrap();
        assert_eq!(
            admission.admit(ip("2001:db8::ffff:0:2")).unwrap_err(),
            Refusal::Address
        );
        assert!(admission.admit(ip("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address_it_maps() {
        let admission = admission(10, 1, "127.0.0.0/8");
        let _place = admission.admit(ip("::ffff:10.0.0.1")).unwrap();
        assert_eq!(
            admission.admit(ip("10.0.0.1")).unwrap_err(),
            Refusal::Address
        );
        assert!(admission.admit(ip("::ffff:10.0.0.2")).is_ok());
    }
}
