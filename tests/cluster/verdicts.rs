//! What one server holds all hold, and what somebody accepts at one goes live at all.

#![expect(clippy::disallowed_methods, reason = "a deadline needs the clock")]

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::harness::wait_for;
use crate::postgres::{Server, assert_done, router};
use crate::rules::Replica;

/// Three in a queue.
pub(crate) const RULES: &str = "
    insert into agents (id, name) values ('hoa', 'Hoa'), ('lan', 'Lan'), ('minh', 'Minh');
    insert into groups (id, name) values ('g', 'G');
    insert into group_members (group_id, agent_id) select 'g', id from agents;
    insert into rules (id, position, name, queue_id) values (1, 10, 'all', 'q');
    insert into rule_steps (rule_id, step, target, group_id) values (1, 1, 'group', 'g')";

/// An edit that a server holds: most calls would ring other people.
const SLIP: &str = "delete from group_members where agent_id <> 'hoa'";

fn held_hash(replica: &Replica) -> Option<String> {
    Some(replica.status("/held/hash").as_str()?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_held_and_accepted_by_all_servers() {
    let Some(server) = Server::start().await else {
        return;
    };
    let url = server.database("rules").await;
    assert_done("init", &router(&["init", "--postgres", &url]));
    let mut psql = server.psql("rules").await;
    psql.run(&format!("begin; {RULES}; commit")).await;
    let holding = "hold_seconds = 60";
    let mut replicas: Vec<Replica> = (0..3).map(|_| Replica::start_with(&url, holding)).collect();
    wait_for("all to keep what they serve", || {
        let has_copy = |replica: &Replica| replica.status("/state/last_good/is_current") == true;
        replicas.iter().all(has_copy).then_some(())
    });
    let third = replicas.pop().unwrap().ended();
    psql.run(SLIP).await;
    let hash = wait_for("a server to hold it", || held_hash(&replicas[0]));
    wait_for("the other to hold it", || {
        (held_hash(&replicas[1]).as_deref() == Some(&*hash)).then_some(())
    });
    // One that starts later holds it since the same moment.
    std::thread::sleep(Duration::from_secs(3));
    replicas.push(Replica::on_state(third, &url, holding));
    wait_for("a late server to know it", || held_hash(&replicas[2]));
    let since = |replica: &Replica| -> Timestamp {
        replica
            .status("/held/since")
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let apart = since(&replicas[2]).duration_since(since(&replicas[0]));
    assert!(apart.abs().as_secs() < 2, "{apart:?}");
    let verdicts =
        "select verdict || ' ' || count(*) from verdicts where version = 3 group by verdict";
    wait_for("all to have said so", || {
        let said = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(psql.texts(verdicts))
        });
        (said == ["hold 3"]).then_some(())
    });
    assert_done("accept", &replicas[1].command(&url, &["accept"]));
    let accepted = Instant::now();
    for replica in &replicas {
        wait_for("it to be in force", || {
            (replica.status("/rules/hash").as_str() == Some(&*hash)).then_some(())
        });
        assert_eq!(replica.status("/rules/version"), 3);
    }
    assert!(accepted.elapsed() < Duration::from_secs(2));
    let by_a_server = "select (actor in (select name from replicas))::text from accepted";
    assert_eq!(psql.texts(by_a_server).await, ["false"], "somebody has");
    // One that begins with nothing has no other version.
    let late = Replica::start_with(&url, holding);
    wait_for("a late server to serve it", || {
        (late.status("/rules/hash").as_str() == Some(&*hash)).then_some(())
    });
}
