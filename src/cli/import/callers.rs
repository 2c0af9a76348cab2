//! `import callers`: takes over the callers that a CRM has exported.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{Former, in_words, mapping};
use crate::cli::edit::{Edit, EditOptions, Outcome, Proposal, Session, grouped, write_lines};
use crate::cli::options::Sources;
use crate::cli::output::{Output, OutputError};
use crate::cli::progress::Progress;
use crate::exchange::{CallersDraft, CallersFile, EmptyCell, Fault, RuleSet, UnknownOwner};
use crate::files;

/// Take over the callers that a CRM has exported as CSV or .xlsx.
///
/// A line names the columns; the names that usual CRMs give them in English and Vietnamese are known (Phone, Số điện
/// thoại, Name, Tên, Owner, Người phụ trách ...). Every column of numbers counts, and every number of a cell. Numbers
/// may be written as people write them; those of before 2018 are taken as the new ones. An owner is an agent's id, or
/// the name of one agent alone. A caller who is known already gets the file's values, and keeps those of columns that
/// the file does not have or leaves empty. Lines that are no callers are left out and named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CallersArguments {
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
    /// What becomes of a known caller's value where the file has an empty cell
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Empty::Keep)]
    empty: Empty,
    #[command(flatten)]
    options: EditOptions,
    #[command(flatten)]
    former: Former,
}

/// What an empty cell means.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Empty {
    /// It stays as it is
    Keep,
    /// It is cleared
    Clear,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router import callers crm.csv --plan
  stringee-router import callers crm.csv --map number='Di động 2' --map tags=Hạng --yes
  stringee-router import callers vip.xlsx --tag vip
  stringee-router import callers crm.csv --empty clear --delete-missing

Exit codes: 0 done and in force, or nothing differs; 1 lines or owners were left out, nothing was done (the output says
which), or the server has not taken it; 2 not run. With --plan: 0 nothing differs, 1 something does, 2 that cannot be
said.";

fn tag(text: &str) -> Result<String, &'static str> {
    let tag = text.trim();
    if tag.is_empty() || tag.contains(',') {
        return Err("write one word without commas, e.g. vip");
    }
    Ok(tag.to_owned())
}

pub(super) async fn run(
    arguments: CallersArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let CallersArguments {
        file,
        maps,
        delete_missing,
        tags,
        empty,
        options,
        former,
    } = arguments;
    former.must_not_be_given()?;
    let bytes = files::read(&file, files::MAX_BYTES)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let reason = format!("import of callers of {}", file.display());
    let session = Session::new(options, sources, &reason).await?;
    let edit = Edit::begin(&session).await?;
    let file = CallersFile {
        path: &file,
        bytes: &bytes,
        overrides: &maps,
        tags: &tags,
        delete_missing,
        empty: match empty {
            Empty::Keep => EmptyCell::Keeps,
            Empty::Clear => EmptyCell::Clears,
        },
    };
    let draft = match read(&file, &edit.present) {
        Ok(draft) => draft,
        Err(fault) => return Ok(session.refuse(&in_words(&[fault]), output)?.code()),
    };
    let is_whole = draft.left_out.is_empty()
        && draft.values_left_out.is_empty()
        && draft.unknown_owners.is_empty();
    if !session.is_json() {
        report(&draft, session.shows_all(), output)?;
    }
    if delete_missing && !draft.left_out.is_empty() {
        let why = "--delete-missing would delete the callers whose lines are left out".to_owned();
        return Ok(session.refuse(&[why], output)?.code());
    }
    let proposal = Proposal {
        rules: draft.planned.rules.clone(),
        files: Some(draft.planned),
        may_cascade: true,
        ..Proposal::default()
    };
    let outcome = edit.propose(&proposal, output).await?;
    Ok(match outcome {
        Outcome::Done | Outcome::NothingDiffers if !is_whole && !session.only_plans() => {
            ExitCode::FAILURE
        }
        outcome => outcome.code(),
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
