//! Numbers that no call can have: as callers, in rules, of agents.

use super::Suspect;
use crate::number::{CallerPattern, CountryCode, Implausible, plausible_text};
use crate::problem::{Problem, quoted, quoted_text};
use crate::schema::{Column, agents, callers, rules};
use crate::table::{CellRef, Cells, Tables};

/// The columns that hold numbers: whether they are lists, and what to do where one says that there is no number.
const COLUMNS: [(Column, bool, &str); 4] = [
    (
        agents::PHONE_NUMBER,
        false,
        "write the number, or NULL for none",
    ),
    (
        callers::NUMBER,
        false,
        "delete the row: callers without a number have none; a rule names them by from_number 'anonymous'",
    ),
    (rules::TO_NUMBER, true, "write hotlines, or NULL for any"),
    (
        rules::FROM_NUMBER,
        true,
        "write anonymous for callers without a number, or NULL for any caller",
    ),
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
                    let remedy = match fault {
                        Implausible::NoNumber => without.to_owned(),
                        _ => fault.remedy(),
                    };
                    problems.push(suspect(column, row, value).warn(fault.fault(), remedy));
                }
            }
        }
    }
    problems
}

fn judge(column: Column, value: &str, country: &CountryCode) -> Result<(), Implausible> {
    let names_callers = column == rules::FROM_NUMBER;
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
