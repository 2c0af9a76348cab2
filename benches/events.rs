//! What call events and very many queues cost: an event by telephone among 100,000 agents, what is known of an agent while
//! others tell events, and an answer when 10,000 queues have been asked about.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::body::Bytes;
use serde_json::json;
use stringee_router::calls::activity::{EventTime, Ledger, agent_of};
use stringee_router::config::JournalConfig;

use crate::core::snapshot;
use crate::database::{Database, HOTLINE, KNOWN_CALLER, Size};
use crate::report::{Goal, print_goal};
use crate::timing;
use crate::wire::{answer, served};

/// Agents who have a telephone, by their number.
const AGENTS: u32 = 100_000;

/// What a call that is taken has of events that are heeded.
const EVENTS_PER_CALL: f64 = 4.0;

/// Events a second that a server is to hold.
const HELD_PER_SECOND: f64 = 20_000.0;

/// Prints a line per case.
pub(crate) fn run() -> anyhow::Result<()> {
    let snapshot = snapshot(Size {
        agents: AGENTS,
        ..Size::SMALL
    })?;
    let ledger = Ledger::new(&JournalConfig::default());
    ledger.make_room_for(snapshot.agents.len());
    let mut told = 0_u32;
    let mut tell_of_a_call = || {
        told += 1;
        let telephone = format!("84{}", 910_000_000 + told % AGENTS);
        let at = EventTime::new(None, clock::now().as_millisecond());
        let call = told.to_string();
        // Each event names the agent, as the platform does.
        let tell = |heard: &dyn Fn(&str)| agent_of(&snapshot, &telephone).map(heard).is_ok();
        tell(&|agent| ledger.ringing(&call, agent, at));
        tell(&|agent| ledger.answered(&call, agent, Some(KNOWN_CALLER), at));
        tell(&|agent| ledger.agent_ended(&call, agent, at));
        ledger.ended(&call, at);
        ledger.take_changes()
    };
    timing::report(
        "the four events of a call, by telephone",
        &mut tell_of_a_call,
    );

    let now = clock::now();
    timing::report("what is known of an agent", || ledger.agent("user_7", now));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // As fast as it can, which is many times what any center tells.
        let telling = scope.spawn(|| {
            let (began, mut calls) = (Instant::now(), 0.0);
            while !is_over.load(Ordering::Relaxed) {
                tell_of_a_call();
                calls += 1.0;
            }
            calls * EVENTS_PER_CALL / began.elapsed().as_secs_f64()
        });
        timing::report("the same while another thread tells events", || {
            ledger.agent("user_7", now)
        });
        is_over.store(true, Ordering::Relaxed);
        let per_second = telling.join().unwrap_or_default();
        println!("  it told {per_second:.0} events a second");
        let share = HELD_PER_SECOND / per_second;
        print_goal(
            "share of the ledger's lock that 20,000 events a second hold",
            share,
            Goal::AtMost(0.1),
        );
    });
    queues()
}

/// One call of a queue that no rule names, so that nothing else differs.
fn queues() -> anyhow::Result<()> {
    let database = Database::of(Size::SMALL)?;
    let webhook = served(&database)?;
    for queues in [10, 256, 10_000] {
        let mut bodies = Vec::new();
        for queue in 0..queues {
            let call =
                json!({"callId": format!("call-{queue}"), "from": KNOWN_CALLER, "to": HOTLINE});
            let question = json!({"queueId": format!("any_{queue}"), "calls": [call]});
            bodies.push(Bytes::from(serde_json::to_vec(&question)?));
        }
        let mut next = bodies.iter().cycle();
        timing::report(
            &format!("answer one call; {queues} queues asked about"),
            || answer(&webhook, next.next()?, None),
        );
    }
    Ok(())
}
