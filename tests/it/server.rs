//! The accept loop as strangers meet it: raw sockets that are slow, silent, broken or too many.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Extension;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use axum::{Router, extract::State};
use stringee_router::config::ServerConfig;
use stringee_router::server::{Arrival, BodyError, Limits, Server, read_body};
use stringee_router::telemetry::{Metrics, ServerMetrics};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// A deadline that no test reaches.
const NEVER: Duration = Duration::from_hours(1);
/// A deadline that a test waits for.
const SOON: Duration = Duration::from_millis(100);
const BODY_LIMIT_BYTES: usize = 1024;

/// Patient limits, for each test to make short the one it is about.
fn limits() -> Limits {
    Limits {
        first_head_timeout: NEVER,
        header_timeout: NEVER,
        request_timeout: NEVER,
        answer_timeout: NEVER,
        drain: NEVER,
        max_connections: 1000,
        reserved_connections: 0,
        max_connections_per_address: 0,
        max_stranger_requests_per_second: 0,
        max_stranger_requests_in_flight: 0,
        ..Limits::public(&ServerConfig::default())
    }
}

/// A server on a free port of the loopback.
struct Running {
    runtime: Runtime,
    address: SocketAddr,
    shutdown: CancellationToken,
    metrics: Arc<ServerMetrics>,
    gate: Gate,
    finished: JoinHandle<()>,
}

/// Holds the handler of `/gate` between its start and its answer.
#[derive(Clone)]
struct Gate {
    entered: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Running {
    fn start(limits: Limits) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime
            .block_on(async { Server::bind(([127, 0, 0, 1], 0).into(), limits) })
            .expect("it binds");
        let (address, shutdown) = (server.local_addr(), CancellationToken::new());
        let metrics = Arc::clone(&Metrics::new().public);
        let gate = Gate {
            entered: Arc::new(Semaphore::new(0)),
            opened: Arc::new(Semaphore::new(0)),
        };
        let running = server.run(router(gate.clone()), shutdown.clone(), Arc::clone(&metrics));
        let finished = runtime.spawn(running);
        Self {
            runtime,
            address,
            shutdown,
            metrics,
            gate,
            finished,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends bytes on a connection of their own.
    fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).expect("it reads");
        stream
    }

    /// Waits until a request has reached the handler of `/gate`.
    fn wait_at_gate(&self) {
        self.runtime.block_on(async {
            self.gate
                .entered
                .acquire()
                .await
                .expect("the gate is not closed")
                .forget();
        });
    }

    /// Whether it still answers others.
    #[track_caller]
    fn check_alive(&self) {
        assert_eq!(status_of(&mut self.send(ECHO)), 200);
    }

    #[track_caller]
    fn check_open(&self, connections: i64) {
        eventually(|| self.metrics.open_connections.get() == connections);
    }

    /// Waits until it has drained.
    #[track_caller]
    fn check_finishes(self) {
        let finished = self.finished;
        let in_time = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, finished).await });
        in_time
            .expect("it stops in time")
            .expect("it does not panic");
    }
}

fn router(gate: Gate) -> Router {
    Router::new()
        .route("/echo", post(echo))
        .route(
            "/address",
            get(
                |Extension(arrival): Extension<Arrival>| async move {
                    arrival.client.0.to_string()
                },
            ),
        )
        .route("/panic", get(fail))
        .route("/hang", get(std::future::pending::<StatusCode>))
        .route("/large", get(|| async { vec![b'x'; 64 * 1024 * 1024] }))
        .route("/gate", any(pass_gate))
        .route("/long", post(take_long))
        .with_state(gate)
}

async fn echo(body: Body) -> Result<axum::body::Bytes, StatusCode> {
    read_body(body, BODY_LIMIT_BYTES)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Incomplete(_) => StatusCode::BAD_REQUEST,
        })
}

async fn take_long(body: Body) -> StatusCode {
    read_body(body, 1 << 20)
        .await
        .map_or(StatusCode::BAD_REQUEST, |_| StatusCode::OK)
}

/// Panics, as a bug would make it.
#[expect(clippy::panic, reason = "what happens then is what is tested")]
async fn fail() -> StatusCode {
    panic!("of a test")
}

async fn pass_gate(State(gate): State<Gate>, body: Body) -> Result<&'static str, StatusCode> {
    gate.entered.add_permits(1);
    echo(body).await?;
    gate.opened
        .acquire()
        .await
        .expect("the gate is not closed")
        .forget();
    Ok("passed")
}

/// A whole request that is answered with its body.
const ECHO: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
/// A request whose body stops in the middle, for the handler of `/gate`.
const STALLED: &str = "POST /gate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe";
/// A request's head that promises a body of 5 bytes.
const HEAD_ALONE: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// Polls until the condition holds.
#[track_caller]
fn eventually(mut condition: impl FnMut() -> bool) {
    let end = clock::monotonic() + PATIENCE;
    while !condition() {
        assert!(clock::monotonic() < end, "it never came to pass");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads one answer with a length: its head and its body.
#[track_caller]
fn answer_of(stream: &mut TcpStream) -> (String, String) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("an answer");
        head.extend(byte);
    }
    let head = String::from_utf8(head)
        .expect("the head is UTF-8")
        .to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).expect("a body");
    (head, String::from_utf8(body).expect("the body is UTF-8"))
}

#[track_caller]
fn status_of(stream: &mut TcpStream) -> u16 {
    let (head, _) = answer_of(stream);
    head.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status")
}

/// Expects that nothing more comes and the connection is closed, in good order.
#[track_caller]
fn check_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    stream
        .read_to_end(&mut rest)
        .expect("it is closed in good order");
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

/// Expects that the connection is closed without a word; a reset is as good as a close.
#[track_caller]
fn check_cut(stream: &mut TcpStream) {
    match stream.read(&mut [0]) {
        Ok(count) => assert_eq!(count, 0, "it answers"),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
}

/// Sends bytes and expects a status, and that the connection is closed after it.
#[track_caller]
fn check_last_answer(bytes: impl AsRef<[u8]>, status: u16) {
    let server = Running::start(limits());
    let mut stream = server.send(bytes);
    assert_eq!(status_of(&mut stream), status);
    check_closed(&mut stream);
    server.check_alive();
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let server = Running::start(limits());
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(ECHO.as_bytes()).unwrap();
        assert_eq!(answer_of(&mut stream).1, "hello");
    }
    stream.write_all(ECHO.repeat(2).as_bytes()).unwrap();
    assert_eq!(answer_of(&mut stream).1, "hello");
    assert_eq!(answer_of(&mut stream).1, "hello");
    drop(stream);
    server.check_open(0);
}

#[test]
fn a_client_that_closes_its_side_gets_its_answer() {
    let server = Running::start(limits());
    let mut stream = server.send(ECHO);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answer_of(&mut stream).1, "hello");
    check_closed(&mut stream);
}

#[test]
fn a_body_in_chunks_is_read() {
    let server = Running::start(limits());
    let chunks = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
    let mut stream = server.send(format!(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
    ));
    assert_eq!(answer_of(&mut stream).1, "hello!");
}

#[test]
fn silence_is_cut() {
    let server = Running::start(Limits {
        first_head_timeout: SOON,
        ..limits()
    });
    check_cut(&mut server.connect());
    assert_eq!(server.metrics.connection_timeouts.get(), 1);
    server.check_alive();
}

#[test]
fn a_head_that_does_not_end_is_cut() {
    let server = Running::start(Limits {
        first_head_timeout: SOON,
        ..limits()
    });
    check_cut(&mut server.send("POST /echo HTTP/1.1\r\nHost: x\r\n"));
    server.check_alive();
}

#[test]
fn a_head_that_trickles_is_cut() {
    let server = Running::start(Limits {
        first_head_timeout: SOON,
        ..limits()
    });
    let mut stream = server.connect();
    let end = clock::monotonic() + PATIENCE;
    while stream.write_all(b"x").is_ok() {
        assert!(clock::monotonic() < end, "it is never cut");
        thread::sleep(SOON / 20);
    }
    server.check_open(0);
}

#[test]
fn an_idle_connection_is_cut_after_its_last_answer() {
    let server = Running::start(Limits {
        header_timeout: SOON,
        ..limits()
    });
    let mut stream = server.send(ECHO);
    assert_eq!(status_of(&mut stream), 200);
    check_cut(&mut stream);
}

#[test]
fn an_answer_that_is_not_fetched_is_cut() {
    let server = Running::start(Limits {
        answer_timeout: SOON,
        ..limits()
    });
    let _stream = server.send(get_request("/large"));
    eventually(|| server.metrics.connection_timeouts.get() == 1);
    server.check_open(0);
}

#[test]
fn a_reader_that_trickles_is_cut() {
    let server = Running::start(Limits {
        answer_timeout: SOON,
        ..limits()
    });
    let mut stream = server.send(get_request("/large"));
    let (end, mut byte) = (clock::monotonic() + PATIENCE, [0]);
    while server.metrics.connection_timeouts.get() == 0 {
        stream.read_exact(&mut byte).expect("an answer");
        assert!(clock::monotonic() < end, "it is never cut");
        thread::sleep(SOON / 20);
    }
    server.check_open(0);
}

#[test]
fn a_stalled_body_is_answered_with_408() {
    let server = Running::start(Limits {
        request_timeout: SOON,
        ..limits()
    });
    let mut stream = server.send(format!("{HEAD_ALONE}he"));
    let (head, _) = answer_of(&mut stream);
    assert!(
        head.starts_with("http/1.1 408 ") && head.contains("connection: close"),
        "{head}"
    );
    check_closed(&mut stream);
    assert_eq!(server.metrics.request_timeouts.get(), 1);
}

#[test]
fn a_handler_that_hangs_is_answered_with_408() {
    let server = Running::start(Limits {
        request_timeout: SOON,
        ..limits()
    });
    let mut stream = server.send(ECHO);
    assert_eq!(status_of(&mut stream), 200);
    stream.write_all(get_request("/hang").as_bytes()).unwrap();
    assert_eq!(status_of(&mut stream), 408);
    check_closed(&mut stream);
}

#[test]
fn a_body_announced_too_large_is_answered_with_413_unread() {
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n",
        413,
    );
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999\r\n\r\n",
        413,
    );
}

#[test]
fn a_client_that_sends_its_whole_body_before_it_reads_still_learns_of_413() {
    let server = Running::start(limits());
    let body = "x".repeat(1024 * 1024);
    let mut stream = server.send(format!(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    ));
    // The answer is there and the server is done with the connection, but this client looks only when it is done too.
    assert_eq!(stream.peek(&mut [0]).unwrap(), 1);
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(status_of(&mut stream), 413);
    check_closed(&mut stream);
}

#[test]
fn endless_chunks_are_answered_with_413() {
    let server = Running::start(limits());
    let mut stream =
        server.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    stream.write_all(chunk.repeat(100).as_bytes()).unwrap();
    assert_eq!(status_of(&mut stream), 413);
    // However long it goes on, the connection is closed in the end.
    let end = clock::monotonic() + PATIENCE;
    while stream.write_all(chunk.as_bytes()).is_ok() {
        assert!(clock::monotonic() < end, "it is never closed");
    }
    server.check_open(0);
}

#[test]
fn too_many_headers_are_answered_with_431() {
    let headers = |count: usize| "X: x\r\n".repeat(count);
    check_last_answer(
        format!("GET /address HTTP/1.1\r\n{}\r\n", headers(200)),
        431,
    );
    let head = "GET /address HTTP/1.1\r\nHost: x\r\n";
    check_last_answer(format!("{head}{}\r\n", headers(64)), 431);
    let server = Running::start(limits());
    assert_eq!(
        status_of(&mut server.send(format!("{head}{}\r\n", headers(63)))),
        200
    );
}

#[test]
fn a_head_too_large_is_answered_with_431() {
    check_last_answer(
        format!(
            "GET /address HTTP/1.1\r\nX: {}\r\n\r\n",
            "x".repeat(1024 * 1024)
        ),
        431,
    );
    check_last_answer(
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70 * 1024)),
        431,
    );
}

#[test]
fn what_is_not_http_is_answered_with_400() {
    let tls_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    check_last_answer(tls_hello, 400);
    check_last_answer("nonsense\r\n\r\n", 400);
    check_last_answer("GET /echo HTTP/1.1\r\nno colon\r\n\r\n", 400);
}

#[test]
fn contradicting_lengths_are_answered_with_400() {
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        400,
    );
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello",
        400,
    );
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        400,
    );
}

#[test]
fn a_length_beside_chunks_does_not_smuggle_a_second_request() {
    // The chunks count, and the connection is closed after the answer: what follows is nobody's request.
    let lengths = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
    ];
    for both in lengths {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: x\r\n{both}\r\n\r\n0\r\n\r\n{}",
            get_request("/address")
        );
        check_last_answer(request, 200);
    }
}

#[test]
fn a_host_is_named_once() {
    check_last_answer("GET /address HTTP/1.1\r\n\r\n", 400);
    check_last_answer("GET /address HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400);
    check_last_answer("GET /address HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400);
    for host in ["x, y", "x,y", "x y", "me@x", "x/y"] {
        check_last_answer(
            format!("GET /address HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            400,
        );
    }
    let close = "Connection: close";
    for host in ["", "x:8080", "[::1]:80", "a_b.example.com"] {
        let request = format!("GET /address HTTP/1.1\r\nHost: {host}\r\n{close}\r\n\r\n");
        check_last_answer(request, 200);
    }
    // A request of the older version need not name one.
    check_last_answer("GET /address HTTP/1.0\r\n\r\n", 200);
}

#[test]
fn chunks_are_named_once() {
    for twice in [
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked, chunked",
        "gzip, chunked",
        "identity\r\nTransfer-Encoding: chunked",
    ] {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {twice}\r\n\r\n0\r\n\r\n"
        );
        check_last_answer(request, 400);
    }
}

#[test]
fn a_bad_chunk_is_answered_with_400() {
    check_last_answer(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        400,
    );
}

#[test]
fn a_disconnect_in_mid_body_leaves_nothing_behind() {
    let server = Running::start(limits());
    for _ in 0..100 {
        drop(server.send(format!("{HEAD_ALONE}he")));
    }
    server.check_alive();
    server.check_open(0);
}

#[test]
fn the_oldest_silent_connection_makes_room_for_a_new_one() {
    let server = Running::start(Limits {
        max_connections: 4,
        ..limits()
    });
    let mut silent: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    server.check_open(4);
    let mut answered = Vec::new();
    for stream in &mut silent {
        let mut newer = server.send(ECHO);
        assert_eq!(status_of(&mut newer), 200);
        answered.push(newer);
        check_cut(stream);
    }
    assert_eq!(server.metrics.displaced_by_total.get(), 4);
    assert_eq!(server.metrics.refused_by_total.get(), 0);
}

#[test]
fn one_address_gets_no_more_than_its_share() {
    let server = Running::start(Limits {
        max_connections_per_address: 2,
        ..limits()
    });
    let mut oldest = server.connect();
    server.check_open(1);
    let _others = [server.connect(), server.connect()];
    check_cut(&mut oldest);
    server.check_open(2);
    assert_eq!(server.metrics.displaced_by_address.get(), 1);
}

#[test]
fn a_stranger_gets_no_more_than_its_share_of_work_and_keeps_the_connection() {
    let server = Running::start(Limits {
        max_stranger_requests_in_flight: 1,
        ..limits()
    });
    let mut busy = server.send(get_request("/gate"));
    server.wait_at_gate();
    let mut refused = server.send(ECHO);
    let (head, _) = answer_of(&mut refused);
    assert!(
        head.starts_with("http/1.1 429 ") && head.contains("retry-after: 1"),
        "{head}"
    );
    server.gate.opened.add_permits(1);
    assert_eq!(answer_of(&mut busy).1, "passed");
    refused.write_all(ECHO.as_bytes()).unwrap();
    assert_eq!(answer_of(&mut refused).1, "hello");
    assert_eq!(server.metrics.over_requests_in_flight.get(), 1);
}

#[test]
fn a_stranger_gets_so_many_requests_a_second() {
    let server = Running::start(Limits {
        max_stranger_requests_per_second: 1,
        ..limits()
    });
    let mut stream = server.connect();
    eventually(|| {
        stream.write_all(ECHO.as_bytes()).unwrap();
        status_of(&mut stream) == 429
    });
    eventually(|| {
        stream.write_all(ECHO.as_bytes()).unwrap();
        status_of(&mut stream) == 200
    });
    assert!(server.metrics.over_requests_per_second.get() > 0);
}

#[test]
fn bodies_that_stall_make_room_for_others_and_are_never_more_than_the_bound() {
    let server = Running::start(Limits {
        body_limit_bytes: 1 << 20,
        max_bytes_in_flight: 1 << 20,
        ..limits()
    });
    let promising = |bytes: usize| {
        server.send(format!(
            "POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\nhe"
        ))
    };
    let mut oldest = promising(600 << 10);
    eventually(|| server.metrics.bytes_in_flight.get() == 600 << 10);
    let _newer = promising(300 << 10);
    check_cut(&mut oldest);
    eventually(|| server.metrics.bytes_in_flight.get() == 300 << 10);
    assert_eq!(server.metrics.displaced_by_bytes.get(), 1);
    // Who makes room next is not gone yet: there would be too much, and its body is not waited for.
    let mut refused = promising(800 << 10);
    let (head, _) = answer_of(&mut refused);
    assert!(
        head.starts_with("http/1.1 503 ") && head.contains("connection: close"),
        "{head}"
    );
    assert_eq!(server.metrics.over_bytes_in_flight.get(), 1);
    server.check_alive();
}

#[test]
fn a_panic_is_answered_with_500_and_counted() {
    let server = Running::start(limits());
    assert_eq!(status_of(&mut server.send(get_request("/panic"))), 500);
    assert_eq!(server.metrics.panics.get(), 1);
    server.check_alive();
}

#[test]
fn handlers_see_the_client_and_not_the_proxy() {
    let request =
        "GET /address HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n\r\n";
    let server = Running::start(limits());
    assert_eq!(answer_of(&mut server.send(request)).1, "127.0.0.1");
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let server = Running::start(Limits {
        trusted_proxies,
        ..limits()
    });
    assert_eq!(answer_of(&mut server.send(request)).1, "203.0.113.7");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let server = Running::start(limits());
    let taken = server
        .runtime
        .block_on(async { Server::bind(server.address, limits()) })
        .unwrap_err();
    assert_eq!(
        taken.to_string(),
        format!("cannot listen on {}", server.address)
    );
}

#[test]
fn shutdown_finishes_the_request_in_flight_and_closes_the_idle() {
    let server = Running::start(limits());
    let (mut silent, mut idle) = (server.connect(), server.send(ECHO));
    assert_eq!(status_of(&mut idle), 200);
    let mut busy = server.send(get_request("/gate"));
    server.wait_at_gate();
    server.check_open(3);

    server.shutdown.cancel();
    check_closed(&mut silent);
    check_closed(&mut idle);
    eventually(|| TcpStream::connect(server.address).is_err());
    assert!(!server.finished.is_finished());

    server.gate.opened.add_permits(1);
    assert_eq!(answer_of(&mut busy).1, "passed");
    check_closed(&mut busy);
    server.check_finishes();
}

#[test]
fn shutdown_answers_a_stalled_body_within_its_deadline() {
    let server = Running::start(Limits {
        request_timeout: SOON,
        ..limits()
    });
    let mut stalled = server.send(STALLED);
    server.wait_at_gate();
    server.shutdown.cancel();
    assert_eq!(status_of(&mut stalled), 408);
    server.check_finishes();
}

#[test]
fn shutdown_cuts_what_is_not_finished_in_time() {
    let server = Running::start(Limits {
        drain: SOON,
        ..limits()
    });
    let (mut stalled, mut half_a_head) = (server.send(STALLED), server.send("POST /echo HT"));
    server.wait_at_gate();
    server.check_open(2);
    server.shutdown.cancel();
    check_cut(&mut stalled);
    check_cut(&mut half_a_head);
    server.check_finishes();
}
