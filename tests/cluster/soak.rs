//! Three servers behind a proxy, asked all the time, while PostgreSQL fails over, and servers are killed and stopped.
//!
//! `CLUSTER_SOAK_MINUTES=60 cargo test --test cluster soak -- --nocapture` goes on for an hour; without it three acts are done.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up fails there and then, prints what it saw, and measures with the clock"
)]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::calls::ladder_on;
use crate::fail_over::of_both;
use crate::harness::{Running, wait_for};
use crate::on_the_way::Beside;
use crate::postgres::{Psql, Server, free_port, not_run};

/// Asks a second, by four who ask, about so many calls that wait.
const ASKS_PER_SECOND: u64 = 200;
const ASKERS: u64 = 4;
const CALLS: usize = 20;

/// How long calls wait before others take their place: the ladder has 60 steps of a second.
const LONGEST: Duration = Duration::from_secs(50);

/// Time between two acts.
const PAUSE: Duration = Duration::from_secs(5);

/// A server that always listens at the same place.
struct Fixed {
    running: Option<Running>,
    state: TempDir,
    port: u16,
}

impl Fixed {
    fn new() -> Self {
        Self {
            running: None,
            state: tempfile::tempdir().unwrap(),
            port: free_port(),
        }
    }

    fn start_again(&mut self, url: &str, is_killed: bool) {
        let running = self.running.take().unwrap();
        running.signal(if is_killed {
            Signal::KILL
        } else {
            Signal::TERM
        });
        running.ended();
        self.start(url);
    }

    fn start(&mut self, url: &str) {
        let unused = self.state.path().join("no-such-rules.db");
        let config = format!("[database]\nurl = '{url}'\nhold_seconds = 0");
        let (listen, name) = (
            format!("server.listen=127.0.0.1:{}", self.port),
            format!("cluster.replica=r{}", self.port),
        );
        let running = Running::prepared(&unused, self.state.path(), &config, |command| {
            command.args(["--set", &listen, "--set", &name]);
        });
        self.running = Some(running);
    }
}

/// What was seen.
#[derive(Default)]
struct Seen {
    asks: u64,
    failed: Vec<String>,
    /// A call was taken to have waited for less than it had, by so many milliseconds at most.
    late: Duration,
    /// The same for more.
    early: Duration,
    times: Vec<Duration>,
}

/// A call that waits, and since when.
type Waiting = Arc<Vec<Mutex<(String, Option<Instant>)>>>;

/// Asks until it is told to stop.
fn ask(port: u16, asker: u64, calls: &Waiting, stop: &AtomicBool, seen: &Mutex<Seen>) {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .new_agent();
    let url = format!("http://127.0.0.1:{port}/get_list_agents");
    let pause = Duration::from_millis(1000 * ASKERS / ASKS_PER_SECOND);
    let mut number = asker;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let place = usize::try_from(number).unwrap() % calls.len();
        let mut call = calls[place].lock().unwrap();
        let since = call.1;
        if since.is_some_and(|since| since.elapsed() > LONGEST) {
            *call = (format!("{asker} {number}"), None);
        }
        let body = json!({"queueId": "q", "calls": [{"callId": call.0, "from": "", "to": ""}]});
        let begin = Instant::now();
        let answer = agent.post(&url).send(body.to_string().as_bytes());
        let took = begin.elapsed();
        let status = match &answer {
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.to_string(),
        };
        let first = *call.1.get_or_insert(begin);
        let waited = answer.ok().and_then(|mut answer| {
            let text = answer.body_mut().read_to_string().ok()?;
            let page: Value = serde_json::from_str(&text).ok()?;
            let agents = page.pointer("/calls/0/agents")?.as_array()?.len();
            Some(Duration::from_secs(
                u64::try_from(agents).unwrap().checked_sub(1)?,
            ))
        });
        drop(call);
        let mut seen = seen.lock().unwrap();
        seen.asks += 1;
        seen.times.push(took);
        match waited {
            Some(waited) => {
                // The answer was made between two moments, and tells whole seconds.
                let least = begin
                    .duration_since(first)
                    .saturating_sub(waited + Duration::from_secs(1));
                let most = waited.saturating_sub(first.elapsed());
                seen.late = seen.late.max(least);
                seen.early = seen.early.max(most);
            }
            None => seen.failed.push(format!("{status} after {took:?}")),
        }
        drop(seen);
        thread::sleep(pause.saturating_sub(took));
    }
}

/// The proxy with the configuration that is shipped, before these servers.
fn proxy(folder: &Path, servers: &[Fixed], haproxy: &Path) -> (u16, Beside) {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/cluster/haproxy.cfg");
    let shipped = std::fs::read_to_string(shipped).unwrap();
    let port = free_port();
    let mut lines = Vec::new();
    for line in shipped
        .replace("bind :8080", &format!("bind 127.0.0.1:{port}"))
        .lines()
    {
        if line.contains("server router-1") {
            for server in servers {
                let at = server.port;
                lines.push(format!("    server r{at} 127.0.0.1:{at} check"));
            }
        } else if !line.contains("server router-") {
            lines.push(line.to_owned());
        }
    }
    let file = folder.join("haproxy.cfg");
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let running = Beside::start(Command::new(haproxy).args(["-db", "-f"]).arg(file));
    wait_for("HAProxy to listen", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    (port, running)
}

/// An edit, and how long it took to be in force on all that run.
async fn edit(psql: &mut Psql, servers: &[Fixed], number: usize) -> Duration {
    psql.run(&format!(
        "insert into agents (id, name) values ('soak{number}', 'S')"
    ))
    .await;
    let (begin, agents) = (Instant::now(), 60 + u64::try_from(number).unwrap());
    for server in servers.iter().filter_map(|server| server.running.as_ref()) {
        wait_for("an edit to be in force", || {
            (server
                .admin("/status")
                .json()
                .pointer("/rules/agents")?
                .as_u64()?
                >= agents)
                .then_some(())
        });
    }
    begin.elapsed()
}

fn percentile(times: &mut [Duration], of_a_thousand: usize) -> Duration {
    times.sort_unstable();
    let place = times.len() * of_a_thousand / 1000;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

impl Seen {
    fn in_words(&mut self) -> String {
        let (median, slow) = (
            percentile(&mut self.times, 500),
            percentile(&mut self.times, 990),
        );
        let slowest = percentile(&mut self.times, 1000);
        format!(
            "{} asks, {} failed, answered within {median:?} (half), {slow:?} (99 %), {slowest:?} (all); calls taken to wait for \
            up to {:?} less and {:?} more than they did",
            self.asks,
            self.failed.len(),
            self.late,
            self.early
        )
    }
}

fn start_asking(port: u16, stop: &Arc<AtomicBool>, seen: &Arc<Mutex<Seen>>) -> Vec<JoinHandle<()>> {
    let first = |call| Mutex::new((format!("first {call}"), None));
    let calls: Waiting = Arc::new((0..CALLS).map(first).collect());
    let start = |asker| {
        let (calls, stop, seen) = (Arc::clone(&calls), Arc::clone(stop), Arc::clone(seen));
        thread::spawn(move || ask(port, asker, &calls, &stop, &seen))
    };
    (0..ASKERS).map(start).collect()
}

/// The primary crashes, the standby takes over, and the other follows it; what comes back is somebody who edits.
async fn fail_over(pair: &mut [Server; 2]) -> Psql {
    let [primary, standby] = pair;
    primary.stop();
    standby.promote().await;
    let psql = standby.psql("rules").await;
    primary.follow(standby).await;
    pair.reverse();
    psql
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ask_fails_and_no_call_waits_anew_through_fail_overs_and_restarts() {
    let haproxy = Path::new("/usr/sbin/haproxy");
    if !haproxy.exists() {
        not_run("three servers behind a proxy: HAProxy is not installed");
        return;
    }
    let Some(primary) = Server::start().await else {
        return;
    };
    let minutes = std::env::var("CLUSTER_SOAK_MINUTES").ok();
    let minutes: u64 = minutes.map_or(0, |minutes| minutes.parse().unwrap());
    let (_, mut psql) = ladder_on(&primary).await;
    let standby = primary.standby().await;
    let url = of_both(&primary, &standby);
    let mut pair = [primary, standby];
    let mut servers: Vec<Fixed> = (0..3).map(|_| Fixed::new()).collect();
    for server in &mut servers {
        server.start(&url);
    }
    let folder = tempfile::tempdir().unwrap();
    let (port, _proxy) = proxy(folder.path(), &servers, haproxy);
    wait_for("HAProxy to know the servers", || {
        ureq::get(format!("http://127.0.0.1:{port}/healthz"))
            .call()
            .ok()
    });
    let (stop, seen) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let askers = start_asking(port, &stop, &seen);
    let begin = Instant::now();
    let (mut fail_overs, mut restarts, mut edits, mut act) = (0, 0, Vec::new(), 0);
    while act < 3 || begin.elapsed() < Duration::from_secs(60 * minutes) {
        tokio::time::sleep(PAUSE).await;
        if act % 3 == 0 {
            psql = fail_over(&mut pair).await;
            fail_overs += 1;
        } else {
            servers[act % 2 + usize::from(act % 4 == 0)].start_again(&url, act % 2 == 0);
            restarts += 1;
        }
        act += 1;
        edits.push(edit(&mut psql, &servers, act).await);
    }
    stop.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.join().unwrap();
    }
    println!(
        "{} s, {fail_overs} fail-overs, {restarts} restarts: {}; {} edits in force within {:?} (half), {:?} (all)",
        begin.elapsed().as_secs(),
        seen.lock().unwrap().in_words(),
        edits.len(),
        percentile(&mut edits, 500),
        percentile(&mut edits, 1000),
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen.failed, Vec::<String>::new());
    assert!(seen.early < Duration::from_millis(100), "{:?}", seen.early);
    // In touch it is 250 ms; a call that is first asked about while PostgreSQL is away is known to others when it is back.
    assert!(seen.late < Duration::from_secs(5), "{:?}", seen.late);
}
