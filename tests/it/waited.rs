//! How long a call has waited: over a kill, beside a damaged file, in another queue.

use std::fs;
use std::io::Write as _;

use serde_json::json;
use tempfile::TempDir;

use crate::database::Database;
use crate::harness::{Running, wait_for};

/// Rings `hoa`, and from the first second on `minh` as well, in any queue.
const RULES: &str = "
    insert into agents (id, name) values ('hoa', 'Hoa'), ('minh', 'Minh');
    insert into rules (id, position, name) values (1, 1, 'All');
    insert into rule_steps (rule_id, step, after_seconds, target, agent_id) values
        (1, 1, 0, 'agent', 'hoa'), (1, 2, 1, 'agent', 'minh')";

fn rings_minh(server: &Running, queue: &str, call_id: &str) -> bool {
    let body = json!({"queueId": queue, "calls": [{"callId": call_id, "from": "", "to": ""}]});
    let answer = server.post("/get_list_agents", body.to_string().as_bytes(), &[]);
    assert!(answer.body.contains("hoa"), "{}", answer.body);
    answer.body.contains("minh")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_lets_nobody_wait_anew() {
    let database = Database::empty().await;
    database.shell().await.run(RULES).await;
    let directory = TempDir::new().unwrap();
    let state = directory.path().join("state");
    let start = || Running::with_state(&database.path(), &state, "");
    let server = start();
    wait_for("the call to have waited", || {
        rings_minh(&server, "sales", "a").then_some(())
    });
    // Kills it, more than 100 ms after the first ask.
    drop(server);
    let server = start();
    assert!(rings_minh(&server, "sales", "a"), "it has waited already");
    assert!(!rings_minh(&server, "support", "a"), "it waits anew there");
    drop(server);

    let file = state.join("calls.bin");
    let mut file = fs::OpenOptions::new().append(true).open(file).unwrap();
    file.write_all(b"what a power cut has left behind").unwrap();
    let server = start();
    assert!(rings_minh(&server, "sales", "a"), "what is whole is read");
    let log = server.log();
    assert!(log.contains("the file of calls is damaged or cut"), "{log}");
}
