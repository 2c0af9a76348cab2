//! Numbers that no call can have: as callers, in rules, of agents.

use super::Suspect;
use crate::diagnosis::{Advice, Diagnosis, Implausible};
use crate::number::{CallerPattern, CountryCode, plausible_text};
use crate::problem::{Problem, quoted, quoted_text};
use crate::schema::{Column, agents, callers, hotlines, rule_tests, rules};
use crate::table::{CellRef, Cells, Tables};

/// The columns that hold numbers: whether they are lists, and what to do where one says that there is no number.
const COLUMNS: [(Column, bool, Advice); 7] = [
    (agents::PHONE_NUMBER, false, Advice::NoNumberOfAgent),
    (callers::NUMBER, false, Advice::NoNumberOfCaller),
    (hotlines::NUMBER, false, Advice::NoNumberOfHotline),
    (rules::TO_NUMBER, true, Advice::NoNumberOfHotline),
    (rules::FROM_NUMBER, true, Advice::NoNumberOfCallers),
    (rule_tests::FROM_NUMBER, false, Advice::NoNumberOfTest),
    (rule_tests::TO_NUMBER, false, Advice::NoNumberOfTest),
];

/// A warning for each number in the tables that no call can have, and what to write.
pub fn implausible_numbers(tables: &Tables, country: &CountryCode) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (column, is_list, without) in COLUMNS {
        for row in tables.rows(column.table) {
            let place = column.compiled.unwrap_or_default();
            let Some(CellRef::Text(text)) = row.get(place) else {
                continue;
            };
            let values = text.split(|c| is_list && c == ',');
            for value in values.map(str::trim) {
                if let Err(fault) = judge(column, value, country) {
                    let diagnosis = match fault {
                        Implausible::NoNumber => Diagnosis::from(without.clone()),
                        other => other.into(),
                    };
                    problems.push(suspect(column, row, value).warn(diagnosis));
                }
            }
        }
    }
    problems
}

fn judge(column: Column, value: &str, country: &CountryCode) -> Result<(), Implausible> {
    let names_callers = column == rules::FROM_NUMBER || column == rule_tests::FROM_NUMBER;
    if names_callers && CallerPattern::parse(value, country) == Some(CallerPattern::Anonymous) {
        return Ok(());
    }
    plausible_text(value, country)
}

fn suspect(column: Column, row: Cells<'_>, value: &str) -> Suspect {
    // The key of each of these tables is its first column.
    let key = match row.get(0).unwrap_or(CellRef::Null) {
        CellRef::Text(text) => text.to_owned(),
        other => quoted(other),
    };
    Suspect {
        table: column.table,
        key,
        column: column.name,
        value: quoted_text(value),
    }
}
