//! Who answers the requests of a listener.

use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tower::Service as _;

use super::ClientAddress;

/// The body of an answer: whole bytes, as the webhook has them, or whatever a router's handler gives.
pub type AnswerBody = Either<Full<Bytes>, Body>;

/// Where a request comes from, and when.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Who asks.
    pub client: ClientAddress,
    /// When its head had arrived.
    pub at: Instant,
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
    ) -> impl Future<Output = Response<AnswerBody>> + Send;
}

impl Answers for Router {
    /// The handlers find the [`ClientAddress`] in the request's extensions.
    async fn answer(
        &self,
        mut request: Request<Incoming>,
        arrival: Arrival,
    ) -> Response<AnswerBody> {
        request.extensions_mut().insert(arrival.client);
        let Ok(response) = self.clone().call(request).await;
        response.map(Either::Right)
    }
}
