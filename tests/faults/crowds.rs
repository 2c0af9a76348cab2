//! A stranger with four addresses beside the platform: silent connections, stalled bodies and 200 requests a second,
//! straight to the server and through a proxy that keeps its connections.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::bed::{say, since};
use crate::database::Database;
use crate::harness::{Running, wait_for};
use crate::scale::scaled;

/// From where the platform asks.
const PLATFORM: [u8; 4] = [127, 0, 0, 7];
/// From where an operator's load balancer asks for health.
const HEALTH: [u8; 4] = [127, 0, 0, 9];
/// From where the stranger comes.
const STRANGER: [[u8; 4]; 4] = [
    [127, 0, 0, 2],
    [127, 0, 0, 3],
    [127, 0, 0, 4],
    [127, 0, 0, 5],
];
/// As many connections as one address may have.
const SILENT: usize = 256;
/// Between two of the platform's questions.
const PLATFORMS_PERIOD: Duration = Duration::from_millis(5);
/// Of each of the stranger's addresses: 200 a second of all.
const STRANGERS_PERIOD: Duration = Duration::from_millis(20);

const QUESTION: &str = r#"{"queueId":"q","calls":[{"callId":"a","from":"","to":"1"}]}"#;

/// A connection from an address of the loopback.
pub(crate) fn connect(from: [u8; 4], to: SocketAddr) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((IpAddr::from(from), 0).into())?;
        socket.connect(to).await?.into_std()
    })?;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(stream)
}

pub(crate) fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")
}

/// A request or an answer: its head and its body.
fn receive(stream: &mut BufReader<TcpStream>) -> io::Result<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}

/// Asks on a connection; the answer's head.
pub(crate) fn ask(stream: &mut BufReader<TcpStream>, request: &str) -> io::Result<String> {
    stream.get_mut().write_all(request.as_bytes())?;
    Ok(receive(stream)?.0)
}

/// Asks on a connection of its own.
fn ask_anew(from: [u8; 4], to: SocketAddr, request: &str) -> io::Result<String> {
    ask(&mut BufReader::new(connect(from, to)?), request)
}

/// What the platform saw.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    lost: Vec<String>,
}

impl Seen {
    fn p99(&mut self) -> Duration {
        self.took.sort_unstable();
        let place = self.took.len() * 99 / 100;
        self.took.get(place).copied().unwrap_or_default()
    }
}

/// The platform asks so often, by turns on a connection that it keeps and on a new one.
fn platform(to: SocketAddr, questions: usize) -> Seen {
    let (mut seen, question) = (Seen::default(), post("/get_list_agents", QUESTION));
    let mut kept = BufReader::new(connect(PLATFORM, to).unwrap());
    for number in 0..questions {
        thread::sleep(PLATFORMS_PERIOD);
        let began = clock::monotonic();
        let answered = if number % 2 == 0 {
            ask(&mut kept, &question)
        } else {
            ask_anew(PLATFORM, to, &question)
        };
        seen.took.push(since(began));
        match answered {
            Ok(head) if head.starts_with("HTTP/1.1 200 ") => {}
            Ok(head) => seen.lost.push(head),
            Err(error) => {
                seen.lost.push(error.to_string());
                kept = BufReader::new(connect(PLATFORM, to).unwrap());
            }
        }
    }
    seen
}

/// A stranger's threads, one for each address; they end when it is dropped.
struct Stranger {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Stranger {
    /// `is_silent`: it also takes all the connections it can get and leaves them silent or in mid-body.
    fn start(to: SocketAddr, is_silent: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = STRANGER.map(|from| {
            let stop = Arc::clone(&stop);
            #[expect(
                clippy::disallowed_methods,
                reason = "the thread ends with its stranger"
            )]
            thread::spawn(move || annoy(from, to, is_silent, &stop))
        });
        Self {
            stop,
            threads: threads.into(),
        }
    }

    /// How many requests it has sent.
    fn finish(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let threads = self.threads.into_iter();
        threads.map(|thread| thread.join().unwrap()).sum()
    }
}

/// What a stranger sends: no secret is right, nothing else is there, and this is no question.
pub(crate) fn strangers_requests() -> [String; 5] {
    [
        post("/get_list_agents/not-the-secret", QUESTION),
        post("/nothing/here", QUESTION),
        post("/get_list_agents", "{}"),
        post("/events/not-the-secret", "{}"),
        get("/favicon.ico"),
    ]
}

/// Sends requests until it is told to stop, each on a connection of its own or on the one before; how many.
fn annoy(from: [u8; 4], to: SocketAddr, is_silent: bool, stop: &AtomicBool) -> usize {
    let silent = if is_silent { SILENT } else { 0 };
    let mut held: Vec<TcpStream> = (0..silent).filter_map(|_| connect(from, to).ok()).collect();
    let stalled = "POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{";
    for stream in held.iter_mut().step_by(2) {
        drop(stream.write_all(stalled.as_bytes()));
    }
    let (mut sent, mut kept) = (0, None);
    for request in strangers_requests().iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let next = clock::monotonic() + STRANGERS_PERIOD;
        let stream = kept
            .take()
            .or_else(|| connect(from, to).map(BufReader::new).ok());
        sent += 1;
        // Whatever becomes of it, the stranger goes on.
        kept = stream.and_then(|mut stream| ask(&mut stream, request).map(|_| stream).ok());
        thread::sleep(next.saturating_duration_since(clock::monotonic()));
    }
    sent
}

/// A proxy that keeps its connections to the server, and loses a request when the server closes one without a word.
struct Proxy {
    address: SocketAddr,
    failures: Arc<Mutex<Vec<String>>>,
}

/// Connections that no request is on.
type Pool = Arc<Mutex<Vec<BufReader<TcpStream>>>>;

impl Proxy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the threads end with their connections"
    )]
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (pool, failures) = (Pool::default(), Arc::default());
        let noted = Arc::clone(&failures);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (pool, noted) = (Arc::clone(&pool), Arc::clone(&noted));
                thread::spawn(move || drop(forward_all(stream, server, &pool, &noted)));
            }
        });
        Self { address, failures }
    }
}

/// Forwards what comes on a client's connection until it ends.
fn forward_all(
    client: TcpStream,
    server: SocketAddr,
    pool: &Pool,
    failures: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let from = client.peer_addr()?.ip();
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    loop {
        let request = receive(&mut client)?;
        let answered = forward(from, &request, server, pool);
        let answer = answered.unwrap_or_else(|error| {
            failures
                .lock()
                .unwrap()
                .push(format!("{error}: {request:?}"));
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".into()
        });
        client.get_mut().write_all(&answer)?;
    }
}

fn forward(
    from: IpAddr,
    (head, body): &(String, Vec<u8>),
    server: SocketAddr,
    pool: &Pool,
) -> io::Result<Vec<u8>> {
    let pooled = pool.lock().unwrap().pop();
    let mut stream = match pooled {
        Some(stream) => stream,
        None => BufReader::new(connect([127, 0, 0, 1], server)?),
    };
    // Head and body apart, as proxies do with bodies of any length.
    let head = format!("{head}x-forwarded-for: {from}\r\n\r\n");
    stream.get_mut().write_all(head.as_bytes())?;
    stream.get_mut().write_all(body)?;
    let (head, body) = receive(&mut stream)?;
    if !head.to_ascii_lowercase().contains("connection: close") {
        pool.lock().unwrap().push(stream);
    }
    Ok([head.as_bytes(), b"\r\n", &body].concat())
}

/// Asks beside the stranger; all questions are answered, and all who ask for health.
#[track_caller]
fn check(fault: &str, server: &Running, to: SocketAddr, is_silent: bool) {
    let questions = scaled(200, 1_000);
    let mut idle = platform(to, questions);
    let stranger = Stranger::start(to, is_silent);
    if is_silent {
        // The stranger has what it can get before the platform asks.
        wait_for("all places to be taken", || {
            (displaced(server) > 0).then_some(())
        });
    }
    let mut beside = platform(to, questions);
    for _ in 0..20 {
        let health = ask_anew(HEALTH, server.webhook(), &get("/healthz")).unwrap();
        assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    }
    let sent = stranger.finish();
    assert!(idle.lost.is_empty(), "{:?}", idle.lost);
    assert!(beside.lost.is_empty(), "{:?}", beside.lost);
    let (before, now) = (idle.p99(), beside.p99());
    let figures = format!(
        "0 of {questions} questions lost beside {sent} requests; p99 {before:.1?} before, {now:.1?} meanwhile"
    );
    say(fault, &figures);
}

/// How many connections had to make room.
fn displaced(server: &Running) -> u64 {
    let metrics = server.admin("/metrics").body;
    let name = "stringee_router_displaced_connections_total{listener=\"public\",by=\"";
    let counts = metrics.lines().filter_map(|line| line.strip_prefix(name));
    counts
        .filter_map(|count| count.split_once(' ')?.1.parse::<u64>().ok())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_four_addresses_costs_the_platform_nothing() {
    let database = Database::ringing(&["v0"]).await;
    let server = Running::on(&database.path(), "");
    tokio::task::spawn_blocking(move || {
        check("four addresses", &server, server.webhook(), true);
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_behind_the_same_proxy_costs_the_platform_nothing() {
    let database = Database::ringing(&["v0"]).await;
    let server = Running::on(
        &database.path(),
        "[server]\ntrusted_proxies = ['127.0.0.1']",
    );
    tokio::task::spawn_blocking(move || {
        let proxy = Proxy::start(server.webhook());
        check("behind a proxy", &server, proxy.address, false);
        let failures = proxy.failures.lock().unwrap();
        assert!(failures.is_empty(), "{failures:?}");
    })
    .await
    .unwrap();
}
