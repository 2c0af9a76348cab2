//! The two listeners, and the limits that keep a stranger from exhausting them.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::parse;

/// The public listener and the limits that keep a stranger from exhausting it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one. Default `0.0.0.0:8080`.
    ///
    /// All interfaces, because the platform asks from outside and a container has no other way in.
    #[serde(deserialize_with = "parse::address")]
    pub listen: SocketAddr,
    /// Networks whose `X-Forwarded-For` is believed, e.g. `10.0.0.0/8`. Default: none.
    ///
    /// Anybody can write that header, so it counts only when a proxy of our own has written it. These addresses are
    /// also free of the cap per address, for everybody's requests come from them.
    #[serde(deserialize_with = "parse::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest request body in bytes, 1024 to 16777216. Default 262144 (256 KiB).
    ///
    /// A question about one call takes some 100 bytes, so this leaves room for two thousand calls in one request.
    /// Longer ones are answered with 413.
    #[serde(deserialize_with = "parse::within::<1024, 16777216, _, _>")]
    pub body_limit_bytes: usize,
    /// Seconds a new connection may take to send the whole head of its first request, 1 to 600. Default 10.
    ///
    /// Whoever opens a connection has something to ask.
    #[serde(deserialize_with = "parse::within::<1, 600, _, _>")]
    pub first_head_timeout_seconds: u64,
    /// Seconds a connection may take to send a whole later head, idle time before it included; 1 to 600. Default 75.
    ///
    /// More than a proxy keeps idle connections (nginx: 60), so that it closes them and never sends a request on one
    /// that is being closed here.
    #[serde(deserialize_with = "parse::within::<1, 600, _, _>")]
    pub header_timeout_seconds: u64,
    /// Seconds from the end of a request's head to its answer, 1 to 60. Default 3.
    ///
    /// Answers take microseconds; what takes longer is a body that does not arrive. It is answered with 408.
    #[serde(deserialize_with = "parse::within::<1, 60, _, _>")]
    pub request_timeout_seconds: u64,
    /// Seconds from the moment an answer cannot be sent on until all of it is fetched, 1 to 60. Default 10.
    ///
    /// The usual answer fits into the system's buffers and waits for nobody. Slower readers are cut.
    #[serde(deserialize_with = "parse::within::<1, 60, _, _>")]
    pub answer_timeout_seconds: u64,
    /// Seconds that requests in flight get at shutdown, 0 to 60. Default 5.
    ///
    /// More than `request_timeout_seconds`, so that each of them is answered, and less than the 10 s after which a
    /// container engine kills.
    #[serde(deserialize_with = "parse::within::<0, 60, _, _>")]
    pub drain_seconds: u64,
    /// Connections open at once. Default 1024; 0 for as many as the limit of open files (`ulimit -n`) allows.
    ///
    /// An idle one takes 13 KB, one with a long head 32 KB more. A number larger than the limit of open files less 256
    /// is cut down to it: those are for databases, logs and the admin listener. When all are taken, the oldest idle
    /// connection of a stranger is closed for a new one.
    pub max_connections: usize,
    /// How many of these strangers leave free for whoever was answered before. Default 256; at most half of them.
    pub reserved_connections: usize,
    /// Connections open at once from one address (from one /64 network in IPv6). Default 256; 0 for no limit.
    ///
    /// A further one closes the oldest of the same address. Addresses in `trusted_proxies` are free of it.
    pub max_connections_per_address: usize,
    /// Requests a second of one address that was not answered before (behind a trusted proxy: of the address that it
    /// names). Default 100; 0 for no limit.
    ///
    /// More are answered with 429, except for health and for whoever comes from `webhook.networks` or knows one of
    /// `webhook.secrets`.
    pub max_stranger_requests_per_second: usize,
    /// Requests of such an address that are being sent or answered at once. Default 64; 0 for no limit.
    ///
    /// More are answered with 429. Keeps a stranger behind a proxy from taking all connections by bodies that stall.
    pub max_stranger_requests_in_flight: usize,
    /// Bytes of questions on their way in and of answers not fetched yet, over all connections, 33554432 (32 MiB) to
    /// 68719476736. Default 67108864 (64 MiB).
    ///
    /// Those of up to 16 KiB are not counted. From half of it on, whoever has held something for the longest time is
    /// cut; at the whole of it, a large question is answered with 503 and `Retry-After`.
    #[serde(deserialize_with = "parse::within::<33554432, 68719476736, _, _>")]
    pub max_bytes_in_flight: u64,
}

impl ServerConfig {
    /// Time for the head of the first request on a connection.
    pub fn first_head_timeout(&self) -> Duration {
        Duration::from_secs(self.first_head_timeout_seconds)
    }

    /// Time for fetching an answer.
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_secs(self.answer_timeout_seconds)
    }

    /// Time for a later request's head, idle time before it included.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// Time from the end of a request's head to its answer.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// Time that requests in flight get at shutdown.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            trusted_proxies: Vec::new(),
            body_limit_bytes: 256 * 1024,
            first_head_timeout_seconds: 10,
            header_timeout_seconds: 75,
            request_timeout_seconds: 3,
            answer_timeout_seconds: 10,
            drain_seconds: 5,
            max_connections: 1024,
            reserved_connections: 256,
            max_connections_per_address: 256,
            max_stranger_requests_per_second: 100,
            max_stranger_requests_in_flight: 64,
            max_bytes_in_flight: 64 * 1024 * 1024,
        }
    }
}

/// The listener for the people who run the service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Address and port of `/status`, `/metrics` and the pages; port 0 takes a free one. Default `127.0.0.1:8081`.
    ///
    /// Loopback, because whoever reaches it can read all rules.
    #[serde(deserialize_with = "parse::address")]
    pub listen: SocketAddr,
    /// Names by which this listener is asked, e.g. `router.example.com`. Default: none.
    ///
    /// Addresses and `localhost` are always right. Other names are answered with 421 unless listed, or else a web page
    /// could let its own name point here and read along in an operator's browser.
    #[serde(deserialize_with = "parse::host_names")]
    pub hosts: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed here, and with `console.sign_in = "proxy"` their identity headers.
    /// Default: none.
    #[serde(deserialize_with = "parse::networks")]
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            hosts: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}
