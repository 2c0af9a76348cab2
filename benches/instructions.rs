//! Instructions of one request in user space, counted by valgrind: the one figure that a busy machine does not change.
//!
//! One thread runs the HTTP library and everything behind it, over a pipe in memory: no background task and no timer
//! is counted with them, and the kernel is not looked at. Two runs are the same to the last few instructions.

use std::convert::Infallible;
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
use stringee_router::server::{Answers, Arrival, ClientAddress};
use stringee_router::webhook::PublicListener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::database::{Database, Size};
use crate::wire::served;
use crate::workload::{self, PATH, W1, Workload};

/// What a server without any decision to make is called here.
const STATIC: &str = "axum";

/// Prints a line per workload.
pub(crate) fn run() -> anyhow::Result<()> {
    println!("instructions in user space per request, HTTP included");
    println!(
        "         first    again  of calls that are asked about for the first time, and again"
    );
    for workload in workload::ALL {
        print(workload.name, workload, workload.about)?;
    }
    print(STATIC, W1, "W1 answered by a static axum server")
}

/// The instructions of a request: the difference of two runs, of which one asks more often.
fn print(name: &str, workload: Workload, about: &str) -> anyhow::Result<()> {
    let all = workload.requests()?.len();
    let few = all / 2;
    let [after_few, after_all, after_all_again] =
        [few, all, all + all].map(|requests| instructions(name, requests));
    let after_all = after_all?;
    let first = after_all.saturating_sub(after_few?) / u64::try_from(all - few)?;
    let again = after_all_again?.saturating_sub(after_all) / u64::try_from(all)?;
    println!("{name:<5} {first:>8} {again:>8}  {about}");
    Ok(())
}

/// All instructions of this program while it does [`count`].
fn instructions(name: &str, requests: usize) -> anyhow::Result<u64> {
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
