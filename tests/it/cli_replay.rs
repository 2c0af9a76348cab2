//! `replay`: lines in, lines out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::cli_program::{Program, Ran};

/// A call in the queue whose group rotates, asked about at a time of a Monday.
fn turn(call_id: &str, time: &str) -> String {
    format!(
        "{{\"queueId\":\"queue_3\",\"callId\":\"{call_id}\",\"at\":\"2026-11-23T{time}+07:00\"}}\n"
    )
}

/// The first agent of each line.
fn first_agents(output: &str) -> Vec<String> {
    let first = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap_or_default();
        answer
            .pointer("/agents/0/stringee_user_id")
            .and_then(Value::as_str)
            .unwrap_or("nobody")
            .to_owned()
    };
    output.lines().map(first).collect()
}

const REPLAY: [&str; 3] = ["replay", "--rules", "rules.db"];

#[tokio::test]
async fn every_line_is_answered_by_the_rules_of_its_time() {
    let program = Program::with_rules().await;
    let input = r#"
{"queueId":"queue_1","callId":"c1","from":"84986776777","to":"842473082666","at":"2026-11-23T10:00:00+07:00","waited":0}
{"queueId":"queue_1","callId":"c1","from":"84986776777","to":"842473082666","at":"2026-11-23T03:00:50Z","waited":50}
{"queueId":"queue_1","callId":"c\"2","from":"btncall_84779000000","to":null,"at":"2026-11-23T10:00:30+07:00","project":25}
{"queueId":"queue_4","callId":"c3","at":"2026-11-23T07:59:59.999+07:00"}

{"queueId":"queue_4","callId":"c3","at":"2026-11-23T08:00:00+07:00"}
{"queueId":"queue_4","callId":"c3","at":"2026-11-23T07:59:00+07:00","waited":1}"#;
    insta::assert_snapshot!(program.run_with_input(&REPLAY, input));
}

#[tokio::test]
async fn groups_that_rotate_go_on_from_call_to_call() {
    let program = Program::with_rules().await;
    let calls = [
        turn("a", "10:00:00"),
        turn("b", "10:00:01"),
        turn("a", "10:01:00"),
        turn("c", "10:02:00"),
        turn("d", "10:03:00"),
    ];
    let ran = program.run_with_input(&REPLAY, &calls.concat());
    assert_eq!(
        first_agents(&ran.output),
        ["lan", "minh", "lan", "tuan", "lan"],
        "{ran}"
    );
}

#[tokio::test]
async fn a_call_of_hours_ago_is_a_new_one() {
    let program = Program::with_rules().await;
    let calls = [
        turn("a", "10:00:00"),
        turn("b", "10:00:01"),
        turn("a", "13:30:00"),
    ];
    let ran = program.run_with_input(&REPLAY, &calls.concat());
    assert_eq!(first_agents(&ran.output), ["lan", "minh", "tuan"], "{ran}");
}

#[tokio::test]
async fn lines_not_understood_are_named_and_the_others_answered() {
    let program = Program::with_rules().await;
    let long = format!("{{\"queueId\":\"{}\"}}\n", "x".repeat(200_000));
    let lines = [
        "hello\n".to_owned(),
        turn("a", "10:00:00"),
        "{\"queueId\":\"queue_3\",\"at\":\"2026-11-23T10:00:00Z\"}\n".to_owned(),
        long,
        "{\"queueId\":\"queue_3\",\"callId\":\"b\",\"at\":\"2026-11-23 10:00\"}\n".to_owned(),
        "{\"queueId\":\"queue_3\",\"callId\":\"b\",\"at\":\"2026-11-23T10:00:00Z\",\"waited\":-1}\n".to_owned(),
        turn("b", "10:00:00"),
    ];
    insta::assert_snapshot!(program.run_with_input(&REPLAY, &lines.concat()));
}

#[tokio::test]
async fn two_rule_sets_are_compared_by_the_agents_of_their_answers() {
    let program = Program::with_rules().await;
    program.add_rules("edited.db").await;
    let edit = "update rules set name = 'Vòng tròn' where id = 13; update agents set enabled = 0 where id = 'duc'";
    program.edit("edited.db", edit).await;
    let input = [
        turn("same agents by a rule of another name", "10:00:00"),
        "{\"queue_id\":\"queue_4\",\"call_id\":\"no fallback\",\"at\":\"2026-11-23T10:00:00+07:00\"}\n".to_owned(),
        turn("no duty", "23:00:00"),
    ];
    let arguments = ["replay", "--rules", "edited.db", "--against", "rules.db"];
    insta::assert_snapshot!(program.run_with_input(&arguments, &input.concat()));
    let itself = ["replay", "--rules", "rules.db", "--against", "rules.db"];
    insta::assert_snapshot!(program.run_with_input(&itself, &input.concat()));
}

#[tokio::test]
async fn no_lines_are_no_answers() {
    let ran = Program::with_rules().await.run_with_input(&REPLAY, "");
    assert_eq!(
        (ran.code, &*ran.output, &*ran.complaints),
        (Some(0), "", ""),
        "{ran}"
    );
}

#[test]
fn rules_that_are_not_there_could_not_be_replayed() {
    let ran = Program::new().run_with_input(&REPLAY, "");
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[tokio::test]
async fn an_answer_does_not_wait_for_the_end_of_the_input() {
    /// Long enough for any machine; the answer takes milliseconds.
    const DEADLINE: Duration = Duration::from_mins(1);
    let program = Program::with_rules().await;
    let mut replay = program
        .command(&REPLAY)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = replay.stdin.take().unwrap();
    let output = BufReader::new(replay.stdout.take().unwrap());
    let (sender, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            output
                .lines()
                .try_for_each(|line| sender.send(line.unwrap()))
        });
        for call in ["a", "b"] {
            input.write_all(turn(call, "10:00:00").as_bytes()).unwrap();
            let answer = answers.recv_timeout(DEADLINE);
            if answer.is_err() {
                replay.kill().unwrap();
            }
            assert!(
                answer
                    .unwrap()
                    .starts_with(&format!("{{\"call_id\":\"{call}\""))
            );
        }
        drop(input);
        assert!(replay.wait().unwrap().success());
    });
}

#[tokio::test]
async fn a_reader_who_has_read_enough_ends_it() {
    let program = Program::with_rules().await;
    program.write("input", &turn("a", "10:00:00").repeat(20_000));
    let input = std::fs::File::open(program.path("input")).unwrap();
    let mut replay = program.command(&REPLAY).stdin(input).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(replay.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first_agents(&first), ["lan"]);
    let ran = Ran::of(replay.wait_with_output().unwrap());
    assert_eq!((ran.code, &*ran.complaints), (Some(0), ""), "{ran}");
}
