//! `import callers`: a CRM's export becomes the known callers.

use crate::cli_program::{Program, Ran};
use crate::database::Shell;

/// What a CRM may export: its own columns, numbers as people type them, and some lines that are no callers.
const EXPORT: &str = "\u{feff}Mã KH;Họ tên;Số điện thoại;Người phụ trách;Nhãn;Ngày hết hạn
KH1;Anh Nam;0986 776 777;minh;vip;31/12/2027
KH2;Chị Mai;+84 912-000-000;Tuấn;;
KH3;Công ty Sao;(024) 7100 2000;Phòng KD;vip, en;
KH4;Trùng;84 912 000 000;;;
KH5;Không số;;;;
KH6;\"Xuống
dòng\";0903000001;lan;;
KH7;Excel;8.4987E+10;;;
KH8;Thiếu cột;0903000002
KH9;Sai ngày;0903000003;;;soon
";

async fn with_export() -> Program {
    let program = Program::with_rules().await;
    program.write("crm.csv", EXPORT);
    program
}

fn import(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["import", "callers", "--rules", "rules.db"], arguments].concat())
}

async fn callers(program: &Program) -> Vec<String> {
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let all = "select number || '|' || ifnull(name, '-') || '|' || ifnull(owner_id, '-') || '|' || ifnull(tags, '-') ||
        '|' || ifnull(expires_on, '-') from callers order by number";
    shell.texts(all).await
}

#[tokio::test]
async fn what_is_understood_and_what_is_not_is_shown_first() {
    let program = with_export().await;
    let before = program.read("rules.db");
    let ran = import(&program, &["crm.csv", "--plan"]);
    insta::assert_snapshot!(ran);
    assert!(program.read("rules.db") == before, "{ran}");
}

#[tokio::test]
async fn good_lines_are_taken_over_and_others_left_out() {
    let program = with_export().await;
    program.edit("rules.db", "delete from rule_tests").await;
    let ran = import(
        &program,
        &["crm.csv", "--yes", "--reason", "the CRM of Monday"],
    );
    assert_eq!(ran.code, Some(1), "lines were left out: {ran}");
    let expected = [
        "0779*|Quấy rối|-|blocked|-",
        "842471002000|Công ty Sao|-|vip,en|-",
        "84903000001|Xuống\ndòng|lan|-|-",
        "84903000003|Sai ngày|-|-|-",
        "84912000000|Chị Mai|tuan|-|-",
        "84986776777|Anh Nam|minh|vip|2027-12-31",
    ];
    assert_eq!(callers(&program).await, expected, "{ran}");
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let reasons = shell
        .texts("select distinct reason from changes order by id desc limit 1")
        .await;
    assert_eq!(reasons, ["the CRM of Monday"]);
}

#[tokio::test]
async fn callers_are_deleted_only_on_demand_and_never_by_a_file_with_mistakes() {
    let program = with_export().await;
    let before = callers(&program).await;
    let ran = import(&program, &["crm.csv", "--delete-missing", "--yes"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.output
            .contains("--delete-missing would delete the callers whose lines are left out"),
        "{ran}"
    );
    assert_eq!(callers(&program).await, before);
    program.write("crm.csv", "Phone,Owner\n0986776777,hoa\n");
    let ran = import(&program, &["crm.csv", "--delete-missing", "--yes"]);
    insta::assert_snapshot!(ran);
    assert_eq!(
        callers(&program).await,
        [
            "0779*|Quấy rối|-|blocked|-",
            "84986776777|Anh Nam|hoa|vip,en|2027-01-31"
        ]
    );
}

#[tokio::test]
async fn columns_that_are_not_guessed_are_named() {
    let program = Program::with_rules().await;
    program.write("crm.csv", "Id\tLiên hệ\tHạng\n1\t0903 000 001\tvip\n");
    insta::assert_snapshot!(import(&program, &["crm.csv", "--yes"]));
    let ran = import(
        &program,
        &[
            "crm.csv",
            "--map",
            "number=Liên hệ",
            "--map",
            "tags=hạng",
            "--yes",
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        callers(&program)
            .await
            .contains(&"84903000001|-|-|vip|-".to_owned()),
        "{ran}"
    );
}

#[tokio::test]
async fn the_same_export_again_changes_nothing() {
    let program = Program::with_rules().await;
    program.write("crm.csv", "Phone,Name\n0903 000 001,Lý\n0779 *,Quấy rối\n");
    let ran = import(&program, &["crm.csv", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = import(&program, &["crm.csv", "--yes"]);
    assert_eq!((ran.code, &*ran.complaints), (Some(0), ""), "{ran}");
}

#[tokio::test]
async fn an_empty_cell_clears_nothing_unless_it_is_meant_so() {
    let program = Program::with_rules().await;
    program.write("crm.csv", "Phone,Name,Owner,Tags\n0986 776 777,Anh Nam,,\n");
    let nam = async || {
        let all = callers(&program).await;
        all.into_iter()
            .find(|caller| caller.starts_with("84986776777"))
            .unwrap()
    };
    let before = nam().await;
    assert_eq!(import(&program, &["crm.csv", "--yes"]).code, Some(0));
    assert_eq!(nam().await, before, "an empty cell keeps what is there");
    let ran = import(
        &program,
        &["crm.csv", "--yes", "--force", "--empty", "clear"],
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(nam().await, "84986776777|Anh Nam|-|-|2027-01-31");
}
