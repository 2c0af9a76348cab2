//! Asks a server again and again over connections that are kept open: one thread, one epoll loop.
//!
//! Each connection asks its next question when its answer is complete. Little is looked at, so that the asker is never
//! slower than what it asks: an answer must begin with 200 and be as long as the first one was.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) elapsed: Duration,
    /// From each question's first byte sent to its answer's last byte received, in nanoseconds.
    pub(crate) latencies: Vec<u64>,
}

struct Asker<'r> {
    requests: &'r [Vec<u8>],
    answer_length: usize,
    connections: Vec<Connection>,
    epoll: OwnedFd,
    next: usize,
}

struct Connection {
    stream: TcpStream,
    asked: Instant,
    received: usize,
}

/// One answer's body, over a connection of its own.
pub(crate) fn ask_once(address: SocketAddr, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let answer = whole_answer(address, request)?;
    let head = answer
        .windows(4)
        .position(|window| window == END_OF_HEAD)
        .context("an answer has a head")?;
    Ok(answer
        .get(head + END_OF_HEAD.len()..)
        .unwrap_or_default()
        .to_vec())
}

/// Asks over so many connections for some time.
pub(crate) fn ask(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    time: Duration,
) -> anyhow::Result<Asked> {
    let first = requests.first().context("there is a request")?;
    let answer_length = whole_answer(address, first)?.len();
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let connections = (0..)
        .take(connections)
        .map(|number| connect(address, &epoll, number));
    let connections = connections.collect::<anyhow::Result<_>>()?;
    Asker {
        requests,
        answer_length,
        connections,
        epoll,
        next: 0,
    }
    .run(time)
}

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const ANSWERED: &[u8] = b"HTTP/1.1 200 ";

impl Asker<'_> {
    fn run(mut self, time: Duration) -> anyhow::Result<Asked> {
        let mut asked = Asked {
            latencies: Vec::with_capacity(1 << 17),
            ..Asked::default()
        };
        let mut buffer = vec![0; 256 * 1024];
        let mut events = Vec::with_capacity(self.connections.len());
        let began = Instant::now();
        for number in 0..self.connections.len() {
            self.ask_next(number)?;
        }
        while asked.elapsed < time {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                let number = usize::try_from(event.data.u64())?;
                if let Some(latency) = self.receive(number, &mut buffer)? {
                    asked.latencies.push(latency);
                    self.ask_next(number)?;
                }
            }
            asked.elapsed = began.elapsed();
        }
        Ok(asked)
    }

    fn ask_next(&mut self, number: usize) -> anyhow::Result<()> {
        let request = self
            .requests
            .get(self.next % self.requests.len())
            .context("there is a request")?;
        self.next += 1;
        let connection = self
            .connections
            .get_mut(number)
            .context("an event is of a connection")?;
        connection.asked = Instant::now();
        connection.received = 0;
        // A socket that waits for an answer has room for a question.
        connection.stream.write_all(request).context("cannot ask")
    }

    /// How long the answer took, once all of it is there.
    fn receive(&mut self, number: usize, buffer: &mut [u8]) -> anyhow::Result<Option<u64>> {
        let connection = self
            .connections
            .get_mut(number)
            .context("an event is of a connection")?;
        let length = match connection.stream.read(buffer) {
            Ok(0) => anyhow::bail!("the server has closed a connection"),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        anyhow::ensure!(
            connection.received > 0 || buffer.starts_with(ANSWERED),
            "an answer is not 200"
        );
        connection.received += length;
        anyhow::ensure!(
            connection.received <= self.answer_length,
            "an answer is longer than the first one"
        );
        let is_whole = connection.received == self.answer_length;
        Ok(is_whole
            .then(|| u64::try_from(connection.asked.elapsed().as_nanos()).unwrap_or(u64::MAX)))
    }
}

fn connect(address: SocketAddr, epoll: &OwnedFd, number: u64) -> anyhow::Result<Connection> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    epoll::add(
        epoll,
        &stream,
        epoll::EventData::new_u64(number),
        epoll::EventFlags::IN,
    )?;
    Ok(Connection {
        stream,
        asked: Instant::now(),
        received: 0,
    })
}

/// An answer with its head.
fn whole_answer(address: SocketAddr, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = stream.read(&mut piece)?;
        anyhow::ensure!(length > 0, "a server closed before its answer was complete");
        answer.extend(piece.iter().take(length));
        if is_whole(&answer)? {
            let head =
                String::from_utf8_lossy(answer.get(..200.min(answer.len())).unwrap_or_default())
                    .into_owned();
            anyhow::ensure!(answer.starts_with(ANSWERED), "an answer is not 200: {head}");
            return Ok(answer);
        }
    }
}

fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    let Some(end) = answer.windows(4).position(|window| window == END_OF_HEAD) else {
        return Ok(false);
    };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .context("an answer has a length")?;
    Ok(answer.len() >= end + END_OF_HEAD.len() + length.parse::<usize>()?)
}

impl Asked {
    /// The latency in microseconds that so many of 100 requests keep; the latencies are sorted.
    pub(crate) fn latency_us(&self, percent: usize) -> f64 {
        let place =
            (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        Duration::from_nanos(self.latencies.get(place).copied().unwrap_or(u64::MAX)).as_secs_f64()
            * 1e6
    }
}
