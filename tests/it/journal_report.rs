//! `report`: what the journal adds up to, for people, programs and spreadsheets.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails there and then"
)]

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use stringee_router::store::{
    DecisionBatch, JournalFile, MissedRingRow, NewDecision, RepeatedDecision, TakenCall,
};

use crate::cli_program::{Program, Ran};

/// Two weighted agents, and one who is only in the fallback group.
const RULES: &str = "
    insert into agents (id, name) values ('an', 'An'), ('hoa', 'Hoa'), ('minh', 'Minh');
    insert into groups (id, name, strategy) values ('sales', 'Sales', 'weighted'), ('duty', 'Duty', 'ordered');
    insert into group_members (group_id, agent_id, weight) values ('sales', 'an', 30), ('sales', 'hoa', 10);
    insert into group_members (group_id, agent_id) values ('duty', 'minh');
    insert into queues (id, name) values ('q', 'Bán \"lẻ\", sỉ');
    insert into rules (id, position, name, queue_id) values (1, 10, 'Sales', 'q');
    insert into rule_steps (rule_id, step, group_id) values (1, 1, 'sales');
    insert into settings (key, value) values ('fallback_group', 'duty'), ('missed_rings', '2')";

/// Shows the report of these calls.
const GUIDE: &str = include_str!("../../docs/journal.md");

const HOTLINE: Option<&str> = Some("842471001001");

/// The first answer to a call, given on 2026-11-23 at 10:00 in Vietnam and so many seconds.
fn by_rule<'a>(key: i64, call_id: &'a str, second: i64, agents: &'a str) -> NewDecision<'a> {
    let ten: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
    NewDecision {
        key,
        call_id,
        at: Timestamp::from_second(ten.as_second() + second).unwrap(),
        waited: 0,
        queue_id: "q",
        from: Some("84986776777"),
        to: HOTLINE,
        outcome: "rule",
        rule: Some((1, "Sales")),
        agents,
        version: 1,
        rules_hash: "0123456789abcdef",
    }
}

fn without_rule<'a>(outcome: &'static str, answer: &NewDecision<'a>) -> NewDecision<'a> {
    NewDecision {
        outcome,
        rule: None,
        ..answer.clone()
    }
}

/// An answer that was given so many times more, the last time so many seconds after the first.
fn again(answer: &NewDecision<'_>, asks: u32, seconds: i64) -> RepeatedDecision {
    let last_at = Timestamp::from_second(answer.at.as_second() + seconds).unwrap();
    RepeatedDecision {
        key: answer.key,
        asks,
        last_at,
    }
}

async fn fill(program: &Program, answers: &[NewDecision<'_>], again: &[RepeatedDecision]) {
    let mut journal = JournalFile::open(&program.path("state").join("journal.db"))
        .await
        .unwrap();
    let first_at = answers.iter().map(|answer| answer.at).min().unwrap();
    let taken = |call_id: &str, agent: &str| TakenCall {
        call_id: call_id.to_owned(),
        agent: agent.to_owned(),
        from: None,
        answered_at: first_at,
        ended_at: None,
    };
    let taken = [
        taken("a", "an"),
        taken("c", "minh"),
        taken("not asked about", "hoa"),
    ];
    // Hoa lets two rings in a row pass, which is a rest; Minh one.
    let ten = answers.first().unwrap().at;
    let missed = [("b", "hoa", 80), ("c", "hoa", 140), ("a", "minh", 20)];
    let missed = missed.map(|(call_id, agent, second)| MissedRingRow {
        call_id: call_id.to_owned(),
        agent: agent.to_owned(),
        rung_at: ten + SignedDuration::from_secs(second),
    });
    let batch = DecisionBatch::new(answers, again);
    let batch = batch.with_taken(&taken).with_missed(&missed);
    journal.write(&batch).await.unwrap();
    journal.close().await.unwrap();
}

/// Rules, and a journal with six calls within the week: four by a rule, of which one ends at the fallback; one blocked; one for whom
/// nobody was found.
async fn with_calls() -> Program {
    let program = Program::new();
    let ran = program.run(&["init", "--rules", "rules.db"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program.edit("rules.db", RULES).await;
    let (an, hoa) = (
        r#"[["an",1,15],["hoa",1,15]]"#,
        r#"[["hoa",1,15],["an",1,15]]"#,
    );
    let answers = [
        by_rule(1, "a", 0, an),
        by_rule(2, "b", 60, an),
        by_rule(3, "c", 120, hoa),
        NewDecision {
            waited: 40,
            ..without_rule("fallback", &by_rule(4, "c", 160, r#"[["minh",1,15]]"#))
        },
        NewDecision {
            outcome: "blocked",
            rule: Some((2, "Spam")),
            ..by_rule(5, "d", 180, "[]")
        },
        NewDecision {
            to: None,
            queue_id: "other",
            ..without_rule("nobody", &by_rule(6, "e", 240, "[]"))
        },
        NewDecision {
            queue_id: "other",
            ..by_rule(7, "f", 300, an)
        },
        by_rule(8, "a week before", -7 * 86_400, an),
    ];
    let again = [
        again(&answers[0], 2, 5),
        again(&answers[2], 9, 38),
        again(&answers[3], 1, 3),
    ];
    fill(&program, &answers, &again).await;
    program
}

fn report(program: &Program, arguments: &[&str]) -> Ran {
    let common = [
        "report",
        "--state",
        "state",
        "--rules",
        "rules.db",
        "--to",
        "2026-11-24",
    ];
    program.run(&[&common, arguments].concat())
}

#[tokio::test]
async fn a_week_adds_up() {
    let ran = report(&with_calls().await, &[]);
    insta::assert_snapshot!(ran);
    assert!(
        GUIDE.contains(&ran.output),
        "docs/journal.md shows what is no longer true:\n{ran}"
    );
}

#[tokio::test]
async fn programs_get_an_object() {
    insta::assert_snapshot!(report(&with_calls().await, &["--json"]));
}

#[tokio::test]
async fn spreadsheets_get_one_table() {
    insta::assert_snapshot!(report(&with_calls().await, &["--csv"]));
}

#[tokio::test]
async fn more_days_hold_more_calls() {
    let program = with_calls().await;
    let calls = |days| {
        let ran = report(&program, &["--json", "--days", days]);
        serde_json::from_str::<Value>(&ran.output).unwrap()["all"]["calls"].as_u64()
    };
    assert_eq!(
        (calls("1"), calls("7"), calls("8")),
        (Some(6), Some(6), Some(7))
    );
}

#[tokio::test]
async fn an_empty_span_is_said() {
    let ran = with_calls().await.run(&[
        "report",
        "--state",
        "state",
        "--rules",
        "rules.db",
        "--to",
        "2026-01-01",
    ]);
    assert_eq!(
        (ran.code, &*ran.output),
        (
            Some(0),
            "2025-12-25 00:00:00 to 2026-01-01 00:00:00: 0 calls, 0 asks\n"
        )
    );
}

#[tokio::test]
async fn without_the_rules_names_and_weights_are_missing() {
    let program = with_calls().await;
    let ran = program.run(&[
        "report",
        "--state",
        "state",
        "--rules",
        "none.db",
        "--to",
        "2026-11-24",
        "--json",
    ]);
    let said = "warning: names and weights are missing: there is no rules database at none.db";
    assert_eq!(
        (ran.code, ran.complaints.starts_with(said)),
        (Some(0), true),
        "{ran}"
    );
    let object: Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(
        (&object["weights"], &object["all"]["calls"]),
        (&Value::Array(Vec::new()), &Value::from(6))
    );
}

#[test]
fn without_a_journal_it_could_not_run() {
    let program = Program::new();
    let ran = program.run(&["report", "--state", "state"]);
    assert_eq!(
        (
            ran.code,
            ran.complaints.starts_with("error: there is no journal at ")
        ),
        (Some(2), true),
        "{ran}"
    );
    let ran = program.run(&["report", "--json", "--csv"]);
    assert_eq!(
        (ran.code, ran.complaints.contains("cannot be used with")),
        (Some(2), true),
        "{ran}"
    );
}
