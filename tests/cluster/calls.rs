//! Calls are known to all servers: each answers as if it had been asked from the beginning.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "how long a call has waited is measured with the clock"
)]

use std::time::{Duration, Instant};

use crate::postgres::{Psql, Server, assert_done, router};
use crate::rules::Replica;

/// How many steps a second there are: an answer tells by its number of agents for how long the call has waited.
const STEPS_PER_SECOND: usize = 1;

/// How far `waited` may be off: what the exchange takes, and what the test's machine does besides.
const SLACK: usize = 2;

/// A database whose rule rings one agent more with each second of waiting.
pub(crate) async fn ladder_on(server: &Server) -> (String, Psql) {
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut psql = server.psql("rules").await;
    psql.run(
        "insert into agents (id, name) select 'a' || n, 'A' from generate_series(0, 59) n;
        update settings set value = '100' where key = 'max_agents';
        insert into rules (id, position, name, queue_id) values (1, 10, 'all', 'q');
        insert into rule_steps (rule_id, step, after_seconds, target, agent_id)
            select 1, n + 1, n, 'agent', 'a' || n from generate_series(0, 59) n",
    )
    .await;
    (url, psql)
}

/// For how many seconds a server takes a call to have waited.
pub(crate) fn waited(replica: &Replica, call: &str) -> usize {
    (replica.running.rung("q", call, "").len() - 1) / STEPS_PER_SECOND
}

#[track_caller]
pub(crate) fn agrees(replica: &Replica, call: &str, first: Instant) {
    let truth = usize::try_from(first.elapsed().as_secs()).unwrap();
    let said = waited(replica, call);
    assert!(
        said <= truth,
        "{call} waits for {said} s, and truly for {truth} s"
    );
    assert!(
        truth - said < SLACK,
        "{call} waits for {said} s, and truly for {truth} s"
    );
}

fn pass(seconds: u64) {
    std::thread::sleep(Duration::from_secs(seconds));
}

#[tokio::test]
async fn servers_agree_on_how_long_a_call_has_waited() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let (url, _psql) = ladder_on(&server).await;
    let mut replicas: Vec<Replica> = (0..3).map(|_| Replica::start(&url)).collect();
    let first = Instant::now();
    for call in 0..30 {
        assert_eq!(waited(&replicas[call % 3], &format!("c{call}")), 0);
    }
    pass(3);
    for replica in &replicas {
        for call in 0..30 {
            agrees(replica, &format!("c{call}"), first);
        }
    }
    // One starts again with nothing of its own: the log has it all.
    drop(replicas.pop());
    replicas.push(Replica::start(&url));
    for call in 0..30 {
        agrees(&replicas[2], &format!("c{call}"), first);
    }
    // PostgreSQL crashes, and new calls come meanwhile.
    server.stop();
    let late = Instant::now();
    assert_eq!(waited(&replicas[0], "late"), 0);
    pass(2);
    agrees(&replicas[1], "c0", first);
    assert_eq!(replicas[0].running.get("/readyz").status, 200);
    assert_eq!(replicas[0].running.get("/readyz?shared").status, 503);
    server.start_again().await;
    crate::harness::wait_for("the others to be in touch", || {
        let well = replicas
            .iter()
            .all(|replica| replica.running.get("/readyz?shared").status == 200);
        well.then_some(())
    });
    pass(1);
    for replica in &replicas {
        agrees(replica, "late", late);
    }
}
