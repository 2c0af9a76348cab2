//! `sql`: somebody's own edit, shown before it counts.

use crate::cli_program::{Program, Ran};
use crate::database::Shell;

/// An edit that all rules are right after.
const GOOD: &str =
    "update group_members set weight = 30 where group_id = 'sales' and agent_id = 'minh'";

fn sql(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["sql", "--rules", "rules.db"], arguments].concat())
}

/// Runs an edit that must leave the database byte for byte as it was.
#[track_caller]
fn check_untouched(program: &Program, code: i32, run: impl FnOnce() -> Ran) -> Ran {
    let before = program.read("rules.db");
    let ran = run();
    assert_eq!(ran.code, Some(code), "{ran}");
    assert!(
        program.read("rules.db") == before,
        "the database has changed\n{ran}"
    );
    ran
}

/// The newest entry of the log of changes.
async fn last_change(program: &Program) -> String {
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let newest = "select actor || ' | ' || reason || ' | ' || table_name || ' ' || row_key
        from changes order by id desc limit 1";
    shell.texts(newest).await.concat()
}

#[tokio::test]
async fn what_the_tables_refuse_is_explained_in_the_configured_language() {
    let program = Program::with_rules().await;
    let edit = "update agents set answer_timeout = 500 where id = 'hoa'";
    let sql = |settings: &[&str]| {
        let always = ["sql", edit, "--rules", "rules.db", "--yes", "--no-wait"];
        program.run(&[&always[..], settings].concat()).to_string()
    };
    let english = sql(&[]);
    assert!(
        english.contains("agents.answer_timeout must be 3 to 120 seconds"),
        "{english}"
    );
    assert!(!english.contains("lời khuyên"), "{english}");
    let vietnamese = sql(&["--set", "language=vi"]);
    let advice = "lời khuyên: Thời gian đổ chuông phải từ 3 đến 120 giây, hoặc NULL.";
    assert!(vietnamese.contains(advice), "{vietnamese}");
}

#[tokio::test]
async fn a_good_edit_is_shown_and_committed_with_its_reason() {
    let program = Program::with_rules().await;
    insta::assert_snapshot!(sql(
        &program,
        &[
            GOOD,
            "--yes",
            "--reason",
            "Minh is trained",
            "--actor",
            "huong"
        ]
    ));
    assert_eq!(
        last_change(&program).await,
        "huong | Minh is trained | group_members sales/minh"
    );
}

#[tokio::test]
async fn the_owner_of_callers_is_not_deleted_and_the_refusal_counts_them() {
    let program = Program::with_rules().await;
    let owns = |count: &str| {
        format!(
            "error: 'hoa' is the owner of {count}; give them another owner or NULL first (callers.owner_id), or keep the agent with agents.enabled 0 and a cover_id"
        )
    };
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    shell
        .run("update callers set owner_id = case when number = '84986776777' then 'hoa' end")
        .await;
    let ran = check_untouched(&program, 2, || {
        sql(&program, &["delete from agents where id = 'hoa'", "--yes"])
    });
    assert!(ran.to_string().contains(&owns("1 caller")), "{ran}");
    shell.run("update callers set owner_id = 'hoa'").await;
    let callers = shell
        .texts("select cast(count(*) as text) from callers")
        .await
        .concat();
    let ran = check_untouched(&program, 2, || {
        sql(&program, &["delete from agents", "--yes"])
    });
    assert!(
        ran.to_string()
            .contains(&format!("is the owner of {callers} callers;")),
        "{ran}"
    );
    // As files, without the row.
    let exported = program.run(&["export", "rules", "--rules", "rules.db"]);
    assert_eq!(exported.code, Some(0), "{exported}");
    let agents = String::from_utf8(program.read("rules/agents.csv")).unwrap();
    let others: Vec<&str> = agents
        .lines()
        .filter(|line| !line.starts_with("hoa,"))
        .collect();
    std::fs::write(program.path("rules/agents.csv"), others.join("\n")).unwrap();
    let ran = check_untouched(&program, 1, || {
        program.run(&["import", "rules/agents.csv", "--rules", "rules.db", "--yes"])
    });
    assert!(
        ran.to_string()
            .contains(&format!("is the owner of {callers} callers;")),
        "{ran}"
    );
}

#[tokio::test]
async fn a_telephone_as_people_write_it_is_refused_with_the_one_that_is_meant() {
    let program = Program::with_rules().await;
    for (written, meant) in [
        ("0909 992 666", "84909992666"),
        ("+84 (0) 909.992.666", "84909992666"),
        ("84909992666.0", "84909992666"),
        ("0164 123 4567", "84341234567"),
    ] {
        let edit =
            format!("update agents set note = 'x', phone_number = '{written}' where id = 'hoa'");
        let ran = check_untouched(&program, 2, || sql(&program, &[&edit, "--yes"]));
        let said = format!("; for '{written}' write {meant}\n");
        assert!(ran.complaints.ends_with(&said), "{ran}");
    }
    let edit = "update agents set phone_number = 'NULL' where id = 'hoa'";
    let ran = check_untouched(&program, 2, || sql(&program, &[edit, "--yes"]));
    assert!(!ran.complaints.contains("; for "), "{ran}");
    program.write("agents.csv", "id,name,phone_number\nhoa,Hoa,0909 992 666\n");
    let ran = program.run(&["import", "agents.csv", "--rules", "rules.db", "--plan"]);
    let said = "must be digits in international form without + or leading 0, such as 84909992666, or NULL \
                (DB Browser: Set as NULL); for '0909 992 666' write 84909992666";
    assert!(ran.output.contains(said), "{ran}");
}

#[tokio::test]
async fn without_a_name_and_a_reason_the_user_and_the_command_are_logged() {
    let program = Program::with_rules().await;
    let ran = Ran::of(
        program
            .command(&["sql", "--rules", "rules.db", GOOD, "--yes"])
            .env("USER", "lan")
            .output()
            .unwrap(),
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(
        last_change(&program).await,
        "lan | sql | group_members sales/minh"
    );
}

#[tokio::test]
async fn somebody_is_asked_and_may_decline() {
    let program = Program::with_rules().await;
    let at_terminal = |typed| program.run_at_terminal(&["sql", "--rules", "rules.db", GOOD], typed);
    insta::assert_snapshot!(check_untouched(&program, 1, || at_terminal("n\n")));
    check_untouched(&program, 1, || at_terminal("\n"));
    let ran = at_terminal("y\n");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(
        last_change(&program).await,
        "stringee-router | sql | group_members sales/minh"
    );
}

#[tokio::test]
async fn without_a_terminal_nobody_agrees() {
    let program = Program::with_rules().await;
    insta::assert_snapshot!(check_untouched(&program, 1, || sql(&program, &[GOOD])));
}

#[tokio::test]
async fn what_the_tables_refuse_is_said_in_their_words() {
    let program = Program::with_rules().await;
    let edit = "update agents set phone_number = '0909 000 003' where id = 'minh'";
    insta::assert_snapshot!(check_untouched(&program, 2, || sql(
        &program,
        &[edit, "--yes"]
    )));
    let second = "update queues set name = 'x'; insert into group_members (group_id, agent_id) values ('sales', 'nga')";
    insta::assert_snapshot!(check_untouched(&program, 2, || sql(
        &program,
        &[second, "--yes"]
    )));
    check_untouched(&program, 2, || {
        sql(&program, &["update agents set nmae = 'x'", "--yes"])
    });
}

#[tokio::test]
async fn what_a_server_would_refuse_is_not_committed() {
    let program = Program::with_rules().await;
    let edit = "update settings set value = 'Hanoi' where key = 'time_zone'";
    insta::assert_snapshot!(check_untouched(&program, 1, || sql(
        &program,
        &[edit, "--yes"]
    )));
}

#[tokio::test]
async fn errors_that_were_there_before_do_not_stand_in_the_way_of_mending_them() {
    let program = Program::with_rules().await;
    let broken = "update schedules set time_zone = 'Hanoi' where id = 'office';
        update rule_tests set expect_agents = 'minh' where id = 1";
    program.edit("rules.db", broken).await;
    let ran = sql(
        &program,
        &[
            "update schedules set time_zone = null where id = 'office'",
            "--yes",
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.complaints.contains("these errors were there before"),
        "{ran}"
    );
    let ran = sql(
        &program,
        &[
            "update rule_tests set expect_agents = 'lan' where id = 1",
            "--yes",
        ],
    );
    assert!(ran.complaints.is_empty(), "{ran}");
}

#[tokio::test]
async fn only_rows_are_edited() {
    let program = Program::with_rules().await;
    for edit in [
        "alter table agents add column x",
        "pragma foreign_keys = off",
        "begin; delete from callers; commit",
    ] {
        check_untouched(&program, 2, || sql(&program, &[edit, "--yes"]));
    }
}

#[tokio::test]
async fn a_question_is_answered_with_rows() {
    let program = Program::with_rules().await;
    let question = "select id, name, phone_number from agents where routing_type = 2 or id = 'tuan' order by id";
    insta::assert_snapshot!(check_untouched(&program, 0, || sql(&program, &[question])));
}

#[tokio::test]
async fn a_file_and_the_standard_input_are_edits_as_well() {
    let program = Program::with_rules().await;
    let script = "-- Tết\ninsert into schedules (id, name) values ('tet', 'Tết; nghỉ');\n\
        insert into schedule_hours (schedule_id, date_from, date_to) values ('tet', '2027-02-05', '2027-02-11');\n\
        select count(*) as hours from schedule_hours;";
    program.write("tet.sql", script);
    insta::assert_snapshot!(sql(&program, &["--file", "tet.sql", "--yes"]));
    assert_eq!(
        last_change(&program).await,
        "stringee-router | sql of tet.sql | schedule_hours 4"
    );
    let ran = program.run_with_input(
        &["sql", "--rules", "rules.db", "--yes"],
        "delete from schedules where id = 'tet'",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output.starts_with("2 rows differ: 2 deleted\n"),
        "its hours go with it: {ran}"
    );
}

#[tokio::test]
async fn at_the_prompt_one_edit_follows_the_other() {
    let program = Program::with_rules().await;
    let typed = "select name from queues;\nupdate queues\nset name = 'Hotline';\ny\nselect nmae from queues;\nquit\n";
    let ran = program.run_at_terminal(&["sql", "--rules", "rules.db"], typed);
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(ran);
    assert_eq!(
        last_change(&program).await,
        "stringee-router | sql | queues queue_1"
    );
}

#[tokio::test]
async fn nothing_to_do_is_no_failure() {
    let program = Program::with_rules().await;
    let ran = check_untouched(&program, 0, || {
        sql(
            &program,
            &["delete from agents where id = 'nobody'", "--yes"],
        )
    });
    assert_eq!(ran.output, "no row differs\n");
}
