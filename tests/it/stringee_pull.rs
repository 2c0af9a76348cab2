//! `pull` from the emulated platform into a real rules database, again and again.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test"
)]

use serde_json::{Value, json};
use stringee::client::QueueFields;

use crate::cli_program::Program;
use crate::database::Shell;
use crate::stringee_api::Emulated;

/// Sends a request that the client of ours has no need of.
fn send(emulated: &Emulated, method: &str, path: &str, body: &str) {
    let token = emulated.state.lock().api_key().token(clock::now());
    let url = format!("http://{}{path}", emulated.address);
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("x-stringee-auth", token);
    let mut response = ureq::run(request.body(body).unwrap()).unwrap();
    let answer = response.body_mut().read_to_string().unwrap();
    assert!(answer.contains("\"r\":0"), "{answer}");
}

/// The platform's id of an agent.
fn id_of(emulated: &Emulated, user_id: &str) -> String {
    let agents = emulated.client().agents().unwrap();
    let agent = agents
        .iter()
        .find(|agent| agent.user_id.as_deref() == Some(user_id))
        .unwrap();
    agent.id.clone()
}

/// Renames an agent at the platform.
fn rename(emulated: &Emulated, user_id: &str, name: &str) {
    send(
        emulated,
        "PUT",
        &format!("/v1/agent/{}", id_of(emulated, user_id)),
        &format!("{{\"name\": \"{name}\"}}"),
    );
}

/// Who is rung for a call that has waited so long, in any order.
fn rung(program: &Program, queue: &str, waited: u32) -> Vec<String> {
    let call = json!({"queueId": queue, "callId": "c", "from": "", "to": "", "at": "2026-11-23T10:00:00+07:00", "waited": waited});
    let ran = program.run_with_input(&["replay"], &format!("{call}\n"));
    let line: Value = serde_json::from_str(&ran.output).unwrap_or_else(|_| panic!("{ran}"));
    let agents = line["agents"].as_array().unwrap().iter();
    let mut ids: Vec<String> = agents
        .map(|agent| agent["stringee_user_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// A directory with an empty rules database and a configuration that leads to an emulated platform.
async fn begun() -> (Emulated, Program, Shell) {
    let emulated = Emulated::with(6, 2).await;
    let program = Program::new();
    program.write(
        "config.toml",
        &format!("{}[database]\nrules = 'rules.db'\n", emulated.config_file()),
    );
    assert_eq!(program.run(&["init"]).code, Some(0));
    let shell = Shell::open(&program.path("rules.db"), false).await;
    (emulated, program, shell)
}

/// Pulls; says how many rows are as at Stringee, and how many differ.
#[track_caller]
fn pull(program: &Program, arguments: &[&str]) -> String {
    let ran = program.run(&[&["pull", "--yes"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let totals = |line: &&str| line.ends_with("as at Stringee") || line.contains("differ");
    let totals: Vec<&str> = ran.output.lines().filter(totals).collect();
    totals.join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_shown_and_applied_once() {
    let (emulated, program, mut shell) = begun().await;
    let shown = program.run(&["pull", "--plan"]);
    insta::assert_snapshot!("pull_plan", shown);
    assert_eq!(
        shell.texts("select id from agents").await,
        [""; 0],
        "a dry run writes nothing"
    );
    assert_eq!(program.run(&["pull"]).code, Some(1), "nobody has confirmed");
    assert_eq!(shell.texts("select id from agents").await, [""; 0]);
    assert_eq!(program.run(&["pull", "--yes"]).code, Some(0));
    assert_eq!(
        pull(&program, &[]),
        "24 rows as at Stringee; no row differs"
    );

    let check = program.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check}");
    let who = shell
        .texts("select distinct actor || ' ' || coalesce(reason, '-') from changes")
        .await;
    assert_eq!(who, ["stringee-router pull"]);
    let support = emulated.queue("Support");
    assert_eq!(
        rung(&program, &support, 14),
        ["agent_2", "agent_4", "agent_6"]
    );
    assert_eq!(
        rung(&program, &support, 15),
        ["agent_2", "agent_4", "agent_5", "agent_6"],
        "the reserve joins"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_stringee_is_followed() {
    let (emulated, program, mut shell) = begun().await;
    pull(&program, &[]);
    let queue = emulated.queue("Sales");
    let renamed = QueueFields {
        name: Some("Bán hàng".to_owned()),
        ..QueueFields::default()
    };
    emulated.client().update_queue(&queue, &renamed).unwrap();
    send(
        &emulated,
        "POST",
        "/v1/agent",
        r#"{"name": "Vy", "stringee_user_id": "vy", "phone_number": "0909 992 666", "routing_type": 2}"#,
    );
    assert_eq!(
        pull(&program, &["--others-after", "30"]),
        "20 rows as at Stringee; 5 rows differ: 1 added, 4 changed"
    );
    assert_eq!(
        shell.texts("select name from rules order by id").await,
        ["Stringee: Bán hàng", "Stringee: Support"]
    );
    let vy = "select phone_number || ' ' || routing_type from agents where id = 'vy'";
    assert_eq!(shell.texts(vy).await, ["84909992666 2"]);
    let steps = "select cast(after_seconds as text) from rule_steps order by rule_id, step";
    assert_eq!(shell.texts(steps).await, ["0", "30", "0", "30"]);

    emulated.client().delete_queue(&queue).unwrap();
    assert_eq!(
        pull(&program, &["--others-after", "30"]),
        "22 rows as at Stringee; 3 rows differ: 1 changed, 2 deleted"
    );
    assert_eq!(
        shell
            .texts("select name from rules where enabled = 0")
            .await,
        ["Stringee: Bán hàng"]
    );
    assert_eq!(
        pull(&program, &["--others-after", "30"]),
        "23 rows as at Stringee; no row differs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_is_gone_is_named_with_what_to_do() {
    let (emulated, program, mut shell) = begun().await;
    pull(&program, &[]);
    shell
        .run(
            "insert into callers (number, owner_id) values
                ('84900000001', 'agent_1'), ('84900000002', 'agent_1'), ('84900000003', 'agent_2')",
        )
        .await;
    shell
        .run("update agents set cover_id = 'agent_3' where id = 'agent_2'")
        .await;
    for user_id in ["agent_1", "agent_2", "agent_4"] {
        let path = format!("/v1/agent/{}", id_of(&emulated, user_id));
        send(&emulated, "DELETE", &path, "");
    }
    let ran = program.run(&["pull", "--yes"]);
    let said = "= agents agent_1: is gone at Stringee and owns 2 callers, whom nobody takes then; \
                give them another owner (callers.owner_id), or the agent a cover_id";
    assert!(ran.output.contains(said), "{ran}");
    assert_eq!(ran.output.matches("is gone at Stringee").count(), 1);
    let off = "select id from agents where enabled = 0 order by id";
    assert_eq!(shell.texts(off).await, ["agent_1", "agent_2", "agent_4"]);
    let again = program.run(&["pull", "--yes"]);
    assert!(!again.output.contains("is gone at Stringee"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_has_changed_is_kept() {
    let (emulated, program, mut shell) = begun().await;
    pull(&program, &[]);
    shell
        .run(
            "update agents set name = 'Chị Hoa', note = 'speaks English' where id = 'agent_1';
            update agents set answer_timeout = 25 where id = 'agent_2';
            update group_members set weight = 20 where agent_id = 'agent_3';
            update rule_steps set after_seconds = 45 where after_seconds = 15;
            update rules set position = 10 where id = 1;
            delete from agents where id = 'agent_4';
            insert into agents (id, name) values ('ours', 'Nobody at Stringee')",
        )
        .await;
    let everything =
        "select group_concat(id || name || coalesce(note, '') || coalesce(answer_timeout, '')) from
        (select * from agents order by id)";
    let before = shell.texts(everything).await;
    let ran = program.run(&["pull", "--yes"]);
    assert!(
        ran.output
            .contains("= agents agent_4: was removed or renamed here and is not added again"),
        "{ran}"
    );
    assert!(
        ran.output
            .ends_with("22 rows as at Stringee\nno row differs\n"),
        "{ran}"
    );
    assert_eq!(shell.texts(everything).await, before);

    // Another change at the platform: the other columns of the row follow, the changed one is said to be kept.
    rename(&emulated, "agent_1", "Hoa Nguyễn");
    rename(&emulated, "agent_2", "Minh Trần");
    let ran = program.run(&["pull", "--yes"]);
    assert!(
        ran.output
            .contains("= agents agent_1: name was changed here and is kept"),
        "{ran}"
    );
    let names = shell
        .texts("select name from agents where id in ('agent_1', 'agent_2') order by id")
        .await;
    assert_eq!(names, ["Chị Hoa", "Minh Trần"]);
    assert_eq!(
        shell
            .texts("select cast(answer_timeout as text) from agents where id = 'agent_2'")
            .await,
        ["25"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_here_before_is_not_touched() {
    let (_emulated, program, mut shell) = begun().await;
    shell
        .run("insert into agents (id, name, enabled) values ('agent_1', 'Mine', 0)")
        .await;
    let ran = program.run(&["pull", "--yes"]);
    assert!(
        ran.output
            .contains("= agents agent_1: was here before and is not touched"),
        "{ran}"
    );
    assert_eq!(
        shell
            .texts("select name from agents where id = 'agent_1'")
            .await,
        ["Mine"]
    );
}
