//! Tables, compiled and tested: a version that may come to be served.

use crate::config::RuleTests;
use crate::state::SavedRules;
use crate::store::EditableRows;
use routing::assess::{Assessment, assess, assess_after};
use routing::compile::Unread;
use routing::problem::{Problem, Severity, Unnamed};
use routing::snapshot::Snapshot;
use routing::table::Tables;
use stringee::wire::answer::AgentObjects;

/// A version that may come to be served.
#[derive(Debug, Default)]
pub(super) struct CompiledVersion {
    /// The same for the same rows.
    pub(super) fingerprint: u64,
    pub(super) snapshot: Snapshot,
    pub(super) problems: Vec<Problem>,
    /// How many more problems there are.
    pub(super) unnamed: Unnamed,
    /// The number of the version that is mirrored, where the rules live in PostgreSQL.
    pub(super) mirrored: Option<u64>,
    /// Exactly these rows as a file, where one could be made.
    pub(super) saved: Option<SavedRules>,
    /// What an edit begins with, where it was read.
    pub(super) editable: Option<EditableRows>,
    /// The agents as the platform reads them.
    pub(super) objects: AgentObjects,
}

/// What makes a candidate. Only tests use another function than [`CompiledVersion::after`].
pub(super) type Compile = fn(&Tables, RuleTests, &Snapshot) -> Result<CompiledVersion, Unread>;

impl CompiledVersion {
    /// Compiles tables and runs the rules' own tests.
    pub(super) fn of(tables: &Tables, rule_tests: RuleTests) -> Self {
        Self::assessed(assess(tables, rule_tests.severity()))
    }

    /// The same, which takes over from the version before what would be made of the same rows.
    ///
    /// # Errors
    /// A table was not read, and what is made of it cannot be taken over.
    pub(super) fn after(
        tables: &Tables,
        rule_tests: RuleTests,
        before: &Snapshot,
    ) -> Result<Self, Unread> {
        let assessment = assess_after(tables, rule_tests.severity(), before)?;
        Ok(Self::assessed(assessment))
    }

    fn assessed(assessment: Assessment) -> Self {
        Self {
            fingerprint: assessment.fingerprint,
            objects: AgentObjects::of(&assessment.snapshot),
            problems: assessment.problems().cloned().collect(),
            unnamed: assessment.unnamed,
            snapshot: assessment.snapshot,
            mirrored: None,
            saved: None,
            editable: None,
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        let problems = self.problems.iter();
        let named = problems.filter(|problem| problem.severity == severity);
        named.count() + self.unnamed.count(severity)
    }
}
