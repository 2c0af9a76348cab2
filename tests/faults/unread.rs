//! Long answers that nobody reads, and bodies that stall, beside the platform: memory stays bounded, and so does what
//! ten thousand connections leave behind.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;

use rustix::process::{Resource, Rlimit, prlimit};

use crate::bed::say;
use crate::database::Database;
use crate::harness::{Running, wait_for};
use crate::prober::Prober;

/// As many as the default allows.
const CALLS: usize = 2_000;
const AGENTS: usize = 20;
/// More than can be held at once: each takes some 4 MB.
const UNREAD: usize = 60;
/// What the server may have beyond what it starts with: its bound of 64 MiB, and as much again for what is being written
/// and for what the C library keeps.
const MEMORY_BYTES: u64 = 160 << 20;

/// A line of what the system says of the server's memory, in bytes.
fn memory(server: &Running, name: &str) -> u64 {
    let process = server.process_id().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap() * 1_024
}

fn question(calls: usize) -> String {
    let mut body = r#"{"queueId":"q","calls":["#.to_owned();
    for call in 0..calls {
        let comma = if call > 0 { "," } else { "" };
        write!(body, r#"{comma}{{"callId":"{call}","from":"","to":"1"}}"#).unwrap();
    }
    body + "]}"
}

/// The heap of the image: with one for each thread, the limit would be of what is reserved.
fn as_in_the_image(command: &mut Command) {
    command.env("MALLOC_ARENA_MAX", "1");
    command.env("MALLOC_MMAP_THRESHOLD_", "1048576");
    command.env("MALLOC_TRIM_THRESHOLD_", "1048576");
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_answers_and_stalled_bodies_do_not_exhaust_a_small_server() {
    // With long names, so that the system's buffers do not take a whole answer.
    let agents: Vec<String> = (0..AGENTS)
        .map(|agent| format!("agent-{agent:0>48}"))
        .collect();
    let ids: Vec<&str> = agents.iter().map(String::as_str).collect();
    let database = Database::ringing(&ids).await;
    let state = database.directory().join("state");
    let server = Running::prepared(&database.path(), &state, "", as_in_the_image);
    let prober = Prober::start(server.webhook(), &ids.join(" "), 50);
    let (reserved, before) = (memory(&server, "VmSize"), memory(&server, "VmRSS"));
    let limit = Rlimit {
        current: Some(reserved + MEMORY_BYTES),
        maximum: Some(reserved + MEMORY_BYTES),
    };
    prlimit(Some(server.process_id()), Resource::As, limit).unwrap();

    let body = question(CALLS);
    let head = |length: usize| {
        format!("POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n")
    };
    let mut held = Vec::new();
    for number in 0..UNREAD {
        let mut stream = TcpStream::connect(server.webhook()).unwrap();
        // Every other one sends most of a body and stops.
        let sent = if number % 2 == 0 { body.len() } else { 60_000 };
        let bytes = body.get(..sent).unwrap();
        // It may be cut already, to make room.
        drop(stream.write_all((head(body.len()) + bytes).as_bytes()));
        held.push(stream);
    }
    wait_for("some to be cut", || {
        let metrics = server.admin("/metrics").body;
        let cut = "displaced_connections_total{listener=\"public\",by=\"bytes\"} ";
        let count = metrics.lines().find_map(|line| line.split_once(cut))?.1;
        (count.parse::<usize>().unwrap() > UNREAD / 10).then_some(())
    });
    let most = memory(&server, "VmHWM");
    drop(held);
    wait_for("the platform to have asked", || {
        (prober.record().answers.len() > 200).then_some(())
    });
    let record = prober.finish();
    assert!(most - before < MEMORY_BYTES);
    say(
        "unread answers",
        &format!(
            "{UNREAD} questions of {CALLS} calls; memory {} MiB before, {} MiB at most; {record}",
            before >> 20,
            most >> 20
        ),
    );
}
