//! `healthcheck`: only a server that is not alive fails it.

use crate::cli_program::{Program, Ran};
use crate::cli_stub::{nobody, serving};

fn check(answers: &[(&str, &str)]) -> (Ran, Vec<String>) {
    let (ran, requests) = serving(answers, |address| {
        let setting = |listener| format!("{listener}.listen=0.0.0.0:{}", address.port());
        let (public, admin) = (setting("server"), setting("admin"));
        Program::new().run(&["healthcheck", "--set", &public, "--set", &admin])
    });
    (
        ran,
        requests.into_iter().map(|request| request.target).collect(),
    )
}

#[test]
fn a_server_that_is_ready_is_healthy() {
    let (ran, targets) = check(&[("200 OK", "ok\n"), ("200 OK", "ready\n")]);
    assert_eq!(
        (ran.code, &*ran.output),
        (Some(0), "alive; /readyz answers 200 ready\n"),
        "{ran}"
    );
    assert_eq!(targets, ["GET /healthz", "GET /readyz"]);
}

#[test]
fn a_server_without_rules_is_healthy_and_says_so() {
    let (ran, _) = check(&[
        ("200 OK", "ok\n"),
        ("503 Service Unavailable", "no rule reaches an agent\n"),
    ]);
    assert_eq!(
        (ran.code, &*ran.output),
        (
            Some(0),
            "alive; /readyz answers 503 no rule reaches an agent\n"
        ),
        "{ran}"
    );
}

#[test]
fn a_server_that_answers_otherwise_is_not_healthy() {
    let (ran, _) = check(&[("500 Internal Server Error", "oh\n")]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.output.ends_with(" answers 500 oh\n"), "{ran}");
}

#[test]
fn a_server_that_does_not_answer_is_not_healthy() {
    let address = nobody();
    let ran = Program::new().run(&["healthcheck", "--set", &format!("server.listen={address}")]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.output.starts_with(&format!(
            "not alive: /healthz of {address} does not answer: "
        )),
        "{ran}"
    );
}
