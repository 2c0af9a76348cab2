//! One journal of all servers, in which each ask is counted once, whatever PostgreSQL goes through.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::process::Output;

use serde_json::{Value, json};

use crate::harness::wait_for;
use crate::postgres::{Server, assert_done, router};
use crate::rules::Replica;
use crate::verdicts::RULES;

/// What a command says on its standard output.
fn said(output: &Output) -> String {
    assert_done("a command", output);
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ask_is_counted_once_over_crashes_of_postgres() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    server
        .psql("rules")
        .await
        .run(&format!("begin; {RULES}; commit"))
        .await;
    let mut replicas: Vec<Replica> = (0..3).map(|_| Replica::start(&url)).collect();
    let mut asks = 0;
    for crash in 0..6 {
        for ask in 0..30 {
            let call = format!("call {crash} {}", ask % 7);
            replicas[ask % 3].running.rung("q", &call, "842471001001");
            asks += 1;
        }
        if crash % 2 == 0 {
            server.stop();
            server.start_again().await;
        } else {
            // A server that ends sends the rest after its next start.
            let Replica { running, state } = replicas.pop().unwrap();
            running.stop();
            replicas.insert(0, Replica::on_state(state, &url, "hold_seconds = 0"));
        }
    }
    // A NUL in an id stops nothing.
    replicas[0].running.rung("q", "call \0", "");
    asks += 1;
    let counted = "select coalesce(sum(asks), 0)::text from decisions union all select count(*)::text from decisions";
    let answers = wait_for("all to be counted", || {
        let mut psql = run(server.psql("rules"));
        let said = run(psql.texts(counted));
        (said[0] == asks.to_string()).then(|| said[1].clone())
    });
    assert_eq!(answers, "43", "each call was given one answer");
    // Each server lists what all have decided.
    for replica in &replicas {
        let listed = said(&replica.command(&url, &["journal", "--json", "--limit", "1000"]));
        let rows: Vec<Value> = listed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let counted: i64 = rows.iter().map(|row| row["asks"].as_i64().unwrap()).sum();
        assert_eq!((rows.len(), counted), (43, asks));
    }
    let one = said(&replicas[0].command(&url, &["journal", "--call", "call 2 3"]));
    assert!(one.contains("call 2 3") && one.contains("hoa"), "{one}");
    let report = said(&replicas[1].command(&url, &["report", "--json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["all"]["calls"], &report["all"]["asks"]),
        (&json!(43), &json!(181))
    );
    for replica in &replicas {
        let why = said(&replica.command(&url, &["explain", "--call", "call 4 5"]));
        assert!(why.contains("all") && why.contains("hoa"), "{why}");
    }
    // Days are partitions, and go as a whole.
    let parts = "select count(*)::text from pg_inherits";
    let mut psql = server.psql("rules").await;
    psql.run("select journal_open('2020-01-01')").await;
    let before: i64 = psql.texts(parts).await[0].parse().unwrap();
    psql.run("select journal_forget('2020-02-01')").await;
    let after: i64 = psql.texts(parts).await[0].parse().unwrap();
    assert!(after < before, "{after} of {before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_written_of_whole_calls() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    server
        .psql("rules")
        .await
        .run(&format!("begin; {RULES}; commit"))
        .await;
    let sampled = "hold_seconds = 0\n[journal]\nsample_percent = 20";
    let replicas: Vec<Replica> = (0..2).map(|_| Replica::start_with(&url, sampled)).collect();
    for call in 0..100 {
        for replica in &replicas {
            replica.running.rung("q", &format!("s{call}"), "");
        }
    }
    let calls = "select count(*)::text from decisions union all select count(*)::text from decisions where asks <> 2";
    let said = wait_for("some calls, each with both of its asks", || {
        let mut psql = run(server.psql("rules"));
        let said = run(psql.texts(calls));
        (said[0] != "0" && said[1] == "0").then_some(said)
    });
    let calls: usize = said[0].parse().unwrap();
    assert!((5..45).contains(&calls), "{calls} of 100");
}

/// Waits for a future inside of a condition.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
