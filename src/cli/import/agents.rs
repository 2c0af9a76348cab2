//! `import agents`: adds the agents of a list of people.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{in_words, mapping};
use crate::cli::edit::{Edit, EditOptions, Outcome, Proposal, Session, grouped, write_lines};
use crate::cli::options::Sources;
use crate::cli::output::Output;
use crate::exchange::{AGENT_FIELDS, AgentsFile};
use crate::files;

/// Add the agents of a list of people, as CSV or .xlsx: ids, names, numbers, groups, shifts.
///
/// A line names the columns; usual names in English and Vietnamese are known (User ID, Tài khoản, Name, Họ tên, Phone, Số điện
/// thoại, Group, Nhóm, Shift, Ca ...). Numbers may be written as people write them. Groups and shifts are ids or names of
/// rows in groups and schedules. An agent who is known gets the file's values; one who is not in the file stays as he is.
/// `import agents.csv`, a file that `export` wrote, makes the table exactly what the file says.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportAgentsArguments {
    /// The list, as CSV in UTF-8 with commas, semicolons or tabs, or as .xlsx
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which column of the file is which (id, name, phone_number, group, shift, note), where the guess is wrong
    #[arg(long = "map", value_name = "COLUMN=HEADER", value_parser = mapping)]
    maps: Vec<(String, String)>,
    #[command(flatten)]
    options: EditOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router import agents people.xlsx --plan
  stringee-router import agents people.csv --map id=Email --map group='Bộ phận' --yes

Exit codes: 0 done and in force, or nothing differs; 1 lines or values were left out, nothing was done (the output says
which), or the server has not taken it; 2 not run. With --plan: 0 nothing differs, 1 something does, 2 that cannot be
said.";

pub(super) async fn run(
    arguments: ImportAgentsArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let ImportAgentsArguments {
        file,
        maps,
        options,
    } = arguments;
    for (field, _) in &maps {
        anyhow::ensure!(
            AGENT_FIELDS.contains(&field.as_str()),
            "there is no '{field}' to map; there are {}",
            AGENT_FIELDS.join(", ")
        );
    }
    let bytes = files::read(&file, files::MAX_BYTES)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let reason = format!("import of agents of {}", file.display());
    let session = Session::new(options, sources, &reason).await?;
    let edit = Edit::begin(&session).await?;
    let file = AgentsFile {
        path: &file,
        bytes: &bytes,
        overrides: &maps,
    };
    let draft = match file.read(&edit.present) {
        Ok(draft) => draft,
        Err(fault) => return Ok(session.refuse(&in_words(&[fault]), output)?.code()),
    };
    let is_whole = draft.left_out.is_empty() && draft.values_left_out.is_empty();
    if !session.is_json() {
        output.line(format_args!("columns: {}", draft.columns))?;
        output.line(format_args!(
            "lines that are agents: {}; lines that are left out: {}",
            grouped(draft.lines),
            grouped(draft.left_out.len())
        ))?;
        for faults in [&draft.left_out, &draft.values_left_out] {
            let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
            write_lines(&lines, session.shows_all(), output)?;
        }
        output.line("")?;
    }
    let proposal = Proposal {
        rules: draft.planned.rules.clone(),
        files: Some(draft.planned),
        ..Proposal::default()
    };
    Ok(match edit.propose(&proposal, output).await? {
        Outcome::Done | Outcome::NothingDiffers if !is_whole && !session.only_plans() => {
            ExitCode::FAILURE
        }
        outcome => outcome.code(),
    })
}
