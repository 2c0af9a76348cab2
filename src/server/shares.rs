//! How much a stranger may ask for: requests a second and at once, by address. No clock: only the rules.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

/// Addresses that are counted within a second. Whoever has more of them is not held up by a share per address.
const MAX_COUNTED_ADDRESSES: usize = 4_096;

/// What strangers ask for at present.
#[derive(Debug)]
pub(super) struct Shares {
    bounds: ShareBounds,
    /// The second that is counted, since the start.
    second: u64,
    begun: FxHashMap<IpAddr, usize>,
    /// Only addresses with a request in flight: no more than there are connections.
    in_flight: FxHashMap<IpAddr, usize>,
}

/// The share of one address; 0 for no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShareBounds {
    pub(super) requests_per_second: usize,
    pub(super) requests_in_flight: usize,
}

/// Which bound of the share is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OverShare {
    RequestsPerSecond,
    RequestsInFlight,
}

impl Shares {
    pub(super) fn new(bounds: ShareBounds) -> Self {
        Self {
            bounds,
            second: 0,
            begun: FxHashMap::default(),
            in_flight: FxHashMap::default(),
        }
    }

    /// Counts a request that begins now, unless it is over the share. What was counted has to [`end`](Self::end).
    pub(super) fn begin(&mut self, address: IpAddr, second: u64) -> Result<(), OverShare> {
        if second != self.second {
            self.begun.clear();
            self.second = second;
        }
        let ShareBounds {
            requests_per_second,
            requests_in_flight,
        } = self.bounds;
        let in_flight = self.in_flight.get(&address).copied().unwrap_or(0);
        if requests_in_flight > 0 && in_flight >= requests_in_flight {
            return Err(OverShare::RequestsInFlight);
        }
        let is_counted =
            self.begun.len() < MAX_COUNTED_ADDRESSES || self.begun.contains_key(&address);
        if requests_per_second > 0 && is_counted {
            let begun = self.begun.entry(address).or_default();
            if *begun >= requests_per_second {
                return Err(OverShare::RequestsPerSecond);
            }
            *begun += 1;
        }
        self.in_flight.insert(address, in_flight + 1);
        Ok(())
    }

    /// A request that was counted is over.
    pub(super) fn end(&mut self, address: IpAddr) {
        match self.in_flight.get_mut(&address) {
            Some(in_flight) if *in_flight > 1 => *in_flight -= 1,
            _ => drop(self.in_flight.remove(&address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: ShareBounds = ShareBounds {
        requests_per_second: 3,
        requests_in_flight: 2,
    };

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn an_address_gets_so_many_requests_a_second() {
        let mut shares = Shares::new(BOUNDS);
        for _ in 0..3 {
            assert_eq!(shares.begin(ip(1), 7), Ok(()));
            shares.end(ip(1));
        }
        assert_eq!(shares.begin(ip(1), 7), Err(OverShare::RequestsPerSecond));
        assert_eq!(shares.begin(ip(2), 7), Ok(()));
        assert_eq!(shares.begin(ip(1), 8), Ok(()));
    }

    #[test]
    fn an_address_gets_so_many_requests_at_once() {
        let mut shares = Shares::new(BOUNDS);
        assert_eq!(shares.begin(ip(1), 1), Ok(()));
        assert_eq!(shares.begin(ip(1), 2), Ok(()));
        assert_eq!(shares.begin(ip(1), 3), Err(OverShare::RequestsInFlight));
        assert_eq!(shares.begin(ip(2), 3), Ok(()));
        shares.end(ip(1));
        assert_eq!(shares.begin(ip(1), 3), Ok(()));
        for address in [ip(1), ip(1), ip(2)] {
            shares.end(address);
        }
        assert!(shares.in_flight.is_empty());
    }

    #[test]
    fn without_a_limit_nobody_is_refused() {
        let mut shares = Shares::new(ShareBounds {
            requests_per_second: 0,
            requests_in_flight: 0,
        });
        assert!((0..10_000).all(|_| shares.begin(ip(1), 0).is_ok()));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_are_counted() {
        let mut shares = Shares::new(BOUNDS);
        for number in 0..10_000_u32 {
            let address = IpAddr::from(std::net::Ipv4Addr::from_bits(number));
            assert_eq!(shares.begin(address, 0), Ok(()));
            shares.end(address);
        }
        assert_eq!(shares.begun.len(), MAX_COUNTED_ADDRESSES);
    }
}
