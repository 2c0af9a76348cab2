//! Connections that take and give nothing, by the thousand, beside the platform's own. What each kind of broken request
//! is answered with stands in `tests/it/server.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit, setrlimit};

use crate::bed::{Bed, say, since};
use crate::harness::wait_for;
use crate::scale::scaled;

/// How many files the server may open, as many systems have it.
const SERVER_FILES: u64 = 1_024;

/// A request whose body does not come whole.
const STALLED: &str =
    "POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{\"queueId";

/// How long the server waits for a request, by default.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// Many connections, but no more than this process itself may open.
fn many() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
    .unwrap();
    let possible = maximum.unwrap_or(u64::MAX) / 2;
    usize::try_from(possible).unwrap_or(usize::MAX).min(10_000)
}

#[tokio::test]
async fn idle_connections_up_to_the_last_file_leave_the_platforms_own_alone() {
    let bed = Bed::with("[server]\nmax_connections = 896\nmax_connections_per_address = 0").await;
    let few = Rlimit {
        current: Some(SERVER_FILES),
        maximum: Some(SERVER_FILES),
    };
    prlimit(Some(bed.server.process_id()), Resource::Nofile, few).unwrap();
    let idle: Vec<TcpStream> = (0..many())
        .map(|_| TcpStream::connect(bed.server.webhook()).unwrap())
        .collect();
    let count = idle.len();
    // The oldest make room for the others.
    let expected = u64::try_from(count.saturating_sub(896)).unwrap();
    wait_for("the others to come in", || {
        (displaced_by_total(&bed) >= expected).then_some(())
    });
    assert!(is_healthy(&bed), "beside all the idle ones");
    drop(idle);
    bed.changes_to("v1").await;
    let record = bed.finish("idle connections");
    say(
        "idle connections",
        &format!(
            "{count} at {SERVER_FILES} files; {} answers meanwhile",
            record.answers.len()
        ),
    );
}

/// How many connections were closed for others.
fn displaced_by_total(bed: &Bed) -> u64 {
    let metrics = bed.server.admin("/metrics").body;
    let name = "stringee_router_displaced_connections_total{listener=\"public\",by=\"total\"} ";
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or("0")
        .parse()
        .unwrap()
}

/// Whether a new connection gets an answer.
fn is_healthy(bed: &Bed) -> bool {
    let mut answer = String::new();
    TcpStream::connect(bed.server.webhook())
        .and_then(|mut stream| {
            stream
                .write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")?;
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
        // The server may be out of places for this address: then there is nothing to break off.
        drop(stream.write_all(STALLED.as_bytes()));
    }
    wait_for("a new connection to be answered", || {
        is_healthy(&bed).then_some(())
    });
    bed.changes_to("v1").await;
    bed.finish(&format!("{disconnects} disconnects in mid-body"));
}

/// Sends what is given and leaves it at that.
fn begin(bed: &Bed, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(bed.server.webhook()).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

/// The whole answer, until the server closes the connection.
fn rest_of(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn bodies_that_stall_or_trickle_are_answered_in_time() {
    let bed = Bed::new().await;
    let began = clock::monotonic();
    let stalled: Vec<TcpStream> = (0..100).map(|_| begin(&bed, STALLED)).collect();
    let mut trickling = begin(&bed, STALLED);
    trickling
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let is_answered = wait_for("an answer to a body that trickles", || {
        drop(trickling.write_all(b" "));
        trickling.read(&mut [0; 12]).ok()
    });
    assert!(is_answered > 0 && since(began) >= REQUEST_TIMEOUT / 2);
    for stream in stalled {
        assert!(rest_of(stream).starts_with("HTTP/1.1 408 "));
    }
    let took = since(began);
    bed.changes_to("v1").await;
    bed.finish("bodies that stall or trickle");
    say(
        "bodies that stall or trickle",
        &format!("100 and one answered with 408 within {took:.1?}"),
    );
}

#[tokio::test]
async fn json_of_any_depth_is_read_or_refused() {
    let bed = Bed::new().await;
    let deep = "[".repeat(50_000) + &"]".repeat(50_000);
    for (body, status) in [
        (
            format!(
                r#"{{"queueId":"q","more":{deep},"calls":[{{"callId":"a","to":"1","x":{deep}}}]}}"#
            ),
            200,
        ),
        (
            format!(r#"{{"queueId":"q","calls":[{{"callId":{deep}}}]}}"#),
            200,
        ),
        (format!(r#"{{"queueId":"q","calls":{deep}}}"#), 200),
        ("[".repeat(200_000), 400),
        ("{\"calls\":".repeat(20_000), 400),
    ] {
        let answer = bed.server.post("/get_list_agents", body.as_bytes(), &[]);
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    bed.changes_to("v1").await;
    bed.finish("JSON of any depth");
}

#[tokio::test]
async fn a_server_that_is_told_to_end_does_so_in_time_whatever_is_stalled() {
    const IN_TIME: Duration = Duration::from_millis(5_500);
    let bed = Bed::new().await;
    let body = r#"{"queueId":"q","calls":[{"callId":"a","from":"","to":"1"}]}"#;
    let (first, rest) = body.split_at(20);
    let head = "POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length";
    let mut in_flight = begin(&bed, &format!("{head}: {}\r\n\r\n{first}", body.len()));
    let (stalled, idle) = (
        begin(&bed, STALLED),
        TcpStream::connect(bed.server.webhook()).unwrap(),
    );
    let are_open = || {
        bed.server
            .admin("/metrics")
            .body
            .contains("connections{listener=\"public\"} 4")
    };
    wait_for("all connections to be there", || are_open().then_some(()));
    let Bed {
        server,
        prober,
        database,
    } = bed;
    prober.finish();
    let began = clock::monotonic();
    server.signal(Signal::TERM);
    in_flight.write_all(rest.as_bytes()).unwrap();
    let answer = rest_of(in_flight);
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("v0"),
        "{answer}"
    );
    assert!(rest_of(stalled).starts_with("HTTP/1.1 408 "));
    assert_eq!(rest_of(idle), "");
    assert!(server.ended().success());
    let took = since(began);
    assert!(took <= IN_TIME, "it took {took:?} to end");
    say(
        "SIGTERM",
        &format!(
            "the request in flight is answered, the stalled one with 408, ended after {took:.1?}"
        ),
    );
    drop(database);
}
