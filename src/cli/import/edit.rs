//! The edit itself: rows are written, looked at, and committed or taken back.

use crate::cli::output::{Output, OutputError, complain};
use crate::cli::plan::{Planning, grouped, wait_until_in_force};
use crate::cli::progress::Progress;
use crate::exchange::{Fault, Planned, RuleSet};
use crate::plan::{Plan, RowDifference, differences};
use crate::store::{RefusedRow, Writer};
use routing::problem::quoted;

/// What has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// It was done, or shown, or there was nothing to do.
    Well,
    /// Nothing was done, or the server has not taken it.
    Refused,
}

/// How many faults are shown unless all are wanted.
const SHOWN: usize = 20;

/// Writes the rows that differ and shows what that does. Without `is_meant`, or with anything wrong, takes them back.
pub(super) async fn apply(
    mut writer: Writer,
    planning: &Planning,
    (present, planned): (&RuleSet, &Planned),
    is_meant: bool,
    output: &mut Output,
) -> anyhow::Result<Applied> {
    let refused = write(&mut writer, present, planned).await?;
    if !refused.is_empty() {
        writer.roll_back().await?;
        let lines: Vec<String> = refused.iter().map(|row| refusal(row, planned)).collect();
        write_lines(&lines, planning.all, output)?;
        complain("nothing was imported");
        return Ok(Applied::Refused);
    }
    let mut after = writer.rule_set_after(present).await?;
    after.share_equal(&planned.rules);
    let unlike = unlike(planned, present, &after);
    let plan = planning.plan(present, &after);
    output.line(planning.text(&plan, Some(planned)).to_string().trim_end())?;
    write_lines(&unlike, planning.all, output)?;
    output.flush()?;
    let verdict = verdict(&plan, unlike.len(), is_meant);
    if verdict != Verdict::Commit {
        writer.roll_back().await?;
        complain(verdict.sentence(&plan));
        return Ok(if verdict == Verdict::Refuse {
            Applied::Refused
        } else {
            Applied::Well
        });
    }
    writer.commit().await?;
    output.line("imported")?;
    output.flush()?;
    let (is_well, said) = wait_until_in_force(&planning.installation, plan.fingerprint).await;
    output.line(said)?;
    Ok(if is_well {
        Applied::Well
    } else {
        Applied::Refused
    })
}

/// What becomes of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Commit,
    NothingToDo,
    OnlyShown,
    Refuse,
}

fn verdict(plan: &Plan<'_>, unlike: usize, is_meant: bool) -> Verdict {
    if plan.errors() + unlike > 0 {
        Verdict::Refuse
    } else if plan.rows.is_empty() {
        Verdict::NothingToDo
    } else if is_meant {
        Verdict::Commit
    } else {
        Verdict::OnlyShown
    }
}

impl Verdict {
    fn sentence(self, plan: &Plan<'_>) -> String {
        match self {
            Self::Commit => String::new(),
            Self::NothingToDo => "there is nothing to import".to_owned(),
            Self::OnlyShown => "nothing was imported yet; --apply does it".to_owned(),
            Self::Refuse if plan.errors() > 0 => {
                "nothing was imported, because a server would refuse these rules".to_owned()
            }
            Self::Refuse => "nothing was imported".to_owned(),
        }
    }
}

async fn write(
    writer: &mut Writer,
    present: &RuleSet,
    planned: &Planned,
) -> anyhow::Result<Vec<RefusedRow>> {
    let mut progress = Progress::new("writing");
    let number = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    let advance = |done: usize, total: usize| progress.at(number(done), number(total));
    Ok(writer.import(present, &planned.rules, advance).await?)
}

/// Why a row was not taken, with its place in the files. A row that is to go has none.
fn refusal(row: &RefusedRow, planned: &Planned) -> String {
    let RefusedRow { table, key, reason } = row;
    match planned.place(*table, key) {
        Some(place) => format!("error: {place}: {reason}"),
        None => format!(
            "error: {} {key} is not in the files and would be deleted: {reason}",
            table.name()
        ),
    }
}

/// Rows that have not become what the files say, because something that they refer to goes.
fn unlike(planned: &Planned, present: &RuleSet, after: &RuleSet) -> Vec<String> {
    let differing = differences(&planned.rules, after);
    let named = differing
        .iter()
        .filter(|row| !planned.rules.shares(row.table, present));
    named.map(|row| unlike_row(row, planned)).collect()
}

fn unlike_row(row: &RowDifference<'_>, planned: &Planned) -> String {
    let values: Vec<String> = row
        .columns()
        .iter()
        .filter_map(|(column, planned, after)| {
            Some(format!(
                "{} would be {} in place of {}",
                column.name,
                quoted((*after)?),
                quoted((*planned)?)
            ))
        })
        .collect();
    let what = if values.is_empty() {
        "the row would not be there".to_owned()
    } else {
        values.join(", ")
    };
    let place = planned
        .place(row.table, &row.key())
        .map_or_else(String::new, |place| format!("{place}: "));
    format!(
        "error: {place}{} {}: {what}, because a row that it refers to goes",
        row.table.name(),
        row.key()
    )
}

/// What is wrong with files, line by line.
pub(super) fn write_faults(
    faults: &[Fault],
    all: bool,
    output: &mut Output,
) -> Result<(), OutputError> {
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| format!("error: {fault}"))
        .collect();
    write_lines(&lines, all, output)
}

/// The first lines, or all of them, and how many are left out.
pub(super) fn write_lines(
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
