//! Writing what is proposed, and what the tables say to it.

use super::{Edit, Proposal};
use crate::cli::progress::Progress;
use crate::exchange::{ChangeSet, RowEdit, RuleSet};
use crate::store::RefusedRow;
use routing::number::{Number, number_since_2018, plausible};
use routing::problem::quoted;
use routing::table::Cell;

impl Edit<'_> {
    /// Writes the rows that differ. What comes back are those that the tables do not take, in words.
    pub(super) async fn write(&mut self, proposal: &Proposal) -> anyhow::Result<Vec<String>> {
        let mut changes = ChangeSet::between(&self.present, &proposal.rules);
        changes.added_columns = proposal.changes_besides.added_columns.clone();
        let mut progress = Progress::new("writing");
        let number = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        let advance = |done: usize, total: usize| progress.at(number(done), number(total));
        let refused = self.writer.apply(&changes, advance).await?;
        let mut refusals = Vec::new();
        for row in refused {
            refusals.push(refusal(&row, proposal));
        }
        Ok(refusals)
    }
}

/// Why a row was not taken, with the value: the tables can only name the column.
fn with_value(refused: &RefusedRow, rules: &RuleSet) -> String {
    let RefusedRow { table, reason, .. } = refused;
    let Some((place, rest)) = reason.split_once(" must ") else {
        return reason.clone();
    };
    let column = match place.split_once('.') {
        Some((of, column)) if of == table.name() => table.column(column),
        _ => None,
    };
    let Some(cell) = column.and_then(|column| refused.row.get(column.place)) else {
        return reason.clone();
    };
    let reason = match cell {
        Cell::Text(text) => with_number_meant(reason, [&**text], rules),
        _ => reason.clone(),
    };
    let rest = reason.strip_prefix(place).unwrap_or(rest);
    format!("{place} is {}, and{rest}", quoted(cell))
}

/// The tables can only give an example of a telephone's form; this names the one that was written, in that form.
pub(in crate::cli) fn with_number_meant<'t>(
    reason: &str,
    written: impl IntoIterator<Item = &'t str>,
    rules: &RuleSet,
) -> String {
    let mut said = reason.to_owned();
    if !reason.starts_with("agents.phone_number must") {
        return said;
    }
    let country = rules.country();
    for text in written {
        let Some(number) = Number::from_table(text, &country) else {
            continue;
        };
        let number = number_since_2018(&number).unwrap_or(number);
        let is_number = number.as_str().bytes().all(|byte| byte.is_ascii_digit());
        if is_number && number.as_str() != text && plausible(&number, &country).is_ok() {
            said = format!("{said}; for '{text}' write {number}");
        }
    }
    said
}

/// Why a row was not taken, with its place in the files.
fn refusal(row: &RefusedRow, proposal: &Proposal) -> String {
    let RefusedRow { table, key, .. } = row;
    let reason = with_value(row, &proposal.rules);
    let name = table.name();
    match &proposal.files {
        None => format!("error: {name} {key}: {reason}"),
        Some(files) => match files.place(*table, key) {
            Some(place) => format!("error: {place}: {reason}"),
            None => {
                format!("error: {name} {key} is not in the files and would be deleted: {reason}")
            }
        },
    }
}

/// Rows that have not become what is proposed, because something that they refer to goes.
pub(super) fn unlike(proposal: &Proposal, present: &RuleSet, after: &RuleSet) -> Vec<String> {
    let rules = &proposal.rules;
    let mut differing = ChangeSet::between(rules, after).rows;
    differing.retain(|row| !proposal.may_cascade || !rules.shares(row.table, present));
    differing
        .iter()
        .map(|row| unlike_row(row, proposal))
        .collect()
}

fn unlike_row(row: &RowEdit, proposal: &Proposal) -> String {
    let mut values = Vec::new();
    for (column, proposed, after) in row.columns() {
        if let (Some(proposed), Some(after)) = (proposed, after) {
            let (name, proposed, after) = (column.name, quoted(proposed), quoted(after));
            values.push(format!("{name} would be {after} in place of {proposed}"));
        }
    }
    let what = if values.is_empty() {
        "the row would not be there".to_owned()
    } else {
        values.join(", ")
    };
    let (name, key) = (row.table.name(), row.key());
    let sentence = format!("{name} {key}: {what}, because a row that it refers to goes");
    if let Some(files) = &proposal.files
        && let Some(place) = files.place(row.table, &key)
    {
        return format!("error: {place}: {sentence}");
    }
    format!("error: {sentence}")
}
