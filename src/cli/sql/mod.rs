//! `sql`: runs somebody's own SQL in one transaction, and shows what it does before it is committed.

mod prompt;
mod table;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::edit::{Edit, EditOptions, Outcome, Proposal, Session, with_number_meant};
use super::options::Sources;
use super::output::Output;
use crate::files;
use crate::store::{self, Ran, Script, StoreError};
use table::TextTable;

/// Edit the rules with SQL, and see what it does before it counts.
///
/// All statements run in one transaction with foreign keys on. Shown are the rows that differ, the recorded calls that
/// would ring somebody else, and what would be wrong; then it asks. Rows of a SELECT are printed. The tables themselves cannot be changed, and nobody else can write until you have answered.
///
/// Without SQL and --file it reads the standard input: on a terminal as a prompt, where each line that ends in a semicolon
/// is an edit of its own.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SqlArguments {
    /// Statements, with semicolons between them
    #[arg(value_name = "SQL", conflicts_with = "file")]
    sql: Option<String>,
    /// A file of statements
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: EditOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router sql \"insert into absences (agent_id, starts_at, ends_at) values ('hoa', '2027-02-01', '2027-02-12')\"
  stringee-router sql --file tet.sql --reason 'Tết hours' --yes
  stringee-router sql \"select id, name from agents where enabled = 0\"

Exit codes: 0 done and in force, nothing differs, or rows printed; 1 not done, or the server has not taken it;
2 not run (the message says why, and nothing has changed). With --plan: 0 nothing differs, 1 something does,
2 that cannot be said.";

pub(super) async fn run(
    arguments: SqlArguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let SqlArguments { sql, file, options } = arguments;
    let usual_reason = match &file {
        Some(file) => format!("sql of {}", file.display()),
        None => "sql".to_owned(),
    };
    let session = Session::new(options, sources, &usual_reason).await?;
    let text = match (sql, file) {
        (Some(sql), _) => sql,
        (None, Some(file)) => files::read_text(&file, files::MAX_BYTES)
            .with_context(|| format!("cannot read {}", file.display()))?,
        (None, None) if io::stdin().is_terminal() => return prompt::run(&session, output).await,
        (None, None) => {
            let read = files::read_from(io::stdin().lock(), files::MAX_BYTES);
            let text = read.and_then(files::text_of);
            text.context("cannot read the standard input")?
        }
    };
    Ok(edit(&session, &text, output).await?.code())
}

/// Runs a text's statements, as one edit.
async fn edit(session: &Session, text: &str, output: &mut Output) -> anyhow::Result<Outcome> {
    let script = Script::parse(text, &session.installation.rules)
        .await
        .map_err(in_short)?;
    if script.only_reads() {
        for statement in script.statements() {
            let read = store::select(&session.installation.rules, statement).await;
            write_rows(&read.map_err(in_short)?, output)?;
        }
        return Ok(Outcome::Done);
    }
    let mut edit = Edit::begin(session).await?;
    let written = run_all(&mut edit, &script, output).await?;
    let after = edit.writer.rule_set_after(&edit.present).await?;
    let has_more = written > 0;
    edit.conclude(after, &Proposal::default(), has_more, output)
        .await
}

/// Runs the statements one after the other; says how many rows they have written.
async fn run_all(edit: &mut Edit<'_>, script: &Script, output: &mut Output) -> anyhow::Result<u64> {
    let mut written = 0;
    for (number, statement) in (1..).zip(script.statements()) {
        let ran = edit.writer.run(statement).await;
        let ran = ran.map_err(|error| match error {
            StoreError::Refused { reason, .. } => {
                // Every other part of it stands in quotes.
                let texts = statement.split('\'').skip(1).step_by(2);
                anyhow::anyhow!(with_number_meant(&reason, texts, &edit.present))
            }
            error => in_short(error),
        });
        let ran = match script.statements().len() {
            1 => ran?,
            _ => ran.with_context(|| format!("statement {number}"))?,
        };
        match ran {
            Ran::Wrote(rows) => written += rows,
            // What it has written besides is seen by the rows that differ.
            Ran::Selected(_) => write_rows(&ran, output)?,
        }
    }
    Ok(written)
}

fn write_rows(ran: &Ran, output: &mut Output) -> anyhow::Result<()> {
    if let Ran::Selected(selected) = ran {
        output.line(TextTable(selected))?;
    }
    Ok(())
}

/// What SQLite or the tables say, without the name of the file, which whoever typed the SQL knows.
fn in_short(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Refused { reason, .. } => anyhow::anyhow!("{reason}"),
        error => error.into(),
    }
}
