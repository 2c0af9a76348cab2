//! The guard: a slip that takes agents away is held until somebody confirms it.

use std::fs;

use crate::cli_program::Program;
use crate::database::Database;
use crate::harness::{Running, wait_for};

#[tokio::test]
async fn a_version_without_agents_is_held_said_and_accepted_by_command() {
    let database = Database::ringing(&["hoa", "lan", "minh"]).await;
    let state = database.directory().join("state");
    let server = Running::with_state(&database.path(), &state, "[database]\nhold_seconds = 3600");
    let program = Program::new();
    let admin = server.admin_setting();
    let accept =
        |arguments: &[&str]| program.run(&[&["accept", "--set", &*admin], arguments].concat());
    assert_eq!(accept(&[]).code, Some(1), "{}", accept(&[]));

    database
        .shell()
        .await
        .run("delete from group_members where agent_id <> 'hoa'")
        .await;
    let sentence = "1 of 1 calls that were compared would ring other people, one in queue 'q' at ";
    let readiness = wait_for("the version to be held", || {
        Some(server.admin("/readyz")).filter(|answer| answer.body.contains(sentence))
    });
    assert_eq!(readiness.status, 200);
    assert_eq!(server.rung("q", "a", "1"), ["hoa", "lan", "minh"]);
    let status = server.admin("/status").json();
    let reason = status["held"]["reasons"][0].as_str().unwrap();
    assert!(
        reason.starts_with(sentence) && reason.ends_with(" hoa in place of hoa, lan, minh"),
        "{reason}"
    );
    let objection = &status["held"]["objections"][0];
    assert_eq!(objection["code"], "other_people");
    assert_eq!(objection["sentence"], reason);
    assert_eq!(objection["params"]["queue"], "q");
    let before = serde_json::json!(["hoa", "lan", "minh"]);
    assert_eq!(objection["params"]["before"], before);
    assert_eq!(
        (&status["edit_refused"], &status["rules"]["version"]),
        (&false.into(), &1.into())
    );
    assert!(
        server
            .admin("/metrics")
            .body
            .contains("stringee_router_rules_held 1")
    );
    wait_for("the log to say it", || {
        server.log().contains(sentence).then_some(())
    });
    wait_for("the note to say it", || {
        fs::read_to_string(state.join("PROBLEMS.txt"))
            .is_ok_and(|note| note.contains(sentence))
            .then_some(())
    });

    let other = accept(&["--hash", "0123456789abcdef"]);
    assert_eq!(other.code, Some(1), "{other}");
    assert_eq!(server.rung("q", "a", "1"), ["hoa", "lan", "minh"]);
    let hash = status["held"]["hash"].as_str().unwrap().to_owned();
    let accepted = accept(&["--hash", &hash]);
    assert_eq!(accepted.code, Some(0), "{accepted}");
    assert!(
        accepted
            .output
            .contains(&format!("version 2-{hash} is in force")),
        "{accepted}"
    );
    assert!(accepted.output.contains(sentence), "{accepted}");
    assert_eq!(server.rung("q", "a", "1"), ["hoa"]);
    assert_eq!(&*server.admin("/readyz").body, "ready\n");
    assert!(
        server
            .admin("/metrics")
            .body
            .contains("stringee_router_rules_held 0")
    );
    wait_for("the note to go away", || {
        (!state.join("PROBLEMS.txt").exists()).then_some(())
    });
}

#[tokio::test]
async fn a_held_version_goes_live_by_itself() {
    let database = Database::ringing(&["hoa", "lan", "minh"]).await;
    let server = Running::on(&database.path(), "[database]\nhold_seconds = 1");
    database
        .shell()
        .await
        .run("update agents set enabled = 0 where id <> 'lan'")
        .await;
    wait_for("the version to be held", || {
        server
            .admin("/readyz")
            .body
            .contains("is held until")
            .then_some(())
    });
    wait_for("lan to be rung", || {
        (server.rung("q", "a", "1") == ["lan"]).then_some(())
    });
    assert_eq!(&*server.admin("/readyz").body, "ready\n");
}

#[tokio::test]
async fn a_web_page_cannot_confirm_anything() {
    let database = Database::ringing(&["hoa", "lan", "minh"]).await;
    let server = Running::on(&database.path(), "");
    let form = server.admin_post(
        "/accept",
        b"{\"hash\":\"0\"}",
        &[("content-type", "text/plain")],
    );
    assert_eq!(form.status, 415);
    let json = ("content-type", "application/json");
    let scripted = server.admin_post("/accept", b"{\"hash\":\"0\"}", &[json]);
    assert_eq!(scripted.status, 403);
    let confirms = |hash: &[u8]| {
        let header = ("x-stringee-router-accept", "yes");
        server.admin_post("/accept", hash, &[json, header]).status
    };
    assert_eq!(confirms(b"{\"hash\":\"x\"}"), 400);
    assert_eq!(confirms(b"{\"hash\":\"0\"}"), 404);
}

#[tokio::test]
async fn operators_are_answered_only_under_names_that_no_stranger_can_own() {
    let database = Database::ringing(&["hoa"]).await;
    let server = Running::on(&database.path(), "[admin]\nhosts = ['Router.Example.com']");
    let status = |host| server.admin_as(host, "/status").status;
    assert_eq!(status("rebound.example.net"), 421);
    assert_eq!(status("rebound.example.net:8081"), 421);
    assert_eq!(status("localhost"), 200);
    assert_eq!(status("router.example.com:8081"), 200);
    let confirmation = [
        ("host", "rebound.example.net"),
        ("content-type", "application/json"),
        ("x-stringee-router-accept", "yes"),
    ];
    let accepted = server.admin_post("/accept", b"{\"hash\":\"0\"}", &confirmation);
    assert_eq!(accepted.status, 421);
}

#[tokio::test]
async fn strangers_learn_how_many_things_are_wrong_and_not_which() {
    let database = Database::ringing(&["hoa"]).await;
    let server = Running::on(&database.path(), "");
    database
        .shell()
        .await
        .run("pragma ignore_check_constraints = 1; update agents set routing_type = 9 where id = 'hoa'")
        .await;
    wait_for("the edit to be refused", || {
        (server
            .admin("/readyz")
            .body
            .contains("agents.routing_type of 'hoa': 9"))
        .then_some(())
    });
    let public = server.get("/readyz");
    assert_eq!(
        (public.status, &*public.body),
        (
            200,
            "ready, but degraded\nproblems: 1; /readyz of the admin listener names them\n"
        )
    );
}

#[test]
fn without_a_server_nothing_can_be_accepted() {
    let ran = Program::new().run(&[
        "accept",
        "--set",
        &format!("admin.listen={}", crate::cli_stub::nobody()),
    ]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.complaints.contains("is the server running"), "{ran}");
}
