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

use axum::body::Bytes;
use axum::http::header::{CONNECTION, HOST, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::uri::Authority;
use axum::http::{Request, Response, StatusCode, Version};
use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, Collected, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::admission::{ByteShare, ConnectionPlace, NoBytesLeft};
use super::body::forget_body;
use super::client_address::client_address;
use super::deadline::{Alarm, Deadline};
use super::one_write::OneWrite;
use super::unhurried::Unhurried;
use super::{AnswerBody, Answers, Arrival, Handled, Limits};
use crate::telemetry::ServerMetrics;

/// Room for a request's head; a longer one is answered with 431. Proxies allow 8 to 16 KiB.
const HEAD_BYTES: usize = 32 * 1024;
/// Header lines of a request; more are answered with 431. Stringee sends about ten.
///
/// Counted here, because hyper has room for 100 on the stack and allocates for each request once it is told a number.
const MAX_HEADERS: usize = 64;
/// The longest that a client's leftovers are read after the last answer.
const LINGER: Duration = Duration::from_secs(2);
/// The most leftovers that are read, in pieces of 4 KiB: 4 MiB, many times any honest body.
const LINGER_PIECES: usize = 1024;

/// What all connections of a listener have in common.
pub(super) struct ListenerShared<A> {
    http: http1::Builder,
    answers: A,
    limits: Limits,
    metrics: Arc<ServerMetrics>,
}

impl<A: Answers> ListenerShared<A> {
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

/// What ends a connection from outside.
pub(super) struct Ends {
    /// The server's end, after which requests in flight have a while.
    pub(super) shutdown: CancellationToken,
    /// The server's end, or that of this connection alone, because others need its place.
    pub(super) closing: CancellationToken,
}

/// Serves one connection until it ends, times out, has to make room, or the shutdown and the drain after it are over.
pub(super) async fn serve<A: Answers>(
    shared: Arc<ListenerShared<A>>,
    mut stream: TcpStream,
    peer: IpAddr,
    place: ConnectionPlace,
    ends: Ends,
) {
    if stream.set_nodelay(true).is_err() {
        // The client is gone already.
        return;
    }
    if let ConnectionEnd::Closed = exchange(&shared, &mut stream, peer, &place, &ends).await {
        // Not at shutdown: its deadline is for answers, not for leftovers.
        ends.closing.run_until_cancelled(linger(&stream)).await;
    }
}

/// How the exchange of requests and answers ended.
enum ConnectionEnd {
    /// By either side: in good order, or after an error, perhaps with an answer that says so.
    Closed,
    /// By a deadline or to make room, without a word.
    Cut,
}

/// Requests and answers.
async fn exchange<A: Answers>(
    shared: &ListenerShared<A>,
    stream: &mut TcpStream,
    peer: IpAddr,
    place: &ConnectionPlace,
    ends: &Ends,
) -> ConnectionEnd {
    let opened = clock::monotonic();
    let deadline = Deadline::new(&shared.limits, opened);
    let stream = TokioIo::new(OneWrite::new(stream, &deadline));
    let service = service_fn(|request| answer(shared, &deadline, peer, place, request));
    let mut connection = pin!(shared.http.serve_connection(stream, service));
    let mut next_look = deadline.first_look(opened);
    let mut drained: Option<Instant> = None;
    loop {
        let until = drained.map_or(next_look, |end| next_look.min(end));
        let closing = drained.is_none().then_some(&ends.closing);
        tokio::select! {
            // A request that has just arrived is read before a shutdown is looked at, so that it is still answered.
            biased;
            _ = connection.as_mut() => return ConnectionEnd::Closed,
            interruption = Unhurried::new(interruption(closing, until)) => match interruption {
                // Whatever has come whole is answered: the connection was polled before. The rest would not be soon.
                Interruption::Closing if !ends.shutdown.is_cancelled() => return ConnectionEnd::Cut,
                Interruption::Closing => {
                    connection.as_mut().graceful_shutdown();
                    drained = Some(clock::monotonic() + shared.limits.drain);
                }
                Interruption::Alarm => {
                    let now = clock::monotonic();
                    match deadline.look(now) {
                        _ if drained.is_some_and(|end| end <= now) => return ConnectionEnd::Cut,
                        Alarm::Cut => {
                            shared.metrics.connection_timeouts.inc();
                            return ConnectionEnd::Cut;
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
    /// The server is to end, or the connection.
    Closing,
    /// It is time to look at the deadline.
    Alarm,
}

/// Waits for the next interruption; a shutdown that is known already is none.
async fn interruption(closing: Option<&CancellationToken>, alarm: Instant) -> Interruption {
    let Some(closing) = closing else {
        sleep_until(alarm.into()).await;
        return Interruption::Alarm;
    };
    tokio::select! {
        biased;
        () = closing.cancelled() => Interruption::Closing,
        () = sleep_until(alarm.into()) => Interruption::Alarm,
    }
}

/// Answers one request: by its handler, unless that panics or takes too long, or the request asks for too much.
async fn answer<A: Answers>(
    shared: &ListenerShared<A>,
    deadline: &Deadline,
    peer: IpAddr,
    place: &ConnectionPlace,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let at = clock::monotonic();
    deadline.begin(at);
    if let Some(status) = fault_of_head(&request) {
        return Ok(last_answer(status));
    }
    let client = client_address(peer, request.headers(), &shared.limits.trusted_proxies);
    // Called inside the future, so that a panic there is caught as well.
    let arrival = Arrival { client, peer, at };
    let mut handler = pin!(handle(shared, place, request, arrival));
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

/// What is wrong with a head that hyper takes.
///
/// Who is asked must be said once (RFC 9112, 3.2), and how the body is framed: what stands there twice, in two lines or in
/// one, is read in two ways by two programs on the way.
fn fault_of_head(request: &Request<Incoming>) -> Option<StatusCode> {
    let headers = request.headers();
    if headers.len() > MAX_HEADERS {
        return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let is_host_fit = match hosts.next() {
        Some(host) => is_one_host(host) && hosts.next().is_none(),
        None => request.version() < Version::HTTP_11,
    };
    // What has a length is framed by that alone: hyper passes over it where there is a transfer encoding.
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_framed_once = request.body().size_hint().exact().is_some()
        || codings
            .next()
            .is_none_or(|one| one.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"))
            && codings.next().is_none();
    if is_host_fit && is_framed_once {
        return None;
    }
    Some(StatusCode::BAD_REQUEST)
}

/// A host, with its port or without; an empty one is allowed.
fn is_one_host(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    let is_authority = || text.parse::<Authority>().is_ok();
    text.is_empty() || !text.contains([',', '@']) && is_authority()
}

/// Has a request handled, as long as there is a share of work and room for what it brings and takes.
async fn handle<A: Answers>(
    shared: &ListenerShared<A>,
    place: &ConnectionPlace,
    mut request: Request<Incoming>,
    arrival: Arrival,
) -> Response<AnswerBody> {
    let is_exempt = || shared.answers.is_exempt(&request, arrival.client);
    let Ok(_share) = place.share(arrival.client, arrival.at, is_exempt) else {
        return over_bound(shared, StatusCode::TOO_MANY_REQUESTS, &mut request);
    };
    let Ok(_held) = place.hold(body_bytes(&request, shared.limits.body_limit_bytes)) else {
        return over_bound(shared, StatusCode::SERVICE_UNAVAILABLE, &mut request);
    };
    let Handled { response, asker } = shared.answers.answer(request, arrival).await;
    place.answered(arrival.client, asker);
    hold_answer(place, response)
}

/// The most bytes that the body of a request may take.
fn body_bytes(request: &Request<Incoming>, limit_bytes: usize) -> u64 {
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    match request.body().size_hint().upper() {
        Some(announced) => announced.min(limit),
        None => limit,
    }
}

/// The answer to a request for which there is no room at present; a body that is not there yet is not waited for.
fn over_bound<A>(
    shared: &ListenerShared<A>,
    status: StatusCode,
    request: &mut Request<Incoming>,
) -> Response<AnswerBody> {
    let forgotten = forget_body(request.body_mut(), shared.limits.body_limit_bytes).now_or_never();
    retry_later(status, forgotten == Some(true))
}

fn retry_later(status: StatusCode, is_kept: bool) -> Response<AnswerBody> {
    let mut response = last_answer(status);
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    if is_kept {
        headers.remove(CONNECTION);
    }
    response
}

/// Counts the bytes of an answer until they are sent or the connection ends.
fn hold_answer(place: &ConnectionPlace, response: Response<AnswerBody>) -> Response<AnswerBody> {
    let bytes = match response.body() {
        Either::Left(whole) => whole.size_hint().lower(),
        // A router's answers are small, or those of the admin listener, which has few connections.
        Either::Right(_) => 0,
    };
    match place.hold(bytes) {
        Ok(None) => response,
        Ok(Some(held)) => response.map(|body| counted(body, held)),
        Err(NoBytesLeft) => retry_later(StatusCode::SERVICE_UNAVAILABLE, true),
    }
}

/// Bytes of an answer, counted as long as they are.
struct CountedBytes {
    bytes: Bytes,
    _held: ByteShare,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The same body, whose bytes give back what is held for them.
fn counted(body: AnswerBody, held: ByteShare) -> AnswerBody {
    let Either::Left(whole) = body else {
        return body;
    };
    // What is whole is there at once.
    let bytes = whole.collect().now_or_never().and_then(Result::ok);
    let bytes = bytes.map(Collected::to_bytes).unwrap_or_default();
    let counted = CountedBytes { bytes, _held: held };
    Either::Left(Full::new(Bytes::from_owner(counted)))
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
