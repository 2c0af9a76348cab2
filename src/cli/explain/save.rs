//! Keeps what is explained as a test of the rules.

use jiff::Timestamp;

use super::ExplainArguments;
use crate::cli::edit::{Edit, Outcome, Proposal, Session};
use crate::cli::output::Output;
use crate::exchange::{Row, RowEdit};
use routing::explain::Explanation;
use routing::number::Number;
use routing::rule_test::{ExpectedAgents, RuleTest};
use routing::schema::rule_tests;
use routing::table::{Cell, Table};

/// A test that has its id already, which decides about its call's id, but not yet its row.
pub(super) struct TestDraft<'s> {
    edit: Edit<'s>,
    id: i64,
    name: String,
}

impl<'s> TestDraft<'s> {
    /// Begins the edit.
    pub(super) async fn begin(session: &'s Session, name: String) -> anyhow::Result<Self> {
        let edit = Edit::begin(session).await?;
        let last = edit.present.rows(Table::RuleTests).last();
        let id = match last.and_then(|row| row.first()) {
            Some(Cell::Integer(id)) => id.saturating_add(1),
            _ => 1,
        };
        Ok(Self { edit, id, name })
    }

    /// The id of the call that is explained.
    pub(super) fn call_id(&self) -> String {
        RuleTest::call_id(self.id)
    }

    /// Proposes the row: the call as it was asked for, and the rule and the agents as they were found.
    pub(super) async fn save(
        self,
        arguments: &ExplainArguments,
        at: Timestamp,
        explanation: &Explanation<'_>,
        output: &mut Output,
    ) -> anyhow::Result<Outcome> {
        let row = RowEdit {
            table: Table::RuleTests,
            before: None,
            after: Some(self.row(arguments, at, explanation)),
        };
        let proposal = Proposal {
            rules: self.edit.present.with(&[row]),
            ..Proposal::default()
        };
        self.edit.propose(&proposal, output).await
    }

    fn row(
        &self,
        arguments: &ExplainArguments,
        at: Timestamp,
        explanation: &Explanation<'_>,
    ) -> Row {
        let (snapshot, decision) = (explanation.snapshot, &explanation.decision);
        let at = at.to_zoned(snapshot.settings.time_zone.clone());
        let at = at.strftime("%Y-%m-%d %H:%M").to_string();
        let number = |raw: Option<&str>| {
            let country = &snapshot.settings.country_code;
            Cell::from(raw.filter(|raw| Number::from_table(raw, country).is_some()))
        };
        let agents = ExpectedAgents::exactly(&decision.agent_ids(snapshot)).to_string();
        let columns = Table::RuleTests.columns().iter();
        let cells = columns.map(|column| match *column {
            rule_tests::ID => self.id.into(),
            rule_tests::NAME => self.name.as_str().into(),
            rule_tests::QUEUE_ID => arguments.queue.as_str().into(),
            rule_tests::FROM_NUMBER => number(arguments.from.as_deref()),
            rule_tests::TO_NUMBER => number(arguments.to.as_deref()),
            rule_tests::AT => at.as_str().into(),
            rule_tests::WAITED => i64::from(arguments.waited).into(),
            rule_tests::EXPECT_RULE => decision.rule_name(snapshot).into(),
            rule_tests::EXPECT_AGENTS => agents.as_str().into(),
            _ => Cell::Null,
        });
        cells.collect()
    }
}
