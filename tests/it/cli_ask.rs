//! `ask`: the request as the platform sends it, and what becomes of the answer.

use stringee::wire::signature::{SIGNATURE_HEADER, SigningKey};

use crate::cli_program::Program;
use crate::cli_stub::{hanging_up, nobody, serving};
use crate::database::Database;
use crate::harness::Running;

const ANSWER: &str = r#"{"version":2,"calls":[{"callId":"c1","agents":[{"stringee_user_id":"hoa","routing_type":1}]}]}"#;

const CALL: [&str; 9] = [
    "ask",
    "--queue",
    "queue_1",
    "--from",
    "84986776777",
    "--to",
    "842473082666",
    "--call-id",
    "c1",
];

#[test]
fn a_question_is_sent_signed_and_its_answer_printed() {
    let (ran, requests) = serving(&[("200 OK", ANSWER)], |address| {
        let url = format!("http://{address}/get_list_agents");
        let options = [
            "--url",
            &url,
            "--secret",
            "s3cret",
            "--signing-key",
            "key",
            "--project",
            "25",
        ];
        Program::new().run(&[&CALL[..], &options].concat())
    });
    insta::assert_snapshot!(ran);
    let [request] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(request.target, "POST /get_list_agents/s3cret");
    assert_eq!(
        request.header(SIGNATURE_HEADER),
        Some(&*SigningKey::new("key").sign(&request.body))
    );
    let body = r#"{"queueId":"queue_1","calls":[{"callId":"c1","from":"84986776777","to":"842473082666"}],"projectId":25}"#;
    assert_eq!(String::from_utf8_lossy(&request.body), body);
}

#[test]
fn numbers_that_no_call_has_are_said_and_asked_about_all_the_same() {
    let note = |from: &str| {
        let (ran, _) = serving(&[("200 OK", ANSWER)], |address| {
            let url = format!("http://{address}/get_list_agents");
            Program::new().run(&[
                "ask",
                "--queue",
                "q",
                "--from",
                from,
                "--to",
                "0986 776 777",
                "--url",
                &url,
            ])
        });
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.complaints
    };
    let status = "200 OK, rules version 3-00000000000000ff\n";
    for fine in ["0986776777", "anonymous", "user_1", ""] {
        assert_eq!(note(fine), status, "{fine}");
    }
    for (from, said) in [
        (
            "098677677",
            "note: --from '098677677' has 8 digits behind 84, and a mobile has 9; look it up, and write all its digits\n",
        ),
        (
            "0164 123 4567",
            "note: --from '0164 123 4567' is a number of before 2018; write 84341234567\n",
        ),
    ] {
        assert_eq!(note(from), format!("{said}{status}"));
    }
}

#[test]
fn the_configured_server_is_asked_with_its_own_secrets() {
    let program = Program::new();
    let (ran, requests) = serving(&[("200 OK", "{}")], |address| {
        let port = address.port();
        let configuration = format!(
            "[server]\nlisten = \"0.0.0.0:{port}\"\n[webhook]\nsecrets = [\"0123456789abcdef\"]\n\
             [[webhook.projects]]\nid = 7\nsigning_keys = [\"one\"]\n[[webhook.projects]]\nid = 8\nsigning_keys = [\"two\"]"
        );
        program.write("config.toml", &configuration);
        program.run(&["ask", "--queue", "queue_1", "--project", "8"])
    });
    assert_eq!(ran.code, Some(0), "{ran}");
    let [request] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(request.target, "POST /get_list_agents/0123456789abcdef");
    assert_eq!(
        request.header(SIGNATURE_HEADER),
        Some(&*SigningKey::new("two").sign(&request.body))
    );
    let body = String::from_utf8_lossy(&request.body);
    assert!(
        body.ends_with(r#","from":"","to":""}],"projectId":8}"#),
        "{body}"
    );
}

#[tokio::test]
async fn a_queue_of_the_configured_server_may_be_named() {
    let program = Program::with_rules().await;
    let queue = "insert into queues (id, name) values ('QU_7', 'Tổng đài 7')";
    program.edit("rules.db", queue).await;
    for (typed, asked, note) in [
        ("tong dai 7", "QU_7", ""),
        (
            "QU_8",
            "QU_8",
            "note: no rule and no row of queues names the queue 'QU_8'",
        ),
    ] {
        let (ran, requests) = serving(&[("200 OK", "{}")], |address| {
            let configuration =
                format!("[server]\nlisten = \"{address}\"\n[database]\nrules = \"rules.db\"");
            program.write("config.toml", &configuration);
            program.run(&["ask", "--queue", typed])
        });
        let [request] = &requests[..] else {
            panic!("{requests:?}")
        };
        let body = String::from_utf8_lossy(&request.body);
        let queue = format!(r#"{{"queueId":"{asked}","#);
        assert!(body.starts_with(&queue), "{body}");
        assert!(ran.complaints.starts_with(note), "{ran}");
        assert_eq!(ran.complaints.contains("note:"), !note.is_empty(), "{ran}");
    }
}

#[tokio::test]
async fn the_real_server_wants_the_signature_and_gives_the_documented_answer() {
    const PROJECT: &str = "[[webhook.projects]]\nid = 25\nsigning_keys = [\"key\"]";
    let database = Database::demo().await;
    let running = Running::on(&database.path(), PROJECT);
    let program = Program::new();
    program.write(
        "config.toml",
        &format!("[server]\nlisten = \"{}\"\n{PROJECT}", running.webhook()),
    );
    let call_id = "call-vn-1-EHHC6JW1LT-1534145391502";
    let call = [
        "ask",
        "--queue",
        "queue_1",
        "--from",
        "84986776777",
        "--to",
        "842473082666",
        "--call-id",
        call_id,
    ];
    insta::assert_snapshot!(program.run(&call).output);
    let refused = program.run(&[&call[..], &["--signing-key", "other"]].concat());
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused.complaints.starts_with("401 Unauthorized"),
        "{refused}"
    );
    let healthy = program.run(&["healthcheck"]);
    assert_eq!(healthy.code, Some(0), "{healthy}");
}

#[test]
fn another_server_is_not_told_the_configured_secrets() {
    let program = Program::new();
    program.write("config.toml", "[webhook]\nsecrets = [\"0123456789abcdef\"]");
    let (_, requests) = serving(&[("200 OK", "{}")], |address| {
        program.run(&[
            "ask",
            "--queue",
            "queue_1",
            "--url",
            &format!("http://{address}/other"),
        ])
    });
    assert_eq!(requests[0].target, "POST /other");
    assert_eq!(requests[0].header(SIGNATURE_HEADER), None);
}

#[test]
fn another_status_is_a_problem() {
    let (ran, _) = serving(&[("404 Not Found", "nothing here")], |address| {
        Program::new().run(&[&CALL[..], &["--url", &format!("http://{address}/")]].concat())
    });
    insta::assert_snapshot!(ran);
}

#[test]
fn no_answer_could_not_run() {
    let url = format!("http://{}/get_list_agents", nobody());
    let ran = Program::new().run(&[&CALL[..], &["--url", &url, "--secret", "s3cret"]].concat());
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .starts_with(&format!("error: no answer from {url}: ")),
        "{ran}"
    );
    assert!(!ran.complaints.contains("s3cret"), "{ran}");
}

#[test]
fn a_server_without_tls_is_not_asked_over_https() {
    let ran = hanging_up(|address| {
        Program::new().run(&[&CALL[..], &["--url", &format!("https://{address}/")]].concat())
    });
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .starts_with("error: no answer from https://127.0.0.1:"),
        "{ran}"
    );
}
