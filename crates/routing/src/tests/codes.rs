//! What holds of every code, and the page that lists them.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::diagnosis::{
    Advice, AgentReason, Implausible, MismatchReason, Objection, RowFault, Wording, column_label,
    table_label,
};
use crate::language::Language;
use crate::problem::{Problem, Severity};
use crate::table::Table;

const FAMILIES: [(&str, &[Wording]); 6] = [
    ("Rows", RowFault::WORDINGS),
    ("Numbers", Implausible::WORDINGS),
    ("Advice", Advice::WORDINGS),
    ("Versions that are held", Objection::WORDINGS),
    ("Rules that do not match", MismatchReason::WORDINGS),
    (
        "Agents who are not rung, or come later",
        AgentReason::WORDINGS,
    ),
];

fn wordings() -> impl Iterator<Item = &'static Wording> {
    FAMILIES.iter().flat_map(|(_, wordings)| *wordings)
}

#[test]
fn every_code_is_a_word_of_its_own() {
    let mut seen = HashSet::new();
    for Wording { code, .. } in wordings() {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(code.chars().all(is_word), "{code}");
        assert!(seen.insert(code), "{code} is the code of two");
    }
}

#[test]
fn every_parameter_is_said() {
    for wording in wordings() {
        let said = format!("{} {}", wording.fault, wording.remedy);
        for param in wording.params {
            let place = format!("{{{param}}}");
            assert!(said.contains(&place), "{place} of {}", wording.code);
        }
    }
}

#[test]
fn every_code_has_a_vietnamese_sentence_with_its_parameters() {
    for wording in wordings() {
        let Wording {
            code,
            params,
            vietnamese,
            ..
        } = wording;
        for param in *params {
            let place = format!("{{{param}}}");
            assert!(vietnamese.contains(&place), "{place} of {code}");
        }
        let mut said = (*vietnamese).to_owned();
        for param in params.iter().chain(&["column", "unit"]) {
            said = said.replace(&format!("{{{param}}}"), "");
        }
        // Only a sentence that is a parameter as a whole has no words of its own.
        let is_vietnamese = said.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        assert!(is_vietnamese || said.is_empty(), "{code}: {vietnamese}");
        assert!(!said.contains('{'), "{code} has an unknown parameter");
        let is_of_rows = !wording.remedy.is_empty();
        assert_eq!(vietnamese.ends_with('.'), is_of_rows, "{code}");
    }
}

#[test]
fn every_table_and_column_has_a_vietnamese_name() {
    for table in Table::ALL {
        assert!(table_label(table.name()).is_some(), "{}", table.name());
        for column in table.columns() {
            let label = column_label(table.name(), column.name);
            assert!(label.is_some(), "{}.{}", table.name(), column.name);
        }
    }
}

#[test]
fn a_supervisor_reads_what_is_wrong_in_vietnamese() {
    let check = |table, column, value: &str, diagnosis: RowFault, sentence: &str| {
        let problem = Problem {
            severity: Severity::Error,
            table,
            key: "8/1".to_owned(),
            column,
            value: value.to_owned(),
            diagnosis: diagnosis.into(),
        };
        assert_eq!(problem.sentence(Language::Vi), sentence);
        let place = format!("{}.{column} của '8/1', đang là {value}: ", table.name());
        assert_eq!(problem.line(Language::Vi), format!("{place}{sentence}"));
        assert_eq!(problem.line(Language::En), problem.to_string());
    };
    check(
        Table::RuleSteps,
        "answer_timeout",
        "500",
        RowFault::NotAWholeNumber {
            numbers: crate::diagnosis::WholeNumbers(3..=120),
        },
        "Thời gian đổ chuông phải từ 3 đến 120 giây.",
    );
    check(
        Table::RuleSteps,
        "group_id",
        "'x'",
        RowFault::UnknownReference { table: "groups" },
        "Nhóm không có trong bảng nhóm (groups); hãy thêm vào đó trước, hoặc ghi một mã đã có.",
    );
}

#[test]
fn the_page_of_codes_lists_them_all() {
    let mut tables = String::new();
    for (title, wordings) in FAMILIES {
        writeln!(tables, "\n### {title}\n").unwrap();
        writeln!(
            tables,
            "| Code | In English | In Vietnamese |\n|---|---|---|"
        )
        .unwrap();
        for Wording {
            code,
            fault,
            remedy,
            vietnamese,
            ..
        } in wordings
        {
            let mark = if remedy.is_empty() { "" } else { "; " };
            writeln!(
                tables,
                "| `{code}` | {fault}{mark}{remedy} | {vietnamese} |"
            )
            .unwrap();
        }
    }
    let page = include_str!("../../../../docs/codes.md");
    assert!(
        page.ends_with(&tables),
        "docs/codes.md should end so:\n{tables}"
    );
}
