//! `import`: files become the rules, all at once or not at all.

use crate::cli_program::{Program, Ran};
use crate::database::Shell;

/// The fixture's rules, exported to a folder `rules` and a file `rules.toml`.
async fn exported() -> Program {
    let program = Program::with_rules().await;
    for name in ["rules", "rules.toml"] {
        let ran = program.run(&["export", name, "--rules", "rules.db"]);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    program
}

fn import(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["import", "--rules", "rules.db"], arguments].concat())
}

/// Replaces a text in a file; it must be there.
fn replace(program: &Program, name: &str, from: &str, to: &str) {
    let text = program.text(name);
    assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
    program.write(name, &text.replace(from, to));
}

/// Runs an import that must leave the database byte for byte as it was.
#[track_caller]
fn check_untouched(program: &Program, code: i32, arguments: &[&str]) -> Ran {
    let before = program.read("rules.db");
    let ran = import(program, arguments);
    assert_eq!(ran.code, Some(code), "{ran}");
    assert!(
        program.read("rules.db") == before,
        "the database has changed\n{ran}"
    );
    ran
}

const CALLS: &str = r#"{"queueId":"queue_1","callId":"c1","from":"0986776777","to":"842473082666","at":"2026-11-23T10:00:00+07:00"}
{"queueId":"queue_1","callId":"c2","from":"84911000001","to":"842473082666","at":"2026-11-23T10:00:01+07:00"}
{"queueId":"queue_3","callId":"c3","from":null,"to":"842473082666","at":"2026-11-23T10:00:02+07:00"}
{"queueId":"queue_2","callId":"c4","from":"84912000000","to":"842473082666","at":"2026-11-23T10:00:03+07:00","waited":20}
"#;

#[tokio::test]
async fn a_plan_says_which_rows_and_calls_would_differ_and_changes_nothing() {
    let program = exported().await;
    program.write("calls.jsonl", CALLS);
    replace(
        &program,
        "rules/group_members.csv",
        "turns,minh,1,20,100,,,\n",
        "",
    );
    replace(
        &program,
        "rules/agents.csv",
        "tuan,Tuấn,,1,,1,",
        "tuan,Tuấn,84909000004,1,,0,",
    );
    replace(
        &program,
        "rules/schedules.csv",
        "night,",
        "lunch,Nghỉ trưa,,,usual\nnight,",
    );
    insta::assert_snapshot!(check_untouched(
        &program,
        1,
        &["rules", "--plan", "--calls", "calls.jsonl"]
    ));
}

#[tokio::test]
async fn it_is_done_when_asked_for_and_the_log_says_who_and_why() {
    let program = exported().await;
    replace(
        &program,
        "rules.toml",
        "name = \"Minh\"",
        "name = \"Minh Trần\"",
    );
    let ran = import(
        &program,
        &[
            "rules.toml",
            "--yes",
            "--reason",
            "a new name",
            "--actor",
            "huong",
        ],
    );
    insta::assert_snapshot!(ran);
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let logged =
        "select actor || ', ' || reason || ', ' || row_key || ', ' || json_extract(after, '$.name')
        from changes order by id desc limit 1";
    assert_eq!(
        shell.texts(logged).await,
        ["huong, a new name, minh, Minh Trần"]
    );
    assert_eq!(shell.texts("select actor from editor").await, [""; 0]);
    for how in ["--yes", "--plan"] {
        let ran = import(&program, &["rules.toml", how]);
        assert_eq!((ran.code, &*ran.output), (Some(0), "no row differs\n"));
    }
}

#[tokio::test]
async fn the_rows_of_a_table_that_is_named_become_exactly_those_and_other_tables_stay() {
    let program = exported().await;
    program.write(
        "callers.csv",
        "number,owner_id,tags\n0779*,,blocked\n84986776777,hoa,\n84913000000,lan,\n",
    );
    insta::assert_snapshot!(import(&program, &["callers.csv", "--yes"]));
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let callers = shell
        .texts("select number || ' ' || ifnull(owner_id, '-') from callers order by number")
        .await;
    assert_eq!(callers, ["0779* -", "84913000000 lan", "84986776777 hoa"]);
    assert_eq!(
        shell
            .texts("select cast(count(*) as text) from agents")
            .await,
        ["7"]
    );
}

#[tokio::test]
async fn every_mistake_in_the_files_is_named_with_its_line() {
    let program = exported().await;
    replace(
        &program,
        "rules/agents.csv",
        "lan,Lan,84909000001,1,",
        "lan,Lan,84909000001,one,",
    );
    replace(
        &program,
        "rules/rules.csv",
        "id,position,name",
        "id,postion,name",
    );
    replace(
        &program,
        "rules/queues.csv",
        "queue_1,Tổng đài,\n",
        "queue_1,\"Tổng đài,\n",
    );
    program.write("rules/people.csv", "id\n");
    insta::assert_snapshot!(check_untouched(&program, 1, &["rules", "--yes"]));
}

#[tokio::test]
async fn a_row_that_the_tables_refuse_leaves_nothing_half_done() {
    let program = exported().await;
    replace(
        &program,
        "rules/queues.csv",
        "queue_1,Tổng đài,",
        "queue_1,Tổng đài mới,",
    );
    replace(
        &program,
        "rules/agents.csv",
        "minh,Minh,84909000003",
        "minh,Minh,0909 000 003",
    );
    replace(
        &program,
        "rules/agents.csv",
        "duc,Đức,84909000005,2,",
        "duc,Đức,,2,",
    );
    insta::assert_snapshot!(check_untouched(&program, 1, &["rules", "--yes"]));
}

#[tokio::test]
async fn a_reference_to_nobody_leaves_nothing_half_done() {
    let program = exported().await;
    replace(&program, "rules/agents.csv", "minh,Minh,", "minh2,Minh,");
    replace(
        &program,
        "rules/rule_steps.csv",
        "9,1,0,,agent,,agent_1",
        "9,1,0,,agent,,agent_2",
    );
    insta::assert_snapshot!(check_untouched(&program, 1, &["rules", "--yes"]));
}

#[tokio::test]
async fn what_several_tables_do_not_take_is_said_at_once_with_the_values() {
    let program = exported().await;
    replace(
        &program,
        "rules/agents.csv",
        "minh,Minh,",
        "\"minh \",Minh,",
    );
    replace(&program, "rules/groups.csv", ",ordered,", ",random,");
    replace(
        &program,
        "rules/rule_steps.csv",
        "9,1,0,,agent,,agent_1",
        "9,1,-5,,agent,,agent_1",
    );
    let said = check_untouched(&program, 1, &["rules", "--yes"]);
    for fault in [
        "agents.id is 'minh ', and must be ",
        "groups.csv, line 3: groups.strategy is 'random', and must be ",
        "rule_steps.after_seconds is -5, and must be ",
    ] {
        assert_eq!(said.output.matches(fault).count(), 1, "{fault}: {said}");
    }
}

#[tokio::test]
async fn rules_that_a_server_would_refuse_are_not_imported() {
    let program = exported().await;
    replace(
        &program,
        "rules.toml",
        "value = \"Asia/Ho_Chi_Minh\"",
        "value = \"Hanoi\"",
    );
    replace(
        &program,
        "rules.toml",
        "expect_agents = \"lan\"",
        "expect_agents = \"minh\"",
    );
    insta::assert_snapshot!(check_untouched(&program, 1, &["rules.toml", "--yes"]));
}

#[tokio::test]
async fn what_is_not_there_or_no_rule_set_could_not_be_read() {
    let program = exported().await;
    program.write("rules.xml", "<rules/>");
    for name in ["missing", "missing.toml", "rules.xml"] {
        let ran = check_untouched(&program, 2, &[name]);
        insta::assert_snapshot!(ran);
    }
}

#[tokio::test]
async fn nobody_else_may_be_writing() {
    let program = exported().await;
    replace(
        &program,
        "rules.toml",
        "name = \"Minh\"",
        "name = \"Minh Trần\"",
    );
    let mut other = Shell::open(&program.path("rules.db"), false).await;
    other.run("begin immediate").await;
    let ran = import(&program, &["rules.toml", "--yes"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.complaints
            .contains("another program is writing to it; try again"),
        "{ran}"
    );
}

#[tokio::test]
async fn a_test_that_fails_refuses_the_edit_unless_its_new_answer_is_accepted() {
    let program = exported().await;
    replace(
        &program,
        "rules.toml",
        "name = \"Minh\"",
        "name = \"Minh Trần\"",
    );
    replace(
        &program,
        "rules.toml",
        "expect_agents = \"lan\"",
        "expect_agents = \"minh\"",
    );
    let plan = ["rules.toml", "--plan", "--json"];
    let planned: serde_json::Value =
        serde_json::from_str(&check_untouched(&program, 1, &plan).output).unwrap();
    assert_eq!(planned["new_errors"], 1);
    assert_eq!(planned["problems"][0]["code"], "answered_by_rule");
    assert_eq!(planned["rows"][0]["after"]["name"], "Minh Trần");
    let refused = check_untouched(&program, 1, &["rules.toml", "--yes"]);
    let why = "--accept-tests writes the new answers";
    assert!(refused.complaints.contains(why), "{refused}");
    let ran = import(&program, &["rules.toml", "--yes", "--accept-tests"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.output.starts_with("1 row differs: 1 changed\n"),
        "the test says what it said before: {ran}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_taken_by_force() {
    let program = exported().await;
    replace(
        &program,
        "rules.toml",
        "value = \"Asia/Ho_Chi_Minh\"",
        "value = \"Hanoi\"",
    );
    let ran = import(&program, &["rules.toml", "--yes", "--force"]);
    assert_eq!(ran.code, Some(0), "no server has refused it: {ran}");
    assert_eq!(program.run(&["check", "rules.db"]).code, Some(1));
}

#[tokio::test]
async fn former_verbs_and_flags_answer_with_what_to_type() {
    let program = Program::with_rules().await;
    for (typed, answer) in [
        (
            &["undo", "2.1", "--plan"][..],
            "type: stringee-router history undo 2.1 --plan",
        ),
        (&["changes"], "type: stringee-router history list"),
        (
            &["backup", "a.db"],
            "type: stringee-router history backup a.db",
        ),
        (
            &["restore", "a.db"],
            "type: stringee-router history restore a.db",
        ),
        (&["import", "rules", "--apply"], "--apply is --yes now"),
        (&["pull", "--dry-run"], "--dry-run is --plan now"),
    ] {
        let ran = program.run(typed);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.complaints.contains(answer), "{ran}");
    }
}
