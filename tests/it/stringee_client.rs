//! The client of the REST API against the emulated one, and against servers that misbehave.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::net::{SocketAddr, TcpListener};

use stringee::client::{ApiError, Client, QueueFields};
use stringee_router::config::StringeeConfig;

use crate::cli_stub::{Request, serving};
use crate::stringee_api::{Emulated, config};

const QUEUE: &str =
    r#"{"r": 0, "data": {"totalQueues": "1", "queues": [{"id": "Q", "name": "Sales"}]}}"#;
const NO_QUEUE: &str = r#"{"r": 0, "data": {"totalQueues": "0", "queues": []}}"#;
const DONE: &str = r#"{"r": 0, "message": "done"}"#;

/// Asks a server that gives prepared answers.
fn asked<T>(answers: &[(&str, &str)], ask: impl FnOnce(Client) -> T) -> (T, Vec<Request>) {
    serving(answers, |address: SocketAddr| {
        ask(config(address, "SK.1", "secret").client().unwrap())
    })
}

fn targets(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|request| &*request.target).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_created_changed_read_and_deleted() {
    let client = Emulated::with(1, 1).await.client();
    let new = QueueFields {
        name: Some("Hỗ trợ".to_owned()),
        wait_greeting: Some("file-1.mp3".to_owned()),
        hold_greeting: Some("file-2.mp3".to_owned()),
        record_calls: Some(false),
        ..QueueFields::default()
    };
    let id = client.create_queue(&new).unwrap();
    let queue = client.queue(&id).unwrap();
    assert_eq!(queue.name.as_deref(), Some("Hỗ trợ"));
    assert_eq!(
        (queue.record_calls, queue.agent_wrap_up_after_calls),
        (Some(false), Some(true))
    );
    assert_eq!(
        (queue.wait_agent_answer_timeout, queue.cond_routing),
        (Some(15), Some(1))
    );

    let cleared = QueueFields {
        hold_greeting: Some(String::new()),
        wrap_up_time_limit: Some(0),
        ..QueueFields::default()
    };
    client.update_queue(&id, &cleared).unwrap();
    let queue = client.queue(&id).unwrap();
    assert_eq!(
        (queue.hold_greeting, queue.wrap_up_time_limit),
        (None, Some(0))
    );
    assert_eq!(
        queue.wait_greeting.as_deref(),
        Some("file-1.mp3"),
        "what was not sent stays"
    );

    client.delete_queue(&id).unwrap();
    assert!(matches!(client.queue(&id), Err(ApiError::NotFound { .. })));
    let refusal = client.update_queue(&id, &cleared).unwrap_err().to_string();
    assert!(
        refusal.contains("The queue does not exist (r = 3, HTTP status 200)"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_come_in_pages() {
    let emulated = Emulated::with(130, 60).await;
    let center = emulated.client().center().unwrap();
    assert_eq!(
        (
            center.queues.len(),
            center.agents.len(),
            center.groups.len()
        ),
        (60, 130, 61)
    );
    assert_eq!(
        (
            center.members.len(),
            center.routings.len(),
            center.numbers.len()
        ),
        (130 + 26, 120, 60)
    );
    let mut ids: Vec<&str> = center
        .agents
        .iter()
        .filter_map(|agent| agent.user_id.as_deref())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused_in_the_platform_s_words() {
    let emulated = Emulated::with(1, 1).await;
    let refusal = |sid: &str, secret: &str| {
        config(emulated.address, sid, secret)
            .client()
            .unwrap()
            .queues()
            .unwrap_err()
            .to_string()
    };
    let sid = emulated.state.lock().api_key_sid.clone();
    assert_eq!(
        refusal(&sid, "wrong"),
        "Stringee refused to list the queues: the token's signature is wrong (r = 1, HTTP status 401)"
    );
    assert!(refusal("SK.other", "wrong").contains("the token names another API key"));
}

#[test]
fn a_request_says_what_stringee_documents() {
    let (queues, requests) = asked(&[("200 OK", QUEUE)], |client| client.queues());
    assert_eq!(queues.unwrap()[0].id, "Q");
    assert_eq!(requests[0].target, "GET /v1/queue?page=1&limit=50");
    assert_eq!(
        requests[0]
            .header("x-stringee-auth")
            .unwrap()
            .split('.')
            .count(),
        3
    );
    let fields = QueueFields {
        schedule: Some(2),
        ..QueueFields::default()
    };
    let (updated, requests) = asked(&[("200 OK", DONE)], |client| {
        client.update_queue("a/../b?", &fields)
    });
    updated.unwrap();
    assert_eq!(
        requests[0].target, "PUT /v1/queue/a%2F%2E%2E%2Fb%3F",
        "an id never leaves its place"
    );
    assert_eq!(requests[0].body, br#"{"schedule":2}"#);
}

#[test]
fn what_does_no_harm_is_tried_again() {
    let (queues, requests) = asked(
        &[
            ("502 Bad Gateway", "<html>"),
            ("503 Unavailable", ""),
            ("200 OK", QUEUE),
        ],
        |client| client.queues(),
    );
    assert_eq!((queues.unwrap().len(), requests.len()), (1, 3));
    let fields = QueueFields {
        schedule: Some(2),
        ..QueueFields::default()
    };
    let (updated, requests) = asked(
        &[("502 Bad Gateway", "<html>"), ("200 OK", DONE)],
        |client| client.update_queue("Q", &fields),
    );
    updated.unwrap();
    assert_eq!(requests.len(), 2);
}

#[test]
fn nothing_is_created_twice() {
    let (created, requests) = asked(&[("502 Bad Gateway", "<html>")], |client| {
        client.create_queue(&QueueFields::default())
    });
    let error = created.unwrap_err().to_string();
    assert!(
        error.contains("is not understood") && error.contains("502"),
        "{error}"
    );
    assert_eq!(targets(&requests), ["POST /v1/queue"]);
}

#[test]
fn a_refusal_is_not_tried_again() {
    let (queues, requests) = asked(&[("500 Error", r#"{"r": 9, "msg": "busy"}"#)], |client| {
        client.queues()
    });
    assert_eq!(
        queues.unwrap_err().to_string(),
        "Stringee refused to list the queues: busy (r = 9, HTTP status 500)"
    );
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_queue_deleted_by_an_attempt_whose_answer_was_lost_is_deleted() {
    let gone = (
        "200 OK",
        r#"{"r": 3, "message": "The queue does not exist"}"#,
    );
    let (deleted, requests) = asked(
        &[("504 Timeout", ""), gone, ("200 OK", NO_QUEUE)],
        |client| client.delete_queue("Q"),
    );
    deleted.unwrap();
    assert_eq!(
        targets(&requests),
        [
            "DELETE /v1/queue/Q",
            "DELETE /v1/queue/Q",
            "GET /v1/queue?page=1&limit=50"
        ]
    );
    let (deleted, _) = asked(&[gone, ("200 OK", QUEUE)], |client| {
        client.delete_queue("Q")
    });
    assert!(
        deleted
            .unwrap_err()
            .to_string()
            .contains("The queue does not exist")
    );
}

#[test]
fn a_list_that_gives_the_same_page_again_has_been_read() {
    let row = r#"{"group_id": "G", "agent_id": "A"}"#;
    let page = format!(
        r#"{{"r": 0, "data": {{"groupAgents": [{}]}}}}"#,
        [row; 50].join(",")
    );
    let (members, requests) = asked(&[("200 OK", &page), ("200 OK", &page)], |client| {
        client.group_members("G")
    });
    assert_eq!(members.unwrap().len(), 50);
    assert_eq!(
        requests[1].target,
        "GET /v1/manage-agents-in-group?group=G&page=2&limit=50"
    );
}

#[test]
fn silence_is_not_waited_for_for_ever() {
    // It accepts into its backlog and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let impatient = StringeeConfig {
        timeout_seconds: 1,
        ..config(silent.local_addr().unwrap(), "SK.1", "secret")
    };
    let error = impatient
        .client()
        .unwrap()
        .create_queue(&QueueFields::default())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no answer from http://127.0.0.1:"),
        "{error}"
    );
}

#[test]
fn without_a_key_nothing_is_asked() {
    let refusal = |config: &StringeeConfig| config.client().unwrap_err().to_string();
    assert!(refusal(&StringeeConfig::default()).starts_with("stringee.api_key_sid is not set"));
    let half = StringeeConfig {
        api_key_sid: Some("SK.1".to_owned()),
        ..StringeeConfig::default()
    };
    assert!(refusal(&half).starts_with("stringee.api_key_secret is not set"));
}
