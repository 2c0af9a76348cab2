//! What edits would do, before they are done: in memory, and as the server would judge them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::calls::{FirstCount, TriedCalls};
use super::edit::{EditOp, NotedEdit};
use super::holes::{HoleChanges, HoleMap};
use super::overlay::{Conflict, EditOverlay};
use crate::exchange::{Image, RowEdit, image_of};
use crate::language::Language;
use crate::params::{CodedJson, params};
use crate::plan::replay::RecordedCall;
use crate::rules::{ActiveRules, FileRows};
use routing::assess::{Assessment, assess_edit};
use routing::problem::{Problem, Severity};
use routing::rule_test::Failure;
use routing::snapshot::Snapshot;
use routing::table::Table;

/// What a preview is made with.
pub(crate) struct DraftTrial<'t> {
    pub(crate) served: &'t ActiveRules,
    pub(crate) file: &'t FileRows,
    /// What is wrong with the rows of the file by now.
    pub(crate) known: &'t [Problem],
    pub(crate) failed_tests: Severity,
    pub(crate) calls: &'t [RecordedCall],
    pub(crate) holes: Arc<HoleMap>,
    /// Of sentences.
    pub(crate) language: Language,
    /// Any instant.
    pub(crate) started: Instant,
}

/// What edits would do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Preview {
    pub(crate) base: PreviewBase,
    /// The same for the same edits of the same rows.
    pub(crate) planned_hash: String,
    pub(crate) ms: u64,
    pub(crate) rows: Vec<PlannedRow>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) calls: TriedCalls,
    pub(crate) first: Vec<FirstCount>,
    pub(crate) tests: TriedTests,
    pub(crate) problems: Vec<PlannedProblem>,
    pub(crate) holes: HoleChanges,
    /// Why the server would hold the rules for a while.
    pub(crate) held: Vec<CodedJson>,
    pub(crate) may_commit: bool,
    /// A code.
    pub(crate) why_not: Option<&'static str>,
}

/// Which rows were edited.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PreviewBase {
    pub(crate) version: u64,
    pub(crate) hash: String,
}

/// A row that would differ; of one that changes the columns that do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlannedRow {
    pub(crate) table: &'static str,
    pub(crate) key: String,
    pub(crate) op: &'static str,
    pub(crate) before: Option<Image>,
    pub(crate) after: Option<Image>,
}

/// The rules' own tests.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct TriedTests {
    pub(crate) total: usize,
    pub(crate) failed: Vec<TestResult>,
}

/// A test that would fail.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TestResult {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) expected: TestAnswer,
    pub(crate) got: TestAnswer,
}

/// What a test expects or gets.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TestAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agents: Option<String>,
}

/// What would be wrong and is not now.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlannedProblem {
    pub(crate) severity: &'static str,
    pub(crate) table: &'static str,
    pub(crate) key: String,
    pub(crate) column: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) sentence: String,
}

/// A preview beside what it was made of.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) preview: Preview,
    pub(crate) overlay: EditOverlay,
    pub(crate) after: Snapshot,
}

impl DraftTrial<'_> {
    /// Tries edits. Whether they may be committed by whom is not decided here.
    pub(crate) fn run(&self, overlay: EditOverlay, edits: &[NotedEdit]) -> Tried {
        let began = clock::monotonic();
        let before = &self.served.snapshot;
        let (tables, gone) = overlay.tables();
        let assessment = assess_edit(&tables, self.failed_tests, before, &gone);
        let problems = self.new_problems(&assessment);
        let has_errors = problems.iter().any(|problem| problem.is_error());
        let mut calls = TriedCalls::new(before, &assessment.snapshot, self.calls, self.started);
        let from = self.today();
        let after_holes = HoleMap::new(&assessment.snapshot, from);
        let why_not = match (overlay.conflicts.is_empty(), has_errors) {
            (false, _) => Some("conflict"),
            (true, true) => Some("problems"),
            (true, false) if overlay.changes.is_empty() => Some("no_edits"),
            (true, false) => None,
        };
        let preview = Preview {
            base: PreviewBase {
                version: self.served.version,
                hash: format!("{:016x}", self.file.fingerprint),
            },
            planned_hash: planned_hash(self.file.fingerprint, &overlay, edits),
            rows: overlay.changes.rows.iter().map(PlannedRow::new).collect(),
            conflicts: overlay.conflicts.clone(),
            first: std::mem::take(&mut calls.first),
            calls,
            tests: TriedTests::new(&assessment),
            problems: problems
                .into_iter()
                .map(|problem| PlannedProblem::new(problem, self.language))
                .collect(),
            holes: self.holes.changes(&after_holes),
            held: Vec::new(),
            may_commit: why_not.is_none(),
            why_not,
            ms: u64::try_from(clock::monotonic().duration_since(began).as_millis())
                .unwrap_or(u64::MAX),
        };
        Tried {
            preview,
            overlay,
            after: assessment.snapshot,
        }
    }

    fn today(&self) -> jiff::civil::Date {
        let zone = self.served.snapshot.settings.time_zone.clone();
        clock::now().to_zoned(zone).date()
    }

    /// What is wrong after the edits and was not before.
    fn new_problems<'a>(&self, assessment: &'a Assessment) -> Vec<&'a Problem> {
        /// More nobody puts right in one go.
        const MAX_PROBLEMS: usize = 100;
        let identity = |problem: &Problem| match problem.table {
            Table::RuleTests => format!("{} {}", problem.key, problem.column),
            _ => problem.to_string(),
        };
        let known: HashSet<String> = self.known.iter().map(identity).collect();
        let new = assessment
            .problems()
            .filter(|problem| !known.contains(&identity(problem)));
        new.take(MAX_PROBLEMS).collect()
    }
}

fn planned_hash(base: u64, overlay: &EditOverlay, edits: &[NotedEdit]) -> String {
    let mut text = format!("{base:016x}");
    for row in &overlay.changes.rows {
        let row = PlannedRow::new(row);
        text.push_str(&serde_json::to_string(&row).unwrap_or_default());
    }
    text.push_str(&edits.len().to_string());
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

impl PlannedRow {
    /// With all columns, to be taken back later.
    pub(crate) fn whole(edit: &RowEdit) -> Self {
        let image = |row| image_of(edit.table, row);
        Self {
            before: edit.before.as_ref().map(|row| image(row)),
            after: edit.after.as_ref().map(|row| image(row)),
            ..Self::new(edit)
        }
    }

    pub(crate) fn new(edit: &RowEdit) -> Self {
        let table = edit.table;
        let (mut before, mut after) = (
            edit.before.as_ref().map(|row| image_of(table, row)),
            edit.after.as_ref().map(|row| image_of(table, row)),
        );
        let op = match (&mut before, &mut after) {
            (None, _) => "insert",
            (_, None) => "delete",
            (Some(before), Some(after)) => {
                let same: Vec<String> = before
                    .iter()
                    .filter(|(name, value)| after.get(*name) == Some(*value))
                    .map(|(name, _)| name.clone())
                    .collect();
                for name in same {
                    before.shift_remove(&name);
                    after.shift_remove(&name);
                }
                "update"
            }
        };
        Self {
            table: table.name(),
            key: edit.key(),
            op,
            before,
            after,
        }
    }
}

impl TriedTests {
    fn new(assessment: &Assessment) -> Self {
        let failed = assessment.failed_tests();
        Self {
            total: assessment.snapshot.tests.len(),
            failed: failed.iter().map(TestResult::new).collect(),
        }
    }
}

impl TestResult {
    fn new(failure: &Failure<'_>) -> Self {
        let test = failure.test;
        let expected = TestAnswer {
            rule: test.expect_rule.as_ref().map(ToString::to_string),
            agents: test.expect_agents.as_ref().map(ToString::to_string),
        };
        let got = TestAnswer {
            rule: expected
                .rule
                .as_ref()
                .map(|_| failure.rule.unwrap_or("").to_owned()),
            // Where no rule answers, the agents are all that can be expected.
            agents: (expected.agents.is_some() || failure.rule.is_none())
                .then(|| failure.accepted_agents()),
        };
        Self {
            id: test.id,
            name: test.name.to_string(),
            expected,
            got,
        }
    }
}

impl TestResult {
    /// The edit that lets the test expect what the rules say.
    pub(crate) fn taken(&self) -> NotedEdit {
        let mut set = Image::new();
        if let Some(rule) = &self.got.rule {
            let rule = Some(rule.as_str()).filter(|rule| !rule.is_empty());
            set.insert("expect_rule".to_owned(), rule.into());
        }
        // An empty text is an answer as well: nobody.
        if let Some(agents) = &self.got.agents {
            set.insert("expect_agents".to_owned(), agents.as_str().into());
        }
        NotedEdit {
            table: Table::RuleTests,
            key: self.id.to_string(),
            op: EditOp::Set(set),
            base: None,
        }
    }
}

impl PlannedProblem {
    pub(crate) fn new(problem: &Problem, language: Language) -> Self {
        Self {
            severity: problem.severity.name(),
            table: problem.table.name(),
            key: problem.key.clone(),
            column: problem.column,
            value: problem.value.clone(),
            code: problem.diagnosis.code(),
            parameters: params(&problem.diagnosis),
            sentence: problem.sentence(language),
        }
    }
}
