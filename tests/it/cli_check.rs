//! `check`: everything that is wrong, at once, with an exit code that scripts can rely on.

use std::fs;
use std::process::Stdio;

use crate::cli_program::{Program, Ran};

/// One edit per kind of problem, as somebody makes them who has switched the constraints off.
const BAD_EDITS: &str = "
    pragma ignore_check_constraints = 1;
    update schedules set time_zone = 'Asia/Hanoi' where id = 'evening';
    update schedule_hours set days = 'mon-thu 5' where schedule_id = 'office';
    update agents set phone_number = '0909 000 002' where id = 'hoa';
    update group_members set level = 12 where agent_id = 'tuan' and group_id = 'sales';
    update callers set expires_on = '31/01/2027' where number = '84986776777';
    insert into rules (id, position, name) values (15, 150, 'Chưa có bước');
    update rule_tests set expect_agents = 'minh,*' where name = 'Số quấy rối không gặp ai';
";

#[tokio::test]
async fn right_rules_are_well() {
    let program = Program::with_rules().await;
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--no-lint"]));
}

#[tokio::test]
async fn all_problems_are_said_at_once() {
    let program = Program::with_rules().await;
    program.edit("rules.db", BAD_EDITS).await;
    insta::assert_snapshot!(program.run(&["check", "rules.db"]));
}

#[tokio::test]
async fn all_problems_are_said_in_vietnamese() {
    let program = Program::with_rules().await;
    program.edit("rules.db", BAD_EDITS).await;
    let said = program.run(&["check", "rules.db", "--language", "vi"]);
    insta::assert_snapshot!(said);
    program.write("config.toml", "language = 'vi'");
    let configured = program.run(&["check", "rules.db", "--config", "config.toml"]);
    assert_eq!(configured.output, said.output);
    let english = program.run(&[
        "check",
        "rules.db",
        "--language",
        "en",
        "--set",
        "language=vi",
    ]);
    assert!(
        english
            .output
            .contains("error: schedules.time_zone of 'evening': ")
    );
    let other = program.run(&["check", "rules.db", "--language", "fr"]);
    assert_eq!(other.code, Some(2), "{other}");
}

#[tokio::test]
async fn a_failed_rule_test_is_said_in_vietnamese() {
    let program = Program::with_rules().await;
    let edit =
        "update rule_tests set expect_agents = 'minh' where name = 'Số quấy rối không gặp ai'";
    program.edit("rules.db", edit).await;
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--no-lint", "--language", "vi"]));
}

#[tokio::test]
async fn all_problems_are_said_as_json() {
    let program = Program::with_rules().await;
    program
        .edit(
            "rules.db",
            "update schedules set time_zone = 'Asia/Hanoi' where id = 'evening'",
        )
        .await;
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--json"]));
}

#[tokio::test]
async fn a_failed_rule_test_shows_what_was_expected_and_what_the_rules_say() {
    let program = Program::with_rules().await;
    let edits = "
        update rule_tests set expect_agents = 'minh,*', waited = 12 where name = 'Khách quen gặp người thay chủ';
        update rule_tests set from_number = null, expect_rule = null, expect_agents = 'duc' where name = 'Số quấy rối không gặp ai';
        insert into rule_tests (name, queue_id, at, expect_agents) values
          ('Dự phòng', 'queue_4', '2026-11-23 10:00', 'lan'),
          ('Đúng', 'queue_4', '2026-11-23 10:00', 'duc');
    ";
    program.edit("rules.db", edits).await;
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--no-lint"]));
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--no-lint", "--json"]));
}

#[tokio::test]
async fn a_failed_test_is_a_warning_where_the_server_only_warns_of_it() {
    let program = Program::with_rules().await;
    let edit = "update rule_tests set expect_agents = 'minh' where id = 1";
    program.edit("rules.db", edit).await;
    let check = ["check", "--no-lint", "--set", "database.rules=rules.db"];
    let refused = program.run(&check);
    assert_eq!(refused.code, Some(1), "{refused}");
    let warned = program.run(&[&check[..], &["--set", "database.rule_tests=warn"]].concat());
    assert_eq!(warned.code, Some(0), "{warned}");
    assert!(
        warned.output.starts_with("warning: rule test 1 "),
        "{warned}"
    );
    let taken = "rules.db: 1 warning; a server takes these rules: ";
    assert!(warned.output.contains(taken), "{warned}");
}

#[tokio::test]
async fn warnings_alone_are_no_failure() {
    let program = Program::with_rules().await;
    program
        .edit(
            "rules.db",
            "insert into rules (id, position, name) values (15, 150, 'Chưa có bước')",
        )
        .await;
    insta::assert_snapshot!(program.run(&["check", "rules.db", "--no-lint"]));
}

#[tokio::test]
async fn without_a_file_the_configured_one_is_checked() {
    let program = Program::with_rules().await;
    let all_is_well = |ran: Ran| assert_eq!(ran.code, Some(0), "{ran}");
    all_is_well(program.run(&["check", "--set", "database.rules=rules.db"]));
    all_is_well(Ran::of(
        program
            .command(&["check"])
            .env("STRINGEE_ROUTER__DATABASE__RULES", "rules.db")
            .output()
            .unwrap(),
    ));
    program.write("mine.toml", "[database]\nrules = \"rules.db\"\n");
    all_is_well(program.run(&["--config", "mine.toml", "check"]));
    all_is_well(Ran::of(
        program
            .command(&["check"])
            .env("STRINGEE_ROUTER_CONFIG", "mine.toml")
            .output()
            .unwrap(),
    ));
}

#[test]
fn a_file_that_cannot_be_read_could_not_be_checked() {
    let program = Program::new();
    insta::assert_snapshot!(program.run(&["check", "rules.db"]));
    program.write("text.db", &"not a database ".repeat(100));
    insta::assert_snapshot!(program.run(&["check", "text.db"]));
}

#[tokio::test]
async fn a_reader_who_has_read_enough_is_no_failure() {
    let program = Program::with_rules().await;
    program.edit("rules.db", BAD_EDITS).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = Ran::of(
        program
            .command(&["check", "rules.db"])
            .stdout(Stdio::from(writer))
            .output()
            .unwrap(),
    );
    assert_eq!((ran.code, &*ran.complaints), (Some(0), ""), "{ran}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_output_that_cannot_be_written_is_a_failure() {
    let program = Program::with_rules().await;
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ran = Ran::of(
        program
            .command(&["check", "rules.db"])
            .stdout(full)
            .output()
            .unwrap(),
    );
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .starts_with("error: cannot write the output: "),
        "{ran}"
    );
}

#[tokio::test]
async fn a_folder_is_checked_as_it_stands() {
    let program = Program::with_rules().await;
    assert_eq!(
        program
            .run(&["export", "rules", "--rules", "rules.db"])
            .code,
        Some(0)
    );
    let database = program.run(&["check", "rules.db", "--no-lint"]);
    let folder = program.run(&["check", "rules", "--no-lint"]);
    assert_eq!(
        folder.output.replace("rules:", "rules.db:"),
        database.output
    );
    let agents = program.text("rules/agents.csv");
    program.write("rules/agents.csv", &agents.replacen(",1,", ",7,", 1));
    let ran = program.run(&["check", "rules"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.output
            .starts_with("error: rules/agents.csv, line 2: agents.routing_type of "),
        "{ran}"
    );
    program.write("rules/agents.csv", "id,nmae\na,A\n");
    let ran = program.run(&["check", "rules"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.output
            .starts_with("error: rules/agents.csv, line 1: agents has no column 'nmae'"),
        "{ran}"
    );
}

#[test]
fn files_that_are_no_rules_are_said_as_json() {
    let program = Program::new();
    fs::create_dir(program.path("rules")).unwrap();
    let check = |file: &str, code: i32| {
        let ran = program.run(&["check", file, "--json"]);
        assert_eq!(ran.code, Some(code), "{ran}");
        assert_eq!(ran.complaints, "", "{ran}");
        let said: serde_json::Value = serde_json::from_str(&ran.output).unwrap();
        let faults = said["file_faults"].as_array().unwrap();
        assert_eq!(said["errors"].as_u64(), u64::try_from(faults.len()).ok());
        let fault = |fault: &serde_json::Value| {
            format!("{}: {}", fault["code"], fault["sentence"].as_str().unwrap())
        };
        faults.iter().map(fault).collect::<Vec<_>>().join("\n")
    };
    let empty = check("rules", 2);
    program.write("rules/agents.csv", "id,nmae\na,A\n");
    program.write("rules/groups.csv", "id,name\ng\n");
    program.write("rules/group.csv", "id\n");
    program.write("rules.json", "{\"agents\": 3}");
    program.write("rules.toml", "[[agents]]\nid =\n");
    program.write("text.db", &"not a database ".repeat(100));
    let said = [
        empty,
        check("rules", 1),
        check("rules.json", 1),
        check("rules.toml", 1),
        check("text.db", 2),
        check("rules.db", 2),
    ];
    insta::assert_snapshot!(said.join("\n\n"));
}

/// As `.dump | sqlite3` and `.clone` leave a database: all tables, and none of the marks in the head of the file.
#[tokio::test]
async fn a_database_that_went_through_a_dump_is_taken() {
    let program = Program::with_rules().await;
    let checked = program.run(&["check", "rules.db"]);
    program
        .edit(
            "rules.db",
            "pragma application_id = 0; pragma user_version = 0",
        )
        .await;
    let dumped = program.run(&["check", "rules.db"]);
    assert_eq!((dumped.code, dumped.output), (checked.code, checked.output));
    let ran = program.run(&[
        "sql",
        "update agents set note = 'x'",
        "--rules",
        "rules.db",
        "--yes",
    ]);
    assert_eq!(ran.code, Some(0), "{ran}");
    program.edit("rules.db", "drop table rule_steps").await;
    let ran = program.run(&["check", "rules.db"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints.contains(
            "not a rules database (application_id 0, not 1397903956, and not its tables)"
        ),
        "{ran}"
    );
}

#[tokio::test]
async fn the_mode_with_a_write_ahead_log_is_said() {
    let program = Program::with_rules().await;
    program.edit("rules.db", "pragma journal_mode = wal").await;
    let ran = program.run(&["check", "rules.db", "--no-lint"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output.starts_with(
            "note: rules.db: it is in WAL mode, where a copy made by cp or mv can lack"
        ),
        "{ran}"
    );
}

#[tokio::test]
async fn a_log_of_changes_that_nobody_cuts_is_said() {
    let program = Program::with_rules().await;
    program.write(
        "router.toml",
        "[database]\nrules = \"rules.db\"\nchanges_lines = 1000\n",
    );
    program
        .edit(
            "rules.db",
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 2500)
            insert into changes (at, actor, table_name, row_key, op)
            select '2026-11-23T03:00:00.000Z', 'crm', 'agents', i, 'update' from n",
        )
        .await;
    let ran = program.run(&["--config", "router.toml", "check", "--no-lint"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output
            .contains("note: rules.db: its table changes has 25"),
        "{ran}"
    );
    assert!(ran.output.contains("history list --write-off"), "{ran}");
}
