//! `coverage`: who answers when, for people, for programs and as a picture.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::cli_program::{Program, Ran};

/// A Monday.
const MONDAY: &str = "2026-11-23";

/// Open on weekdays, with a second number that nobody answers at noon, and names that XML has to escape.
const HOLES: &str = "
    insert into schedules (id, name) values ('office', 'Giờ làm việc'), ('late', 'Muộn');
    insert into schedule_hours (schedule_id, days, start_time, end_time) values
      ('office', 'mon-fri', '08:00', '12:00'), ('office', 'mon-fri', '13:30', '17:30'), ('late', 'daily', '17:30', '22:00');
    insert into agents (id, name) values ('hoa', 'Hoa'), ('lan', 'Lan');
    insert into groups (id, name) values ('sales', 'Kinh doanh'), ('second', 'Dự phòng');
    insert into group_members (group_id, agent_id, schedule_id) values ('sales', 'hoa', 'office'), ('second', 'lan', null);
    insert into queues (id, name) values ('q1', 'Bán <hàng> & \"giữ\"');
    insert into rules (id, position, name, queue_id, to_number, schedule_id, when_open, action) values
      (1, 10, 'Ngày & đêm', 'q1', '02471001001', null, 1, 'ring'),
      (2, 20, 'Muộn', 'q1', '02471001001', 'late', 1, 'ring'),
      (3, 30, 'Nghỉ', 'q1', '02471001002', 'office', 0, 'nobody'),
      (4, 40, 'Chậm', 'q1', '02471001002', null, 1, 'ring');
    insert into rule_steps (rule_id, step, after_seconds, group_id) values
      (1, 1, 0, 'sales'), (2, 1, 0, 'second'), (4, 1, 20, 'second');
";

async fn with_holes() -> Program {
    let program = Program::new();
    let ran = program.run(&["init", "--rules", "rules.db"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program.edit("rules.db", HOLES).await;
    program
}

fn demo() -> Program {
    let program = Program::new();
    let ran = program.run(&["init", "--demo", "--rules", "rules.db"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program
}

fn coverage(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["coverage", "--rules", "rules.db"], arguments].concat())
}

#[test]
fn the_demo_data_have_no_holes() {
    insta::assert_snapshot!(coverage(&demo(), &["--from", MONDAY]));
}

#[test]
fn holidays_stand_beside_the_week() {
    insta::assert_snapshot!(coverage(
        &demo(),
        &[
            "--from",
            "2027-02-01",
            "--days",
            "21",
            "--queue",
            "QU_TONGDAI"
        ]
    ));
}

#[tokio::test]
async fn every_kind_of_hole_has_its_mark() {
    insta::assert_snapshot!(coverage(
        &with_holes().await,
        &["--from", MONDAY, "--days", "7"]
    ));
}

#[tokio::test]
async fn the_fallback_is_a_hole_but_no_failure() {
    let program = with_holes().await;
    program
        .edit(
            "rules.db",
            "insert into settings (key, value) values ('fallback_group', 'second')",
        )
        .await;
    let ran = coverage(&program, &["--from", MONDAY, "--days", "7"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output.contains("only the fallback rings: lan alone"),
        "{ran}"
    );
}

#[tokio::test]
async fn lines_that_are_answered_alike_stand_together() {
    insta::assert_snapshot!(coverage(&Program::with_rules().await, &["--from", MONDAY]));
}

#[tokio::test]
async fn a_caller_can_be_named() {
    let program = Program::with_rules().await;
    let caller = [
        "--from",
        MONDAY,
        "--days",
        "1",
        "--queue",
        "queue_1",
        "--caller",
        "0986 776 777",
    ];
    insta::assert_snapshot!(coverage(&program, &caller));
}

#[tokio::test]
async fn programs_get_each_range() {
    insta::assert_snapshot!(coverage(
        &with_holes().await,
        &["--from", MONDAY, "--days", "1", "--json"]
    ));
}

#[tokio::test]
async fn ranges_meet_and_cover_all_days() {
    let program = Program::with_rules().await;
    let ran = coverage(&program, &["--from", MONDAY, "--days", "3", "--json"]);
    let report: Value = serde_json::from_str(&ran.output).unwrap();
    for line in report["lines"].as_array().unwrap() {
        let ranges = line["ranges"].as_array().unwrap();
        assert_eq!(ranges.first().unwrap()["from"], "2026-11-23T00:00:00+07:00");
        assert!(
            ranges
                .windows(2)
                .all(|two| two[0]["until"] == two[1]["from"]),
            "{line}"
        );
        assert_eq!(ranges.last().unwrap()["until"], "2026-11-26T00:00:00+07:00");
    }
    let counted: u64 = report["half_hours"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(counted, 3 * 48 * 18);
}

#[tokio::test]
async fn the_picture_is_xml_that_says_what_it_shows() {
    let program = with_holes().await;
    program
        .edit(
            "rules.db",
            "update rules set name = 'Muộn' || char(1) || char(65535) where id = 2",
        )
        .await;
    let ran = coverage(&program, &["--from", MONDAY, "--svg", "week.svg"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let picture = fs::read_to_string(program.path("week.svg")).unwrap();
    let document = roxmltree::Document::parse(&picture).unwrap();
    let texts: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name(SVG_TEXT))
        .filter_map(|node| node.text())
        .collect();
    assert!(
        texts.contains(&"Queue q1 (Bán <hàng> & \"giữ\"), hotline 842471001001"),
        "{texts:?}"
    );
    assert!(
        texts.contains(&"nobody at all is rung: 386 half hours"),
        "{texts:?}"
    );
    let tooltips: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name(SVG_TITLE))
        .filter_map(|node| node.text())
        .collect();
    let noon = "Mon 12:00-13:30\nnobody; rule 1 'Ngày & đêm' matches, but finds nobody";
    assert!(tooltips.contains(&noon), "{tooltips:#?}");
}

const SVG: &str = "http://www.w3.org/2000/svg";
const SVG_TEXT: (&str, &str) = (SVG, "text");
const SVG_TITLE: (&str, &str) = (SVG, "title");

#[tokio::test]
async fn the_picture_is_drawn_so() {
    let program = with_holes().await;
    coverage(
        &program,
        &["--from", MONDAY, "--days", "8", "--svg", "week.svg"],
    );
    insta::assert_snapshot!(fs::read_to_string(program.path("week.svg")).unwrap());
}

#[tokio::test]
async fn what_cannot_be_asked_could_not_run() {
    let program = Program::with_rules().await;
    let refused = |arguments: &[&str], complaint: &str| {
        let ran = coverage(&program, arguments);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.complaints.contains(complaint), "{ran}");
    };
    refused(
        &["--queue", "queue_5"],
        "no rule and no row of queues names the queue queue_5",
    );
    refused(&["--days", "0"], "0 is not in 1..=92");
    refused(
        &["--from", "11.23.2026"],
        "'11.23.2026' is not a time; write '2026-11-23 10:00', '2026-11-23'",
    );
    refused(
        &["--svg", "missing/week.svg"],
        "cannot write missing/week.svg",
    );
    let rules = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 501)
        insert into rules (id, position, name, queue_id) select 1000 + i, 1000, 'Hàng ' || i, 'many_' || i from n;";
    program.edit("rules.db", rules).await;
    refused(&[], "choose one with --queue");
}

#[test]
fn two_weeks_of_the_demo_take_less_than_two_seconds() {
    let program = demo();
    let started = clock::monotonic();
    let ran = coverage(&program, &["--days", "14"]);
    let taken = started.elapsed();
    assert!(taken < Duration::from_secs(2), "{taken:?}: {ran}");
}
