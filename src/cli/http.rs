//! What the commands that ask a running server have in common.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

/// The address at which a listener on this machine is reached.
///
/// A server that listens on all interfaces has no address of its own to ask at.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// A client that gives up after `limit`, follows no redirect, and takes every status for an answer.
pub(super) fn client(limit: Duration) -> ConfigBuilder<AgentScope> {
    let answers = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false);
    answers.timeout_global(Some(limit))
}

/// A client for this machine's own server, which no proxy stands before.
pub(super) fn local_client(limit: Duration) -> Agent {
    client(limit).proxy(None).build().new_agent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, expected: &str) {
        assert_eq!(reachable(listen.parse().unwrap()).to_string(), expected);
    }

    #[test]
    fn a_listener_on_all_interfaces_is_asked_through_loopback() {
        check("0.0.0.0:8080", "127.0.0.1:8080");
        check("[::]:8080", "[::1]:8080");
        check("192.0.2.1:80", "192.0.2.1:80");
    }
}
