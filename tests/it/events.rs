//! Call events: through a real socket into the journal and into later answers.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use stringee::wire::signature::SigningKey;
use stringee_router::calls::activity::Ledger;
use stringee_router::config::JournalConfig;
use stringee_router::journal::restore;
use stringee_router::store::{DecisionBatch, JournalFile, StoreError, TakenCall};
use tempfile::TempDir;

use crate::database::{Database, Shell};
use crate::harness::{Answer, Running, wait_for};

const PATH: &str = "/events";

fn event(status: &str, call_id: &str, from: &str, to: &str) -> Value {
    json!({
        "call_status": status, "call_id": call_id, "project_id": 25, "timestamp_ms": 1_538_369_461_077_i64,
        "type": "stringee_call", "from": {"number": from, "type": "external"}, "to": {"number": to, "type": "internal"},
    })
}

/// Posts an event, which must be taken.
#[track_caller]
fn post(server: &Running, event: &Value) {
    let answer = server.post(PATH, event.to_string().as_bytes(), &[]);
    assert_eq!((answer.status, &*answer.body), (200, ""));
}

/// A call that an agent takes and ends.
fn serve_call(server: &Running, call_id: &str, from: &str, agent: &str) {
    for status in [
        "created",
        "started",
        "ringing",
        "answered",
        "agentEnded",
        "ended",
    ] {
        post(server, &event(status, call_id, from, agent));
    }
}

/// The calls that the journal has, once there are so many.
fn journal_calls(state: &Path, calls: usize) -> Vec<TakenCall> {
    journal(state, |taken| taken.len() == calls)
}

/// The calls that the journal has, once a condition holds.
fn journal(state: &Path, is_complete: impl Fn(&[TakenCall]) -> bool) -> Vec<TakenCall> {
    let runtime = tokio::runtime::Handle::current();
    let read = async || -> Result<Vec<TakenCall>, StoreError> {
        JournalFile::open_to_read(&state.join("journal.db"))
            .await?
            .taken_calls(Timestamp::UNIX_EPOCH, 100)
            .await
    };
    tokio::task::block_in_place(|| {
        wait_for("the journal to have the calls", || {
            runtime
                .block_on(read())
                .ok()
                .filter(|taken| is_complete(taken))
        })
    })
}

fn metric(server: &Running, name: &str) -> String {
    let text = server.admin("/metrics").body;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("stringee_router_{name} ")));
    line.unwrap_or("none").to_owned()
}

/// A state directory that outlives its servers.
struct StateDirectory(TempDir);

impl StateDirectory {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_a_call_is_written_down_and_known_after_a_kill() {
    let database = Database::ringing(&["hoa", "minh"]).await;
    database
        .shell()
        .await
        .run("update agents set phone_number = '84909992666' where id = 'minh'")
        .await;
    let state = StateDirectory::new();
    let server = Running::with_state(&database.path(), &state.path(), "");
    serve_call(&server, "a", "0986776777", "hoa");
    serve_call(&server, "b", "", "84909992666");
    let taken = journal(&state.path(), |taken| {
        taken.len() == 2 && taken.iter().all(|call| call.ended_at.is_some())
    });
    let told: Vec<_> = taken
        .iter()
        .map(|call| (&*call.call_id, &*call.agent, call.from.as_deref()))
        .collect();
    assert_eq!(
        told,
        [("a", "hoa", Some("84986776777")), ("b", "minh", None)]
    );
    for (kind, count) in [
        ("answered", "2"),
        ("ended", "4"),
        ("ringing", "2"),
        ("other", "4"),
    ] {
        assert_eq!(
            metric(&server, &format!("call_events_total{{event=\"{kind}\"}}")),
            count,
            "{kind}"
        );
    }
    // Kills it.
    drop(server);
    let server = Running::with_state(&database.path(), &state.path(), "");
    let known =
        "\"message\":\"the calls that were taken are known again\",\"calls\":2,\"callers\":1";
    wait_for("the server to know the calls", || {
        server.log().contains(known).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_of_callers_leaves_the_calls_known() {
    let directory = StateDirectory::new();
    let path = directory.path().join("journal.db");
    let (at, year_ago) = (
        Timestamp::from_second(40_000_000).unwrap(),
        Timestamp::from_second(4_000_000).unwrap(),
    );
    let taken = |call_id: &str, from: &str, answered_at| TakenCall {
        call_id: call_id.to_owned(),
        agent: "hoa".to_owned(),
        from: Some(from.to_owned()),
        answered_at,
        ended_at: None,
    };
    let calls = [
        taken("a", "84986776777", at),
        taken("b", "84911111111", year_ago),
    ];
    let mut file = JournalFile::open(&path).await.unwrap();
    file.write(&DecisionBatch::new(&[], &[]).with_taken(&calls))
        .await
        .unwrap();
    file.close().await.unwrap();
    let ledger = Ledger::new(&JournalConfig::default());
    let later = Timestamp::from_second(40_000_010).unwrap();
    let mut shell = Shell::open(&path, false).await;
    shell
        .run("update taken_calls set from_number = x'ff' where call_id = 'b'")
        .await;
    assert!(restore(&ledger, &path, later).await.is_err());
    assert!(ledger.agent("hoa", later).talking);
    assert!(ledger.last_agent("84986776777", later).is_some());
}

/// The agents who are rung for a call of the caller.
fn rung(server: &Running, call_id: &str) -> Vec<String> {
    let calls = json!([{"callId": call_id, "from": "0986776777", "to": "842473082666"}]);
    let body = json!({"queueId": "q", "calls": calls}).to_string();
    let answer = server.post("/get_list_agents", body.as_bytes(), &[]).json();
    let agents = answer
        .pointer("/calls/0/agents")
        .and_then(Value::as_array)
        .unwrap();
    agents
        .iter()
        .map(|agent| agent["stringee_user_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_change_the_next_answer_also_after_a_kill() {
    let database = Database::ringing(&["hoa", "lan", "minh"]).await;
    database
        .shell()
        .await
        .run("update groups set strategy = 'longest_idle', spread = 0")
        .await;
    let last = "insert into rules (id, position, name, caller_tag) values (2, 1, 'again', 'known');
        insert into rule_steps (rule_id, step, target) values (2, 1, 'last_agent');
        insert into callers (number, tags) values ('84986776777', 'known')";
    let state = StateDirectory::new();
    let server = Running::with_state(&database.path(), &state.path(), "");
    let (call, agents) = ("a", rung(&server, "a"));
    let [first, second, third] = &*agents else {
        panic!("three agents")
    };
    post(&server, &event("answered", "1", "84986776777", first));
    assert_eq!(
        rung(&server, call),
        [second, third, first].map(String::clone),
        "who talks comes last"
    );
    post(&server, &event("ended", "1", "84986776777", first));
    serve_call(&server, "2", "", second);
    assert_eq!(
        rung(&server, call),
        [third, first, second].map(String::clone),
        "who was free first comes first"
    );
    post(&server, &event("answered", "3", "", third));
    let idle = rung(&server, call);
    assert_eq!(idle, [first, second, third].map(String::clone));
    journal_calls(&state.path(), 3);
    drop(server);
    let server = Running::with_state(&database.path(), &state.path(), "");
    wait_for("the killed server to know it all again", || {
        (rung(&server, call) == idle).then_some(())
    });
    database.shell().await.run(last).await;
    wait_for("the last agent to be rung alone", || {
        (rung(&server, call) == [first.clone()]).then_some(())
    });
}

#[tokio::test]
async fn whatever_an_event_holds_it_is_taken_and_counted() {
    let database = Database::ringing(&["hoa", "minh", "lan"]).await;
    database
        .shell()
        .await
        .run("update agents set phone_number = '84909992666' where id in ('hoa', 'minh')")
        .await;
    let server = Running::on(&database.path(), "");
    for (event, kind) in [
        (event("answered", "a", "84986776777", "hoa"), "answered"),
        (
            event("answered", "a", "84986776777", "nobody"),
            "unknown_agent",
        ),
        (
            event("answered", "a", "84986776777", "84909992666"),
            "shared_number",
        ),
        (event("teleported", "a", "", ""), "other"),
        (json!({"call_id": [1], "call_status": {}}), "unusable"),
        (
            json!({"call_id": 7, "call_status": "ended", "from": 1, "to": null, "new": [{}]}),
            "ended",
        ),
    ] {
        post(&server, &event);
        assert_eq!(
            metric(&server, &format!("call_events_total{{event=\"{kind}\"}}")),
            "1",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_is_no_event_is_named() {
    let database = Database::empty().await;
    let server = Running::on(&database.path(), "");
    for body in ["", "hello", "[]"] {
        let answer = server.post(PATH, body.as_bytes(), &[]);
        assert_eq!(
            (answer.status, &*answer.content_type),
            (400, "application/problem+json"),
            "{body:?}"
        );
        assert!(
            answer.body.contains("the request is not a call event: "),
            "{answer:?}"
        );
    }
    assert_eq!(server.post(PATH, &vec![b' '; 300_000], &[]).status, 413);
    assert_eq!(server.get(PATH).status, 405);
    assert_eq!(
        metric(&server, "call_event_rejections_total{reason=\"not_json\"}"),
        "3"
    );
}

/// Refused without a word.
#[track_caller]
fn is_refused(answer: &Answer, status: u16) {
    assert_eq!((answer.status, &*answer.body), (status, ""));
}

#[tokio::test]
async fn events_come_through_the_same_gate_as_questions() {
    let database = Database::empty().await;
    let key = "a-signing-key-of-25";
    let config = format!(
        "[webhook]\nsecrets = ['the-new-secret-0001']\n[[webhook.projects]]\nid = 25\nsigning_keys = ['{key}']\n"
    );
    let server = Running::on(&database.path(), &config);
    let body = event("ended", "a", "", "").to_string();
    let signature = SigningKey::new(key).sign(body.as_bytes());
    let path = "/events/the-new-secret-0001";
    let send = |path: &str, headers: &[(&str, &str)]| server.post(path, body.as_bytes(), headers);
    let signed = [("x-stringee-signature", &*signature)];
    assert_eq!(send(path, &signed).status, 200);
    is_refused(&send(PATH, &signed), 404);
    is_refused(&send("/events/another-secret-0001", &signed), 404);
    // What is no text when decoded.
    is_refused(&send("/events/%FF", &signed), 404);
    is_refused(&send(path, &[]), 401);
    is_refused(&send(path, &[("x-stringee-signature", "bm8=")]), 401);
    let elsewhere = json!({"call_id": "a", "call_status": "ended", "project_id": 26}).to_string();
    is_refused(&server.post(path, elsewhere.as_bytes(), &[]), 401);
    let foreign = Running::on(
        &database.path(),
        "[webhook]\nnetworks = ['203.0.113.0/24']\n",
    );
    is_refused(&foreign.post(PATH, body.as_bytes(), &[]), 403);
    assert_eq!(
        metric(
            &server,
            "call_event_rejections_total{reason=\"path_secret\"}"
        ),
        "3"
    );
}
