//! The loop that takes connections from the system, whatever the system says.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;
use super::connection::{self, ListenerShared};
use super::places::Shortage;
use super::{Answers, Limits};
use crate::telemetry::{ServerMetrics, Throttle};

/// The wait after the system had no file or memory left for a connection: others end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Log lines per minute about connections that were refused or could not be accepted.
const LINES_PER_MINUTE: u32 = 3;

/// Hands connections over to tasks of their own.
pub(super) struct Acceptor<A> {
    admission: Arc<Admission>,
    shared: Arc<ListenerShared<A>>,
    connections: TaskTracker,
    throttle: Throttle<AcceptTrouble>,
    metrics: Arc<ServerMetrics>,
}

/// What may be logged only a few times a minute.
#[derive(PartialEq, Eq, Hash)]
enum AcceptTrouble {
    Accept,
    Refused(Shortage),
}

impl<A: Answers> Acceptor<A> {
    pub(super) fn new(answers: A, limits: Limits, metrics: Arc<ServerMetrics>) -> Self {
        Self {
            admission: Arc::new(Admission::new(&limits, Arc::clone(&metrics))),
            shared: Arc::new(ListenerShared::new(answers, limits, Arc::clone(&metrics))),
            connections: TaskTracker::new(),
            throttle: Throttle::new(LINES_PER_MINUTE),
            metrics,
        }
    }

    /// Accepts connections until `shutdown`, whose end each of them notices by itself.
    ///
    /// The listener is closed on return, so that the system refuses further connections.
    pub(super) async fn accept_until(&self, shutdown: &CancellationToken, listener: TcpListener) {
        while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok((stream, peer)) => {
                    self.admit(stream, peer, shutdown);
                    // Who has to make room is gone before the next one comes: there are files for few more than places.
                    tokio::task::yield_now().await;
                }
                Err(error) => self.wait_after(&error).await,
            }
        }
    }

    /// Waits for the connections to end; each has a deadline for that.
    pub(super) async fn drain(&self) {
        self.connections.close();
        self.connections.wait().await;
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr, shutdown: &CancellationToken) {
        let closing = shutdown.child_token();
        match self.admission.admit(peer.ip(), closing.clone()) {
            Ok(place) => {
                let shared = Arc::clone(&self.shared);
                let ends = connection::Ends {
                    shutdown: shutdown.clone(),
                    closing,
                };
                self.connections
                    .spawn(connection::serve(shared, stream, peer.ip(), place, ends));
            }
            Err(shortage) => self.refused(shortage),
        }
    }

    /// Counts a connection that is closed at once, by being dropped.
    fn refused(&self, shortage: Shortage) {
        match shortage {
            Shortage::Total => self.metrics.refused_by_total.inc(),
            Shortage::Address => self.metrics.refused_by_address.inc(),
        };
        if let Some(left_out) = self
            .throttle
            .admit(AcceptTrouble::Refused(shortage), clock::monotonic())
        {
            tracing::warn!(cap = ?shortage, left_out, "connection refused: a cap of connections is reached");
        }
    }

    /// A failed accept is over at once if it was the connection's fault; if the system lacks something, it takes a while.
    async fn wait_after(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        self.metrics.accept_errors.inc();
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset
        ) {
            return;
        }
        if let Some(left_out) = self
            .throttle
            .admit(AcceptTrouble::Accept, clock::monotonic())
        {
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
    use crate::config::ServerConfig;

    /// Whether the acceptor waits after this error, instead of accepting on at once.
    fn waits_after(error: rustix::io::Errno) -> bool {
        let limits = Limits::public(&ServerConfig::default());
        let (acceptor, error) = (
            Acceptor::new(axum::Router::new(), limits, Arc::default()),
            io::Error::from(error),
        );
        let mut wait = pin!(acceptor.wait_after(&error));
        let waits = wait
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending();
        assert_eq!(acceptor.metrics.accept_errors.get(), 1);
        waits
    }

    #[tokio::test]
    async fn a_lack_of_files_does_not_make_the_loop_spin() {
        assert!(waits_after(rustix::io::Errno::MFILE));
        assert!(waits_after(rustix::io::Errno::NFILE));
        assert!(!waits_after(rustix::io::Errno::CONNABORTED));
    }
}
