//! The core alone: one decision, by what is asked and by the size of the rules.

use routing::call::Call;
use routing::compile::compile;
use routing::moment::Moment;
use routing::number::Number;
use routing::route::Router;
use routing::snapshot::Snapshot;
use routing::tickets::FirstTicket;
use stringee_router::calls::activity::agent_of;
use stringee_router::store::Reader;

use crate::database::{Database, HOTLINE, KNOWN_CALLER, Size};
use crate::timing;

/// The sizes whose decisions are held against each other.
const SIZES: [(&str, Size); 5] = [
    ("10 rules, 10 callers", Size::SMALL),
    (
        "1,000 rules",
        Size {
            rules: 1_000,
            ..Size::SMALL
        },
    ),
    (
        "100,000 rules",
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
    ("all of it, 100,000 agents", Size::LARGE),
];

/// Queues of the workloads, with what they ring.
const QUEUES: [(&str, &str); 3] = [
    ("bench_two", "2 agents"),
    ("queue_1", "the sample"),
    ("bench_twenty", "20 agents"),
];

/// The telephone of an agent of every size.
const TELEPHONE: &str = "84910000007";

/// Prints a line per size and queue.
pub(crate) fn run() -> anyhow::Result<()> {
    for (name, size) in SIZES {
        let snapshot = snapshot(size)?;
        for (queue, about) in QUEUES {
            decisions(&snapshot, &format!("one call, {about}; {name}"), queue);
        }
        let name = format!("an event's agent by telephone; {name}");
        timing::report(&name, || agent_of(&snapshot, TELEPHONE).is_ok());
    }
    Ok(())
}

fn decisions(snapshot: &Snapshot, name: &str, queue: &str) {
    let moment = Moment::of(snapshot, clock::now());
    let country = &snapshot.settings.country_code;
    let mut router = Router::new(snapshot, &moment);
    let call_ids: Vec<String> = (0..4096)
        .map(|call| format!("call-vn-1-EHHC6JW1LT-{}", 1_534_145_391_502_u64 + call))
        .collect();
    let mut next = call_ids.iter().cycle();
    timing::report(name, || {
        let call = Call {
            queue_id: queue,
            call_id: next.next().map_or("", |id| id),
            from: Number::from_wire(KNOWN_CALLER, country),
            to: Number::from_wire(HOTLINE, country),
        };
        router.route(&call, 0, &mut FirstTicket).offers.len()
    });
}

/// What a database of some size is compiled to.
pub(crate) fn snapshot(size: Size) -> anyhow::Result<Snapshot> {
    let database = Database::of(size)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tables = runtime
        .block_on(async { Reader::open(&database.path()).await?.load().await })?
        .tables;
    let compiled = compile(&tables);
    anyhow::ensure!(
        !compiled.has_errors(),
        "the rules are wrong: {:?}",
        compiled.problems.first()
    );
    Ok(compiled.snapshot)
}
