//! How long the console's views and previews take the running server, by the size of the rules.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stringee_router::config::Role;
use stringee_router::console::invite;
use stringee_router::store::{CONSOLE_FILE, ConsoleFile, NewToken};

use crate::database::{Database, Size};
use crate::process::{Cpu, Server, memory_mb};
use crate::report::{Goal, print_goal};
use crate::timing::median;

const TOKEN: &str = "srt_of_the_benchmark";

/// How often each question is asked.
const TIMES: usize = 15;

/// Prints the milliseconds of each question beside its goal.
pub(crate) fn run() -> anyhow::Result<()> {
    let sizes = [
        ("the demo and some more", Size::SMALL, 50.0),
        (
            "10,000 agents, 60 queues",
            Size {
                agents: 10_000,
                queues: 60,
                rules: 600,
                callers: 1000,
            },
            200.0,
        ),
        (
            "1,000,000 callers",
            Size {
                callers: 1_000_000,
                ..Size::SMALL
            },
            300.0,
        ),
    ];
    for (name, size, preview) in sizes {
        println!("{name}");
        let database = Database::of(size)?;
        let server = Server::router(&database.path(), Cpu::Any)?;
        let console = Console::open(&server, &database.path())?;
        console.is_read()?;
        let (before, _) = memory_mb(server.id())?;
        for path in [
            "/now",
            "/roster",
            "/holes",
            "/explain?queue=bench_two",
            "/callers?q=8490&limit=50",
        ] {
            let goal = if path.starts_with("/callers") {
                50.0
            } else {
                20.0
            };
            let took = time(|| console.get(path))?;
            print_goal(&format!("  {path}, ms"), took, Goal::AtMost(goal));
        }
        let edit = json!({"table": "groups", "key": "bench_two", "set": {"strategy": "ordered"}});
        let order = json!({ "edits": [edit] });
        let took = time(|| console.post("/preview", &order))?;
        print_goal("  /preview, ms", took, Goal::AtMost(preview));
        let (_, highest) = memory_mb(server.id())?;
        print_goal(
            "  memory beyond the server's own, MB",
            highest - before,
            Goal::AtMost(50.0),
        );
    }
    Ok(())
}

/// The console of a server, asked with a token.
struct Console {
    address: SocketAddr,
    agent: ureq::Agent,
}

impl Console {
    fn open(server: &Server, rules: &Path) -> anyhow::Result<Self> {
        let file = ConsoleFile::open(&rules.with_file_name("state").join(CONSOLE_FILE))?;
        invite(&file, "bench", Role::Admin, "benchmark")?;
        file.know_user("bench", "admin", Timestamp::UNIX_EPOCH)?;
        file.add_token(&NewToken {
            hash: &Sha256::digest(TOKEN),
            user_name: "bench",
            name: "bench",
            role: "admin",
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::MAX,
        })?;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None);
        Ok(Self {
            address: server.admin,
            agent: config.build().new_agent(),
        })
    }

    /// Waits until the rows are at hand.
    fn is_read(&self) -> anyhow::Result<()> {
        for _ in 0..600 {
            if self.get("/agents?limit=1").is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        anyhow::bail!("the rules were not read")
    }

    fn get(&self, path: &str) -> anyhow::Result<()> {
        let url = format!("http://{}/api/v1{path}", self.address);
        let request = self
            .agent
            .get(url)
            .header("authorization", format!("Bearer {TOKEN}"));
        must_be_well(request.call()?)
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("http://{}/api/v1{path}", self.address);
        let request = self
            .agent
            .post(url)
            .header("authorization", format!("Bearer {TOKEN}"));
        let request = request.header("content-type", "application/json");
        must_be_well(request.send(body.to_string())?)
    }
}

/// The median of some questions, in milliseconds.
fn time(ask: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    ask()?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        ask()?;
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(&mut took))
}

fn must_be_well(mut answer: ureq::http::Response<ureq::Body>) -> anyhow::Result<()> {
    let status = answer.status();
    let body = answer.body_mut().read_to_string().context("no body")?;
    anyhow::ensure!(status.is_success(), "{status}: {body}");
    Ok(())
}
