//! Edits by another process while the server answers.

use crate::database::Database;
use crate::harness::{Running, wait_for};

/// Rings one agent, `hoa`, for every call of the queue `q`.
const RULES: [&str; 5] = [
    "insert into agents (id, name) values ('hoa', 'Hoa'), ('minh', 'Minh')",
    "insert into groups (id, name, strategy) values ('team', 'Team', 'ordered')",
    "insert into group_members (group_id, agent_id) values ('team', 'hoa')",
    "insert into rules (id, position, name, queue_id) values (1, 10, 'all', 'q')",
    "insert into rule_steps (rule_id, step, group_id) values (1, 1, 'team')",
];

/// A server whose rules ring `hoa`, which arrived while it ran.
async fn running() -> (Database, Running) {
    let database = Database::empty().await;
    let server = Running::on(&database.path(), "");
    assert_eq!(server.admin("/readyz").status, 503);
    let mut editor = database.shell().await;
    for statement in RULES {
        editor.run(statement).await;
    }
    is_rung(&server, &["hoa"]);
    (database, server)
}

#[track_caller]
fn is_rung(server: &Running, agents: &[&str]) {
    wait_for(&format!("{agents:?} to be rung"), || {
        (server.rung("q", "a", "1") == agents).then_some(())
    });
}

#[tokio::test]
async fn an_edit_is_in_force_without_a_restart() {
    let (database, server) = running().await;
    assert_eq!(&*server.admin("/readyz").body, "ready\n");
    let mut editor = database.shell().await;
    editor
        .run("update group_members set agent_id = 'minh'")
        .await;
    is_rung(&server, &["minh"]);
    editor.run("begin; insert into group_members (group_id, agent_id, position) values ('team', 'hoa', 1)").await;
    server.looks_again();
    assert_eq!(
        server.rung("q", "a", "1"),
        ["minh"],
        "what is not committed does not count"
    );
    editor.run("commit").await;
    is_rung(&server, &["hoa", "minh"]);
}

#[tokio::test]
async fn a_bad_edit_is_refused_as_a_whole_and_named_until_it_is_put_right() {
    let (database, server) = running().await;
    let mut editor = database.shell().await;
    editor
        .run("begin; pragma ignore_check_constraints = 1")
        .await;
    editor
        .run("update agents set phone_number = '0909 000 001' where id = 'minh'")
        .await;
    editor
        .run("update group_members set agent_id = 'minh'")
        .await;
    editor.run("commit").await;
    let sentence = "agents.phone_number of 'minh': '0909 000 001' is not in international form; write 84909000001";
    let readiness = wait_for("the edit to be refused", || {
        Some(server.admin("/readyz")).filter(|answer| answer.body.contains("degraded"))
    });
    assert_eq!(readiness.status, 200, "the last good version answers");
    assert!(readiness.body.contains(sentence), "{}", readiness.body);
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    let status = server.admin("/status").json();
    assert_eq!(
        (&status["edit_refused"], &status["readiness"]),
        (&true.into(), &"degraded".into())
    );
    assert_eq!(
        (
            &status["problems"][0]["sentence"],
            &status["problems"][0]["key"]
        ),
        (&sentence.into(), &"minh".into())
    );
    let problem = &status["problems"][0];
    assert_eq!(problem["code"], "number_not_international");
    assert_eq!(problem["params"]["instead"], "84909000001");
    wait_for("the log to say it", || {
        server.log().contains(sentence).then_some(())
    });
    assert!(
        server
            .admin("/metrics")
            .body
            .contains("rules_refused_reloads_total 1")
    );

    editor
        .run("update agents set phone_number = '84909000001' where id = 'minh'")
        .await;
    is_rung(&server, &["minh"]);
    assert_eq!(&*server.admin("/readyz").body, "ready\n");
}

#[tokio::test]
async fn a_failing_rule_test_refuses_the_version() {
    let (database, server) = running().await;
    let mut editor = database.shell().await;
    editor
        .run(
            "insert into rule_tests (name, queue_id, at, expect_agents) values ('Hoa', 'q', '2026-11-23 10:00', 'hoa')",
        )
        .await;
    editor
        .run("update group_members set agent_id = 'minh'")
        .await;
    wait_for("the edit to be refused", || {
        server
            .admin("/readyz")
            .body
            .contains("rule_tests.expect_agents")
            .then_some(())
    });
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    editor
        .run("update rule_tests set expect_agents = 'minh'")
        .await;
    is_rung(&server, &["minh"]);
}

#[tokio::test]
async fn what_changes_nothing_is_no_new_version() {
    let (database, server) = running().await;
    let version = || server.admin("/status").json()["rules"]["version"].clone();
    let before = version();
    let mut editor = database.shell().await;
    let reads = server.counter("rules_reads");
    editor
        .run("update agents set note = 'no matter to a rule'")
        .await;
    wait_for("the rules to be read", || {
        (server.counter("rules_reads") > reads).then_some(())
    });
    assert_eq!(version(), before);
    editor.run("update agents set name = name").await;
    editor.run("vacuum").await;
    server.looks_again();
    assert_eq!(version(), before);
    editor
        .run("update group_members set agent_id = 'minh'")
        .await;
    is_rung(&server, &["minh"]);
    let after = version();
    assert_eq!(before.as_u64().map(|version| version + 1), after.as_u64());
}

#[tokio::test]
async fn a_cold_start_serves_what_is_right() {
    let database = Database::empty().await;
    let mut editor = database.shell().await;
    for statement in RULES {
        editor.run(statement).await;
    }
    editor.run("pragma ignore_check_constraints = 1; update agents set routing_type = 9 where id = 'minh'").await;
    let server = Running::on(&database.path(), "");
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    let readiness = server.admin("/readyz");
    assert_eq!(readiness.status, 200);
    assert!(
        readiness.body.contains("agents.routing_type of 'minh': 9"),
        "{}",
        readiness.body
    );
    assert_eq!(
        server.admin("/status").json()["rules"]["source"],
        "database_in_part"
    );
}

#[tokio::test]
async fn after_a_cold_start_in_part_what_is_mended_is_in_force_at_once() {
    let database = Database::empty().await;
    let mut editor = database.shell().await;
    for statement in RULES {
        editor.run(statement).await;
    }
    editor
        .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9")
        .await;
    let server = Running::on(&database.path(), "");
    is_rung(&server, &[]);
    editor
        .run("update agents set routing_type = 1 where id = 'hoa'")
        .await;
    is_rung(&server, &["hoa"]);
    assert_eq!(
        server.admin("/status").json()["rules"]["source"],
        "database_in_part"
    );
    editor.run("update agents set routing_type = 1").await;
    wait_for("all to be well", || {
        (server.admin("/readyz").body == "ready\n").then_some(())
    });
    editor
        .run("update agents set routing_type = 9 where id = 'hoa'")
        .await;
    wait_for("the refusal", || {
        server
            .admin("/readyz")
            .body
            .contains("agents.routing_type of 'hoa'")
            .then_some(())
    });
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
}

#[tokio::test]
async fn it_stops_with_success_when_asked_to() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    assert!(server.stop().success());
}
