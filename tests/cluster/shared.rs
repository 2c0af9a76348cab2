//! Tickets, and who took which calls, are the same at all servers.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails there and then"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use crate::harness::{Running, wait_for};
use crate::postgres::{Server, assert_done, not_run, router};
use crate::rules::Replica;

/// A group of four by each strategy that looks back, in a queue of the same name.
const GROUPS: &str = "
    insert into agents (id, name) values ('a', 'A'), ('b', 'B'), ('c', 'C'), ('d', 'D');
    insert into groups (id, name, strategy) values ('rotate', 'R', 'rotate'), ('longest_idle', 'L', 'longest_idle'),
        ('fewest_calls', 'F', 'fewest_calls');
    insert into group_members (group_id, agent_id, position)
        select g.id, a.id, ascii(a.id) from groups g, agents a;
    insert into rules (id, position, name, queue_id) select ascii(id), ascii(id), id, id from groups;
    insert into rule_steps (rule_id, step, target, group_id) select ascii(id), 1, 'group', id from groups";

async fn three(server: &Server) -> (String, Vec<Replica>) {
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    server.psql("rules").await.run(GROUPS).await;
    let replicas = (0..3).map(|_| Replica::start(&url)).collect();
    (url, replicas)
}

fn event(server: &Running, status: &str, call: &str, agent: &str) {
    let event = json!({
        "call_status": status, "call_id": call, "project_id": 25, "type": "stringee_call",
        "from": {"number": "84986776777", "type": "external"}, "to": {"number": agent, "type": "internal"},
    });
    let answer = server.post("/events", event.to_string().as_bytes(), &[]);
    assert_eq!(answer.status, 200);
}

/// Waits until all have exchanged twice.
fn exchanges(replicas: &[Replica]) {
    let count = |replica: &Replica| replica.running.counter("cluster_exchanges");
    let before: Vec<u64> = replicas.iter().map(count).collect();
    for (replica, before) in replicas.iter().zip(before) {
        wait_for("two exchanges", || {
            (count(replica) >= before + 2).then_some(())
        });
    }
}

/// With whom each call begins, at a server.
fn begins(replica: &Replica, calls: std::ops::Range<u32>) -> BTreeMap<u32, String> {
    let first = |call| replica.running.rung("rotate", &format!("r{call}"), "")[0].clone();
    calls.map(|call| (call, first(call))).collect()
}

#[tokio::test]
async fn a_call_has_one_ticket_at_all_servers() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let (url, mut replicas) = three(&server).await;
    // Each draws some of its own, and they go round.
    let mut drawn = BTreeMap::new();
    for call in 0..12_u32 {
        drawn.extend(begins(
            &replicas[usize::try_from(call).unwrap() % 3],
            call..call + 1,
        ));
        // What was learned is told by the exchange after next, and heard by the others' exchange after that.
        exchanges(&replicas);
        exchanges(&replicas);
    }
    for replica in &replicas {
        assert_eq!(begins(replica, 0..12), drawn);
    }
    let of = |agent: &str| drawn.values().filter(|first| *first == agent).count();
    assert_eq!(["a", "b", "c", "d"].map(of), [3, 3, 3, 3], "{drawn:?}");
    // A server that starts with nothing of its own has them from the log.
    replicas[1] = Replica::start(&url);
    assert_eq!(begins(&replicas[1], 0..12), drawn);
    // Two that are apart draw for the same calls; once in touch again they agree.
    server.stop();
    begins(&replicas[0], 20..26);
    begins(&replicas[2], 22..30);
    server.start_again().await;
    wait_for("the servers to agree", || {
        let all: Vec<_> = replicas
            .iter()
            .map(|replica| begins(replica, 20..30))
            .collect();
        (all[0] == all[1] && all[0] == all[2]).then_some(())
    });
}

#[tokio::test]
async fn who_talks_and_who_is_free_is_known_at_all_servers() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut replicas) = three(&server).await;
    // The platform tells one of them of each event.
    event(&replicas[0].running, "answered", "x", "a");
    event(&replicas[1].running, "answered", "y", "b");
    event(&replicas[2].running, "ended", "y", "");
    let order = |replica: &Replica, queue: &str| replica.running.rung(queue, "other", "");
    let knows = |replica: &Replica| {
        let (idle, few) = (
            order(replica, "longest_idle"),
            order(replica, "fewest_calls"),
        );
        // Who talks comes last; who has taken a call comes after who has not.
        idle == ["c", "d", "b", "a"] && few == ["c", "d", "b", "a"]
    };
    for replica in &replicas {
        wait_for("a server to know who talks", || {
            knows(replica).then_some(())
        });
    }
    replicas[1] = Replica::start(&url);
    let again = &replicas[1];
    assert!(knows(again), "{:?}", order(again, "longest_idle"));
    // The queue is known to the guard of each, and nobody's number is told.
    let mut psql = server.psql("rules").await;
    let said = psql
        .texts(
            "select 'queue' from facts where position('fewest_calls'::bytea in body) > 0
            union all select 'number' from facts where position('84986776777'::bytea in body) > 0",
        )
        .await;
    assert!(
        said.contains(&"queue".to_owned()) && !said.contains(&"number".to_owned()),
        "{said:?}"
    );
}

/// Of libfaketime, where it is installed.
fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let file = |folder: std::io::Result<std::fs::DirEntry>| {
        Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1"))
    };
    folders.filter_map(file).find(|file| file.exists())
}

#[tokio::test]
async fn servers_know_each_other_and_whose_clock_is_off() {
    let Some(server) = Server::start().await else {
        return;
    };
    let (url, mut replicas) = three(&server).await;
    let Some(library) = faketime() else {
        not_run("a clock two hours ahead: libfaketime is not installed");
        return;
    };
    replicas.pop();
    replicas.push(Replica::prepared(&url, |command| {
        command
            .env("LD_PRELOAD", &library)
            .env("FAKETIME", "+2h")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }));
    let names = |replica: &Replica| {
        let shown = replica.status("/cluster/replicas");
        let clock =
            |row: &serde_json::Value| (row["clock_ms"].as_i64().unwrap_or(0) + 30_000) / 3_600_000;
        shown
            .as_array()
            .map(|rows| rows.iter().map(clock).collect::<Vec<_>>())
    };
    wait_for("the first to know of all, and of the clock", || {
        // The third of before is listed until it has been gone for two hours.
        let hours = names(&replicas[0])?;
        (hours.len() == 4 && hours.contains(&2)).then_some(())
    });
    let said = replicas[2].running.admin("/readyz").body;
    assert!(
        said.contains("this server's clock is 7200 s ahead of PostgreSQL's")
            || said.contains("this server's clock is 7199 s ahead"),
        "{said}"
    );
    assert_eq!(replicas[0].running.admin("/readyz").body, "ready\n");
    // It waits as all the others do, and knows who talks.
    let began = |replica: &Replica| replica.running.rung("rotate", "clock", "");
    let first = began(&replicas[2]);
    exchanges(&replicas);
    exchanges(&replicas);
    assert_eq!(began(&replicas[0]), first);
    event(&replicas[2].running, "answered", "z", "a");
    wait_for("the others to know who talks", || {
        let order = replicas[0].running.rung("longest_idle", "other", "");
        (order.last()? == "a").then_some(())
    });
}
