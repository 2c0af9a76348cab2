//! The webhook as Stringee sees it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails there and then"
)]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use stringee::wire::signature::SigningKey;

use crate::database::Database;
use crate::harness::{Answer, Running, wait_for};

const PATH: &str = "/get_list_agents";
const QUESTION: &str = include_str!("../fixtures/get-list-agents-request-2calls.json");
const ANSWER: &str = include_str!("../fixtures/get-list-agents-response-v2.json");

fn documented_answer() -> Value {
    serde_json::from_str(ANSWER).unwrap()
}

#[track_caller]
fn is_answered(answer: &Answer) {
    assert_eq!((answer.status, answer.json()), (200, documented_answer()));
}

/// Refused without a word.
#[track_caller]
fn is_refused(answer: &Answer, status: u16) {
    assert_eq!((answer.status, &*answer.body), (status, ""));
}

#[tokio::test]
async fn the_documented_question_gets_the_documented_answer() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let answer = server.post(PATH, QUESTION.as_bytes(), &[]);
    is_answered(&answer);
    assert_eq!(answer.content_type, "application/json");
    assert!(answer.version.starts_with("1-"), "{}", answer.version);
}

#[tokio::test]
async fn any_content_type_is_read() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    for content_type in [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "nonsense",
    ] {
        is_answered(&server.post(PATH, QUESTION.as_bytes(), &[("content-type", content_type)]));
    }
}

#[tokio::test]
async fn every_call_is_answered_in_the_order_asked() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let question = json!({"queueId": "queue_1", "projectId": 99, "new": true, "calls": [
        {"callId": "z", "from": null, "to": 842_473_082_888_u64},
        {"callId": 7, "to": "842473082666"},
        {"from": "84986776777"},
        "not a call",
        {"callId": "z", "from": "", "to": "842473082888"},
        {"callId": "a\"\\ é", "from": {}, "to": "+84 24 7308 2888"},
    ]});
    let answer = server
        .post(PATH, question.to_string().as_bytes(), &[])
        .json();
    let calls = answer["calls"].as_array().unwrap();
    let ids: Vec<_> = calls
        .iter()
        .map(|call| call["callId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["z", "7", "z", "a\"\\ é"]);
    let lengths: Vec<_> = calls
        .iter()
        .map(|call| call["agents"].as_array().unwrap().len())
        .collect();
    assert_eq!(lengths, [1, 2, 1, 1]);
    let metrics = server.admin("/metrics").body;
    assert!(metrics.contains("calls_total{answer=\"left_out\"} 2"));
    assert!(
        metrics.contains("first_seen_calls 3"),
        "z was asked about twice"
    );
}

/// Scenario 15 of the demo data. Only the sales team's rule is left, at any hour, so that the clock does not matter.
#[tokio::test]
async fn four_calls_that_wait_at_once_begin_with_four_people() {
    let database = Database::demo().await;
    let only_sales = "delete from rule_tests; delete from rules where id <> 7; update rules set schedule_id = null";
    database.shell().await.run(only_sales).await;
    let server = Running::on(&database.path(), "");
    let call = |id: u8| json!({"callId": id.to_string(), "from": "", "to": "842471001001"});
    let calls: Vec<Value> = (1..=4).map(call).collect();
    let body = json!({"queueId": "QU_TONGDAI", "calls": calls});
    let answer = server.post(PATH, body.to_string().as_bytes(), &[]).json();
    let firsts: BTreeSet<String> = (0..4)
        .map(|call| answer.pointer(&format!("/calls/{call}/agents/0/stringee_user_id")))
        .map(|first| first.unwrap().to_string())
        .collect();
    assert_eq!(firsts.len(), 4, "{answer}");
}

#[tokio::test]
async fn no_calls_are_an_empty_answer() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let answer = server.post(PATH, br#"{"queueId":"queue_1","calls":[]}"#, &[]);
    assert_eq!(
        (answer.status, &*answer.body),
        (200, r#"{"version":2,"calls":[]}"#)
    );
}

#[tokio::test]
async fn what_is_no_question_is_named_and_nothing_else() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let mut answers = Vec::new();
    for body in [
        "",
        "hello",
        "[]",
        "{}",
        r#"{"calls":7}"#,
        r#"{"queueId":"q","calls":[{]}"#,
    ] {
        let answer = server.post(PATH, body.as_bytes(), &[]);
        answers.push(format!(
            "{body:?}\n  {} {}\n  {}",
            answer.status, answer.content_type, answer.body
        ));
    }
    let long = server.post(PATH, &vec![b' '; 300_000], &[]);
    answers.push(format!(
        "300,000 blanks\n  {} {}\n  {}",
        long.status, long.content_type, long.body
    ));
    insta::assert_snapshot!(answers.join("\n"));
}

/// A question about so many calls.
fn question(calls: usize) -> String {
    let calls: Vec<Value> = (0..calls)
        .map(|call| json!({"callId": call.to_string(), "from": "", "to": "842473082666"}))
        .collect();
    // A hotline whose answer is as long for each call, at any time of the day.
    json!({"queueId": "queue_1", "calls": calls}).to_string()
}

#[tokio::test]
async fn a_question_about_too_many_calls_is_refused_as_a_whole() {
    let database = Database::demo().await;
    let server = Running::on(
        &database.path(),
        "[webhook]
max_calls = 3",
    );
    let answer = server.post(PATH, question(3).as_bytes(), &[]);
    assert_eq!(answer.json()["calls"].as_array().unwrap().len(), 3);
    let refused = server.post(PATH, question(4).as_bytes(), &[]);
    assert_eq!(
        (refused.status, &refused.json()["detail"]),
        (
            413,
            &json!(
                "the question asks about 4 calls, and webhook.max_calls is 3; ask about fewer at once"
            )
        )
    );
}

#[tokio::test]
async fn an_answer_that_would_be_too_long_is_not_given_by_half() {
    let database = Database::demo().await;
    let server = Running::on(
        &database.path(),
        "[webhook]
max_answer_bytes = 65536",
    );
    let one = server.post(PATH, question(1).as_bytes(), &[]).body.len();
    // What each further call adds, but for the digits of its id.
    let each = server.post(PATH, question(2).as_bytes(), &[]).body.len() - one;
    let fitting = server.post(PATH, question(65_536 / (each + 3)).as_bytes(), &[]);
    assert_eq!(fitting.status, 200);
    assert!(fitting.body.len() <= 65_536);
    let refused = server.post(PATH, question(65_536 / each * 2).as_bytes(), &[]);
    assert_eq!(refused.status, 413);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("65536 bytes of webhook.max_answer_bytes"),
        "{detail}"
    );
}

/// Sends one request after the other on one connection; the statuses.
fn statuses(server: &Running, requests: &[String]) -> Vec<u16> {
    let mut stream = TcpStream::connect(server.webhook()).unwrap();
    let mut statuses = Vec::new();
    for request in requests {
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "closed after {statuses:?}");
            answer.extend_from_slice(piece.get(..count).unwrap());
        }
        let head = String::from_utf8(answer).unwrap();
        statuses.push(head.split(' ').nth(1).unwrap().parse().unwrap());
    }
    statuses
}

#[tokio::test]
async fn a_stranger_who_is_refused_keeps_the_connection_for_whoever_is_next_on_it() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let post = |path: &str| {
        let length = QUESTION.len();
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{QUESTION}")
    };
    let put = format!("PUT {}", post(PATH).strip_prefix("POST ").unwrap());
    let requests = [
        post("/get_list_agents/not-the-secret"),
        post("/nothing/here"),
        put,
        post("/events/not-the-secret"),
        post(PATH),
    ];
    assert_eq!(statuses(&server, &requests), [404, 404, 405, 404, 200]);
}

#[tokio::test]
async fn an_odd_value_costs_that_value_and_not_the_question() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    for odd in [br#""\ud800""#.as_slice(), b"\"\xff\"", b"1e400", b"{}"] {
        let head = br#"{"queueId":"queue_1","x":"#;
        let calls = br#","calls":[{"callId":"a","to":"842473082888","from":"#;
        let end = br#"},{"callId":"b","from":"84986776777","to":"842473082888"}]}"#;
        let body = [head.as_slice(), odd, calls, odd, end].concat();
        let answer = server.post(PATH, &body, &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        let agents = &documented_answer()["calls"][1]["agents"];
        for (call, id) in ["a", "b"].into_iter().enumerate() {
            assert_eq!(answer["calls"][call]["callId"], id);
            assert_eq!(&answer["calls"][call]["agents"], agents);
        }
    }
}

#[tokio::test]
async fn a_slash_too_many_is_passed_over() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    for path in [
        "/get_list_agents/",
        "//get_list_agents",
        "//get_list_agents//",
    ] {
        is_answered(&server.post(path, QUESTION.as_bytes(), &[]));
    }
    assert_eq!(server.get("//healthz/").status, 200);
    let event = br#"{"call_id":"a","call_status":"ended"}"#;
    assert_eq!(server.post("/events/", event, &[]).status, 200);

    let config = "[webhook]\nsecrets = [\"the-new-secret-0001\"]\n";
    let server = Running::on(&database.path(), config);
    for path in [
        "/get_list_agents/the-new-secret-0001/",
        "/get_list_agents//the-new-secret-0001",
    ] {
        is_answered(&server.post(path, QUESTION.as_bytes(), &[]));
    }
    is_refused(
        &server.post("/get_list_agents/", QUESTION.as_bytes(), &[]),
        404,
    );
}

#[tokio::test]
async fn a_path_that_misses_the_webhook_is_counted_and_said() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    for path in [
        "/get_list_agent",
        "/",
        "/Get_List_Agents",
        "/get_list_agents/a/b",
    ] {
        assert_eq!(server.post(path, QUESTION.as_bytes(), &[]).status, 404);
    }
    let metrics = server.admin("/metrics").body;
    let counted = "webhook_rejections_total{reason=\"no_such_path\"} 4";
    assert!(metrics.contains(counted), "{metrics}");
    says(&server, "get_list_agents_url ends in /get_list_agents");
}

#[tokio::test]
async fn an_encoded_body_is_named() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let post = |path: &str, encoding: &str| {
        server.post(path, QUESTION.as_bytes(), &[("content-encoding", encoding)])
    };
    for path in [PATH, "/events"] {
        let refused = post(path, "gzip");
        assert_eq!(refused.status, 415);
        let detail = refused.json()["detail"].to_string();
        assert!(
            detail.contains("Content-Encoding gzip: send it as it is"),
            "{detail}"
        );
    }
    is_answered(&post(PATH, "identity"));
}

#[tokio::test]
async fn a_get_is_answered_from_its_query_or_its_body() {
    let database = Database::demo().await;
    let server = Running::on(&database.path(), "");
    let query = "queueId=queue_1&callId=a&from=84986776777&to=%2B842473082888&projectId=25";
    let answer = server.get(&format!("{PATH}?{query}")).json();
    assert_eq!(answer["calls"][0]["callId"], "a");
    assert_eq!(
        answer["calls"][0]["agents"],
        documented_answer()["calls"][1]["agents"]
    );

    let mut stream = TcpStream::connect(server.webhook()).unwrap();
    let length = QUESTION.len();
    write!(stream, "GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{QUESTION}")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        documented_answer()
    );

    assert_eq!(server.get(PATH).status, 400);
}

#[tokio::test]
async fn with_secrets_only_paths_that_end_in_one_exist() {
    let database = Database::demo().await;
    let config = "[webhook]\nsecrets = [\"the-new-secret-0001\", \"the-old-secret-0001\"]\n";
    let server = Running::on(&database.path(), config);
    let post = |path: &str| server.post(path, QUESTION.as_bytes(), &[]);
    is_answered(&post("/get_list_agents/the-new-secret-0001"));
    is_answered(&post("/get_list_agents/the-old-secret-0001"));
    for path in [
        PATH,
        "/get_list_agents/",
        "/get_list_agents/the-new-secret-0002",
        "/get_list_agents/the-new-secret-0001/x",
    ] {
        is_refused(&post(path), 404);
    }
    let without_secrets = Running::on(&database.path(), "");
    is_refused(
        &without_secrets.post(
            "/get_list_agents/the-new-secret-0001",
            QUESTION.as_bytes(),
            &[],
        ),
        404,
    );
}

#[tokio::test]
async fn a_project_that_requires_a_signature_gets_no_answer_without_one() {
    let database = Database::demo().await;
    let config = "[[webhook.projects]]\nid = 25\nsigning_keys = [\"new-key\", \"old-key\"]\n";
    let server = Running::on(&database.path(), config);
    let post = |body: &str, signature: &str| {
        server.post(
            PATH,
            body.as_bytes(),
            &[("X-STRINGEE-SIGNATURE", signature)],
        )
    };
    for key in ["new-key", "old-key"] {
        is_answered(&post(
            QUESTION,
            &SigningKey::new(key).sign(QUESTION.as_bytes()),
        ));
    }
    is_refused(
        &post(
            QUESTION,
            &SigningKey::new("other").sign(QUESTION.as_bytes()),
        ),
        401,
    );
    is_refused(
        &post(
            &format!("{QUESTION} "),
            &SigningKey::new("new-key").sign(QUESTION.as_bytes()),
        ),
        401,
    );
    is_refused(&server.post(PATH, QUESTION.as_bytes(), &[]), 401);
    let other_project = QUESTION.replace("25", "26");
    is_refused(
        &post(
            &other_project,
            &SigningKey::new("new-key").sign(other_project.as_bytes()),
        ),
        401,
    );
    let metrics = server.admin("/metrics").body;
    for (reason, count) in [("signature", 2), ("unsigned", 1), ("project", 1)] {
        assert!(
            metrics.contains(&format!(
                "webhook_rejections_total{{reason=\"{reason}\"}} {count}"
            )),
            "{metrics}"
        );
    }
}

#[tokio::test]
async fn a_get_is_signed_over_path_and_query() {
    let database = Database::demo().await;
    let server = Running::on(
        &database.path(),
        "[[webhook.projects]]\nid = 25\nsigning_keys = [\"the-key\"]\n",
    );
    let sent =
        format!("{PATH}?queueId=queue_1&callId=a&from=&to=842473082888&projectId=25&custom=");
    let signature = SigningKey::new("the-key").sign(sent.as_bytes());
    let get = |signature: &str| {
        let mut stream = TcpStream::connect(server.webhook()).unwrap();
        let headers = format!("Host: x\r\nConnection: close\r\nX-Stringee-Signature: {signature}");
        write!(stream, "GET {sent} HTTP/1.1\r\n{headers}\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(get(&signature), "200");
    assert_eq!(get(&SigningKey::new("the-key").sign(b"else")), "401");
}

#[tokio::test]
async fn the_body_of_a_get_decides_only_if_the_signature_covers_it() {
    let database = Database::demo().await;
    let server = Running::on(
        &database.path(),
        "[[webhook.projects]]\nid = 25\nsigning_keys = [\"the-key\"]\n",
    );
    let sent = format!("{PATH}?queueId=queue_1&callId=a&from=&to=842473082888&projectId=25");
    let status = |signed: &[u8]| {
        let mut stream = TcpStream::connect(server.webhook()).unwrap();
        let signature = SigningKey::new("the-key").sign(signed);
        let headers = format!("Host: x\r\nConnection: close\r\nX-Stringee-Signature: {signature}");
        let length = QUESTION.len();
        write!(
            stream,
            "GET {sent} HTTP/1.1\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{QUESTION}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status(QUESTION.as_bytes()), "200");
    assert_eq!(status(sent.as_bytes()), "401");
}

#[tokio::test]
async fn an_observed_signature_is_counted_and_answered_all_the_same() {
    let database = Database::demo().await;
    let config =
        "[[webhook.projects]]\nid = 25\nsigning_keys = [\"the-key\"]\nsignature = \"observe\"\n";
    let server = Running::on(&database.path(), config);
    let valid = SigningKey::new("the-key").sign(QUESTION.as_bytes());
    for signature in [&*valid, "wrong", ""] {
        is_answered(&server.post(
            PATH,
            QUESTION.as_bytes(),
            &[("x-stringee-signature", signature)],
        ));
    }
    let metrics = server.admin("/metrics").body;
    for result in ["valid", "invalid", "missing"] {
        assert!(
            metrics.contains(&format!(
                "observed_signatures_total{{result=\"{result}\"}} 1"
            )),
            "{metrics}"
        );
    }
}

/// Waits for the log, which has a thread of its own.
#[track_caller]
fn says(server: &Running, sentence: &str) {
    wait_for(sentence, || server.log().contains(sentence).then_some(()));
}

#[tokio::test]
async fn a_foreign_network_is_turned_away() {
    let database = Database::demo().await;
    let config = "[webhook]\nnetworks = [\"203.0.113.0/24\"]\n";
    let server = Running::on(&database.path(), config);
    is_refused(
        &server.post(
            PATH,
            QUESTION.as_bytes(),
            &[("x-forwarded-for", "203.0.113.7")],
        ),
        403,
    );

    says(&server, r#""address":"127.0.0.1","peer":"127.0.0.1""#);
    says(&server, "X-Forwarded-For is not believed");

    let behind_a_proxy = format!("{config}[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    let server = Running::on(&database.path(), &behind_a_proxy);
    let from =
        |forwarded: &str| server.post(PATH, QUESTION.as_bytes(), &[("x-forwarded-for", forwarded)]);
    is_answered(&from("203.0.113.7"));
    is_answered(&from("198.51.100.1, 203.0.113.7"));
    is_refused(&from("203.0.113.7, 198.51.100.1"), 403);
    is_refused(&from("198.51.100.1"), 403);
    says(&server, r#""address":"198.51.100.1","peer":"127.0.0.1""#);
    says(&server, "named by X-Forwarded-For, as the peer is in");
}

#[tokio::test]
async fn nothing_private_is_logged() {
    let database = Database::demo().await;
    let config = "[webhook]\nsecrets = [\"the-secret-of-the-path\"]\n[[webhook.projects]]\nid = 25\nsigning_keys = [\"the-signing-key\"]\n";
    let server = Running::with_log(&database.path(), config, "trace");
    let signature = SigningKey::new("the-signing-key").sign(QUESTION.as_bytes());
    let path = "/get_list_agents/the-secret-of-the-path";
    is_answered(&server.post(
        path,
        QUESTION.as_bytes(),
        &[("x-stringee-signature", &signature)],
    ));
    is_refused(
        &server.post(
            path,
            QUESTION.as_bytes(),
            &[("x-stringee-signature", "bad")],
        ),
        401,
    );
    says(&server, "call answered");
    let log = server.log();
    for private in [
        "84986776777",
        "the-secret-of-the-path",
        "the-signing-key",
        &signature,
        "queueId",
    ] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
