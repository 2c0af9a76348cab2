//! `import callers`: files as the usual CRMs write them.

use std::fs;

use crate::cli_program::{Program, Ran};
use crate::database::Shell;

/// Imports a sample into the small company's rules, and gives the callers that are there then.
async fn import(sample: &str, arguments: &[&str]) -> (Ran, Vec<String>) {
    let program = Program::with_rules().await;
    program
        .edit("rules.db", "delete from rule_tests; delete from callers")
        .await;
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/crm/");
    let copied = fs::copy(format!("{samples}{sample}"), program.path(sample));
    assert!(copied.is_ok(), "{sample}: {copied:?}");
    let import = ["import", "callers", "--rules", "rules.db", sample, "--yes"];
    let ran = program.run(&[&import, arguments].concat());
    let mut shell = Shell::open(&program.path("rules.db"), false).await;
    let all = "select number || '|' || ifnull(name, '-') || '|' || ifnull(owner_id, '-') || '|' || ifnull(tags, '-') ||
        '|' || ifnull(expires_on, '-') || '|' || ifnull(note, '-') from callers order by number";
    let callers = shell.texts(all).await;
    (ran, callers)
}

/// Imports a sample of which nothing is left out.
async fn imports(sample: &str, expected: &[&str]) {
    let (ran, callers) = import(sample, &[]).await;
    assert_eq!(callers, expected, "{ran}");
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// Imports a sample of which something is left out, which is said.
async fn imports_but(sample: &str, expected: &[&str], said: &[&str]) {
    let (ran, callers) = import(sample, &[]).await;
    assert_eq!(callers, expected, "{ran}");
    for words in said {
        assert!(ran.output.contains(words), "{words}: {ran}");
    }
    assert_eq!(ran.code, Some(1), "{ran}");
}

#[tokio::test]
async fn stringee_x_with_separator_apostrophes_and_floats() {
    let expected = [
        "842471002000|Công ty Sao|lan|-|-|-",
        "84903000003|Công ty Sao|lan|-|-|-",
        "84912000000|Chị Mai|tuan|-|-|-",
        "84986776777|Anh Nam|minh|-|-|-",
    ];
    imports("stringeex.csv", &expected).await;
}

#[tokio::test]
async fn misa_amis_as_a_workbook_with_a_title() {
    let expected = [
        "842471002000|Anh Nam|minh|vip|2027-12-31|-",
        "84391234567|Chị Mai|hoa|-|-|-",
        "84903000001|Anh Lý|-|-|2027-12-31|-",
        "84986776777|Anh Nam|minh|vip|2027-12-31|-",
    ];
    let said = [
        "lines that are callers: 3; lines that are left out: 0",
        "their numbers: 4",
        "numbers of before 2018, taken as the new ones: 1",
        "amis.xlsx, line 5: 'soon' is not a date; write it as 2027-12-31",
    ];
    imports_but("amis.xlsx", &expected, &said).await;
}

#[tokio::test]
async fn bitrix24_with_several_telephones() {
    let expected = [
        "842471002000|Mai Trần|minh|-|-|-",
        "84391234567|Mai Trần|minh|-|-|-",
        "84903000005|Anh Lê|-|-|-|-",
        "84986776777|Nam Nguyễn|hoa|-|-|prefers mornings",
    ];
    let said = [
        "bitrix24.csv, line 4: 'n/a' is not a telephone number",
        "bitrix24.csv, line 4: owner 'Nobody Known' is neither",
    ];
    imports_but("bitrix24.csv", &expected, &said).await;
}

#[tokio::test]
async fn hubspot_with_owners_and_their_addresses() {
    let expected = [
        "842471002000|Mai Trần|tuan|-|-|-",
        "84912000000|Mai Trần|tuan|-|-|-",
        "84986776777|Nam Nguyễn|minh|-|-|-",
    ];
    imports("hubspot.csv", &expected).await;
}

#[tokio::test]
async fn google_contacts_with_labels_and_marks_that_cannot_be_seen() {
    let expected = [
        "842471002000|Nam Nguyễn|-|Khách quý|-|-",
        "84903000004|Nam Nguyễn|-|Khách quý|-|-",
        "84912000000|Mai Thị Trần|-|-|-|hàng tháng",
        "84986776777|Nam Nguyễn|-|Khách quý|-|-",
    ];
    imports("google-contacts.csv", &expected).await;
}

#[tokio::test]
async fn odoo_as_a_workbook() {
    let expected = [
        "842471002000|Công ty Sao|lan|vip|-|-",
        "84912000000|Chị Mai|tuan|-|-|-",
        "84986776777|Công ty Sao|lan|vip|-|-",
    ];
    imports("odoo.xlsx", &expected).await;
}

#[tokio::test]
async fn zoho_with_a_number_that_no_call_has() {
    let expected = [
        "842471002000|Mai Trần|lan|-|-|-",
        "84912000000|Mai Trần|lan|-|-|-",
        "84986776777|Nam Nguyễn|hoa|vip,en|-|-",
    ];
    let said = ["zoho.csv, line 3: '0281 234' has 6 digits behind 84, and a landline has 10"];
    imports_but("zoho.csv", &expected, &said).await;
}

#[tokio::test]
async fn all_callers_of_a_file_get_a_tag() {
    let (ran, callers) = import("zoho.csv", &["--tag", "Vip", "--tag", "zoho"]).await;
    let expected = [
        "842471002000|Mai Trần|lan|Vip,zoho|-|-",
        "84912000000|Mai Trần|lan|Vip,zoho|-|-",
        "84986776777|Nam Nguyễn|hoa|vip,en,zoho|-|-",
    ];
    assert_eq!(callers, expected, "{ran}");
}
