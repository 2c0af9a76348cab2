//! The wire: a question read, a signature checked, and a whole request from its head to its answer, without a socket.

use std::net::Ipv4Addr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use axum::http::Request;
use futures_util::FutureExt as _;
use http_body_util::Full;
use routing::route::Offer;
use routing::snapshot::RoutingType;
use stringee::wire::Question;
use stringee::wire::answer::Answer;
use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};
use stringee_router::calls::activity::Ledger;
use stringee_router::calls::memory::CallMemory;
use stringee_router::config::Config;
use stringee_router::journal::{self, Journal};
use stringee_router::projects::{Project, ProjectKeys, Projects};
use stringee_router::rules::{ActiveRules, RulesAuthority, Watcher};
use stringee_router::server::{Arrival, ClientAddress, Handled};
use stringee_router::state::State;
use stringee_router::telemetry::{Metrics, Throttle};
use stringee_router::webhook::{Gate, LOG_LINES_PER_MINUTE, Webhook};
use tokio::sync::watch;

use crate::database::{Database, Size};
use crate::timing;
use crate::workload::{self, PATH, SIGNING_KEY};

/// Prints a line per workload and part.
pub(crate) fn run() -> anyhow::Result<()> {
    let key = SigningKey::new(SIGNING_KEY);
    for workload in workload::ALL {
        let body = workload.bodies()?.swap_remove(0);
        timing::report(
            &format!("read {} ({} bytes)", workload.name, body.len()),
            || Question::from_json(&body).is_ok(),
        );
        timing::report(&format!("sign {}", workload.name), || key.sign(&body).len());
    }
    let database = Database::of(Size::SMALL)?;
    let project = Arc::new(project(&database)?);
    let webhook = webhook(Arc::clone(&project))?;
    encode(&project.live.served());
    for workload in workload::ALL {
        let bodies: Vec<_> = workload.bodies()?.into_iter().map(Bytes::from).collect();
        let signed: Vec<_> = bodies
            .iter()
            .map(|body| (body.clone(), key.sign(body)))
            .collect();
        let mut next = signed.iter().cycle();
        timing::report(
            &format!("answer {} without a socket", workload.name),
            || {
                let (body, signature) = next.next()?;
                answer(&webhook, body, Some(signature))
            },
        );
    }
    Ok(())
}

/// Answers a question, from its head to its answer.
pub(crate) fn answer(webhook: &Webhook, body: &Bytes, signature: Option<&str>) -> Option<Handled> {
    let mut request = Request::post(PATH);
    if let Some(signature) = signature {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    let request = request.body(Full::new(body.clone())).ok()?;
    let arrival = Arrival {
        client: ClientAddress(Ipv4Addr::LOCALHOST.into()),
        peer: Ipv4Addr::LOCALHOST.into(),
        at: clock::monotonic(),
    };
    let handled = webhook.respond(request, arrival).now_or_never()?;
    assert_eq!(
        handled.response.status(),
        200,
        "a benchmark of what is refused says nothing"
    );
    Some(handled)
}

/// The writing of lists, apart from finding them.
fn encode(served: &ActiveRules) {
    let agents = served
        .snapshot
        .agents
        .iter()
        .filter(|(_, agent)| agent.id.starts_with("bench_"));
    let offer = |agent| Offer {
        agent,
        routing_type: RoutingType::App,
        answer_timeout: 15,
    };
    let twenty: Vec<Offer> = agents.map(|(agent, _)| offer(agent)).collect();
    for (name, calls, agents) in [
        ("1 call, 2 agents", 1, 2),
        ("50 calls, 20 agents each", 50, 20),
    ] {
        let offers = twenty.get(..agents).unwrap_or_default();
        timing::report(&format!("write {name}"), || {
            let mut answer = Answer::new(&served.objects, calls, 1 << 23);
            for _ in 0..calls {
                answer.push("call-vn-1-EHHC6JW1LT-1534145391502", offers);
            }
            answer.finish()
        });
    }
}

/// The webhook on the rules of a database.
pub(crate) fn served(database: &Database) -> anyhow::Result<Webhook> {
    webhook(Arc::new(project(database)?))
}

fn webhook(project: Arc<Project>) -> anyhow::Result<Webhook> {
    let config: Config = toml::from_str(&workload::config())?;
    let metrics = Arc::clone(&project.metrics);
    let projects = Arc::new(Projects::One(project));
    Ok(Webhook {
        gate: Gate::new(&config.webhook, projects),
        body_limit: 1 << 20,
        max_calls: 2_000,
        max_answer_bytes: 1 << 23,
        metrics,
        log_lines: Throttle::new(LOG_LINES_PER_MINUTE),
    })
}

/// A project on the rules of a database.
fn project(database: &Database) -> anyhow::Result<Project> {
    let metrics = Arc::new(Metrics::new());
    let defaults = Config::default().database;
    let live = Arc::new(RulesAuthority::new(Arc::clone(&metrics), defaults.hold()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(Watcher::new(database.path(), defaults.rule_tests, Arc::clone(&live)).start());
    let config: Config = toml::from_str(&workload::config())?;
    let file = database.path().with_file_name(journal::FILE);
    let seen = Arc::new(CallMemory::new(clock::monotonic()));
    let journal = Journal::new(
        &config.journal,
        file,
        Arc::clone(&seen),
        Arc::new(Ledger::new(&config.journal)),
        Arc::clone(&live),
        Arc::clone(&metrics),
    );
    Ok(Project {
        number: 0,
        rules: database.path(),
        state: Arc::new(State::new(database.path().with_file_name("state"), 1)),
        live,
        journal: Arc::new(journal),
        seen,
        metrics,
        keys: ArcSwap::from_pointee(ProjectKeys::default()),
        newest: watch::Sender::new(None),
    })
}
