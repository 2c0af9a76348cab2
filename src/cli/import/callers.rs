//! `import callers`: takes over the callers that a CRM has exported.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::Mode;
use super::edit::{Applied, apply, write_faults, write_lines};
use crate::cli::options::Sources;
use crate::cli::output::{Output, OutputError, complain};
use crate::cli::plan::{PlanOptions, Planning, grouped};
use crate::cli::progress::Progress;
use crate::exchange::{CallersDraft, CallersFile, Fault, RuleSet, UnknownOwner};
use crate::store::Writer;

/// Take over the callers that a CRM has exported as CSV or .xlsx, or show what that would change.
///
/// A line names the columns; the names that usual CRMs give them in English and Vietnamese are known (Phone, Số điện
/// thoại, Name, Tên, Owner, Người phụ trách ...). Every column of numbers counts, and every number of a cell. Numbers
/// may be written as people write them; those of before 2018 are taken as the new ones. An owner is an agent's id, or
/// the name of one agent alone. A caller who is known already gets the file's values, and keeps those of columns that the file does not
/// have. Lines that are no callers are left out and named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The CRM's export, as CSV in UTF-8 with commas, semicolons or tabs
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Which column of the file is which of callers (number, name, owner_id, tags, expires_on, note), where the guess is
    /// wrong; may be repeated
    #[arg(long = "map", value_name = "COLUMN=HEADER", value_parser = mapping)]
    maps: Vec<(String, String)>,
    /// Delete callers who are not in the file; prefixes such as 84779* stay
    #[arg(long)]
    delete_missing: bool,
    /// A tag that every caller of the file gets besides its own; may be given several times
    #[arg(long = "tag", value_name = "TAG", value_parser = tag)]
    tags: Vec<String>,
    #[command(flatten)]
    mode: Mode,
    #[command(flatten)]
    options: PlanOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router import callers crm.csv
  stringee-router import callers crm.csv --map number='Di động 2' --map tags=Hạng --apply
  stringee-router import callers vip.xlsx --tag vip --apply
  stringee-router import callers crm.csv --delete-missing --apply

Exit codes: 0 shown or imported, 1 lines or owners were left out, or nothing was imported (the output says which);
2 not run.";

fn tag(text: &str) -> Result<String, &'static str> {
    let tag = text.trim();
    if tag.is_empty() || tag.contains(',') {
        return Err("write one word without commas, e.g. vip");
    }
    Ok(tag.to_owned())
}

fn mapping(text: &str) -> Result<(String, String), &'static str> {
    let (column, header) = text
        .split_once('=')
        .ok_or("write it as COLUMN=HEADER, e.g. number=Mobile")?;
    Ok((column.trim().to_owned(), header.trim().to_owned()))
}

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let Arguments {
        file,
        maps,
        delete_missing,
        tags,
        mode,
        options,
    } = arguments;
    let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let planning = Planning::new(
        options,
        sources,
        &format!("import of callers of {}", file.display()),
    )
    .await?;
    let mut writer = Writer::begin(&planning.installation.rules, planning.editor())
        .await?
        .keeping(planning.installation.changes_kept());
    let present = writer.rule_set().await?;
    let file = CallersFile {
        path: &file,
        bytes: &bytes,
        overrides: &maps,
        tags: &tags,
        delete_missing,
    };
    let draft = match read(&file, &present) {
        Ok(draft) => draft,
        Err(fault) => {
            write_faults(&[fault], true, output)?;
            complain("nothing was imported");
            return Ok(ExitCode::FAILURE);
        }
    };
    report(&draft, planning.all, output)?;
    if delete_missing && !draft.left_out.is_empty() {
        complain(
            "nothing was imported: --delete-missing would delete the callers whose lines are left out",
        );
        return Ok(ExitCode::FAILURE);
    }
    let applied = apply(
        writer,
        &planning,
        (&present, &draft.planned),
        mode.apply,
        output,
    )
    .await?;
    let is_whole = draft.left_out.is_empty()
        && draft.values_left_out.is_empty()
        && draft.unknown_owners.is_empty();
    Ok(if applied == Applied::Well && is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(file: &CallersFile<'_>, present: &RuleSet) -> Result<CallersDraft, Fault> {
    let mut progress = Progress::new("reading");
    let total = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
    file.read(present, |done| progress.at(done, total))
}

/// What was understood, and what was not.
fn report(draft: &CallersDraft, all: bool, output: &mut Output) -> Result<(), OutputError> {
    output.line(format_args!("columns: {}", draft.columns))?;
    output.line(format_args!(
        "lines that are callers: {}; lines that are left out: {}",
        grouped(draft.lines),
        grouped(draft.left_out.len())
    ))?;
    if draft.numbers != draft.lines {
        output.line(format_args!("their numbers: {}", grouped(draft.numbers)))?;
    }
    if draft.renumbered > 0 {
        output.line(format_args!(
            "numbers of before 2018, taken as the new ones: {}",
            grouped(draft.renumbered)
        ))?;
    }
    let faults = [&draft.left_out, &draft.values_left_out];
    for faults in faults {
        let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
        write_lines(&lines, all, output)?;
    }
    let unknown: Vec<String> = draft.unknown_owners.iter().map(unknown).collect();
    write_lines(&unknown, all, output)?;
    output.line("")
}

fn unknown(owner: &UnknownOwner) -> String {
    let UnknownOwner { name, first, lines } = owner;
    let more = match lines {
        1 => String::new(),
        _ => format!(" and {} more lines", grouped(lines - 1)),
    };
    format!(
        "  {first}{more}: owner '{name}' is neither the id of an agent nor the name of one alone; left as it was"
    )
}
