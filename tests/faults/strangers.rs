//! Connections that take and give nothing, by the thousand, beside the platform's own. What each kind of broken request
//! is answered with stands in `tests/it/server.rs`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

use crate::bed::{Bed, say};
use crate::harness::wait_for;
use crate::scale::scaled;

/// How many files the server may open, as many systems have it.
const SERVER_FILES: u64 = 1_024;

/// Many connections, but no more than this process itself may open.
fn many() -> usize {
    let possible = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / 2;
    usize::try_from(possible).unwrap_or(usize::MAX).min(10_000)
}

#[tokio::test]
async fn idle_connections_up_to_the_last_file_leave_the_platforms_own_alone() {
    let bed = Bed::with("[server]\nmax_connections = 960\nmax_connections_per_address = 0").await;
    let few = Rlimit { current: Some(SERVER_FILES), maximum: Some(SERVER_FILES) };
    prlimit(Some(bed.server.process_id()), Resource::Nofile, few).unwrap();
    let idle: Vec<TcpStream> = (0..many()).map(|_| TcpStream::connect(bed.server.webhook()).unwrap()).collect();
    let metrics = bed.server.admin("/metrics").body;
    assert!(metrics.contains("connections"), "the operators' listener is there: {metrics}");
    let count = idle.len();
    drop(idle);
    wait_for("a new connection to be answered", || is_healthy(&bed).then_some(()));
    bed.changes_to("v1").await;
    let record = bed.finish("idle connections");
    say("idle connections", &format!("{count} at {SERVER_FILES} files; {} answers meanwhile", record.answers.len()));
}

/// Whether a new connection gets an answer.
fn is_healthy(bed: &Bed) -> bool {
    let mut answer = String::new();
    TcpStream::connect(bed.server.webhook())
        .and_then(|mut stream| {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")?;
            stream.read_to_string(&mut answer)
        })
        .is_ok_and(|_| answer.starts_with("HTTP/1.1 200 "))
}

#[tokio::test]
async fn disconnects_in_mid_body_leave_the_platforms_own_connection_alone() {
    let disconnects = scaled(2_000, 10_000);
    let bed = Bed::new().await;
    for _ in 0..disconnects {
        let mut stream = TcpStream::connect(bed.server.webhook()).unwrap();
        let head = "POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{\"queueId";
        // The server may be out of places for this address: then there is nothing to break off.
        drop(stream.write_all(head.as_bytes()));
    }
    wait_for("a new connection to be answered", || is_healthy(&bed).then_some(()));
    bed.changes_to("v1").await;
    bed.finish(&format!("{disconnects} disconnects in mid-body"));
}
