//! Who answers the requests of a listener.

use std::net::IpAddr;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tower::Service as _;

use super::ClientAddress;
use super::client_address::FORWARDED_FOR;

/// The body of an answer: whole bytes, as the webhook has them, or whatever a router's handler gives.
pub type AnswerBody = Either<Full<Bytes>, Body>;

/// Where a request comes from, and when.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Who asks.
    pub client: ClientAddress,
    /// The address at the other end of the connection: the client's own, or a proxy's.
    pub peer: IpAddr,
    /// When its head had arrived.
    pub at: Instant,
}

impl Arrival {
    /// How the client's address was found, for whoever wonders why a request is refused.
    pub fn address_found(&self, headers: &HeaderMap) -> &'static str {
        if self.client.0 != self.peer.to_canonical() {
            return "named by X-Forwarded-For, as the peer is in server.trusted_proxies";
        }
        if headers.contains_key(FORWARDED_FOR) {
            return "the peer's own: X-Forwarded-For is not believed, as the peer is in none of \
                    server.trusted_proxies, or the header names no address";
        }
        "the peer's own: there is no X-Forwarded-For"
    }
}

/// Who asked, as far as the answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Anybody.
    Stranger,
    /// Somebody who passed every check that there is, and was answered.
    Known,
}

/// An answer, and what it says of who asked.
#[derive(Debug)]
pub struct Handled {
    /// What is sent.
    pub response: Response<AnswerBody>,
    /// Who asked: for those who are known places are kept.
    pub asker: Standing,
}

/// Answers the requests of a listener.
///
/// A [`Router`] does. What is asked so often that a router's way to its handler counts answers by itself.
pub trait Answers: Send + Sync + 'static {
    /// Answers one request. A panic is answered with 500, and lateness with 408.
    fn answer(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> impl Future<Output = Handled> + Send;

    /// Whether a request is answered whatever else its sender asks for, as what it needs is little and constant or its
    /// sender has shown a secret. Asked for strangers alone.
    fn is_exempt(&self, _request: &Request<Incoming>, _client: ClientAddress) -> bool {
        false
    }
}

impl Answers for Router {
    /// The handlers find the [`Arrival`] in the request's extensions.
    async fn answer(&self, mut request: Request<Incoming>, arrival: Arrival) -> Handled {
        request.extensions_mut().insert(arrival);
        let Ok(response) = self.clone().call(request).await;
        Handled {
            response: response.map(Either::Right),
            asker: Standing::Stranger,
        }
    }
}
