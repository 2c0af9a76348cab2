//! Asks at a steady rate over one connection that is kept, and compares each answer with those that are legal.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How many requests a second it sends beside a fault.
pub(crate) const REQUESTS_A_SECOND: u32 = 50;

/// How many calls wait at the same time: each is asked about again and again.
const CALLS: u64 = 20;

/// How long it waits for one answer. Slow is not wrong: the machine may be busy.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// How many things that went wrong are kept word for word.
const MAX_KEPT: usize = 10;

/// A thread that asks. Each version of the rules rings another agent, so that an answer names its version.
pub(crate) struct Prober {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
    requests_a_second: u32,
    began: Instant,
}

struct Shared {
    /// The agents that an answer may name now.
    legal: Mutex<BTreeSet<String>>,
    record: Mutex<Record>,
    stop: AtomicBool,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Record {
    /// How long each answer took, and when it came.
    pub(crate) answers: Vec<(Instant, Duration)>,
    /// When each agent was named for the first time.
    pub(crate) first: HashMap<String, Instant>,
    /// The agents in the order in which they came to be named; one that comes back is there twice.
    pub(crate) order: Vec<String>,
    /// The values of `x-rules-version`.
    pub(crate) versions: BTreeSet<String>,
    /// Answers that were not legal.
    wrong: Failures,
    /// Answers that did not come, or not with status 200.
    failed: Failures,
}

#[derive(Debug, Default)]
struct Failures {
    count: usize,
    kept: Vec<String>,
}

impl Prober {
    /// Starts to ask for the queue `q`, which rings this agent.
    pub(crate) fn start(server: SocketAddr, agent: &str, requests_a_second: u32) -> Self {
        let legal = Mutex::new(BTreeSet::from([agent.to_owned()]));
        let shared = Arc::new(Shared {
            legal,
            record: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let (asking, period) = (
            Arc::clone(&shared),
            Duration::from_secs(1) / requests_a_second,
        );
        #[expect(clippy::disallowed_methods, reason = "the thread ends with its prober")]
        let thread = thread::spawn(move || asking.ask(server, period));
        Self {
            shared,
            thread,
            requests_a_second,
            began: clock::monotonic(),
        }
    }

    /// From now on this agent may be named as well.
    pub(crate) fn may_name(&self, agent: &str) {
        self.shared.legal.lock().unwrap().insert(agent.to_owned());
    }

    /// From now on nobody else may be named.
    pub(crate) fn must_name(&self, agent: &str) {
        *self.shared.legal.lock().unwrap() = BTreeSet::from([agent.to_owned()]);
    }

    /// The agent whom the newest answer names.
    pub(crate) fn named(&self) -> Option<String> {
        self.record().order.last().cloned()
    }

    /// What was seen so far.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap()
    }

    /// Ends. No answer was wrong, none was missing, and it did ask all the time.
    #[track_caller]
    pub(crate) fn finish(self) -> Record {
        let lasted = clock::monotonic().duration_since(self.began);
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        let record = std::mem::take(&mut *self.shared.record.lock().unwrap());
        assert_eq!(
            (record.wrong.count, record.failed.count),
            (0, 0),
            "{:?} {:?}",
            record.wrong,
            record.failed
        );
        let expected = lasted.as_secs_f64() * f64::from(self.requests_a_second);
        let least = Duration::from_secs_f64(expected / 10.0).as_secs();
        let asked = u64::try_from(record.answers.len()).unwrap();
        assert!(
            asked > least,
            "{asked} requests in {lasted:?} are too few to say anything"
        );
        record
    }
}

impl Shared {
    fn ask(&self, server: SocketAddr, period: Duration) {
        let mut connection = None;
        let mut next = clock::monotonic();
        for number in 0_u64.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let (before, began) = (self.legal.lock().unwrap().clone(), clock::monotonic());
            let answered = Connection::kept(&mut connection, server)
                .and_then(|connection| connection.ask(number));
            let ended = clock::monotonic();
            let after = self.legal.lock().unwrap().clone();
            let mut record = self.record.lock().unwrap();
            match answered {
                Ok((version, agents)) => {
                    // A swap may fall between the question and its answer.
                    if !before.contains(&agents) && !after.contains(&agents) {
                        record
                            .wrong
                            .push(format!("'{agents}' by {version} is none of {after:?}"));
                    }
                    record.answered(version, agents, ended, ended.duration_since(began));
                }
                Err(failure) => {
                    record.failed.push(failure.to_string());
                    connection = None;
                }
            }
            drop(record);
            next = (next + period).max(ended);
            thread::sleep(next.duration_since(ended));
        }
    }
}

impl Record {
    fn answered(&mut self, version: String, agents: String, at: Instant, took: Duration) {
        self.answers.push((at, took));
        self.versions.insert(version);
        if self.order.last() != Some(&agents) {
            self.first.entry(agents.clone()).or_insert(at);
            self.order.push(agents);
        }
    }

    /// How long 99 of 100 answers of a time took at most.
    pub(crate) fn p99(&self, from: Instant, until: Instant) -> Duration {
        let in_time = self
            .answers
            .iter()
            .filter(|(at, _)| (from..until).contains(at));
        let mut took: Vec<Duration> = in_time.map(|(_, took)| *took).collect();
        took.sort_unstable();
        took.get(took.len() * 99 / 100).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let slowest = self
            .answers
            .iter()
            .map(|(_, took)| *took)
            .max()
            .unwrap_or_default();
        write!(
            f,
            "{} answers, 0 wrong, 0 not 200, slowest {slowest:.0?}",
            self.answers.len()
        )
    }
}

impl Failures {
    fn push(&mut self, failure: String) {
        self.count += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(failure);
        }
    }
}

/// One connection, on which one request follows the other.
struct Connection(BufReader<TcpStream>);

impl Connection {
    /// The connection, opened if there is none.
    fn kept(connection: &mut Option<Self>, server: SocketAddr) -> std::io::Result<&mut Self> {
        if connection.is_none() {
            let stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(ANSWER_LIMIT))?;
            *connection = Some(Self(BufReader::new(stream)));
        }
        connection
            .as_mut()
            .ok_or_else(|| std::io::Error::other("there is no connection"))
    }

    /// Asks about one call; the version that answers, and the agents whom it names.
    fn ask(&mut self, number: u64) -> std::io::Result<(String, String)> {
        let call = number % CALLS;
        let body =
            format!(r#"{{"queueId":"q","calls":[{{"callId":"call-{call}","from":"","to":"1"}}]}}"#);
        let head = format!(
            "POST /get_list_agents HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.0
            .get_mut()
            .write_all(format!("{head}{body}").as_bytes())?;
        let (mut version, mut length, mut line) = (String::new(), 0, String::new());
        self.0.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200 ") {
            return Err(std::io::Error::other(format!(
                "the status line is {line:?}"
            )));
        }
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some(("content-length", value)) => {
                    length = value.parse().map_err(std::io::Error::other)?;
                }
                Some(("x-rules-version", value)) => value.clone_into(&mut version),
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok((version, agents(&answer)))
    }
}

/// The ids of the agents for the only call, with blanks between them.
fn agents(answer: &Value) -> String {
    let agents = answer["calls"][0]["agents"]
        .as_array()
        .map_or(&[][..], |agents| agents);
    let ids = agents
        .iter()
        .map(|agent| agent["stringee_user_id"].as_str().unwrap_or("?"));
    ids.collect::<Vec<_>>().join(" ")
}
