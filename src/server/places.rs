//! Who gets a place, and whose connection is closed to make room. No socket and no clock: only the rules.
//!
//! A connection stands in one of three ranks: a stranger's, one from an address that was answered before, and one that
//! was itself answered. When places are short, the lowest rank goes first; within it the address that holds most, and
//! of that address the oldest connection. So silent strangers make room for each other, however many they are, and
//! nobody who is answered has to.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::generations::Generations;

/// Addresses that are remembered to have been answered, twice so many at most; the platform has a few.
const MAX_KNOWN_ADDRESSES: usize = 1_024;
/// Connections that have been told to end and are not gone yet. They still hold files, from the reserved ones.
const MAX_LEAVING: usize = 64;

/// All connections of a listener; `C` is what tells a connection to end.
#[derive(Debug)]
pub(super) struct Places<C> {
    bounds: PlaceBounds,
    by_address: FxHashMap<IpAddr, Holder<C>>,
    known: Generations<IpAddr, ()>,
    /// Rises with each connection: the oldest has the lowest.
    next: u64,
    held: usize,
    held_by_strangers: usize,
    leaving: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PlaceBounds {
    /// For everybody.
    pub(super) total: usize,
    /// Of these, how many strangers leave free.
    pub(super) reserved: usize,
    /// For one address; 0 for no limit.
    pub(super) per_address: usize,
}

/// The connections of one address.
#[derive(Debug)]
struct Holder<C> {
    origin: Origin,
    /// Not answered yet, by age.
    silent: BTreeMap<u64, C>,
    /// Answered before, by age.
    answered: BTreeMap<u64, C>,
}

/// What is known of the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Stranger,
    /// An address that was answered before.
    Known,
    /// One of our own proxies. It has no cap of its own, and its connections are not closed for others: they carry
    /// the platform's questions beside those of strangers.
    Proxy,
}

/// A connection's right to be open.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AdmittedConnection<C> {
    /// By which it is known here.
    pub(super) id: u64,
    /// Whose connection has to be closed for it, and why.
    pub(super) displaced: Option<(C, Shortage)>,
}

/// What there is too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shortage {
    /// Places at all.
    Total,
    /// Places for one address.
    Address,
}

impl<C> Places<C> {
    pub(super) fn new(bounds: PlaceBounds) -> Self {
        Self {
            bounds,
            by_address: FxHashMap::default(),
            // Not forgotten with time, only when there are too many.
            known: Generations::new(MAX_KNOWN_ADDRESSES, Duration::MAX),
            next: 0,
            held: 0,
            held_by_strangers: 0,
            leaving: 0,
        }
    }

    /// A place for a new connection, unless all are held by those who come before it.
    pub(super) fn admit(
        &mut self,
        address: IpAddr,
        is_proxy: bool,
        connection: C,
    ) -> Result<AdmittedConnection<C>, Shortage> {
        let origin = match (is_proxy, self.is_known(address)) {
            (true, _) => Origin::Proxy,
            (false, true) => Origin::Known,
            (false, false) => Origin::Stranger,
        };
        let displaced = match self.shortage(address, origin) {
            None => None,
            Some(shortage) => Some((self.displace(address, origin, shortage)?, shortage)),
        };
        let id = self.next;
        self.next += 1;
        self.held += 1;
        self.held_by_strangers += usize::from(origin == Origin::Stranger);
        let holder = self.by_address.entry(address).or_insert(Holder {
            origin,
            silent: BTreeMap::new(),
            answered: BTreeMap::new(),
        });
        holder.silent.insert(id, connection);
        Ok(AdmittedConnection { id, displaced })
    }

    /// A question on this connection was answered, for a client who may be behind a proxy.
    pub(super) fn answered(&mut self, id: u64, address: IpAddr, client: IpAddr) {
        self.known.entry(client, 0, || ());
        let Some(holder) = self.by_address.get_mut(&address) else {
            return;
        };
        if holder.origin == Origin::Stranger {
            self.held_by_strangers -= holder.silent.len();
            holder.origin = Origin::Known;
        }
        if let Some(connection) = holder.silent.remove(&id) {
            holder.answered.insert(id, connection);
        }
    }

    /// A connection has ended.
    pub(super) fn release(&mut self, id: u64, address: IpAddr) {
        if self.remove(id, address).is_none() {
            self.leaving -= 1;
        }
    }

    /// Whether this address was answered before.
    pub(super) fn is_known(&self, address: IpAddr) -> bool {
        if let Some(holder) = self.by_address.get(&address)
            && holder.origin != Origin::Stranger
        {
            return true;
        }
        self.known.get(address).is_some()
    }

    /// What a new connection lacks, if anything.
    fn shortage(&self, address: IpAddr, origin: Origin) -> Option<Shortage> {
        let PlaceBounds {
            total,
            reserved,
            per_address,
        } = self.bounds;
        if origin != Origin::Proxy && per_address > 0 && self.held_by(address) >= per_address {
            return Some(Shortage::Address);
        }
        let is_reserve_reached =
            origin == Origin::Stranger && self.held_by_strangers + reserved >= total;
        if self.held < total && !is_reserve_reached {
            return None;
        }
        Some(Shortage::Total)
    }

    /// Takes a place away for a newcomer; the connection that loses it.
    fn displace(
        &mut self,
        address: IpAddr,
        origin: Origin,
        shortage: Shortage,
    ) -> Result<C, Shortage> {
        if self.leaving >= MAX_LEAVING {
            return Err(shortage);
        }
        let found = match shortage {
            Shortage::Address => self.oldest_of(address).map(|(id, _)| (id, address)),
            Shortage::Total => self.least_entitled(address, origin),
        };
        let (id, holder) = found.ok_or(shortage)?;
        let connection = self.remove(id, holder).ok_or(shortage)?;
        self.leaving += 1;
        Ok(connection)
    }

    /// The connection of the lowest rank, of the address that holds most. A stranger always makes room; others do for
    /// whoever holds less even with one more.
    fn least_entitled(&self, newcomer: IpAddr, origin: Origin) -> Option<(u64, IpAddr)> {
        let mut lowest = None;
        for (address, holder) in &self.by_address {
            if holder.origin == Origin::Proxy {
                continue;
            }
            if let Some((id, was_answered)) = holder.oldest() {
                let rank = (holder.origin, was_answered);
                let candidate = (rank, Reverse(holder.len()), id, *address);
                lowest = Some(match lowest {
                    Some(lowest) if lowest < candidate => lowest,
                    _ => candidate,
                });
            }
        }
        let ((rank, _), Reverse(held), id, address) = lowest?;
        let own = self.held_by(newcomer);
        let makes_room = rank == Origin::Stranger
            || address == newcomer
            || held > own + 1
            || origin == Origin::Proxy;
        if !makes_room {
            return None;
        }
        Some((id, address))
    }

    fn oldest_of(&self, address: IpAddr) -> Option<(u64, bool)> {
        self.by_address.get(&address)?.oldest()
    }

    fn held_by(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).map_or(0, Holder::len)
    }

    fn remove(&mut self, id: u64, address: IpAddr) -> Option<C> {
        let holder = self.by_address.get_mut(&address)?;
        let connection = match holder.silent.remove(&id) {
            Some(connection) => connection,
            None => holder.answered.remove(&id)?,
        };
        self.held -= 1;
        self.held_by_strangers -= usize::from(holder.origin == Origin::Stranger);
        if holder.len() == 0 {
            self.by_address.remove(&address);
        }
        Some(connection)
    }
}

impl<C> Holder<C> {
    fn len(&self) -> usize {
        self.silent.len() + self.answered.len()
    }

    /// The connection to be closed first, and whether it was ever answered.
    fn oldest(&self) -> Option<(u64, bool)> {
        if let Some(id) = self.silent.keys().next() {
            return Some((*id, false));
        }
        Some((*self.answered.keys().next()?, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten places, of which two are reserved, and four for one address.
    const BOUNDS: PlaceBounds = PlaceBounds {
        total: 10,
        reserved: 2,
        per_address: 4,
    };

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    /// Connections by the number of their address: `2 2 3` are two of 10.0.0.2 and one of 10.0.0.3. A `+` behind it
    /// says that it was answered, a `p` that it is a proxy's. What is displaced for the last of them, or refused.
    #[track_caller]
    fn check(connections: &str, expected: &str) {
        let mut places = Places::new(BOUNDS);
        let mut outcome = String::new();
        for (at, connection) in connections.split_whitespace().enumerate() {
            let digits: String = connection.chars().filter(char::is_ascii_digit).collect();
            let address = ip(digits.parse().unwrap());
            let admitted = places.admit(address, connection.ends_with('p'), at);
            outcome = match &admitted {
                Ok(AdmittedConnection {
                    displaced: None, ..
                }) => "free".to_owned(),
                Ok(AdmittedConnection {
                    displaced: Some((other, shortage)),
                    ..
                }) => format!("{other} by {shortage:?}"),
                Err(shortage) => format!("refused by {shortage:?}"),
            };
            if let (Ok(admitted), true) = (admitted, connection.ends_with('+')) {
                places.answered(admitted.id, address, address);
            }
        }
        assert_eq!(outcome, expected, "{connections}");
    }

    #[test]
    fn strangers_leave_some_places_free() {
        check("1 1 2 2 3 3 4 4", "free");
        check("1 1 2 2 3 3 4 4 5", "0 by Total");
        check("9+ 1 1 2 2 3 3 4 4 9", "free");
    }

    #[test]
    fn who_was_answered_before_takes_a_strangers_place() {
        check("9+ 9+ 1 1 2 2 3 3 4 4 9", "2 by Total");
        check("9+ 9 1 1 2 2 3 3 4 4 9", "2 by Total");
    }

    #[test]
    fn the_address_with_most_strangers_makes_room_first() {
        check("1 2 3 3 3 4 5 6 7", "2 by Total");
        check("1 2 3 4 5 6 7 8 9", "0 by Total");
    }

    #[test]
    fn an_address_makes_room_for_itself() {
        check("1 2 2 2 2 2", "1 by Address");
        check("9+ 9 9+ 9+ 9", "1 by Address");
        check("9+ 9+ 9+ 9+ 9", "0 by Address");
    }

    #[test]
    fn among_those_who_were_answered_the_one_who_holds_most_makes_room() {
        check("9+ 8+ 8+ 8+ 8+ 7+ 7+ 7+ 6+ 6+ 1", "1 by Total");
        check("9+ 8+ 8+ 8 8+ 7+ 7+ 7+ 6+ 6+ 1", "3 by Total");
        check("1+ 2+ 3+ 4+ 5+ 6+ 7+ 8+ 9+ 10+ 11+", "refused by Total");
    }

    #[test]
    fn a_proxy_makes_room_for_nobody_and_has_no_cap_of_its_own() {
        check("1p 1p 1p 1p 1p", "free");
        check("1p 1p 1p 1p 1p 1p 1p 1p 1p 1p 2", "refused by Total");
        check("2 1p 1p 1p 1p 1p 1p 1p 1p 1p 1p", "0 by Total");
    }

    #[test]
    fn a_place_is_free_again_once_released() {
        let mut places = Places::new(BOUNDS);
        let admitted: Vec<_> = (1..=8)
            .map(|last| places.admit(ip(last), false, last).unwrap())
            .collect();
        let displacing = places.admit(ip(9), false, 9).unwrap();
        assert_eq!(displacing.displaced, Some((1, Shortage::Total)));
        assert_eq!((places.held, places.leaving), (8, 1));
        for (place, last) in admitted.iter().chain([&displacing]).zip(1..) {
            places.release(place.id, ip(last));
        }
        assert_eq!((places.held, places.leaving), (0, 0));
        assert_eq!(places.held_by_strangers, 0);
        assert!(places.by_address.is_empty());
    }

    #[test]
    fn who_does_not_leave_is_not_replaced_for_ever() {
        let mut places = Places::new(BOUNDS);
        let refused = (0..1_000).find(|_| places.admit(ip(1), false, ()).is_err());
        assert_eq!(refused, Some(BOUNDS.per_address + MAX_LEAVING));
    }

    #[test]
    fn an_address_stays_known_after_its_connections() {
        let mut places = Places::new(BOUNDS);
        let place = places.admit(ip(1), true, ()).unwrap();
        places.answered(place.id, ip(1), ip(2));
        places.release(place.id, ip(1));
        assert!(places.is_known(ip(2)));
        assert!(!places.is_known(ip(3)));
        assert!(!places.is_known(ip(1)), "a proxy stands for nobody");
    }
}
