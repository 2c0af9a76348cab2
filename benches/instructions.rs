//! Instructions of one request in user space, counted by valgrind: the one figure that a busy machine does not change.
//!
//! One thread runs the HTTP library and everything behind it, over a pipe in memory: no background task and no timer
//! is counted with them, and the kernel is not looked at. Two runs are the same to the last few instructions.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use stringee_router::server::{Answers, Arrival, ClientAddress};
use stringee_router::webhook::PublicListener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::database::{Database, Size};
use crate::wire::served;
use crate::workload::{self, PATH, W1, Workload};

/// What a server without any decision to make is called here.
const STATIC: &str = "axum";

/// Counts, prints a line per workload and says how the counts stand to those that are committed.
///
/// # Errors
/// A count has risen by more than [`MAX_RISE`].
pub(crate) fn run() -> anyhow::Result<()> {
    let expected: Expected = toml::from_str(&std::fs::read_to_string(EXPECTED)?)
        .with_context(|| format!("{EXPECTED} does not hold what it should"))?;
    println!("instructions in user space per request, HTTP included");
    println!(
        "         first    again  of calls that are asked about for the first time, and again"
    );
    let mut changes = Vec::new();
    for (name, workload, about) in counted() {
        let found = instructions_of(name, workload)?;
        println!("{name:<5} {:>8} {:>8}  {about}", found.first, found.again);
        if let Some(expected) = expected.requests.get(name) {
            changes.push(Change::new(name, "first", expected.first, found.first));
            changes.push(Change::new(name, "again", expected.again, found.again));
        }
    }
    let here = Built::here()?;
    if here != expected.built {
        println!(
            "not compared with {EXPECTED}, which is of {}: this is {here}",
            expected.built
        );
        return Ok(());
    }
    for change in &changes {
        change.print();
    }
    anyhow::ensure!(
        !changes.iter().any(Change::is_too_much),
        "a request takes over {:.0} % more than {EXPECTED} says: find out why, or write its counts \
         anew with `cargo bench --locked --bench router -- instructions --renew`",
        MAX_RISE * 100.0
    );
    Ok(())
}

/// Counts, and writes the file that [`run`] compares with.
pub(crate) fn renew() -> anyhow::Result<()> {
    let mut requests = BTreeMap::new();
    for (name, workload, _) in counted() {
        requests.insert(name.to_owned(), instructions_of(name, workload)?);
    }
    let built = Built::here()?;
    let expected = toml::to_string(&Expected { built, requests })?;
    std::fs::write(EXPECTED, format!("{HEAD}{expected}"))?;
    println!("written to {EXPECTED}");
    Ok(())
}

/// The counts that are committed.
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.toml");

const HEAD: &str = "\
# Instructions of a request in user space, counted by valgrind: first, and asked again.
# CI fails when one rises by more than 3 %. To be written anew, with the reason in the commit, by
#   cargo bench --locked --bench router -- instructions --renew

";

/// By how much a count may rise: other processors have other ways to copy memory.
const MAX_RISE: f64 = 0.03;

#[derive(Deserialize, Serialize)]
struct Expected {
    built: Built,
    requests: BTreeMap<String, Instructions>,
}

/// What the counts depend on beside the code.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Built {
    profile: String,
    rustc: String,
    target: String,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
struct Instructions {
    first: u32,
    again: u32,
}

impl Built {
    fn here() -> anyhow::Result<Self> {
        let output = Command::new("rustc").arg("--version").output()?;
        Ok(Self {
            profile: crate::process::profile()?,
            rustc: String::from_utf8(output.stdout)?.trim().to_owned(),
            target: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
        })
    }
}

impl Display for Built {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            profile,
            rustc,
            target,
        } = self;
        write!(f, "profile {profile} by {rustc} for {target}")
    }
}

/// A count beside the one that is committed.
struct Change {
    what: String,
    expected: u32,
    found: u32,
    rise: f64,
}

impl Change {
    fn new(name: &str, which: &str, expected: u32, found: u32) -> Self {
        Self {
            what: format!("{name} {which}"),
            expected,
            found,
            rise: f64::from(found) / f64::from(expected) - 1.0,
        }
    }

    fn is_too_much(&self) -> bool {
        self.rise > MAX_RISE
    }

    fn print(&self) {
        let Self {
            what,
            expected,
            found,
            rise,
        } = self;
        let percent = rise * 100.0;
        let word = match rise {
            rise if *rise > MAX_RISE => "TOO MANY",
            rise if *rise < -MAX_RISE => "fewer: write the file anew",
            _ => "as expected",
        };
        println!("  {what:<12} {found:>8} of {expected:>8} {percent:>+7.2} %  {word}");
    }
}

/// What is counted: by name, with what is asked, and for people.
fn counted() -> impl Iterator<Item = (&'static str, Workload, &'static str)> {
    let ours = workload::ALL.map(|workload| (workload.name, workload, workload.about));
    let beside = (STATIC, W1, "W1 answered by a static axum server");
    ours.into_iter().chain([beside])
}

/// The instructions of a request: the difference of two runs, of which one asks more often.
fn instructions_of(name: &str, workload: Workload) -> anyhow::Result<Instructions> {
    let all = workload.requests()?.len();
    let few = all / 2;
    let [after_few, after_all, after_all_again] =
        [few, all, all + all].map(|requests| instructions(name, requests));
    let after_all = after_all?;
    let first = after_all.saturating_sub(after_few?) / u64::try_from(all - few)?;
    let again = after_all_again?.saturating_sub(after_all) / u64::try_from(all)?;
    Ok(Instructions {
        first: u32::try_from(first)?,
        again: u32::try_from(again)?,
    })
}

/// All instructions of this program while it does [`count`]: the middle one of three runs, for now and then one differs
/// in what it does before the first request.
fn instructions(name: &str, requests: usize) -> anyhow::Result<u64> {
    let mut runs = [0; 3];
    for run in &mut runs {
        *run = instructions_of_a_run(name, requests)?;
    }
    runs.sort_unstable();
    let [_, middle, _] = runs;
    Ok(middle)
}

fn instructions_of_a_run(name: &str, requests: usize) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["count", name, &requests.to_string()])
        .output()
        .context("cannot run valgrind; install it")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "a run under valgrind failed: {said}"
    );
    let (_, count) = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .context("valgrind counts")?;
    count.trim().parse().context("valgrind counts in digits")
}

/// Asks so many requests of a workload, or of the static server, and looks at each answer.
pub(crate) fn count(name: &str, requests: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let requests: usize = requests.parse()?;
    if name == STATIC {
        let answer = Bytes::from(vec![b'.'; 282]);
        let routes = axum::Router::new().route(
            PATH,
            post(async move || ([(CONTENT_TYPE, "application/json")], answer)),
        );
        return runtime.block_on(ask(routes, W1, requests));
    }
    let workload = workload::named(name)?;
    let database = Database::of(Size::SMALL)?;
    let listener = PublicListener {
        webhook: served(&database)?,
        others: axum::Router::new(),
    };
    runtime.block_on(ask(listener, workload, requests))
}

async fn ask(answers: impl Answers, workload: Workload, count: usize) -> anyhow::Result<()> {
    const PIPE_BYTES: usize = 256 * 1024;
    let answers = Arc::new(answers);
    let (mut client, server) = tokio::io::duplex(PIPE_BYTES);
    let service = service_fn(move |request: axum::http::Request<Incoming>| {
        let answers = Arc::clone(&answers);
        let arrival = Arrival {
            client: ClientAddress(Ipv4Addr::LOCALHOST.into()),
            peer: Ipv4Addr::LOCALHOST.into(),
            at: clock::monotonic(),
        };
        async move { Ok::<_, Infallible>(answers.answer(request, arrival).await.response) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
    let requests = workload.requests()?;
    let asking = async {
        let mut answer = vec![0; PIPE_BYTES];
        for request in requests.iter().cycle().take(count) {
            client.write_all(request).await?;
            receive(&mut client, &mut answer).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        asked = asking => asked,
        ended = connection => anyhow::bail!("the connection ended: {ended:?}"),
    }
}

/// Reads one answer, which must be one.
async fn receive(client: &mut DuplexStream, buffer: &mut [u8]) -> anyhow::Result<()> {
    let mut received = client.read(buffer).await?;
    anyhow::ensure!(buffer.starts_with(b"HTTP/1.1 200 "), "an answer is not 200");
    while !buffer
        .get(..received)
        .is_some_and(|answer| answer.ends_with(b"}]}") || answer.ends_with(b"..."))
    {
        let more = client
            .read(buffer.get_mut(received..).context("an answer fits")?)
            .await?;
        anyhow::ensure!(more > 0, "an answer breaks off");
        received += more;
    }
    Ok(())
}
