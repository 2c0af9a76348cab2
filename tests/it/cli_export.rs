//! `export`, and the way back: the whole rule set as files.

use routing::table::Table;
use stringee_router::store;

use crate::cli_program::{Program, Ran};

/// Values that every format has to write in a way of its own.
const ODD_VALUES: &str = "
    update agents set note = 'says \"hi\", it''s;' || char(13) || char(10) || 'a second line' where id = 'lan';
    update agents set note = '' where id = 'minh';
    update agents set note = ' blanks ' || char(9) || char(127) || char(1) || ' \\ # = [x]' where id = 'tuan';
    update callers set tags = ',vip', note = 'NULL' where number = '84912000000';
    update queues set note = char(65279) || '=1+1';";

async fn with_odd_values() -> Program {
    let program = Program::with_rules().await;
    program.edit("rules.db", ODD_VALUES).await;
    program
}

fn export(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["export", "--rules", "rules.db"], arguments].concat())
}

/// The contents of what was exported there.
fn files(program: &Program, name: &str) -> Vec<Vec<u8>> {
    if program.path(name).is_file() {
        return vec![program.read(name)];
    }
    program
        .names(name)
        .iter()
        .map(|file| program.read(&format!("{name}/{file}")))
        .collect()
}

#[tokio::test]
async fn every_format_brings_exactly_the_same_rules_back() {
    let program = with_odd_values().await;
    let before = store::export(&program.path("rules.db")).await.unwrap();
    for (number, name) in ["folder", "rules.toml", "rules.json"]
        .into_iter()
        .enumerate()
    {
        let ran = export(&program, &[name]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let (copy, again) = (format!("copy{number}.db"), format!("again-{name}"));
        assert_eq!(program.run(&["init", "--rules", &copy]).code, Some(0));
        let ran = program.run(&["import", name, "--rules", &copy, "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(
            store::export(&program.path(&copy)).await.unwrap(),
            before,
            "{name}"
        );
        let ran = program.run(&["export", &again, "--rules", &copy]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(files(&program, &again), files(&program, name), "{name}");
    }
}

#[tokio::test]
async fn the_same_rows_give_the_same_bytes_whatever_was_done_before() {
    let program = with_odd_values().await;
    export(&program, &["one"]);
    let detour =
        "update rules set position = position + 1; update rules set position = position - 1;
        create temp table kept as select * from callers; delete from callers;
        insert into callers select * from kept order by number desc; vacuum;";
    program.edit("rules.db", detour).await;
    export(&program, &["two"]);
    assert_eq!(files(&program, "one"), files(&program, "two"));
    let files = program.names("one").len();
    assert_eq!(files, Table::ALL.len(), "a file per table");
}

#[tokio::test]
async fn a_row_is_a_line_of_text() {
    let program = Program::with_rules().await;
    export(&program, &["rules"]);
    insta::assert_snapshot!(program.text("rules/callers.csv"));
    export(
        &program,
        &[
            "rules.toml",
            "--without",
            "rules,rule_steps,rule_tests,agents,group_members",
        ],
    );
    insta::assert_snapshot!(program.text("rules.toml"));
}

#[tokio::test]
async fn one_table_is_one_file() {
    let program = Program::with_rules().await;
    let ran = export(&program, &["callers.csv"]);
    assert_eq!(ran.output, "callers.csv: 3 rows in 1 file\n");
    let ran = export(&program, &["people.csv"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    insta::assert_snapshot!(ran);
}

#[tokio::test]
async fn a_table_that_is_left_out_must_not_be_there_from_another_time() {
    let program = Program::with_rules().await;
    export(&program, &["rules"]);
    insta::assert_snapshot!(export(&program, &["rules", "--without", "callers"]));
}

#[tokio::test]
async fn what_cannot_be_written_is_said() {
    let program = Program::with_rules().await;
    program.write("taken", "");
    let ran = export(&program, &["taken"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    insta::assert_snapshot!(ran);
    assert_eq!(program.text("taken"), "");
}

#[tokio::test]
async fn what_is_written_for_excel_is_the_same_rules() {
    let program = with_odd_values().await;
    assert_eq!(export(&program, &["rules", "--excel"]).code, Some(0));
    assert!(
        program
            .text("rules/callers.csv")
            .starts_with("\u{feff}number;name;")
    );
    let ran = program.run(&["import", "rules", "--rules", "rules.db", "--plan"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = export(&program, &["rules.toml", "--excel"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.complaints.contains("--excel is for CSV"), "{ran}");
}

#[tokio::test]
async fn a_dash_is_the_standard_output() {
    let program = Program::with_rules().await;
    export(&program, &["rules.toml"]);
    let ran = export(&program, &["-"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.output, program.text("rules.toml"));
    assert!(!program.path("-").exists());
}

#[tokio::test]
async fn an_unknown_ending_makes_no_folder() {
    let program = Program::with_rules().await;
    for name in ["rules.yaml", "rules.xlsx", "rules.db.bak"] {
        let ran = export(&program, &[name]);
        assert_eq!(ran.code, Some(2), "{ran}");
        let meant = format!("ends in .toml, .json or .csv, or {name}/ for a folder");
        assert!(ran.complaints.contains(&meant), "{ran}");
        assert!(!program.path(name).exists());
    }
    assert_eq!(export(&program, &["rules.d/"]).code, Some(0));
    assert_eq!(
        export(&program, &["rules.d"]).code,
        Some(0),
        "it is there now"
    );
    assert_eq!(export(&program, &["RULES.TOML"]).code, Some(0));
    assert!(program.path("RULES.TOML").is_file());
}

#[tokio::test]
async fn a_foreign_file_with_a_view_without_end_is_refused_by_every_verb_that_reads_one() {
    let program = Program::with_rules().await;
    program.add_rules("foreign.db").await;
    let view = "pragma foreign_keys = off; drop view problems; drop table queues;
        create view queues (id, name) as
        with recursive n (i) as (select 1 union all select i + 1 from n) select i, i from n";
    program.edit("foreign.db", view).await;
    for arguments in [
        &["check", "foreign.db"][..],
        &["export", "--rules", "foreign.db", "folder"],
        &["history", "restore", "foreign.db", "--plan"],
        &["replay", "--rules", "foreign.db"],
        &["explain", "--rules", "foreign.db", "--queue", "queue_3"],
    ] {
        let ran = program.run(arguments);
        assert_ne!(ran.code, Some(0), "{arguments:?}: {ran}");
        assert!(
            ran.to_string()
                .contains("queues is a view, and must be a table"),
            "{arguments:?}: {ran}"
        );
    }
}
