//! The advice of `check`: what is allowed, and most likely not meant.

use crate::cli_program::{Program, Ran};

/// A Monday, and the demo data's time.
const MONDAY: &str = "2026-11-23";

fn check(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["check", "rules.db"], arguments].concat())
}

fn demo() -> Program {
    let program = Program::new();
    let ran = program.run(&["init", "--demo", "--rules", "rules.db"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program
}

#[test]
fn the_demo_data_need_no_advice() {
    let program = demo();
    for date in [MONDAY, "2026-12-08", "2027-02-06"] {
        let ran = check(&program, &["--from", date]);
        assert!(
            ran.output.starts_with("rules.db: all is well: "),
            "{date}: {ran}"
        );
    }
}

#[test]
fn the_advice_looks_ahead_from_a_date() {
    insta::assert_snapshot!(check(&demo(), &["--from", "2027-12-01"]));
}

#[tokio::test]
async fn advice_is_a_warning() {
    let program = Program::with_rules().await;
    insta::assert_snapshot!(check(&program, &["--from", MONDAY]));
}

#[tokio::test]
async fn advice_has_the_form_of_every_problem() {
    let program = Program::with_rules().await;
    program
        .edit(
            "rules.db",
            "delete from rules where id in (7, 14); delete from queues",
        )
        .await;
    program
        .edit(
            "rules.db",
            "update rules set caller_tag = 'eng' where id = 8",
        )
        .await;
    insta::assert_snapshot!(check(&program, &["--from", MONDAY, "--json"]));
}

#[tokio::test]
async fn advice_can_be_declined() {
    let program = Program::with_rules().await;
    let ran = check(&program, &["--no-lint"]);
    assert!(ran.output.starts_with("rules.db: all is well: "), "{ran}");
    let ran = check(&program, &["--no-lint", "--from", MONDAY]);
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[tokio::test]
async fn there_is_no_advice_while_rows_are_in_error() {
    let program = Program::with_rules().await;
    program
        .edit("rules.db", "pragma ignore_check_constraints = 1; update groups set strategy = 'x' where id = 'turns'")
        .await;
    let ran = check(&program, &["--from", MONDAY]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(!ran.output.contains("warning: "), "{ran}");
}

#[test]
fn a_date_is_written_as_a_date() {
    let ran = Program::new().run(&["check", "--from", "11/23/2026"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints.contains("'11/23/2026' is not a time; write"),
        "{ran}"
    );
}
