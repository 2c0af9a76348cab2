//! What `check` has found, for people and as JSON.

use std::path::Path;

use serde::Serialize;

use super::failed_test::FailedTest;
use crate::cli::output::{Output, OutputError};
use crate::cli::rules::counted;
use crate::exchange::{Fault, Planned};
use crate::language::{Language, either};
use crate::shown::check::Finding;
use routing::assess::Assessment;
use routing::problem::{Problem, Severity};
use routing::rule_test::Failure;
use routing::snapshot::Snapshot;

/// Everything that was found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Findings<'p> {
    file: String,
    /// Failed expectations of rule tests among them.
    pub(super) errors: usize,
    warnings: usize,
    problems: Vec<Finding>,
    failed_tests: Vec<FailedTest<'p>>,
    /// Why files cannot be read as rules: nothing else is known then.
    file_faults: Vec<FileFault>,
    /// What is to be known of the database as a file, though no row is wrong.
    pub(super) file_remarks: Vec<String>,
    /// How many of the problems stand in rows; the others are failed tests.
    #[serde(skip)]
    language: Language,
    #[serde(skip)]
    of_rows: usize,
    #[serde(skip)]
    errors_of_rows: usize,
    #[serde(skip)]
    unnamed: usize,
}

/// What is wrong with a file, and not with a row.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FileFault {
    /// `not_rules`: it was read, and is no rules; `unreadable`: it could not be read.
    code: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    fault: String,
    sentence: String,
}

impl<'p> Findings<'p> {
    /// `of_rows` may hold advice besides what a server says.
    pub(super) fn new(
        path: &Path,
        assessment: &'p Assessment,
        of_rows: &[Problem],
        failed: &'p [Failure<'p>],
        files: Option<&Planned>,
        language: Language,
    ) -> Self {
        let all = || of_rows.iter().chain(&assessment.of_tests);
        let count = |severity| all().filter(|problem| problem.severity == severity).count();
        let of_tests = assessment.of_tests.first();
        let severity = of_tests.map_or(Severity::Error, |problem| problem.severity);
        let (snapshot, unnamed) = (&assessment.snapshot, assessment.unnamed);
        Self {
            file: path.display().to_string(),
            errors: count(Severity::Error) + unnamed.errors,
            warnings: count(Severity::Warning) + unnamed.warnings,
            problems: all()
                .map(|problem| Finding::in_files(problem, files, language))
                .collect(),
            failed_tests: failed
                .iter()
                .map(|failure| FailedTest::new(snapshot, failure, severity, language))
                .collect(),
            file_faults: Vec::new(),
            file_remarks: Vec::new(),
            language,
            of_rows: of_rows.len(),
            errors_of_rows: match of_rows.iter().filter(|problem| problem.is_error()).count() {
                0 => 0,
                // No test is run then.
                named => named + unnamed.errors,
            },
            unnamed: unnamed.total(),
        }
    }

    /// Nothing was read but what is wrong with the files.
    pub(super) fn unread(path: &Path, file_faults: Vec<FileFault>) -> Self {
        Self {
            file: path.display().to_string(),
            errors: file_faults.len(),
            warnings: 0,
            problems: Vec::new(),
            failed_tests: Vec::new(),
            file_faults,
            file_remarks: Vec::new(),
            language: Language::En,
            of_rows: 0,
            errors_of_rows: 0,
            unnamed: 0,
        }
    }

    /// A line per problem, a few per failed test, and what it all comes to.
    pub(super) fn write(
        &self,
        snapshot: &Snapshot,
        output: &mut Output,
    ) -> Result<(), OutputError> {
        for remark in &self.file_remarks {
            let note = either!(self.language, "note", "ghi chú");
            output.line(format_args!("{note}: {}: {remark}", self.file))?;
        }
        for Finding {
            severity,
            sentence,
            place,
            ..
        } in self.problems.iter().take(self.of_rows)
        {
            let place = place
                .as_ref()
                .map_or_else(String::new, |place| format!("{place}: "));
            let severity = severity_word(self.language, severity);
            output.line(format_args!("{severity}: {place}{sentence}"))?;
        }
        for test in &self.failed_tests {
            output.line(test)?;
        }
        if self.unnamed > 0 {
            let unnamed = self.unnamed;
            output.line(either!(
                self.language,
                "and {unnamed} more",
                "và {unnamed} lỗi nữa"
            ))?;
        }
        output.line(format_args!("{}: {}", self.file, self.summary(snapshot)))
    }

    fn summary(&self, snapshot: &Snapshot) -> String {
        match self.language {
            Language::En => self.summary_in_english(snapshot),
            Language::Vi => self.summary_in_vietnamese(snapshot),
        }
    }

    fn summary_in_english(&self, snapshot: &Snapshot) -> String {
        let warnings = counted(self.warnings, "warning");
        match (self.errors, self.warnings) {
            (0, 0) => format!("all is well: {}", contents(snapshot)),
            (0, _) => format!(
                "{warnings}; a server takes these rules: {}",
                contents(snapshot)
            ),
            _ => {
                let errors = counted(self.errors_of_rows, "error");
                let tests = counted(self.failed_tests.len(), "failed rule test");
                let unless = if self.errors_of_rows == 0 {
                    " unless database.rule_tests is \"warn\""
                } else {
                    ""
                };
                let verdict =
                    format!("a server refuses these rules{unless} and keeps the last good ones");
                format!("{errors}, {tests}, {warnings}; {verdict}")
            }
        }
    }

    fn summary_in_vietnamese(&self, snapshot: &Snapshot) -> String {
        let contents = format!(
            "{} nhân viên, {} nhóm, {} quy tắc, {} phép thử",
            snapshot.agents.len(),
            snapshot.groups.len(),
            snapshot.rules.len(),
            snapshot.tests.len()
        );
        let (errors, tests) = (self.errors_of_rows, self.failed_tests.len());
        match (self.errors, self.warnings) {
            (0, 0) => format!("mọi thứ đều ổn: {contents}"),
            (0, warnings) => format!("{warnings} lưu ý; máy chủ nhận bộ quy tắc này: {contents}"),
            (_, warnings) => {
                let unless = if errors == 0 {
                    " trừ khi database.rule_tests là \"warn\""
                } else {
                    ""
                };
                format!(
                    "{errors} lỗi, {tests} phép thử không đạt, {warnings} lưu ý; máy chủ từ chối bộ quy tắc này{unless} và \
                     giữ bộ tốt gần nhất"
                )
            }
        }
    }
}

/// How bad something is, before its sentence.
pub(super) fn severity_word(language: Language, severity: &str) -> &str {
    match (language, severity) {
        (Language::Vi, "error") => "lỗi",
        (Language::Vi, "warning") => "lưu ý",
        _ => severity,
    }
}

impl FileFault {
    pub(super) fn in_file(fault: &Fault) -> Self {
        Self {
            code: "not_rules",
            file: fault.place.file.display().to_string(),
            line: Some(fault.place.line),
            fault: fault.what.clone(),
            sentence: fault.to_string(),
        }
    }

    pub(super) fn unreadable(path: &Path, error: &anyhow::Error) -> Self {
        let sentence = format!("{error:#}");
        Self {
            code: "unreadable",
            file: path.display().to_string(),
            line: None,
            fault: sentence.clone(),
            sentence,
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
