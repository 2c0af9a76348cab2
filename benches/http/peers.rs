//! What the server is held against: servers that say the same whatever they are asked.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

use crate::workload::PATH;

/// A server on axum as its manual shows it, with one route and without any layer.
pub(crate) fn axum(answer: &str) -> anyhow::Result<()> {
    let answer = Bytes::from(std::fs::read(answer)?);
    let handler = || async move { ([(CONTENT_TYPE, "application/json")], answer) };
    let routes = Router::new().route(PATH, post(handler));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(LOOPBACK).await?;
        say_where(listener.local_addr()?)?;
        // As ours does; a late acknowledgement must not decide.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        axum::serve(listener, routes).await?;
        Ok(())
    })
}

/// The floor: one thread, one epoll loop, no HTTP beyond finding the end of a request.
pub(crate) fn epoll(answer: &str) -> anyhow::Result<()> {
    let body = std::fs::read(answer)?;
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\ndate: Mon, 23 Nov 2026 21:00:00 GMT\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(&body);
    let listener = TcpListener::bind(LOOPBACK)?;
    say_where(listener.local_addr()?)?;
    Floor {
        listener,
        answer,
        connections: HashMap::new(),
        epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
    }
    .run()
}

/// Any free port of this machine.
const LOOPBACK: &str = "127.0.0.1:0";

/// As the real program does, so that whoever starts them reads the same line.
fn say_where(address: SocketAddr) -> anyhow::Result<()> {
    writeln!(
        std::io::stderr(),
        "{{\"message\":\"listening\",\"webhook\":\"{address}\"}}"
    )?;
    Ok(())
}

struct Floor {
    listener: TcpListener,
    answer: Vec<u8>,
    connections: HashMap<u64, Connection>,
    epoll: std::os::fd::OwnedFd,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// What of answers has not been taken yet.
    unsent: Vec<u8>,
}

/// The listener's number; connections count from 1.
const LISTENER: u64 = 0;

impl Floor {
    fn run(mut self) -> anyhow::Result<()> {
        epoll::add(
            &self.epoll,
            &self.listener,
            epoll::EventData::new_u64(LISTENER),
            epoll::EventFlags::IN,
        )?;
        let mut events = Vec::with_capacity(256);
        let mut next = LISTENER + 1;
        loop {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => {
                        self.accept(next)?;
                        next += 1;
                    }
                    number => {
                        let connection = self
                            .connections
                            .get_mut(&number)
                            .context("an event is of a connection")?;
                        if connection.exchange(&self.answer).is_err() {
                            self.connections.remove(&number);
                        }
                    }
                }
            }
        }
    }

    fn accept(&mut self, number: u64) -> anyhow::Result<()> {
        let (stream, _) = self.listener.accept()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let interest = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        epoll::add(
            &self.epoll,
            &stream,
            epoll::EventData::new_u64(number),
            interest,
        )?;
        self.connections.insert(
            number,
            Connection {
                stream,
                received: Vec::new(),
                unsent: Vec::new(),
            },
        );
        Ok(())
    }
}

impl Connection {
    /// Reads what is there and answers each request that is complete. An error ends the connection.
    fn exchange(&mut self, answer: &[u8]) -> anyhow::Result<()> {
        let mut piece = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => anyhow::bail!("the other side has closed"),
                Ok(length) => self.received.extend(piece.iter().take(length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
            while let Some(end) = end_of_request(&self.received)? {
                self.received.drain(..end);
                self.unsent.extend_from_slice(answer);
            }
            self.send()?;
        }
        self.send()
    }

    fn send(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Where the first request ends, once all of it is there.
fn end_of_request(received: &[u8]) -> anyhow::Result<Option<usize>> {
    const LENGTH: &[u8] = b"Content-Length: ";
    let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let mut lines = received
        .get(..head)
        .unwrap_or_default()
        .split(|byte| *byte == b'\n');
    let length = lines
        .find_map(|line| line.strip_prefix(LENGTH))
        .context("a request has a length")?;
    let length: usize = std::str::from_utf8(length)?.trim().parse()?;
    let end = head + 4 + length;
    Ok((received.len() >= end).then_some(end))
}
