//! `check`: says everything that is wrong with a rules database, as the server would find it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::options::Sources;
use super::output::{Output, OutputError};
use super::rules::counted;
use crate::routing::compile::{Compiled, compile};
use crate::routing::problem::{Problem, Severity};
use crate::routing::rule_test;
use crate::routing::snapshot::Snapshot;
use crate::store::Reader;

/// Check a rules database: say everything that is wrong with it.
///
/// It compiles the rules as the server does, but needs no server, and runs the rules' own tests (rule_tests). A server
/// refuses a version with errors as a whole; warnings pass.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The file; without it the configured one (database.rules)
    file: Option<PathBuf>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  stringee-router check
  stringee-router check edited.db && mv edited.db data/rules.db

Exit codes: 0 no errors (warnings do not count), 1 errors, 2 the file cannot be read.";

pub(super) async fn run(arguments: Arguments, sources: &Sources, output: &mut Output) -> anyhow::Result<ExitCode> {
    let path = sources.rules(arguments.file)?;
    let mut reader = Reader::open_patiently(&path).await?;
    reader.check_pages().await?;
    let tables = reader.load().await?.tables;
    reader.close().await?;
    let Compiled { snapshot, mut problems } = compile(&tables);
    problems.extend(rule_test::failures(&snapshot));
    let findings = Findings::of(&path, &problems);
    if arguments.json {
        output.line(serde_json::to_string_pretty(&findings)?)?;
    } else {
        findings.write(&snapshot, output)?;
    }
    Ok(if findings.errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was found.
#[derive(Debug, Serialize)]
struct Findings<'p> {
    file: String,
    errors: usize,
    warnings: usize,
    problems: Vec<Finding<'p>>,
}

/// One problem.
#[derive(Debug, Serialize)]
struct Finding<'p> {
    severity: &'static str,
    table: &'static str,
    key: &'p str,
    column: &'static str,
    value: &'p str,
    fault: &'p str,
    remedy: &'p str,
    sentence: String,
}

impl<'p> Findings<'p> {
    fn of(path: &Path, problems: &'p [Problem]) -> Self {
        let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
        Self {
            file: path.display().to_string(),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            problems: problems.iter().map(Finding::of).collect(),
        }
    }

    /// A line per problem, and what it all comes to.
    fn write(&self, snapshot: &Snapshot, output: &mut Output) -> Result<(), OutputError> {
        for Finding { severity, sentence, .. } in &self.problems {
            output.line(format_args!("{severity}: {sentence}"))?;
        }
        output.line(format_args!("{}: {}", self.file, self.summary(snapshot)))
    }

    fn summary(&self, snapshot: &Snapshot) -> String {
        let (errors, warnings) = (counted(self.errors, "error"), counted(self.warnings, "warning"));
        match (self.errors, self.warnings) {
            (0, 0) => format!("all is well: {}", contents(snapshot)),
            (0, _) => format!("{warnings}; a server takes these rules: {}", contents(snapshot)),
            _ => format!("{errors}, {warnings}; a server refuses these rules and keeps the last good ones"),
        }
    }
}

impl<'p> Finding<'p> {
    fn of(problem: &'p Problem) -> Self {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Self {
            severity,
            table: problem.table.name(),
            key: &problem.key,
            column: problem.column,
            value: &problem.value,
            fault: &problem.fault,
            remedy: &problem.remedy,
            sentence: problem.to_string(),
        }
    }
}

/// How much there is, so that a wrong file shows.
fn contents(snapshot: &Snapshot) -> String {
    let counts = [
        counted(snapshot.agents.len(), "agent"),
        counted(snapshot.groups.len(), "group"),
        counted(snapshot.rules.len(), "rule"),
        counted(snapshot.tests.len(), "rule test"),
    ];
    counts.join(", ")
}
