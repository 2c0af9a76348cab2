//! Whose request it is: the address at the other end, or the one that a trusted proxy names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header to which each proxy appends the address it was asked from.
pub(super) const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address, as an extension of each request.
///
/// IPv4 addresses mapped into IPv6 are IPv4 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What counts as one address: in IPv6 a whole /64 network, for everybody has one of those.
    pub fn neighbourhood(self) -> IpAddr {
        neighbourhood(self.0)
    }
}

/// The client of a request that came from `peer`.
///
/// Read from the right, for there stands what our own proxy wrote: the first address that is not a trusted proxy. What
/// stands left of it, or of something that is no address, may be anybody's invention.
pub(super) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> ClientAddress {
    let mut client = peer.to_canonical();
    if !is_trusted(client, trusted) {
        return ClientAddress(client);
    }
    let mut named = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    while is_trusted(client, trusted) {
        let Some(before) = named.next().and_then(address) else {
            break;
        };
        client = before.to_canonical();
    }
    ClientAddress(client)
}

/// Whether an address belongs to a proxy of our own.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// What counts as one address: in IPv6 a whole /64 network, for everybody has one of those.
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let in_brackets = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Ok(address) = in_brackets.unwrap_or(entry).parse() {
        return Some(address);
    }
    Some(entry.parse::<SocketAddr>().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, headers: &[&str], client: &str) {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let headers = headers
            .iter()
            .map(|value| (FORWARDED_FOR.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let found = client_address(peer.parse().unwrap(), &headers, &trusted);
        assert_eq!(found, ClientAddress(client.parse().unwrap()));
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        check("203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("203.0.113.7", &[], "203.0.113.7");
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        check("10.0.0.1", &["203.0.113.7"], "203.0.113.7");
        check("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7");
        check("10.0.0.1", &["203.0.113.7:4711"], "203.0.113.7");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("fd00::1", &["2001:db8::1"], "2001:db8::1");
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        check("10.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7");
        check(
            "10.0.0.1",
            &["198.51.100.1, 203.0.113.7 ,10.0.0.2"],
            "203.0.113.7",
        );
        check(
            "10.0.0.1",
            &["198.51.100.1", "203.0.113.7,10.0.0.2"],
            "203.0.113.7",
        );
        check("10.0.0.1", &["203.0.113.7", "10.0.0.2"], "203.0.113.7");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let counts_as = |address: &str| neighbourhood(address.parse().unwrap()).to_string();
        assert_eq!(counts_as("2001:db8::ffff:0:2"), "2001:db8::");
        assert_eq!(counts_as("2001:db8:0:1::1"), "2001:db8:0:1::");
        assert_eq!(counts_as("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(counts_as("10.0.0.1"), "10.0.0.1");
    }

    #[test]
    fn without_a_name_the_proxy_itself_is_the_client() {
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["unknown"], "10.0.0.1");
        check("10.0.0.1", &["203.0.113.7, unknown, 10.0.0.2"], "10.0.0.2");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check("10.0.0.1", &[""], "10.0.0.1");
    }
}
