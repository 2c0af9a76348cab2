//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::admission::Place;
use super::client_address::client_address;
use super::deadline::{Alarm, Deadline};
use super::one_write::OneWrite;
use super::unhurried::Unhurried;
use super::{AnswerBody, Answers, Arrival, Limits};
use crate::clock;
use crate::telemetry::ServerMetrics;

/// Room for a request's head; a longer one is answered with 431. Proxies allow 8 to 16 KiB.
const HEAD_BYTES: usize = 32 * 1024;
/// Header lines of a request; more are answered with 431. Stringee sends about ten.
///
/// Counted here, because hyper has room for 100 on the stack and allocates for each request once it is told a number.
const MOST_HEADERS: usize = 64;
/// The longest that a client's leftovers are read after the last answer.
const LINGER: Duration = Duration::from_secs(2);
/// The most leftovers that are read, in pieces of 4 KiB: 4 MiB, many times any honest body.
const LINGER_PIECES: usize = 1024;

/// What all connections of a listener have in common.
pub(super) struct Shared<A> {
    http: http1::Builder,
    answers: A,
    limits: Limits,
    metrics: Arc<ServerMetrics>,
}

impl<A: Answers> Shared<A> {
    pub(super) fn new(answers: A, limits: Limits, metrics: Arc<ServerMetrics>) -> Self {
        let mut http = http1::Builder::new();
        http.max_buf_size(HEAD_BYTES)
            // A client that closes its side once it has asked still gets its answer.
            .half_close(true)
            // The deadline of the connection covers it, without a timer per request.
            .header_read_timeout(None)
            // Answers must not wait for further requests.
            .pipeline_flush(false);
        Self {
            http,
            answers,
            limits,
            metrics,
        }
    }
}

/// Serves one connection until it ends, times out, or `shutdown` and the drain after it are over.
///
/// `_place` is held until then.
pub(super) async fn serve<A: Answers>(
    shared: Arc<Shared<A>>,
    mut stream: TcpStream,
    peer: IpAddr,
    _place: Place,
    shutdown: CancellationToken,
) {
    if stream.set_nodelay(true).is_err() {
        // The client is gone already.
        return;
    }
    if let End::Closed = exchange(&shared, &mut stream, peer, &shutdown).await {
        // Not at shutdown: its deadline is for answers, not for leftovers.
        shutdown.run_until_cancelled(linger(&stream)).await;
    }
}

/// How the exchange of requests and answers ended.
enum End {
    /// By either side: in good order, or after an error, perhaps with an answer that says so.
    Closed,
    /// By a deadline, without a word.
    Cut,
}

/// Requests and answers.
async fn exchange<A: Answers>(
    shared: &Shared<A>,
    stream: &mut TcpStream,
    peer: IpAddr,
    shutdown: &CancellationToken,
) -> End {
    let Limits {
        header_timeout,
        request_timeout,
        drain,
        ..
    } = shared.limits;
    let opened = clock::monotonic();
    let deadline = Deadline::new(header_timeout, request_timeout, opened);
    let service = service_fn(|request| answer(shared, &deadline, peer, request));
    let mut connection = pin!(
        shared
            .http
            .serve_connection(TokioIo::new(OneWrite::new(stream)), service)
    );
    let mut next_look = deadline.first_look(opened);
    let mut drained: Option<Instant> = None;
    loop {
        let until = drained.map_or(next_look, |end| next_look.min(end));
        let shutdown = drained.is_none().then_some(shutdown);
        tokio::select! {
            // A request that has just arrived is read before a shutdown is looked at, so that it is still answered.
            biased;
            _ = connection.as_mut() => return End::Closed,
            interruption = Unhurried::new(interruption(shutdown, until)) => match interruption {
                Interruption::Shutdown => {
                    connection.as_mut().graceful_shutdown();
                    drained = Some(clock::monotonic() + drain);
                }
                Interruption::Alarm => {
                    let now = clock::monotonic();
                    match deadline.look(now) {
                        _ if drained.is_some_and(|end| end <= now) => return End::Cut,
                        Alarm::Cut => {
                            shared.metrics.connection_timeouts.inc();
                            return End::Cut;
                        }
                        // The connection is polled next, finds the request overdue, and answers it.
                        Alarm::Overdue(again) | Alarm::Again(again) => next_look = again,
                    }
                }
            }
        }
    }
}

/// What a connection is interrupted by.
enum Interruption {
    /// The server is to end.
    Shutdown,
    /// It is time to look at the deadline.
    Alarm,
}

/// Waits for the next interruption; a shutdown that is known already is none.
async fn interruption(shutdown: Option<&CancellationToken>, alarm: Instant) -> Interruption {
    let Some(shutdown) = shutdown else {
        sleep_until(alarm.into()).await;
        return Interruption::Alarm;
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => Interruption::Shutdown,
        () = sleep_until(alarm.into()) => Interruption::Alarm,
    }
}

/// Answers one request: by its handler, unless that panics or takes too long.
async fn answer<A: Answers>(
    shared: &Shared<A>,
    deadline: &Deadline,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let at = clock::monotonic();
    deadline.begin(at);
    if request.headers().len() > MOST_HEADERS {
        return Ok(last_answer(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    let arrival = Arrival {
        client: client_address(peer, request.headers(), &shared.limits.trusted_proxies),
        at,
    };
    // Called inside the future, so that a panic there is caught as well.
    let mut handler = pin!(async move { shared.answers.answer(request, arrival).await });
    let response = poll_fn(|context| {
        if deadline.is_overdue() {
            shared.metrics.request_timeouts.inc();
            return Poll::Ready(last_answer(StatusCode::REQUEST_TIMEOUT));
        }
        poll_caught(handler.as_mut(), context).map(|result| {
            result.unwrap_or_else(|Panicked| {
                shared.metrics.panics.inc();
                last_answer(StatusCode::INTERNAL_SERVER_ERROR)
            })
        })
    })
    .await;
    deadline.end();
    Ok(response)
}

/// A handler panicked; the panic hook has logged where.
struct Panicked;

/// Polls a handler, which never fails but might panic.
fn poll_caught(
    handler: Pin<&mut impl Future<Output = Response<AnswerBody>>>,
    context: &mut Context<'_>,
) -> Poll<Result<Response<AnswerBody>, Panicked>> {
    // Nothing that the handler may have left half done is used again: it is dropped with the connection's last answer.
    match catch_unwind(AssertUnwindSafe(|| handler.poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    }
}

/// An answer without a body, after which the connection is closed.
fn last_answer(status: StatusCode) -> Response<AnswerBody> {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Reads and forgets what the client still sends, until it closes, sends too much or takes too long.
///
/// Closing a socket with unread bytes resets the connection, and the reset may overtake the answer, so that the client
/// never learns why.
async fn linger(stream: &TcpStream) {
    // However it ends: the client has had its chance to read the answer.
    timeout(LINGER, read_leftovers(stream)).await.ok();
}

async fn read_leftovers(stream: &TcpStream) {
    let mut pieces = 0;
    while pieces < LINGER_PIECES && stream.readable().await.is_ok() {
        let mut forgotten = [0; 4096];
        match stream.try_read(&mut forgotten) {
            Ok(0) => return,
            Ok(_) => pieces += 1,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
