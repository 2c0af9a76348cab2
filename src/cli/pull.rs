//! `pull`: takes queues, agents and groups over from Stringee.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::options::Sources;
use super::output::{Output, OutputError, complain};
use super::queues::confirmed;
use super::rules::counted;
use crate::pull::{self, Choices, Plan};
use crate::store::{self, Basis, Image, RowEdit, RowKey};

/// Take queues, agents, groups and who is in them over from Stringee.
///
/// Each queue gets a rule: its primary groups are rung at once, the others later. The plan is shown first. A value that
/// was changed here since it was last pulled is kept, and so is a row that was here before; a row that was removed here
/// is not added again. Everything else follows Stringee, so pull again whenever something has changed there. Agents and
/// queues that are gone there are switched off here, not deleted.
///
/// What was pulled is known from the table changes; rows whose changes were deleted there count as changed here.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The rules database; without it the configured one (database.rules)
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// From which second of waiting on the groups that are not primary are rung. Stringee itself rings them when nobody
    /// of the primary groups is free
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    others_after: u32,
    /// Show the plan and do nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the plan as a JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router pull --dry-run
  stringee-router pull --others-after 30 --yes && stringee-router check

Exit codes: 0 done, or nothing to do; 1 not confirmed; 2 it could not be done (then nothing was).";

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let config = sources.config()?;
    let rules = arguments.rules.unwrap_or(config.database.rules);
    let client = config.stringee.client()?;
    let basis = store::pull_basis(&rules).await?;
    let center = tokio::task::spawn_blocking(move || client.center())
        .await
        .context("the reading was cut short")??;
    let plan = pull::plan(
        &center,
        Choices {
            others_after_seconds: arguments.others_after,
        },
        &basis,
    );
    if arguments.json {
        output.line(serde_json::to_string_pretty(&Described::of(&plan))?)?;
    } else {
        write(&plan, &basis, output)?;
    }
    output.flush()?;
    if arguments.dry_run || plan.edits.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.yes && !confirmed(&format!("Write this to {}?", rules.display()))? {
        complain("nothing was written");
        return Ok(ExitCode::FAILURE);
    }
    store::apply_pull(&rules, &basis, &plan.edits).await?;
    complain(format_args!(
        "written to {}; `stringee-router check --stringee` says whether the rules are right",
        rules.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// A line per edit and remark, and what it all comes to.
fn write(plan: &Plan, basis: &Basis, output: &mut Output) -> Result<(), OutputError> {
    for edit in &plan.edits {
        match edit {
            RowEdit::Insert(row, image) => {
                output.line(format_args!("+ {row}{}", values(row, image)))?;
            }
            RowEdit::Update(row, image) => {
                output.line(format_args!("~ {row}{}", differences(row, image, basis)))?;
            }
            RowEdit::Delete(row) => output.line(format_args!("- {row}"))?,
        }
    }
    for remark in &plan.remarks {
        output.line(format_args!("= {}: {}", remark.row, remark.text))?;
    }
    output.line(totals(plan))
}

fn totals(plan: &Plan) -> String {
    let count = |is_meant: fn(&&RowEdit) -> bool| plan.edits.iter().filter(is_meant).count();
    let added = count(|edit| matches!(edit, RowEdit::Insert(..)));
    let changed = count(|edit| matches!(edit, RowEdit::Update(..)));
    let removed = count(|edit| matches!(edit, RowEdit::Delete(_)));
    format!(
        "{} to add, {changed} to change, {removed} to remove, {} as they are",
        counted(added, "row"),
        plan.unchanged
    )
}

/// The values that the key does not say.
fn values(row: &RowKey, image: &Image) -> String {
    let is_shown =
        |(column, value): &(&String, &Value)| !value.is_null() && !is_key(row, column, value);
    image
        .iter()
        .filter(is_shown)
        .map(|(column, value)| format!("  {column} {value}"))
        .collect::<Vec<_>>()
        .concat()
}

fn differences(row: &RowKey, image: &Image, basis: &Basis) -> String {
    let before = |column: &str| {
        basis
            .rows
            .get(row)
            .and_then(|now| now.get(column))
            .cloned()
            .unwrap_or_default()
    };
    let changed = image
        .iter()
        .filter(|(column, value)| before(column) != **value);
    changed
        .map(|(column, value)| format!("  {column} {} -> {value}", before(column)))
        .collect::<Vec<_>>()
        .concat()
}

fn is_key(row: &RowKey, column: &str, value: &Value) -> bool {
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    (column == "id" || column.ends_with("_id") || column == "step")
        && row.key.split('/').any(|part| part == shown)
}

/// A plan for machines.
#[derive(Serialize)]
struct Described<'p> {
    edits: Vec<DescribedEdit<'p>>,
    remarks: Vec<DescribedRemark<'p>>,
    unchanged: usize,
}

#[derive(Serialize)]
struct DescribedEdit<'p> {
    edit: &'static str,
    table: &'static str,
    key: &'p str,
    row: Option<&'p Image>,
}

#[derive(Serialize)]
struct DescribedRemark<'p> {
    table: &'static str,
    key: &'p str,
    remark: &'p str,
}

impl<'p> Described<'p> {
    fn of(plan: &'p Plan) -> Self {
        let described = |edit: &'static str, row: &'p RowKey, image| DescribedEdit {
            edit,
            table: row.table.name(),
            key: &row.key,
            row: image,
        };
        let edits = plan.edits.iter().map(|edit| match edit {
            RowEdit::Insert(row, image) => described("add", row, Some(image)),
            RowEdit::Update(row, image) => described("change", row, Some(image)),
            RowEdit::Delete(row) => described("remove", row, None),
        });
        let remarks = plan.remarks.iter().map(|remark| DescribedRemark {
            table: remark.row.table.name(),
            key: &remark.row.key,
            remark: &remark.text,
        });
        Self {
            edits: edits.collect(),
            remarks: remarks.collect(),
            unchanged: plan.unchanged,
        }
    }
}
