//! `sql`: runs somebody's own SQL in one transaction, and shows what it does before it is committed.

mod prompt;
mod table;

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::options::Sources;
use super::output::{Output, complain};
use super::plan::{PlanOptions, Planning, wait_until_in_force};
use super::queues::confirmed;
use crate::exchange::RuleSet;
use crate::plan::Plan;
use crate::store::{self, Ran, Script, StoreError, Writer};
use table::TextTable;

/// Edit the rules with SQL, and see what it does before it counts.
///
/// All statements run in one transaction with foreign keys on. Shown are the rows that differ, the recorded calls that
/// would ring somebody else, and what would be wrong; then it asks. Rules that have new errors are not committed. Rows
/// of a SELECT are printed. The tables themselves cannot be changed, and nobody else can write until you have answered.
///
/// Without SQL and --file it reads the standard input: on a terminal as a prompt, where each line that ends in a semicolon
/// is an edit of its own.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Statements, with semicolons between them
    #[arg(value_name = "SQL", conflicts_with = "file")]
    sql: Option<String>,
    /// A file of statements
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    options: PlanOptions,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router sql \"update agents set away_until = '2027-02-15 08:00' where id = 'hoa'\"
  stringee-router sql --file tet.sql --reason 'Tết hours' --yes
  stringee-router sql \"select id, name from agents where enabled = 0\"

Exit codes: 0 committed and in force, nothing to do, or rows printed; 1 not committed, or the server has not taken it;
2 not run (the message says why, and nothing has changed).";

pub(super) async fn run(
    arguments: Arguments,
    sources: &Sources,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let Arguments {
        sql,
        file,
        yes,
        options,
    } = arguments;
    let usual_reason = file.as_ref().map_or_else(
        || "sql".to_owned(),
        |file| format!("sql of {}", file.display()),
    );
    let planning = Planning::new(options, sources, &usual_reason).await?;
    let session = Session { planning, yes };
    let text = match (sql, file) {
        (Some(sql), _) => sql,
        (None, Some(file)) => {
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?
        }
        (None, None) if io::stdin().is_terminal() => return prompt::run(&session, output).await,
        (None, None) => {
            let mut text = String::new();
            io::stdin()
                .lock()
                .read_to_string(&mut text)
                .context("cannot read the standard input")?;
            text
        }
    };
    session.edit(&text, output).await
}

/// How edits are made.
#[derive(Debug)]
struct Session {
    planning: Planning,
    yes: bool,
}

impl Session {
    /// Runs a text's statements, as one edit.
    async fn edit(&self, text: &str, output: &mut Output) -> anyhow::Result<ExitCode> {
        let script = Script::parse(text)?;
        let rules = &self.planning.installation.rules;
        if script.only_reads() {
            for statement in script.statements() {
                write_rows(
                    &store::select(rules, statement).await.map_err(in_short)?,
                    output,
                )?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut writer = Writer::begin(rules, self.planning.editor())
            .await?
            .keeping(self.planning.installation.changes_kept());
        let before = writer.rule_set().await?;
        let written = run_all(&mut writer, &script, output).await?;
        let after = writer.rule_set_after(&before).await?;
        self.decide(writer, (&before, &after), written, output)
            .await
    }

    /// Shows what an edit does, asks, and commits it or takes it back.
    async fn decide(
        &self,
        writer: Writer,
        (before, after): (&RuleSet, &RuleSet),
        written: u64,
        output: &mut Output,
    ) -> anyhow::Result<ExitCode> {
        let plan = self.planning.plan(before, after);
        output.line(self.planning.text(&plan, None).to_string().trim_end())?;
        output.flush()?;
        if written == 0 && plan.rows.is_empty() {
            writer.roll_back().await?;
            return Ok(ExitCode::SUCCESS);
        }
        if plan.new_errors > 0 {
            writer.roll_back().await?;
            complain("nothing was changed, because a server would refuse these rules");
            return Ok(ExitCode::FAILURE);
        }
        if !self.is_agreed(&plan, rules_of(&self.planning))? {
            writer.roll_back().await?;
            complain("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
        writer.commit().await?;
        output.line("committed")?;
        output.flush()?;
        let (is_well, said) =
            wait_until_in_force(&self.planning.installation, plan.fingerprint).await;
        output.line(said)?;
        Ok(if is_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Whether somebody has agreed to the plan.
    fn is_agreed(&self, plan: &Plan<'_>, rules: &Path) -> io::Result<bool> {
        if plan.errors() > 0 {
            complain(
                "these errors were there before; a server takes the rules once the last of them is gone",
            );
        }
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            complain("there is no terminal to ask at; --yes commits without asking");
            return Ok(false);
        }
        confirmed(&format!("Commit this to {}?", rules.display()))
    }
}

fn rules_of(planning: &Planning) -> &Path {
    &planning.installation.rules
}

/// Runs the statements one after the other; says how many rows they have written.
async fn run_all(writer: &mut Writer, script: &Script, output: &mut Output) -> anyhow::Result<u64> {
    let mut written = 0;
    for (number, statement) in (1..).zip(script.statements()) {
        let ran = writer.run(statement).await.map_err(in_short);
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
