//! A server that gives prepared answers and keeps the requests, for commands that ask one.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// One request as it came in.
#[derive(Debug)]
pub(crate) struct Request {
    /// Such as `GET /healthz`.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self
            .headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }
}

/// Runs something that asks a server, and gives `answers`, each a status line's end and a body, in this order.
///
/// Returns what the asker returns, and the requests. There must be as many requests as answers.
pub(crate) fn serving<T>(
    answers: &[(&str, &str)],
    ask: impl FnOnce(SocketAddr) -> T,
) -> (T, Vec<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        let requests = scope.spawn(|| {
            answers
                .iter()
                .map(|answer| answer_one(&listener, *answer))
                .collect()
        });
        let asked = ask(address);
        give_up(address);
        (asked, requests.join().unwrap())
    })
}

/// Runs something that asks a server which hangs up at once.
pub(crate) fn hanging_up<T>(ask: impl FnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| drop(listener.accept()));
        let asked = ask(address);
        give_up(address);
        asked
    })
}

/// Wakes a server that still waits for a request, so that a test fails which would hang otherwise.
fn give_up(address: SocketAddr) {
    drop(TcpStream::connect(address));
}

fn answer_one(listener: &TcpListener, (status, body): (&str, &str)) -> Request {
    let (mut stream, _) = listener.accept().unwrap();
    let request = read(&mut BufReader::new(&stream));
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    write!(
        stream,
        "{head}x-rules-version: 3-00000000000000ff\r\n\r\n{body}"
    )
    .unwrap();
    request
}

fn read(stream: &mut impl BufRead) -> Request {
    let mut lines = stream
        .by_ref()
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty());
    let target = lines
        .next()
        .unwrap()
        .trim_end_matches(" HTTP/1.1")
        .to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            line.split_once(": ")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .unwrap()
        })
        .collect();
    let mut request = Request {
        target,
        headers,
        body: Vec::new(),
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).unwrap();
    request
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}
