//! A plan in words.

use std::fmt::{self, Display, Formatter};

use super::Proposal;
use super::calls::{Calls, CallsOrigin};
use crate::cli::output::{Output, OutputError};
use crate::cli::times::Times;
use crate::exchange::{AddedColumn, Place, RowEdit, key_text};
use crate::plan::Plan;
use crate::plan::replay::{Answer, Difference, DifferingCall};
use routing::problem::{Problem, quoted};
use routing::snapshot::RoutingType;
use routing::table::Cell;

/// How many rows of a table, calls and problems are shown unless all are wanted.
const SHOWN: usize = 20;

/// What is said of recorded calls where an answer can depend on call events: what was known then is not kept.
pub(in crate::cli) const NO_CALL_EVENTS: &str = "(as if no call event had come: longest_idle, fewest_calls and last_agent may answer otherwise)";

/// Rows, calls and problems, each as far as they are wanted.
#[derive(Debug)]
pub(in crate::cli) struct PlanText<'p> {
    pub(super) plan: &'p Plan,
    pub(super) calls: &'p Calls,
    pub(super) times: &'p Times,
    pub(super) all: bool,
    pub(super) proposal: &'p Proposal,
}

impl Display for PlanText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.row_summary())?;
        let rows = &self.plan.changes.rows;
        rows.chunk_by(|one, next| one.table == next.table)
            .try_for_each(|rows| self.write_rows(f, rows))?;
        for value in &self.proposal.changes_besides.added_columns {
            writeln!(f, "  {}", AddedValue(value))?;
        }
        if !rows.is_empty() && self.calls.origin != CallsOrigin::NotTried {
            writeln!(f, "\n{}", self.call_summary())?;
            if self.plan.heeds_activity && self.calls.count() > 0 {
                writeln!(f, "{NO_CALL_EVENTS}")?;
            }
            self.write_some(f, &self.plan.calls, "answers", |f, call| {
                self.write_call(f, call)
            })?;
        }
        if !self.plan.problems.is_empty() {
            writeln!(f)?;
            let mut problems: Vec<&Problem> = self.plan.problems.iter().collect();
            problems.sort_by_key(|problem| problem.severity);
            self.write_some(f, &problems, "problems", |f, problem| {
                self.write_problem(f, problem)
            })?;
        }
        Ok(())
    }
}

impl PlanText<'_> {
    fn row_summary(&self) -> String {
        let rows = &self.plan.changes.rows;
        let count = |is_meant: fn(&&RowEdit) -> bool| rows.iter().filter(is_meant).count();
        let added = count(|row| row.before.is_none());
        let deleted = count(|row| row.after.is_none());
        let changed = rows.len() - added - deleted;
        let mut parts = Vec::new();
        for (count, what) in [(added, "added"), (changed, "changed"), (deleted, "deleted")] {
            if count > 0 {
                parts.push(format!("{} {what}", grouped(count)));
            }
        }
        match rows.len() {
            0 => "no row differs".to_owned(),
            1 => format!("1 row differs: {}", parts.join(", ")),
            all => format!("{} rows differ: {}", grouped(all), parts.join(", ")),
        }
    }

    fn write_rows(&self, f: &mut Formatter<'_>, rows: &[RowEdit]) -> fmt::Result {
        let name = rows.first().map_or("", |row| row.table.name());
        let what = format!("rows of {name}");
        self.write_some(f, rows, &what, write_row)
    }

    fn call_summary(&self) -> String {
        let tried = self.calls.count();
        let calls = match &self.calls.origin {
            CallsOrigin::Nowhere | CallsOrigin::NotTried => {
                return "no calls were recorded, so none were tried; name some with --calls FILE.jsonl".to_owned();
            }
            CallsOrigin::Journal if tried == 0 => {
                return "the journal has no calls to try".to_owned();
            }
            CallsOrigin::Journal => format!("the last {} calls", grouped(tried)),
            CallsOrigin::File(path) => {
                format!("the {} calls in {}", grouped(tried), path.display())
            }
        };
        let differences = self.plan.differences_of_calls();
        let count = |meant| {
            let meant = differences
                .iter()
                .filter(|difference| **difference == meant);
            meant.count()
        };
        let (else_, nobody) = (count(Difference::SomebodyElse), count(Difference::Nobody));
        let terms = match count(Difference::OtherTerms) {
            0 => String::new(),
            terms => format!(
                ", {} the same agents for another time or at another number",
                grouped(terms)
            ),
        };
        format!(
            "{} of {calls} would ring somebody else, {} nobody{terms}",
            grouped(else_),
            grouped(nobody)
        )
    }

    fn write_call(&self, f: &mut Formatter<'_>, differing: &DifferingCall) -> fmt::Result {
        let call = &differing.call;
        let (from, to) = (
            call.from.as_deref().unwrap_or("anonymous"),
            call.to.as_deref().unwrap_or("?"),
        );
        let at = self.times.show(call.at);
        writeln!(
            f,
            "  {at}  {}  {from} > {to}  (call {}, waited {} s)",
            call.queue_id, call.call_id, call.waited
        )?;
        writeln!(f, "    now   {}", Said(&differing.before))?;
        writeln!(f, "    then  {}", Said(&differing.after))
    }

    fn write_problem(&self, f: &mut Formatter<'_>, problem: &Problem) -> fmt::Result {
        let severity = problem.severity.name();
        match self.place(problem) {
            Some(place) => writeln!(f, "{severity}: {place}: {problem}"),
            None => writeln!(f, "{severity}: {problem}"),
        }
    }

    /// Where in the files the row of a problem stands.
    fn place(&self, problem: &Problem) -> Option<&Place> {
        self.proposal
            .files
            .as_ref()?
            .place(problem.table, &problem.key)
    }

    /// Writes the first ones, or all of them if they are wanted, and how many are left out.
    fn write_some<T>(
        &self,
        f: &mut Formatter<'_>,
        items: &[T],
        what: &str,
        mut each: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
    ) -> fmt::Result {
        let shown = if self.all { items.len() } else { SHOWN };
        items
            .iter()
            .take(shown)
            .try_for_each(|item| each(f, item))?;
        match items.len().saturating_sub(shown) {
            0 => Ok(()),
            more => writeln!(
                f,
                "  … and {} more {what} (--all shows them)",
                grouped(more)
            ),
        }
    }
}

fn write_row(f: &mut Formatter<'_>, row: &RowEdit) -> fmt::Result {
    let (sign, is_shown): (char, fn(&Cell) -> bool) = match (&row.before, &row.after) {
        (None, _) => ('+', |cell| *cell != Cell::Null),
        (Some(_), Some(_)) => ('~', |_| true),
        (Some(_), None) => ('-', |_| false),
    };
    write!(f, "  {sign} {} {}", row.table.name(), row.key())?;
    let mut separator = "  ";
    for (column, before, after) in row.columns() {
        match (before, after) {
            (Some(before), Some(after)) => {
                write!(
                    f,
                    "{separator}{} {} -> {}",
                    column.name,
                    quoted(before),
                    quoted(after)
                )?;
            }
            (None, Some(cell)) | (Some(cell), None)
                if is_shown(cell) && column.absent.cell().as_ref() != Some(cell) =>
            {
                write!(f, "{separator}{} {}", column.name, quoted(cell))?;
            }
            _ => continue,
        }
        separator = ", ";
    }
    writeln!(f)
}

/// A value in a column that somebody has added to a table.
struct AddedValue<'a>(&'a AddedColumn);

impl Display for AddedValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let AddedColumn {
            row, table, column, ..
        } = self.0;
        let (key, after) = (key_text(*table, row), quoted(&self.0.after));
        write!(f, "~ {} {key}  {column} -> {after}", table.name())
    }
}

/// The first lines, or all of them, and how many are left out.
pub(in crate::cli) fn write_lines(
    lines: &[String],
    all: bool,
    output: &mut Output,
) -> Result<(), OutputError> {
    let shown = if all { lines.len() } else { SHOWN };
    lines
        .iter()
        .take(shown)
        .try_for_each(|line| output.line(line))?;
    match lines.len().saturating_sub(shown) {
        0 => Ok(()),
        more => output.line(format_args!(
            "… and {} more (--all shows them)",
            grouped(more)
        )),
    }
}

/// An answer in words.
struct Said<'a>(&'a Answer);

impl Display for Said<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.rule {
            Some(rule) => write!(f, "rule '{rule}': ")?,
            None if self.0.offers.is_empty() => return f.write_str("no rule finds anybody"),
            None => f.write_str("the fallback group: ")?,
        }
        if self.0.offers.is_empty() {
            return f.write_str("nobody is to be rung");
        }
        for (place, offer) in self.0.offers.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            let how = if offer.routing_type == RoutingType::Phone {
                " by telephone"
            } else {
                ""
            };
            write!(f, "{separator}{}{how} {} s", offer.id, offer.answer_timeout)?;
        }
        Ok(())
    }
}

/// A number with a comma between thousands.
pub(in crate::cli) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == head {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        let numbers = [0, 7, 99, 100, 999, 1_000, 12_345, 123_456, 1_234_567].map(grouped);
        assert_eq!(
            numbers,
            [
                "0",
                "7",
                "99",
                "100",
                "999",
                "1,000",
                "12,345",
                "123,456",
                "1,234,567"
            ]
        );
    }
}
