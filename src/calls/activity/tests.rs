//! Events in whatever order they come, and what is known afterwards.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::facts::CallFacts;
use super::{Changes, EventTime, Ledger, MAX_CALLS, MAX_CHANGES, NoAgent, agent_of};
use crate::config::JournalConfig;
use crate::facts::FactOfCalls;
use crate::store::{LastTaken, MissedRingRow, TakenCall};
use routing::activity::{AgentActivity, LastAgent};
use routing::compile::compile;
use routing::snapshot::Snapshot;
use routing::table::{Cell, Table, Tables};

const CALLER: &str = "84986776777";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Told in that second, of what happened in that second.
fn told(second: i64) -> EventTime {
    EventTime::new(None, second * 1000)
}

fn ledger() -> Ledger {
    Ledger::new(&JournalConfig::default())
}

/// A ledger that was told these facts of calls by number, one after the other.
pub(super) fn events_ledger<'f>(facts: impl IntoIterator<Item = &'f (u64, CallFacts)>) -> Ledger {
    let ledger = ledger();
    for (call, facts) in facts {
        let mut state = ledger.write();
        let id = call.to_string();
        let event = ledger.event(&id, Some(CALLER));
        ledger.learn(&mut state, &event, facts.clone(), told(0));
    }
    ledger
}

pub(super) fn agent_activity(ledger: &Ledger, agent: &str, now_ms: i64) -> AgentActivity {
    ledger.agent(agent, Timestamp::from_millisecond(now_ms).unwrap())
}

#[test]
fn an_end_of_who_did_not_take_the_call_ends_nobodys_part() {
    let ledger = ledger();
    ledger.answered("a", "hoa", Some(CALLER), told(10));
    ledger.agent_ended("a", "lan", told(20));
    check(&ledger, "hoa", 25, true, None, 1);
    check(&ledger, "lan", 25, false, None, 0);
    assert_eq!(ledger.take_changes().calls.len(), 1);
}

#[test]
fn stamps_say_what_came_before_what() {
    let ledger = ledger();
    let late = |stamp: i64, second: i64| EventTime::new(Some(stamp * 1000), second * 1000);
    ledger.answered("b", "hoa", None, late(30, 31));
    ledger.answered("a", "hoa", None, late(10, 32));
    check(&ledger, "hoa", 40, true, None, 2);
    ledger.agent_ended("a", "hoa", late(20, 41));
    check(&ledger, "hoa", 42, true, Some(1), 2);
    ledger.agent_ended("b", "hoa", late(50, 51));
    ledger.answered("b", "hoa", None, late(30, 52));
    check(&ledger, "hoa", 61, false, Some(10), 2);
}

/// Whether an agent talks, since how many seconds they are idle, how many calls they took.
#[track_caller]
fn check(
    ledger: &Ledger,
    agent: &str,
    second: i64,
    talking: bool,
    idle: Option<u64>,
    calls_taken: u32,
) {
    let idle_ms = idle.map(|seconds| seconds * 1000);
    assert_eq!(
        ledger.agent(agent, at(second)),
        AgentActivity {
            talking,
            idle_ms,
            calls_taken,
            ..AgentActivity::default()
        }
    );
}

fn last_agent(ledger: &Ledger, second: i64) -> Option<(Arc<str>, u64)> {
    ledger
        .last_agent(CALLER, at(second))
        .map(|LastAgent { id, seconds_ago }| (id, seconds_ago))
}

fn row(call_id: &str, agent: &str, answered: i64, ended: Option<i64>) -> TakenCall {
    TakenCall {
        call_id: call_id.to_owned(),
        agent: agent.to_owned(),
        from: Some(CALLER.to_owned()),
        answered_at: at(answered),
        ended_at: ended.map(at),
    }
}

#[test]
fn an_answered_call_makes_busy_and_its_end_makes_free() {
    let ledger = ledger();
    check(&ledger, "hoa", 0, false, None, 0);
    ledger.answered("a", "hoa", Some(CALLER), told(10));
    check(&ledger, "hoa", 20, true, None, 1);
    ledger.ended("a", told(70));
    check(&ledger, "hoa", 100, false, Some(30), 1);
    assert_eq!(last_agent(&ledger, 100), Some(("hoa".into(), 90)));
    assert_eq!(ledger.last_agent("84911111111", at(100)), None);
    let changes = ledger.take_changes();
    assert_eq!(
        changes.calls,
        [row("a", "hoa", 10, None), row("a", "hoa", 10, Some(70))]
    );
    assert!(ledger.take_changes().calls.is_empty());
}

/// Events go to one of two servers at a time, and each knows the same.
#[test]
fn what_one_server_is_told_all_know() {
    let servers = [ledger().shared(7), ledger().shared(7)];
    let now = at(100);
    servers[0].ringing("a", "hoa", told(8));
    servers[0].answered("a", "hoa", Some(CALLER), told(10));
    servers[1].ended("a", told(70));
    servers[1].answered("b", "lan", None, EventTime::new(Some(75_500), 76_000));
    for (teller, hearer) in [(0, 1), (1, 0), (0, 1)] {
        for fact in servers[teller].take_to_tell(now) {
            let FactOfCalls::Event(event) = &fact.what else {
                panic!("{fact:?}");
            };
            let arrived = now - Duration::from_millis(fact.age_ms.into());
            // A row that is told again changes nothing.
            servers[hearer].hear(event, arrived);
            servers[hearer].hear(event, arrived);
        }
    }
    for server in &servers {
        check(server, "hoa", 100, false, Some(30), 1);
        check(server, "lan", 100, true, None, 1);
        assert_eq!(last_agent(server, 100), Some(("hoa".into(), 90)));
    }
    // Whoever was told of a call writes what becomes of it, wherever that was told.
    let of_nobody = |call| TakenCall { from: None, ..call };
    let ended = row("a", "hoa", 10, Some(70));
    assert_eq!(
        servers[0].take_changes().calls,
        [row("a", "hoa", 10, None), ended.clone()]
    );
    assert_eq!(
        servers[1].take_changes().calls,
        [row("b", "lan", 76, None), ended].map(of_nobody)
    );
}

#[test]
fn what_is_said_again_changes_nothing() {
    let ledger = ledger();
    for second in 0..3 {
        ledger.answered("a", "hoa", Some(CALLER), told(second));
    }
    for second in 3..6 {
        ledger.ended("a", told(second));
    }
    check(&ledger, "hoa", 13, false, Some(10), 1);
    assert_eq!(ledger.take_changes().calls.len(), 2);
}

#[test]
fn an_end_may_overtake_the_answer() {
    let ledger = ledger();
    ledger.ended("a", told(60));
    ledger.answered("a", "hoa", Some(CALLER), told(61));
    check(&ledger, "hoa", 70, false, Some(10), 1);
    assert_eq!(ledger.take_changes().calls, [row("a", "hoa", 61, Some(60))]);
}

#[test]
fn an_answer_that_comes_too_late_leaves_the_present_call_alone() {
    let ledger = ledger();
    ledger.ended("c", told(10));
    ledger.answered("b", "lan", Some(CALLER), told(20));
    ledger.answered("c", "lan", Some(CALLER), told(30));
    check(&ledger, "lan", 40, true, Some(30), 2);
    ledger.ended("b", told(50));
    check(&ledger, "lan", 60, false, Some(10), 2);
}

#[test]
fn an_agent_can_take_a_call_again() {
    let ledger = ledger();
    ledger.answered("a", "hoa", Some(CALLER), told(10));
    ledger.agent_ended("a", "hoa", told(20));
    ledger.answered("a", "hoa", Some(CALLER), told(30));
    check(&ledger, "hoa", 40, true, Some(20), 2);
    ledger.ended("a", told(50));
    check(&ledger, "hoa", 60, false, Some(10), 2);
    let expected = [
        row("a", "hoa", 10, None),
        row("a", "hoa", 10, Some(20)),
        row("a", "hoa", 30, None),
        row("a", "hoa", 30, Some(50)),
    ];
    assert_eq!(ledger.take_changes().calls, expected);
}

#[test]
fn a_call_that_is_handed_on_has_two_agents() {
    let ledger = ledger();
    ledger.answered("a", "hoa", Some(CALLER), told(10));
    ledger.answered("a", "minh", Some(CALLER), told(30));
    check(&ledger, "hoa", 40, false, Some(10), 1);
    check(&ledger, "minh", 40, true, None, 1);
    assert_eq!(last_agent(&ledger, 40), Some(("minh".into(), 10)));
    ledger.ended("a", told(50));
    let expected = [
        row("a", "hoa", 10, None),
        row("a", "hoa", 10, Some(30)),
        row("a", "minh", 30, None),
        row("a", "minh", 30, Some(50)),
    ];
    assert_eq!(ledger.take_changes().calls, expected);
}

#[test]
fn the_end_of_an_agents_part_is_not_the_end_of_the_call() {
    let ledger = ledger();
    ledger.answered("a", "hoa", Some(CALLER), told(10));
    ledger.agent_ended("a", "hoa", told(20));
    check(&ledger, "hoa", 25, false, Some(5), 1);
    let restarted = self::ledger();
    restarted.restore_call(&row("a", "hoa", 10, Some(20)), at(25));
    for ledger in [ledger, restarted] {
        ledger.answered("a", "minh", Some(CALLER), told(30));
        check(&ledger, "minh", 40, true, None, 1);
        check(&ledger, "hoa", 40, false, Some(20), 1);
    }
}

#[test]
fn what_was_written_is_known_again() {
    let ledger = ledger();
    let last = |from: &str, second| LastTaken {
        from: from.to_owned(),
        agent: "lan".to_owned(),
        at: at(second),
    };
    ledger.restore_last(&last(CALLER, 5));
    ledger.restore_last(&last("…777", 6));
    assert_eq!(last_agent(&ledger, 40), Some(("lan".into(), 35)));
    assert_eq!(ledger.last_agent("…777", at(40)), None);
    ledger.restore_call(&row("a", "hoa", 10, Some(20)), at(25));
    ledger.restore_call(&row("b", "minh", 30, None), at(35));
    ledger.restore_last(&last(CALLER, 5));
    check(&ledger, "hoa", 40, false, Some(20), 1);
    check(&ledger, "minh", 40, true, None, 1);
    assert_eq!(last_agent(&ledger, 40), Some(("minh".into(), 10)));
    assert!(ledger.take_changes().calls.is_empty());
    ledger.ended("b", told(50));
    check(&ledger, "minh", 60, false, Some(10), 1);
    assert_eq!(
        ledger.take_changes().calls,
        [row("b", "minh", 30, Some(50))]
    );
}

#[test]
fn what_came_since_a_start_is_newer_than_what_was_written() {
    let ledger = ledger();
    ledger.answered("c", "hoa", Some(CALLER), told(100));
    ledger.ended("b", told(101));
    ledger.answered("d", "lan", Some(CALLER), told(102));
    assert_eq!(ledger.take_changes().calls.len(), 2);
    for restored in [
        row("a", "hoa", 10, None),
        row("b", "minh", 20, None),
        row("d", "mai", 30, None),
    ] {
        ledger.restore_call(&restored, at(90));
    }
    check(&ledger, "hoa", 110, true, None, 2);
    check(&ledger, "minh", 110, false, Some(9), 1);
    check(&ledger, "mai", 110, false, Some(8), 1);
    check(&ledger, "lan", 110, true, None, 1);
    assert_eq!(last_agent(&ledger, 110), Some(("lan".into(), 8)));
    assert_eq!(
        ledger.take_changes().calls,
        [
            row("b", "minh", 20, Some(101)),
            row("d", "mai", 30, Some(102))
        ]
    );
    ledger.ended("d", told(111));
    check(&ledger, "lan", 112, false, Some(1), 1);
}

#[test]
fn with_very_many_agents_more_calls_are_remembered() {
    let ledger = ledger();
    ledger.make_room_for(100_000);
    let start = 100_000;
    ledger.answered("first", "hoa", None, told(start));
    for call in 0..3 * MAX_CALLS {
        ledger.ended(&call.to_string(), told(start));
    }
    ledger.ended("first", told(start + 1));
    check(&ledger, "hoa", start + 2, false, Some(1), 1);
}

#[test]
fn a_day_of_calls_pushes_out_none_of_now() {
    let ledger = ledger();
    let start = 100_000;
    ledger.answered("now", "hoa", None, told(start));
    for call in 0..3 * MAX_CALLS {
        ledger.restore_call(&row(&call.to_string(), "minh", 1, Some(2)), at(start));
    }
    ledger.ended("now", told(start + 1));
    check(&ledger, "hoa", start + 2, false, Some(1), 1);
}

#[test]
fn rings_that_were_let_pass_are_written_down_once_they_are_over() {
    let ledger = ledger();
    ledger.ringing("a", "hoa", told(0));
    ledger.ringing("a", "lan", told(15));
    ledger.answered("a", "lan", None, told(40));
    ledger.ringing("b", "hoa", told(50));
    let rung = |call_id: &str, agent: &str, second| MissedRingRow {
        call_id: call_id.to_owned(),
        agent: agent.to_owned(),
        rung_at: at(second),
    };
    assert_eq!(ledger.take_missed(at(119)), []);
    assert_eq!(ledger.take_missed(at(140)), [rung("a", "hoa", 0)]);
    assert_eq!(ledger.take_missed(at(200)), [rung("b", "hoa", 50)]);
    assert_eq!(ledger.take_missed(at(900)), []);
    let restarted = self::ledger();
    for missed in [rung("a", "hoa", 0), rung("b", "hoa", 50)] {
        restarted.restore_missed(&missed);
    }
    for ledger in [&ledger, &restarted] {
        let known = ledger.agent("hoa", at(200));
        assert_eq!((known.missed_rings, known.missed_ms), (2, 150_000));
        assert_eq!(known.idle_ms, Some(150_000));
    }
}

#[test]
fn a_ring_that_was_let_pass_is_written_down_by_the_server_that_was_told() {
    let (one, other) = (ledger().shared(7), ledger().shared(7));
    one.ringing("a", "hoa", told(0));
    for fact in one.take_to_tell(at(1)) {
        let FactOfCalls::Event(event) = &fact.what else {
            panic!("{fact:?}");
        };
        other.hear(event, at(0));
    }
    assert_eq!(other.agent("hoa", at(200)).missed_rings, 1);
    assert_eq!(other.take_missed(at(200)), []);
    assert_eq!(one.take_missed(at(200)).len(), 1);
}

#[test]
fn the_journal_gets_what_its_settings_say() {
    let masked = Ledger::new(&JournalConfig {
        mask_numbers: true,
        ..JournalConfig::default()
    });
    masked.answered("a", "hoa", Some(CALLER), told(10));
    assert_eq!(masked.take_changes().calls[0].from.as_deref(), Some("…777"));
    assert!(
        last_agent(&masked, 10).is_some(),
        "in memory the caller is known"
    );
    let off = Ledger::new(&JournalConfig {
        enabled: false,
        ..JournalConfig::default()
    });
    off.answered("a", "hoa", Some(CALLER), told(10));
    assert!(off.take_changes().calls.is_empty());
    check(&off, "hoa", 11, true, None, 1);
}

#[test]
fn what_nobody_fetches_is_dropped_and_counted() {
    let ledger = ledger();
    for call in 0..MAX_CHANGES + 5 {
        ledger.answered(&call.to_string(), "hoa", None, told(10));
    }
    let Changes { calls, dropped } = ledger.take_changes();
    assert_eq!((calls.len(), dropped), (MAX_CHANGES, 5));
}

/// What of the demo's sample matters here: `agent_1` is rung by telephone, `agent_2` by app, and both have one number.
fn snapshot() -> Snapshot {
    const APP: i64 = 1;
    const TELEPHONE: i64 = 2;
    let mut tables = Tables::default();
    for (id, number, routing_type) in [
        ("84909000001", None, APP),
        ("agent_1", Some("84909992666"), TELEPHONE),
        ("agent_2", Some("84909992666"), APP),
        ("lan", Some("84909000001"), APP),
        ("mai", Some("84909000003"), TELEPHONE),
        ("minh", Some("84909000003"), TELEPHONE),
    ] {
        let number = number.map_or(Cell::Null, Cell::from);
        let routing_type = Cell::Integer(routing_type);
        let enabled = Cell::Integer(1);
        let row = [
            id.into(),
            id.into(),
            number,
            routing_type,
            Cell::Null,
            enabled,
        ];
        tables.push(Table::Agents, &row);
    }
    let compiled = compile(&tables);
    assert_eq!(compiled.problems, []);
    compiled.snapshot
}

#[test]
fn an_event_names_an_agent_by_id_or_by_telephone() {
    let snapshot = snapshot();
    for (named, expected) in [
        ("agent_2", Ok("agent_2")),
        ("84909992666", Ok("agent_1")),
        ("+84 909 992 666", Ok("agent_1")),
        ("84909000001", Ok("84909000001")),
        ("0909000001", Ok("lan")),
        ("84909000003", Err(NoAgent::Shared)),
        ("842473082666", Err(NoAgent::Unknown)),
        ("", Err(NoAgent::Unknown)),
    ] {
        assert_eq!(agent_of(&snapshot, named), expected, "{named}");
    }
}
