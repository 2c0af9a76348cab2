//! Loading and compiling: how long it takes, what it leaves in memory, and what calls notice of it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use routing::compile::compile;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use stringee_router::store::Reader;

use crate::database::{Database, Size, editor};
use crate::http::ask_once;
use crate::process::{Cpu, Server, memory_mb};
use crate::report::{Goal, print_goal};
use crate::timing::median;
use crate::workload::W1;

/// Sizes that are loaded, the last one with everything.
const SIZES: [(&str, Size); 5] = [
    ("10 of each", Size::SMALL),
    (
        "100,000 agents",
        Size {
            agents: 100_000,
            ..Size::SMALL
        },
    ),
    (
        "10,000 queues, 100,000 rules",
        Size {
            rules: 100_000,
            queues: 10_000,
            ..Size::SMALL
        },
    ),
    (
        "1,000,000 callers",
        Size {
            callers: 1_000_000,
            ..Size::SMALL
        },
    ),
    ("all of them", Size::LARGE),
];

/// Prints a line per size, and what asking is like meanwhile.
pub(crate) fn run() -> anyhow::Result<()> {
    println!(
        "{:<30} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "", "load s", "compile s", "both s", "RSS MB", "peak MB"
    );
    let mut small_mb = 0.0;
    for (name, size) in SIZES {
        let database = Database::of(size)?;
        let (load, compile) = load_and_compile(&database.path())?;
        let server = Server::router(&database.path(), Cpu::Any)?;
        let (now, peak) = memory_mb(server.id())?;
        println!(
            "{name:<30} {load:>8.3} {compile:>10.3} {:>10.3} {now:>10.1} {peak:>10.1}",
            load + compile
        );
        match name {
            "10 of each" => {
                small_mb = now;
                reload(&server, &database, Goal::AtMost(0.20))?;
            }
            "1,000,000 callers" => print_goal(
                "MB more with 1,000,000 callers",
                now - small_mb,
                Goal::AtMost(80.0),
            ),
            "all of them" => {
                print_goal(
                    "load and compile, seconds",
                    load + compile,
                    Goal::AtMost(2.5),
                );
                reload(&server, &database, Goal::AtMost(0.8))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Seconds, each the least of three.
fn load_and_compile(path: &Path) -> anyhow::Result<(f64, f64)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut least = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        let began = Instant::now();
        let tables = runtime
            .block_on(async { Reader::open(path).await?.load().await })?
            .tables;
        let loaded = Instant::now();
        let compiled = compile(&tables);
        let compile_seconds = loaded.elapsed().as_secs_f64();
        anyhow::ensure!(
            !compiled.has_errors(),
            "the rules are wrong: {:?}",
            compiled.problems.first()
        );
        least = (
            least.0.min((loaded - began).as_secs_f64()),
            least.1.min(compile_seconds),
        );
    }
    Ok(least)
}

/// Asks a thousand times a second: first while nothing happens, then while edits are taken over.
fn reload(server: &Server, database: &Database, most: Goal) -> anyhow::Result<()> {
    let request = W1.requests()?.swap_remove(0);
    let idle = ask_steadily(server.address, &request, || {
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    })?;
    let mut in_force = Vec::new();
    let busy = ask_steadily(server.address, &request, || {
        for seconds in EDITS {
            in_force.push(edit_in_force(server.address, &request, database, seconds)?);
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    })?;
    println!(
        "  1,000 requests/s while idle: p50 {:.0} us, p99 {:.0} us, most {:.0} us",
        idle.at(50),
        idle.at(99),
        idle.at(100)
    );
    println!(
        "  the same during a reload:    p50 {:.0} us, p99 {:.0} us, most {:.0} us",
        busy.at(50),
        busy.at(99),
        busy.at(100)
    );
    println!(
        "  edits are in force after {in_force:.2?} s; memory then: {:.1} MB, at most {:.1} MB",
        memory_mb(server.id())?.0,
        memory_mb(server.id())?.1
    );
    print_goal("an edit in force, seconds", median(&mut in_force), most);
    print_goal(
        "p99 during a reload, times that of idle",
        busy.at(99) / idle.at(99),
        Goal::AtMost(2.0),
    );
    Ok(())
}

/// Seconds to ring, one after the other: each is an edit.
const EDITS: [u8; 5] = [31, 32, 33, 34, 35];

/// Seconds from a commit until calls are answered by it.
fn edit_in_force(
    address: SocketAddr,
    request: &[u8],
    database: &Database,
    seconds: u8,
) -> anyhow::Result<f64> {
    let before = ask_once(address, request)?;
    edit(&database.path(), seconds)?;
    let committed = Instant::now();
    while ask_once(address, request)? == before {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(committed.elapsed().as_secs_f64())
}

/// Changes what W1 is answered with.
fn edit(path: &Path, seconds: u8) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut editor = editor(path).await?;
        editor
            .execute(AssertSqlSafe(format!(
                "update group_members set answer_timeout = {seconds} where group_id = 'bench_two'"
            )))
            .await?;
        editor.close().await?;
        Ok(())
    })
}

/// Latencies in microseconds, sorted.
struct Latencies(Vec<f64>);

impl Latencies {
    /// The latency that so many of 100 requests keep.
    fn at(&self, percent: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0
            .get((self.0.len() * percent / 100).min(last))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

/// Asks each millisecond over one connection for as long as something else goes on.
fn ask_steadily(
    address: SocketAddr,
    request: &[u8],
    meanwhile: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Latencies> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask_until(address, request, &is_over));
        let result = meanwhile();
        is_over.store(true, Ordering::Relaxed);
        let latencies = asking
            .join()
            .map_err(|_panic| anyhow::anyhow!("the asker panicked"))?;
        result.and(latencies)
    })
}

fn ask_until(
    address: SocketAddr,
    request: &[u8],
    is_over: &AtomicBool,
) -> anyhow::Result<Latencies> {
    const EVERY: Duration = Duration::from_millis(1);
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut answer = vec![0; 4096];
    let mut due = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let asked = Instant::now();
        stream.write_all(request)?;
        let length = stream.read(&mut answer)?;
        anyhow::ensure!(
            answer
                .get(..length)
                .context("a read fits")?
                .ends_with(b"]}]}"),
            "an answer is not whole"
        );
        latencies.push(asked.elapsed().as_secs_f64() * 1e6);
        due = asked + EVERY;
    }
    latencies.sort_unstable_by(f64::total_cmp);
    Ok(Latencies(latencies))
}
