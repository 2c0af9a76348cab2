//! `queues` as somebody at a terminal meets it, against the emulated platform.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use crate::cli_program::{Program, Ran};
use crate::database::Database;
use crate::harness::Running;
use crate::stringee_api::Emulated;

/// A directory whose configuration leads to an emulated platform.
fn configured(emulated: &Emulated) -> Program {
    let program = Program::new();
    program.write("config.toml", &emulated.config_file());
    program
}

#[track_caller]
fn check(ran: &Ran, code: i32, says: &str) {
    assert_eq!(ran.code, Some(code), "{ran}");
    assert!(
        format!("{}{}", ran.output, ran.complaints).contains(says),
        "{ran}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_listed_and_shown() {
    let emulated = Emulated::with(1, 2).await;
    let program = configured(&emulated);
    insta::assert_snapshot!("queues_list", program.run(&["queues", "list"]));
    insta::assert_snapshot!(
        "queues_show",
        program.run(&["queues", "show", &emulated.queue("Support")])
    );
    insta::assert_snapshot!(
        "queues_show_json",
        program.run(&["queues", "show", &emulated.queue("Support"), "--json"])
    );
    check(
        &program.run(&["queues", "show", "QU_NONE"]),
        2,
        "there is no queue QU_NONE",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_goes_round_from_creation_to_deletion() {
    let emulated = Emulated::with(1, 1).await;
    let program = configured(&emulated);
    check(
        &program.run(&[
            "queues",
            "create",
            "--name",
            "Tết",
            "--record-calls",
            "false",
        ]),
        0,
        "created queue QU_",
    );
    let id = emulated.queue("Tết");
    let given = [
        "--wait-greeting",
        "a.mp3",
        "--schedule",
        "2",
        "--cond-routing",
        "2",
    ];
    check(
        &program.run(&[&["queues", "update", &id], &given[..]].concat()),
        0,
        "updated",
    );
    let queue = emulated.client().queue(&id).unwrap();
    assert_eq!(
        (
            queue.wait_greeting.as_deref(),
            queue.schedule,
            queue.cond_routing
        ),
        (Some("a.mp3"), Some(2), Some(2))
    );
    assert_eq!(queue.record_calls, Some(false));
    let cleared = program.run(&["queues", "update", &id, "--wait-greeting", "", "--json"]);
    check(&cleared, 0, "\"wait_greeting\": null");

    let declined = program.run_with_input(&["queues", "delete", &id], "no\n");
    check(&declined, 1, "nothing was deleted");
    check(&program.run(&["queues", "delete", &id]), 1, "Delete queue");
    check(
        &program.run_with_input(&["queues", "delete", &id], "y\n"),
        0,
        "deleted queue",
    );
    check(
        &program.run(&["queues", "delete", &id, "--yes"]),
        2,
        "there is no queue",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stringee_would_not_take_is_not_sent() {
    let emulated = Emulated::with(1, 1).await;
    let program = configured(&emulated);
    let id = emulated.queue("Sales");
    let wrong = [
        "queues",
        "update",
        &id,
        "--wait-agent-answer-timeout",
        "2",
        "--schedule",
        "3",
    ];
    let complaint = "schedule must be 1 (always) or 2 (business hours); wait-agent-answer-timeout must be 3 seconds or more";
    check(&program.run(&wrong), 2, complaint);
    check(
        &program.run(&["queues", "update", &id]),
        2,
        "nothing to change was given",
    );
    check(
        &program.run(&["queues", "create"]),
        2,
        "name must not be empty",
    );
    check(
        &Program::new().run(&["queues", "list"]),
        2,
        "stringee.api_key_sid is not set",
    );
}

/// A server that answers only what is signed as the emulated project signs.
fn signed_server(emulated: &Emulated, database: &Database) -> Running {
    let key = emulated.state.lock().signing_key.clone().unwrap();
    Running::on(
        &database.path(),
        &format!("[[webhook.projects]]\nid = 25\nsigning_keys = ['{key}']\n"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_connected_once_the_webhook_answers() {
    let emulated = Emulated::with(1, 1).await;
    let (program, id) = (configured(&emulated), emulated.queue("Sales"));
    let database = Database::demo().await;
    let rule = format!(
        "insert into rules (id, position, name, queue_id) values (50, 500, 'Sales', '{id}')"
    );
    database.shell().await.run(&rule).await;
    let step = "insert into rule_steps (rule_id, step, target, agent_id) values (50, 1, 'agent', 'agent_1')";
    database.shell().await.run(step).await;
    let server = signed_server(&emulated, &database);
    let (url, key) = (
        format!("http://{}/get_list_agents", server.webhook()),
        "signing-key-of-the-emulated-project",
    );
    let connect = ["queues", "connect", &id, "--url", &url, "--project", "25"];

    check(
        &program.run(&connect),
        1,
        "the URL must begin with https://",
    );
    let connect = [&connect[..], &["--allow-http"]].concat();
    check(
        &program.run(&connect),
        1,
        "HTTP status 401: the signature is missing or wrong",
    );
    assert_eq!(
        emulated.client().queue(&id).unwrap().get_list_agents_url,
        None,
        "the queue is left as it is"
    );

    let rules = format!("database.rules={}", database.path().display());
    let ran = program.run(&[&connect[..], &["--signing-key", key, "--set", &rules]].concat());
    check(&ran, 0, &format!("queue {id} asks {url}"));
    check(
        &ran,
        0,
        "has no from_number_callout_to_agent at Stringee, but rule 50 'Sales' rings agent_1 by telephone",
    );
    assert_eq!(
        emulated.client().queue(&id).unwrap().get_list_agents_url,
        Some(url.clone())
    );

    check(
        &program.run(&[
            "queues",
            "update",
            &id,
            "--from-number-callout-to-agent",
            "842473082001",
        ]),
        0,
        "updated",
    );
    let ran = program.run(&[&connect[..], &["--signing-key", key, "--set", &rules]].concat());
    assert_eq!((ran.code, &*ran.complaints), (Some(0), ""), "{ran}");

    check(
        &program.run(&["queues", "disconnect", &id]),
        0,
        &format!("no longer asks {url}"),
    );
    check(
        &program.run(&["queues", "disconnect", &id]),
        0,
        "asks no webhook",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_none_is_not_connected() {
    let emulated = Emulated::with(1, 1).await;
    let (program, id) = (configured(&emulated), emulated.queue("Sales"));
    let url = format!("http://{}/v1/queue", emulated.address);
    check(
        &program.run(&["queues", "connect", &id, "--url", &url, "--allow-http"]),
        1,
        "HTTP status 401",
    );
    let nobody = "http://127.0.0.1:1/get_list_agents";
    check(
        &program.run(&["queues", "connect", &id, "--url", nobody, "--allow-http"]),
        1,
        "the queue is left as it is",
    );
    assert_eq!(
        emulated.client().queue(&id).unwrap().get_list_agents_url,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_knows_the_queues_that_cannot_ring_telephones() {
    let emulated = Emulated::with(1, 2).await;
    let program = configured(&emulated);
    program.add_rules("rules.db").await;
    let (sales, support) = (emulated.queue("Sales"), emulated.queue("Support"));
    let rules = format!(
        "delete from rule_tests; delete from rules where id in (6, 10); delete from settings where key = 'fallback_group';
        insert into queues (id, name) values ('{sales}', 'Sales');
        insert into rules (id, position, name, queue_id) values (20, 5, 'Trực', '{support}');
        insert into rule_steps (rule_id, step, after_seconds, group_id) values (20, 1, 20, 'duty')"
    );
    program.edit("rules.db", &rules).await;
    let ran = program.run(&["check", "rules.db", "--stringee", "--from", "2026-11-23"]);
    let advice = format!(
        "queues.id of '{support}': '{support}' has no from_number_callout_to_agent at Stringee, but rule 20 'Trực' rings \
         duc by telephone; `stringee-router queues update {support} --from-number-callout-to-agent NUMBER`"
    );
    check(&ran, 0, &advice);
    assert!(
        !ran.output.contains(&sales),
        "no rule rings telephones for it: {ran}"
    );
    let update = [
        "queues",
        "update",
        &support,
        "--from-number-callout-to-agent",
        "842473082666",
    ];
    check(&program.run(&update), 0, "updated");
    let ran = program.run(&["check", "rules.db", "--stringee", "--from", "2026-11-23"]);
    assert!(
        !ran.output.contains("from_number_callout_to_agent"),
        "{ran}"
    );
    let ran = program.run(&["check", "rules.db", "--from", "2026-11-23"]);
    assert!(
        !ran.output.contains("from_number_callout_to_agent"),
        "nobody was asked: {ran}"
    );
}
