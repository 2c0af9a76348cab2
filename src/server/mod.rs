//! The accept loop: sockets, timers, limits, drain.
//!
//! `axum::serve` has no timers and no limits: slow heads, stalled bodies and idle connections live for ever, and one of
//! them blocks a shutdown for ever. So connections are accepted here and handed to hyper one by one, each with a place
//! under the caps, a deadline for whatever it is at, and an end.

mod admission;
mod body;
mod client_address;
mod connection;
mod deadline;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use ipnet::IpNet;
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::ServerConfig;
use crate::telemetry::{ServerMetrics, Throttle};
use admission::{Admission, Refusal};
use connection::Shared;

pub use body::{BodyError, read_body};
pub use client_address::ClientAddress;

/// Connections that the kernel holds while they wait to be accepted: a burst of new ones loses none.
const BACKLOG: u32 = 4096;
/// Open files that are not connections of the public listener: databases, logs, the admin listener.
const RESERVED_FILES: u64 = 64;
/// Connections of the admin listener, taken from the reserved files.
const ADMIN_CONNECTIONS: usize = 32;
/// The fewest connections of the public listener, however low the limit of open files is.
const FEWEST_CONNECTIONS: usize = 16;
/// The wait after the system had no file or memory left for a connection: others end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Log lines per minute about connections that were refused or could not be accepted.
const LINES_PER_MINUTE: u32 = 3;

/// What a listener allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Time for a request's head, idle time before it included, and for fetching an answer.
    pub header_timeout: Duration,
    /// Time from the end of a request's head to its answer.
    pub request_timeout: Duration,
    /// Time that requests in flight get at shutdown.
    pub drain: Duration,
    /// Connections open at once.
    pub max_connections: usize,
    /// Connections open at once from one address; 0 for no limit.
    pub max_connections_per_address: usize,
    /// Networks whose `X-Forwarded-For` is believed and who are free of the cap per address.
    pub trusted_proxies: Vec<IpNet>,
}

impl Limits {
    /// Those of the public listener.
    pub fn public(config: &ServerConfig) -> Self {
        Self {
            header_timeout: config.header_timeout(),
            request_timeout: config.request_timeout(),
            drain: config.drain(),
            max_connections: connections_allowed(config.max_connections, open_files()),
            max_connections_per_address: config.max_connections_per_address,
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// Those of the admin listener: the same times, but few places, kept free of what happens to the public ones.
    pub fn admin(config: &ServerConfig) -> Self {
        Self { max_connections: ADMIN_CONNECTIONS, max_connections_per_address: 0, ..Self::public(config) }
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
    if configured == 0 { possible } else { configured.min(possible) }
}

/// A listener that is bound but does not accept yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
}

/// Why a listener cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct BindError {
    /// Where it was to listen.
    pub address: SocketAddr,
    /// What the system says.
    pub source: io::Error,
}

impl Server {
    /// Binds a listener; from here on connections wait in its backlog. Port 0 takes a free one.
    ///
    /// Belongs inside a tokio runtime.
    ///
    /// # Errors
    /// The address is taken, not of this machine, or not allowed.
    pub fn bind(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        let listener = listen(address).map_err(|source| BindError { address, source })?;
        let address = listener.local_addr().map_err(|source| BindError { address, source })?;
        Ok(Self { listener, address, limits })
    }

    /// The address it is bound to, with the port it was given.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections until `shutdown`, then closes the idle ones, finishes the requests in flight and returns.
    ///
    /// Whatever is not finished after [`Limits::drain`] is cut. Handlers find the [`ClientAddress`] in the request's
    /// extensions. Their panics are answered with 500, their lateness with 408.
    pub async fn run(self, router: Router, shutdown: CancellationToken, metrics: Arc<ServerMetrics>) {
        let connections = TaskTracker::new();
        let acceptor = Acceptor {
            admission: Arc::new(Admission::new(&self.limits, metrics.open_connections.clone())),
            shared: Arc::new(Shared::new(router, self.limits, Arc::clone(&metrics))),
            connections: connections.clone(),
            throttle: Throttle::new(LINES_PER_MINUTE),
            metrics,
        };
        acceptor.accept_until(&shutdown, self.listener).await;
        connections.close();
        connections.wait().await;
    }
}

/// Opens the socket and listens.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Else a restart would fail while connections of the old process linger in the kernel.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Hands connections over to tasks of their own.
struct Acceptor {
    admission: Arc<Admission>,
    shared: Arc<Shared>,
    connections: TaskTracker,
    throttle: Throttle<Trouble>,
    metrics: Arc<ServerMetrics>,
}

/// What may be logged only a few times a minute.
#[derive(PartialEq, Eq, Hash)]
enum Trouble {
    Accept,
    Refused(Refusal),
}

impl Acceptor {
    /// The listener is closed on return, so that the system refuses further connections.
    async fn accept_until(&self, shutdown: &CancellationToken, listener: TcpListener) {
        while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, shutdown),
                Err(error) => self.wait_after(&error).await,
            }
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr, shutdown: &CancellationToken) {
        match self.admission.admit(peer.ip()) {
            Ok(place) => {
                let shared = Arc::clone(&self.shared);
                let shutdown = shutdown.child_token();
                self.connections.spawn(connection::serve(shared, stream, peer.ip(), place, shutdown));
            }
            Err(refusal) => self.refused(refusal),
        }
    }

    /// Counts a connection that is closed at once, by being dropped.
    fn refused(&self, refusal: Refusal) {
        match refusal {
            Refusal::Total => self.metrics.refused_by_total.inc(),
            Refusal::Address => self.metrics.refused_by_address.inc(),
        };
        if let Some(left_out) = self.throttle.admit(Trouble::Refused(refusal), clock::monotonic()) {
            tracing::warn!(cap = ?refusal, left_out, "connection refused: a cap of connections is reached");
        }
    }

    /// A failed accept is over at once if it was the connection's fault; if the system lacks something, it takes a while.
    async fn wait_after(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        self.metrics.accept_errors.inc();
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        if let Some(left_out) = self.throttle.admit(Trouble::Accept, clock::monotonic()) {
            tracing::warn!(%error, left_out, "cannot accept a connection");
        }
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[track_caller]
    fn check_connections(configured: usize, open_files: u64, allowed: usize) {
        assert_eq!(connections_allowed(configured, open_files), allowed);
    }

    fn acceptor() -> Acceptor {
        let (limits, metrics) = (Limits::public(&ServerConfig::default()), Arc::<ServerMetrics>::default());
        Acceptor {
            admission: Arc::new(Admission::new(&limits, metrics.open_connections.clone())),
            shared: Arc::new(Shared::new(Router::new(), limits, Arc::clone(&metrics))),
            connections: TaskTracker::new(),
            throttle: Throttle::new(LINES_PER_MINUTE),
            metrics,
        }
    }

    /// Whether the acceptor waits after this error, instead of accepting on at once.
    fn waits_after(error: rustix::io::Errno) -> bool {
        let (acceptor, error) = (acceptor(), io::Error::from(error));
        let mut wait = pin!(acceptor.wait_after(&error));
        let waits = wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert_eq!(acceptor.metrics.accept_errors.get(), 1);
        waits
    }

    #[tokio::test]
    async fn a_lack_of_files_does_not_make_the_loop_spin() {
        assert!(waits_after(rustix::io::Errno::MFILE));
        assert!(waits_after(rustix::io::Errno::NFILE));
        assert!(!waits_after(rustix::io::Errno::CONNABORTED));
    }

    #[test]
    fn connections_leave_files_for_the_rest() {
        check_connections(0, 1024, 960);
        check_connections(100, 1024, 100);
        check_connections(1000, 1024, 960);
        check_connections(0, 10, FEWEST_CONNECTIONS);
        check_connections(0, u64::MAX, usize::try_from(u64::MAX - RESERVED_FILES).unwrap());
    }
}
