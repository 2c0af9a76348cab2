//! The accept loop: sockets, timers, limits, drain.
//!
//! `axum::serve` has no timers and no limits: slow heads, stalled bodies and idle connections live for ever, and one of
//! them blocks a shutdown for ever. So connections are accepted here and handed to hyper one by one, each with a place
//! under the caps, a deadline for whatever it is at, and an end.

mod accept;
mod admission;
mod answers;
mod body;
mod client_address;
mod connection;
mod deadline;
mod held;
mod limits;
mod one_write;
mod places;
mod shares;
mod unhurried;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::telemetry::ServerMetrics;
use accept::Acceptor;

pub use answers::{AnswerBody, Answers, Arrival, Handled, Standing};
pub use body::{BodyError, forget_body, read_body};
pub use client_address::ClientAddress;
pub use limits::Limits;

/// Connections that the kernel holds while they wait to be accepted: a burst of new ones loses none.
const BACKLOG: u32 = 4096;

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
        let failed = |source| BindError { address, source };
        let listener = listen(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            limits,
        })
    }

    /// The address it is bound to, with the port it was given.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections until `shutdown`, then closes the idle ones, finishes the requests in flight and returns.
    ///
    /// Whatever is not finished after [`Limits::drain`] is cut. Panics while answering are answered with 500, lateness
    /// with 408.
    pub async fn run(
        self,
        answers: impl Answers,
        shutdown: CancellationToken,
        metrics: Arc<ServerMetrics>,
    ) {
        let acceptor = Acceptor::new(answers, self.limits, metrics);
        acceptor.accept_until(&shutdown, self.listener).await;
        acceptor.drain().await;
    }
}

/// Opens the socket and listens.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Else a restart would fail while connections of the old process linger in the kernel.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
