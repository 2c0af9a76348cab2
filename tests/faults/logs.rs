//! A log that nobody takes: its reader stalls or leaves, or its disk is full.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, PipeReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::bed::{renames, say, since};
use crate::database::Database;
use crate::harness::wait_for;
use crate::prober::{Prober, REQUESTS_A_SECOND};

/// The longest that any page or answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The smallest queue of the log, in bytes.
const QUEUE_BYTES: usize = 64 * 1024;

/// A server whose standard error leads wherever a test wants, so that its log cannot say where it listens.
struct Quiet {
    process: Child,
    webhook: SocketAddr,
    admin: SocketAddr,
    database: Database,
    _state: TempDir,
}

impl Drop for Quiet {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Quiet {
    async fn logging_to(log: impl Into<Stdio>, filter: &str) -> Self {
        let (database, state) = (Database::ringing(&["v0"]).await, TempDir::new().unwrap());
        let (webhook, admin) = (free_address(), free_address());
        let mut command = Command::new(env!("CARGO_BIN_EXE_stringee-router"));
        command.current_dir(state.path()).stderr(log);
        for setting in [
            format!("server.listen={webhook}"),
            format!("admin.listen={admin}"),
            format!("database.rules={}", database.path().display()),
            format!("database.state={}", state.path().join("state").display()),
            format!("log.filter={filter}"),
            format!("log.queue_bytes={QUEUE_BYTES}"),
            "log.format=json".to_owned(),
        ] {
            command.args(["--set", &setting]);
        }
        let process = command.arg("serve").stdin(Stdio::null()).spawn().unwrap();
        let quiet = Self {
            process,
            webhook,
            admin,
            database,
            _state: state,
        };
        quiet.is_ready();
        quiet
    }

    fn is_ready(&self) {
        wait_for("the server to be ready", || {
            let page = asked(self.admin, &get("/readyz")).ok()?;
            page.ends_with("ready\n").then_some(())
        });
    }

    /// The server answers, follows edits, refuses what is wrong and ends in time, as if it had a log.
    async fn works_and_ends(mut self, fault: &str) {
        let prober = Prober::start(self.webhook, "v0", REQUESTS_A_SECOND);
        let mut editor = self.database.shell().await;
        for edit in 1..=5 {
            // Refusals write to the log, and so do edits.
            for _ in 0..5 {
                let refusal = asked(self.webhook, &post("no question")).unwrap();
                assert!(refusal.starts_with("HTTP/1.1 400 "), "{refusal}");
            }
            let agent = format!("v{edit}");
            prober.may_name(&agent);
            renames(&mut editor, &agent).await;
            wait_for("the edit to be in force", || {
                (prober.named()? == agent).then_some(())
            });
            prober.must_name(&agent);
        }
        self.is_ready();
        let record = prober.finish();
        let began = clock::monotonic();
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let ended = wait_for("the server to end", || self.process.try_wait().unwrap());
        let took = since(began);
        assert_eq!(ended.code(), Some(0), "{fault}");
        say(fault, &format!("{record}; ended after {took:.1?}"));
    }

    fn lost_lines(&self) -> u64 {
        let metrics = asked(self.admin, &get("/metrics")).unwrap();
        let name = "stringee_router_log_lines_lost_total ";
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap().parse().unwrap()
    }
}

/// An address of this machine that nobody listens on.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /get_list_agents HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// The whole answer to a request on a connection of its own.
fn asked(server: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A pipe in which there is no room.
fn full_pipe() -> (PipeReader, Stdio) {
    let (reader, mut writer) = io::pipe().unwrap();
    let flags = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'\n'; 4096]).is_ok() {}
    while writer.write(b"\n").is_ok() {}
    fcntl_setfl(&writer, flags).unwrap();
    (reader, writer.into())
}

#[tokio::test]
async fn a_log_whose_reader_has_left_costs_nothing() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let quiet = Quiet::logging_to(writer, "info").await;
    wait_for("lost lines", || (quiet.lost_lines() > 0).then_some(()));
    quiet.works_and_ends("EPIPE").await;
}

#[tokio::test]
async fn a_log_on_a_full_disk_costs_nothing() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let quiet = Quiet::logging_to(full, "info").await;
    wait_for("lost lines", || (quiet.lost_lines() > 0).then_some(()));
    quiet.works_and_ends("ENOSPC").await;
}

#[tokio::test]
async fn a_log_whose_reader_stalls_costs_nothing() {
    let (reader, writer) = full_pipe();
    let quiet = Quiet::logging_to(writer, "info").await;
    quiet.works_and_ends("a full pipe").await;
    drop(reader);
}

#[tokio::test]
async fn lost_lines_are_counted_and_said_once_the_log_flows_again() {
    let (reader, writer) = full_pipe();
    let quiet = Quiet::logging_to(writer, "debug").await;
    let call = r#"{"callId":"a","from":"","to":"1"}"#;
    let question = post(&format!(
        r#"{{"queueId":"q","calls":[{}]}}"#,
        [call; 100].join(",")
    ));
    // Each call is a line, so the queue is full after some questions.
    wait_for("lost lines", || {
        let answer = asked(quiet.webhook, &question).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        (quiet.lost_lines() > 0).then_some(())
    });
    let said = BufReader::new(reader)
        .lines()
        .map(Result::unwrap)
        .find(|line| line.contains("log lines were lost"))
        .unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    let lost = said.get("lost_lines").and_then(Value::as_u64).unwrap();
    // Nobody logs any more, and this line is the first of its kind.
    let lost_in_all = said.get("lost_in_all").and_then(Value::as_u64);
    assert_eq!(Some(lost), lost_in_all, "{said}");
    assert!(0 < lost && lost <= quiet.lost_lines(), "{said}");
    say("a full pipe that flows again", &said.to_string());
}
