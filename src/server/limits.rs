//! What a listener allows, and how many connections there are files for.

use std::time::Duration;

use ipnet::IpNet;
use rustix::process::{Resource, getrlimit};

use crate::config::{AdminConfig, ServerConfig};

/// Open files that are not connections of the public listener: databases, logs, the admin listener, and connections
/// that make room for others and are not gone yet.
const RESERVED_FILES: u64 = 256;
/// Connections of the admin listener, taken from the reserved files.
const ADMIN_CONNECTIONS: usize = 128;
/// Time for one answer of the admin listener: a look at an edit of very many rows takes seconds.
const ADMIN_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time that a connection of the admin listener may take for an upload, or be idle.
const ADMIN_IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// The fewest connections of the public listener, however low the limit of open files is.
const FEWEST_CONNECTIONS: usize = 16;

/// What a listener allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Time for the head of the first request on a connection.
    pub first_head_timeout: Duration,
    /// Time for a later request's head, idle time before it included.
    pub header_timeout: Duration,
    /// Time from the end of a request's head to its answer.
    pub request_timeout: Duration,
    /// Time from the moment an answer cannot be sent on until all of it is fetched.
    pub answer_timeout: Duration,
    /// Time that requests in flight get at shutdown.
    pub drain: Duration,
    /// Connections open at once.
    pub max_connections: usize,
    /// Of these, how many strangers leave free.
    pub reserved_connections: usize,
    /// Connections open at once from one address; 0 for no limit.
    pub max_connections_per_address: usize,
    /// Requests a second of one address that was not answered before; 0 for no limit.
    pub max_stranger_requests_per_second: usize,
    /// Requests in flight of one such address; 0 for no limit.
    pub max_stranger_requests_in_flight: usize,
    /// The longest body of a question, in bytes.
    pub body_limit_bytes: usize,
    /// Bytes of large questions and answers on their way over all connections.
    pub max_bytes_in_flight: u64,
    /// Networks whose `X-Forwarded-For` is believed and who are free of the cap per address.
    pub trusted_proxies: Vec<IpNet>,
}

impl Limits {
    /// Those of the public listener.
    pub fn public(config: &ServerConfig) -> Self {
        Self {
            first_head_timeout: config.first_head_timeout(),
            header_timeout: config.header_timeout(),
            request_timeout: config.request_timeout(),
            answer_timeout: config.answer_timeout(),
            drain: config.drain(),
            max_connections: connections_allowed(config.max_connections, open_files()),
            reserved_connections: config.reserved_connections,
            max_connections_per_address: config.max_connections_per_address,
            max_stranger_requests_per_second: config.max_stranger_requests_per_second,
            max_stranger_requests_in_flight: config.max_stranger_requests_in_flight,
            body_limit_bytes: config.body_limit_bytes,
            max_bytes_in_flight: config.max_bytes_in_flight,
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// Those of the admin listener: few places, kept free of what happens to the public ones, and time to work.
    pub fn admin(config: &ServerConfig, admin: &AdminConfig) -> Self {
        Self {
            request_timeout: ADMIN_REQUEST_TIMEOUT,
            header_timeout: ADMIN_IDLE_TIMEOUT,
            trusted_proxies: admin.trusted_proxies.clone(),
            max_connections: ADMIN_CONNECTIONS,
            reserved_connections: 0,
            max_connections_per_address: 0,
            max_stranger_requests_per_second: 0,
            max_stranger_requests_in_flight: 0,
            ..Self::public(config)
        }
    }
}

/// The soft limit of open files; none is as good as a very large one.
fn open_files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// As many connections as configured (0 for as many as possible), but no more than there are files for.
fn connections_allowed(configured: usize, open_files: u64) -> usize {
    let possible = usize::try_from(open_files.saturating_sub(RESERVED_FILES)).unwrap_or(usize::MAX);
    let possible = possible.max(FEWEST_CONNECTIONS);
    if configured == 0 {
        possible
    } else {
        configured.min(possible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_connections(configured: usize, open_files: u64, allowed: usize) {
        assert_eq!(connections_allowed(configured, open_files), allowed);
    }

    #[test]
    fn connections_leave_files_for_the_rest() {
        check_connections(0, 1024, 768);
        check_connections(100, 1024, 100);
        check_connections(1000, 1024, 768);
        check_connections(0, 10, FEWEST_CONNECTIONS);
        check_connections(
            0,
            u64::MAX,
            usize::try_from(u64::MAX - RESERVED_FILES).unwrap(),
        );
    }
}
