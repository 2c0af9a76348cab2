//! What `import` and `sql` know of the running server: the calls that it has answered, and whether it has an edit in force.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use jiff::Timestamp;
use stringee_router::store::{DecisionBatch, JournalFile, NewDecision};

use crate::cli_program::{Program, Ran};
use crate::harness::wait_for;

/// The setting that makes a directory's `state` the one of the server.
const CONFIG: &str =
    "[database]\nrules = 'rules.db'\nstate = 'state'\n[admin]\nlisten = '127.0.0.1:1'\n";

/// A call that was given an answer on 2026-11-23 at 10:00 in Vietnam and so many seconds.
fn answered<'a>(
    key: i64,
    call_id: &'a str,
    queue_id: &'a str,
    second: i64,
    waited: u32,
) -> NewDecision<'a> {
    let ten: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
    NewDecision {
        key,
        call_id,
        at: Timestamp::from_second(ten.as_second() + second).unwrap(),
        waited,
        queue_id,
        from: None,
        to: Some("842473082666"),
        outcome: "rule",
        rule: Some((13, "Xoay vòng")),
        agents: "[]",
        version: 1,
        rules_hash: "0123456789abcdef",
    }
}

/// The rules of the fixture, and a journal of three calls, of which one was given two answers.
async fn with_journal() -> Program {
    let program = Program::with_rules().await;
    program.write("config.toml", CONFIG);
    let mut journal = JournalFile::open(&program.path("state").join("journal.db"))
        .await
        .unwrap();
    let answers = [
        answered(1, "first", "queue_3", 0, 0),
        answered(2, "second", "queue_2", 5, 0),
        answered(3, "first", "queue_3", 20, 20),
        answered(4, "third", "queue_1", 30, 0),
    ];
    journal
        .write(&DecisionBatch::new(&answers, &[]))
        .await
        .unwrap();
    journal.close().await.unwrap();
    program
}

#[tokio::test]
async fn the_last_calls_of_the_journal_are_tried() {
    let program = with_journal().await;
    let edit = "update agents set enabled = 0 where id in ('lan', 'tuan')";
    insta::assert_snapshot!(program.run(&["sql", edit]));
    let ran = program.run(&["sql", edit, "--last", "2"]);
    assert!(
        ran.output
            .contains("\n2 of the last 2 calls would ring somebody else, 0 nobody\n"),
        "{ran}"
    );
}

#[tokio::test]
async fn an_edit_that_only_counts_between_two_questions_is_seen() {
    let program = with_journal().await;
    // The first call was asked about after 0 and after 20 seconds.
    let edit =
        "insert into rule_steps (rule_id, step, after_seconds, until_seconds, target, agent_id)
        values (13, 2, 10, 15, 'agent', 'duc')";
    let ran = program.run(&["sql", edit, "--plan"]);
    let seen = "\n1 of the last 3 calls would ring somebody else, 0 nobody\n";
    assert!(ran.output.contains(seen), "{ran}");
    assert!(ran.output.contains("(call first, waited 10 s)"), "{ran}");
}

#[tokio::test]
async fn that_no_call_events_are_known_is_said_where_it_matters() {
    let program = with_journal().await;
    let said = "\n(as if no call event had come: longest_idle, fewest_calls and last_agent may answer otherwise)\n";
    let ran = program.run(&[
        "sql",
        "update groups set strategy = 'ordered' where id = 'turns'",
    ]);
    assert!(!ran.output.contains(said), "{ran}");
    let ran = program.run(&[
        "sql",
        "update groups set strategy = 'longest_idle' where id = 'turns'",
    ]);
    assert!(ran.output.contains(&format!(" nobody{said}")), "{ran}");
    let replay = ["replay", "--journal", "2026-11-23.."];
    assert_eq!(program.run(&replay).complaints, "");
    program
        .edit(
            "rules.db",
            "update groups set strategy = 'fewest_calls' where id = 'turns'",
        )
        .await;
    assert_eq!(program.run(&replay).complaints, said.trim_start());
}

#[tokio::test]
async fn an_import_tries_them_as_well() {
    let program = with_journal().await;
    assert_eq!(program.run(&["export", "rules"]).code, Some(0));
    program.write(
        "rules/rule_steps.csv",
        "rule_id,step,group_id\n13,1,turns\n",
    );
    let ran = program.run(&["import", "rules", "--plan"]);
    assert!(
        ran.output
            .contains("2 of the last 3 calls would ring somebody else"),
        "{ran}"
    );
}

#[test]
fn an_edit_is_waited_for_until_it_is_in_force() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let server = program.serve();
    let call = [
        "ask",
        "--queue",
        "QU_TONGDAI",
        "--from",
        "0977000999",
        "--to",
        "02471001001",
    ];
    let asked = program.run(&call);
    assert_eq!(asked.code, Some(0), "{asked}");
    let journal = || program.run(&["journal"]);
    wait_for("the call to be in the journal", || {
        journal().output.contains("84977000999").then_some(())
    });
    let ran = program.run(&[
        "sql",
        "update settings set value = '19' where key = 'max_agents'",
        "--yes",
    ]);
    check(
        &ran,
        0,
        "\n0 of the last 1 calls would ring somebody else, 0 nobody\n",
    );
    check(&ran, 0, "\ncommitted\nin force as version 2\n");
    assert!(
        server.admin("/status").body.contains("\"version\":2"),
        "{}",
        server.admin("/status").body
    );
    program.write("queues.csv", "id,name\nqueue_1,Mẫu\nQU_TONGDAI,Tổng đài\n");
    check(
        &program.run(&["import", "queues.csv", "--yes"]),
        0,
        "\ncommitted\nin force as version 3\n",
    );
}

#[test]
fn the_history_has_what_was_just_put_in_force() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let _server = program.serve();
    for version in 2..6 {
        let edit = format!("update settings set value = '3{version}' where key = 'max_agents'");
        let ran = program.run(&["sql", &edit, "--yes"]);
        check(&ran, 0, &format!("in force as version {version}\n"));
        let listed = program.run(&["history", "list", "--limit", "1"]);
        assert!(
            listed.output.starts_with(&format!("version {version} of ")),
            "{listed}"
        );
    }
}

#[tokio::test]
async fn why_a_server_refuses_an_edit_is_said() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let server = program.serve();
    // Somebody else has broken the rules; what is wrong now was wrong before.
    program
        .edit(
            "data/rules.db",
            "update schedules set time_zone = 'Hanoi' where id = 'ca_sang'",
        )
        .await;
    wait_for("the server to refuse it", || {
        (server.admin("/readyz").body.contains("Hanoi")).then_some(())
    });
    let ran = program.run(&[
        "sql",
        "update agents set note = null, answer_timeout = 20 where id = 'lan'",
        "--yes",
    ]);
    check(
        &ran,
        1,
        "\ncommitted\nthe server refuses it and serves version 1 in place of it:\n  schedules.time_zone of 'ca_sang': 'Hanoi'",
    );
}

#[test]
fn an_undo_is_judged_and_waited_for_like_every_edit() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let _server = program.serve();
    let has_history = || {
        program
            .run(&["history", "list"])
            .output
            .starts_with("version 1 of ")
    };
    wait_for("the first version to be in the history", || {
        has_history().then_some(())
    });
    let edit =
        "insert into rule_steps (rule_id, step, target, agent_id) values (11, 3, 'agent', 'hoa');
        update rule_tests set expect_agents = 'agent_1,agent_2,hoa' where id = 32";
    check(
        &program.run(&["sql", edit, "--yes"]),
        0,
        "\nin force as version 2\n",
    );
    let undo = |arguments: &[&str]| program.run(&[&["history", "undo"], arguments].concat());
    for (how, complaint) in [
        ("--yes", "nothing was changed"),
        ("--plan", "it would be refused"),
    ] {
        let ran = undo(&["2.1", how]);
        check(&ran, 1, "1 row differs: 1 deleted\n  - rule_steps 11/3\n");
        check(&ran, 1, "\nerror: rule_tests.expect_agents of '32 ");
        let why =
            "because a server would refuse these rules; --accept-tests writes the new answers";
        assert!(
            ran.complaints.contains(&format!("{complaint}, {why}")),
            "{ran}"
        );
    }
    check(&undo(&["2", "--yes"]), 0, "\nin force as version 3\n");
    // Whoever is told that failed tests are let through finds out that this server does not.
    let ran = undo(&["3.1", "--yes", "--set", "database.rule_tests=warn"]);
    check(&ran, 1, "1 row differs: 1 added\n");
    check(
        &ran,
        1,
        "\nthe server refuses it and serves version 3 in place of it:\n  rule_tests.expect_agents of '32 ",
    );
}

#[tokio::test]
async fn one_of_several_people_is_taken_back_alone() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let _server = program.serve();
    let listed = |line: &str| {
        wait_for(line, || {
            let list = program.run(&["history", "list"]).output;
            list.starts_with(line).then_some(())
        });
    };
    listed("version 1 of ");
    let edits = "begin; insert into editor (actor) values ('hoa');
        update agents set answer_timeout = 33 where id = 'lan'; update editor set actor = 'an';
        update agents set answer_timeout = 34 where id = 'minh'; delete from editor; commit";
    program.edit("data/rules.db", edits).await;
    listed("version 2 of ");
    let ran = program.run(&["history", "undo", "2", "--by", "hoa", "--plan"]);
    check(
        &ran,
        1,
        "1 row differs: 1 changed\n  ~ agents lan  answer_timeout 33 -> ",
    );
    let ran = program.run(&["history", "undo", "2", "--by", "nam"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    let shown = program.run(&["history", "show", "2"]);
    check(&shown, 0, " agents minh: answer_timeout NULL -> 34  (an, ");
}

#[test]
fn a_version_that_the_server_holds_is_said() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--demo"]).code, Some(0));
    let server = program.serve();
    assert_eq!(server.rung("queue_1", "c", "842473082666").len(), 2);
    let ran = program.run(&[
        "sql",
        "delete from rule_tests; update rules set enabled = 0",
        "--yes",
    ]);
    check(&ran, 1, "\nthe server holds it until ");
    let rest = ", and serves version 1 until then; `stringee-router accept` confirms it\n";
    check(&ran, 1, rest);
}

#[track_caller]
fn check(ran: &Ran, code: i32, says: &str) {
    assert_eq!(ran.code, Some(code), "{ran}");
    assert!(ran.output.contains(says), "{ran}");
}

#[tokio::test]
async fn a_server_of_another_directory_is_not_taken_for_ones_own() {
    let other = Program::new();
    assert_eq!(other.run(&["init", "--demo"]).code, Some(0));
    let server = other.serve();
    let program = Program::with_rules().await;
    program.write(
        "config.toml",
        &format!(
            "[database]\nrules = 'rules.db'\nstate = 'state'\n[admin]\nlisten = '{}'\n",
            server.admin_address()
        ),
    );
    let edit = "update agents set name = 'Lan Anh' where id = 'lan'";
    let ran = program.run(&["sql", "--yes", "--reason", "a try", edit]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output
            .contains("is another one, with the state directory"),
        "{ran}"
    );
    let ran = program.run(&["explain", "--queue", "queue_3"]);
    assert!(
        !ran.to_string().contains("the running server serves"),
        "{ran}"
    );
}
