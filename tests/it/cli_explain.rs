//! `explain`: text and JSON for calls that show each sentence it can say.

use jiff::{SignedDuration, Timestamp};
use stringee_router::store::{DecisionBatch, JournalFile, MissedRingRow, NewDecision, TakenCall};

use crate::cli_program::{Program, Ran};
use crate::database::Shell;

/// A Monday.
const OFFICE_HOURS: &str = "2026-11-23 10:00";

async fn explain(arguments: &[&str]) -> Ran {
    let program = Program::with_rules().await;
    program.run(&[&["explain", "--rules", "rules.db"], arguments].concat())
}

#[tokio::test]
async fn an_explanation_is_in_vietnamese_throughout() {
    let program = Program::with_rules().await;
    let calls: [&[&str]; 3] = [
        &[
            "--queue",
            "queue_1",
            "--from",
            "84986776777",
            "--to",
            "842473082666",
        ],
        &["--queue", "queue_4", "--waited", "30"],
        &["--queue", "queue_1", "--from", "0977 000 123"],
    ];
    let mut said = Vec::new();
    for call in calls {
        let always = [
            "explain",
            "--rules",
            "rules.db",
            "--language",
            "vi",
            "--all",
        ];
        let at = ["--at", "2026-11-23 10:00"];
        let arguments = [&always[..], &at, call].concat();
        said.push(program.run(&arguments).to_string());
    }
    let said = said.join("\n\n");
    let english = [
        " is ", " the ", "nobody", "matches", " rings ", "Answer", "waited", "level",
    ];
    for word in english {
        assert!(!said.contains(word), "{word:?} in {said}");
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn an_owner_on_leave_is_covered() {
    let call = [
        "--queue",
        "queue_1",
        "--from",
        "0986 776 777",
        "--to",
        "842473082666",
    ];
    insta::assert_snapshot!(explain(&[&call[..], &["--at", OFFICE_HOURS]].concat()).await);
}

#[tokio::test]
async fn later_steps_join_and_earlier_ones_end() {
    let call = [
        "--queue",
        "queue_1",
        "--from",
        "84986776777",
        "--to",
        "842473082666",
        "--waited",
        "50",
    ];
    insta::assert_snapshot!(explain(&[&call[..], &["--at", OFFICE_HOURS]].concat()).await);
}

#[tokio::test]
async fn each_agent_left_out_has_a_reason() {
    let call = [
        "--queue",
        "queue_1",
        "--from",
        "84979121212",
        "--call-id",
        "call-2",
        "--waited",
        "20",
    ];
    insta::assert_snapshot!(explain(&[&call[..], &["--at", "2026-11-25 17:29"]].concat()).await);
}

#[tokio::test]
async fn a_rule_that_finds_nobody_gives_way_to_the_next() {
    let call = [
        "--queue",
        "queue_1",
        "--from",
        "0912000000",
        "--to",
        "0283 822 9999",
        "--all",
    ];
    insta::assert_snapshot!(explain(&[&call[..], &["--at", "2026-11-21 18:00"]].concat()).await);
}

#[tokio::test]
async fn a_blocked_caller_gets_nobody() {
    insta::assert_snapshot!(
        explain(&[
            "--queue",
            "queue_1",
            "--from",
            "0779121212",
            "--at",
            OFFICE_HOURS
        ])
        .await
    );
}

#[tokio::test]
async fn the_fallback_comes_last() {
    insta::assert_snapshot!(explain(&["--queue", "queue_4", "--at", OFFICE_HOURS]).await);
}

#[tokio::test]
async fn an_owner_must_be_in_the_group_and_a_caller_keeps_their_agent() {
    let call = [
        "--queue",
        "queue_2",
        "--from",
        "84986776777",
        "--to",
        "842473082666",
    ];
    insta::assert_snapshot!(explain(&[&call[..], &["--at", OFFICE_HOURS]].concat()).await);
}

#[tokio::test]
async fn turns_begin_with_the_first_member() {
    insta::assert_snapshot!(
        explain(&["--queue", "queue_3", "--from", "anna", "--at", OFFICE_HOURS]).await
    );
}

#[tokio::test]
async fn json_says_all_that_the_text_says() {
    let call = [
        "--queue",
        "queue_1",
        "--from",
        "84986776777",
        "--to",
        "842473082666",
        "--waited",
        "12",
    ];
    insta::assert_snapshot!(
        explain(&[&call[..], &["--at", OFFICE_HOURS, "--json"]].concat()).await
    );
}

#[tokio::test]
async fn nobody_at_all_is_said_so() {
    let program = Program::with_rules().await;
    let call = [
        "explain",
        "--rules",
        "rules.db",
        "--queue",
        "queue_4",
        "--at",
        OFFICE_HOURS,
    ];
    program
        .edit("rules.db", "update agents set enabled = 0 where id = 'duc'")
        .await;
    let answer = |ran: Ran| ran.output.split("\nAnswer").nth(1).unwrap().to_owned();
    let with_fallback = answer(program.run(&call));
    assert_eq!(
        with_fallback,
        "  nobody: no rule finds anybody, and neither does fallback_group duty (Trực)\n"
    );
    program
        .edit(
            "rules.db",
            "delete from settings where key = 'fallback_group'",
        )
        .await;
    let without = answer(program.run(&call));
    assert_eq!(
        without,
        "  nobody: no rule finds anybody, and settings has no fallback_group\n"
    );
}

/// A call whose agents depend on a draw by the call's id.
const DRAWN: [&str; 9] = [
    "explain",
    "--rules",
    "rules.db",
    "--queue",
    "queue_1",
    "--from",
    "0979 121 212",
    "--at",
    "2026-11-25 10:00",
];

#[tokio::test]
async fn an_explanation_is_kept_as_a_test_that_holds() {
    let program = Program::with_rules().await;
    program
        .edit(
            "rules.db",
            "update rules set enabled = 0 where name = 'Đối tác'",
        )
        .await;
    let save = [
        &DRAWN[..],
        &[
            "--waited",
            "20",
            "--save-as-test",
            "Sáng thứ tư, giây 20",
            "--yes",
        ],
    ]
    .concat();
    let ran = Ran::of(program.command(&save).env("USER", "hoa").output().unwrap());
    assert!(
        ran.output
            .contains("\n  + rule_tests 3  name 'Sáng thứ tư, giây 20', queue_id 'queue_1'"),
        "{ran}"
    );
    assert!(ran.output.contains("id test-3, waited 20 s"), "{ran}");
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let rows = "select printf('%d|%s|%s|%s|%s|%s|%d|%s|%s', id, name, queue_id, from_number, to_number, at, waited,
                expect_rule, expect_agents) from rule_tests where id = 3";
    let row =
        "3|Sáng thứ tư, giây 20|queue_1|0979 121 212||2026-11-25 10:00|20|Kinh doanh|lan,minh,tuan";
    assert_eq!(shell.texts(rows).await, [row]);
    let who =
        "select actor || ': ' || reason || ': ' || row_key from changes order by id desc limit 1";
    assert_eq!(shell.texts(who).await, ["hoa: explain --save-as-test: 3"]);
    assert_eq!(shell.texts("select actor from editor").await, [""; 0]);
    let check = program.run(&["check", "rules.db", "--no-lint"]);
    assert!(
        check.output.starts_with("rules.db: all is well: "),
        "{check}"
    );
}

#[tokio::test]
async fn a_kept_test_may_expect_nobody_or_the_fallback() {
    let program = Program::with_rules().await;
    let save = |call: &[&str], name: &str| {
        let ran = program.run(
            &[
                &["explain", "--rules", "rules.db", "--at", OFFICE_HOURS],
                call,
                &["--save-as-test", name, "--yes"],
            ]
            .concat(),
        );
        assert_eq!(ran.code, Some(0), "{ran}");
    };
    save(&["--queue", "queue_1", "--from", "0779121212"], "blocked");
    save(&["--queue", "queue_4"], "fallback");
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let expected = "select coalesce(expect_rule, 'any') || ': ' || expect_agents from rule_tests where id > 2 order by id";
    assert_eq!(
        shell.texts(expected).await,
        ["Chặn số quấy rối: ", "any: duc"]
    );
    assert_eq!(
        program.run(&["check", "rules.db", "--no-lint"]).code,
        Some(0)
    );
}

#[tokio::test]
async fn json_stays_json_when_a_test_is_kept() {
    let program = Program::with_rules().await;
    let ran = program.run(&[&DRAWN[..], &["--json", "--save-as-test", "json", "--yes"]].concat());
    assert!(ran.complaints.contains("\ncommitted\n"), "{ran}");
    let report: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
    assert_eq!(report["call"]["call_id"], "test-3");
}

#[tokio::test]
async fn a_test_that_cannot_be_kept_leaves_nothing_behind() {
    let program = Program::with_rules().await;
    let ran = program.run(&[&DRAWN[..], &["--save-as-test", " ", "--yes"]].concat());
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.output
            .contains("rule_tests.name is ' ', and must be text"),
        "{ran}"
    );
    let ran = program.run(&[&DRAWN[..], &["--save-as-test", "x", "--call-id", "y"]].concat());
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.complaints.contains("cannot be used with"), "{ran}");
    let ran = program.run(&[&DRAWN[..], &["--save-as-test", "x"]].concat());
    assert_eq!(ran.code, Some(1), "nobody has confirmed: {ran}");
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    assert_eq!(
        shell
            .texts("select name from rule_tests where id > 2")
            .await,
        [""; 0]
    );
    assert_eq!(shell.texts("select actor from editor").await, [""; 0]);
}

#[tokio::test]
async fn rows_in_error_are_left_out_and_said() {
    let program = Program::with_rules().await;
    program
        .edit("rules.db", "pragma ignore_check_constraints = 1; update groups set strategy = 'x' where id = 'turns'")
        .await;
    let ran = program.run(&[
        "explain",
        "--rules",
        "rules.db",
        "--queue",
        "queue_3",
        "--at",
        OFFICE_HOURS,
    ]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let warning = "warning: rules.db has 1 error, so rows are left out; `stringee-router check rules.db` says which\n";
    assert_eq!(ran.complaints, warning, "{ran}");
}

#[tokio::test]
async fn hundreds_of_rules_for_others_take_one_line() {
    let program = Program::with_rules().await;
    let rules = "with recursive n (i) as (select 100 union all select i + 1 from n where i < 399)
        insert into rules (id, position, name, queue_id) select i, i - 400, 'Hàng ' || i, 'q' || i from n;
        with recursive n (i) as (select 100 union all select i + 1 from n where i < 399)
        insert into rule_steps (rule_id, step, group_id) select i, 1, 'sales' from n";
    program.edit("rules.db", rules).await;
    let call = [
        "explain",
        "--rules",
        "rules.db",
        "--queue",
        "queue_3",
        "--at",
        OFFICE_HOURS,
    ];
    let text = program.run(&call).output;
    assert!(
        text.contains("\n  (not shown without --all: 308 rules for other queues or numbers)\n"),
        "{text}"
    );
    assert!(text.lines().count() < 30, "{text}");
    let all = program.run(&[&call[..], &["--all"]].concat()).output;
    assert!(
        all.contains("rule 399 'Hàng 399': queue_id is q399; the call waits in queue_3\n"),
        "{all}"
    );
}

/// A call that an agent took a minute ago.
fn taken(call_id: &str, agent: &str, seconds_ago: i64) -> TakenCall {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is a day old does not count"
    )]
    let now = Timestamp::now();
    TakenCall {
        call_id: call_id.to_owned(),
        agent: agent.to_owned(),
        from: Some("84986776777".to_owned()),
        answered_at: now - SignedDuration::from_secs(seconds_ago),
        ended_at: (agent != "lan").then_some(now),
    }
}

#[tokio::test]
async fn what_the_journal_knows_of_calls_is_shown() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--rules", "rules.db"]).code, Some(0));
    let rules = "
        insert into agents (id, name) values ('hoa', 'Hoa'), ('lan', 'Lan'), ('minh', 'Minh');
        insert into groups (id, name, strategy) values ('team', 'Team', 'fewest_calls');
        insert into group_members (group_id, agent_id) select 'team', id from agents;
        insert into rules (id, position, name) values (1, 10, 'all');
        insert into rule_steps (rule_id, step, target, group_id, max_agents) values
            (1, 1, 'last_agent', null, null), (1, 2, 'group', 'team', 3)";
    program.edit("rules.db", rules).await;
    let run = |command: &str, more: &[&str]| {
        program.run(&[&[command, "--state", "state"], more].concat())
    };
    let explain = || {
        run(
            "explain",
            &[
                "--rules",
                "rules.db",
                "--queue",
                "q",
                "--from",
                "0986776777",
            ],
        )
    };
    let check = || run("check", &["rules.db"]).output;
    let unknown = explain();
    assert!(
        unknown
            .complaints
            .contains("warning: who took which calls is not known"),
        "{unknown}"
    );
    let nobody = "-  nobody is known to have taken a call of this caller within 30 days";
    assert!(unknown.output.contains(nobody), "{unknown}");
    assert_eq!(
        check()
            .matches("depends on call events, and the journal has none")
            .count(),
        2
    );
    let mut journal = JournalFile::open(&program.path("state").join("journal.db"))
        .await
        .unwrap();
    let minhs = [("a", 65), ("b", 64), ("e", 61)]
        .map(|(call_id, seconds_ago)| taken(call_id, "minh", seconds_ago));
    let calls = [&minhs[..], &[taken("c", "hoa", 63), taken("d", "lan", 62)]].concat();
    journal
        .write(&DecisionBatch::new(&[], &[]).with_taken(&calls))
        .await
        .unwrap();
    journal.close().await.unwrap();
    let known = explain();
    let order = "
      step 1, from second 0: who took the caller's last call
        1. minh (Minh): app, 15 s
      step 2, from second 0: group team (Team), at most 3 agents
        in order of level, then of who took the fewest calls in 24 hours (strategy fewest_calls)
        2. hoa (Hoa): app, 15 s; level 1, 1 call taken, weight 100, drawn ";
    assert!(known.output.contains(order), "{known}");
    assert!(
        known
            .output
            .contains("3. lan (Lan): app, 15 s; level 1, talking, weight 100, drawn "),
        "{known}"
    );
    assert!(!check().contains("depends on call events"));
}

#[tokio::test]
async fn since_when_somebody_is_free_or_a_call_waits_is_said_by_the_clock() {
    let program = Program::new();
    assert_eq!(program.run(&["init", "--rules", "rules.db"]).code, Some(0));
    let rules = "
        insert into agents (id, name) values ('hoa', 'Hoa'), ('lan', 'Lan'), ('minh', 'Minh');
        insert into groups (id, name, strategy) values ('team', 'Team', 'longest_idle');
        insert into group_members (group_id, agent_id) select 'team', id from agents;
        insert into rules (id, position, name) values (1, 10, 'all');
        insert into rule_steps (rule_id, step, group_id) values (1, 1, 'team');
        insert into settings (key, value) values ('missed_rings', '1')";
    program.edit("rules.db", rules).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "the journal is read of the last 24 hours"
    )]
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let ago = |seconds| now - SignedDuration::from_secs(seconds);
    let taken = |agent: &str, ended: i64| TakenCall {
        call_id: agent.to_owned(),
        agent: agent.to_owned(),
        from: None,
        answered_at: ago(600),
        ended_at: Some(ago(ended)),
    };
    let calls = [taken("hoa", 169), taken("lan", 100)];
    let waiting = NewDecision {
        key: 1,
        call_id: "other",
        at: ago(30),
        waited: 10,
        queue_id: "q",
        from: None,
        to: None,
        outcome: "rule",
        rule: Some((1, "all")),
        agents: r#"[["hoa",1,15]]"#,
        version: 1,
        rules_hash: "89abcdef01234567",
    };
    let path = program.path("state").join("journal.db");
    let mut journal = JournalFile::open(&path).await.unwrap();
    let missed = MissedRingRow {
        call_id: "missed".to_owned(),
        agent: "minh".to_owned(),
        rung_at: ago(250),
    };
    let batch = DecisionBatch::new(&[waiting], &[]);
    let batch = batch.with_taken(&calls).with_missed(&[missed]);
    journal.write(&batch).await.unwrap();
    journal.close().await.unwrap();
    let explain = [
        "explain", "--state", "state", "--rules", "rules.db", "--queue", "q",
    ];
    let ran = program.run(&[&explain[..], &["--at", &now.to_string()]].concat());
    // Of another day it is said with its date.
    let time = |seconds| {
        let zoned = ago(seconds).in_tz("Asia/Ho_Chi_Minh").unwrap();
        zoned.strftime("%H:%M:%S").to_string()
    };
    for (begin, end) in [
        (
            "1. lan (Lan): app, 15 s; level 1, free for 100 s, since ",
            format!("{}, weight 100", time(100)),
        ),
        (
            "2. hoa (Hoa): app, 15 s; level 1, free for 169 s, since ",
            format!("{}, weight 100", time(169)),
        ),
        (
            "-  minh (Minh): has let rings pass (1 in a row, the last at ",
            format!("{}), and is last until 10 minutes after that", time(250)),
        ),
        (
            "-  hoa (Hoa): stands first for a call that waits since ",
            format!("{}, and so behind those who do not", time(40)),
        ),
    ] {
        let mut lines = ran.output.lines();
        let said = lines.any(|line| line.contains(begin) && line.contains(&end));
        assert!(said, "{begin}{end}: {ran}");
    }
}

#[tokio::test]
async fn a_queue_may_be_named_and_one_that_nobody_knows_is_said() {
    let program = Program::with_rules().await;
    program
        .edit(
            "rules.db",
            "insert into queues (id, name) values ('QU_7', 'Tổng đài 7')",
        )
        .await;
    for typed in ["tổng đài 7", "tong dai 7", " TỔNG ĐÀI 7"] {
        let ran = program.run(&["explain", "--rules", "rules.db", "--queue", typed]);
        assert!(ran.output.contains("in queue QU_7 (Tổng đài 7)"), "{ran}");
        assert_eq!(ran.complaints, "");
    }
    let ran = program.run(&["explain", "--rules", "rules.db", "--queue", "QU_8"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let note = "note: no rule and no row of queues names the queue 'QU_8'; there are ";
    assert!(ran.complaints.starts_with(note), "{ran}");
}
