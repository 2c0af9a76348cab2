//! What holds of every code, and the page that lists them.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::diagnosis::{Advice, Implausible, RowFault, Wording};

const FAMILIES: [(&str, &[Wording]); 3] = [
    ("Rows", RowFault::WORDINGS),
    ("Numbers", Implausible::WORDINGS),
    ("Advice", Advice::WORDINGS),
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
fn the_page_of_codes_lists_them_all() {
    let mut tables = String::new();
    for (title, wordings) in FAMILIES {
        writeln!(tables, "\n### {title}\n").unwrap();
        writeln!(tables, "| Code | Fault | Remedy |\n|---|---|---|").unwrap();
        for Wording {
            code,
            fault,
            remedy,
            ..
        } in wordings
        {
            writeln!(tables, "| `{code}` | {fault} | {remedy} |").unwrap();
        }
    }
    let page = include_str!("../../../../docs/codes.md");
    assert!(
        page.ends_with(&tables),
        "docs/codes.md should end so:\n{tables}"
    );
}
